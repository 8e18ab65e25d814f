"""Reads a CSV from a stranger into a frame of text, strictly: what can't be settled is refused, with its line.

polars parses the rows only after their shape has been measured, and what it gives is checked against that.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from toolkit.errors import InputRefused, Problem
from toolkit.tables import footer, headings, shape
from toolkit.tables.encoding import as_utf8


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """What a person knows better than the file shows: its encoding (Python's names) and its delimiter."""

    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file as it stands.

    ``frame``: every column String, in the file's order, headings unique (a second ``Name`` is ``Name (2)``); an empty
    cell is null; "NA" and "null" are text; a blank row stays as all nulls unless nothing follows it.
    ``first_row``: the spreadsheet row of the frame's row 0; row i of the frame is row ``first_row + i``.
    ``notes``: what was settled and how; codes: encoding, preamble, rows-above, footer, records, blank-rows,
    blank-columns, heading.
    ``byte_order_mark``: the encoding that the file's first bytes declare, ``UTF-8``, ``UTF-16 LE`` …, or "".
    """

    name: str
    frame: pl.DataFrame
    first_row: int
    notes: tuple[Problem, ...]
    encoding: str
    delimiter: str
    byte_order_mark: str = ""


def read_csv(path: Path, options: CsvOptions = CsvOptions()) -> Table:
    """Read ``path`` whole.

    UTF-8, UTF-16, cp1252 or Shift_JIS, any other by name; comma, semicolon or tab, also as Excel's first line
    ``sep=;``; rows that end in LF, CRLF or CR; a Salesforce report's title lines and footer are cut. Raises
    InputRefused with file and line for ragged rows, quotes that stand wrong or never close, NUL bytes, values without
    a heading, and for a file that is missing, empty or no CSV; WrongSettings for an encoding or delimiter that can't
    be.
    """
    with as_utf8(path, options.encoding) as source:
        top = headings.read_top(source.path, options.delimiter, path.name)
        measured = shape.measure(source.path, len(top.headings), top.delimiter, top.lines_above)
        file = footer.File(source.path, path.name, top.delimiter, measured.records)
        end, cut = footer.cut(file)
        shape.refuse_broken(measured, end, path.name)
        raw = _parse(file, end)
    frame, named = _named(raw, top, path.name)
    notes = (*source.notes, *_above(top, path.name), *named, *cut)
    return Table(path.name, frame, top.rows_above + 2, notes, source.encoding, top.delimiter, source.mark)


def _parse(file: footer.File, end: int) -> pl.DataFrame:
    """Parse the records after the headings up to ``end`` and check that polars found the same."""
    width, rows = file.records["cells"][0], end - 1
    schema = pl.Schema({f"column_{index}": pl.String for index in range(width)})
    if rows == 0:
        return pl.DataFrame(schema=schema)
    frame = pl.read_csv(
        file.path, has_header=False, schema=schema, separator=file.delimiter, n_rows=rows, glob=False,
        skip_lines=file.records["line"][1] - 1,
        truncate_ragged_lines=True,  # only the footer is ragged: the shape has been checked
    )  # fmt: skip
    if frame.shape != (rows, width):
        raise RuntimeError(f"polars read {frame.shape} of {file.name}, where {(rows, width)} stand")
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _above(top: headings.Top, name: str) -> tuple[Problem, ...]:
    if top.titles:
        said = f"a report's title was passed over, so the headings are row {top.rows_above + 1}"
        return (Problem(f"{said}: {' / '.join(top.titles)}", name, 1, code="preamble"),)
    if top.rows_above:
        said = f"{top.rows_above} blank rows above the headings were passed over"
        return (Problem(said, name, 1, code="rows-above"),)
    return ()


def _named(raw: pl.DataFrame, top: headings.Top, name: str) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Give the frame its headings; columns without heading and values go, with a note."""
    blank = [index for index, heading in enumerate(top.headings) if not heading.strip()]
    for index in blank:
        _refuse_values(raw.to_series(index), index, top, name)
    kept = [(column, heading) for column, heading in zip(raw.columns, top.headings, strict=True) if heading.strip()]
    if not kept:
        raise InputRefused(f"{name} has no headings", hint="the first row must name the columns")
    unique = headings.unique([heading for _, heading in kept])
    frame = raw.select(pl.col(column).alias(label) for (column, _), label in zip(kept, unique, strict=True))
    renamed = [(old, new) for (_, old), new in zip(kept, unique, strict=True) if old != new]
    line = top.lines_above + 1
    notes = [Problem(f"another column {old!r} is called {new!r}", name, line, code="heading") for old, new in renamed]
    if blank:
        columns = ", ".join(str(index + 1) for index in blank)
        said = f"columns without heading and values were dropped: {columns}"
        notes.append(Problem(said, name, line, code="blank-columns"))
    return frame, tuple(notes)


def _refuse_values(values: pl.Series, index: int, top: headings.Top, name: str) -> None:
    """Refuse values that stand under no heading, naming the first by its spreadsheet row and column."""
    if values.count():
        row = top.rows_above + 2 + (values.is_not_null().arg_max() or 0)
        place = Problem(f"row {row} has a value in column {index + 1}, which has no heading", name, code="no-heading")
        raise InputRefused(f"{name} has values without a heading", hint="name every column", problems=(place,))
