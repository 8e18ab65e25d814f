"""The differing cells of a comparison, some rows at a time. Pure.

A table may have a thousand columns, and a row that was added has a cell in each: what is taken at once is bounded by
cells, not by rows.
"""

from collections.abc import Iterator

import polars as pl

from toolkit.diff.compare import Change, Comparison

_MOST_ROWS, _MOST_CELLS = 100_000, 2_000_000


def steps(comparison: Comparison) -> Iterator[tuple[int, int]]:
    """Divide ``rows``: the place of the first and how many, so that their cells fit into memory easily."""
    count = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, len(comparison.columns))))
    return ((start, count) for start in range(0, len(comparison.rows), count))


def batches(comparison: Comparison) -> Iterator[pl.DataFrame]:
    """Give all cells as ``cells`` does, some rows at a time."""
    return (comparison.cells(start, count) for start, count in steps(comparison))


def changed_cells(comparison: Comparison) -> Iterator[pl.DataFrame]:
    """Give the cells of rows that both tables have; at least one frame, which may be empty."""
    wanted = pl.col("change").eq(Change.CHANGED.value) & pl.col("column").is_not_null()
    yield comparison.cells(0, 0)
    yield from (cells.filter(wanted) for cells in batches(comparison))
