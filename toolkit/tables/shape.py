"""The shape of a CSV, found at column speed: its records, their lines and cells, and where quotes are wrong.

Works on raw lines in polars, quotes counted and delimiters counted outside quotes; parses no cell.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from toolkit.errors import InputRefused, Problem

SHOWN = 10
"""So many broken rows are named in a message; the rest is counted."""

_QUOTED = r'"(?:[^"]|"")*"'
WIDEST = 1_000
"""Up to so many columns one pattern can tell a whole well-formed line; wider files are measured piece by piece."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The records of a file from its headings on.

    ``records``: one row a record: ``line`` (its first line, from 1), ``cells`` (how many), ``blank`` (all empty).
    ``stray``: the lines where a quote or a carriage return stands wrong. ``unclosed``: the file ends in quotes.
    """

    records: pl.DataFrame
    stray: tuple[int, ...]
    unclosed: bool


def read_lines(path: Path) -> pl.LazyFrame:
    """Give the raw lines of the UTF-8 file ``path``: ``line`` (from 1) and ``text``, without line end and BOM."""
    lines = pl.scan_lines(path, glob=False, name="text", row_index_name="line", row_index_offset=1)
    bom = (pl.col("line") == 1) & pl.col("text").str.starts_with("\ufeff")
    text = pl.when(bom).then(pl.col("text").str.slice(1)).otherwise("text")
    return lines.with_columns(pl.col("line").cast(pl.Int64), text=text)


def measure(path: Path, width: int, delimiter: str, skipped: int) -> Shape:
    """Measure the UTF-8 file ``path``, passing over its first ``skipped`` lines; most lines hold ``width`` cells."""
    lines = read_lines(path).slice(skipped)
    odd = pl.col("text").str.count_matches('"', literal=True) % 2
    opened = odd.cum_sum() % 2
    begun = lines.with_columns(open=opened == 1, inside=opened != odd)
    plain = ~pl.col("inside") & _whole(width, delimiter) & ~_blank(delimiter)
    looked_at = _look_at(begun.filter(~plain), delimiter).collect()
    count = read_lines(path).slice(skipped).select(pl.len()).collect().item()
    return _shape(looked_at, pl.int_range(skipped + 1, skipped + count + 1, eager=True, dtype=pl.Int64), width)


def _mark(delimiter: str) -> str:
    return rf"\x{ord(delimiter):02x}"


def _whole(width: int, delimiter: str) -> pl.Expr:
    """Say whether a line is one well-formed record of ``width`` cells, when it doesn't begin inside quotes."""
    if width > WIDEST:
        return pl.lit(value=False)
    return pl.col("text").str.contains(whole_record(width, delimiter))


def whole_record(width: int, delimiter: str) -> str:
    """Give the pattern of a line that is one well-formed record of ``width`` cells (at most ``WIDEST``)."""
    mark = _mark(delimiter)
    cell = rf'(?:"(?:[^"\x00]|"")*"|[^"\r\x00{mark}]*)'
    return rf"^(?:{cell}{mark}){{{width - 1}}}{cell}$"


def _blank(delimiter: str) -> pl.Expr:
    """Say whether a line holds empty cells only, however many."""
    return pl.col("text").str.contains(rf'^(?:(?:"")?{_mark(delimiter)})*(?:"")?$')


def _look_at(lines: pl.LazyFrame, delimiter: str) -> pl.LazyFrame:
    """Measure each line: the ``delimiters`` outside quotes, is it ``blank``, does anything stand ``stray`` in it."""
    mark = _mark(delimiter)
    # A line that begins or ends inside a quoted cell gets the missing quote, and is then like any other.
    opening, closing = (pl.when(each).then(pl.lit('"')).otherwise(pl.lit("")) for each in ("inside", "open"))
    outside = pl.concat_str(opening, "text", closing).str.replace_all(_QUOTED, '"')
    return lines.with_columns(outside=outside).select(
        "line",
        "open",
        delimiters=pl.col("outside").str.count_matches(delimiter, literal=True).cast(pl.Int64),
        blank=_blank(delimiter),
        stray=pl.col("outside").str.contains(rf'[^{mark}]"|"[^{mark}]|\r'),
    )


def _shape(looked_at: pl.DataFrame, lines: pl.Series, width: int) -> Shape:
    """Put the records together out of the lines looked at; every other line is one record of ``width`` cells."""
    filled = lines.to_frame("line").join(looked_at, on="line", how="left", maintain_order="left")
    measured = filled.with_columns(
        pl.col("delimiters").fill_null(width - 1).cum_sum(),
        pl.col("open", "blank", "stray").fill_null(value=False),
    )
    # A file that ends inside quotes still ends its last record.
    ended = measured.filter(~pl.col("open") | (pl.col("line") == lines[-1]))
    records = ended.select(
        line=pl.col("line").shift(1, fill_value=lines[0] - 1) + 1,
        cells=pl.col("delimiters").diff().fill_null(pl.col("delimiters")) + 1,
        blank="blank",
    )
    return Shape(records, tuple(measured.filter("stray")["line"].head(SHOWN)), measured["open"][-1])


def refuse_unclosed(shape: Shape, name: str) -> None:
    """Refuse a file that ends in quotes: it has no rows to look at, and its last one may be most of the file."""
    if shape.unclosed:
        _refuse_quotes(shape, shape.records.height, name)


def refuse_broken(shape: Shape, end: int, name: str) -> None:
    """Refuse a file unless its first ``end`` records are well formed and as wide as the headings, or blank."""
    _refuse_quotes(shape, end, name)
    width = shape.records["cells"][0]
    data = shape.records.head(end)
    ragged = data.filter((pl.col("cells") != width) & ~(pl.col("blank") & (pl.col("cells") < width)))
    if ragged.is_empty():
        return
    problems = tuple(
        Problem(f"cells in this row: {cells}, headings: {width}", name, line, code="ragged")
        for line, cells in ragged.head(SHOWN).select("line", "cells").iter_rows()
    )
    hint = "a delimiter in a cell needs quotes; lines above the headings must go; a cut-off file must be exported again"
    sentence = f"{name} has {_rows(ragged.height)} of another width than its headings"
    raise InputRefused(sentence, hint=hint, problems=problems)


def _rows(count: int) -> str:
    return "a row" if count == 1 else f"{count:,} rows"


def _refuse_quotes(shape: Shape, end: int, name: str) -> None:
    stop = shape.records["line"][end] if end < shape.records.height else None
    stray = [line for line in shape.stray if stop is None or line < stop]
    if stray:
        what = "a quote stands inside an unquoted cell, or text after a closing quote, or a lone carriage return"
        problems = tuple(Problem(what, name, line, code="quote") for line in stray)
        hint = 'write a cell that holds quotes as "a ""quoted"" word"; or save the file again with a spreadsheet'
        raise InputRefused(f"{name} has cells that can't be told apart", hint=hint, problems=problems)
    if shape.unclosed:
        problem = Problem("a quoted cell of this row is never closed", name, shape.records["line"][-1], code="unclosed")
        hint = "the file was cut short: export or download it again"
        raise InputRefused(f"{name} ends inside a quoted cell", hint=hint, problems=(problem,))
