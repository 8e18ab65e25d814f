"""The sheets of a workbook about a comparison: which rows stand in them, and what is left out. Frames out.

A sheet holds what Excel can open: its rows, columns and letters in a cell are bounded, and so is all of its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from toolkit.diff.batches import changed_cells
from toolkit.diff.compare import Change
from toolkit.diff.result import DiffResult
from toolkit.diff.sheet_rows import MOST_COLUMNS, MOST_ROWS, too_long
from toolkit.tables.headings import unique

_MOST_CELLS, _MOST_BYTES = 5_000_000, 400_000_000
"""Of one sheet: more takes minutes to open, and some programs don't open it at all."""


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
    added = _Whole(result, Change.ADDED, "after", comparison.removed_columns)
    removed = _Whole(result, Change.REMOVED, "before", comparison.added_columns)
    for name in [*comparison.key, *comparison.columns]:
        values = comparison.row_values(name)
        added.take(name, values)
        removed.take(name, values)
    return _changed(result), added.sheet(), removed.sheet()


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
    found, count = [], 0
    for cells in changed_cells(result.comparison):
        found.append(cells)
        count += len(cells)
        if count >= MOST_ROWS:
            break
    return pl.concat(found)


class _Whole:
    """The sheet of the rows that only one side has, with all columns of that side; these are taken one by one."""

    def __init__(self, result: DiffResult, change: Change, side: str, absent: Sequence[str]) -> None:
        comparison = result.comparison
        rows = comparison.rows.with_row_index("position").filter(change=change.value)
        self._columns = 1 + len(comparison.key) + len(comparison.columns) - len(absent)
        some = rows.head(min(MOST_ROWS - 1, _MOST_CELLS // min(self._columns, MOST_COLUMNS)))
        self._change, self._side, self._absent = change, side, frozenset(absent)
        self._keys, self._rows, self._places = len(comparison.key), len(rows), some["position"]
        self._headings = [f"Row {side}"]
        self._values = [result.numbered(some)[f"{side}_row"]]

    def take(self, name: str, values: pl.DataFrame) -> None:
        """Take the values of a column, ``row_values`` of it, if this side has it and there is room."""
        if name not in self._absent and len(self._headings) < MOST_COLUMNS:
            self._headings.append(name)
            self._values.append(values[self._side].gather(self._places))

    def sheet(self) -> Sheet:
        """Give the sheet, once all columns were taken."""
        frame = pl.DataFrame([each.alias(f"{place}") for place, each in enumerate(self._values)])
        headings = tuple(unique(self._headings))
        looks = ["key" if 0 < place <= self._keys else "" for place in range(len(headings))]
        name = self._change.value.capitalize()
        return Sheet(name, headings, _fitting(frame), tuple(looks), self._keys + 1, self._rows, self._columns)


def _fitting(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep as many rows as a sheet can hold."""
    some = frame.head(min(MOST_ROWS - 1, _MOST_CELLS // frame.width))
    sizes = some.select(pl.sum_horizontal(pl.col(pl.String).str.len_bytes().cast(pl.Int64).fill_null(0)))
    size = sizes.to_series().cum_sum()
    return some if not len(size) or size[-1] <= _MOST_BYTES else some.filter(size <= _MOST_BYTES)


def _keys(result: DiffResult) -> list[str]:
    return [f"key_{index}" for index in range(len(result.comparison.key))]
