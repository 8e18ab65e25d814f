"""Shows a comparison: one function a format. Compares nothing, opens nothing: gives bytes for whoever writes them.

CSV and NDJSON hold every changed cell. The formats for people are bounded, and say so. In CSV and Markdown, which
people open in spreadsheets and pages, a cell that a spreadsheet would run as a formula begins with an apostrophe.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from toolkit.diff.batches import batches
from toolkit.diff.findings import Finding
from toolkit.diff.result import DiffResult, Format
from toolkit.diff.show import markdown, text
from toolkit.tables import ndjson_line
from toolkit.tables.formulas import harmless_cells
from toolkit.tables.headings import unique

_FIXED = ("change", "before_row", "after_row", "column", "before", "after")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an output, and how many of its rows are in it."""

    content: bytes
    rows: int = 0


def render(result: DiffResult, wanted: Format, *, colour: bool = False) -> Iterator[Piece]:
    """Give ``result`` in the format ``wanted``, piece by piece; ``colour`` colours the words of TEXT."""
    if wanted is Format.TEXT:
        yield _for_people(result, text(result, colour=colour).encode())
    else:
        yield from _VIEWS[wanted](result)


def _for_people(result: DiffResult, content: bytes) -> Piece:
    return Piece(content, len(result.comparison.rows))


def _json(result: DiffResult) -> Iterator[Piece]:
    yield Piece(json.dumps(summary(result), ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n", 1)


def _markdown(result: DiffResult) -> Iterator[Piece]:
    yield _for_people(result, markdown(result).encode())


def _html(result: DiffResult) -> Iterator[Piece]:
    from toolkit.diff.page import page  # noqa: PLC0415 - only a page needs it

    yield _for_people(result, page(result))


def _xlsx(result: DiffResult) -> Iterator[Piece]:
    from toolkit.diff.spreadsheet import spreadsheet  # noqa: PLC0415 - loads XlsxWriter, which only this needs

    yield from (Piece(content) for content in spreadsheet(result))
    yield _for_people(result, b"")


def summary(result: DiffResult) -> dict[str, Any]:
    """Give the counts and what they rest on, as one JSON object; no cells."""
    comparison = result.comparison
    return {
        "before": {"file": result.before.name, "keys": asdict(comparison.keys_before)},
        "after": {"file": result.after.name, "keys": asdict(comparison.keys_after)},
        "key": comparison.key,
        "terms": result.terms,
        "same": result.same,
        "rows": asdict(comparison.counts),
        "columns": {"added": comparison.added_columns, "removed": comparison.removed_columns},
        "changed_cells": comparison.changed_cells,
        "changes": [_finding(each) for each in result.findings],
        "notes": [{"code": note.code, "note": str(note)} for note in result.notes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """Give a finding as plain data; its segment with the two shares."""
    segment = finding.segment and asdict(finding.segment) | {
        "share": round(finding.segment.share, 4),
        "usual": finding.segment.usual and round(finding.segment.usual, 4),
    }
    return asdict(finding) | {"replaced": finding.replaced, "segment": segment}


def _batches(result: DiffResult) -> Iterator[pl.DataFrame]:
    """Give the changed cells some rows at a time, with the row numbers of the files."""
    return (result.numbered(cells) for cells in batches(result.comparison))


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


_VIEWS = {
    Format.CSV: _csv,
    Format.NDJSON: _ndjson,
    Format.JSON: _json,
    Format.MARKDOWN: _markdown,
    Format.HTML: _html,
    Format.XLSX: _xlsx,
}
