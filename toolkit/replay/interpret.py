"""What an operation means in requests. Pure: each interpretation is a generator that yields requests, gets answers
and returns how the operation ended; whoever drives it sends, retries and keeps the journal.

What was sent for the operation before (by a run that was killed, or whose connection broke) comes in as ``Past``:
a create whose answer was lost begins by asking, and is sent again only when Front says that nothing is there.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from toolkit.exchange import Answer, Request
from toolkit.front.changes import ContactChanges, account_changes, contact_changes, handle_key
from toolkit.front.protocol import account_alias, alias, refusal
from toolkit.operation import Op, Operation

Steps = Generator[Request, Answer, "Ending"]
Asking = Generator[Request, Answer, Any]


class OnExisting(StrEnum):
    """What to do when the contact to be created is there already."""

    UPDATE = "update"
    SKIP = "skip"
    FAIL = "fail"


class Effect(StrEnum):
    """What an operation did in Front."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operation ended: an effect and the id concerned, or a refusal with status, code and Front's words.

    ``certain`` is False when a create's answer was lost and what was asked for is there: whether this run made it
    or it was there all along can't be told, so a rollback must not delete it unasked.
    """

    effect: Effect | None = None
    id: str = ""
    status: int = 0
    code: str = ""
    message: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal says was sent for an operation before.

    ``lost``: a create was sent and its answer is not known. ``created``: it was answered with this id.
    ``existed``: it was answered with a conflict. ``wrote``: a change of an existing contact was sent.
    """

    lost: bool = False
    created: str = ""
    existed: bool = False
    wrote: bool = False


_NOTHING_YET = Past()


class Refused(Exception):
    """Ends an interpretation from within with a refusal; never leaves this module."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.message)
        self.ending = ending


@dataclass(slots=True)
class Known:
    """What the run has learnt: the ids that its operations brought, by kind and key, and whose each contact is.

    ``lists`` and ``accounts`` are ids by name. A contact has one owner, the key of the operation that brought it:
    another operation that meets it by a shared handle must not write over it.
    """

    created: dict[tuple[str, str], str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    lists_read: bool = False
    accounts: dict[tuple[str, str], str] = field(default_factory=dict)
    on_existing: OnExisting = OnExisting.UPDATE

    def learn(self, kind: str, key: str, brought: str) -> None:
        """Remember the id that an operation brought."""
        self.created[kind, key] = brought
        if kind == "contact":
            self.owners.setdefault(brought, key)

    def id_of(self, kind: str, target: str | dict[str, str]) -> str:
        """Give the id that a target stands for; empty when its creation was refused."""
        return target if isinstance(target, str) else self.created.get((kind, target["ref"]), "")


def interpret(each: Operation, known: Known, past: Past = _NOTHING_YET) -> Steps:
    """Interpret one operation. The ending is always returned; only the driver's own exceptions pass through."""
    try:
        return (yield from _INTERPRETERS[each.op](each, known, past))
    except Refused as refused:
        return refused.ending


def _expect(answer: Answer, *also: int) -> Answer:
    """Let an answer pass that is fine or has one of these statuses; refuse the operation otherwise."""
    if answer.ok or answer.status in also:
        return answer
    code = {404: "not_found", 409: "conflict", 403: "forbidden", 400: "bad_request"}.get(answer.status, "refused")
    raise Refused(Ending(status=answer.status, code=code, message=refusal(answer).message))


def _refuse(code: str, message: str) -> Refused:
    return Refused(Ending(code=code, message=message))


# --- contacts


def _create(each: Operation, known: Known, past: Past) -> Steps:
    if past.created:
        return Ending(Effect.CREATED, past.created)
    body = each.body
    found = (yield from _contacts_by_handle(body["handles"])) if past.lost or past.existed else []
    if past.lost and len(found) == 1 and _is_ours(found[0], each, known) and not contact_changes(body, found[0]):
        return Ending(Effect.CREATED, found[0]["id"], certain=False)
    if not found:
        yield from _lists_for(body, known)
        answer = _expect((yield Request("POST", "/contacts", body, repeatable=False)), 409)
        if answer.ok:
            return Ending(Effect.CREATED, answer.body["id"])
        found = yield from _named_contacts(answer)
    if len(found) != 1:
        listed = ", ".join(contact["id"] for contact in found)
        raise _refuse("several_contacts", f"its handles belong to several contacts: {listed}")
    if not _is_ours(found[0], each, known):
        owner = known.owners[found[0]["id"]]
        raise _refuse("shared_handle", f"it shares a handle with {owner}, whose contact this is: {found[0]['id']}")
    return (yield from _existing(body, found[0], known, past))


def _is_ours(contact: dict[str, Any], each: Operation, known: Known) -> bool:
    return known.owners.get(contact["id"], each.key) == each.key


def _existing(body: dict[str, Any], contact: dict[str, Any], known: Known, past: Past) -> Steps:
    if known.on_existing is OnExisting.FAIL:
        raise _refuse("exists", f"the contact is there already: {contact['id']}")
    changes = contact_changes(body, contact)
    if known.on_existing is OnExisting.SKIP or not changes:
        return Ending(Effect.UPDATED if past.wrote else Effect.UNCHANGED, contact["id"])
    yield from _apply(contact, changes, known)
    return Ending(Effect.UPDATED, contact["id"])


def _apply(contact: dict[str, Any], changes: ContactChanges, known: Known) -> Asking:
    contact_id = contact["id"]
    if changes.body:
        _expect((yield Request("PATCH", f"/contacts/{contact_id}", changes.body, before=contact)))
    for handle in changes.handles:
        yield from _add_handle(contact_id, handle, before=contact)
    for name in changes.lists:
        list_id = yield from _list_id(name, known, create=True)
        members = {"contact_ids": [contact_id]}
        _expect((yield Request("POST", f"/contact_lists/{list_id}/contacts", members, before=contact)))


def _upsert(each: Operation, known: Known, past: Past) -> Steps:
    ending = yield from _create(each, known, past)
    wanted = each.data.get("account")
    if wanted and ending.id:
        account_id = yield from _account_id(wanted, known)
        members = {"contact_ids": [ending.id]}
        _expect((yield Request("POST", f"/accounts/{account_id}/contacts", members)))
    return ending


def _update(each: Operation, known: Known, _: Past) -> Steps:
    contact_id = _target(each, known, "contact")
    _expect((yield Request("PATCH", f"/contacts/{contact_id}", each.body, before=each.data.get("before"))))
    return Ending(Effect.UPDATED, contact_id)


def _delete(each: Operation, known: Known, _: Past) -> Steps:
    contact_id = _target(each, known, "contact")
    answer = _expect((yield Request("DELETE", f"/contacts/{contact_id}", before=each.data.get("before"))), 404)
    return Ending(Effect.DELETED if answer.ok else Effect.UNCHANGED, contact_id)


def _handle_add(each: Operation, known: Known, _: Past) -> Steps:
    contact_id = _target(each, known, "contact")
    effect = yield from _add_handle(contact_id, each.body)
    return Ending(effect, contact_id)


def _add_handle(contact_id: str, handle: dict[str, Any], before: dict[str, Any] | None = None) -> Asking:
    """Add a handle. How Front answers a handle that the contact has is not known: so a refusal is checked."""
    answer = yield Request("POST", f"/contacts/{contact_id}/handles", handle, before=before)
    if answer.ok:
        return Effect.UPDATED
    contact = _expect((yield Request("GET", f"/contacts/{contact_id}"))).body
    if not _has(contact, handle):
        _expect(answer)
    return Effect.UNCHANGED


def _handle_remove(each: Operation, known: Known, _: Past) -> Steps:
    contact_id = _target(each, known, "contact")
    answer = yield Request("DELETE", f"/contacts/{contact_id}/handles", each.body)
    if answer.ok:
        return Ending(Effect.UPDATED, contact_id)
    contact = _expect((yield Request("GET", f"/contacts/{contact_id}"))).body
    if _has(contact, each.body):
        _expect(answer)
    return Ending(Effect.UNCHANGED, contact_id)


def _has(contact: dict[str, Any], handle: dict[str, Any]) -> bool:
    return handle_key(handle) in {handle_key(known) for known in contact["handles"]}


def _contacts_by_handle(handles: list[dict[str, Any]]) -> Asking:
    """Ask for the contacts that have these handles, by alias; each contact once."""
    found: dict[str, dict[str, Any]] = {}
    for handle in handles:
        answer = _expect((yield Request("GET", alias(handle["source"], handle["handle"]))), 404)
        if answer.ok:
            found[answer.body["id"]] = answer.body
    return list(found.values())


def _named_contacts(answer: Answer) -> Asking:
    """Read the contacts that a 409 names; a refusal when it names none."""
    found: list[dict[str, Any]] = []
    for contact_id in refusal(answer).contact_ids:
        found += [_expect((yield Request("GET", f"/contacts/{contact_id}"))).body]
    return found or [_expect(answer).body]


# --- contact lists


def _list_create(each: Operation, known: Known, _: Past) -> Steps:
    name = each.body["name"]
    there = yield from _list_id(name, known)
    if there:
        return Ending(Effect.UNCHANGED, there)
    return Ending(Effect.CREATED, (yield from _list_id(name, known, create=True)))


def _list_id(name: str, known: Known, *, create: bool = False) -> Asking:
    """Give a list's id by its name; creating answers no id, so the lists are read again."""
    if not known.lists_read:
        yield from _read_lists(known)
    if name not in known.lists and create:
        known.lists_read = False  # until they are read again: the answer to the creation may be lost
        _expect((yield Request("POST", "/contact_lists", {"name": name}, repeatable=False)))
        yield from _read_lists(known)
        if name not in known.lists:
            raise _refuse("no_such_list", f"the contact list {name!r} was created but is not shown by Front")
    return known.lists.get(name, "")


def _read_lists(known: Known) -> Asking:
    path: str | None = "/contact_lists?limit=100"
    while path:
        body = _expect((yield Request("GET", path))).body
        for each in body["_results"]:
            known.lists.setdefault(each["name"], each["id"])
        path = (body.get("_pagination") or {}).get("next")
    known.lists_read = True


def _lists_for(body: dict[str, Any], known: Known) -> Asking:
    """See that the lists a new contact goes on exist: what a create does with an unknown name is not known."""
    for name in body.get("list_names", []):
        yield from _list_id(name, known, create=True)


def _list_members(each: Operation, known: Known, _: Past) -> Steps:
    method = "POST" if each.op is Op.LIST_ADD else "DELETE"
    list_id = yield from _list_id(each.data["list"], known)
    if not list_id:
        raise _refuse("no_such_list", f"Front has no contact list {each.data['list']!r}")
    return (yield from _members(each, known, f"/contact_lists/{list_id}/contacts", method))


# --- accounts


def _account_create(each: Operation, _: Known, past: Past) -> Steps:
    if past.created:
        return Ending(Effect.CREATED, past.created)
    there = (yield from _find_account(each.body)) if past.lost else None
    if there:
        return Ending(Effect.CREATED, there["id"], certain=False)
    answer = _expect((yield Request("POST", "/accounts", each.body, repeatable=False)), 409)
    if answer.ok:
        return Ending(Effect.CREATED, answer.body["id"])
    there = (yield from _find_account(each.body)) or _expect(answer).body
    return Ending(Effect.UNCHANGED, there["id"])


def _account_update(each: Operation, known: Known, _: Past) -> Steps:
    account_id = _target(each, known, "account")
    _expect((yield Request("PATCH", f"/accounts/{account_id}", each.body, before=each.data.get("before"))))
    return Ending(Effect.UPDATED, account_id)


def _account_members(each: Operation, known: Known, _: Past) -> Steps:
    method = "POST" if each.op is Op.ACCOUNT_ADD_CONTACTS else "DELETE"
    account_id = _target(each, known, "account")
    return (yield from _members(each, known, f"/accounts/{account_id}/contacts", method))


def _account_id(wanted: dict[str, Any], known: Known) -> Asking:
    """Find the account of an upsert, or create it; asked once a run for each external id or name."""
    name = ("external_id", wanted["external_id"]) if "external_id" in wanted else ("name", wanted["name"])
    if name not in known.accounts:
        there = yield from _find_account(wanted)
        if there is None:
            there = _expect((yield Request("POST", "/accounts", wanted, repeatable=False))).body
        elif changes := account_changes(wanted, there):
            _expect((yield Request("PATCH", f"/accounts/{there['id']}", changes.body)))
        known.accounts[name] = there["id"]
    return known.accounts[name]


def _find_account(wanted: dict[str, Any]) -> Asking:
    for path in _account_paths(wanted):
        answer = _expect((yield Request("GET", path)), 404)
        if answer.ok:
            return answer.body
    if "external_id" in wanted:
        return None
    return (yield from _account_by_name(wanted["name"]))


def _account_paths(wanted: dict[str, Any]) -> Iterator[str]:
    if "external_id" in wanted:
        yield account_alias("ext_id", wanted["external_id"])
    for domain in wanted.get("domains", []):
        yield account_alias("domain", domain)


def _account_by_name(name: str) -> Asking:
    path: str | None = "/accounts?limit=100"
    while path:
        body = _expect((yield Request("GET", path))).body
        for account in body["_results"]:
            if str(account.get("name", "")).casefold() == name.casefold():
                return account
        path = (body.get("_pagination") or {}).get("next")
    return None


# --- shared


def _members(each: Operation, known: Known, path: str, method: str) -> Steps:
    """Send the members whose ids are known. Those whose creation was refused make the operation refused."""
    ids = [known.id_of("contact", target) for target in each.data["contacts"]]
    if present := [each_id for each_id in ids if each_id]:
        _expect((yield Request(method, path, {"contact_ids": present})))
    if missing := len(ids) - len(present):
        raise _refuse("depends_on_refused", f"{missing} of its {len(ids)} contacts were not created")
    return Ending(Effect.UPDATED)


def _target(each: Operation, known: Known, kind: str) -> str:
    target = known.id_of(kind, each.data[kind])
    if not target:
        raise _refuse("depends_on_refused", f"the {kind} {each.data[kind]['ref']!r} was not created")
    return target


_INTERPRETERS: dict[Op, Callable[[Operation, Known, Past], Steps]] = {
    Op.CONTACT_UPSERT: _upsert,
    Op.CONTACT_CREATE: _create,
    Op.CONTACT_UPDATE: _update,
    Op.CONTACT_DELETE: _delete,
    Op.HANDLE_ADD: _handle_add,
    Op.HANDLE_REMOVE: _handle_remove,
    Op.LIST_CREATE: _list_create,
    Op.LIST_ADD: _list_members,
    Op.LIST_REMOVE: _list_members,
    Op.ACCOUNT_CREATE: _account_create,
    Op.ACCOUNT_UPDATE: _account_update,
    Op.ACCOUNT_ADD_CONTACTS: _account_members,
    Op.ACCOUNT_REMOVE_CONTACTS: _account_members,
}
