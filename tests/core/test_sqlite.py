"""Transactions in our SQLite databases."""

import sqlite3

import pytest

from toolkit.sqlite import transaction


def write(db: sqlite3.Connection, statement: str, error: BaseException | None = None) -> None:
    """Run one statement in a transaction, and end it with the error, if there is one."""
    with transaction(db):
        db.execute(statement)
        if error:
            raise error


def test_an_error_undoes_what_was_written():
    """What an error interrupts is not there; what ended well is."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t (n)")

    write(db, "INSERT INTO t VALUES (1)")
    with pytest.raises(KeyboardInterrupt):
        write(db, "INSERT INTO t VALUES (2)", KeyboardInterrupt())

    assert db.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_an_error_that_has_ended_the_transaction_is_the_one_that_is_told():
    """SQLite rolls back by itself when the disk is full: that error comes out, not one about the rolling back."""
    db = sqlite3.connect(":memory:", isolation_level=None)

    with pytest.raises(sqlite3.OperationalError, match="database or disk is full"):
        write(db, "ROLLBACK", sqlite3.OperationalError("database or disk is full"))
