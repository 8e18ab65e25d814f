"""Who joins and leaves lists and accounts: gathered while contacts are planned, compiled into slices. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import InputRefused
from toolkit.front.accounts import Accounts
from toolkit.front.changes import Body, account_changes
from toolkit.front.state import FrontState

SLICE = 100
"""Contacts in one call to a list or an account: Front's calls are slow and fail whole beyond that."""
SLICE_OFF = 50
"""Contacts in one call that takes them off a list (Front Core API)."""


@dataclass(slots=True)
class Lists:
    """The lists that upserts name, those that contacts need, and who joins and leaves which."""

    state: FrontState
    named: set[str] = field(default_factory=set)
    needed: dict[str, None] = field(default_factory=dict)
    joining: dict[str, list[str]] = field(default_factory=dict)
    leaving: dict[str, list[str]] = field(default_factory=dict)

    def need(self, names: Iterable[str]) -> None:
        """Note that a contact is to be put on these lists when it is created."""
        for each in names:
            self.needed[each] = None

    def join(self, names: Collection[str], contact_id: str) -> None:
        """Put a contact on lists."""
        self.need(names)
        for each in names:
            self.joining.setdefault(each, []).append(contact_id)

    def leave(self, names: Iterable[str], contact_id: str) -> None:
        """Take a contact off lists, as far as the upserts name them at all."""
        for each in names:
            self.leaving.setdefault(each, []).append(contact_id)

    def leavers(self) -> set[str]:
        """Give the contacts that are taken off lists. Only after every upsert."""
        return {each for name in self.leaving.keys() & self.named for each in self.leaving[name]}

    def creates(self) -> Iterator[Body]:
        """Give the operations that make the lists that are not there."""
        for name in self.needed:
            if name not in self.state.lists:
                yield {"key": f"list:{name}", "op": "list.create", "body": {"name": name}}

    def members(self) -> Iterator[Body]:
        """Give the operations that put contacts on lists and take them off; ``before``: who of them was on it."""
        for name, contacts in self.joining.items():
            base: Body = {"key": f"list:{name}", "op": "list.add", "list": name, "before": {"contacts": []}}
            yield from (base | {"contacts": members} for members in slices(contacts, SLICE))
        for name, contacts in self.leaving.items():
            if name in self.named:
                base = {"key": f"list:{name}", "op": "list.remove", "list": name}
                for members in slices(contacts, SLICE_OFF):
                    yield base | {"contacts": members, "before": {"contacts": members}}


@dataclass(slots=True)
class _Account:
    """One wanted account: where it is (None: to be created), what it is to be, and who joins it."""

    id: str | None
    wanted: Body
    joining: list[Any] = field(default_factory=list)
    members: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return f"account:{self.wanted.get('external_id') or self.wanted['name']}"

    @property
    def target(self) -> Any:
        return self.id or {"ref": self.key}


class WantedAccounts:
    """The accounts that upserts name, each once, and who joins them."""

    def __init__(self, state: FrontState) -> None:
        self._state = state
        self._known = Accounts()
        self._accounts: list[_Account] = []

    def join(self, wanted: Body, contact: str | Body, *, new: bool) -> bool:
        """Put a contact (its id, or a reference to its creation) into an account; False when it is in it."""
        if self._state.accounts is None:
            raise InputRefused(
                "the operations name accounts, and the snapshot was taken without them",
                hint="take the snapshot again, with --accounts",
            )
        account = self._account(wanted)
        if not new and contact in account.members:
            return False
        account.joining.append(contact)
        return True

    def _account(self, wanted: Body) -> _Account:
        """Find or add a wanted account: upserts that mean the same one share it, and add to its domains."""
        found = self._known.match(wanted)
        if found is None:
            found = {"account": self._added(wanted)} | wanted
            self._known.add(found)
        account: _Account = found["account"]
        domains = account.wanted.get("domains", [])
        new = [domain for domain in wanted.get("domains", []) if domain not in domains]
        if new:
            account.wanted["domains"] = [*domains, *new]
        return account

    def _added(self, wanted: Body) -> _Account:
        there = self._state.account_for(wanted)
        members = (self._state.accounts or {})[there]["contacts"] if there else []
        account = _Account(there, dict(wanted), members=frozenset(members))
        self._accounts.append(account)
        return account

    def operations(self) -> Iterator[Body]:
        """Give the operations that create and change accounts."""
        for account in self._accounts:
            if account.id is None:
                yield {"key": account.key, "op": "account.create", "body": account.wanted}
            elif changes := account_changes(account.wanted, (self._state.accounts or {})[account.id]):
                update = {"account": account.id, "body": changes.body, "before": changes.before}
                yield {"key": account.key, "op": "account.update"} | update

    def members(self) -> Iterator[Body]:
        """Give the operations that put contacts into accounts; ``before``: who of them was in it, nobody."""
        for account in self._accounts:
            for members in slices(account.joining, SLICE):
                base = {"key": account.key, "op": "account.add_contacts", "before": {"contacts": []}}
                yield base | {"account": account.target, "contacts": members}


def slices(members: list[Any], size: int) -> Iterator[list[Any]]:
    """Cut members into as few calls as may be."""
    return (members[start : start + size] for start in range(0, len(members), size))
