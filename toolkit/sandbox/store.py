"""The state of the sandbox's Front, in SQLite: opens it, keeps a request in one transaction, and logs every request.

What a contact or an account is, and which request may do what, stands in the rooms of the routes.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import WrongSettings
from toolkit.sqlite import transaction

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

_TABLES = """
CREATE TABLE IF NOT EXISTS contacts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, description TEXT NOT NULL, links TEXT NOT NULL,
    custom_fields TEXT NOT NULL, account INTEGER, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    place TEXT NOT NULL DEFAULT '', automatic INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS contacts_created ON contacts (created_at, seq);
CREATE INDEX IF NOT EXISTS contacts_updated ON contacts (updated_at, seq);
CREATE INDEX IF NOT EXISTS contacts_account ON contacts (account);
CREATE TABLE IF NOT EXISTS handles (
    source TEXT NOT NULL, folded TEXT NOT NULL, handle TEXT NOT NULL, contact INTEGER NOT NULL,
    UNIQUE (source, folded));
CREATE INDEX IF NOT EXISTS handles_contact ON handles (contact);
CREATE TABLE IF NOT EXISTS lists (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS members (
    list INTEGER NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (list, contact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_contact ON members (contact);
CREATE TABLE IF NOT EXISTS accounts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, description TEXT NOT NULL, domains TEXT NOT NULL,
    external_id TEXT UNIQUE, custom_fields TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS domains (domain TEXT PRIMARY KEY, account INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
    concerns TEXT NOT NULL, fault TEXT, time REAL);
"""

_VERSION = 2
_KIND = ("PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")

_CONTACTS = """
SELECT c.seq, c.name, c.description, c.links, c.custom_fields, a.name AS account,
    (SELECT json_group_array(source || ':' || handle)
        FROM (SELECT source, handle FROM handles WHERE contact = c.seq ORDER BY source, handle)) AS handles,
    (SELECT json_group_array(name)
        FROM (SELECT l.name FROM lists l JOIN members m ON m.list = l.seq WHERE m.contact = c.seq ORDER BY l.name))
        AS lists
FROM contacts c LEFT JOIN accounts a ON a.seq = c.account ORDER BY c.seq
"""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One request to Front: ``status`` is what it came to, whatever ``fault`` made of its answer; ``concerns`` are the
    ids and handles (``source:handle``) it was about.
    """

    method: str
    path: str
    status: int
    concerns: list[str]
    fault: str | None
    time: float


def resource_id(prefix: str, seq: int) -> str:
    """Write a number as one of Front's ids: ``crd_`` and lower-case letters and digits."""
    digits = ""
    while seq:
        seq, digit = divmod(seq, 36)
        digits = _DIGITS[digit] + digits
    return f"{prefix}_{digits or '0'}"


def sequence(prefix: str, text: str) -> int | None:
    """Read the number out of an id; None when it is not one of ours."""
    head, _, digits = text.partition("_")
    if head != prefix or not digits or len(digits) > 12 or any(each not in _DIGITS for each in digits):
        return None
    seq = int(digits, 36)
    return seq if resource_id(prefix, seq) == text else None


class Store:
    """One SQLite database, in a file or in memory; safe to ask from another thread."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            if path is not None:
                path.touch(mode=0o600)
            self.db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise WrongSettings(f"the sandbox can't keep its state in {path}: {error}") from error
        self._lock = threading.Lock()

    def _prepare(self) -> None:
        """Set up the tables.

        synchronous=OFF leaves the writing to the operating system: a killed process loses nothing of what it
        committed, only a power cut may, and then the rehearsal starts over.
        """
        self.db.row_factory = sqlite3.Row
        version, tables = (self.db.execute(each).fetchone()[0] for each in _KIND)
        if tables and version != _VERSION:
            raise WrongSettings(
                "the sandbox's state is of another version", hint="remove the file, or name another with --state"
            )
        self.db.execute(f"PRAGMA user_version={_VERSION}")
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.executescript(_TABLES)

    def close(self) -> None:
        """Close the database; what was committed stays in its file."""
        with self._lock:
            self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Keep everything done inside together: a request's effect and its line in the log."""
        with self._lock, transaction(self.db):
            yield self.db

    def log(self, line: LogLine) -> None:
        """Write one request into the log."""
        self.db.execute(
            "INSERT INTO requests (method, path, status, concerns, fault, time) VALUES (?, ?, ?, ?, ?, ?)",
            (line.method, line.path, line.status, json.dumps(line.concerns), line.fault, line.time),
        )

    def contacts(self) -> list[dict[str, Any]]:
        """Give every contact in the order of creation, without times: two runs can be compared.

        Keys: id, name, description, links, custom_fields, account (its name or None), handles
        (``source:handle``, sorted), lists (names, sorted).
        """
        with self._lock:
            rows = self.db.execute(_CONTACTS).fetchall()
        plain = ("links", "custom_fields", "handles", "lists")
        return [
            {"id": resource_id("crd", row["seq"]), "name": row["name"], "description": row["description"]}
            | {"account": row["account"]}
            | {key: json.loads(row[key]) for key in plain}
            for row in rows
        ]

    def request_count(self) -> int:
        """Say how many requests Front has answered so far, over every run on this state."""
        with self._lock:
            row = self.db.execute("SELECT coalesce(max(seq), 0) FROM requests").fetchone()
        return int(row[0])

    def requests(self) -> list[dict[str, Any]]:
        """Give the log of Front's requests in order: seq, method, path, status, concerns (ids and handles), fault
        (None, or what was made to go wrong), time (Unix seconds).
        """
        with self._lock:
            rows = self.db.execute("SELECT * FROM requests ORDER BY seq").fetchall()
        return [dict(row) | {"concerns": json.loads(row["concerns"])} for row in rows]
