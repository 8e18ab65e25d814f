"""Rows that share a handle are one contact, directly or through a chain of other rows. Pure.

Only the rows that share a handle are looked at one by one, to find the chains; all else works on columns. E-mail
addresses that differ in case alone are the same handle.
"""

from dataclasses import dataclass

import polars as pl

from toolkit.contacts import dates, rejects
from toolkit.contacts.mapping import Duplicates, HandleSource, Keep
from toolkit.contacts.normalise import tidy
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.wanted import INDEX, each_once, handle_column

MERGES = {"kept": pl.UInt32(), "merged": pl.UInt32(), "source": pl.String(), "handle": pl.String()}


@dataclass(frozen=True, slots=True)
class Identified:
    """``contacts``: each contact once, in the order of the rows kept.

    ``merges``: ``kept, merged`` (indexes of rows) and the ``source, handle`` by which the merged row was recognised.
    ``rejects``: faults of the rows that the mapping rejects as duplicates.
    """

    contacts: pl.DataFrame
    merges: pl.DataFrame
    rejects: pl.DataFrame


def newest_first(cells: pl.Series, style: dates.DateStyle) -> pl.Series:
    """Read the column that ``duplicates.prefer`` names: Unix seconds, null where there is no date."""
    return dates.seconds(tidy(cells.to_frame()).to_series(), style).values


def identify(contacts: pl.DataFrame, rule: Duplicates, newest: pl.Series | None) -> Identified:
    """Find the rows that are one contact, and do with them what the mapping says.

    ``newest`` (Int64, along the rows of the file) ranks the rows of a contact, newest first; else their order does.
    """
    shared = _shared(contacts, rule.by)
    none = pl.DataFrame(schema=MERGES)
    if shared.is_empty():
        return Identified(contacts, none, rejects.together([]))
    groups = _groups(shared)
    if rule.keep is Keep.REJECT:
        return _rejected(contacts, shared, groups)
    ranked = _ranked(groups, newest if rule.keep is not Keep.FIRST else None)
    united = _united(contacts, ranked) if rule.keep is Keep.MERGE else _kept(contacts, ranked)
    return Identified(united, _merges(ranked, shared), rejects.together([]))


def _shared(contacts: pl.DataFrame, by: tuple[HandleSource, ...]) -> pl.DataFrame:
    """Give ``index, source, handle, same`` for each handle that several rows have; ``same`` is what is compared."""
    parts = []
    for source in by:
        column = handle_column(source)
        if column in contacts.columns:
            handle = contacts.select(INDEX, pl.lit(source.value).alias("source"), pl.col(column).alias("handle"))
            parts.append(handle.filter(pl.col("handle").list.len() > 0).explode("handle"))
    if not parts:
        return pl.DataFrame(schema={INDEX: pl.UInt32, "source": pl.String, "handle": pl.String, "same": pl.String})
    low = pl.when(pl.col("source") == HandleSource.EMAIL.value).then(pl.col("handle").str.to_lowercase())
    pairs = pl.concat(parts).with_columns(low.otherwise("handle").alias("same"))
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


def _ranked(groups: pl.DataFrame, newest: pl.Series | None) -> pl.DataFrame:
    """Put the rows of each group in order and name the first: ``index, group, kept``."""
    rank = newest.gather(groups[INDEX]) if newest is not None else pl.Series([0], dtype=pl.Int64).new_from_index(
        0, len(groups)
    )  # fmt: skip
    ordered = groups.with_columns(rank.alias("rank")).sort(
        ["group", "rank", INDEX], descending=[False, True, False], nulls_last=True
    )
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
    alone = contacts.join(ranked, on=INDEX, how="anti", maintain_order="left")
    return pl.concat([alone, merged]).sort(INDEX)


def _first(name: str) -> pl.Expr:
    return pl.col(name).first() if name in (INDEX, "key") else pl.col(name).drop_nulls().first()


def _merges(ranked: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    by = shared.unique(INDEX, keep="first", maintain_order=True).select(INDEX, "source", "handle")
    merged = ranked.filter(pl.col(INDEX) != pl.col("kept")).join(by, on=INDEX, how="left", maintain_order="left")
    return merged.select("kept", pl.col(INDEX).alias("merged"), "source", "handle").sort("merged")


def _rejected(contacts: pl.DataFrame, shared: pl.DataFrame, groups: pl.DataFrame) -> Identified:
    """Reject every row of every group: which of them is right is for a person to say."""
    said = pl.format("shares the {} handle {} with another row, and duplicates.keep is reject", "source", "handle")
    sentences = shared.group_by(INDEX, maintain_order=True).agg(said.first().alias("sentence"))
    found = rejects.faults(sentences[INDEX], RejectCode.DUPLICATE, sentences["sentence"])
    rest = contacts.join(groups, on=INDEX, how="anti", maintain_order="left")
    return Identified(rest, pl.DataFrame(schema=MERGES), found)
