"""A CSV whose records are its lines, as most are: its rows can be told apart and fetched without parsing them.

Every line is hashed as it stands; whether each is a well-formed record is seen on the lines of one file, of another
only on those that are fetched (equal lines are equally well formed). Whatever this can't be sure of is ``NotLines``,
and is then for ``reading``, which refuses by line or knows better.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from toolkit.tables import headings, shape, sniffing
from toolkit.tables.encoding import UTF8, must_be_file, read_head
from toolkit.tables.reading import CsvOptions, parse_rows, text_columns

PIECE = 16 << 20
"""Bytes that are looked at together."""
_BEYOND = 3
"""So many cells are looked for beyond the last column."""
_TAIL = 64 << 10
_LOOKED_AT = r'["\r\x00]'
_BELOW = re.compile(
    rb'Copyright \(c\) .*salesforce|Confidential Information - Do Not Distribute|^"?Grand Total',
    re.IGNORECASE | re.MULTILINE,
)
"""What may be a report's footer, or its totals."""
_LAST = 8
"""So many last lines hold it."""
_MOST = 1 << 64


class NotLines(Exception):
    """The records of this file are not its lines, or it can't be told; the message says why."""


@dataclass(frozen=True, slots=True)
class LineFile:
    """A CSV in UTF-8 that seems to have a record on each line; the first ``skipped`` lines end with the headings."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str
    skipped: int
    begin: int
    """The byte at which the first row stands."""
    first_row: int

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Hashed:
    """Each line's ``marks`` (even 64-bit hashes), ``sizes`` (bytes, without the end) and the marks of its key.

    ``check``: the sum of a second hash of all lines. ``keys`` is there when the columns of a key were asked for.
    """

    marks: pl.Series
    sizes: pl.Series
    keys: pl.Series | None
    check: int


@dataclass(frozen=True, slots=True)
class Hashing:
    """How lines and keys are hashed: two seeds, and for keys their columns by place and what makes marks of them."""

    seeds: tuple[int, int]
    key: tuple[int, ...] = ()
    mark_keys: Callable[[pl.DataFrame], pl.Series] | None = None


def open_lines(path: Path, options: CsvOptions) -> LineFile:
    """Look at the top of ``path``. Raises NotLines, and InputRefused or WrongSettings as ``open_csv`` does."""
    must_be_file(path)
    head = read_head(path)
    if (options.encoding or "utf-8").lower() not in UTF8 or not _may_be_utf8(head):
        raise NotLines(f"{path.name} is not UTF-8")
    if b"\n" not in head:
        raise NotLines(f"{path.name} has no line feed")
    try:
        top = headings.read_top(path, options.delimiter, path.name)
    except UnicodeDecodeError:
        raise NotLines(f"{path.name} is not UTF-8") from None
    columns = headings.unique(top.headings)
    if top.rows_above or columns != list(top.headings) or not all(each.strip() for each in columns):
        raise NotLines(f"{path.name} has blank or repeated headings, or lines above them")
    if not 1 < len(columns) <= shape.WIDEST or any("\n" in each for each in columns):
        raise NotLines(f"{path.name} has one column, very many, or a heading of several lines")
    skipped = top.lines_above + 1
    return LineFile(path, tuple(columns), top.delimiter, skipped, _begin(path, skipped), top.rows_above + 2)


def _may_be_utf8(head: bytes) -> bool:
    return sniffing.byte_order_mark(head) in ("", "UTF-8") and b"\0" not in head


def _begin(path: Path, skipped: int) -> int:
    with path.open("rb") as file:
        return sum(len(file.readline()) for _ in range(skipped))


def hash_lines(file: LineFile, how: Hashing) -> Hashed:
    """Hash every line; with a key, hold each against the shape of a record, too. Raises NotLines.

    One piece after the other: several at once were slower, since each thread has its memory anew from the system.
    """
    _refuse_end(file)
    try:
        pieces = [_hash_piece(file, how, piece) for piece in _pieces(file)]
    except pl.exceptions.PolarsError as error:
        raise NotLines(f"{file.name}: {str(error).splitlines()[0]}") from None
    schema = {"mark": pl.UInt64, "size": pl.UInt32} | ({"key": pl.UInt64} if how.mark_keys else {})
    whole = pl.concat([pl.DataFrame(schema=schema), *(frame for frame, _ in pieces)], rechunk=True)
    keys = whole["key"] if how.mark_keys else None
    return Hashed(whole["mark"], whole["size"], keys, sum(check for _, check in pieces) % _MOST)


def _refuse_end(file: LineFile) -> None:
    """Refuse a file that may end in what is no row: blank ones, a report's footer."""
    with file.path.open("rb") as opened:
        opened.seek(max(file.begin, file.path.stat().st_size - _TAIL))
        tail = opened.read()
    if not tail:
        return
    last = tail.rstrip(b"\r\n").rpartition(b"\n")[2]
    blank = tail.endswith((b"\n\n", b"\n\r\n")) or not last.replace(file.delimiter.encode(), b"").replace(b'""', b"")
    if blank or _BELOW.search(b"\n".join(tail.rsplit(b"\n", _LAST)[-_LAST:])):
        raise NotLines(f"{file.name} may end in blank rows or a footer")


def _pieces(file: LineFile) -> Iterator[bytes]:
    """Give the lines of the rows, some megabytes at a time, each read at one go."""
    with file.path.open("rb") as opened:
        start, size = file.begin, file.path.stat().st_size
        while start < size:
            opened.seek(start + PIECE)
            stop = min(size, start + PIECE + len(opened.readline()))
            opened.seek(start)
            yield opened.read(stop - start)
            start = stop


def _hash_piece(file: LineFile, how: Hashing, piece: bytes) -> tuple[pl.DataFrame, int]:
    """Give ``mark``, ``size`` and ``key`` of each line, and the sum of their second hashes."""
    text = pl.col("text")
    found = [
        _mark(how.seeds[0]).alias("mark"),
        text.hash(how.seeds[1]).alias("check"),
        text.str.len_bytes().alias("size"),
    ]
    checked = [_is_odd(file).alias("odd"), _ends_empty(file).alias("empty")] if how.mark_keys else []
    both = [pl.scan_lines(piece, name="text").select(*found, *checked)]
    lines, *parsed = pl.collect_all(both + ([_cells(file, how, piece)] if how.mark_keys else []))
    hashed = lines.select("mark", "size")
    if how.mark_keys:
        _refuse_odd(file, lines, parsed[0])
        keys = how.mark_keys(parsed[0].select(f"column_{place}" for place in how.key))
        hashed = hashed.with_columns(keys.alias("key"))
    return hashed, int(lines["check"].sum())


def _mark(seed: int) -> pl.Expr:
    hashed = pl.col("text").hash(seed)
    return hashed - hashed % 2


def _cells(file: LineFile, how: Hashing, piece: bytes) -> pl.LazyFrame:
    """Parse the key's columns, the last one, and those beyond it."""
    width = len(file.columns)
    rows = pl.scan_csv(
        piece, has_header=False, schema=text_columns(width + _BEYOND), missing_columns="insert",
        separator=file.delimiter, null_values="",
    )  # fmt: skip
    return rows.select(f"column_{place}" for place in sorted({*how.key, *range(width - 1, width + _BEYOND)}))


def _is_odd(file: LineFile) -> pl.Expr:
    """Say whether a line is no whole record, where that can't be left to ``_refuse_odd``."""
    text, mark = pl.col("text"), file.delimiter
    empty = text.str.contains(mark * (_BEYOND + 1), literal=True) | text.str.ends_with(mark)
    marked = text.str.contains(_LOOKED_AT) | empty
    # polars matches what a null hides, too: the others are made empty, which costs nothing to match.
    looked_at = pl.when(marked).then(text).otherwise(pl.lit(""))
    return marked & ~looked_at.str.contains(shape.whole_record(len(file.columns), mark))


def _ends_empty(file: LineFile) -> pl.Expr:
    text = pl.col("text")
    return text.str.ends_with(file.delimiter) | text.str.ends_with(f'{file.delimiter}""')


def _refuse_odd(file: LineFile, lines: pl.DataFrame, cells: pl.DataFrame) -> None:
    """Refuse unless every line is a whole record.

    What the pattern did not look at has no quotes, few empty cells side by side and a last cell with something in it.
    Were such a line too short, the parser would have given it an empty last cell; were it too long, something beyond.
    """
    width = len(file.columns)
    short = cells[f"column_{width - 1}"].null_count() != lines["empty"].sum()
    long = any(cells[f"column_{width + beyond}"].null_count() != cells.height for beyond in range(_BEYOND))
    if short or long or lines["odd"].any() or lines.height != cells.height:
        raise NotLines(f"{file.name} has cells of several lines, or lines that are no rows")


def fetch(file: LineFile, hashed: Hashed, rows: pl.Series, how: Hashing) -> tuple[pl.DataFrame, int]:
    """Parse the lines of ``rows`` (ascending, from 0), and give the sum of their second hashes. Raises NotLines."""
    text = _text(file, hashed.sizes, rows)
    lines = pl.read_lines(text, name="text") if text else pl.DataFrame(schema={"text": pl.String})
    record = shape.whole_record(len(file.columns), file.delimiter)
    again = lines.select(
        _mark(how.seeds[0]).alias("mark"),
        check=pl.col("text").hash(how.seeds[1]),
        whole=pl.col("text").str.contains(record),
    )
    if not again["whole"].all() or not again["mark"].equals(hashed.marks.gather(rows)):
        raise NotLines(f"{file.name} has cells of several lines, or lines that are no rows")
    frame = parse_rows(text, len(file.columns), file.delimiter)
    frame.columns = list(file.columns)
    return frame, int(again["check"].sum())


def _text(file: LineFile, sizes: pl.Series, rows: pl.Series) -> bytes:
    """Cut lines out of the file; those that stand next to each other at one go."""
    if not len(rows):
        return b""
    stops = (sizes.cast(pl.Int64) + _end(file, sizes)).cum_sum() + file.begin
    begins = (rows.diff() != 1).fill_null(value=True)
    first = stops.shift(1, fill_value=file.begin).gather(rows.filter(begins))
    stop = stops.gather(rows.filter(begins.shift(-1, fill_value=True)))
    with file.path.open("rb", buffering=0) as opened:
        number = opened.fileno()
        runs = [
            os.pread(number, size, start) for start, size in zip(first.to_list(), (stop - first).to_list(), strict=True)
        ]
    return b"".join(runs) + (b"" if runs[-1].endswith(b"\n") else b"\n")


def _end(file: LineFile, sizes: pl.Series) -> int:
    """Say how many bytes end each line; NotLines when they are not all alike."""
    left = file.path.stat().st_size - file.begin - int(sizes.cast(pl.Int64).sum())
    for each in (1, 2):
        if left in (each * len(sizes), each * (len(sizes) - 1)):
            return each
    raise NotLines(f"{file.name} has line ends of several kinds")
