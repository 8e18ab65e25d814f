"""A comparison for people to read: on a terminal, and as Markdown. Bounded, and says what it leaves out."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from toolkit.diff.compare import Change
from toolkit.diff.result import DiffResult
from toolkit.tables.formulas import harmless

SHOWN = 50
"""So many differing rows are shown on a terminal; ten times as many in Markdown."""

_LONGEST = 200
_COLOURS: dict[str, str] = {Change.CHANGED: "33", Change.ADDED: "32", Change.REMOVED: "31"}
# Control characters and those that turn the direction of writing could make a terminal show what isn't there.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_MARKED = re.compile(r"([\\`*_{}\[\]|~])")


def text(result: DiffResult, *, colour: bool = False) -> str:
    """Show the counts, the notes and the first ``SHOWN`` rows that differ; understandable without colour."""
    lines = [*_head(result), *(f"note: {_visible(str(note))}" for note in result.notes)]
    for change, name, rows, cells in _rows(result, SHOWN):
        word = f"\x1b[{_COLOURS[change]}m{change}\x1b[0m" if colour else change
        lines += ["", f"{word} {_visible(name)} ({rows})"]
        lines += [f"  {_visible(column)}: {_values(change, before, after)}" for column, before, after in cells]
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
    changed = [(_marked(name), f"{count:,}") for name, count in result.comparison.changed_cells.items()]
    lines += _table(("column", "rows changed"), changed)
    lines += [f"- {_marked(each)}" for each in [*result.terms, *_columns(result), *map(str, result.notes)]] + [""]
    cells = [
        (change, _marked(name), rows, _marked(column), _marked(old), _marked(new))
        for change, name, rows, found in _rows(result, SHOWN * 10)
        for column, old, new in found or [("", None, None)]
    ]
    lines += _table(("change", "key", "row", "column", "before", "after"), cells)
    return "\n".join([*lines, _more(result, SHOWN * 10)]).rstrip() + "\n"


_COUNTED = ("before", "after", "added", "removed", "changed", "unchanged")
Cell = tuple[str, str | None, str | None]
Row = tuple[str, str, str, list[Cell]]


def _head(result: DiffResult) -> list[str]:
    comparison, counts = result.comparison, result.counts
    lines = [
        f"{_visible(result.before.name)} → {_visible(result.after.name)}, by {_visible(', '.join(comparison.key))}"
    ]
    numbers = ", ".join(f"{getattr(counts, name):,} {name}" for name in ("added", "removed", "changed", "unchanged"))
    lines.append(f"{counts.before:,} rows before, {counts.after:,} after: {numbers}")
    lines += map(_visible, [*result.terms, *_columns(result)])
    if comparison.changed_cells:
        each = (f"{_visible(name)} {count:,}" for name, count in comparison.changed_cells.items())
        lines.append(f"changed columns: {', '.join(each)}")
    return lines


def _columns(result: DiffResult) -> list[str]:
    both = (("added", result.comparison.added_columns), ("removed", result.comparison.removed_columns))
    return [f"columns {what}: {', '.join(names)}" for what, names in both if names]


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
        return f"{_value(before)} → {_value(after)}"
    return _value(before if change == "removed" else after)


def _value(value: str | None) -> str:
    return "(empty)" if value is None else _visible(value) or '""'


def _visible(value: str) -> str:
    """Show a text on one line of bounded length, its invisible characters written out."""
    short = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return _INVISIBLE.sub(lambda found: repr(found[0])[1:-1], short)


def _more(result: DiffResult, shown: int) -> str:
    left = len(result.comparison.rows) - shown
    return f"… and {left:,} more rows that differ: write them all to a .csv or .ndjson file" if left > 0 else ""


def _marked(value: str | None) -> str:
    """Write a text as Markdown that shows it, on one line, and harmless where a spreadsheet takes the table."""
    if value is None:
        return ""
    return _MARKED.sub(r"\\\1", _visible(harmless(value))).replace("&", "&amp;").replace("<", "&lt;")


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [headings, ["---"] * len(headings), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
