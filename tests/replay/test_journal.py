"""The checkpoint as a file: what is documented of it, what is refused, and an interruption in the midst of a write."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import InputRefused
from toolkit.exchange import Answer, Request
from toolkit.operation import operation
from toolkit.replay.journal import Journal

DOCUMENT = Path(__file__).parents[2] / "docs" / "checkpoint.md"
DELETE = operation(1, {"key": "k", "op": "contact.delete", "contact": "crd_1"})


def tables(db: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Give the columns of each table, with their types."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: [row[1:3] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}


def test_the_documented_tables_are_those_of_the_file(tmp_path: Path):
    """The SQL in docs/checkpoint.md can be run as it stands, and makes the same columns in the same order."""
    Journal(tmp_path / "checkpoint", lambda: 0.0).__exit__()
    with closing(sqlite3.connect(":memory:")) as documented, closing(sqlite3.connect(tmp_path / "checkpoint")) as real:
        for block in re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
            documented.executescript(block)

        assert tables(documented) == tables(real)


def test_a_checkpoint_of_another_version_is_refused_unchanged(tmp_path: Path):
    """Not a byte of it changes, so that the tool of its time can go on with it."""
    path = tmp_path / "checkpoint"
    Journal(path, lambda: 0.0).__exit__()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("ALTER TABLE request DROP COLUMN body")
        db.execute("UPDATE meta SET value = '1' WHERE name = 'version'")
    before = path.read_bytes()

    with pytest.raises(InputRefused, match="of version 1, this tool writes version 2"):
        Journal(path, lambda: 0.0)

    assert path.read_bytes() == before


class Interrupted:
    """A database at whose first COMMIT Ctrl-C is pressed: it is done, and nobody learns of it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._calm = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str, *values: Any) -> Any:
        done = self._db.execute(statement, *values)
        if statement == "COMMIT" and not self._calm:
            self._calm = True
            raise KeyboardInterrupt
        return done


def test_ctrl_c_while_rows_are_written(tmp_path: Path):
    """What the interruption left noted is written again without harm: each request stands there once."""
    with Journal(tmp_path / "checkpoint", lambda: 0.0) as journal:
        journal._db = Interrupted(journal._db)  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            journal.sending(DELETE, Request("DELETE", "/contacts/crd_1"))
        journal.answered(1, Answer(204))
        journal.flush()
    with closing(sqlite3.connect(tmp_path / "checkpoint")) as db:
        rows = list(db.execute("SELECT seq, path, status FROM request"))

    assert rows == [(1, "/contacts/crd_1", 204)]
