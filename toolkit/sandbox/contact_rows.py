"""Contacts, their handles and their lists as rows of the store: finds, writes and shows them."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from toolkit.sandbox.bodies import fold
from toolkit.sandbox.calls import Refused, not_found
from toolkit.sandbox.store import resource_id, sequence

Handle = dict[str, str]


def find(db: sqlite3.Connection, reference: str) -> int:
    """Find a contact by its id or by ``alt:{source}:{handle}``; Refused 404 when there is none."""
    seq = _by_alias(db, reference) if reference.startswith("alt:") else sequence("crd", reference)
    if seq is None or not db.execute("SELECT 1 FROM contacts WHERE seq = ?", (seq,)).fetchone():
        raise not_found(f"contact {reference}")
    return seq


def find_all(db: sqlite3.Connection, references: list[str]) -> list[int]:
    """Find contacts by their ids alone, each once: whether Front takes aliases in a list of ids is disputed."""
    for reference in references:
        if reference.startswith("alt:"):
            raise not_found(f"contact {reference}")
    return list(dict.fromkeys(find(db, reference) for reference in references))


def _by_alias(db: sqlite3.Connection, alias: str) -> int | None:
    source, _, handle = alias.removeprefix("alt:").partition(":")
    return owner(db, {"source": source, "handle": handle})


def owner(db: sqlite3.Connection, handle: Handle) -> int | None:
    """Say which contact has the handle."""
    row = db.execute(
        "SELECT contact FROM handles WHERE source = ? AND folded = ?",
        (handle["source"], fold(handle["source"], handle["handle"])),
    ).fetchone()
    return row["contact"] if row else None


def claim(db: sqlite3.Connection, contact: int | None, handles: list[Handle]) -> None:
    """Refuse handles that other contacts have: 409, with the ids of all of them in the message as Front writes it."""
    owners = {owner(db, handle) for handle in handles} - {None, contact}
    if owners:
        ids = ", ".join(resource_id("crd", seq) for seq in sorted(filter(None, owners)))
        raise Refused(409, f"Your request contains a conflict with the contact(s): {ids}")


def insert(db: sqlite3.Connection, body: dict[str, Any], now: float, place: str = "") -> int:
    """Write a new contact with its handles and lists; ``place`` is its workspace or teammate, "" = the company's."""
    cursor = db.execute(
        "INSERT INTO contacts (name, description, links, custom_fields, created_at, updated_at, place)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            body.get("name", ""),
            body.get("description", ""),
            json.dumps(body.get("links", [])),
            json.dumps(body.get("custom_fields", {})),
            now,
            now,
            place,
        ),
    )
    seq = cursor.lastrowid or 0
    add_handles(db, seq, body["handles"])
    put_on_named_lists(db, seq, body)
    return seq


def update(db: sqlite3.Connection, seq: int, body: dict[str, Any], now: float) -> None:
    """Replace what the body names and leave the rest: custom fields, links and lists each as a whole."""
    whole = {key: json.dumps(body[key]) if key in body else None for key in ("links", "custom_fields")}
    db.execute(
        "UPDATE contacts SET name = coalesce(:name, name), description = coalesce(:description, description),"
        " links = coalesce(:links, links), custom_fields = coalesce(:custom_fields, custom_fields),"
        " updated_at = :now WHERE seq = :seq",
        {"name": body.get("name"), "description": body.get("description"), "now": now, "seq": seq} | whole,
    )
    put_on_named_lists(db, seq, body)


def insert_automatic(db: sqlite3.Connection, handles: Iterable[Handle], now: float) -> None:
    """Write the contacts that Front made from conversations: no list shows them. Those that are there stay."""
    for handle in handles:
        if owner(db, handle) is None:
            seq = insert(db, {"handles": [handle]}, now)
            db.execute("UPDATE contacts SET automatic = 1 WHERE seq = ?", (seq,))


def touch(db: sqlite3.Connection, seq: int, now: float) -> None:
    """Note that the contact was updated now."""
    db.execute("UPDATE contacts SET updated_at = ? WHERE seq = ?", (now, seq))


def add_handles(db: sqlite3.Connection, seq: int, handles: list[Handle]) -> None:
    """Give the contact handles that nobody else has; one it has already stays as it is."""
    db.executemany(
        "INSERT OR IGNORE INTO handles (source, folded, handle, contact) VALUES (?, ?, ?, ?)",
        [(each["source"], fold(each["source"], each["handle"]), each["handle"], seq) for each in handles],
    )


def make_lists(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Make the lists that are missing, and use up no number for those that are there."""
    statement = "INSERT INTO lists (name) SELECT :name WHERE NOT EXISTS (SELECT 1 FROM lists WHERE name = :name)"
    db.executemany(statement, [{"name": name} for name in names])


def put_on_named_lists(db: sqlite3.Connection, seq: int, body: dict[str, Any]) -> None:
    """Make the contact's lists those the body names, if it names any; ``group_names`` is Front's older word for it."""
    named = [key for key in ("list_names", "group_names") if key in body]
    if named:
        put_on_lists(db, seq, [name for key in named for name in body[key]])


def put_on_lists(db: sqlite3.Connection, seq: int, names: list[str]) -> None:
    """Make the contact's lists exactly these; Front creates the lists that are missing."""
    make_lists(db, names)
    db.execute("DELETE FROM members WHERE contact = ?", (seq,))
    db.executemany(
        "INSERT OR IGNORE INTO members (list, contact) SELECT seq, ? FROM lists WHERE name = ?",
        [(seq, name) for name in names],
    )


def delete(db: sqlite3.Connection, seq: int) -> None:
    """Remove the contact, its handles and its memberships."""
    db.execute("DELETE FROM handles WHERE contact = ?", (seq,))
    db.execute("DELETE FROM members WHERE contact = ?", (seq,))
    db.execute("DELETE FROM contacts WHERE seq = ?", (seq,))


def handles_of(db: sqlite3.Connection, seq: int) -> list[Handle]:
    """Give the contact's handles in the order they came."""
    rows = db.execute("SELECT source, handle FROM handles WHERE contact = ? ORDER BY rowid", (seq,))
    return [{"source": row["source"], "handle": row["handle"]} for row in rows]


def lists_of(db: sqlite3.Connection, seq: int) -> list[sqlite3.Row]:
    """Give the contact's lists (seq, name) in the order they were made."""
    statement = "SELECT l.seq, l.name FROM lists l JOIN members m ON m.list = l.seq WHERE m.contact = ? ORDER BY l.seq"
    return db.execute(statement, (seq,)).fetchall()


def shown(db: sqlite3.Connection, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """Write a contact as Front does; its account is not shown."""
    identity = resource_id("crd", row["seq"])
    address = f"{base}/contacts/{identity}"
    related = {"notes": f"{address}/notes", "conversations": f"{address}/conversations", "owner": None}
    lists = [list_shown(each, base) for each in lists_of(db, row["seq"])]
    return {
        "_links": {"self": address, "related": related},
        "id": identity,
        "name": row["name"],
        "description": row["description"],
        "avatar_url": "",
        "links": json.loads(row["links"]),
        "groups": lists,
        "lists": lists,
        "handles": handles_of(db, row["seq"]),
        "custom_fields": json.loads(row["custom_fields"]),
        "is_private": row["place"].startswith("tea_"),
    }


def list_shown(row: sqlite3.Row, base: str) -> dict[str, Any]:
    """Write a contact list as Front does."""
    identity = resource_id("grp", row["seq"])
    address = f"{base}/contact_lists/{identity}"
    return {
        "_links": {"self": address, "related": {"contacts": f"{address}/contacts", "owner": None}},
        "id": identity,
        "name": row["name"],
        "is_private": False,
    }


def get(db: sqlite3.Connection, seq: int) -> sqlite3.Row:
    """Give the row of a contact that exists."""
    row: sqlite3.Row = db.execute("SELECT * FROM contacts WHERE seq = ?", (seq,)).fetchone()
    return row
