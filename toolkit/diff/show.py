"""A comparison for people to read: on a terminal, and as Markdown. Bounded, and says what it leaves out."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import polars as pl

from toolkit.diff.compare import Change
from toolkit.diff.findings import Finding
from toolkit.diff.result import DiffResult
from toolkit.diff.sentences import kinds, shared_by, shown_value, terms_and_columns, value_change, visible
from toolkit.tables.formulas import harmless

SHOWN = 50
"""So many differing rows are shown on a terminal; ten times as many in Markdown."""

_COLUMNS = 20
_COLOURS: dict[str, str] = {Change.CHANGED: "33", Change.ADDED: "32", Change.REMOVED: "31"}
_MARKED = re.compile(r"([\\`*_{}\[\]|~])")


def text(result: DiffResult, *, colour: bool = False) -> str:
    """Show the counts, the notes and the first ``SHOWN`` rows that differ; understandable without colour."""
    lines = [*_head(result), *(f"note: {visible(str(note))}" for note in result.notes)]
    for change, name, rows, cells in _rows(result, SHOWN):
        word = f"\x1b[{_COLOURS[change]}m{change}\x1b[0m" if colour else change
        lines += ["", f"{word} {visible(name)} ({rows})"]
        lines += [f"  {visible(column)}: {_values(change, before, after)}" for column, before, after in cells]
    more = _more(result, SHOWN)
    return "\n".join([*lines, *(["", more] if more else [])]) + "\n"


def markdown(result: DiffResult) -> str:
    """Show the counts, the columns and the first rows that differ as a Markdown page."""
    before, after, counts = result.before.name, result.after.name, result.counts
    lines = [
        f"# {_marked(before)} → {_marked(after)}",
        "",
        f"Compared by {_marked(', '.join(result.comparison.key))}.",
        "",
    ]
    lines += _table(("rows", "count"), [(name, f"{getattr(counts, name):,}") for name in _COUNTED])
    lines += _table(_FOUND, [_finding(each) for each in result.findings[: SHOWN * 10]])
    notes = [f"- {_marked(each)}" for each in [*terms_and_columns(result), *map(str, result.notes)]]
    lines += [*notes, ""] if notes else []
    cells = [
        (change, _marked(name), rows, _marked(column), _marked(old), _marked(new))
        for change, name, rows, found in _rows(result, SHOWN * 10)
        for column, old, new in found or [("", None, None)]
    ]
    lines += _table(("change", "key", "row", "column", "before", "after"), cells)
    return "\n".join([*lines, _more(result, SHOWN * 10)]).rstrip() + "\n"


def _finding(finding: Finding) -> tuple[str, ...]:
    numbers = (finding.changed, finding.replaced, finding.emptied, finding.filled)
    most = "; ".join(map(value_change, finding.top[:3]))
    shared = shared_by(finding.segment) if finding.segment else ""
    return _marked(finding.column), *(f"{each:,}" for each in numbers), _marked(most), _marked(shared)


_FOUND = ("column", "rows changed", "replaced", "became empty", "filled", "most frequent changes", "what they share")
_COUNTED = ("before", "after", "added", "removed", "changed", "unchanged")
Cell = tuple[str, str | None, str | None]
Row = tuple[str, str, str, list[Cell]]


def _head(result: DiffResult) -> list[str]:
    comparison, counts = result.comparison, result.counts
    lines = [f"{visible(result.before.name)} → {visible(result.after.name)}, by {visible(', '.join(comparison.key))}"]
    numbers = ", ".join(f"{getattr(counts, name):,} {name}" for name in ("added", "removed", "changed", "unchanged"))
    lines.append(f"{counts.before:,} rows before, {counts.after:,} after: {numbers}")
    lines += map(visible, terms_and_columns(result))
    lines += _found(result)
    return lines


def _found(result: DiffResult) -> Iterator[str]:
    """Say of each changed column how it changed: a line, and one each for its top changes and its segment."""
    if result.findings:
        yield f"changed columns: {len(result.findings):,}"
    for finding in islice(result.findings, _COLUMNS):
        yield f"  {visible(finding.column)}: {finding.changed:,} {_rows_word(finding.changed)}, {kinds(finding)}"
        if finding.top:
            yield f"    most often {', '.join(map(value_change, finding.top[:3]))}"
        if finding.segment:
            yield f"    {shared_by(finding.segment)}"
    left = len(result.findings) - _COLUMNS
    if left > 0:
        yield f"  … and {left:,} more"


def _rows_word(count: int) -> str:
    return "row" if count == 1 else "rows"


def _rows(result: DiffResult, most: int) -> Iterator[Row]:
    """Give the first rows that differ: change, key, row numbers, cells."""
    keys = [f"key_{index}" for index in range(len(result.comparison.key))]
    cells = result.comparison.cells(0, most)
    groups = cells.group_by("change", "before_row", "after_row", maintain_order=True)
    for (change, before, after), group in groups:
        name = ", ".join(each or "(empty)" for each in group.select(keys).row(0))
        found = group.filter(pl.col("column").is_not_null()).select("column", "before", "after").rows()
        yield str(change), name, _places(result, before, after), found


def _places(result: DiffResult, before: Any, after: Any) -> str:
    numbers = [
        f"row {side.row_said(row)} {word}"
        for row, side, word in ((before, result.before, "before"), (after, result.after, "after"))
        if row is not None
    ]
    return ", ".join(numbers)


def _values(change: str, before: str | None, after: str | None) -> str:
    if change == Change.CHANGED:
        return f"{shown_value(before)} → {shown_value(after)}"
    return shown_value(before if change == "removed" else after)


def _more(result: DiffResult, shown: int) -> str:
    left = len(result.comparison.rows) - shown
    return f"… and {left:,} more rows that differ: write them all to a .csv or .ndjson file" if left > 0 else ""


def _marked(value: str | None) -> str:
    """Write a text as Markdown that shows it, on one line, and harmless where a spreadsheet takes the table."""
    if value is None:
        return ""
    return _MARKED.sub(r"\\\1", visible(harmless(value))).replace("&", "&amp;").replace("<", "&lt;")


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [headings, ["---"] * len(headings), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
