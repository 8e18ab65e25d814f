"""Proposes what a person did not say: the key that names the rows of two tables."""

from collections.abc import Mapping

import polars as pl

from toolkit.diff.compare import propose_key
from toolkit.diff.sides import Reader

_TOGETHER = ("resource", "id")


def key_of(before: Reader, after: Reader, names: tuple[Mapping[str, str], Mapping[str, str]]) -> tuple[str, ...] | None:
    """Propose a key as ``propose_key`` does, of tables of any size: the hashes of few columns are held.

    ``names``: for either table the name each column is compared by, by its own.
    """
    sides = tuple(zip((before, after), names, strict=True))
    shared = set(names[0].values()) & set(names[1].values())
    likely = set(_TOGETHER) if shared.issuperset(_TOGETHER) else set()
    firsts = [_first(reader, own) for reader, own in sides]
    likely |= {name for name in shared if all(_may_name_rows(first[name]) for first in firsts)}
    one, other = (_hashes(reader, own, likely) for reader, own in sides)
    return propose_key(one, other)


def _first(reader: Reader, own: Mapping[str, str]) -> pl.DataFrame:
    return next(iter(reader.batches()), pl.DataFrame(schema=dict.fromkeys(reader.columns, pl.String))).rename(
        {column: name for column, name in own.items() if column != name}
    )


def _may_name_rows(values: pl.Series) -> bool:
    return not values.null_count() and values.n_unique() == len(values)


def _hashes(reader: Reader, own: Mapping[str, str], wanted: set[str]) -> pl.DataFrame:
    """Give the hashes of the columns ``wanted``, in the table's order; an empty cell stays null."""
    columns = [(column, name) for column, name in own.items() if name in wanted]
    hashed = [pl.when(pl.col(column).is_not_null()).then(pl.col(column).hash()).alias(name) for column, name in columns]
    schema = {name: pl.UInt64 for _, name in columns}
    return pl.concat([pl.DataFrame(schema=schema), *(batch.select(hashed) for batch in reader.batches())])
