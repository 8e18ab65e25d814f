"""Shows a comparison: one function a format. Compares nothing, opens nothing: gives bytes for whoever writes them.

CSV and NDJSON hold every changed cell. The formats for people are bounded, and say so. In CSV and Markdown, which
people open in spreadsheets and pages, a cell that a spreadsheet would run as a formula begins with an apostrophe.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from toolkit.diff.result import DiffResult, Format
from toolkit.diff.show import markdown, text
from toolkit.tables import ndjson_line
from toolkit.tables.formulas import harmless_cells
from toolkit.tables.headings import unique

_BATCH = 20_000
_FIXED = ("change", "before_row", "after_row", "column", "before", "after")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an output, and how many of its rows are in it."""

    content: bytes
    rows: int = 0


def render(result: DiffResult, wanted: Format, *, colour: bool = False) -> Iterator[Piece]:
    """Give ``result`` in the format ``wanted``, piece by piece; ``colour`` colours the words of TEXT."""
    if wanted is Format.CSV:
        yield from _csv(result)
    elif wanted is Format.NDJSON:
        yield from _ndjson(result)
    elif wanted is Format.JSON:
        yield Piece(json.dumps(summary(result), ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n", 1)
    else:
        shown = markdown(result) if wanted is Format.MARKDOWN else text(result, colour=colour)
        yield Piece(shown.encode(), len(result.comparison.rows))


def summary(result: DiffResult) -> dict[str, Any]:
    """Give the counts and what they rest on, as one JSON object; no cells."""
    comparison = result.comparison
    return {
        "before": {"file": result.before.name, "keys": asdict(comparison.keys_before)},
        "after": {"file": result.after.name, "keys": asdict(comparison.keys_after)},
        "key": comparison.key,
        "same": result.same,
        "rows": asdict(comparison.counts),
        "columns": {"added": comparison.added_columns, "removed": comparison.removed_columns},
        "changed_cells": comparison.changed_cells,
        "terms": result.terms,
        "notes": [{"code": note.code, "note": str(note)} for note in result.notes],
    }


def _batches(result: DiffResult) -> Iterator[pl.DataFrame]:
    """Give the changed cells some rows at a time, with the row numbers of the files."""
    for start in range(0, len(result.comparison.rows), _BATCH):
        yield result.comparison.cells(start, _BATCH).with_columns(
            pl.col("before_row") + result.before.first_row, pl.col("after_row") + result.after.first_row
        )


def _csv(result: DiffResult) -> Iterator[Piece]:
    """Write a line a cell: change, key columns, row in either file, column, value before and after."""
    key = result.comparison.key
    names = unique([*_FIXED, *key])
    headings = [names[0], *names[len(_FIXED) :], *names[1 : len(_FIXED)]]
    columns = [_FIXED[0], *(f"key_{index}" for index in range(len(key))), *_FIXED[1:]]
    top = harmless_cells(pl.DataFrame([headings], schema=columns, orient="row"))
    yield Piece(top.write_csv(include_header=False).encode())
    for batch in _batches(result):
        cells = harmless_cells(batch.select(columns))
        yield Piece(cells.write_csv(include_header=False).encode(), len(cells))


def _ndjson(result: DiffResult) -> Iterator[Piece]:
    """Write an object a cell, as it is: null for an empty cell, the key as an object."""
    key = result.comparison.key
    for batch in _batches(result):
        lines = []
        for cell in batch.iter_rows(named=True):
            line = {name: cell[name] for name in _FIXED}
            lines.append(ndjson_line(line | {"key": {name: cell[f"key_{index}"] for index, name in enumerate(key)}}))
        yield Piece(b"".join(lines), len(lines))
