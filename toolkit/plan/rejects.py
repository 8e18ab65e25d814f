"""Rows that were rejected on the way to the upserts: their contacts are wanted, though no upsert says so."""

from collections.abc import Iterator
from pathlib import Path

from toolkit.errors import InputRefused
from toolkit.evidence import told_of


def rejects_warnings(operations: Path) -> Iterator[str]:
    """Refuse (InputRefused) to call missing what was only rejected, as the descriptor of the upserts tells; give a
    sentence where none does. InputRefused too when that or the upserts were changed since.
    """
    told = told_of(operations).get("rejected")
    if not isinstance(told, dict):
        who = f"contacts on the list that {operations.name} doesn't name are deleted"
        yield f"nothing tells whether rows were rejected on the way to the upserts: {who}"
    elif rejected := sum(told.values()):
        rows = "1 row was" if rejected == 1 else f"{rejected:,} rows were"
        raise InputRefused(
            f"{rows} rejected when {operations.name} was made, and --delete-missing would delete their contacts",
            hint="correct what rejects.csv lists and transform again; --despite-rejects deletes them too",
        )
