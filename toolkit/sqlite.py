"""What every SQLite database of ours does alike. Knows no tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Keep all that is written inside, or none of it; ``db`` begins none by itself (isolation level None)."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite ends it by itself after some errors, a full disk among them
            db.execute("ROLLBACK")
        raise
