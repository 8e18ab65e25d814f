"""Compares two tables by key. Pure: frames of text in, a comparison out.

Rows with the same key form a group; a group has one row on each side unless the key is repeated or empty. Within a
group identical rows are paired first, the others then in the order of their files as changed rows, and rows that are
left over on one side were removed or added. No row is ever dropped: the counts are checked.

A column that only one side has counts for no pairing; it is null on the other side, so that each of its values
shows as a change.

Of large tables only some rows need be here: groups that are the same on both sides may have been left out before
(``sift``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from operator import or_

import polars as pl

from toolkit.diff.pairing import PAIRS, all_but, pair
from toolkit.diff.picking import picked, values_of
from toolkit.diff.rules import NO_RULES, Rules
from toolkit.errors import WrongSettings
from toolkit.guess import meant

TOGETHER = ("resource", "id")
"""What names the lines of a snapshot."""


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
class Rows:
    """Some rows of a table, or all: ``frame`` is text, ``numbers`` are the rows' in the table (from 0), ascending.

    ``total`` counts the table's rows; those that are not here are the same in the other table.
    """

    frame: pl.DataFrame
    numbers: pl.Series
    total: int
    keys: KeyCheck


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two tables.

    ``columns`` are those beside the key, the first table's and then the ones only the second has; ``changed_cells``
    counts the changed rows of each column that has any. ``rows`` lists every row that is not the same on both sides,
    sorted by key: ``change``, ``before_row`` and ``after_row`` (from 0, null where there is none), ``key_0`` …
    ``before`` and ``after`` hold the rows that were looked at, ``places`` where in them each of ``rows`` is.
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
    places: pl.DataFrame
    rules: Rules = field(default_factory=Rules)

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
        places = self.places.slice(start, count).with_row_index("position")
        differing = [self._differing(places, index) for index in range(len(self.columns))]
        names = pl.Series("names", self.columns, dtype=pl.String)
        cells = pl.concat([_no_cells(), *differing])
        found = rows.join(cells, on="position", how="left").sort("position", "index")
        column = names.gather(found["index"]).alias("column") if len(names) else found["index"].cast(pl.String)
        return found.with_columns(column=column).select(*self.rows.columns, "column", "before", "after")

    def row_values(self, column: str) -> pl.DataFrame:
        """Give ``column``, the key's too, in every row of ``rows``: ``position`` in them, ``before`` and ``after``.

        A value is null where the row, the column or the cell's content is not there.
        """
        return self._values(self.places.with_row_index("position"), column)

    def differs(self, column: str, values: pl.DataFrame) -> pl.Series:
        """Say of each row of ``values``, which are ``row_values`` of the column, whether they are not equal."""
        return self.rules.differs(column, values["before"], values["after"])

    def _values(self, places: pl.DataFrame, name: str) -> pl.DataFrame:
        before = values_of(self.before, name).gather(places["before_row"])
        after = values_of(self.after, name).gather(places["after_row"])
        return pl.DataFrame({"position": places["position"], "before": before, "after": after})

    def _differing(self, places: pl.DataFrame, index: int) -> pl.DataFrame:
        both = self._values(places, self.columns[index])
        differing = both.filter(self.rules.differs(self.columns[index], both["before"], both["after"]))
        return differing.with_columns(index=pl.lit(index, pl.Int64))


def _no_cells() -> pl.DataFrame:
    return pl.DataFrame(schema={"position": pl.UInt32, "before": pl.String, "after": pl.String, "index": pl.Int64})


def compare(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str], rules: Rules = NO_RULES) -> Comparison:
    """Compare two frames of text columns by the columns ``key``, which both must have (else WrongSettings)."""
    refuse_key(before.columns, after.columns, key)
    first, second = (_all_rows(frame, key, rules) for frame in (before, after))
    return compare_rows(first, second, key, rules)


def compare_rows(before: Rows, after: Rows, key: Sequence[str], rules: Rules = NO_RULES) -> Comparison:
    """Compare what has been left of two tables; both have the columns ``key``."""
    names = aligned_names(before.frame.columns, after.frame.columns)
    left, right = _aligned(before.frame, names), _aligned(after.frame, names)
    columns = tuple(name for name in names if name not in key)
    shared = [name for name in before.frame.columns if name in after.frame.columns]
    forms = rules.forms(picked(left, shared)), rules.forms(picked(right, shared))
    pairs = pair(*forms, key)
    one, other = left[pairs["before_row"]], right[pairs["after_row"]]
    masks = {name: rules.differs(name, values_of(one, name), values_of(other, name)) for name in columns}
    changed = pairs.filter(reduce(or_, masks.values())) if masks else pairs.clear()
    places = pl.concat([changed, *_unpaired(pairs, left.height, right.height)])
    rows, places = _sorted(places, (before, left), (after, right), key)
    return Comparison(
        key=tuple(key),
        columns=columns,
        added_columns=_only_in(after.frame, before.frame),
        removed_columns=_only_in(before.frame, after.frame),
        counts=_counts(rows, before.total, after.total),
        changed_cells={name: count for name, mask in masks.items() if (count := int(mask.sum()))},
        keys_before=before.keys,
        keys_after=after.keys,
        rows=rows,
        before=left,
        after=right,
        places=places,
        rules=rules,
    )


NOTHING_SHARED = "they have no column in common; a report and a snapshot of Front are compared with --mapping"


def refuse_key(before: Sequence[str], after: Sequence[str], key: Sequence[str]) -> None:
    """Raise WrongSettings unless all of ``key`` are columns of both tables."""
    for column in key:
        if column not in before or column not in after:
            shared = [name for name in before if name in after]
            hint = f"both have: {', '.join(shared)}" if shared else NOTHING_SHARED
            sentence = f"the key {column!r} is not a column of both files{meant(column, shared)}"
            raise WrongSettings(sentence, hint=hint)


def aligned_names(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Name the columns of both tables: the first's, then those that only the second has."""
    return list(dict.fromkeys([*before, *after]))


def _all_rows(frame: pl.DataFrame, key: Sequence[str], rules: Rules) -> Rows:
    numbers = pl.int_range(frame.height, eager=True, dtype=pl.Int64)
    return Rows(frame, numbers, frame.height, _check_keys(rules.forms(picked(frame, key))))


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> tuple[str, ...]:
    there = set(other.columns)
    return tuple(name for name in one.columns if name not in there)


def _aligned(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    absent = [pl.Series(name, [None], dtype=pl.String) for name in names if name not in frame.columns]
    return picked(frame.with_columns(each.new_from_index(0, frame.height) for each in absent), names)


def _unpaired(pairs: pl.DataFrame, before: int, after: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the removed and the added rows, in the shape of pairs with one side null."""
    removed = pl.DataFrame({"before_row": _others(before, pairs["before_row"])})
    added = pl.DataFrame({"after_row": _others(after, pairs["after_row"])})
    absent = pl.lit(None, pl.Int64)
    return removed.select("before_row", absent.alias("after_row")), added.select(
        absent.alias("before_row"), "after_row"
    )


def _others(height: int, taken: pl.Series) -> pl.Series:
    return all_but(taken, height).arg_true().cast(pl.Int64)


def _sorted(
    places: pl.DataFrame, before: tuple[Rows, pl.DataFrame], after: tuple[Rows, pl.DataFrame], key: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name each row's change, numbers and key, and sort by key; empty keys come last, equal ones in file order.

    Gives the rows, and their places in the frames.
    """
    added, removed = pl.col("before_row").is_null(), pl.col("after_row").is_null()
    sides = (before[1], "before_row"), (after[1], "after_row")
    named = places.select(_named_change(added, removed).alias("change"), *PAIRS).with_columns(
        pl.coalesce(*(values_of(frame, name).gather(places[row]) for frame, row in sides)).alias(f"key_{index}")
        for index, name in enumerate(key)
    )
    keys = [f"key_{index}" for index in range(len(key))]
    # Numbers first and then the key alone is twice as quick as all at once.
    ordered = named.sort(*PAIRS, nulls_last=True).sort(*keys, nulls_last=True, maintain_order=True)
    numbers = {
        row: side.numbers.gather(ordered[row]) for (side, _), row in ((before, "before_row"), (after, "after_row"))
    }
    return ordered.with_columns(**numbers), ordered.select(*PAIRS)


def _counts(rows: pl.DataFrame, before: int, after: int) -> Counts:
    each = (Change.ADDED, Change.REMOVED, Change.CHANGED)
    added, removed, changed = (int((rows["change"] == change.value).sum()) for change in each)
    return Counts(before, after, added, removed, changed, before - removed - changed)


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
    if set(TOGETHER) <= set(shared) and not any(
        side.select(TOGETHER).is_duplicated().any() for side in (before, after)
    ):
        return TOGETHER
    unique = [name for name in shared if all(is_unique(values_of(side, name)) for side in (before, after))]
    if len(unique) < 2:
        return tuple(unique) or None
    return (max(unique, key=lambda name: _common(before, after, name)),)


def _common(before: pl.DataFrame, after: pl.DataFrame, name: str) -> int:
    return int(values_of(before, name).is_in(values_of(after, name).implode()).sum())


def is_unique(values: pl.Series) -> bool:
    """Tell whether each value stands once and none is missing: so the column may name rows."""
    return not values.null_count() and values.n_unique() == len(values)


def _named_change(added: pl.Expr, removed: pl.Expr) -> pl.Expr:
    new, gone, other = (pl.lit(each.value) for each in (Change.ADDED, Change.REMOVED, Change.CHANGED))
    return pl.when(added).then(new).when(removed).then(gone).otherwise(other)
