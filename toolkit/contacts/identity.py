"""Rows that share a handle are one contact, directly or through a chain of other rows. Pure.

A file may be larger than memory, so it is done in two steps. Each part of the rows leaves marks, 64-bit hashes of its
handles and keys (``marks``); rows none of whose marks stands twice share nothing. Only the others, which are few, are
then looked at together (``alike``, ``identify``), by their handles themselves: a chance meeting of two hashes costs a
look and no more. Addresses and user names that differ in case alone are the same handle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from toolkit.contacts import rejects
from toolkit.contacts.frame import CLEAR, EXACT, INDEX, each_once, field_name, handle_column
from toolkit.contacts.mapping import Duplicates, HandleSource, Keep
from toolkit.contacts.rejects import RejectCode

MERGES = {
    "kept": pl.UInt32(), "merged": pl.UInt32(), "kept_key": pl.String(), "merged_key": pl.String(),
    "source": pl.String(), "handle": pl.String(),
}  # fmt: skip
NEWEST = "newest"
"""The column (Int64, Unix seconds) that ranks the rows of a contact, newest first; without it their order does."""
_AT_ONCE = 1_000_000
"""Marks are compared in turns of about so many, each mark in a turn of its own: so little memory is enough."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What becomes of rows that were looked at together.

    ``contacts``: each contact once, in the order of the rows kept. ``grouped``: the indexes of all the rows that share
    a handle. ``merges``: ``kept, merged`` (indexes of rows), their keys, and the ``source, handle`` by which the merged
    row was recognised. ``rejects``: faults of the rows that the mapping rejects as duplicates.
    """

    contacts: pl.DataFrame
    grouped: pl.Series
    merges: pl.DataFrame
    rejects: pl.DataFrame


def marks(contacts: pl.DataFrame, by: tuple[HandleSource, ...]) -> pl.DataFrame:
    """Give ``index, mark`` for each handle of ``by`` and for the key of each row."""
    key = contacts.select(INDEX, pl.col("key").hash(seed=0).alias("mark"))
    handles = _handles(contacts, by).select(INDEX, pl.struct("source", "same").hash(seed=1).alias("mark"))
    return pl.concat([key, handles])


def alike(parts: Sequence[pl.DataFrame]) -> pl.Series:
    """Give the sorted indexes of the rows one of whose marks another row has too."""
    found = [pl.Series(INDEX, dtype=pl.UInt32)]
    turns = 1 + sum(map(len, parts)) // _AT_ONCE
    for turn in range(turns):
        mine = [part.filter(pl.col("mark") % turns == turn) for part in parts]
        together = pl.concat([pl.Series(dtype=pl.UInt64), *(each["mark"] for each in mine)]).sort()
        twice = together.filter(together == together.shift(1)).unique()
        if len(twice):
            found += [each.filter(pl.col("mark").is_in(twice.implode()))[INDEX] for each in mine]
    return pl.concat(found).unique().sort()


def identify(contacts: pl.DataFrame, rule: Duplicates) -> Identified:
    """Find the rows that are one contact, and do with them what the mapping says."""
    shared = _shared(contacts, rule.by)
    groups = _groups(shared)
    if rule.keep is Keep.REJECT:
        return _rejected(contacts, shared, groups)
    ranked = _ranked(groups, contacts, by_date=rule.keep is not Keep.FIRST and NEWEST in contacts.columns)
    united = _united(contacts, ranked) if rule.keep is Keep.MERGE else _kept(contacts, ranked)
    return Identified(united, groups[INDEX], _merges(ranked, shared, contacts), rejects.together([]))


def _handles(contacts: pl.DataFrame, by: tuple[HandleSource, ...]) -> pl.DataFrame:
    """Give ``index, source, handle, same`` for each handle of each row; ``same`` is what is compared."""
    parts = []
    for source in by:
        column = handle_column(source)
        if column in contacts.columns:
            handle = contacts.select(INDEX, pl.lit(source.value).alias("source"), pl.col(column).alias("handle"))
            handle = handle.explode("handle", empty_as_null=False, keep_nulls=False)
            same = pl.col("handle") if source in EXACT else pl.col("handle").str.to_lowercase()
            parts.append(handle.with_columns(same.alias("same")))
    none = pl.DataFrame(schema={INDEX: pl.UInt32, "source": pl.String, "handle": pl.String, "same": pl.String})
    return pl.concat([none, *parts])


def _shared(contacts: pl.DataFrame, by: tuple[HandleSource, ...]) -> pl.DataFrame:
    """Give ``index, source, handle, same`` for each handle that several rows have."""
    pairs = _handles(contacts, by)
    several = pairs.group_by("source", "same").agg(pl.len()).filter(pl.col("len") > 1)
    return pairs.join(several, on=["source", "same"], how="semi", maintain_order="left").sort(
        INDEX, maintain_order=True
    )


def _groups(shared: pl.DataFrame) -> pl.DataFrame:
    """Follow the chains: ``index, group``, a group being named by its first row."""
    leader: dict[int, int] = {}

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    first: dict[tuple[str, str], int] = {}
    for row, source, same in shared.select(INDEX, "source", "same").iter_rows():
        leader.setdefault(row, row)
        one, other = find(row), find(first.setdefault((source, same), row))
        leader[max(one, other)] = min(one, other)
    found = {INDEX: list(leader), "group": [find(row) for row in leader]}
    return pl.DataFrame(found, schema={INDEX: pl.UInt32, "group": pl.UInt32})


def _ranked(groups: pl.DataFrame, contacts: pl.DataFrame, *, by_date: bool) -> pl.DataFrame:
    """Put the rows of each group in order and name the first: ``index, group, kept``."""
    rank = pl.col(NEWEST) if by_date else pl.lit(0)
    known = groups.join(contacts, on=INDEX, how="left", maintain_order="left").select(
        INDEX, "group", rank.alias("rank")
    )
    ordered = known.sort(["group", "rank", INDEX], descending=[False, True, False], nulls_last=True)
    return ordered.with_columns(pl.col(INDEX).first().over("group").alias("kept")).drop("rank")


def _kept(contacts: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    others = ranked.filter(pl.col(INDEX) != pl.col("kept"))
    return contacts.join(others, on=INDEX, how="anti", maintain_order="left")


def _united(contacts: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Unite each group into one row: lists united, else the first value that is not blank."""
    rows = ranked.select(INDEX, "group").join(contacts, on=INDEX, how="left", maintain_order="left")
    lists = [name for name, kind in contacts.schema.items() if isinstance(kind, pl.List)]
    one = [_first(name) for name in contacts.columns if name not in lists]
    all_of = [pl.col(name).list.explode(keep_nulls=False, empty_as_null=False) for name in lists]
    merged = rows.group_by("group", maintain_order=True).agg(*one, *all_of)
    merged = merged.with_columns(each_once(name) for name in lists).select(contacts.columns)
    if CLEAR in lists:
        merged = merged.with_columns(_still_blank(contacts.columns))
    alone = contacts.join(ranked, on=INDEX, how="anti", maintain_order="left")
    return pl.concat([alone, merged]).sort(INDEX)


def _still_blank(columns: list[str]) -> pl.Expr:
    """Leave in ``clear`` the fields that no row of the contact fills."""
    fields = {name: column for column in columns if (name := field_name(column))}
    blank = [
        pl.when(pl.col(CLEAR).list.contains(name) & pl.col(column).is_null()).then(pl.lit(name))
        for name, column in fields.items()
    ]
    return pl.concat_list(blank).list.drop_nulls().alias(CLEAR)


def _first(name: str) -> pl.Expr:
    return pl.col(name).first() if name in (INDEX, "key") else pl.col(name).drop_nulls().first()


def _merges(ranked: pl.DataFrame, shared: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    by = shared.unique(INDEX, keep="first", maintain_order=True).select(INDEX, "source", "handle")
    merged = ranked.filter(pl.col(INDEX) != pl.col("kept")).join(by, on=INDEX, how="left", maintain_order="left")
    merged = merged.rename({INDEX: "merged"})
    for row in ("kept", "merged"):
        key = contacts.select(pl.col(INDEX).alias(row), pl.col("key").alias(f"{row}_key"))
        merged = merged.join(key, on=row, how="left", maintain_order="left")
    return merged.select(*MERGES).sort("merged")


def _rejected(contacts: pl.DataFrame, shared: pl.DataFrame, groups: pl.DataFrame) -> Identified:
    """Reject every row of every group: which of them is right is for a person to say."""
    said = pl.format("shares the {} handle {} with another row, and duplicates.keep is reject", "source", "handle")
    sentences = shared.group_by(INDEX, maintain_order=True).agg(said.first().alias("sentence"))
    found = rejects.faults(sentences[INDEX], RejectCode.DUPLICATE, sentences["sentence"])
    rest = contacts.join(groups, on=INDEX, how="anti", maintain_order="left")
    return Identified(rest, groups[INDEX], pl.DataFrame(schema=MERGES), found)
