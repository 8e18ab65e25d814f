"""The unfinished snapshot: a SQLite file beside the output, by which a stopped or killed run is gone on with.

It holds what has been read so far, line by line as it will stand in the snapshot, and how the reading goes on. Every
page is there, with the link to the next one, before that is asked for. It also is what sorts: a snapshot larger than
memory is read out of it by id. Personal data, so readable by its owner alone; never a token.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from toolkit import files
from toolkit.errors import CannotWrite, Stopped
from toolkit.sqlite import transaction
from toolkit.tables import ndjson_line

PART = ".part"
_PAGES = 8_192
"""Of SQLite's, 4 KB each, held in memory and in the write-ahead log."""
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (
    resource TEXT NOT NULL, id TEXT NOT NULL, old INTEGER NOT NULL, text BLOB NOT NULL, PRIMARY KEY (resource, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (account TEXT PRIMARY KEY, contacts TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

Line = dict[str, Any]


def part_of(output: Path) -> Path:
    """Say where a snapshot grows."""
    return output.with_name(output.name + PART)


class Part:
    """One unfinished snapshot, open for one run: a second run on the same file is refused while this one lasts.

    ``meta`` values are JSON. A contact is *old* when it stems from an earlier snapshot, or from a run so long ago
    that what changed since has to be asked for.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        files.claim(path)
        with _explained(path):
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.2)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        # A kill loses nothing; a power cut may lose the last pages, and they are read again.
        self._db.execute("PRAGMA synchronous=NORMAL")
        # Contacts come in another order than they are kept in: most pages of the file change again and again.
        self._db.execute(f"PRAGMA wal_autocheckpoint={_PAGES}")
        self._db.execute(f"PRAGMA cache_size={_PAGES}")
        self._db.executescript(_TABLES)
        self._db.execute("INSERT INTO meta VALUES ('version', '1') ON CONFLICT (name) DO UPDATE SET value = '1'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside, or none of it."""
        with _explained(self.path), transaction(self._db):
            yield

    def clear(self) -> None:
        """Forget everything."""
        for table in ("line", "member", "meta"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Give what was noted under ``name``."""
        with _explained(self.path):
            found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else otherwise

    def note(self, **values: Any) -> None:
        """Note values under their names."""
        with _explained(self.path):
            rows = [(name, json.dumps(value)) for name, value in values.items()]
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def add(self, lines: Iterable[Line], *, old: bool = False) -> None:
        """Take lines; one with the same resource and id is replaced."""
        with _explained(self.path):
            rows = ((each["resource"], each["id"], int(old), ndjson_line(each)) for each in lines)
            self._db.executemany("INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?)", rows)

    def drop(self, resource: str) -> None:
        """Forget the lines of one resource."""
        with _explained(self.path):
            self._db.execute("DELETE FROM line WHERE resource = ?", (resource,))

    def age(self) -> None:
        """Call every contact old that has been read so far."""
        with _explained(self.path):
            self._db.execute("UPDATE line SET old = 1 WHERE resource = 'contact'")

    def known(self, ids: Collection[str]) -> dict[str, bool]:
        """Give which of these contacts are there, and of each whether it is old."""
        marks = ", ".join("?" * len(ids))
        asked = f"SELECT id, old FROM line WHERE resource = 'contact' AND id IN ({marks})"  # noqa: S608
        with _explained(self.path):
            return {each: bool(old) for each, old in self._db.execute(asked, list(ids))}

    def ids(self, resource: str) -> list[str]:
        """List the ids of one resource."""
        with _explained(self.path):
            found = self._db.execute("SELECT id FROM line WHERE resource = ? ORDER BY id", (resource,))
            return [each for (each,) in found]

    def count(self, resource: str) -> int:
        """Count the lines of one resource."""
        with _explained(self.path):
            found = self._db.execute("SELECT count(*) FROM line WHERE resource = ?", (resource,))
            return int(found.fetchone()[0])

    def memberships(self) -> int:
        """Count the lists that the contacts are on, each contact's by itself."""
        asked = "SELECT sum(json_array_length(CAST(text AS TEXT), '$.lists')) FROM line WHERE resource = 'contact'"
        with _explained(self.path):
            return int(self._db.execute(asked).fetchone()[0] or 0)

    def has_members(self) -> bool:
        """Tell whether the members of any account are known."""
        with _explained(self.path):
            return self._db.execute("SELECT 1 FROM member LIMIT 1").fetchone() is not None

    def lines(self, resource: str) -> Iterator[tuple[bytes, bool]]:
        """Give each line of a resource by id, and whether it is old."""
        with _explained(self.path):
            found = self._db.execute("SELECT text, old FROM line WHERE resource = ? ORDER BY id", (resource,))
            for text, old in found:
                yield text, bool(old)

    def texts(self, resource: str) -> Iterator[bytes]:
        """Give each line of a resource by id."""
        return (text for text, _ in self.lines(resource))

    def forget_contacts(self, ids: Iterable[str]) -> None:
        """Forget some contacts."""
        with _explained(self.path):
            self._db.executemany("DELETE FROM line WHERE resource = 'contact' AND id = ?", ((each,) for each in ids))

    def add_members(self, account: str, contacts: list[str]) -> None:
        """Note who belongs to an account."""
        with _explained(self.path):
            self._db.execute("INSERT OR REPLACE INTO member VALUES (?, ?)", (account, json.dumps(contacts)))

    def members(self, account: str) -> list[str] | None:
        """Give who belongs to an account; None when that has not been asked."""
        with _explained(self.path):
            found = self._db.execute("SELECT contacts FROM member WHERE account = ?", (account,)).fetchone()
        return json.loads(found[0]) if found else None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Stopped(f"another snapshot is writing {path}", hint="wait until it has ended") from None
        raise CannotWrite(f"{path} could not be written: {error}", hint="make room, and run it again") from error
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        sentence = f"{path} is not an unfinished snapshot: {error}"
        raise CannotWrite(sentence, hint="remove it, and run the same command again") from error
