"""Rows that must be looked at are found by marks alone."""

import polars as pl

from toolkit.diff.compare import KeyCheck
from toolkit.diff.sift import Marked, Sifted, sift

TOP = (1 << 64) - 2


def sifted(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> Sifted:
    """Sift rows of (mark, mark of the key)."""
    keys = pl.Series([key for _, key in after], dtype=pl.UInt64)
    one, other = (pl.Series([mark for mark, _ in side], dtype=pl.UInt64) for side in (before, after))
    first = pl.Series([key for _, key in before], dtype=pl.UInt64)
    return sift(Marked(one, other, first, keys.gather, 0))


def test_only_rows_that_differ_are_looked_at() -> None:
    """A row that both sides have is left out, however large its mark and wherever it stands."""
    rows = [(mark, mark) for mark in (0, 2, 1 << 63, (1 << 63) + 2, TOP - 2, TOP)]
    found = sifted([*rows[:3], (10, 10), *rows[3:]], [*rows[::-1], (12, 10), (14, 14)])
    assert ([3], [6, 7]) == (found.before.to_list(), found.after.to_list())


def test_a_group_is_looked_at_whole_or_not_at_all() -> None:
    """Rows that share a key with one that differs come along on both sides; a group that is the same stays out."""
    same = [(20, 2), (22, 2), (22, 2)]
    found = sifted([(10, 4), (12, 4), *same], [*same[::-1], (12, 4)])
    assert ([0, 1], [3]) == (found.before.to_list(), found.after.to_list())
    assert (KeyCheck(2, 5, 0), KeyCheck(1, 3, 0)) == (found.keys_before, found.keys_after)


def test_a_row_that_stands_more_often_on_one_side_is_looked_at() -> None:
    """Copies count: two of a row against three are not the same."""
    found = sifted([(10, 4), (10, 4)], [(10, 4), (10, 4), (10, 4)])
    assert ([0, 1], [0, 1, 2]) == (found.before.to_list(), found.after.to_list())
