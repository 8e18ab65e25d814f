"""What the changed cells of a comparison have in common. Pure: a comparison in, findings out.

Of each changed column: how many of its values became empty, were filled, were replaced; which change of value is the
most frequent; and which other value the rows share in which it changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from toolkit.diff.batches import changed_cells
from toolkit.diff.compare import Change, Comparison

TOP = 5
"""So many changes of value of a column are kept."""

_MOST_EXPLAINED, _MOST_CANDIDATES = 50, 500
_MOST_VALUES = 50
"""A column with more distinct values among the rows that differ divides them into no segments."""
_FEWEST_ROWS = 10
_LEAST_SHARE, _LEAST_MORE = 0.8, 0.05
_DEVIATIONS = 3
"""So many standard deviations above what as many rows taken by chance would have."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A change from one value to another, and in how many rows it was made; None is an empty cell."""

    before: str | None
    after: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What the rows share in which a column changed: another ``column`` has ``value``, before and after.

    It does in ``rows`` of the ``changed`` rows, and in ``others`` of the ``differing`` rows, which are all that
    changed in any way, were added or removed. What share unchanged rows have of it is not known here.
    """

    column: str
    value: str | None
    rows: int
    changed: int
    others: int
    differing: int

    @property
    def share(self) -> float:
        """Give the share of the rows with the change that are in the segment, 0 to 1."""
        return self.rows / self.changed

    @property
    def usual(self) -> float | None:
        """Give the segment's share of all rows that differ; None when these are just the rows with the change."""
        return None if self.differing == self.changed else self.others / self.differing


@dataclass(frozen=True, slots=True)
class Finding:
    """What happened in one column, in rows: ``changed`` = ``emptied`` + ``filled`` + ``replaced``.

    A cell is empty when it is null or a text of no length. ``top``: the changes of value made at least twice, the
    most frequent first.
    """

    column: str
    changed: int
    emptied: int
    filled: int
    top: tuple[ValueChange, ...] = ()
    segment: Segment | None = None

    @property
    def replaced(self) -> int:
        """Count the rows in which one value took another's place."""
        return self.changed - self.emptied - self.filled


def findings(comparison: Comparison) -> tuple[Finding, ...]:
    """Give a finding for each column that changed in a row on both sides, the most changed first."""
    cells = _changed_cells(comparison)
    if cells.is_empty():
        return ()
    counts = {name: (changed, emptied, filled) for name, changed, emptied, filled in _counts(cells).iter_rows()}
    tops = _tops(cells)
    segments = _segments(comparison, cells)
    found = [
        Finding(name, *counts[name], tuple(tops.get(name, ())), segments.get(name))
        for name in comparison.columns
        if name in counts
    ]
    return tuple(sorted(found, key=lambda each: -each.changed))


def _changed_cells(comparison: Comparison) -> pl.DataFrame:
    """Give the differing cells of rows that are on both sides: position of the row, column, before, after."""
    found = pl.concat(each.select("before_row", "column", "before", "after") for each in changed_cells(comparison))
    places = comparison.rows.lazy().with_row_index("position").filter(pl.col("change") == Change.CHANGED.value)
    return found.join(places.select("position", "before_row").collect(), on="before_row", how="left")


def _counts(cells: pl.DataFrame) -> pl.DataFrame:
    had, has = pl.col("before").fill_null("") != "", pl.col("after").fill_null("") != ""
    return cells.group_by("column").agg(
        pl.len(), (had & ~has).sum().alias("emptied"), (has & ~had).sum().alias("filled")
    )


def _tops(cells: pl.DataFrame) -> dict[str, list[ValueChange]]:
    many = cells.group_by("column", "before", "after").len("rows").filter(pl.col("rows") > 1)
    ordered = many.sort("rows", "before", "after", descending=[True, False, False])
    tops: dict[str, list[ValueChange]] = {}
    for column, before, after, rows in ordered.group_by("column", maintain_order=True).head(TOP).iter_rows():
        tops.setdefault(column, []).append(ValueChange(before, after, rows))
    return tops


def _segments(comparison: Comparison, cells: pl.DataFrame) -> dict[str, Segment]:
    """Find for each column the segment that its rows have most above what all rows that differ have of it."""
    flags = _flags(comparison, cells)
    best: dict[str, Segment] = {}
    for name in [*comparison.key, *comparison.columns][:_MOST_CANDIDATES] if flags else ():
        values = _settled_values(comparison, name)
        if not _divides(values["value"]):
            continue
        for column, segment in _largest(name, values, flags, len(comparison.rows)):
            if column != name and (column not in best or _weight(segment) > _weight(best[column])):
                best[column] = segment
    return best


def _flags(comparison: Comparison, cells: pl.DataFrame) -> dict[str, pl.Series]:
    """Mark, for each of the columns with the most changes, the rows in which it changed."""
    places = cells.partition_by("column", as_dict=True)
    most = sorted(places, key=lambda name: (-len(places[name]), str(name)))[:_MOST_EXPLAINED]
    none = pl.repeat(value=False, n=len(comparison.rows), dtype=pl.Boolean, eager=True)
    return {
        str(name[0]): none.clone().scatter(places[name]["position"], values=True)
        for name in most
        if len(places[name]) >= _FEWEST_ROWS
    }


def _settled_values(comparison: Comparison, name: str) -> pl.DataFrame:
    """Give position and value of the rows in which a column has one value: on both sides, or on the only one."""
    values = comparison.row_values(name).with_columns(comparison.rows["change"])
    settled = pl.col("change").ne(Change.CHANGED.value) | pl.col("before").eq_missing(pl.col("after"))
    return values.filter(settled).select("position", pl.coalesce("before", "after").alias("value"))


def _divides(values: pl.Series) -> bool:
    few = min(_MOST_VALUES, len(values) // 4)
    return values.head(10 * _MOST_VALUES).n_unique() <= _MOST_VALUES and 0 < values.n_unique() <= few


def _largest(
    name: str, values: pl.DataFrame, flags: Mapping[str, pl.Series], differing: int
) -> list[tuple[str, Segment]]:
    """Give for each flagged column the most frequent value of ``name`` in its rows, if it says something."""
    marks = pl.DataFrame({f"{index}": flag for index, flag in enumerate(flags.values())})
    grouped = (
        pl.concat([values, marks[values["position"]]], how="horizontal")
        .group_by("value")
        .agg(pl.len().alias("all"), *(pl.col(mark).sum() for mark in marks.columns))
        .sort("value", nulls_last=True)
    )
    found = []
    for mark, (column, flag) in zip(marks.columns, flags.items(), strict=True):
        at = grouped[mark].arg_max()
        value, rows, others = grouped.select("value", mark, "all").row(at or 0)
        segment = Segment(name, value, rows, int(flag.sum()), others, differing)
        found += [(column, segment)] if _says_something(segment) else []
    return found


def _says_something(segment: Segment) -> bool:
    """Tell whether a segment is large, and, where other rows differ, larger than among all of them and than chance."""
    usual, share = segment.usual, segment.share
    if usual is None:
        return share >= _LEAST_SHARE and segment.value is not None
    chance = (usual * (1 - usual) / segment.changed) ** 0.5
    return share >= _LEAST_SHARE and share - usual >= max(_LEAST_MORE, _DEVIATIONS * chance)


def _weight(segment: Segment) -> tuple[float, float]:
    return segment.share - (segment.usual or 0), segment.share
