"""Rows of a sheet as SpreadsheetML, written on columns. Pure: a frame in, bytes out.

Every text is an inline string: a spreadsheet can take none for a formula, a number, a date or a link. What XML can't
hold is escaped as ECMA-376 has it (22.9.2.19, ``_x0007_``), and a text that looks like such an escape too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

MOST_ROWS, MOST_COLUMNS, LONGEST = 1_048_576, 16_384, 32_767
"""Rows and columns of a sheet, UTF-16 units of a cell, by Excel's specifications and limits."""

_CUT = 16_000
"""So many signs are kept of a text that is too long: at most two units each, and room for what was left out."""
_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n"] + ["\ufffe", "\uffff"]
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {each: f"_x{ord(each):04X}_" for each in _CONTROLS}


def letters(column: int) -> str:
    """Name a column, counted from 0: A, B … Z, AA …"""
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def too_long(frame: pl.DataFrame) -> int:
    """Count the texts that no cell can hold."""
    texts = frame.select(pl.col(pl.String))
    return int(texts.select(pl.sum_horizontal(_is_too_long(pl.all()).sum())).item()) if texts.width else 0


def sheet_rows(frame: pl.DataFrame, first: int, styles: Sequence[int]) -> bytes:
    """Write the rows of a frame as rows ``first`` … of a sheet; ``styles`` are the numbers of the columns' formats.

    Texts become inline strings, whole numbers numbers; an empty cell is written where its column has a format (not 0).
    """
    number = pl.int_range(first, first + pl.len()).cast(pl.String)
    needs = {each.name: each for each in _needs(frame)}
    cells = [
        _cell(needs.get(name, name), f'<c r="{letters(index)}', style, number)
        for index, (name, style) in enumerate(zip(frame.columns, styles, strict=True))
    ]
    row = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
    written: str | None = frame.select(row.str.join()).item()
    return (written or "").encode()


@dataclass(frozen=True, slots=True)
class _Texts:
    """What some texts of a column need: to be cut, to be escaped, to keep the spaces at their ends."""

    name: str
    cut: bool
    escape: bool
    spaces: bool


def _needs(frame: pl.DataFrame) -> list[_Texts]:
    """Look at each column of texts: most need nothing, and are written in a third of the time."""
    texts = frame.select(pl.col(pl.String))
    if not texts.width:
        return []
    cut = texts.select(pl.all().str.len_bytes().max().fill_null(0) > LONGEST)
    escape = texts.select(pl.all().str.contains_any([*_ESCAPED, "_x"]).any())
    spaces = texts.select(pl.all().str.contains(r"^\s|\s$").any())
    found = zip(texts.columns, cut.row(0), escape.row(0), spaces.row(0), strict=True)
    return [_Texts(*each) for each in found]


def _cell(column: _Texts | str, start: str, style: int, number: pl.Expr) -> pl.Expr:
    look = f'" s="{style}"' if style else '"'
    if isinstance(column, _Texts):
        kept = ' xml:space="preserve"' if column.spaces else ""
        around, end = f'{look} t="inlineStr"><is><t{kept}>', "</t></is></c>"
        content, there = _text(column), pl.col(column.name).is_not_null()
    else:
        around, end = f"{look}><v>", "</v></c>"
        content, there = pl.col(column).cast(pl.String), pl.col(column).is_not_null()
    filled = pl.concat_str(pl.lit(start), number, pl.lit(around), content, pl.lit(end))
    empty = pl.concat_str(pl.lit(start), number, pl.lit(f"{look}/>")) if style else pl.lit("")
    return pl.when(there).then(filled).otherwise(empty)


def _text(column: _Texts) -> pl.Expr:
    """Write texts as XML that a spreadsheet reads as they are, those that are too long cut with a word about it."""
    value = pl.col(column.name)
    if column.cut:
        left_out = (value.str.len_chars() - _CUT).cast(pl.String)
        cut = value.str.slice(0, _CUT) + pl.lit("… (and ") + left_out + pl.lit(" more characters)")
        value = pl.when(_is_too_long(value)).then(cut).otherwise(value)
    if column.escape:
        literal = value.str.replace_all("_(x[0-9A-Fa-f]{4}_)", "_x005F_$1")
        value = literal.str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))
    return value


def _is_too_long(value: pl.Expr) -> pl.Expr:
    """Tell which texts have more UTF-16 units than a cell may hold: their signs, and those of two units again."""
    return value.str.len_bytes().gt(LONGEST) & (
        (value.str.len_chars() + value.str.count_matches(r"[\x{10000}-\x{10FFFF}]")) > LONGEST
    )
