"""Front's routes of accounts and their contacts.

Guessed, since Front's documents are silent: an ``external_id`` or domain that another account has is 409, and a
contact belongs to one account: adding it to a second moves it.
"""

import json
import sqlite3
from typing import Any

from toolkit.sandbox import bodies, contact_rows, contacts
from toolkit.sandbox.bodies import checked
from toolkit.sandbox.calls import Call, Refused, Reply, not_found
from toolkit.sandbox.company import Company
from toolkit.sandbox.pages import Listing, page
from toolkit.sandbox.store import resource_id, sequence


def list_accounts(company: Company, call: Call) -> Reply:
    """GET /accounts, in pages; there is no ``q``."""
    return page(company.db, Listing("accounts", lambda row: _shown(row, call.base)), call)


def create_account(company: Company, call: Call) -> Reply:
    """POST /accounts: 201 with the account; only here may ``external_id`` be set."""
    body = checked(call.json(), _writable(company) | {"external_id": bodies.filled}, ("name",))
    _claim(company.db, None, body)
    now = company.clock()
    cursor = company.db.execute(
        "INSERT INTO accounts (name, description, domains, external_id, custom_fields, created_at, updated_at)"
        " VALUES (?, '', '[]', ?, '{}', ?, ?)",
        (body["name"], body.get("external_id"), now, now),
    )
    seq = cursor.lastrowid or 0
    _write(company, seq, body)
    return _answer(company, call, seq, 201)


def get_account(company: Company, call: Call) -> Reply:
    """GET /accounts/{id or alias}."""
    return _answer(company, call, _named(company, call))


def update_account(company: Company, call: Call) -> Reply:
    """PATCH /accounts/{id or alias}: 200 with the account; custom_fields and domains replace what was there, whole."""
    seq = _named(company, call)
    body = checked(call.json(), _writable(company))
    _claim(company.db, seq, body)
    _write(company, seq, body)
    return _answer(company, call, seq)


def delete_account(company: Company, call: Call) -> Reply:
    """DELETE /accounts/{id or alias}: 204; the contacts stay."""
    seq = _named(company, call)
    company.db.execute("UPDATE contacts SET account = NULL WHERE account = ?", (seq,))
    company.db.execute("DELETE FROM domains WHERE account = ?", (seq,))
    company.db.execute("DELETE FROM accounts WHERE seq = ?", (seq,))
    return Reply(204)


def account_contacts(company: Company, call: Call) -> Reply:
    """GET /accounts/{id or alias}/contacts, in pages."""
    return page(company.db, contacts.listing(company, call, "account = ?", (_named(company, call),)), call)


def add_contacts(company: Company, call: Call) -> Reply:
    """POST /accounts/{id or alias}/contacts: 204; one unknown id and none is added: 404."""
    seq, found = _named(company, call), _members(company, call)
    company.db.executemany("UPDATE contacts SET account = ? WHERE seq = ?", [(seq, each) for each in found])
    return Reply(204)


def remove_contacts(company: Company, call: Call) -> Reply:
    """DELETE /accounts/{id or alias}/contacts: 204; one unknown id and none is removed: 404."""
    seq, found = _named(company, call), _members(company, call)
    company.db.executemany(
        "UPDATE contacts SET account = NULL WHERE account = ? AND seq = ?", [(seq, each) for each in found]
    )
    return Reply(204)


def _members(company: Company, call: Call) -> list[int]:
    body = checked(call.json(), {"contact_ids": bodies.contact_ids}, ("contact_ids",))
    return contact_rows.find_all(company.db, body["contact_ids"])


def _writable(company: Company) -> dict[str, bodies.Check]:
    return {
        "name": bodies.filled,
        "description": bodies.text,
        "domains": bodies.texts,
        "custom_fields": company.account_fields,
    }


def _claim(db: sqlite3.Connection, seq: int | None, body: dict[str, Any]) -> None:
    """Refuse what belongs to another account."""
    owners = {_by_domain(db, domain) for domain in body.get("domains", [])}
    owners |= {_by_external_id(db, body["external_id"])} if "external_id" in body else set()
    others = sorted(filter(None, owners - {seq}))
    if others:
        ids = ", ".join(resource_id("acc", each) for each in others)
        raise Refused(409, f"Your request contains a conflict with the account(s): {ids}")


def _write(company: Company, seq: int, body: dict[str, Any]) -> None:
    db = company.db
    whole = {key: json.dumps(body[key]) if key in body else None for key in ("domains", "custom_fields")}
    db.execute(
        "UPDATE accounts SET name = coalesce(:name, name), description = coalesce(:description, description),"
        " domains = coalesce(:domains, domains), custom_fields = coalesce(:custom_fields, custom_fields),"
        " updated_at = :now WHERE seq = :seq",
        {"name": body.get("name"), "description": body.get("description"), "now": company.clock(), "seq": seq} | whole,
    )
    if "domains" in body:
        db.execute("DELETE FROM domains WHERE account = ?", (seq,))
        pairs = [(domain.casefold(), seq) for domain in body["domains"]]
        db.executemany("INSERT OR IGNORE INTO domains (domain, account) VALUES (?, ?)", pairs)


def _named(company: Company, call: Call) -> int:
    reference = call.params["account_id"]
    kind, _, value = reference.removeprefix("alt:").partition(":")
    match kind if reference.startswith("alt:") else "":
        case "domain":
            seq = _by_domain(company.db, value)
        case "ext_id":
            seq = _by_external_id(company.db, value)
        case _:
            seq = sequence("acc", reference)
    if seq is None or not company.db.execute("SELECT 1 FROM accounts WHERE seq = ?", (seq,)).fetchone():
        raise not_found(f"account {reference}")
    return seq


def _by_domain(db: sqlite3.Connection, domain: str) -> int | None:
    row = db.execute("SELECT account FROM domains WHERE domain = ?", (domain.casefold(),)).fetchone()
    return row["account"] if row else None


def _by_external_id(db: sqlite3.Connection, external_id: str) -> int | None:
    row = db.execute("SELECT seq FROM accounts WHERE external_id = ?", (external_id,)).fetchone()
    return row["seq"] if row else None


def _answer(company: Company, call: Call, seq: int, status: int = 200) -> Reply:
    row = company.db.execute("SELECT * FROM accounts WHERE seq = ?", (seq,)).fetchone()
    return Reply(status, _shown(row, call.base))


def _shown(row: sqlite3.Row, base: str) -> dict[str, Any]:
    identity = resource_id("acc", row["seq"])
    address = f"{base}/accounts/{identity}"
    return {
        "_links": {"self": address, "related": {"contacts": f"{address}/contacts"}},
        "id": identity,
        "name": row["name"],
        "logo_url": None,
        "description": row["description"],
        "domains": json.loads(row["domains"]),
        "external_id": row["external_id"],
        "custom_fields": json.loads(row["custom_fields"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
