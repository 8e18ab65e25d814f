"""A snapshot in memory: what was in Front, found by id, handle and name. Pure: built from a snapshot's lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import InputRefused, Problem
from toolkit.front.accounts import Accounts
from toolkit.front.changes import HandleKey, handle_key

CONTACT_KEYS = ("id", "name", "description", "links", "lists", "handles", "custom_fields", "is_private")
"""What a snapshot keeps of a contact: all that we may ever write, and nothing that changes by itself."""

_FLEETING = frozenset({"created_at", "updated_at", "is_available"})

Line = dict[str, Any]


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
    """Front as a snapshot shows it. ``accounts`` is None when the snapshot was taken without them."""

    company: str = ""
    contacts: dict[str, Line] = field(default_factory=dict)
    by_handle: dict[HandleKey, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    custom_fields: dict[str, Line] = field(default_factory=dict)
    accounts: dict[str, Line] | None = None
    teammates: set[str] = field(default_factory=set)
    _by_names: Accounts = field(default_factory=Accounts)

    def matches(self, handles: Iterable[Mapping[str, Any]]) -> list[str]:
        """List the ids of the contacts that have one of these handles, in the handles' order."""
        found = (self.by_handle.get(handle_key(each)) for each in handles)
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
        }.get(line["resource"])
        if adder:
            adder(line)

    def _add_head(self, line: Line) -> None:
        self.company = line["company"]
        self.accounts = {} if line["accounts"] else None

    def _add_contact(self, line: Line) -> None:
        self.contacts[line["id"]] = line
        for handle in line["handles"]:
            self.by_handle.setdefault(handle_key(handle), line["id"])

    def _add_list(self, line: Line) -> None:
        self.lists.setdefault(line["name"], line["id"])

    def _add_field(self, line: Line) -> None:
        self.custom_fields[line["name"]] = line

    def _add_teammate(self, line: Line) -> None:
        self.teammates.add(str(line.get("email", "")).lower())

    def _add_account(self, line: Line) -> None:
        if self.accounts is None:
            self.accounts = {}
        self.accounts[line["id"]] = line
        self._by_names.add(line)


def read_state(lines: Iterable[tuple[int, Any]], name: str) -> FrontState:
    """Build the state from a snapshot's numbered lines; InputRefused when it is not a snapshot."""
    state = FrontState()
    for number, line in lines:
        if not isinstance(line, dict) or (number == 1) != (line.get("resource") == "snapshot"):
            problem = Problem("this is not a line of a snapshot", name, number)
            raise InputRefused(f"{name} is not a snapshot of Front", problems=(problem,), hint=_HINT)
        state.add(line)
    if not state.company:
        raise InputRefused(f"{name} is empty", hint=_HINT)
    return state


_HINT = "take one with: sf2front snapshot --accounts -o front.ndjson"
