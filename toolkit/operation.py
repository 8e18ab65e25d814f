"""An operation: one line of NDJSON, one thing to be done in Front. Pure.

``transform`` writes upserts, ``plan`` the exact ones, ``replay`` interprets them all. An operation is known by its
content: the hash of its canonical bytes, so that a checkpoint never depends on line numbers.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import orjson

from toolkit import schemas
from toolkit.errors import InputRefused, Problem

MAX_PROBLEMS = 20
"""How many problems of a file are listed before it is refused; more would bury the first."""


class Op(StrEnum):
    """What an operation does."""

    CONTACT_UPSERT = "contact.upsert"
    CONTACT_CREATE = "contact.create"
    CONTACT_UPDATE = "contact.update"
    CONTACT_DELETE = "contact.delete"
    CONTACT_MERGE = "contact.merge"
    HANDLE_ADD = "handle.add"
    HANDLE_REMOVE = "handle.remove"
    LIST_CREATE = "list.create"
    LIST_ADD = "list.add"
    LIST_REMOVE = "list.remove"
    LIST_DELETE = "list.delete"
    ACCOUNT_CREATE = "account.create"
    ACCOUNT_UPDATE = "account.update"
    ACCOUNT_DELETE = "account.delete"
    ACCOUNT_ADD_CONTACTS = "account.add_contacts"
    ACCOUNT_REMOVE_CONTACTS = "account.remove_contacts"


CREATES = frozenset({Op.CONTACT_UPSERT, Op.CONTACT_CREATE, Op.ACCOUNT_CREATE})
"""The operations whose key others may refer to: ``{"ref": KEY}`` stands for the id that they bring."""


@dataclass(frozen=True)
class Operation:
    """One line: its number (from 1), its key, what it does, and the whole line as data."""

    line: int
    key: str
    op: Op
    data: dict[str, Any]

    @cached_property
    def hash(self) -> str:
        """What the operation is known by: SHA-256 over its JSON with sorted keys. A plan never asks for it."""
        return hashlib.sha256(orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @cached_property
    def clear(self) -> tuple[str, ...]:
        """Name the custom fields that an upsert empties, where the contact is there already."""
        return tuple(self.data.get("clear", ()))

    @cached_property
    def body(self) -> dict[str, Any]:
        """What is sent, where the operation has a body."""
        body: dict[str, Any] = self.data.get("body", {})
        return body


def operation(line: int, data: dict[str, Any]) -> Operation:
    """Make an operation of a valid line."""
    return Operation(line, data["key"], Op(data["op"]), data)


def checked_operations(lines: Iterable[tuple[int, Any]], name: str) -> Iterator[Operation]:
    """Read an operations file. InputRefused lists what is wrong with file, line, JSON pointer and sentence.

    Besides the schema: no line stands there twice, no two operations of one kind create the same key, every
    ``{"ref": …}`` names an operation above it that creates something, and no custom field is both set and cleared.
    InputRefused comes at the end, or after MAX_PROBLEMS: whoever must not act on an invalid file walks it to its end.
    """
    found: list[Problem] = []
    checks = _Checks(name)
    for line, data in lines:
        if isinstance(data, dict) and data.get("resource") == "snapshot":
            raise InputRefused(f"{name} is a snapshot of Front, not operations", hint="transform and plan write those")
        wrong = schemas.problems(data, "operation", name, line)
        if not wrong:
            each = operation(line, data)
            yield each
            wrong = [*clear_problems(data, name, line), *checks.problems(each)]
        found += wrong
        if len(found) >= MAX_PROBLEMS:
            break
    if found:
        problems = tuple(found[:MAX_PROBLEMS])
        raise InputRefused(f"{name} is not a valid operations file", problems=problems, hint=_hint(data))


def _hint(last: Any) -> str:
    """Say what a file may be instead, by the line that was looked at last."""
    if not isinstance(last, dict):
        return ""
    if "op" not in last:
        return "are these bare payloads? sf2front replay --as contact.create takes one on each line"
    return "these are results of a replay; replay the operations, or its failures.ndjson" if "state" in last else ""


class _Checks:
    """What one line can't tell alone: repetitions and references."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hashes: dict[bytes, int] = {}
        self._created: dict[tuple[str, str], int] = {}

    def problems(self, each: Operation) -> Iterator[Problem]:
        mark = bytes.fromhex(each.hash)  # half the size of the text, which counts in a file of a million lines
        if mark in self._hashes:
            yield Problem(f"repeats line {self._hashes[mark]}", self._name, each.line)
        self._hashes.setdefault(mark, each.line)
        for kind, key, pointer in references(each.data):
            if (kind, key) not in self._created:
                yield Problem(f"no operation above creates the {kind} {key!r}", self._name, each.line, None, pointer)
        if each.op in CREATES:
            yield from self._note_creation(each)

    def _note_creation(self, each: Operation) -> Iterator[Problem]:
        place = (each.op.partition(".")[0], each.key)
        if place in self._created:
            sentence = f"creates {each.key!r}, which line {self._created[place]} creates already"
            yield Problem(sentence, self._name, each.line, None, "/key")
        self._created.setdefault(place, each.line)


def clear_problems(data: dict[str, Any], name: str = "", line: int | None = None) -> Iterator[Problem]:
    """Say which custom fields a valid operation is both to empty and to set: what a schema can't."""
    fields = data.get("body", {}).get("custom_fields", {})
    for index, field in enumerate(data.get("clear", [])):
        if field in fields:
            yield Problem(f"{field!r} is to be set in the body too", name, line, None, f"/clear/{index}", "clear")


def names_account(each: Operation) -> bool:
    """Tell whether an operation has to do with an account."""
    return each.op.startswith("account.") or "account" in each.data


def references(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """List the references of an operation: what kind of thing, the key of its creation, the JSON pointer."""
    for kind in ("contact", "account"):
        target = data.get(kind)
        if isinstance(target, dict) and "ref" in target:
            yield kind, target["ref"], f"/{kind}/ref"
    for index, member in enumerate(data.get("contacts", [])):
        if isinstance(member, dict):
            yield "contact", member["ref"], f"/contacts/{index}/ref"
