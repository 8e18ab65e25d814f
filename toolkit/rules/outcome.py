"""What a snapshot is after a plan: its lines with the operations applied. Pure.

Every operation is taken to succeed. Only contacts that an operation names, by id or by a handle, are held in memory;
the others pass by. A contact, list or account that the plan makes has an id that Front never gives: ``new:KEY``.

Where Front's answer can't be known from a snapshot: of merged contacts the target's values win (Front takes those of
the contact updated last, and a snapshot has no times); a contact is in one account at a time, as in Front's own view.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.front.accounts import Accounts
from toolkit.front.changes import account_changes, contact_changes, filled, handle_key
from toolkit.front.protocol import aliased
from toolkit.front.state import external_key, handle_name
from toolkit.operation import Op, Operation
from toolkit.replay.rebase import rebase

NEW = "new:"
Line = dict[str, Any]
Lines = Callable[[], Iterable[Line]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The snapshot afterwards: ``heads`` are its lines but the contacts; ``gone`` are contacts deleted or merged away.

    ``held`` are the contacts that were named or made, by id, as they are afterwards.
    """

    lines: Lines
    heads: tuple[Line, ...]
    held: Mapping[str, Line]
    gone: frozenset[str]
    deleted_lists: frozenset[str]

    def contacts(self) -> Iterator[Line]:
        """Give the contacts afterwards: those of the snapshot in its order, then the new ones."""
        for line in self.lines():
            if line["resource"] == "contact" and line["id"] not in self.gone:
                yield self.held[line["id"]] if line["id"] in self.held else self._passed(line)
        yield from (line for contact_id, line in self.held.items() if contact_id.startswith(NEW))

    def _passed(self, line: Line) -> Line:
        if not any(each["name"] in self.deleted_lists for each in line["lists"]):
            return line
        return line | {"lists": [each for each in line["lists"] if each["name"] not in self.deleted_lists]}


def outcome(lines: Lines, operations: Iterable[Operation]) -> Outcome:
    """Apply ``operations``, in their order, to the snapshot that ``lines`` gives (anew at each call, unchanged)."""
    wanted = list(operations)
    ids, handles = _named(wanted)
    front = _Front()
    for line in lines():
        if line["resource"] != "contact":
            front.add_head(line)
        elif line["id"] in ids or any(handle_name(each) in handles for each in line["handles"]):
            front.add_contact(dict(line))
    for each in wanted:
        _APPLY[each.op](front, each)
    held = {key: _in_order(line) for key, line in front.contacts.items() if key not in front.gone}
    return Outcome(lines, tuple(front.heads_now()), held, frozenset(front.gone), frozenset(front.deleted_lists))


def _in_order(line: Line) -> Line:
    """Sort handles as a snapshot does."""
    return line | {"handles": sorted(line["handles"], key=handle_key)}


def _named(operations: list[Operation]) -> tuple[set[str], set[str]]:
    """Give the ids, and the names of the handles, by which the operations mean contacts."""
    ids, handles = set[str](), set[str]()
    for each in operations:
        for target in (each.data.get("contact"), *each.data.get("contacts", ())):
            if isinstance(target, str):
                ids.add(target)
                handles.update(handle_name(known) for known in [aliased(target)] if known)
        named = each.body.get("handles", ()) if each.op is not Op.HANDLE_ADD else (each.body,)
        handles.update(map(handle_name, named))
    return ids, handles


@dataclass(slots=True)
class _Front:
    """Front while the operations are applied: of contacts only those that are named."""

    heads: list[Line] = field(default_factory=list)
    scope: str = ""
    contacts: dict[str, Line] = field(default_factory=dict)
    by_handle: dict[str, str] = field(default_factory=dict)
    refs: dict[tuple[str, str], str] = field(default_factory=dict)
    lists: dict[str, Line] = field(default_factory=dict)
    accounts: dict[str, Line] = field(default_factory=dict)
    members: dict[str, dict[str, None]] = field(default_factory=dict)
    account_of: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    deleted_lists: set[str] = field(default_factory=set)
    names: Accounts = field(default_factory=Accounts)

    def add_head(self, line: Line) -> None:
        if line["resource"] == "contact_list":
            self.lists.setdefault(line["name"], line)
        elif line["resource"] == "account":
            self.add_account(dict(line))
        else:
            self.scope = line.get("scope", "") if line["resource"] == "snapshot" else self.scope
            self.heads.append(line)

    def heads_now(self) -> Iterator[Line]:
        yield from self.heads
        yield from self.lists.values()
        yield from (line | {"contacts": list(self.members[key])} for key, line in self.accounts.items())

    def add_contact(self, line: Line) -> None:
        self.contacts[line["id"]] = line
        for each in line["handles"]:
            self.by_handle.setdefault(handle_name(each), line["id"])

    def add_account(self, line: Line) -> None:
        self.accounts[line["id"]] = line
        self.members[line["id"]] = dict.fromkeys(line.get("contacts", ()))
        self.account_of |= dict.fromkeys(line.get("contacts", ()), line["id"])
        self.names.add(line)

    def contact(self, target: Any) -> Line | None:
        """Find what an operation means by a contact; None when it is not there."""
        handle = aliased(target) if isinstance(target, str) else None
        if handle:
            contact_id = self.by_handle.get(handle_name(handle))
        else:
            contact_id = target if isinstance(target, str) else self.refs.get(("contact", target["ref"]))
        return None if contact_id in self.gone else self.contacts.get(contact_id or "")

    def account(self, target: Any) -> str:
        """Give the id of the account that is meant; empty when it is not there."""
        found = target if isinstance(target, str) else self.refs.get(("account", target["ref"]), "")
        return found if found in self.accounts else ""

    def put_on_list(self, contact: Line, name: str) -> None:
        line = self.lists.setdefault(name, _new_list(name))
        if name not in {each["name"] for each in contact["lists"]}:
            contact["lists"] = [*contact["lists"], {"id": line["id"], "name": name}]

    def join(self, contact_id: str, account_id: str) -> None:
        self.leave(contact_id)
        self.members[account_id][contact_id] = None
        self.account_of[contact_id] = account_id

    def leave(self, contact_id: str) -> None:
        self.members.get(self.account_of.pop(contact_id, ""), {}).pop(contact_id, None)

    def forget(self, contact: Line) -> None:
        """Take a contact out: its handles are free again."""
        for each in contact["handles"]:
            self.by_handle.pop(handle_name(each), None)
        self.leave(contact["id"])
        self.gone.add(contact["id"])


def _new_list(name: str) -> Line:
    return {"resource": "contact_list", "id": f"{NEW}{name}", "name": name, "is_private": False}


def _create(front: _Front, each: Operation) -> None:
    """Make a contact, or complete the one that has its handles; several, or one of another external id: nothing."""
    owners = {front.by_handle.get(handle_name(handle)) for handle in each.body["handles"]} - {None}
    into = set(each.data.get("into", {}).values())
    if len(owners) > 1 or (not owners and into and front.scope not in into):
        return
    contact = front.contacts[owners.pop() or ""] if owners else _new_contact(front, each)
    if _is_another(contact, each):
        return
    front.refs["contact", each.key] = contact["id"]
    changes = contact_changes(each.body, contact, each.clear)
    contact |= changes.body
    for handle in changes.handles:
        _add_handle(front, contact, handle)
    for name in changes.lists:
        front.put_on_list(contact, name)
    if "account" in each.data:
        _join_wanted(front, each, contact)


def _new_contact(front: _Front, each: Operation) -> Line:
    contact = {
        "resource": "contact",
        "id": f"{NEW}{each.key}",
        "name": "",
        "description": "",
        "links": [],
        "lists": [],
        "handles": [],
        "custom_fields": {},
        "is_private": False,
    }
    front.add_contact(contact)
    return contact


def _is_another(contact: Line, each: Operation) -> bool:
    name = each.data.get("external_id")
    wanted = external_key(each.body.get("custom_fields", {}).get(name))
    here = external_key((contact.get("custom_fields") or {}).get(name))
    return wanted is not None and here is not None and wanted != here


def _join_wanted(front: _Front, each: Operation, contact: Line) -> None:
    wanted = each.data["account"]
    found = front.names.match(wanted)
    if found is None or found["id"] not in front.accounts:
        found = _make_account(front, each.key, wanted)
    found |= account_changes(wanted, found).body
    front.join(contact["id"], found["id"])


def _make_account(front: _Front, key: str, body: Mapping[str, Any]) -> Line:
    blank: Line = {
        "name": "",
        "logo_url": None,
        "description": "",
        "domains": [],
        "external_id": None,
        "custom_fields": {},
    }
    account = {"resource": "account", "id": f"{NEW}{key}"} | blank | dict(body)
    front.add_account(account)
    return account


def _update(front: _Front, each: Operation) -> None:
    contact = front.contact(each.data["contact"])
    if contact is not None:
        named = isinstance(each.data["contact"], str) and aliased(each.data["contact"])
        contact |= rebase(each.body, each.data.get("before"), contact).body if named else each.body


def _delete(front: _Front, each: Operation) -> None:
    contact = front.contact(each.data["contact"])
    if contact is not None:
        front.forget(contact)


def _merge(front: _Front, each: Operation) -> None:
    target = front.contact(each.data["contact"])
    for other in filter(None, map(front.contact, each.data["contacts"])):
        if target is None or other is target:
            continue
        front.forget(other)
        _take_over(front, target, other)


def _take_over(front: _Front, target: Line, other: Line) -> None:
    """Unite two contacts as Front does: descriptions joined, handles, lists and links of both."""
    texts = [each["description"] for each in (target, other) if each.get("description")]
    target["name"] = target.get("name") or other.get("name")
    target["description"] = "\n".join(texts)
    target["links"] = list(dict.fromkeys([*(target.get("links") or ()), *(other.get("links") or ())]))
    fields = filled(other.get("custom_fields") or {}) | filled(target.get("custom_fields") or {})
    target["custom_fields"] = (target.get("custom_fields") or {}) | fields
    for handle in other["handles"]:
        _add_handle(front, target, handle)
    for each in other["lists"]:
        front.put_on_list(target, each["name"])


def _add_handle(front: _Front, contact: Line, handle: Mapping[str, Any]) -> None:
    if front.by_handle.setdefault(handle_name(handle), contact["id"]) == contact["id"]:
        known = {handle_key(each) for each in contact["handles"]}
        contact["handles"] = [*contact["handles"], *([] if handle_key(handle) in known else [handle])]


def _handle(front: _Front, each: Operation) -> None:
    contact = front.contact(each.data["contact"])
    if contact is None:
        return
    if each.op is Op.HANDLE_ADD:
        _add_handle(front, contact, each.body)
        return
    left = [known for known in contact["handles"] if handle_key(known) != handle_key(each.body)]
    if left and len(left) < len(contact["handles"]):  # Front refuses to take the last one off
        contact["handles"] = left
        front.by_handle.pop(handle_name(each.body), None)


def _list_create(front: _Front, each: Operation) -> None:
    front.lists.setdefault(each.body["name"], _new_list(each.body["name"]))


def _list_delete(front: _Front, each: Operation) -> None:
    name = each.data["list"]
    front.lists.pop(name, None)
    front.deleted_lists.add(name)
    for contact in front.contacts.values():
        contact["lists"] = [known for known in contact["lists"] if known["name"] != name]


def _list_members(front: _Front, each: Operation) -> None:
    name = each.data["list"]
    for contact in filter(None, map(front.contact, each.data["contacts"])):
        if each.op is Op.LIST_ADD:
            front.put_on_list(contact, name)
        else:
            contact["lists"] = [known for known in contact["lists"] if known["name"] != name]


def _account_create(front: _Front, each: Operation) -> None:
    found = front.names.match(each.body)
    there = found if found is not None and found["id"] in front.accounts else None
    account = there if there is not None else _make_account(front, each.key, each.body)
    account |= account_changes(each.body, account).body
    front.refs["account", each.key] = account["id"]


def _account_update(front: _Front, each: Operation) -> None:
    if account_id := front.account(each.data["account"]):
        front.accounts[account_id] |= each.body
        front.names.add(front.accounts[account_id])


def _account_delete(front: _Front, each: Operation) -> None:
    if account_id := front.account(each.data["account"]):
        del front.accounts[account_id]
        for contact_id in front.members.pop(account_id):
            front.account_of.pop(contact_id, None)


def _account_members(front: _Front, each: Operation) -> None:
    account_id = front.account(each.data["account"])
    for contact in filter(None, map(front.contact, each.data["contacts"])):
        if not account_id:
            continue
        if each.op is Op.ACCOUNT_ADD_CONTACTS:
            front.join(contact["id"], account_id)
        elif front.account_of.get(contact["id"]) == account_id:
            front.leave(contact["id"])


_APPLY: dict[Op, Callable[[_Front, Operation], None]] = {
    Op.CONTACT_UPSERT: _create,
    Op.CONTACT_CREATE: _create,
    Op.CONTACT_UPDATE: _update,
    Op.CONTACT_DELETE: _delete,
    Op.CONTACT_MERGE: _merge,
    Op.HANDLE_ADD: _handle,
    Op.HANDLE_REMOVE: _handle,
    Op.LIST_CREATE: _list_create,
    Op.LIST_ADD: _list_members,
    Op.LIST_REMOVE: _list_members,
    Op.LIST_DELETE: _list_delete,
    Op.ACCOUNT_CREATE: _account_create,
    Op.ACCOUNT_UPDATE: _account_update,
    Op.ACCOUNT_DELETE: _account_delete,
    Op.ACCOUNT_ADD_CONTACTS: _account_members,
    Op.ACCOUNT_REMOVE_CONTACTS: _account_members,
}
