"""Compares two tables by key. Pure: frames of text in, a comparison out.

Rows with the same key form a group; a group has one row on each side unless the key is repeated or empty. Within a
group identical rows are paired first, the others then in the order of their files as changed rows, and rows that are
left over on one side were removed or added. No row is ever dropped: the counts are checked.

A column that only one side has counts for no pairing; it is null on the other side, so that each of its values
shows as a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

import polars as pl

from toolkit.diff.pairing import PAIRS, pair
from toolkit.errors import WrongSettings


class Change(StrEnum):
    """What became of a row."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows: ``before`` = removed + changed + unchanged, ``after`` = added + changed + unchanged."""

    before: int
    after: int
    added: int
    removed: int
    changed: int
    unchanged: int

    def __post_init__(self) -> None:
        both = self.changed + self.unchanged
        if (self.before, self.after) != (self.removed + both, self.added + both):
            raise RuntimeError(f"rows were lost in comparing: {self}")


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """How well the key names one side's rows: keys that stand more than once, rows that have them, rows without key."""

    repeated: int
    rows: int
    empty: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two tables.

    ``columns`` are those beside the key, the first table's and then the ones only the second has; ``changed_cells``
    counts the changed rows of each column that has any. ``rows`` lists every row that is not the same on both sides,
    sorted by key: ``change``, ``before_row`` and ``after_row`` (from 0, null where there is none), ``key_0`` …
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]
    added_columns: tuple[str, ...]
    removed_columns: tuple[str, ...]
    counts: Counts
    changed_cells: dict[str, int]
    keys_before: KeyCheck
    keys_after: KeyCheck
    rows: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame

    @property
    def same(self) -> bool:
        """Tell whether both tables have the same columns and, but for their order, the same rows."""
        return not (len(self.rows) or self.added_columns or self.removed_columns)

    def cells(self, start: int = 0, count: int | None = None) -> pl.DataFrame:
        """Give the cells that differ in ``count`` of ``rows`` from ``start``, in that order and the columns' order.

        The columns of ``rows``, then ``column``, ``before`` and ``after``. An added or removed row has a line
        for each cell that holds anything beside the key, and one line without ``column`` when there is none.
        """
        rows = self.rows.slice(start, count).with_row_index("position")
        differing = [self._differing(rows, index) for index in range(len(self.columns))]
        names = pl.Series("names", self.columns, dtype=pl.String)
        cells = pl.concat([_no_cells(), *differing])
        found = rows.join(cells, on="position", how="left").sort("position", "index")
        column = names.gather(found["index"]).alias("column") if len(names) else found["index"].cast(pl.String)
        return found.with_columns(column=column).select(*self.rows.columns, "column", "before", "after")

    def row_values(self, column: str) -> pl.DataFrame:
        """Give ``column``, the key's too, in every row of ``rows``: ``position`` in them, ``before`` and ``after``.

        A value is null where the row, the column or the cell's content is not there.
        """
        return self._values(self.rows.with_row_index("position"), column)

    def _values(self, rows: pl.DataFrame, name: str) -> pl.DataFrame:
        before, after = self.before[name].gather(rows["before_row"]), self.after[name].gather(rows["after_row"])
        return pl.DataFrame({"position": rows["position"], "before": before, "after": after})

    def _differing(self, rows: pl.DataFrame, index: int) -> pl.DataFrame:
        both = self._values(rows, self.columns[index])
        return both.filter(pl.col("before").ne_missing(pl.col("after"))).with_columns(index=pl.lit(index, pl.Int64))


def _no_cells() -> pl.DataFrame:
    return pl.DataFrame(schema={"position": pl.UInt32, "before": pl.String, "after": pl.String, "index": pl.Int64})


def compare(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> Comparison:
    """Compare two frames of text columns by the columns ``key``, which both must have (else WrongSettings)."""
    for column in key:
        if column not in before.columns or column not in after.columns:
            raise WrongSettings(f"the key {column!r} is not a column of both files", hint=_shared(before, after))
    names = [*before.columns, *_only_in(after, before)]
    left, right = _aligned(before, names), _aligned(after, names)
    columns = tuple(name for name in names if name not in key)
    shared = [name for name in before.columns if name in after.columns]
    pairs = pair(left.select(shared), right.select(shared), key)
    masks = {name: _differs(left[name], right[name], pairs) for name in columns}
    changed = pairs.filter(reduce(or_, masks.values())) if masks else pairs.clear()
    return Comparison(
        key=tuple(key),
        columns=columns,
        added_columns=_only_in(after, before),
        removed_columns=_only_in(before, after),
        counts=_counts(pairs, changed, left.height, right.height),
        changed_cells={name: count for name, mask in masks.items() if (count := int(mask.sum()))},
        keys_before=_check_keys(left.select(key)),
        keys_after=_check_keys(right.select(key)),
        rows=_sorted(pl.concat([changed, *_unpaired(pairs, left.height, right.height)]), left, right, key),
        before=left,
        after=right,
    )


def _shared(before: pl.DataFrame, after: pl.DataFrame) -> str:
    shared = [name for name in before.columns if name in after.columns]
    return f"both have: {', '.join(shared)}" if shared else "they have no column in common"


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> tuple[str, ...]:
    there = set(other.columns)
    return tuple(name for name in one.columns if name not in there)


def _aligned(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    there = set(frame.columns)
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in there).select(names)


def _differs(before: pl.Series, after: pl.Series, pairs: pl.DataFrame) -> pl.Series:
    return before.gather(pairs["before_row"]).ne_missing(after.gather(pairs["after_row"]))


def _unpaired(pairs: pl.DataFrame, before: int, after: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the removed and the added rows, in the shape of pairs with one side null."""
    removed = pl.DataFrame({"before_row": _others(before, pairs["before_row"])})
    added = pl.DataFrame({"after_row": _others(after, pairs["after_row"])})
    absent = pl.lit(None, pl.Int64)
    return removed.select("before_row", absent.alias("after_row")), added.select(
        absent.alias("before_row"), "after_row"
    )


def _others(height: int, taken: pl.Series) -> pl.Series:
    mask = pl.repeat(value=True, n=height, dtype=pl.Boolean, eager=True).scatter(taken, values=False)
    return mask.arg_true().cast(pl.Int64)


def _sorted(rows: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Name each row's change and key, and sort by key; empty keys come last, equal ones in file order."""
    added, removed = pl.col("before_row").is_null(), pl.col("after_row").is_null()
    change = _named_change(added, removed)
    sides = (before, "before_row"), (after, "after_row")
    named = rows.select(change.alias("change"), *PAIRS).with_columns(
        pl.coalesce(*(frame[name].gather(rows[row]) for frame, row in sides)).alias(f"key_{index}")
        for index, name in enumerate(key)
    )
    keys = [f"key_{index}" for index in range(len(key))]
    return named.sort(*keys, *PAIRS, nulls_last=True)


def _counts(pairs: pl.DataFrame, changed: pl.DataFrame, before: int, after: int) -> Counts:
    same = len(pairs) - len(changed)
    return Counts(before, after, after - len(pairs), before - len(pairs), len(changed), same)


def _check_keys(keys: pl.DataFrame) -> KeyCheck:
    repeated = keys.filter(pl.struct(pl.all()).is_duplicated())
    empty = keys.select(pl.all_horizontal(pl.all().is_null()).sum()).item()
    return KeyCheck(repeated.n_unique() if len(repeated) else 0, len(repeated), empty)


def propose_key(before: pl.DataFrame, after: pl.DataFrame) -> tuple[str, ...] | None:
    """Propose the columns that name each row of both frames, or None when there are none.

    A snapshot's ``resource`` and ``id`` together; else, of the shared columns without empty cells and repeated values,
    the one with the most values that both sides have, and of equal ones the first.
    """
    shared = [name for name in before.columns if name in after.columns]
    together = ("resource", "id")
    if set(together) <= set(shared) and not any(
        side.select(together).is_duplicated().any() for side in (before, after)
    ):
        return together
    unique = [name for name in shared if _is_unique(before[name]) and _is_unique(after[name])]
    if len(unique) < 2:
        return tuple(unique) or None
    return (max(unique, key=lambda name: before.join(after, on=name, how="semi").height),)


def _is_unique(values: pl.Series) -> bool:
    return not values.null_count() and values.n_unique() == len(values)


def _named_change(added: pl.Expr, removed: pl.Expr) -> pl.Expr:
    new, gone, other = (pl.lit(each.value) for each in (Change.ADDED, Change.REMOVED, Change.CHANGED))
    return pl.when(added).then(new).when(removed).then(gone).otherwise(other)
