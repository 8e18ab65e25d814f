"""Proposes what a person did not say: the key that names the rows of two tables, and columns that were renamed."""

from collections.abc import Mapping

import polars as pl

from toolkit.diff.compare import TOGETHER, Change, Comparison, is_unique, propose_key
from toolkit.diff.picking import values_of
from toolkit.diff.sides import Reader

_ALIKE = 0.8
"""Columns with so much in common hold the same."""


def key_of(before: Reader, after: Reader, names: tuple[Mapping[str, str], Mapping[str, str]]) -> tuple[str, ...] | None:
    """Propose a key as ``propose_key`` does, of tables of any size: the hashes of few columns are held.

    ``names``: for either table the name each column is compared by, by its own.
    """
    sides = tuple(zip((before, after), names, strict=True))
    shared = set(names[0].values()) & set(names[1].values())
    likely = set(TOGETHER) if shared.issuperset(TOGETHER) else set()
    firsts = [_first(reader, own) for reader, own in sides]
    likely |= {name for name in shared if all(is_unique(values_of(first, name)) for first in firsts)}
    one, other = (_hashes(reader, own, likely) for reader, own in sides)
    return propose_key(one, other)


def _first(reader: Reader, own: Mapping[str, str]) -> pl.DataFrame:
    return next(iter(reader.batches()), pl.DataFrame(schema=dict.fromkeys(reader.columns, pl.String))).rename(
        {column: name for column, name in own.items() if column != name}
    )


def _hashes(reader: Reader, own: Mapping[str, str], wanted: set[str]) -> pl.DataFrame:
    """Give the hashes of the columns ``wanted``, in the table's order; an empty cell stays null."""
    chosen = {column: name for column, name in own.items() if name in wanted}
    parts = [pl.DataFrame(schema=dict.fromkeys(chosen.values(), pl.UInt64))]
    for batch in reader.batches():
        columns = {name: values_of(batch, column) for column, name in chosen.items()}
        parts.append(pl.DataFrame({name: each.hash().set(each.is_null(), None) for name, each in columns.items()}))
    return pl.concat(parts)


def renames(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Find removed columns whose values an added one has: old and new name, each once, in the first table's order.

    They are alike when four values in five are equal in the rows that both tables have, or when there are no such
    rows, of the sets of their values.
    """
    alike = [
        (-share, comparison.removed_columns.index(old), old, new)
        for old in comparison.removed_columns
        for new in comparison.added_columns
        if (share := _alike(comparison, old, new)) >= _ALIKE
    ]
    found: dict[str, str] = {}
    for _, _, old, new in sorted(alike):
        if old not in found and new not in found.values():
            found[old] = new
    return tuple((old, found[old]) for old in comparison.removed_columns if old in found)


def _alike(comparison: Comparison, old: str, new: str) -> float:
    before, after = comparison.row_values(old)["before"], comparison.row_values(new)["after"]
    both = pl.DataFrame({"before": before, "after": after}).filter(comparison.rows["change"] == Change.CHANGED)
    filled = both.filter(pl.any_horizontal(pl.all().is_not_null()))
    if filled.height:
        return filled.filter(pl.col("before") == pl.col("after")).height / filled.height
    values, others = set(before.drop_nulls()), set(after.drop_nulls())
    return len(values & others) / len(values | others) if values or others else 0.0
