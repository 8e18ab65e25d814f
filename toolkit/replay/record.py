"""What a checkpoint tells of the replay it is of. Reads it without changing a byte: it is evidence for what follows."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from toolkit.pacing import is_lost
from toolkit.replay.history import CREATING, Found, Write
from toolkit.replay.journal import Journal, check_kind, explained


@dataclass(frozen=True, slots=True)
class Record:
    """The company's id (empty before the first run), the requests that Front took or may have taken, in their order,
    and the operations file: its hash, and where it was (None: an older version did not say). ``found``: the operations
    that changed nothing.
    """

    company: str
    writes: list[Write]
    operations: str
    file: Path | None
    found: tuple[Found, ...] = ()


def read_record(checkpoint: Path) -> Record:
    """Read a checkpoint. InputRefused when it is none; Stopped while a replay is using it."""
    _settle(checkpoint)
    with explained(checkpoint), closing(_opened(checkpoint)) as db:
        check_kind(db, checkpoint)
        if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return Record("", [], "", None)
        meta = dict(db.execute("SELECT name, value FROM meta"))
        rows = db.execute(_WRITES if _kept_bodies(db) else _WRITES.replace("r.body", "NULL")).fetchall()
        found = tuple(Found(op, number or "") for op, number in db.execute(_UNCHANGED))
    writes = [_write(*row) for row in rows if is_lost(row[4]) or 200 <= row[4] < 300]
    file = checkpoint.parent / meta["file"] if "file" in meta else None
    return Record(meta.get("company", ""), writes, meta.get("operations", "").partition(" ")[0], file, found)


def _settle(checkpoint: Path) -> None:
    """Have what a killed replay left in SQLite's log written into the file."""
    if checkpoint.with_name(f"{checkpoint.name}-wal").exists():
        Journal(checkpoint, lambda: 0.0).__exit__()


def _opened(checkpoint: Path) -> sqlite3.Connection:
    """Open for reading only; ``immutable``: SQLite would lay its own files beside it otherwise."""
    return sqlite3.connect(f"{checkpoint.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _kept_bodies(db: sqlite3.Connection) -> bool:
    return "body" in {row[1] for row in db.execute("PRAGMA table_info(request)")}


_WRITES = """
SELECT o.key, r.hash, r.method, r.path, r.status, r.before, r.body, r.id, o.state, o.certain, o.id,
r.sent_at
FROM request r JOIN operation o USING (hash) ORDER BY r.seq
"""
_UNCHANGED = "SELECT op, id FROM operation WHERE effect = 'unchanged' ORDER BY hash"


def _write(*row: Any) -> Write:
    key, digest, method, path, status, before, body, brought, state, certain, ended_with, sent_at = row
    if method == "POST" and is_lost(status) and any(each.fullmatch(path) for each in CREATING.values()):
        brought = ended_with
    return Write(
        key, digest, method, path, orjson.loads(body or "null"), orjson.loads(before or "null"), brought or "",
        answered=not is_lost(status), ended=state != "sent", certain=bool(certain),
        sent_at=sent_at,
    )  # fmt: skip
