"""Dates and times in a declared style, as seconds since 1970 in UTC. Pure; nothing is guessed from a cell.

A time without an offset is a time on the clocks of the time zone that the mapping names; a date alone is that
day's midnight there. Where the clocks are put back, the earlier of the two is meant; where they skip an hour, a
time in the gap is read as the clocks then show it, an hour later.
"""

from enum import StrEnum

import polars as pl

from toolkit.contacts.normalise import Cleaned
from toolkit.contacts.rejects import RejectCode


class DateStyle(StrEnum):
    """How a column writes dates; day and month may have one digit, the year has four. A time may follow."""

    ISO = "ISO"
    DAY_MONTH_SLASH = "DD/MM/YYYY"
    MONTH_DAY_SLASH = "MM/DD/YYYY"
    DAY_MONTH_DOT = "DD.MM.YYYY"
    DAY_MONTH_DASH = "DD-MM-YYYY"
    MONTH_DAY_DASH = "MM-DD-YYYY"
    YEAR_MONTH_SLASH = "YYYY/MM/DD"
    YEAR_MONTH_DOT = "YYYY.MM.DD"


_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p")
_OFFSETS = (" %H:%M%z", " %H:%M:%S%z", " %H:%M:%S%.f%z")
_FIRST_YEAR = 1000


def seconds(cells: pl.Series, style: DateStyle, timezone: str = "UTC") -> Cleaned:
    """Read dates and times; ``values`` are Int64 Unix seconds. Fractions of a second are cut off."""
    frame = cells.alias("c").to_frame().select(_plain(pl.col("c"), style).alias("c"))
    value = frame.select(_instant(pl.col("c"), style, timezone).alias("value"))["value"]
    example = "2026-01-31 or 2026-01-31T09:30:00Z" if style is DateStyle.ISO else style.value
    bad = frame.with_columns(value).select(
        pl.when(pl.col("c").is_not_null() & pl.col("value").is_null())
        .then(pl.lit(f"is not a date written as {example}"))
        .alias("complaint")
    )
    return Cleaned(value, bad["complaint"].cast(pl.String), RejectCode.BAD_DATE)


def known_timezone(name: str) -> bool:
    """Say whether polars knows the time zone (a name of the IANA database)."""
    try:
        pl.select(pl.lit(0).cast(pl.Datetime("us")).dt.replace_time_zone(name))
    except pl.exceptions.PolarsError:
        return False
    return True


def _plain(cell: pl.Expr, style: DateStyle) -> pl.Expr:
    """Write one kind of space between date and time, and offsets as chrono reads them."""
    spaced = cell.str.replace_all(r"[\x{A0}\x{202F}]", " ").str.replace(r",? +", " ")
    if style is not DateStyle.ISO:
        return spaced
    strict = pl.when(spaced.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?$")).then(spaced).otherwise(pl.lit("?"))
    iso = strict.str.replace("T", " ", literal=True).str.replace("Z$", "+0000")
    return pl.when(cell.is_not_null()).then(iso)


def _day(style: DateStyle) -> str:
    text = "YYYY-MM-DD" if style is DateStyle.ISO else style.value
    return text.replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")


def _instant(cell: pl.Expr, style: DateStyle, timezone: str) -> pl.Expr:
    day = _day(style)
    naive = pl.coalesce(cell.str.to_datetime(day + time, strict=False, time_unit="us") for time in _TIMES)
    sane = pl.when(naive.dt.year() >= _FIRST_YEAR).then(naive)
    there = _on_clocks(sane, timezone).dt.epoch("s")
    if style is not DateStyle.ISO:
        return there
    absolute = [cell.str.to_datetime(day + time, strict=False, time_unit="us") for time in _OFFSETS]
    return pl.coalesce(there, *(each.dt.epoch("s") for each in absolute))


def _on_clocks(naive: pl.Expr, timezone: str) -> pl.Expr:
    there = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    later = naive.dt.offset_by("1h").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, later)
