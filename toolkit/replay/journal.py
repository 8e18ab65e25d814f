"""The checkpoint: a SQLite journal of what was sent and how it ended. Knows nothing of what requests mean.

A row is on disk before its request leaves the machine (WAL, ``synchronous=FULL``). Several threads may write: rows that
come while one of them waits for the disk go together with the next. The journal is keyed by the content of
the operation, and bound to one operations file and one company. docs/checkpoint.md describes the tables.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

import orjson

from toolkit import files
from toolkit.errors import InputRefused, Stopped
from toolkit.exchange import Answer, Request
from toolkit.operation import CREATES, Operation
from toolkit.pacing import is_lost
from toolkit.replay.history import CREATING
from toolkit.replay.steps import Effect, Ending, Past
from toolkit.sqlite import transaction

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operation (
    hash TEXT PRIMARY KEY, key TEXT NOT NULL, op TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'done', 'refused')),
    effect TEXT, id TEXT, certain INTEGER NOT NULL DEFAULT 1, status INTEGER, code TEXT, message TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request (
    seq INTEGER PRIMARY KEY, hash TEXT NOT NULL REFERENCES operation (hash),
    method TEXT NOT NULL, path TEXT NOT NULL, body TEXT, before TEXT, sent_at REAL NOT NULL,
    status INTEGER, id TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS request_by_operation ON request (hash);
"""
_BEGIN = (
    "INSERT INTO operation (hash, key, op, state) VALUES (?, ?, ?, 'sent') "
    "ON CONFLICT (hash) DO UPDATE SET state = 'sent'"
)
_SEND = (
    "INSERT INTO request (seq, hash, method, path, body, before, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (seq) DO NOTHING"
)
"""Ctrl-C while rows are being written may leave them noted: like the others, this statement may be repeated."""
_ANSWER = "UPDATE request SET status = ?, id = ? WHERE seq = ?"
_FINISH = "INSERT OR REPLACE INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LIES = (
    "INSERT INTO meta VALUES ('file', ?) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value != excluded.value"
)
"""Where the operations file is, seen from the checkpoint's folder: they may be moved together."""
_ENDED = (
    "SELECT state, (SELECT count(*) FROM request WHERE request.hash = operation.hash), "
    "effect, id, certain, status, code, message FROM operation WHERE hash = ?"
)
_VERSION = "2"
_APPLICATION_ID = 0x5F2F0001
"""Marks the file as a checkpoint in SQLite's own header."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a checkpoint belongs to: the operations file (by hash) and the company (by id); and where that file is."""

    operations: str
    company: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal says of one operation."""

    state: str
    ending: Ending
    requests: int


class Journal:
    """One checkpoint file, open for one run: a second run on the same file is refused while this one lasts."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self.path = path
        self._now = now
        self._noting, self._writing = Lock(), Lock()
        self._noted: list[tuple[str, tuple[Any, ...]]] = []
        self._written = self._number = 0
        files.claim(path)
        with explained(path):
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.2, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        self._check_kind()
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        # Hashes fall anywhere into the tables: with little memory and often moved out of the log, each costs a page.
        self._db.execute("PRAGMA cache_size=-65536")
        self._db.execute("PRAGMA wal_autocheckpoint=10000")
        self._db.executescript(_TABLES)
        # WAL without a shared-memory file: the first writer takes the lock and keeps it until close. Where nothing is
        # new nothing is written: what was made of the checkpoint is still made of the same bytes.
        with transaction(self._db):
            self._db.execute("INSERT INTO meta VALUES ('version', ?) ON CONFLICT DO NOTHING", (_VERSION,))
        self._number = self._written = self._db.execute("SELECT coalesce(max(seq), 0) FROM request").fetchone()[0]

    def _check_kind(self) -> None:
        """Refuse what is somebody else's or of another version before anything is written; mark a new one as ours."""
        if check_kind(self._db, self.path) != _APPLICATION_ID:
            self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        elif self._db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'").fetchone()[0]:
            for (bound,) in self._db.execute("SELECT value FROM meta WHERE name = 'version'"):
                self._check("version", bound, _VERSION)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._writing:
            self._db.close()

    def bind(self, binding: Binding) -> None:
        """Bind a new checkpoint; refuse (InputRefused) one that belongs to another file or company."""
        wanted = {"version": _VERSION, "operations": binding.operations, "company": binding.company}
        with self._transaction():
            for name, value in wanted.items():
                self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))
            bound = dict(self._db.execute("SELECT name, value FROM meta"))
            for name, value in wanted.items():
                self._check(name, bound[name], value)
            if binding.file:
                self._db.execute(_LIES, (Path(os.path.relpath(binding.file, self.path.parent)).as_posix(),))

    def check_operations(self, operations: str) -> None:
        """Refuse (InputRefused) a checkpoint that belongs to another operations file; changes nothing."""
        with explained(self.path):
            bound = dict(self._db.execute("SELECT name, value FROM meta")).get("operations", operations)
        self._check("operations", bound, operations)

    def _check(self, name: str, bound: str, here: str) -> None:
        if bound != here:
            hint = _NEW_FILE if name == "operations" else _HINT
            raise InputRefused(_FOREIGN[name].format(path=self.path, bound=bound, here=here), hint=hint)

    def sending(self, each: Operation, request: Request) -> int:
        """Put a request on disk before it is sent; give its number."""
        body, before = (None if part is None else _text(part) for part in (request.body, request.before))
        with self._noting:
            self._number = number = self._number + 1
            values = (number, each.hash, request.method, request.path, body, before, self._now())
            self._noted += [(_BEGIN, (each.hash, each.key, each.op)), (_SEND, values)]
        self.flush(number)
        return number

    def answered(self, number: int, answer: Answer) -> None:
        """Note the answer to a request, with the id that it brought; it is on disk with the next request."""
        brought = answer.body.get("id") if answer.ok and isinstance(answer.body, dict) else None
        self._note(_ANSWER, (answer.status, brought, number))

    def finish(self, each: Operation, ending: Ending) -> None:
        """Note how an operation ended; it is on disk with the next request."""
        values = (
            each.hash, each.key, each.op, "done" if ending.effect else "refused",
            ending.effect, ending.id, ending.certain, ending.status, ending.code, ending.message,
        )  # fmt: skip
        self._note(_FINISH, values)

    def _note(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._noting:
            self._noted.append((statement, values))

    def flush(self, number: int | None = None) -> None:
        """Put on disk what was noted; with the number of a request, only if that isn't there yet."""
        with self._writing:
            if number is not None and number <= self._written:
                return
            with self._noting:
                noted, upto = len(self._noted), self._number
            if noted:
                with self._transaction():
                    for statement, values in self._noted[:noted]:
                        self._db.execute(statement, values)
            with self._noting:
                del self._noted[:noted]
            self._written = upto

    def past(self, each: Operation) -> Past:
        """Say what was sent for an operation before, as far as it matters for going on."""
        self.flush()
        lost = existed = wrote = False
        created = ""
        query = "SELECT method, path, status, id FROM request WHERE hash = ? ORDER BY seq"
        with self._writing:
            rows = list(self._rows(query, each.hash))
        for method, path, status, brought in rows:
            if method == "POST" and each.op in CREATES and _creates(each, path):
                lost = lost or is_lost(status) or (200 <= status < 300 and not brought)
                existed = existed or status == 409
                created = brought or created
            else:
                wrote = True
        return Past(lost, created, existed, wrote)

    def hashes(self, *states: str) -> set[bytes]:
        """Give the operations that are in one of these states, by the bytes of their hash."""
        marks = ",".join("?" * len(states))
        query = f"SELECT hash FROM operation WHERE state IN ({marks})"  # noqa: S608 - only question marks
        return {bytes.fromhex(each) for (each,) in self._rows(query, *states)}

    def count(self, state: str) -> int:
        """Say how many operations are in this state."""
        return int(next(self._rows("SELECT count(*) FROM operation WHERE state = ?", state))[0])

    def brought(self) -> Iterator[tuple[str, str, str]]:
        """Give the ids that operations have brought: op, key, id."""
        rows = self._rows("SELECT op, key, id FROM operation WHERE state != 'sent' AND id != ''")
        return ((op, key, brought) for op, key, brought in rows if op in CREATES)

    def entry(self, each: Operation) -> Entry | None:
        """Give what is known of an operation; None when nothing was sent for it."""
        rows = list(self._rows(_ENDED, each.hash))
        if not rows:
            return None
        state, requests, *rest = rows[0]
        return Entry(state, _ending(rest), requests)

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """Read rows one by one; only while no other thread writes."""
        with explained(self.path):
            yield from self._db.execute(query, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path), transaction(self._db):
            yield


def check_kind(db: sqlite3.Connection, path: Path) -> int:
    """Give the kind of a database; refuse (InputRefused) one that is not a checkpoint; an empty one may become one."""
    kind: int = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if kind != _APPLICATION_ID and tables:
        raise InputRefused(f"{path} is a database, but not a checkpoint", hint=_NONE)
    return kind


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _creates(each: Operation, path: str) -> bool:
    """Tell the operation's own creation from the account that an upsert makes on its way."""
    return CREATING[each.op.partition(".")[0]].fullmatch(path) is not None


def _ending(row: list[Any]) -> Ending:
    effect, brought, certain, status, code, message = row
    return Ending(
        Effect(effect) if effect else None, brought or "", status or 0, code or "", message or "", bool(certain)
    )


_HINT = "name another checkpoint with --checkpoint, or replay the file that this one belongs to"
_NEW_FILE = "give a new plan a name of its own (plan -o plan-2.ndjson), or name another checkpoint with --checkpoint"
_NONE = "replay keeps one beside the operations that it sends: plan.checkpoint for plan.ndjson"
_FOREIGN = {
    "version": "the checkpoint {path} is of version {bound}, this tool writes version {here}",
    "operations": "the checkpoint {path} belongs to another operations file, or the file was changed since",
    "company": "the checkpoint {path} belongs to the Front company {bound}, the token is for {here}",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: a checkpoint that can't be written stops the run before it sends."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Stopped(f"another run is using the checkpoint {path}", hint="wait until it has ended") from error
        if "not a database" in str(error) or "malformed" in str(error):
            raise InputRefused(f"{path} is not a checkpoint: {error}", hint=_NONE) from error
        hint = "make room or make it writable, then run the same command again"
        raise Stopped(f"the checkpoint {path} can't be written: {error}", hint=hint) from error
