"""Numbers, amounts of money and percentages in a declared style, as plain decimal text. Pure; no float is made.

Nothing is guessed from a cell: which mark is the decimal one, and whether a column holds money or percentages,
the mapping says.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase

import polars as pl

from toolkit.contacts.cleaned import CELL, Cleaned, by_columns, mended, where
from toolkit.contacts.rejects import RejectCode


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes numbers: the decimal mark, and the mark between thousands ("" = none is written)."""

    decimal: str = "."
    thousands: str = ""


class NumberForm(StrEnum):
    """What may stand around a column's numbers, and what is made of it."""

    PLAIN = "plain"
    CURRENCY = "currency"
    """A currency sign or ISO 4217 code before or behind, which goes; parentheses make an amount negative."""
    PERCENT = "percent"
    """``60%`` is 60."""
    FRACTION = "fraction"
    """``60%`` is 0.6; a number without % stands as it is."""


PLAIN = NumberStyle()
_DIGITS = 15
"""Decimal digits that every JSON reader keeps exactly (IEEE 754 doubles)."""
_ALIKE = ("'\u2019", " \xa0\u202f")
"""Marks that one keyboard or another writes for the same thing: apostrophes, and blanks."""
_CANONICAL = r"^-?(?:[1-9][0-9]{0,7}|0)(?:\.[0-9]{0,6}[1-9])?$"
"""Numbers that stand as they are ("-0" is seen to apart)."""
_SIGNS = (
    "".join(map(chr, range(0x20A0, 0x20D0)))
    + "".join(sign for sign in map(chr, range(0x24, 0x1800)) if unicodedata.category(sign) == "Sc")
    + "\ua838\ufdfc\ufe69\uff04\uffe0\uffe1\uffe5\uffe6"
)
"""Unicode's currency signs: the block made for them, kept whole for those to come, and those elsewhere."""
_BLANK = r"[ \x{A0}\x{202F}]?"
_UNIT = rf"(?:[A-Z]{{0,2}}[{re.escape(_SIGNS)}]|[A-Z]{{3}})"
"""``€``, ``US$`` or ``EUR``."""
_AROUND = {
    NumberForm.PLAIN: "+-",
    NumberForm.CURRENCY: f"+-() \xa0\u202f$€£¥{ascii_uppercase}",
    NumberForm.PERCENT: "+-% \xa0\u202f",
    NumberForm.FRACTION: "+-% \xa0\u202f",
}
"""What may stand before and behind the digits."""
_NAMES = {
    NumberForm.PLAIN: "a number",
    NumberForm.CURRENCY: "an amount of money",
    NumberForm.PERCENT: "a percentage",
    NumberForm.FRACTION: "a percentage or fraction",
}


def numbers(cells: pl.Series, style: NumberStyle = PLAIN, form: NumberForm = NumberForm.PLAIN) -> Cleaned:
    """Numbers as plain decimal text: ``1234.5``, ``-7``, ``0``; no exponent, no NaN, no infinity.

    Apostrophes straight and curly are one mark, and so are blanks that break a line and blanks that don't.
    """
    if style.decimal != PLAIN.decimal:
        return _read(cells, style, form)
    ready = cells.str.contains(_CANONICAL) & (cells != "-0")
    return where(cells, ~ready, lambda some: _read(some, style, form), RejectCode.BAD_NUMBER)


def _read(cells: pl.Series, style: NumberStyle, form: NumberForm) -> Cleaned:
    cell, digits = pl.col(CELL), pl.col("digits")
    frame = cells.alias(CELL).to_frame()
    bare = _shifted(_digits(cells, style, form), cells, form)
    frame = frame.with_columns(mended(bare, ~bare.str.contains(_CANONICAL), _shortest).alias("digits"))
    long = (digits.str.len_bytes() > _DIGITS) & (digits.str.replace(".", "", literal=True).str.len_bytes() > _DIGITS)
    complaint = (
        pl.when(~cell.str.contains(_pattern(style, form))).then(pl.lit(_complaint(style, form)))
        .when(long).then(pl.lit(f"has more than the {_DIGITS} digits that a JSON number keeps"))
    )  # fmt: skip
    signed = cells.str.contains("[(-]") & (frame["digits"] != "0")
    values = mended(frame["digits"], signed, lambda some: "-" + some)
    return by_columns(frame.with_columns(values), digits, complaint, RejectCode.BAD_NUMBER)


def _digits(cells: pl.Series, style: NumberStyle, form: NumberForm) -> pl.Series:
    """Leave the digits and a decimal point; what stood around them and between thousands goes."""
    bare = cells.str.strip_chars(_AROUND[form])
    if form is NumberForm.CURRENCY:
        # Two steps, because each character of a long set is compared with each end of each cell.
        rare = bare.str.contains("^[^0-9]|[^0-9]$")
        bare = mended(bare, rare, lambda some: some.str.strip_chars(_AROUND[form] + _SIGNS))
    for mark in _marks(style):
        bare = bare.str.replace_all(mark, "", literal=True)
    return bare if style.decimal == "." else bare.str.replace(style.decimal, ".", literal=True)


def _shifted(digits: pl.Series, cells: pl.Series, form: NumberForm) -> pl.Series:
    """Move the decimal point of a percentage two places to the left, where a fraction is wanted."""
    if form is not NumberForm.FRACTION:
        return digits
    return mended(digits, cells.str.contains("%", literal=True), _hundredth)


def _hundredth(digits: pl.Series) -> pl.Series:
    parts = ("00" + digits).str.split_exact(".", 1).struct
    whole, rest = parts.field("field_0"), parts.field("field_1").fill_null("")
    return whole.str.head(-2) + "." + whole.str.tail(2) + rest


def _shortest(digits: pl.Series) -> pl.Series:
    """Drop the noughts that say nothing, and a point with nothing behind it."""
    point = digits.str.contains(".", literal=True)
    short = mended(digits, point, lambda some: some.str.strip_chars_end("0").str.strip_chars_end("."))
    bare = short.str.strip_chars_start("0")
    return mended(bare, (bare == "") | bare.str.starts_with("."), lambda some: "0" + some)


def _marks(style: NumberStyle) -> str:
    """Give the thousands mark with those that are read like it; "" when there is none."""
    return next((marks for marks in _ALIKE if style.thousands and style.thousands in marks), style.thousands)


def _pattern(style: NumberStyle, form: NumberForm) -> str:
    marks = re.escape(_marks(style))
    grouped = f"[0-9]{{1,3}}(?:[{marks}][0-9]{{3}})+|" if marks else ""
    number = f"(?:{grouped}[0-9]+)(?:{re.escape(style.decimal)}[0-9]+)?"
    if form is NumberForm.PLAIN:
        return f"^[+-]?{number}$"
    if form is not NumberForm.CURRENCY:
        return f"^[+-]?{number}(?:{_BLANK}%)?$"
    ahead, behind = f"{_UNIT}{_BLANK}", f"{_BLANK}{_UNIT}"
    signed = f"[+-]?{number}(?:{behind})?|[+-]?{ahead}{number}|{ahead}[+-]{number}"
    accounted = rf"\((?:{ahead})?{number}\)|{ahead}\({number}\)|\({number}(?:{behind}\)|\){behind})"
    return f"^(?:{signed}|{accounted})$"


def _complaint(style: NumberStyle, form: NumberForm) -> str:
    marks = f"decimal mark {style.decimal!r}, " + (
        f"thousands mark {style.thousands!r}" if style.thousands else "no thousands mark"
    )
    return f"is not {_NAMES[form]} as source.numbers declares them ({marks})"
