"""Two small CSVs, and what the diff stage makes of them."""

import csv
from collections.abc import Sequence
from pathlib import Path

from toolkit.diff import DiffResult, DiffSettings, run
from toolkit.files import Outputs

Rows = Sequence[Sequence[str]]


def put(path: Path, rows: Rows) -> Path:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def compared(folder: Path, before: Rows, after: Rows, **settings: object) -> DiffResult:
    """Compare two tables, their headings first; ``settings`` are those of the stage beside the files."""
    paths = put(folder / "before.csv", before), put(folder / "after.csv", after)
    with Outputs() as outputs:
        result = run(DiffSettings(*paths, **settings), outputs)  # type: ignore[arg-type]
        outputs.commit()
    return result
