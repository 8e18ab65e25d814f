"""Undoes what a replay did to contacts and their handles. Pure."""

from collections.abc import Iterator

from toolkit.front.changes import filled, handle_key
from toolkit.front.state import handle_name
from toolkit.replay.history import Write
from toolkit.rollback.groups import joined_again
from toolkit.rollback.values import put_back, unlike, values_before
from toolkit.rollback.work import Body, KeepError, RollbackCode, Work, copied


def created_contact(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Delete a contact that the replay created, if it is as it was created."""
    here = work.contacts.get(number)
    if here is None:
        return
    if wrong := list(unlike(write.body, here)):
        work.allow(RollbackCode.CHANGED, f"the contact {number} was changed since: {', '.join(wrong)}")
    if joined := sorted(work.joined.get(number, ())):
        work.allow(RollbackCode.CHANGED, f"the contact {number} is in an account since: {', '.join(joined)}")
    del work.contacts[number]
    _forget_handles(here, work)
    yield {"key": write.key, "op": "contact.delete", "contact": number, "before": work.found(number)}


def _forget_handles(contact: Body, work: Work) -> None:
    for handle in contact["handles"]:
        work.now.by_handle.pop(handle_name(handle), None)


def deleted_contact(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Create a deleted contact again where it was, on its lists and in its account; it gets another id."""
    was = work.contact_before(number, write)
    into = work.place_before(number, was)
    if taken := work.now.matches(was["handles"]):
        raise KeepError(RollbackCode.CHANGED, f"its handles belong to another contact now: {', '.join(taken)}")
    if not was["handles"]:
        raise KeepError(RollbackCode.GONE, "it had no handle, and Front creates no contact without one")
    names = [each["name"] for each in was["lists"]]
    if lost := [name for name in names if name not in work.now.lists]:
        raise KeepError(RollbackCode.CHANGED, f"its lists are not there any more: {', '.join(lost)}")
    joined = work.accounts_before(number) if work.before is not None and work.before.accounts is not None else set()
    handles = [{"source": each["source"], "handle": each["handle"]} for each in was["handles"]]
    known = was | {"custom_fields": filled(was.get("custom_fields") or {})}
    body = {key: known[key] for key in ("name", "description", "links", "custom_fields") if known.get(key)}
    body |= {"handles": handles} | ({"list_names": names} if names else {})
    work.again[number] = copied(was)
    work.now.by_handle |= {handle_name(each): number for each in handles}
    yield {"key": number, "op": "contact.create", "body": body} | into
    yield from joined_again(write.key, number, joined, work)


def changed_contact(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Put a contact's values back."""
    was = values_before(write, number, work.before.contacts if work.before else {}, work)
    body, had = put_back(write, was, work.contact(number), work)
    if body:
        yield {"key": write.key, "op": "contact.update", "contact": work.target(number), "body": body, "before": had}


def handle(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Make the contact have the handle, or not, as before."""
    here, name = work.contact(number), handle_key(write.body)
    had = name in {handle_key(each) for each in work.contact_before(number, write)["handles"]}
    has = name in {handle_key(each) for each in here["handles"]}
    if had == has:
        return
    handle = {"source": write.body["source"], "handle": write.body["handle"]}
    owner = work.now.by_handle.get(handle_name(handle), number)
    if had and owner != number:
        raise KeepError(RollbackCode.CHANGED, f"the handle belongs to {owner} now")
    if had:
        here["handles"] = [*here["handles"], handle]
        work.now.by_handle[handle_name(handle)] = number
    else:
        here["handles"] = [each for each in here["handles"] if handle_key(each) != name]
        work.now.by_handle.pop(handle_name(handle), None)
    op = "handle.add" if had else "handle.remove"
    yield {"key": write.key, "op": op, "contact": work.target(number), "body": handle}
