"""The rows of a report on their way through a transform: read part by part, put aside, and given back as contacts.

So the most that is in memory at once is a few parts, the marks of all rows, and the rows that share a handle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from toolkit.ahead import ahead
from toolkit.contacts import identity, rejects
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.sorting import Finished, Settled, finish, first_look, settle
from toolkit.contacts.wanted import INDEX
from toolkit.errors import InputRefused, Problem
from toolkit.progress import Listener, Progress
from toolkit.tables import CsvFile, Shelf

MOST_BYTES = 1_000_000
"""Bytes of UTF-8 in a cell that the mapping uses; a spreadsheet's and Salesforce's largest cells have far fewer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the rows: its number, the place of its first row, and how many rows it has."""

    number: int
    start: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Seen:
    part: Part
    marks: pl.DataFrame
    extensions: int


def original_columns(file: CsvFile) -> list[str]:
    """Name the columns of the report: those of the file, or of the report that a reject file was made from."""
    return rejects.restored_headings(file.columns)


class Rows:
    """All rows of an open CSV, read through a mapping; what was found is on the shelf.

    ``columns`` are the file's own; ``parts`` in order; ``settled`` says what became of rows that are alike;
    ``extensions`` counts the phone extensions left out.
    """

    def __init__(self, file: CsvFile, mapping: Mapping, shelf: Shelf, on_progress: Listener) -> None:
        self._file = file
        self._mapping = mapping
        self._shelf = shelf
        self.columns = original_columns(file)
        self._used = sorted({column for _, column in mapping.references})
        seen = list(self._read(on_progress))
        self.parts = tuple(each.part for each in seen)
        self.extensions = sum(each.extensions for each in seen)
        self.settled = self._settle(identity.alike([each.marks for each in seen]))

    def __len__(self) -> int:
        return sum(part.rows for part in self.parts)

    def cells(self) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Give each part with its cells as they stand in the file (read anew), as they were before ``protect``."""
        start = 0
        for number, frame in enumerate(self._file.parts()):
            yield Part(number, start, frame.height), rejects.restore(frame)
            start += frame.height

    def _read(self, on_progress: Listener) -> Iterator[_Seen]:
        total = self._file.rows
        for seen in ahead(self._look, self.cells()):
            on_progress(Progress("transform", seen.part.start + seen.part.rows, total, unit="rows"))
            yield seen

    def _look(self, given: tuple[Part, pl.DataFrame]) -> _Seen:
        part, cells = given
        used = cells.select(self._used)
        self._refuse_huge(used, part)
        found = first_look(used, self._mapping, part.start)
        for name, frame in (("contacts", found.contacts), ("faults", found.rejects), ("drops", found.drops)):
            self._shelf.put(f"{name}-{part.number}", frame)
        return _Seen(part, identity.marks(found.contacts, self._mapping.duplicates.by), found.extensions)

    def _refuse_huge(self, used: pl.DataFrame, part: Part) -> None:
        """Refuse cells that are no text of a contact: cleaning one of 50 MB takes minutes."""
        huge = used.select(pl.all().str.len_bytes() > MOST_BYTES)
        problems = [
            Problem(f"row {row} has more than {MOST_BYTES:,} bytes in {column.name!r}", self._file.name, code="huge")
            for column in huge
            for row in (column.arg_true().head(1) + part.start + self._file.first_row)
        ]
        if problems:
            hint = "shorten the cell, or leave its column out of the mapping; a quote may be missing or doubled"
            sentence = f"{self._file.name} has cells too large for a contact"
            raise InputRefused(sentence, hint=hint, problems=tuple(problems))

    def faults(self, part: Part) -> pl.DataFrame:
        """Give what was wrong with rows of ``part`` when they were read."""
        return self._shelf.get(f"faults-{part.number}")

    def drops(self, part: Part) -> pl.DataFrame:
        """Give the bad values of ``part`` that the mapping lets go."""
        return self._shelf.get(f"drops-{part.number}")

    def keys(self, part: Part) -> pl.DataFrame:
        """Give ``index, key`` of the rows of ``part`` that had no fault."""
        return self._shelf.get(f"contacts-{part.number}").select(INDEX, "key")

    def contacts(self, part: Part, *, name_needed: bool) -> Finished:
        """Give the contacts of ``part``, duplicates united, and the faults of those that can't be one in Front."""
        found = self._shelf.get(f"contacts-{part.number}")
        return finish(found, self.settled, self._mapping, name_needed=name_needed)

    def _settle(self, alike: pl.Series) -> Settled:
        looked_at = [found for found in ahead(partial(self._among, alike), self.parts) if len(found)]
        empty = self._mapping_frame()
        return settle(pl.concat([empty, *looked_at]), self._mapping)

    def _among(self, alike: pl.Series, part: Part) -> pl.DataFrame:
        mine = alike.filter(alike.is_between(part.start, part.start + part.rows - 1))
        if mine.is_empty():
            return pl.DataFrame()
        found = self._shelf.get(f"contacts-{part.number}")
        return found.join(mine.to_frame(INDEX), on=INDEX, how="semi", maintain_order="left")

    def _mapping_frame(self) -> pl.DataFrame:
        """Give the contact frame of no row: it has the columns of every part."""
        nothing = pl.DataFrame(schema=dict.fromkeys(self._used, pl.String))
        return first_look(nothing, self._mapping, 0).contacts
