"""The rows of a comparison for the page: plain lists for its script, and what is left out. Pure.

A page is bounded so that a browser opens it at once; the first rows by key are in it.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from toolkit.diff.result import DiffResult

MOST_ROWS = 100_000
_MOST_CELLS, _MOST_BYTES = 1_500_000, 60_000_000
_LONGEST = 2_000
"""So many characters of a value are in the page; the script says how many it leaves out."""
_CHANGES = {"changed": 0, "added": 1, "removed": 2}


def page_data(result: DiffResult) -> dict[str, Any]:
    """Give what the page's script shows, as lists side by side.

    ``keys`` has a list a key column, ``change`` 0 changed, 1 added, 2 removed; ``before`` and ``after`` row numbers.
    The cells of row i are those from ``start[i]`` to before ``start[i + 1]``: ``column`` (of ``columns``), ``old``,
    ``new``; ``longer`` maps a cell's place to the lengths of its values where one is cut.
    """
    cells = _bounded(result)
    rows = cells.group_by("row", maintain_order=True).agg(
        pl.first("change", "before_row", "after_row", *_keys(result)),
        pl.col("column").is_not_null().sum().alias("cells"),
    )
    found = cells.filter(pl.col("column").is_not_null())
    places = pl.Series(result.comparison.columns, dtype=pl.String)
    numbered = pl.DataFrame({"column": places, "place": pl.int_range(len(places), eager=True)})
    found = found.join(numbered, on="column", how="left", maintain_order="left")
    return {
        "columns": list(result.comparison.columns),
        "key": list(result.comparison.key),
        "keys": [rows[name].to_list() for name in _keys(result)],
        "change": rows["change"].replace_strict(_CHANGES, return_dtype=pl.UInt8).to_list(),
        "before": rows["before_row"].to_list(),
        "after": rows["after_row"].to_list(),
        "start": [0, *rows["cells"].cum_sum().to_list()],
        "column": found["place"].to_list(),
        "old": found["before"].str.slice(0, _LONGEST).to_list(),
        "new": found["after"].str.slice(0, _LONGEST).to_list(),
        "longer": _longer(found),
        "differing": len(result.comparison.rows),
    }


def _keys(result: DiffResult) -> list[str]:
    return [f"key_{index}" for index in range(len(result.comparison.key))]


def _bounded(result: DiffResult) -> pl.DataFrame:
    """Give the cells of as many rows as the page takes, with the number of the ``row`` among them."""
    found, cells, size = [result.numbered(result.comparison.cells(0, 0))], 0, 0
    for batch in _batches(result):
        lengths = pl.sum_horizontal(pl.col("before", "after").str.len_bytes().clip(0, _LONGEST).cast(pl.Int64))
        total = batch.select(lengths).to_series().fill_null(0).cum_sum() + size
        over = max(cells + len(batch) - _MOST_CELLS, int((total > _MOST_BYTES).sum()))
        found.append(_first_rows(batch, len(batch) - over) if over > 0 else batch)
        cells, size = cells + len(batch), int(total[-1])
        if over > 0:
            break
    together = pl.concat(found)
    return together.with_columns(row=pl.struct("before_row", "after_row").rle_id())


def _batches(result: DiffResult) -> Iterator[pl.DataFrame]:
    step = max(1, min(MOST_ROWS, _MOST_CELLS // max(1, len(result.comparison.columns))))
    for start in range(0, min(MOST_ROWS, len(result.comparison.rows)), step):
        yield result.numbered(result.comparison.cells(start, min(step, MOST_ROWS - start)))


def _first_rows(cells: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep at most so many cells, those of whole rows."""
    numbers = cells.select(pl.struct("before_row", "after_row").rle_id()).to_series()
    return cells.filter(numbers < numbers[most])


def _longer(found: pl.DataFrame) -> dict[str, list[int]]:
    """Give, by place, the lengths of the cells of which one value is cut."""
    lengths = found.select(pl.col("before", "after").str.len_chars().fill_null(0)).with_row_index("place")
    cut = lengths.filter(pl.max_horizontal("before", "after") > _LONGEST)
    return {str(place): [before, after] for place, before, after in cut.iter_rows()}
