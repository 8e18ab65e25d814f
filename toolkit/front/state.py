"""A snapshot in memory: what was in Front, found by id, handle and name. Pure: built from a snapshot's lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from toolkit.errors import InputRefused, Problem
from toolkit.front.accounts import Accounts
from toolkit.front.changes import AS_WRITTEN, handle_key

CONTACT_KEYS = ("id", "name", "description", "links", "lists", "handles", "custom_fields", "is_private")
"""What a snapshot keeps of a contact: all that we may ever write, and nothing that changes by itself."""

_FLEETING = frozenset({"created_at", "updated_at", "is_available"})

Line = dict[str, Any]
T = TypeVar("T")
_AT_ONCE = 5_000


def kept(resource: str, item: Mapping[str, Any]) -> Line:
    """Give the snapshot line of one of Front's answers: its resource first, links and times left out."""
    if resource != "contact":
        kept_keys = (key for key in item if not key.startswith("_") and key not in _FLEETING)
        return {"resource": resource} | {key: item[key] for key in kept_keys}
    line: Line = {"resource": "contact"} | {key: item[key] for key in CONTACT_KEYS if key in item}
    line["lists"] = sorted(
        ({"id": each["id"], "name": each["name"]} for each in item.get("lists") or []), key=lambda each: each["id"]
    )
    line["handles"] = sorted(item.get("handles") or [], key=handle_key)
    migrated = (item.get("_migration") or {}).get("legacy_ids")
    return line | ({"legacy_ids": migrated} if migrated else {})


@dataclass(slots=True)
class FrontState:
    """Front as a snapshot shows it. ``accounts`` is None when the snapshot was taken without them.

    ``external_id`` is the custom field that says which contact it is elsewhere; ``by_external`` has the ids of the
    contacts by its values (``external_key``). ``by_handle`` has them by ``handle_name``. ``scope``: the id of the
    workspace or teammate whose contacts these are; empty: the company's shared ones.
    """

    company: str = ""
    scope: str = ""
    contacts: Mapping[str, Line] = field(default_factory=dict)
    by_handle: dict[str, str] = field(default_factory=dict)
    external_id: str = ""
    by_external: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    custom_fields: dict[str, Line] = field(default_factory=dict)
    accounts: dict[str, Line] | None = None
    teammates: set[str] = field(default_factory=set)
    teams: dict[str, Line] = field(default_factory=dict)
    _by_names: Accounts = field(default_factory=Accounts)

    def expect(self, names: list[str]) -> None:
        """Be told which ``handle_name`` are asked for next: where they are far, many are found as fast as one."""

    def expecting(self, items: Iterable[T], handles_of: Callable[[T], Iterable[Mapping[str, Any]]]) -> Iterator[T]:
        """Give the items; of some thousand at a time the contacts that have their handles are found at once."""
        waiting = iter(items)
        while some := list(islice(waiting, _AT_ONCE)):
            self.expect([handle_name(each) for item in some for each in handles_of(item)])
            yield from some

    def owner(self, name: str) -> str | None:
        """Give the id of the contact that has the handle of this ``handle_name``; None: nobody has it."""
        return self.by_handle.get(name)

    def matches(self, handles: Iterable[Mapping[str, Any]]) -> list[str]:
        """List the ids of the contacts that have one of these handles, in the handles' order."""
        found = (self.owner(handle_name(each)) for each in handles)
        return list(dict.fromkeys(each for each in found if each))

    def account_for(self, wanted: Mapping[str, Any]) -> str | None:
        """Find the account that is meant; its id, or None."""
        found = self._by_names.match(wanted)
        return str(found["id"]) if found else None

    def add(self, line: Line) -> None:
        """Take one line of a snapshot."""
        adder = {
            "snapshot": self._add_head,
            "contact": self._add_contact,
            "contact_list": self._add_list,
            "custom_field": self._add_field,
            "account": self._add_account,
            "teammate": self._add_teammate,
            "team": self._add_team,
        }.get(line["resource"])
        if adder:
            adder(line)

    def _add_head(self, line: Line) -> None:
        self.company = line["company"]
        self.scope = line.get("scope", "")
        self.accounts = {} if line["accounts"] else None

    def _add_contact(self, line: Line) -> None:
        assert isinstance(self.contacts, dict)  # noqa: S101 - toolkit/front/stored.py adds its contacts itself
        self.contacts[line["id"]] = line
        self.index_contact(line)

    def index_contact(self, line: Line) -> None:
        """Let a contact be found by its handles and, where that counts, by its external id."""
        self.index(line["id"], line["handles"])
        if self.external_id:
            self.index_external(line["id"], (line.get("custom_fields") or {}).get(self.external_id))

    def index(self, contact_id: str, handles: Iterable[Mapping[str, Any]]) -> None:
        """Let a contact be found by its handles."""
        by_handle = self.by_handle
        for handle in handles:
            by_handle.setdefault(handle_name(handle), contact_id)

    def index_external(self, contact_id: str, value: object) -> None:
        """Let a contact be found by the value of its external-id field."""
        key = external_key(value)
        if key is not None:
            self.by_external[key] = (*self.by_external.get(key, ()), contact_id)

    def _add_list(self, line: Line) -> None:
        self.lists.setdefault(line["name"], line["id"])

    def _add_field(self, line: Line) -> None:
        self.custom_fields[line["name"]] = line

    def _add_teammate(self, line: Line) -> None:
        self.teammates.add(str(line.get("email", "")).lower())

    def _add_team(self, line: Line) -> None:
        self.teams[line["id"]] = line

    def _add_account(self, line: Line) -> None:
        if self.accounts is None:
            self.accounts = {}
        self.accounts[line["id"]] = line
        self._by_names.add(line)


def handle_name(handle: Mapping[str, Any]) -> str:
    """Write ``handle_key`` as one text: as a key of a million it takes half the memory, and half the time."""
    source, text = handle["source"], handle["handle"].strip()
    return f"{source}\n{text}" if source in AS_WRITTEN else f"{source}\n{text.lower()}"


def external_key(value: object) -> str | None:
    """Write the value of an external-id field as what is compared: a number is the text it is written as."""
    if value is None or isinstance(value, bool) or value == "":
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_state(lines: Iterable[tuple[int, Any]], name: str, external_id: str = "") -> FrontState:
    """Build the state from a snapshot's numbered lines; InputRefused when it is not a snapshot."""
    state = FrontState(external_id=external_id)
    for number, line in lines:
        check_line(number, line, name)
        state.add(line)
    check_whole(state, name)
    return state


def check_whole(state: FrontState, name: str) -> None:
    """Refuse (InputRefused) a snapshot without a first line."""
    if not state.company:
        raise InputRefused(f"{name} is empty", hint=_HINT)


def check_line(number: int, line: Any, name: str) -> None:
    """Refuse (InputRefused) what is no line of a snapshot, or not in its place."""
    if not isinstance(line, dict) or (number == 1) != (line.get("resource") == "snapshot"):
        problem = Problem("this is not a line of a snapshot", name, number)
        swapped = isinstance(line, dict) and "op" in line
        hint = "these are operations: were the two files swapped?" if swapped else _HINT
        raise InputRefused(f"{name} is not a snapshot of Front", problems=(problem,), hint=hint)


_HINT = "take one with: sf2front snapshot --accounts -o front.ndjson"
