"""Finds which row of one table is which row of the other. Pure: frames of text in, pairs of row numbers out.

Rows with the same key, nulls included, form a group. Most groups hold one row on each side: these are a pair. In any
other group identical rows are paired first, then the rest in the order of their files.
"""

from collections.abc import Sequence

import polars as pl

PAIRS = {"before_row": pl.Int64, "after_row": pl.Int64}


def all_but(rows: pl.Series, count: int) -> pl.Series:
    """Give a mask of ``count`` rows that is true for all but ``rows``."""
    return pl.repeat(value=True, n=count, eager=True, dtype=pl.Boolean).scatter(rows, values=False)


def pair(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Pair the rows of two frames with the same columns; gives ``before_row`` and ``after_row``, counted from 0."""
    # Named by position, so that no column of a stranger's file can be taken for one of ours.
    columns = [f"{index}" for index in range(before.width)]
    keys = [columns[before.columns.index(name)] for name in key]
    left, right = (_numbered(before, columns, "before_row"), _numbered(after, columns, "after_row"))
    repeated = pl.concat([repeated_keys(left, keys), repeated_keys(right, keys)]).unique()
    if repeated.is_empty():
        return _join(left, right, keys)
    in_pairs = _join(_without(left, repeated), _without(right, repeated), keys)
    left, right = _within(left, repeated, "before_row"), _within(right, repeated, "after_row")
    return pl.concat([in_pairs, _pair_in_groups(left, right, columns, keys)])


def _without(side: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    return side.join(keys, on=keys.columns, how="anti", nulls_equal=True)


def _within(side: pl.DataFrame, keys: pl.DataFrame, row: str) -> pl.DataFrame:
    return side.join(keys, on=keys.columns, how="semi", nulls_equal=True).sort(row)


def repeated_keys(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Give the values of the columns ``keys`` that more than one row has, each once."""
    values = frame.select(keys)
    different = values.to_series().n_unique() if len(keys) == 1 else values.n_unique()
    if different == values.height:  # most often: and to count them is far quicker
        return values.clear()
    return values.filter(pl.struct(keys).is_duplicated()).unique()


def _numbered(frame: pl.DataFrame, columns: Sequence[str], row: str) -> pl.DataFrame:
    return frame.rename(dict(zip(frame.columns, columns, strict=True))).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias(row)
    )


def _join(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    one, other = left.select(*on, "before_row"), right.select(*on, "after_row")
    return one.join(other, on=on, how="inner", nulls_equal=True, maintain_order="left").select(*PAIRS)


def _pair_in_groups(
    left: pl.DataFrame, right: pl.DataFrame, columns: Sequence[str], keys: Sequence[str]
) -> pl.DataFrame:
    """Pair identical rows one to one, then what remains of each group in file order."""
    identical = _join(_ranked(left, columns), _ranked(right, columns), [*columns, "rank"])
    rest_left = left.join(identical, on="before_row", how="anti").sort("before_row")
    rest_right = right.join(identical, on="after_row", how="anti").sort("after_row")
    in_order = _join(_ranked(rest_left, keys), _ranked(rest_right, keys), [*keys, "rank"])
    return pl.concat([identical, in_order])


def _ranked(frame: pl.DataFrame, within: Sequence[str]) -> pl.DataFrame:
    """Number the rows that agree in ``within``, in their order, from 0."""
    return frame.with_columns(rank=pl.int_range(pl.len()).over(within))
