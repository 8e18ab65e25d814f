"""What a rollback knows while it is compiled: the state now, the state before, and what may be undone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from toolkit.front.state import FrontState
from toolkit.replay.history import Write
from toolkit.rollback.doubt import Doubt

Body = dict[str, Any]


class RollbackCode(StrEnum):
    """Why a write is not undone; toolkit.codes explains each."""

    CHANGED = "changed_since"
    UNCERTAIN = "uncertain"
    UNFINISHED = "unfinished"
    UNKNOWN = "unknown_before"
    GONE = "gone"
    MERGED = "merged"


OVERRULED = (RollbackCode.CHANGED, RollbackCode.UNCERTAIN, RollbackCode.UNFINISHED)
"""The codes that a person may overrule: there is something to put back, and it is known."""


class KeepError(Exception):
    """Ends the undoing of a write from within; never leaves this package."""

    def __init__(self, code: RollbackCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class Before:
    """The state before the replay as a snapshot shows it (None: there is none), and what speaks against it."""

    state: FrontState | None = None
    doubt: Doubt = field(default_factory=Doubt)


class Work:
    """The state while it is rolled back, and what is known of the state before."""

    def __init__(self, now: FrontState, known: Before, even_if: frozenset[RollbackCode], writes: list[Write]) -> None:
        before = known.state
        self._doubt = known.doubt
        self.now = now
        self.contacts: dict[str, Body] = dict(now.contacts)
        self.before = before
        self.even_if = even_if
        self.made = {each.id for each in writes if each.id and each.creates}
        self.lists = {number: name for name, number in now.lists.items()}
        self._deleted = {each.path.rpartition("/")[2] for each in writes if each.method == "DELETE"}
        self._found = {number: copied(line) for number, line in self._made_and_there()}
        self._joined_before = joined(before) if before is not None and before.accounts is not None else None
        self.joined = joined(now)
        for account in self.accounts().values():
            account["contacts"] = set(account["contacts"])
        self.again: dict[str, Body] = {}
        self._keys: dict[str, int] = {}

    def _made_and_there(self) -> Iterator[tuple[str, Body]]:
        for number in self.made:
            if line := self.contacts.get(number) or self.accounts().get(number):
                yield number, line

    def found(self, number: str) -> Body:
        """Give a contact or account that the replay made as it was found: that is what a deletion takes away."""
        return self._found[number]

    def is_over(self, number: str) -> bool:
        """Tell whether the replay made it, and it is gone: as before, whatever else was done to it."""
        return number in self.made and number not in self._found

    def allow(self, code: RollbackCode, sentence: str) -> None:
        """Go on only where a person said so."""
        if code not in self.even_if:
            raise KeepError(code, sentence)

    def rely(self, number: str = "") -> None:
        """Go on with what is known from before the replay only where nothing speaks against it."""
        if sentence := self._doubt.about(number):
            self.allow(RollbackCode.UNCERTAIN, sentence)

    def unique(self, operation: Body) -> Body:
        """Give an operation that stands there twice another key: an operations file repeats no line."""
        name = repr(operation)
        self._keys[name] = self._keys.get(name, 0) + 1
        again = f"{operation['key']}#{self._keys[name]}"
        return operation if self._keys[name] == 1 else operation | {"key": again}

    def target(self, number: str) -> Any:
        """Give an id, or the reference to what is created in its place."""
        return {"ref": number} if number in self.again else number

    def contact(self, number: str) -> Body:
        """Give a contact as it is at this point of the rollback; kept as gone when it is not there."""
        found = self.again.get(number) or self.contacts.get(number)
        if found is None:
            sentence = f"the contact {number} is not there any more, or no list shows it: --live asks for it by its id"
            raise KeepError(RollbackCode.GONE, sentence)
        return found

    def accounts(self) -> dict[str, Body]:
        """Give the accounts that are there now, by id; ``contacts`` is a set in each."""
        return self.now.accounts or {}

    def account(self, number: str) -> Body:
        """Give an account as it is at this point of the rollback; kept as gone when it is not there."""
        found = self.again.get(number) or self.accounts().get(number)
        if found is None:
            raise KeepError(RollbackCode.GONE, f"the account {number} is not there any more")
        return found

    def contact_before(self, number: str, write: Write) -> Body:
        """Give a contact as it was before the replay: from the write, or from the snapshot."""
        if number in self.made:
            return {"handles": [], "lists": []}
        if isinstance(write.before, dict) and "handles" in write.before:
            return write.before
        if self.before is not None and number in self.before.contacts:
            self.rely(number)
            return self.before.contacts[number]
        raise KeepError(RollbackCode.UNKNOWN, f"what the contact {number} had before is not known: {NAME_BEFORE}")

    def place_before(self, number: str, was: Body) -> Body:
        """Give ``{"into": …}`` for a contact of a workspace or a teammate, nothing for a shared one."""
        scope = self.before.scope if self.before is not None and number in self.before.contacts else None
        if scope:
            return {"into": {"team" if scope.startswith("tim_") else "teammate": scope}}
        if was.get("is_private") or (scope is None and self.now.scope):
            sentence = f"whose the contact {number} was is not known: {NAME_BEFORE}, of that workspace or teammate"
            raise KeepError(RollbackCode.UNKNOWN, sentence)
        return {}

    def accounts_before(self, contact: str) -> set[str]:
        """Give the accounts that a contact was in before the replay."""
        if contact in self.made:
            return set()
        if self._joined_before is None:
            raise KeepError(RollbackCode.UNKNOWN, f"the account of {contact} before is not known: {NAME_BEFORE}")
        self.rely(contact)
        joined = self._joined_before.get(contact, set())
        there = {*self.accounts(), *self.again, *self._deleted}
        if lost := sorted(joined - there):
            raise KeepError(RollbackCode.GONE, f"the account of {contact} before is not there: {', '.join(lost)}")
        return joined


def copied(item: Body) -> Body:
    """Copy an item as it is now."""
    whole = {key: sorted(value) if isinstance(value, set) else value for key, value in item.items()}
    return {key: list(value) if isinstance(value, list) else value for key, value in whole.items()}


def joined(state: FrontState) -> dict[str, set[str]]:
    """Give the accounts of each contact that is in one."""
    found: dict[str, set[str]] = {}
    for number, account in (state.accounts or {}).items():
        for contact in account["contacts"]:
            found.setdefault(contact, set()).add(number)
    return found


NAME_BEFORE = "name the snapshot taken before the replay with --before"
