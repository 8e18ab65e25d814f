"""Reads one side of a comparison as a table of text: CSV, NDJSON (snapshots, operations), Parquet, XLSX; or its parts.

A reader can give its rows several times; a CSV is read anew each time, so that it may be larger than memory.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from toolkit.diff.objects import read_objects
from toolkit.diff.picking import picked
from toolkit.diff.workbook import read_workbook
from toolkit.errors import InputRefused, Problem
from toolkit.tables import CsvFile, CsvOptions, must_be_file, open_csv
from toolkit.tables.headings import unique

_OBJECTS = (".ndjson", ".jsonl")
OTHER_FORMATS = (*_OBJECTS, ".parquet", ".xlsx")
"""How files that are no CSV are named."""


@dataclass(frozen=True, slots=True)
class Side:
    """One table as it was read: row i (from 0) stands in row (CSV, XLSX) or line (NDJSON) ``first_row + i``.

    Of several parts the rows are counted through, as if the later ones had no headings; ``starts`` tells which row i
    is the first of each part, by the part's name.
    """

    name: str
    first_row: int
    notes: tuple[Problem, ...] = ()
    starts: tuple[tuple[str, int], ...] = ()

    def place(self, row: int) -> tuple[str, int]:
        """Name the file that holds row i, and its row or line there."""
        name, start = next((each for each in reversed(self.starts) if each[1] <= row), (self.name, 0))
        return name, row - start + self.first_row

    def row_said(self, row: int) -> str:
        """Write where row i stands: ``17``, or of several parts ``17 of front-import-002.csv``."""
        name, number = self.place(row)
        return f"{number} of {name}" if len(self.starts) > 1 else f"{row + self.first_row}"


class Reader(Protocol):
    """A table that can be read: ``columns`` are unique, ``batches`` are all its rows, every column String."""

    @property
    def name(self) -> str:
        """Give the file's name."""

    @property
    def columns(self) -> Sequence[str]:
        """Give the headings."""

    @property
    def first_row(self) -> int:
        """Give the row or line in which the first row stands."""

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Say what was settled in reading; known once the rows have been read."""

    def batches(self) -> Iterator[pl.DataFrame]:
        """Give the rows in order. Raises InputRefused."""


class _Csv:
    def __init__(self, file: CsvFile) -> None:
        self.name, self.columns, self.first_row = file.name, file.columns, file.first_row
        self._file = file

    @property
    def notes(self) -> tuple[Problem, ...]:
        return self._file.notes

    def batches(self) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))
        yield from self._file.parts()


class _Held:
    """A table that is in memory: what can't be read piece by piece."""

    def __init__(self, name: str, frame: pl.DataFrame, first_row: int, notes: tuple[Problem, ...] = ()) -> None:
        self.name, self.columns, self.first_row, self.notes = name, frame.columns, first_row, notes
        self._frame = frame

    def batches(self) -> Iterator[pl.DataFrame]:
        yield self._frame


class Parts:
    """Several readers as one table: the columns of the first, which every other must have, in any order."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        first = readers[0]
        self._readers = readers
        self._starts: list[tuple[str, int]] = []
        self.name = first.name if len(readers) == 1 else f"{first.name} … {readers[-1].name}"
        self.columns, self.first_row = first.columns, first.first_row
        for other in readers[1:]:
            _must_fit(first, other)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Say what was settled in reading each part."""
        return tuple(note for reader in self._readers for note in reader.notes)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Give the rows of all parts, one after the other."""
        self._starts, row = [], 0
        for reader in self._readers:
            self._starts.append((reader.name, row))
            for batch in reader.batches():
                row += batch.height
                yield picked(batch, self.columns)

    def side(self) -> Side:
        """Tell what was read, once it has been."""
        return Side(self.name, self.first_row, self.notes, tuple(self._starts))


def _must_fit(first: Reader, other: Reader) -> None:
    if set(first.columns) != set(other.columns):
        odd = sorted(set(first.columns) ^ set(other.columns))
        problem = Problem(f"only one of {first.name} and {other.name} has: {', '.join(odd)}", other.name)
        raise InputRefused("the parts of a table must have the same columns", problems=(problem,))
    if first.first_row != other.first_row:
        problem = Problem(f"the rows begin in row {other.first_row}, in {first.name} in {first.first_row}", other.name)
        raise InputRefused("the parts of a table must begin in the same way", problems=(problem,))


@contextlib.contextmanager
def open_side(paths: Sequence[Path], options: CsvOptions) -> Iterator[Parts]:
    """Open the file, or the parts in this order, of one side. Raises InputRefused.

    NDJSON is what is named so (``.ndjson``, ``.jsonl``), Parquet ``.parquet``, a workbook ``.xlsx``; else it is CSV.
    """
    with contextlib.ExitStack() as held:
        yield Parts([_reader(path, options, held) for path in paths])


def _reader(path: Path, options: CsvOptions, held: contextlib.ExitStack) -> Reader:
    kind = path.suffix.lower()
    if kind in _OBJECTS:
        return _Held(path.name, read_objects(path), 1)
    if kind == ".parquet":
        return _Held(path.name, _parquet(path), 1)
    if kind == ".xlsx":
        book = read_workbook(path)
        return _Held(path.name, book.frame, book.first_row, book.notes)
    return _Csv(held.enter_context(open_csv(path, options)))


def _parquet(path: Path) -> pl.DataFrame:
    """Read a Parquet file as text: times as ISO 8601, lists and objects as JSON. Its rows are counted from 1."""
    must_be_file(path)
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0]
        raise InputRefused(f"{path.name} can't be read as Parquet: {said}", hint="write or download it again") from None
    texts = [_column(column, path.name) for column in frame.get_columns()]
    return pl.DataFrame(dict(zip(unique(frame.columns), texts, strict=True)))


def _column(column: pl.Series, file: str) -> pl.Series:
    try:
        return _as_text(column)
    except pl.exceptions.PolarsError as error:
        said = f"the column {column.name!r} holds {column.dtype}: {str(error).splitlines()[0]}"
        hint = "write that column as text, or leave it out of the file"
        raise InputRefused(f"{file} can't be compared", hint=hint, problems=(Problem(said, file),)) from None


def _as_text(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if isinstance(kind, pl.List | pl.Array | pl.Struct):
        whole = column.alias("value").to_frame().select(pl.struct("value").struct.json_encode())
        return whole.to_series().str.slice(len('{"value":')).str.head(-1).replace("null", None)
    if isinstance(kind, pl.Datetime):
        return column.dt.to_string("iso:strict")
    if isinstance(kind, pl.Duration):
        return column.dt.to_string("iso")
    if isinstance(kind, pl.Binary):
        return _bytes_as_text(column)
    return column.cast(pl.String)


def _bytes_as_text(column: pl.Series) -> pl.Series:
    """Read bytes as the text that many programs write so; each that is none is in hexadecimal."""
    return pl.Series(column.name, [None if each is None else _text(each) for each in column], dtype=pl.String)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.hex()
