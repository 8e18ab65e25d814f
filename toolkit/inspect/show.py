"""An inspection for people and for programs: lines of text, or plain data. Pure; no colours, nothing is printed."""

from collections.abc import Iterator, Sequence
from typing import Any

from toolkit.errors import Problem
from toolkit.inspect import advice
from toolkit.inspect.kinds import Column, number_style
from toolkit.inspect.result import InspectResult
from toolkit.one_line import one_line
from toolkit.shares import share

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_LONGEST_NOTE = 300
_LONGEST_HEADING = 40


def as_text(result: InspectResult) -> str:
    """Write an inspection for a terminal, a file or a mail; cells are shortened and hold no control characters."""
    return "\n".join(
        [one_line(result.name, _LONGEST_NOTE), *_facts(result), "", *_table(result), "", *_mapping(result)]
    )


def _facts(result: InspectResult) -> Iterator[str]:
    form = result.form
    size = f"{result.rows:,} rows, {len(result.columns):,} columns"
    facts = [
        ("encoding", f"{form.encoding}: {form.sureness}, {form.why}"),
        ("byte order mark", form.byte_order_mark or "none"),
        ("delimiter", _DELIMITERS.get(form.delimiter, form.delimiter)),
        ("line ends", form.line_ends),
        (
            "table",
            f"{size}; the headings are row {result.heading_row:,}",
        ),
        *(("settled", _note(each)) for each in result.notes),
    ]
    return (f"  {label:<15}  {said}" for label, said in facts)


def _note(note: Problem) -> str:
    place = f"line {note.line:,}: " if note.line else ""
    return one_line(f"{place}{note.sentence}", _LONGEST_NOTE)


def _table(result: InspectResult) -> Iterator[str]:
    headings = ("column", "kind", "filled", "distinct", "examples")
    rows = [headings, *(_cells(each, result.rows) for each in result.columns)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(headings))]
    for index, row in enumerate(rows):
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        if index:
            yield from (f"    {said}" for said in _remarks(result.columns[index - 1], result.columns))


def _cells(column: Column, rows: int) -> tuple[str, ...]:
    heading = one_line(column.heading, _LONGEST_HEADING)
    return heading, column.kind, share(column.filled, rows), f"{column.distinct:,}", " | ".join(column.examples)


def _remarks(column: Column, columns: Sequence[Column]) -> Iterator[str]:
    if column.detail:
        yield column.detail
    if column.misfits:
        yield f"of another kind: {column.misfits:,} of {column.filled:,} cells"
    if column.partner:
        yield f"an amount and its currency: goes with {one_line(column.partner, _LONGEST_HEADING)}"
    said = advice.of_column(column, columns)
    if said:
        yield f"in a mapping: {said}"


def _mapping(result: InspectResult) -> Iterator[str]:
    yield "what a mapping would say of this file:"
    yield from (f"  {line}" for line in result.source_section)


def as_data(result: InspectResult) -> dict[str, Any]:
    """Give an inspection as JSON takes it: the file's form, notes with their codes, columns and the mapping's lines."""
    form = result.form
    return {
        "file": result.name,
        "encoding": form.encoding,
        "sureness": form.sureness,
        "why": form.why,
        "byte_order_mark": form.byte_order_mark,
        "delimiter": form.delimiter,
        "line_ends": form.line_ends,
        "rows": result.rows,
        "heading_row": result.heading_row,
        "notes": [{"code": each.code, "line": each.line, "sentence": each.sentence} for each in result.notes],
        "columns": [_column_data(each, result) for each in result.columns],
        "source_section": "\n".join(result.source_section),
    }


def _column_data(column: Column, result: InspectResult) -> dict[str, Any]:
    return {
        "heading": column.heading,
        "kind": column.kind,
        "filled": column.filled,
        "filled_share": round(column.filled / result.rows, 4) if result.rows else 0.0,
        "distinct": column.distinct,
        "misfits": column.misfits,
        "examples": list(column.examples),
        "detail": column.detail,
        "dates": list(column.dates.choices),
        "numbers": [number_style(each) for each in column.numbers.choices],
        "partner": column.partner,
        "mapping": advice.of_column(column, result.columns),
    }
