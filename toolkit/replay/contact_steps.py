"""Operations on contacts and their handles in requests. Pure.

A create whose answer was lost begins by asking, and is sent again only when Front says that nothing is there.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from toolkit.exchange import Answer, Request
from toolkit.front.changes import ContactChanges, contact_changes, handle_key
from toolkit.front.protocol import alias, refusal
from toolkit.front.state import external_key
from toolkit.operation import Operation
from toolkit.replay.account_steps import join
from toolkit.replay.list_steps import LISTS, list_id
from toolkit.replay.rebase import update_fresh
from toolkit.replay.steps import (
    Asking,
    Effect,
    Ending,
    Item,
    Known,
    OnExisting,
    Past,
    Refused,
    Steps,
    claim,
    expect,
    refuse,
    target,
)

CONTACTS = "/contacts"


def create(each: Operation, known: Known, past: Past) -> Steps:
    """Create a contact; one that is there already is completed, or as ``known.on_existing`` says."""
    if past.created:
        return Ending(Effect.CREATED, past.created)
    body = each.body
    found = (yield from _by_handle(each, known)) if past.lost or past.existed else []
    if len(found) == 1 and _made_before(found[0], each, known, past):
        return Ending(Effect.CREATED, found[0]["id"], certain=False)
    if not found:
        yield from _lists_for(body, known)
        answer = expect((yield Request("POST", _place(each), body, repeatable=False)), 409)
        if answer.ok:
            known.order.claim(each.line, [answer.body["id"]])
            return Ending(Effect.CREATED, answer.body["id"])
        found = yield from _named(answer, each, known)
    if len(found) != 1:
        listed = ", ".join(contact["id"] for contact in found)
        raise refuse("several_contacts", f"its handles belong to several contacts: {listed}")
    return (yield from _existing(each, found[0], known, past))


def _place(each: Operation) -> str:
    """Say where a contact is created: the company's shared contacts, a workspace's, or a teammate's own."""
    for kind, owner in each.data.get("into", {}).items():
        return f"/{kind}s/{owner}{CONTACTS}"
    return CONTACTS


def _made_before(contact: Item, each: Operation, known: Known, past: Past) -> bool:
    """Tell whether a contact that is there is what a lost create made: ours, exactly as asked, never completed."""
    ours = past.lost and not past.wrote and not past.existed and _is_ours(contact, each, known)
    return ours and not contact_changes(each.body, contact, each.clear)


def _is_ours(contact: Item, each: Operation, known: Known) -> bool:
    return known.owners.get(contact["id"], each.key) == each.key


def _existing(each: Operation, contact: Item, known: Known, past: Past) -> Steps:
    if not _is_ours(contact, each, known):
        owner = known.owners[contact["id"]]
        raise refuse("shared_handle", f"it shares a handle with {owner}, whose contact this is: {contact['id']}")
    if (other := _other_external_id(each, contact)) is not None:
        raise refuse("handle_of_another", f"a handle is that of {contact['id']}, whose external id is {other}")
    if known.on_existing is OnExisting.FAIL:
        raise refuse("exists", f"the contact is there already: {contact['id']}")
    changes = contact_changes(each.body, contact, each.clear)
    if known.on_existing is OnExisting.SKIP or not changes:
        return Ending(Effect.UPDATED if past.wrote else Effect.UNCHANGED, contact["id"])
    yield from _apply(contact, changes, known)
    return Ending(Effect.UPDATED, contact["id"])


def _other_external_id(each: Operation, contact: Item) -> str | None:
    """Give the external id of a contact that is another one's than the operation's; None where either has none."""
    name = each.data.get("external_id")
    wanted = external_key(each.body.get("custom_fields", {}).get(name))
    here = external_key((contact.get("custom_fields") or {}).get(name))
    return here if wanted is not None and here != wanted else None


def _apply(contact: Item, changes: ContactChanges, known: Known) -> Asking:
    contact_id = contact["id"]
    if changes.body:
        expect((yield Request("PATCH", f"{CONTACTS}/{contact_id}", changes.body, before=contact)))
    for handle in changes.handles:
        yield from _add_handle(contact_id, handle, before=contact)
    for name in changes.lists:
        found = yield from list_id(name, known, create=True)
        members = {"contact_ids": [contact_id]}
        expect((yield Request("POST", f"{LISTS}/{found}/contacts", members, before=contact)))


def upsert(each: Operation, known: Known, past: Past) -> Steps:
    """Create or complete a contact, and put it into its account."""
    ending = yield from create(each, known, past)
    left_alone = known.on_existing is OnExisting.SKIP and ending.effect is Effect.UNCHANGED
    wanted = each.data.get("account")
    if wanted and not left_alone:
        try:
            yield from join(each, ending.id, known)
        except Refused as refused:
            raise Refused(replace(refused.ending, id=ending.id)) from refused
    return ending


def update(each: Operation, known: Known, past: Past) -> Steps:
    """Change a contact; one named by an alias is read first, to know which it is, and so is one that has changed."""
    named = target(each, known, "contact")
    if known.fresh or named in known.changed or not named.startswith("crd_"):
        return (yield from update_fresh(each, f"{CONTACTS}/{quote(named, safe=':')}", known, past))
    expect((yield Request("PATCH", f"{CONTACTS}/{named}", each.body, before=each.data.get("before"))))
    return Ending(Effect.UPDATED, named)


def delete(each: Operation, known: Known, past: Past) -> Steps:
    """Delete a contact. Not repeatable: a second deletion is answered as if there had been nothing."""
    contact_id = target(each, known, "contact")
    before = each.data.get("before")
    if known.fresh:
        there = expect((yield Request("GET", f"{CONTACTS}/{contact_id}")), 404)
        before = there.body if there.ok else before
    request = Request("DELETE", f"{CONTACTS}/{contact_id}", before=before, repeatable=False)
    answer = expect((yield request), 404)
    if answer.ok:
        return Ending(Effect.DELETED, contact_id)
    return Ending(Effect.DELETED if past.wrote else Effect.UNCHANGED, contact_id, certain=not past.wrote)


def merge(each: Operation, known: Known, past: Past) -> Steps:
    """Merge contacts into one; after a lost answer only those that are still there by themselves."""
    contact_id, others = target(each, known, "contact"), _others(each, known)
    if past.wrote:
        others = yield from _apart(contact_id, others)
        if not others:
            return Ending(Effect.UPDATED, contact_id, certain=False)
    body = {"target_contact_id": contact_id, "contact_ids": [contact_id, *others]}
    request = Request("POST", f"{CONTACTS}/merge", body, before=each.data.get("before"), repeatable=False)
    expect((yield request))
    return Ending(Effect.UPDATED, contact_id)


def _others(each: Operation, known: Known) -> list[str]:
    found = [(known.id_of("contact", other), other) for other in each.data["contacts"]]
    for contact_id, other in found:
        if not contact_id:
            raise refuse("depends_on_refused", f"the contact {other['ref']!r} was not created")
    return [contact_id for contact_id, _ in found]


def _apart(contact_id: str, others: list[str]) -> Asking:
    """Ask which contacts are still there by themselves: a merged one is gone, or answers with the one it went into."""
    apart: list[str] = []
    for other in others:
        answer = expect((yield Request("GET", f"{CONTACTS}/{other}")), 404)
        apart += [other] if answer.ok and answer.body["id"] != contact_id else []
    return apart


def add_handle(each: Operation, known: Known, past: Past) -> Steps:
    """Add a handle to a contact."""
    contact_id = target(each, known, "contact")
    effect = yield from _add_handle(contact_id, each.body)
    return _settled(effect, contact_id, past)


def _add_handle(contact_id: str, handle: Item, before: Item | None = None) -> Asking:
    """Add a handle. How Front answers a handle that the contact has is not known: so a refusal is checked.

    Not repeatable: after a lost answer a second sending finds the handle there, and only who asks anew knows why.
    """
    path = f"{CONTACTS}/{contact_id}/handles"
    answer = yield Request("POST", path, handle, before=before, repeatable=False)
    if answer.ok:
        return Effect.UPDATED
    contact = expect((yield Request("GET", f"{CONTACTS}/{contact_id}"))).body
    if not _has(contact, handle):
        expect(answer)
    return Effect.UNCHANGED


def remove_handle(each: Operation, known: Known, past: Past) -> Steps:
    """Take a handle from a contact; not repeatable, as with a deletion."""
    contact_id = target(each, known, "contact")
    answer = yield Request("DELETE", f"{CONTACTS}/{contact_id}/handles", each.body, repeatable=False)
    if answer.ok:
        return Ending(Effect.UPDATED, contact_id)
    contact = expect((yield Request("GET", f"{CONTACTS}/{contact_id}"))).body
    if _has(contact, each.body):
        expect(answer)
    return _settled(Effect.UNCHANGED, contact_id, past)


def _settled(effect: Effect, contact_id: str, past: Past) -> Ending:
    """End with what was found; a change that was sent before, and is there, may well be ours."""
    ours = effect is Effect.UNCHANGED and past.wrote
    return Ending(Effect.UPDATED if ours else effect, contact_id, certain=not ours)


def _has(contact: Item, handle: Item) -> bool:
    return handle_key(handle) in {handle_key(known) for known in contact["handles"]}


def _by_handle(each: Operation, known: Known) -> Asking:
    """Ask for the contacts that have the operation's handles, by alias; each contact once."""
    found: dict[str, Item] = {}
    for handle in each.body["handles"]:
        answer = expect((yield Request("GET", alias(handle["source"], handle["handle"]))), 404)
        if answer.ok:
            found[answer.body["id"]] = answer.body
    if found and (yield from claim(each, list(found), known)):
        return (yield from _by_handle(each, known))  # an operation above has worked on them meanwhile
    return list(found.values())


def _named(conflict: Answer, each: Operation, known: Known) -> Asking:
    """Read the contacts that a 409 names; when it names none, or one that can't be seen, refuse with its words."""
    found: list[Any] = []
    contact_ids = refusal(conflict).contact_ids
    yield from claim(each, list(contact_ids), known)
    for contact_id in contact_ids:
        answer = expect((yield Request("GET", f"{CONTACTS}/{contact_id}")), 404)
        found += [answer.body] if answer.ok else [expect(conflict)]
    return found or [expect(conflict).body]


def _lists_for(body: Item, known: Known) -> Asking:
    """See that the lists a new contact goes on exist: what a create does with an unknown name is not known."""
    for name in body.get("list_names", []):
        yield from list_id(name, known, create=True)
