"""An XLSX workbook as a table of text: its first sheet that holds anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from toolkit.errors import InputRefused, Problem
from toolkit.tables import must_be_file
from toolkit.tables.headings import unique

Cell = float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's table; row i of ``frame`` is the sheet's row ``first_row + i``."""

    frame: pl.DataFrame
    first_row: int
    notes: tuple[Problem, ...]


def read_workbook(path: Path) -> Sheet:
    """Read the first sheet with anything in it; its first row that is not blank holds the headings.

    Numbers are written as short as they are, dates and times as ISO 8601, booleans true and false. Raises
    InputRefused for what is no workbook, a blank one, and values without a heading.
    """
    must_be_file(path)
    title, above, rows, others = _first_table(path)
    headings = [_text(cell) or "" for cell in rows[0]]
    kept = [index for index, heading in enumerate(headings) if heading.strip()]
    texts = [[_text(row[index]) for row in rows[1:]] for index in range(len(headings))]
    _refuse_values_without_heading(path.name, texts, set(kept), above + 2)
    names = unique([headings[index] for index in kept])
    columns = {name: texts[index] for name, index in zip(names, kept, strict=True)}
    return Sheet(pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)), above + 2, _notes(path, title, others))


def _first_table(path: Path) -> tuple[str, int, Sequence[Sequence[Cell]], list[str]]:
    """Give the sheet's name, how many blank rows are above its headings, its rows, and the other sheets' names."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            above = next((index for index, row in enumerate(rows) if any(cell != "" for cell in row)), None)
            if above is not None:
                return (
                    name,
                    above,
                    _without_blank_end(rows[above:]),
                    [each for each in book.sheet_names if each != name],
                )
    except CalamineError as error:
        raise InputRefused(f"{path.name} can't be read as a workbook: {error}", hint="save it again as .xlsx") from None
    raise InputRefused(f"{path.name} is blank", hint="the sheet must have a row of headings")


def _without_blank_end(rows: list[list[Cell]]) -> list[list[Cell]]:
    end = len(rows)
    while end > 1 and all(cell == "" for cell in rows[end - 1]):
        end -= 1
    return rows[:end]


def _text(cell: Cell) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) or None


def _refuse_values_without_heading(
    name: str, texts: Sequence[Sequence[str | None]], kept: set[int], first_row: int
) -> None:
    for index, column in _unnamed(texts, kept):
        row = next((row for row, text in enumerate(column) if text is not None), None)
        if row is not None:
            said = f"row {first_row + row} has a value in column {index + 1}, which has no heading"
            place = Problem(said, name, code="no-heading")
            raise InputRefused(f"{name} has values without a heading", hint="name every column", problems=(place,))


def _unnamed(texts: Sequence[Sequence[str | None]], kept: set[int]) -> Iterator[tuple[int, Sequence[str | None]]]:
    return ((index, column) for index, column in enumerate(texts) if index not in kept)


def _notes(path: Path, title: str, others: Sequence[str]) -> tuple[Problem, ...]:
    if not others:
        return ()
    return (Problem(f"the sheet {title!r} was read, not {', '.join(others)}", path.name, code="sheet"),)
