"""What the changed cells of a comparison have in common. Pure: a comparison in, findings out.

Of each changed column: how many of its values became empty, were filled, were replaced; which change of value is the
most frequent; and which other value the rows share in which it changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from toolkit.diff.compare import Change, Comparison

TOP = 5
"""So many changes of value of a column are kept."""

_MOST_EXPLAINED, _MOST_CANDIDATES = 50, 200
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
    explained = _explained(comparison)
    found: list[Finding] = []
    flags: dict[str, pl.Series] = {}
    segments: dict[str, pl.DataFrame] = {}
    for name in (*comparison.key, *comparison.columns):
        values = comparison.row_values(name).with_columns(comparison.rows["change"])
        if name in comparison.changed_cells:
            cells = values.filter(comparison.differs(name, values), change=Change.CHANGED.value)
            found.append(_counted(name, cells))
            flags |= {name: _flagged(cells, len(values))} if name in explained else {}
        if explained and len(segments) < _MOST_CANDIDATES and _divides(settled := _settled(values)):
            segments[name] = settled
    best = _best(segments, flags, len(comparison.rows))
    together = (replace(each, segment=best.get(each.column)) for each in found)
    return tuple(sorted(together, key=lambda each: -each.changed))


def _explained(comparison: Comparison) -> set[str]:
    """Choose the columns for which a segment is looked for: those with the most changes."""
    counts = comparison.changed_cells
    most = sorted(counts, key=lambda name: (-counts[name], name))[:_MOST_EXPLAINED]
    return {name for name in most if counts[name] >= _FEWEST_ROWS}


def _counted(name: str, cells: pl.DataFrame) -> Finding:
    had, has = pl.col("before").fill_null("") != "", pl.col("after").fill_null("") != ""
    emptied, filled = cells.select((had & ~has).sum().alias("emptied"), (has & ~had).sum().alias("filled")).row(0)
    many = cells.group_by("before", "after").len("rows").filter(pl.col("rows") > 1)
    top = many.sort("rows", "before", "after", descending=[True, False, False]).head(TOP)
    return Finding(name, len(cells), emptied, filled, tuple(ValueChange(*each) for each in top.iter_rows()))


def _flagged(cells: pl.DataFrame, rows: int) -> pl.Series:
    none = pl.repeat(value=False, n=rows, dtype=pl.Boolean, eager=True)
    return none.scatter(cells["position"], values=True)


def _settled(values: pl.DataFrame) -> pl.DataFrame:
    """Give position and value of the rows in which a column has one value: on both sides, or on the only one."""
    settled = pl.col("change").ne(Change.CHANGED.value) | pl.col("before").eq_missing(pl.col("after"))
    return values.filter(settled).select("position", pl.coalesce("before", "after").alias("value"))


def _divides(settled: pl.DataFrame) -> bool:
    values = settled["value"]
    few = min(_MOST_VALUES, len(values) // 4)
    return values.head(10 * _MOST_VALUES).n_unique() <= _MOST_VALUES and 0 < values.n_unique() <= few


def _best(segments: Mapping[str, pl.DataFrame], flags: Mapping[str, pl.Series], differing: int) -> dict[str, Segment]:
    """Find the segment that the rows flagged for a column have most above what all rows that differ have of it."""
    best: dict[str, Segment] = {}
    for name, values in segments.items():
        for column, segment in _largest(name, values, flags, differing):
            if column != name and (column not in best or _weight(segment) > _weight(best[column])):
                best[column] = segment
    return best


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
