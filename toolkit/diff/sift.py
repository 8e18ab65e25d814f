"""Finds the rows that must be looked at, by marks alone: 64-bit hashes of rows and of keys. Pure.

Two rows with the same mark are taken for the same row. A group of rows with one key is left out only when both
tables have the very same rows in it; any other group is looked at whole, so that its rows are paired by what they
hold, never by their marks. That no two different rows had the same mark is proved afterwards: of the rows left out,
the sums of a second, independent hash must be equal on both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from toolkit.diff.compare import KeyCheck
from toolkit.diff.pairing import all_but

_AT_ONCE = 4_000_000
"""So many marks of a side are sorted together: more are sorted by parts of their range, to bound memory."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The rows to be looked at, ascending, and how well the key names the rows of each whole table."""

    before: pl.Series
    after: pl.Series
    keys_before: KeyCheck
    keys_after: KeyCheck


@dataclass(frozen=True, slots=True)
class Marked:
    """The marks of two tables' rows, and of the keys of the first's.

    ``keys_of`` gives the marks of the keys in the given rows of the second table. ``empty`` is the mark of a key
    that is empty.
    """

    before: pl.Series
    after: pl.Series
    keys: pl.Series
    keys_of: Callable[[pl.Series], pl.Series]
    empty: int


def sift(marked: Marked) -> Sifted:
    """Find the rows that must be looked at: ``before`` and ``after`` are row numbers."""
    unlike, repeated_before = _unlike(marked.before, marked.after), _repeated(marked.keys)
    before, after = _rows_of(marked.before, unlike), _rows_of(marked.after, unlike)
    keys_after = marked.keys_of(after)
    alike = marked.keys.filter(all_but(before, len(marked.keys)))
    repeated_after = _repeated_in_both(alike, keys_after, surely_once=repeated_before.is_empty())
    checks = (
        _check(marked.keys, repeated_before, marked.empty),
        _check(pl.concat([alike, keys_after]), repeated_after, marked.empty),
    )
    repeated = pl.concat([repeated_before, repeated_after])
    if len(repeated):
        looked_at = pl.concat([marked.keys.gather(before), keys_after])
        brought = _rows_of(marked.keys, _among(repeated, looked_at))
        more = _rows_of(marked.after, marked.before.gather(brought).unique())
        before, after = (pl.concat(each).unique().sort() for each in ((before, brought), (after, more)))
    return Sifted(before, after, *checks)


def _unlike(before: pl.Series, after: pl.Series) -> pl.Series:
    """Give the marks that stand more often on one side than on the other."""
    parts = 1 << (max(len(before), len(after)) // _AT_ONCE).bit_length()
    return pl.concat([_unlike_within(part, parts, before, after) for part in range(parts)])


def _unlike_within(part: int, parts: int, before: pl.Series, after: pl.Series) -> pl.Series:
    if parts > 1:
        low, high = (part << 64) // parts, ((part + 1 << 64) // parts) - 1
        before, after = (side.filter(side.is_between(low, high)) for side in (before, after))
    # Marks are even: the lowest bit can tell the side, and a mark that each has once is two numbers in a row.
    tagged = pl.concat([before.alias("mark"), (after + 1).alias("mark")]).sort()
    steps = tagged - tagged.shift(1)
    if (steps == 0).any():
        return _unlike_counted(tagged)
    second = ((steps == 1) & (tagged % 2 == 1)).fill_null(value=False)
    alone = tagged.filter(~(second | second.shift(-1, fill_value=False)))
    return alone - alone % 2


def _unlike_counted(tagged: pl.Series) -> pl.Series:
    """Give the marks that stand more often on one side, when some stand several times."""
    counted = (
        tagged.to_frame()
        .group_by(pl.col("mark") - pl.col("mark") % 2)
        .agg(all=pl.len(), after=(pl.col("mark") % 2).sum())
    )  # the group's key is still called mark
    return counted.filter(pl.col("after") * 2 != pl.col("all"))["mark"]


def _rows_of(marks: pl.Series, wanted: pl.Series) -> pl.Series:
    """Give the numbers of the rows whose mark is ``wanted``, ascending."""
    return marks.is_in(wanted.implode()).arg_true().cast(pl.Int64)


def _repeated(keys: pl.Series) -> pl.Series:
    """Give the marks that stand more than once, each once."""
    if keys.n_unique() == len(keys):
        return keys.clear()
    return keys.filter(keys.is_duplicated()).unique()


def _repeated_in_both(alike: pl.Series, others: pl.Series, *, surely_once: bool) -> pl.Series:
    """Give the marks that stand more than once in both series together; those of ``alike`` may be known not to."""
    if not surely_once:
        return _repeated(pl.concat([alike, others]))
    return pl.concat([_repeated(others), alike.filter(alike.is_in(others.implode()))]).unique()


def _among(marks: pl.Series, others: pl.Series) -> pl.Series:
    return marks.filter(marks.is_in(others.implode())).unique()


def _check(keys: pl.Series, repeated: pl.Series, empty: int) -> KeyCheck:
    rows = int(keys.is_in(repeated.implode()).sum()) if len(repeated) else 0
    return KeyCheck(len(repeated), rows, int((keys == empty).sum()))
