"""Dates and times in a declared style, as seconds since 1970 in UTC. Pure; nothing is guessed from a cell.

A time without an offset is a time on the clocks of the time zone that the mapping names; a date alone is that
day's midnight there. Where the clocks are put back, the earlier of the two is meant; where they skip an hour, a
time in the gap is read as the clocks then show it, an hour later.
"""

from collections.abc import Iterator
from enum import StrEnum

import polars as pl

from toolkit.contacts.cleaned import Cleaned, blanks, mended
from toolkit.contacts.rejects import RejectCode


class DateStyle(StrEnum):
    """How a column writes dates; day and month may have one digit. A time may follow.

    A year has four digits, or two where the style shows two: 69 to 99 are 1969 to 1999, as POSIX's strptime has it.
    """

    ISO = "ISO"
    DAY_MONTH_SLASH = "DD/MM/YYYY"
    MONTH_DAY_SLASH = "MM/DD/YYYY"
    DAY_MONTH_DOT = "DD.MM.YYYY"
    DAY_MONTH_DASH = "DD-MM-YYYY"
    MONTH_DAY_DASH = "MM-DD-YYYY"
    YEAR_MONTH_SLASH = "YYYY/MM/DD"
    YEAR_MONTH_DOT = "YYYY.MM.DD"
    DAY_MONTH_SLASH_SHORT = "DD/MM/YY"
    MONTH_DAY_SLASH_SHORT = "MM/DD/YY"
    DAY_MONTH_DOT_SHORT = "DD.MM.YY"
    UNIX = "UNIX"
    UNIX_MS = "UNIX_MS"


_COUNTED = {DateStyle.UNIX: 1, DateStyle.UNIX_MS: 1000}
"""Styles that count from 1970, and how many of theirs make a second."""
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p")
_OFFSETS = (" %H:%M:%S%z", " %H:%M:%S%.f%z", " %H:%M%z")
_BLANK = r"[\x{A0}\x{202F}]"
_FIRST_YEAR = 1000
_FIRST, _LAST = -30_610_224_000, 253_402_300_799
"""1000-01-01 and 9999-12-31 23:59:59."""
_EXAMPLES = {
    DateStyle.ISO: "a date written as 2026-01-31 or 2026-01-31T09:30:00Z",
    DateStyle.UNIX: "a date in seconds since 1970, such as 1769851800",
    DateStyle.UNIX_MS: "a date in milliseconds since 1970, such as 1769851800000",
}


def seconds(cells: pl.Series, style: DateStyle, timezone: str = "UTC") -> Cleaned:
    """Read dates and times; ``values`` are Int64 Unix seconds. Fractions of a second are cut off."""
    values = _counted(cells, _COUNTED[style]) if style in _COUNTED else _read(cells, style, timezone)
    frame = pl.DataFrame({"cell": cells, "value": values})
    said = f"is not {_EXAMPLES.get(style, f'a date written as {style.value}')}"
    bad = pl.when(pl.col("cell").is_not_null() & pl.col("value").is_null()).then(pl.lit(said))
    return Cleaned(values, frame.select(bad.cast(pl.String).alias("complaint"))["complaint"], RejectCode.BAD_DATE)


def known_timezone(name: str) -> bool:
    """Say whether polars knows the time zone (a name of the IANA database)."""
    try:
        pl.select(pl.lit(0).cast(pl.Datetime("us")).dt.replace_time_zone(name))
    except pl.exceptions.PolarsError:
        return False
    return True


def _counted(cells: pl.Series, unit: int) -> pl.Series:
    """Read seconds, or parts of one, since 1970."""
    count = pl.col("cell").str.extract(r"^(-?[0-9]{1,15})(?:\.[0-9]+)?$", 1).cast(pl.Int64) // unit
    sane = pl.when(count.is_between(_FIRST, _LAST)).then(count)
    return cells.alias("cell").to_frame().select(sane.alias("value")).to_series()


def _read(cells: pl.Series, style: DateStyle, timezone: str) -> pl.Series:
    """Try the ways in which a time may follow, each on the cells that none before could read."""
    row = pl.int_range(len(cells), dtype=pl.UInt32, eager=True).alias("row")
    rest = pl.DataFrame([row, _plain(cells, style).alias("cell")]).filter(pl.col("cell").is_not_null())
    found = [pl.DataFrame(schema={"row": pl.UInt32, "value": pl.Int64})]
    for way in _ways(style, timezone):
        if rest.is_empty():
            break
        tried = rest.with_columns(way.alias("value"))
        found.append(tried.filter(pl.col("value").is_not_null()).select("row", "value"))
        rest = tried.filter(pl.col("value").is_null()).drop("value")
    if len(found[-1]) == len(cells):
        return found[-1]["value"]
    return row.to_frame().join(pl.concat(found), on="row", how="left", maintain_order="left")["value"]


def _plain(cells: pl.Series, style: DateStyle) -> pl.Series:
    """Write one kind of space between date and time, years with four digits, and offsets as chrono reads them."""
    odd = cells.str.contains(r"[\x{A0}\x{202F},]|  ")
    spaced = mended(cells, odd, lambda some: some.str.replace_all(_BLANK, " ").str.replace(r",? +", " "))
    if style.value.endswith(("/YY", ".YY")):
        return _long_years(spaced)
    if style is not DateStyle.ISO:
        return spaced
    wrong = ~spaced.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?$")
    strict = mended(spaced, wrong, lambda some: blanks(len(some)))
    timed = strict.str.contains("[TZ]")
    return mended(strict, timed, lambda some: some.str.replace("T", " ", literal=True).str.replace("Z$", "+0000"))


def _long_years(cells: pl.Series) -> pl.Series:
    cell, day = pl.col("cell"), r"^([0-9]{1,2}[/.][0-9]{1,2}[/.])"
    last_century = cell.str.replace(rf"{day}(69|[7-9][0-9])( .*)?$", "${1}19${2}${3}")
    this_century = cell.str.replace(rf"{day}([0-6][0-9])( .*)?$", "${1}20${2}${3}")
    short = cell.str.contains(rf"{day}[0-9]{{2}}( .*)?$")
    long = pl.when(last_century != cell).then(last_century).when(short).then(this_century)
    return cells.alias("cell").to_frame().select(long.alias("cell")).to_series()


def _ways(style: DateStyle, timezone: str) -> Iterator[pl.Expr]:
    """Give the ways to read a cell, in the order in which they are tried."""
    text = "YYYY-MM-DD" if style is DateStyle.ISO else style.value
    day = text.replace("YYYY", "%Y").replace("YY", "%Y").replace("MM", "%m").replace("DD", "%d")
    cell = pl.col("cell").str
    for time in _TIMES:
        naive = cell.to_datetime(day + time, strict=False, time_unit="us")
        sane = pl.when(naive.dt.year() >= _FIRST_YEAR).then(naive)
        yield _on_clocks(sane, timezone).dt.epoch("s")
    if style is DateStyle.ISO:
        for time in _OFFSETS:
            yield cell.to_datetime(day + time, strict=False, time_unit="us").dt.epoch("s")


def _on_clocks(naive: pl.Expr, timezone: str) -> pl.Expr:
    if timezone == "UTC":
        return naive
    there = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    later = naive.dt.offset_by("1h").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, later)
