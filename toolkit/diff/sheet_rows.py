"""Rows of a sheet as SpreadsheetML, written on columns. Pure: a frame in, bytes out.

Every text is an inline string: a spreadsheet can take none for a formula, a number, a date or a link. What XML can't
hold is escaped as ECMA-376 has it (22.9.2.19, ``_x0007_``), and a text that looks like such an escape too.
"""

from collections.abc import Sequence

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
    cells = [
        _cell(pl.col(name), kind, f'<c r="{letters(index)}', style, number)
        for index, ((name, kind), style) in enumerate(zip(frame.schema.items(), styles, strict=True))
    ]
    row = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
    written: str | None = frame.select(row.str.join()).item()
    return (written or "").encode()


def _cell(value: pl.Expr, kind: pl.DataType, start: str, style: int, number: pl.Expr) -> pl.Expr:
    look = f'" s="{style}"' if style else '"'
    if kind == pl.String:
        around, end, value = f'{look} t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>", _text(value)
    else:
        around, end, value = f"{look}><v>", "</v></c>", value.cast(pl.String)
    filled = pl.concat_str(pl.lit(start), number, pl.lit(around), value, pl.lit(end))
    empty = pl.concat_str(pl.lit(start), number, pl.lit(f"{look}/>")) if style else pl.lit("")
    return pl.when(value.is_null()).then(empty).otherwise(filled)


def _text(value: pl.Expr) -> pl.Expr:
    """Write texts as XML that a spreadsheet reads as they are, those that are too long cut with a word about it."""
    left_out = (value.str.len_chars() - _CUT).cast(pl.String)
    cut = value.str.slice(0, _CUT) + pl.lit("… (and ") + left_out + pl.lit(" more characters)")
    fitting = pl.when(_is_too_long(value)).then(cut).otherwise(value)
    literal = fitting.str.replace_all("_(x[0-9A-Fa-f]{4}_)", "_x005F_$1")
    return literal.str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))


def _is_too_long(value: pl.Expr) -> pl.Expr:
    """Tell which texts have more UTF-16 units than a cell may hold: their signs, and those of two units again."""
    return value.str.len_bytes().gt(LONGEST) & (
        (value.str.len_chars() + value.str.count_matches(r"[\x{10000}-\x{10FFFF}]")) > LONGEST
    )
