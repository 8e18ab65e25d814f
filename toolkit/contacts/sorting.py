"""Each row into one of its three places: a contact, a reject, or merged into another row's contact. Pure.

A contact that the target can't take is rejected with all its rows, so that a person who mends the reject file has
them together.
"""

from dataclasses import dataclass

import polars as pl

from toolkit.contacts import rejects
from toolkit.contacts.identity import identify, newest_first
from toolkit.contacts.mapping import Mapping, WithoutHandles
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.wanted import INDEX, handle_column, want


@dataclass(frozen=True, slots=True)
class Sorted:
    """The rows in their places: a contact frame; ``merges`` (``kept, merged, source, handle``); faults of rejects.

    ``dropped`` are the bad values left out, of whatever row; ``extensions`` counts phone extensions left out.
    """

    contacts: pl.DataFrame
    merges: pl.DataFrame
    faults: pl.DataFrame
    dropped: pl.DataFrame
    extensions: int

    def without(self, faults: pl.DataFrame) -> "Sorted":
        """Move the contacts in ``faults`` to the rejects, together with the rows that were merged into them."""
        if faults.is_empty():
            return self
        others = faults.join(self.merges, left_on=INDEX, right_on="kept", maintain_order="left")
        along = others.select(pl.col("merged").alias(INDEX), "code", "sentence")
        return Sorted(
            self.contacts.join(faults, on=INDEX, how="anti", maintain_order="left"),
            self.merges.join(faults, left_on="kept", right_on=INDEX, how="anti", maintain_order="left"),
            rejects.together([self.faults, faults, along]),
            self.dropped,
            self.extensions,
        )

    def rejected(self) -> pl.DataFrame:
        """Give ``index, code, sentence``, one row a reject; with the values that would have been left out anyway.

        Those are told because they are often the cause: an address that is bad leaves no handle.
        """
        also = self.dropped.join(self.faults, on=INDEX, how="semi", maintain_order="left")
        return rejects.one_each(rejects.together([self.faults, also]))

    def dropped_from_contacts(self) -> pl.DataFrame:
        """Give the faults of values left out of rows that were kept."""
        return self.dropped.join(self.faults, on=INDEX, how="anti", maintain_order="left")


def sort_out(cells: pl.DataFrame, mapping: Mapping, *, name_needed: bool) -> Sorted:
    """Read the rows through the mapping, unite duplicates, reject the contacts that can't be one in Front.

    Raises WrongSettings when an expression of the mapping can't be computed.
    """
    wanted = want(cells, mapping)
    prefer = mapping.duplicates.prefer
    newest = newest_first(cells[prefer], mapping.source.dates) if prefer else None
    found = identify(wanted.contacts, mapping.duplicates, newest)
    faults = rejects.together([wanted.rejects, found.rejects])
    rows = Sorted(found.contacts, found.merges, faults, wanted.drops, wanted.extensions)
    return rows.without(_unfit(found.contacts, mapping, name_needed=name_needed))


def _unfit(contacts: pl.DataFrame, mapping: Mapping, *, name_needed: bool) -> pl.DataFrame:
    index = contacts[INDEX]
    counts = [pl.col(handle_column(source)).list.len() for source in mapping.contact.sources]
    handles = contacts.select(pl.sum_horizontal(counts).alias("handles"))["handles"]
    kept = name_needed and mapping.contact.without_handles is WithoutHandles.KEEP
    without = index.clear() if kept else index.filter(handles == 0)
    parts = [rejects.faults(without, RejectCode.NO_HANDLE, "no handle is left for the contact")]
    if name_needed:
        blank = index.filter(contacts["name"].is_null()) if "name" in contacts.columns else index
        parts.append(rejects.faults(blank, RejectCode.MISSING_NAME, "the name is blank, which Front's import requires"))
    again = contacts.filter(~pl.col("key").is_first_distinct())
    said = again.select(pl.format("an earlier row has the same key, {}", "key").alias("sentence"))["sentence"]
    return rejects.together([*parts, rejects.faults(again[INDEX], RejectCode.REPEATED_KEY, said)])
