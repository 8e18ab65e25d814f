"""Reads a CSV from a stranger into frames of text, strictly: what can't be settled is refused, with its line.

polars parses the rows only after their shape has been measured, and what it gives is checked against that. A file
is opened (``open_csv``) and read part by part, so that it may be larger than memory, or read whole (``read_csv``).
"""

import codecs
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import polars as pl

from toolkit.errors import InputRefused, Problem
from toolkit.tables import footer, headings, shape
from toolkit.tables.encoding import Source, as_utf8

BLOCK = 4 << 20
"""Bytes that are looked at together when a file is read part by part."""
_TRIES = 1_000
"""So many line feeds inside quotes are passed over one by one."""
_MANY, _WIDE = 10_000, 200
"""Beyond so many columns a block has so many bytes more for each: every block makes all the columns anew."""
_NOTED = 50
"""So many columns are named in a note; the rest is counted."""


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """What a person knows better than the file shows: its encoding (Python's names) and its delimiter."""

    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file as it stands, in memory.

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


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows of a measured file stand: how many, behind how many lines, on how many (None: to the end).

    ``cut`` tells of what stood below them.
    """

    count: int
    skipped: int
    lines: int | None
    cut: tuple[Problem, ...]


class CsvFile:
    """A CSV that is open: its headings are known, its rows are measured when they are first asked for.

    ``name`` is how messages call the file; ``columns`` are unique headings, without the blank ones. ``rows``,
    ``notes`` and ``parts`` raise what ``read_csv`` says.
    """

    def __init__(self, name: str, source: Source, top: headings.Top) -> None:
        self.name = name
        self._source = source
        self._top = top
        self._kept = [index for index, heading in enumerate(top.headings) if heading.strip()]
        if not self._kept:
            raise InputRefused(f"{name} has no headings", hint="the first row must name the columns")
        self.columns = headings.unique([top.headings[index] for index in self._kept])

    @property
    def first_row(self) -> int:
        """Give the spreadsheet row of the first row below the headings."""
        return self._top.rows_above + 2

    @property
    def rows(self) -> int:
        """Count the rows."""
        return self._rows.count

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Say what was settled and how (see ``Table``)."""
        return (*self._source.notes, *_above(self._top, self.name), *self._headings, *self._rows.cut)

    def parts(self) -> Iterator[pl.DataFrame]:
        """Give the rows in order as ``Table.frame`` has them, those of about ``BLOCK`` bytes at a time."""
        read = 0
        for text in self._blocks(max(BLOCK, _WIDE * max(0, len(self._top.headings) - _MANY))):
            part = parse_rows(text, len(self._top.headings), self._top.delimiter)
            self._refuse_values_without_heading(part, read)
            read += part.height
            part = part.select(self._kept_columns) if self._blank else part
            part.columns = self.columns
            yield part
        if read != self._rows.count:
            raise RuntimeError(f"polars read {read} rows of {self.name}, where {self._rows.count} stand")

    def whole(self) -> Table:
        """Read all the rows into memory."""
        schema = pl.Schema(dict.fromkeys(self.columns, pl.String))
        frame = pl.concat([pl.DataFrame(schema=schema), *self.parts()])
        source, delimiter = self._source, self._top.delimiter
        return Table(self.name, frame, self.first_row, self.notes, source.encoding, delimiter, source.mark)

    @cached_property
    def _rows(self) -> _Rows:
        top, path = self._top, self._source.path
        measured = shape.measure(path, len(top.headings), top.delimiter, top.lines_above)
        shape.refuse_unclosed(measured, self.name)
        end, cut = footer.cut(footer.File(path, self.name, top.delimiter, measured.records))
        shape.refuse_broken(measured, end, self.name)
        starts = measured.records["line"]
        skipped = starts[1] - 1 if end > 1 else 0
        return _Rows(end - 1, skipped, starts[end] - 1 - skipped if end < len(starts) else None, cut)

    def _blocks(self, size: int) -> Iterator[bytes]:
        """Give the text of the rows in pieces of whole records: so much is in memory, however large the file."""
        rows = self._rows
        if not rows.count:
            return
        with self._source.path.open("rb") as file:
            for _ in range(rows.skipped):
                file.readline()
            yield from _whole_records(file, size, rows.lines)

    @cached_property
    def _blank(self) -> list[int]:
        kept = set(self._kept)
        return [index for index in range(len(self._top.headings)) if index not in kept]

    @property
    def _kept_columns(self) -> list[str]:
        return [f"column_{index}" for index in self._kept]

    @property
    def _headings(self) -> tuple[Problem, ...]:
        """Tell which headings were made unique, and which columns are left out because they have none."""
        line = self._top.lines_above + 1
        given = [self._top.headings[index] for index in self._kept]
        renamed = [(old, new) for old, new in zip(given, self.columns, strict=True) if old != new]
        notes = [
            Problem(f"another column {old!r} is called {new!r}", self.name, line, code="heading")
            for old, new in renamed[:_NOTED]
        ]
        if len(renamed) > _NOTED:
            said = f"{len(renamed) - _NOTED:,} more columns were given names of their own"
            notes.append(Problem(said, self.name, line, code="heading"))
        if self._blank:
            columns = ", ".join(str(index + 1) for index in self._blank[:_NOTED])
            columns += f" and {len(self._blank) - _NOTED:,} more" if len(self._blank) > _NOTED else ""
            said = f"columns without heading and values were dropped: {columns}"
            notes.append(Problem(said, self.name, line, code="blank-columns"))
        return tuple(notes)

    def _refuse_values_without_heading(self, part: pl.DataFrame, read: int) -> None:
        """Refuse values that stand under no heading, naming the first by its spreadsheet row and column."""
        columns = part.get_columns()
        for index in self._blank:
            if columns[index].null_count() < part.height:
                row = self.first_row + read + (columns[index].is_not_null().arg_max() or 0)
                place = Problem(f"row {row} has a value in column {index + 1}, which has no heading", code="no-heading")
                place = replace(place, file=self.name)
                raise InputRefused(
                    f"{self.name} has values without a heading", hint="name every column", problems=(place,)
                )


def parse_rows(text: bytes, width: int, delimiter: str) -> pl.DataFrame:
    """Parse whole records whose shape has been checked: ``column_0`` … as text, an empty cell is null."""
    # polars takes a mark at the start of a block for the file's: here it is a cell's.
    marked = text.startswith(codecs.BOM_UTF8)
    rows = pl.read_csv(
        b"\n" + text if marked else text, has_header=False, schema=text_columns(width), separator=delimiter,
        null_values="",  # an empty cell in quotes is empty, too
        # A blank row may have fewer cells, the first one, too: the shape has been checked.
        truncate_ragged_lines=True, missing_columns="insert",
        raise_if_empty=False,
    )  # fmt: skip
    return rows.slice(1) if marked else rows


def text_columns(width: int) -> pl.Schema:
    """Name ``width`` columns of text by their places: ``column_0`` …"""
    return pl.Schema({f"column_{index}": pl.String for index in range(width)})


def _whole_records(file: BinaryIO, size: int, lines: int | None) -> Iterator[bytes]:
    """Give well-formed CSV in pieces of at least ``size`` bytes that end where a record does; at most ``lines`` lines.

    A line feed ends a record when the quotes before it are even in number.
    """
    held: list[bytes] = []
    inside = False
    while lines is None or lines > 0:
        block = file.read(size)
        end = _last_end(block, inside=inside) if block else 0
        inside ^= block.count(b'"') % 2 == 1
        held.append(block[:end])
        piece, held = (b"".join(held), [block[end:]]) if end or not block else (b"", [*held, block])
        if lines is not None:
            count = piece.count(b"\n")
            piece = piece if count <= lines else b"\n".join(piece.split(b"\n", lines)[:lines]) + b"\n"
            lines -= count
        if piece:
            yield piece
        if not block:
            return


def _last_end(text: bytes, *, inside: bool) -> int:
    """Give the place behind the last line feed outside quotes, 0 when there is none; ``text`` may begin inside."""
    before, at = text.count(b'"') + inside, len(text)
    for _ in range(_TRIES):
        end = text.rfind(b"\n", 0, at)
        if end < 0:
            return 0
        before -= text.count(b'"', end, at)
        if before % 2 == 0:
            return end + 1
        at = end
    # A cell of very many lines: what stands outside quotes is looked through instead.
    parts = text[:at].split(b'"')
    while parts:
        end = text.rfind(b"\n", at - len(parts[-1]), at)
        if (len(parts) - 1 + inside) % 2 == 0 and end >= 0:
            return end + 1
        at -= len(parts.pop()) + 1
    return 0


@contextlib.contextmanager
def open_csv(path: Path, options: CsvOptions = CsvOptions()) -> Iterator[CsvFile]:
    """Open ``path``: its encoding is settled and its headings are read, no row yet. Raises as ``read_csv`` does."""
    with as_utf8(path, options.encoding) as source:
        yield CsvFile(path.name, source, headings.read_top(source.path, options.delimiter, path.name))


def read_csv(path: Path, options: CsvOptions = CsvOptions()) -> Table:
    """Read ``path`` whole.

    UTF-8, UTF-16, cp1252 or Shift_JIS, any other by name; comma, semicolon or tab, also as Excel's first line
    ``sep=;``; rows that end in LF, CRLF or CR; a Salesforce report's title lines and footer are cut. Raises
    InputRefused with file and line for ragged rows, quotes that stand wrong or never close, NUL bytes, values without
    a heading, and for a file that is missing, empty or no CSV; WrongSettings for an encoding or delimiter that can't
    be.
    """
    with open_csv(path, options) as file:
        return file.whole()


def _above(top: headings.Top, name: str) -> tuple[Problem, ...]:
    if top.titles:
        said = f"a report's title was passed over, so the headings are row {top.rows_above + 1}"
        return (Problem(f"{said}: {' / '.join(top.titles)}", name, 1, code="preamble"),)
    if top.rows_above:
        said = f"{top.rows_above} blank rows above the headings were passed over"
        return (Problem(said, name, 1, code="rows-above"),)
    return ()
