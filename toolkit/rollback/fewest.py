"""The same rollback in the fewest requests: deletions go first, and members go together. Pure.

A deletion takes its contact out of lists and accounts, and a list or an account lets go of its members when it is
deleted; so whatever else was to be undone about them needs no request. Of several updates of one contact the last
word about each value counts, and of several moves the last about each member: an update each is enough, and the
members of one list or account go in slices, once everything is there that is created.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from toolkit.plan.members import SLICE, SLICE_OFF, slices
from toolkit.rollback.work import Body

Subject = tuple[str, str]
"""A contact, list or account: its kind, and its id or name."""

_KINDS = ("contact", "list", "account")
_MOVES = {"list.remove": SLICE_OFF, "list.add": SLICE, "account.remove_contacts": SLICE, "account.add_contacts": SLICE}
"""What moves members, in the order in which it is done, and how many go in one request."""


def fewest(operations: list[Body]) -> list[Body]:
    """Give operations with the same end: deletions (contacts, lists, accounts), the others in their order, members."""
    gone, left = _apart(operations)
    deletions = sorted(gone.values(), key=lambda each: _KINDS.index(_kind(each)))
    moves = [each for each in left if each["op"] in _MOVES]
    return [*deletions, *_updated_once(each for each in left if each["op"] not in _MOVES), *_together(moves)]


def _apart(operations: list[Body]) -> tuple[dict[Subject, Body], list[Body]]:
    """Give the deletions, and what they leave of the others; a list that is created and then deleted is neither."""
    gone: dict[Subject, Body] = {}
    left: list[Body] = []
    for each in reversed(operations):
        subject = _subject(each)
        if each["op"].endswith(".delete"):
            gone[subject] = each
        elif each["op"] == "list.create" and subject in gone:
            del gone[subject]
        elif subject not in gone:
            left += _but_for(gone, each)
    return dict(reversed(gone.items())), left[::-1]


def _kind(operation: Body) -> str:
    kind = operation["op"].partition(".")[0]
    return "contact" if kind == "handle" else str(kind)


def _subject(operation: Body) -> Subject:
    kind = _kind(operation)
    if operation["op"].endswith(".create"):
        return kind, operation["body"]["name"] if kind == "list" else operation["key"]
    return kind, _name(operation[kind])


def _name(target: Any) -> str:
    """Name what is there by its id, what is created by the key of its creation."""
    return str(target["ref"] if isinstance(target, dict) else target)


def _but_for(gone: dict[Subject, Body], operation: Body) -> Iterator[Body]:
    """Take the members that are deleted out of an operation; nothing is left of one that has no others."""
    if "contacts" not in operation:
        yield operation
    elif members := [each for each in operation["contacts"] if ("contact", _name(each)) not in gone]:
        yield operation | {"contacts": members}


def _updated_once(operations: Iterable[Body]) -> list[Body]:
    """Make one update of those of one contact or account, in the place of the first."""
    found: dict[tuple[Subject, int], Body] = {}
    for number, each in enumerate(operations):
        name = (_subject(each), 0 if each["op"].endswith(".update") else number + 1)
        first = found.setdefault(name, each)
        if first is not each:
            both = {"body": first["body"] | each["body"], "before": each["before"] | first["before"]}
            found[name] = first | both
    return list(found.values())


def _together(moves: Iterable[Body]) -> Iterator[Body]:
    """Put the members that move the same way together; the last word about a member counts."""
    last: dict[tuple[Subject, str], tuple[Body, Any]] = {}
    for each in moves:
        for member in each["contacts"]:
            last[_subject(each), _name(member)] = each, member
    found: dict[tuple[str, Subject], tuple[Body, list[Any]]] = {}
    for (subject, _), (each, member) in last.items():
        found.setdefault((each["op"], subject), (each, []))[1].append(member)
    for op, size in _MOVES.items():
        for each, members in (moved for (known, _), moved in found.items() if known == op):
            named = {"key": ":".join(_subject(each)), "op": op, _kind(each): each[_kind(each)]}
            yield from (named | {"contacts": part} for part in slices(members, size))
