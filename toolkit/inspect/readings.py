"""Which styles of dates or numbers fit a column, by trying those that a mapping can declare. Pure; decides no cell.

A style fits as transform would read it: the same functions are called. Styles that read every value alike are one
group; two groups mean that the values alone can't tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

import polars as pl

from toolkit.contacts import dates, normalise
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.normalise import Cleaned, NumberStyle

T = TypeVar("T")

NUMBER_STYLES = (
    *(NumberStyle(decimal) for decimal in ".,"),
    NumberStyle(".", ","),
    NumberStyle(",", "."),
    *(NumberStyle(decimal, thousands) for thousands, decimal in product("' \xa0\u202f", ".,")),
)
"""The plainest first: of styles that read a column alike, the first is proposed."""

DATE = "^([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4})(?:[T ,].*)?$"
"""A date in digits, and perhaps a time."""
NUMBER = r"^[+-]?[0-9][0-9.,' \x{A0}\x{202F}]*$"
"""Digits, and marks between them."""
_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class Readings(Generic[T]):
    """The styles that fit a column best; those of one group read it alike. No group: no style fits any value."""

    groups: tuple[tuple[T, ...], ...] = ()

    @property
    def styles(self) -> tuple[T, ...]:
        """All the styles, the groups one after the other."""
        return tuple(style for group in self.groups for style in group)

    @property
    def choices(self) -> tuple[T, ...]:
        """One style of each group; more than one means that the values alone don't tell."""
        return tuple(group[0] for group in self.groups)


def date_readings(values: pl.Series) -> Readings[DateStyle]:
    """Try every style of dates on distinct values; a time behind the date is not looked at."""
    return _fit(values.str.extract(DATE, 1).drop_nulls().unique(maintain_order=True), tuple(DateStyle), dates.seconds)


def are_dates(values: pl.Series, style: DateStyle) -> pl.Series:
    """Say of each value whether its date is one in ``style``."""
    return dates.seconds(values.str.extract(DATE, 1), style).values.is_not_null()


def number_readings(values: pl.Series) -> Readings[NumberStyle]:
    """Try every style of numbers on distinct values; digits alone are a number in each."""
    marked = values.filter(~values.str.contains("^[0-9]+$"))
    likely = _fit(marked.head(_SAMPLE), NUMBER_STYLES, normalise.numbers)
    readings = _fit(marked, likely.styles or NUMBER_STYLES, normalise.numbers)
    return readings if readings.groups or len(marked) == len(values) else Readings((NUMBER_STYLES,))


def are_numbers(values: pl.Series, style: NumberStyle) -> pl.Series:
    """Say of each value whether it is a number in ``style``."""
    return normalise.numbers(values, style).values.is_not_null()


def _fit(values: pl.Series, styles: Sequence[T], read: Callable[[pl.Series, T], Cleaned]) -> Readings[T]:
    answers = {style: read(values, style).values for style in styles}
    fewest = min(answer.null_count() for answer in answers.values())
    if fewest == len(values):
        return Readings()
    groups: list[list[T]] = []
    for style in styles:
        if answers[style].null_count() == fewest:
            group = next((each for each in groups if answers[each[0]].equals(answers[style])), None)
            if group is None:
                groups.append([style])
            else:
                group.append(style)
    return Readings(tuple(map(tuple, groups)))


def common(columns: Sequence[Readings[T]]) -> tuple[T, ...]:
    """Give the style that fits every column; several when no column tells them apart, none when columns differ."""
    told_apart: dict[tuple[int, ...], T] = {}
    for style in columns[0].styles if columns else ():
        if all(style in each.styles for each in columns):
            told_apart.setdefault(tuple(_group_of(style, each) for each in columns), style)
    return tuple(told_apart.values())


def _group_of(style: T, readings: Readings[T]) -> int:
    return next(index for index, group in enumerate(readings.groups) if style in group)
