"""Operations on contact lists in requests. Pure. Creating a list answers no id (Front), so lists are read again."""

from toolkit.exchange import Request
from toolkit.operation import Op, Operation
from toolkit.replay.steps import (
    Asking,
    Effect,
    Ending,
    Known,
    Past,
    Steps,
    every,
    expect,
    let_go,
    members,
    refuse,
    take,
)

LISTS = "/contact_lists"


def create(each: Operation, known: Known, past: Past) -> Steps:
    """Create a list, unless one of that name is there."""
    name = each.body["name"]
    there = yield from list_id(name, known)
    if there:
        effect = Effect.CREATED if past.wrote else Effect.UNCHANGED
        return Ending(effect, there, certain=not past.wrote)
    return Ending(Effect.CREATED, (yield from list_id(name, known, create=True)))


def delete(each: Operation, known: Known, past: Past) -> Steps:
    """Delete a list; its contacts stay. Not repeatable, as with a contact."""
    name = each.data["list"]
    if past.wrote:  # a deletion whose answer was lost may have been done
        known.lists.pop(name, None)
        known.lists_read = False
    found = yield from list_id(name, known)
    if found and (yield from _delete(name, found, known)):
        return Ending(Effect.DELETED, found)
    return Ending(Effect.DELETED if past.wrote else Effect.UNCHANGED, found, certain=not past.wrote)


def _delete(name: str, found: str, known: Known) -> Asking:
    """Delete while nobody reads the lists: an answer that still shows it would bring it back."""
    yield from take(LISTS, known)
    try:
        request = Request("DELETE", f"{LISTS}/{found}", before={"name": name}, repeatable=False)
        answer = expect((yield request), 404)
        known.lists.pop(name, None)
    finally:
        let_go(LISTS, known)
    return answer.ok


def change_members(each: Operation, known: Known, _: Past) -> Steps:
    """Put contacts on a list, or take them off."""
    method = "POST" if each.op is Op.LIST_ADD else "DELETE"
    found = yield from list_id(each.data["list"], known)
    if not found:
        raise refuse("no_such_list", f"Front has no contact list {each.data['list']!r}")
    return (yield from members(each, known, f"{LISTS}/{found}/contacts", method))


def list_id(name: str, known: Known, *, create: bool = False) -> Asking:
    """Give a list's id by its name; empty when there is none and none is to be created.

    One operation at a time reads and creates lists, so that two that want the same new one don't both create it.
    """
    if name in known.lists or (known.lists_read and not create):
        return known.lists.get(name, "")
    yield from take(LISTS, known)
    try:
        return (yield from _find(name, known, create=create))
    finally:
        let_go(LISTS, known)


def _find(name: str, known: Known, *, create: bool) -> Asking:
    if not known.lists_read:
        yield from _read(known)
    if name not in known.lists and create:
        known.lists_read = False  # until they are read again: the answer to the creation may be lost
        expect((yield Request("POST", LISTS, {"name": name}, repeatable=False)))
        yield from _read(known)
        if name not in known.lists:
            raise refuse("no_such_list", f"the contact list {name!r} was created but is not shown by Front")
    return known.lists.get(name, "")


def _read(known: Known) -> Asking:
    found = yield from every(LISTS)
    known.lists.clear()
    for each in found:
        known.lists.setdefault(each["name"], each["id"])
    known.lists_read = True
