"""Each row into one of its three places: a contact, a reject, or merged into another row's contact. Pure.

The rows come part by part. ``first_look`` reads a part through the mapping; when all have been read, ``settle`` looks
together at the few rows that may be one contact; ``finish`` then gives the contacts of each part. A contact that the
target can't take is rejected with all its rows, so that a person who mends the reject file has them together.
"""

from dataclasses import dataclass

import polars as pl

from toolkit.contacts import dates, rejects
from toolkit.contacts.identity import NEWEST, identify
from toolkit.contacts.mapping import Mapping, WithoutHandles
from toolkit.contacts.normalise import tidy
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.wanted import INDEX, Wanted, handle_column, want


def first_look(cells: pl.DataFrame, mapping: Mapping, start: int) -> Wanted:
    """Read rows through the mapping, and the date by which the mapping prefers one of several rows.

    Raises WrongSettings when an expression of the mapping can't be computed.
    """
    wanted, prefer = want(cells, mapping, start), mapping.duplicates.prefer
    if prefer is None:
        return wanted
    newest = dates.seconds(tidy(cells.select(prefer)).to_series(), mapping.source.dates, mapping.source.timezone).values
    ranked = wanted.contacts.with_columns(newest.gather(wanted.contacts[INDEX] - start).alias(NEWEST))
    return Wanted(ranked, wanted.rejects, wanted.drops, wanted.extensions)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided about rows that are alike.

    ``contacts`` are those of the rows in ``grouped`` (``index``), each once; ``merges`` as ``identify`` gives them;
    ``faults`` are those of duplicates that the mapping rejects, and of contacts whose key an earlier contact has.
    """

    contacts: pl.DataFrame
    grouped: pl.DataFrame
    merges: pl.DataFrame
    faults: pl.DataFrame


def settle(alike: pl.DataFrame, mapping: Mapping) -> Settled:
    """Decide about the rows that share a mark with another (``identity.alike``): a contact frame, in order."""
    found = identify(alike, mapping.duplicates)
    again = found.contacts.filter(~pl.col("key").is_first_distinct())
    said = again.select(pl.format("an earlier row has the same key, {}", "key").alias("sentence"))["sentence"]
    repeated = rejects.faults(again[INDEX], RejectCode.REPEATED_KEY, said)
    faults = rejects.together([found.rejects, repeated])
    grouped = found.grouped.sort().to_frame(INDEX)
    kept = found.contacts.join(grouped, on=INDEX, how="semi", maintain_order="left")
    return Settled(kept, grouped, found.merges, faults)


@dataclass(frozen=True, slots=True)
class Finished:
    """The contacts of one part of the rows, and the faults of those that can't be one in Front."""

    contacts: pl.DataFrame
    faults: pl.DataFrame


def finish(contacts: pl.DataFrame, settled: Settled, mapping: Mapping, *, name_needed: bool) -> Finished:
    """Give the contacts of a part (its contact frame as ``first_look`` gave it) with what was settled of all rows."""
    rest = contacts.join(settled.grouped, on=INDEX, how="anti", maintain_order="left")
    own = settled.contacts.join(contacts, on=INDEX, how="semi", maintain_order="left")
    together = pl.concat([rest, own]).sort(INDEX) if len(own) else rest
    faults = _unfit(together, mapping, settled, name_needed=name_needed)
    return Finished(together.join(faults, on=INDEX, how="anti", maintain_order="left"), faults)


def _unfit(contacts: pl.DataFrame, mapping: Mapping, settled: Settled, *, name_needed: bool) -> pl.DataFrame:
    index = contacts[INDEX]
    counts = [pl.col(handle_column(source)).list.len() for source in mapping.contact.sources]
    handles = contacts.select(pl.sum_horizontal(counts).alias("handles"))["handles"]
    kept = name_needed and mapping.contact.without_handles is WithoutHandles.KEEP
    without = index.clear() if kept else index.filter(handles == 0)
    parts = [rejects.faults(without, RejectCode.NO_HANDLE, "no handle is left for the contact")]
    if name_needed:
        blank = index.filter(contacts["name"].is_null()) if "name" in contacts.columns else index
        parts.append(rejects.faults(blank, RejectCode.MISSING_NAME, "the name is blank, which Front's import requires"))
    repeated = settled.faults.join(contacts, left_on="index", right_on=INDEX, how="semi", maintain_order="left")
    return rejects.together([*parts, repeated])


@dataclass(frozen=True, slots=True)
class Late:
    """The faults found after the rows were read, each with the rows that were merged into the contact it rejects.

    ``merges`` are those that remain.
    """

    faults: pl.DataFrame
    merges: pl.DataFrame


def late(settled: Settled, found: pl.DataFrame) -> Late:
    """Put together what was settled and what was ``found`` with the contacts of all parts."""
    duplicates = settled.faults.filter(pl.col("code") == RejectCode.DUPLICATE.value)
    others = found.join(settled.merges, left_on="index", right_on="kept", maintain_order="left")
    along = others.select(pl.col("merged").alias("index"), "code", "sentence")
    merges = settled.merges.join(found, left_on="kept", right_on="index", how="anti", maintain_order="left")
    return Late(rejects.together([duplicates, found, along]), merges)


def rejected(faults: pl.DataFrame, drops: pl.DataFrame) -> pl.DataFrame:
    """Give ``index, code, sentence``, one row a reject; with the values that would have been left out anyway.

    Those are told because they are often the cause: an address that is bad leaves no handle.
    """
    also = drops.join(faults, on="index", how="semi", maintain_order="left")
    return rejects.one_each(rejects.together([faults, also]))
