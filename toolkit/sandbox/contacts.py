"""Front's routes of contacts: list, create, get, update, delete, handles, merge.

Not from Front's documents but guessed, on the side that shows a careless client its mistake: removing a handle the
contact doesn't have is 404; adding one it has already is 204 and changes nothing; being put on a list doesn't
move a contact's ``updated_at``.
"""

import json
import sqlite3
from typing import Any

from toolkit.sandbox import bodies, contact_rows
from toolkit.sandbox.bodies import checked
from toolkit.sandbox.calls import Call, Refused, Reply, not_found
from toolkit.sandbox.company import Company
from toolkit.sandbox.pages import Listing, page
from toolkit.sandbox.store import sequence


def list_contacts(company: Company, call: Call) -> Reply:
    """GET /contacts, or those of a workspace or teammate: pages as ``pages`` says, and ``q[updated_after]``."""
    bounds = {"q[updated_after]": "updated_at > ?", "q[updated_before]": "updated_at < ?"}
    asked = {condition: _time(call.query[key], key) for key, condition in bounds.items() if key in call.query}
    where = " AND ".join(["place = ?", "automatic = 0", *asked])
    return page(company.db, listing(company, call, where, (_place(company, call), *asked.values())), call)


def _place(company: Company, call: Call) -> str:
    """Say whose contacts are meant: a workspace's or a teammate's by its id in the path, "" = the company's."""
    teams, teammates = company.config.teams, company.config.teammates
    for prefix, parameter, count in (("tim", "team_id", len(teams)), ("tea", "teammate_id", len(teammates))):
        if parameter in call.params:
            identity = call.params[parameter]
            if not 1 <= (sequence(prefix, identity) or 0) <= count:
                raise not_found(f"{parameter.removesuffix('_id')} {identity}")
            return identity
    return ""


def listing(company: Company, call: Call, where: str, values: tuple[Any, ...]) -> Listing:
    """Describe a list of contacts for ``page``."""

    def write(row: sqlite3.Row) -> dict[str, Any]:
        return contact_rows.shown(company.db, row, call.base)

    return Listing("contacts", write, where, values)


def _time(text: str, key: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refused(400, "Invalid query", [f"{key}: should be a time in seconds"]) from None


def create_contact(company: Company, call: Call) -> Reply:
    """POST /contacts, or those of a workspace or teammate: 201; 409 when another contact has one of the handles."""
    body = checked(call.json(), _writable(company) | {"handles": bodies.handles}, ("handles",))
    contact_rows.claim(company.db, None, body["handles"])
    seq = contact_rows.insert(company.db, body, company.clock(), _place(company, call))
    return _answer(company, call, seq, 201)


def get_contact(company: Company, call: Call) -> Reply:
    """GET /contacts/{id or alias}."""
    return _answer(company, call, _named(company, call))


def update_contact(company: Company, call: Call) -> Reply:
    """PATCH /contacts/{id or alias}: 204; custom_fields, links and list_names replace what was there, whole."""
    seq = _named(company, call)
    contact_rows.update(company.db, seq, checked(call.json(), _writable(company)), company.clock())
    return Reply(204)


def delete_contact(company: Company, call: Call) -> Reply:
    """DELETE /contacts/{id or alias}: 204, and its handles are free again."""
    contact_rows.delete(company.db, _named(company, call))
    return Reply(204)


def add_handle(company: Company, call: Call) -> Reply:
    """POST /contacts/{id or alias}/handles: 204; 409 when another contact has it."""
    seq = _named(company, call)
    handle = _handle(checked(call.json(), _HANDLE, ("source", "handle")))
    contact_rows.claim(company.db, seq, [handle])
    contact_rows.add_handles(company.db, seq, [handle])
    contact_rows.touch(company.db, seq, company.clock())
    return Reply(204)


def remove_handle(company: Company, call: Call) -> Reply:
    """DELETE /contacts/{id or alias}/handles: 204; the last one only with ``force``, and the contact goes with it."""
    seq = _named(company, call)
    body = checked(call.json(), _HANDLE | {"force": bodies.flag}, ("source", "handle"))
    if contact_rows.owner(company.db, body) != seq:
        raise not_found(f"handle {body['handle']} of contact {call.params['contact_id']}")
    if len(contact_rows.handles_of(company.db, seq)) > 1:
        folded = bodies.fold(body["source"], body["handle"])
        company.db.execute("DELETE FROM handles WHERE source = ? AND folded = ?", (body["source"], folded))
        contact_rows.touch(company.db, seq, company.clock())
    elif body.get("force"):
        contact_rows.delete(company.db, seq)
    else:
        raise Refused(400, "The last handle of a contact can be removed only with force")
    return Reply(204)


def merge_contacts(company: Company, call: Call) -> Reply:
    """POST /contacts/merge: 200 with the one contact that is left.

    By Front's description: descriptions are joined by newlines, the target's first, then oldest to newest; handles,
    lists and links are united; everything else is the most recently updated contact's. Without a target it is the
    oldest here.
    """
    checks = {"contact_ids": bodies.merged_ids, "target_contact_id": bodies.filled}
    body = checked(call.json(), checks, ("contact_ids",))
    found = sorted(contact_rows.find_all(company.db, body["contact_ids"]))
    named = body.get("target_contact_id")
    target = contact_rows.find(company.db, named) if named else found[0]
    if not 2 <= len({*found, target}) <= 50:
        raise Refused(400, "Body did not satisfy requirements", ["body.contact_ids: should hold 2 to 50 contacts"])
    _merge(company, target, [seq for seq in found if seq != target])
    return _answer(company, call, target)


def _merge(company: Company, target: int, others: list[int]) -> None:
    db, everyone = company.db, [target, *others]
    rows = [contact_rows.get(db, seq) for seq in everyone]
    handles = [handle for seq in everyone for handle in contact_rows.handles_of(db, seq)]
    names = [row["name"] for seq in everyone for row in contact_rows.lists_of(db, seq)]
    body = _united(rows) | {"list_names": names}
    for seq in others:
        contact_rows.delete(db, seq)
    contact_rows.add_handles(db, target, handles)
    contact_rows.update(db, target, body, company.clock())


def _united(rows: list[sqlite3.Row]) -> dict[str, Any]:
    newest_last = sorted(rows, key=lambda row: (row["updated_at"], row["seq"]))
    custom_fields: dict[str, Any] = {}
    for row in newest_last:
        custom_fields |= json.loads(row["custom_fields"])
    return {
        "name": next((row["name"] for row in reversed(newest_last) if row["name"]), ""),
        "description": "\n".join(row["description"] for row in rows if row["description"]),
        "links": list(dict.fromkeys(link for row in rows for link in json.loads(row["links"]))),
        "custom_fields": custom_fields,
    }


_HANDLE: dict[str, bodies.Check] = {"source": bodies.source, "handle": bodies.filled}


def _writable(company: Company) -> dict[str, bodies.Check]:
    return {
        "name": bodies.text,
        "description": bodies.text,
        "links": bodies.texts,
        "list_names": bodies.texts,
        "group_names": bodies.texts,
        "avatar": bodies.text,
        "custom_fields": company.contact_fields,
    }


def _handle(body: dict[str, Any]) -> contact_rows.Handle:
    fault = bodies.handle(body)
    if fault:
        raise Refused(400, "Body did not satisfy requirements", [f"body.handle: {fault}"])
    return body


def _named(company: Company, call: Call) -> int:
    return contact_rows.find(company.db, call.params["contact_id"])


def _answer(company: Company, call: Call, seq: int, status: int = 200) -> Reply:
    return Reply(status, contact_rows.shown(company.db, contact_rows.get(company.db, seq), call.base))
