"""The sheets of a workbook about a comparison: which rows stand in them, and what is left out. Frames out.

A sheet holds what Excel can open: its rows, columns and letters in a cell are bounded, and so is all of its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from toolkit.diff.compare import Change
from toolkit.diff.result import DiffResult
from toolkit.diff.sheet_rows import MOST_COLUMNS, MOST_ROWS, too_long
from toolkit.tables.headings import unique

_MOST_CELLS, _MOST_BYTES = 5_000_000, 400_000_000
"""Of one sheet: more takes minutes to open, and some programs don't open it at all."""
_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``frame`` under ``headings``, its first ``frozen`` columns stay in sight; ``looks`` by column.

    ``rows`` and ``columns`` are how many there are, so that it can be said what is not in ``frame``.
    """

    name: str
    headings: tuple[str, ...]
    frame: pl.DataFrame
    looks: tuple[str, ...]
    frozen: int
    rows: int
    columns: int

    @property
    def left_out(self) -> list[str]:
        """Say what this sheet does not show."""
        said = []
        if self.frame.height < self.rows:
            said.append(f"{self.name} has the first {self.frame.height:,} of {self.rows:,} rows")
        if self.frame.width < self.columns:
            said.append(f"{self.name} has the first {self.frame.width:,} of {self.columns:,} columns")
        cut = too_long(self.frame)
        if cut:
            said.append(f"{self.name} has {cut:,} texts that are longer than a cell can be: they are cut")
        return said


def sheets(result: DiffResult) -> tuple[Sheet, ...]:
    """Give the sheets Changed (a row for each cell), Added and Removed (a row for each row), all by key."""
    comparison = result.comparison
    old, new = comparison.removed_columns, comparison.added_columns
    return _changed(result), _whole(result, Change.ADDED, "after", old), _whole(result, Change.REMOVED, "before", new)


def _changed(result: DiffResult) -> Sheet:
    keys = _keys(result)
    cells = _changed_cells(result)
    had, has = pl.col("before").fill_null("") != "", pl.col("after").fill_null("") != ""
    kind = pl.when(had & ~has).then(pl.lit("became empty")).when(has & ~had).then(pl.lit("filled"))
    frame = result.numbered(cells).select(
        *keys, "before_row", "after_row", "column", kind.otherwise(pl.lit("replaced")).alias("kind"), "before", "after"
    )
    headings = unique([*result.comparison.key, "Row before", "Row after", "Column", "How", "Before", "After"])
    looks = (*("key" for _ in keys), "", "", "", "", "before", "after")
    total = sum(each.changed for each in result.findings)
    return Sheet("Changed", tuple(headings), _fitting(frame), looks, len(keys), total, frame.width)


def _changed_cells(result: DiffResult) -> pl.DataFrame:
    """Give the cells of changed rows, no more than a sheet holds."""
    found: list[pl.DataFrame] = [result.comparison.cells(0, 0)]
    count = 0
    for start in range(0, len(result.comparison.rows), _BATCH):
        batch = result.comparison.cells(start, _BATCH)
        found.append(batch.filter(change=Change.CHANGED.value).filter(pl.col("column").is_not_null()))
        count += len(found[-1])
        if count >= MOST_ROWS:
            break
    return pl.concat(found)


def _whole(result: DiffResult, change: Change, side: str, absent: Sequence[str]) -> Sheet:
    """Give the rows that only one side has, with all columns of that side."""
    comparison = result.comparison
    rows = comparison.rows.with_row_index("position").filter(change=change.value)
    names = [*comparison.key, *(name for name in comparison.columns if name not in absent)]
    shown = names[: MOST_COLUMNS - 1]
    some = result.numbered(rows.head(min(MOST_ROWS - 1, _MOST_CELLS // len(shown))))
    values = [comparison.row_values(name).get_column(side).gather(some["position"]) for name in shown]
    frame = pl.DataFrame([some[f"{side}_row"], *(each.alias(f"{place}") for place, each in enumerate(values))])
    keys = len(comparison.key)
    looks = ("", *("key" for _ in range(keys)), *("" for _ in shown[keys:]))
    headings = tuple(unique([f"Row {side}", *shown]))
    name = change.value.capitalize()
    return Sheet(name, headings, _fitting(frame), looks, keys + 1, len(rows), len(names) + 1)


def _fitting(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep as many rows as a sheet can hold."""
    some = frame.head(min(MOST_ROWS - 1, _MOST_CELLS // frame.width))
    sizes = some.select(pl.sum_horizontal(pl.col(pl.String).str.len_bytes().cast(pl.Int64).fill_null(0)))
    size = sizes.to_series().cum_sum()
    return some if not len(size) or size[-1] <= _MOST_BYTES else some.filter(size <= _MOST_BYTES)


def _keys(result: DiffResult) -> list[str]:
    return [f"key_{index}" for index in range(len(result.comparison.key))]
