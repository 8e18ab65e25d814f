"""The rows of a comparison for the page: plain lists for its script, and what is left out.

A page is bounded so that a browser opens it at once; of each kind of change the first rows by key are in it.
"""

from typing import Any

import polars as pl

from toolkit.diff.batches import steps
from toolkit.diff.result import DiffResult

MOST_ROWS = 100_000
_MOST_CELLS, _MOST_BYTES = 500_000, 60_000_000
"""Cells of each kind of change, bytes of all."""
LONGEST = 2_000
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
        "old": found["before"].str.slice(0, LONGEST).to_list(),
        "new": found["after"].str.slice(0, LONGEST).to_list(),
        "longer": _longer(found),
    }


def _keys(result: DiffResult) -> list[str]:
    return [f"key_{index}" for index in range(len(result.comparison.key))]


def _bounded(result: DiffResult) -> pl.DataFrame:
    """Give the cells of the rows that are in the page, with the number of the ``row``."""
    chosen = _chosen(result)
    found, size = [_numbered(result, 0, 0)], 0
    for start, count in steps(result.comparison):
        some = chosen.filter(chosen.is_between(start, start + count - 1))
        if len(some) and size < _MOST_BYTES:
            batch = _numbered(result, start, count).filter(pl.col("row").is_in(some.implode()))
            sizes = batch.select(_BYTES.cum_sum() + size).to_series()
            over = batch.filter(sizes > _MOST_BYTES)["row"].min()
            found.append(batch if over is None else batch.filter(pl.col("row") < over))
            size = sizes[-1]
    return pl.concat(found)


_BYTES = pl.sum_horizontal(pl.col("before", "after").str.len_bytes().fill_null(0).clip(0, LONGEST)).cast(pl.Int64)


def _numbered(result: DiffResult, start: int, count: int) -> pl.DataFrame:
    cells = result.numbered(result.comparison.cells(start, count))
    return cells.with_columns(row=pl.struct("before_row", "after_row").rle_id().cast(pl.Int64) + start)


def _chosen(result: DiffResult) -> pl.Series:
    """Choose the first rows of each kind of change, so that many of one leave a place for the others."""
    rows, most = result.comparison.rows, _shares(result)
    rank = pl.int_range(pl.len()).over("change")
    return rows.with_row_index("row").filter(rank < pl.col("change").replace_strict(most, return_dtype=pl.Int64))["row"]


def _shares(result: DiffResult) -> dict[str, int]:
    """Say how many rows of each kind the page takes: the rarer one comes first and leaves the others what it can."""
    counts, width = result.counts, max(1, len(result.comparison.columns))
    changed = sum(each.changed for each in result.findings) // (counts.changed or 1) or 1
    there = {"changed": (counts.changed, changed), "added": (counts.added, width), "removed": (counts.removed, width)}
    wanted = {kind: min(rows, _MOST_CELLS // cells) for kind, (rows, cells) in there.items()}
    shares: dict[str, int] = {}
    for kind, rows in sorted(wanted.items(), key=lambda each: each[1]):
        shares[kind] = min(rows, (MOST_ROWS - sum(shares.values())) // (len(wanted) - len(shares)))
    return shares


def _longer(found: pl.DataFrame) -> dict[str, list[int]]:
    """Give, by place, the lengths of the cells of which one value is cut."""
    lengths = found.select(pl.col("before", "after").str.len_chars().fill_null(0)).with_row_index("place")
    cut = lengths.filter(pl.max_horizontal("before", "after") > LONGEST)
    return {str(place): [before, after] for place, before, after in cut.iter_rows()}
