"""Front's routes of contact lists and their members.

A second list of the same name is refused here with 409: what Front does is not known, and a client that makes lists
twice should hear of it in a rehearsal.
"""

from toolkit.sandbox import bodies, contact_rows, contacts
from toolkit.sandbox.bodies import checked
from toolkit.sandbox.calls import Call, Refused, Reply, not_found
from toolkit.sandbox.company import Company
from toolkit.sandbox.pages import page
from toolkit.sandbox.store import sequence


def contact_lists(company: Company, call: Call) -> Reply:
    """GET /contact_lists: all of them at once."""
    rows = company.db.execute("SELECT seq, name FROM lists ORDER BY seq")
    results = [contact_rows.list_shown(row, call.base) for row in rows]
    return Reply(200, {"_links": {"self": f"{call.base}/contact_lists"}, "_results": results})


def create_list(company: Company, call: Call) -> Reply:
    """POST /contact_lists: 204 without a body, so without the id too."""
    name = checked(call.json(), {"name": bodies.filled}, ("name",))["name"]
    if company.db.execute("SELECT 1 FROM lists WHERE name = ?", (name,)).fetchone():
        raise Refused(409, f"A contact list named {name} exists already")
    company.db.execute("INSERT INTO lists (name) VALUES (?)", (name,))
    return Reply(204)


def delete_list(company: Company, call: Call) -> Reply:
    """DELETE /contact_lists/{id}: 204; the contacts stay."""
    seq = _named(company, call)
    company.db.execute("DELETE FROM members WHERE list = ?", (seq,))
    company.db.execute("DELETE FROM lists WHERE seq = ?", (seq,))
    return Reply(204)


def list_members(company: Company, call: Call) -> Reply:
    """GET /contact_lists/{id}/contacts, in pages."""
    where = "seq IN (SELECT contact FROM members WHERE list = ?)"
    return page(company.db, contacts.listing(company, call, where, (_named(company, call),)), call)


def add_members(company: Company, call: Call) -> Reply:
    """POST /contact_lists/{id}/contacts: 204; one unknown id and none is added: 404."""
    seq = _named(company, call)
    body = checked(call.json(), {"contact_ids": bodies.contact_ids}, ("contact_ids",))
    found = contact_rows.find_all(company.db, body["contact_ids"])
    company.db.executemany(
        "INSERT OR IGNORE INTO members (list, contact) VALUES (?, ?)", [(seq, contact) for contact in found]
    )
    return Reply(204)


def remove_members(company: Company, call: Call) -> Reply:
    """DELETE /contact_lists/{id}/contacts: 204; at most 50 ids, and one unknown fails the whole call with 404."""
    seq = _named(company, call)
    body = checked(call.json(), {"contact_ids": bodies.removed_ids}, ("contact_ids",))
    found = contact_rows.find_all(company.db, body["contact_ids"])
    company.db.executemany("DELETE FROM members WHERE list = ? AND contact = ?", [(seq, contact) for contact in found])
    return Reply(204)


def _named(company: Company, call: Call) -> int:
    reference = call.params["list_id"]
    seq = sequence("grp", reference)
    if seq is None or not company.db.execute("SELECT 1 FROM lists WHERE seq = ?", (seq,)).fetchone():
        raise not_found(f"contact list {reference}")
    return seq
