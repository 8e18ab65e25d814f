"""The rows of a report on their way through a transform: read part by part, put aside, and given back.

So the most that is in memory at once is a few parts, the marks of all rows, and the rows that share a handle.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from toolkit.ahead import ahead
from toolkit.contacts import accounts, identity, rejects
from toolkit.contacts.frame import INDEX, KEY
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.sorting import Finished, Settled, finish, first_look, settle
from toolkit.contacts.wanted import Wanted
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
class Source:
    """Where rows come from and how they are read.

    ``on_cells`` is shown the cells of each part as they stand in the file, once; ``shelf`` takes what is put aside.
    """

    file: CsvFile
    mapping: Mapping
    shelf: Shelf
    on_progress: Listener
    on_cells: Callable[[pl.DataFrame], None] = lambda _: None


def original_columns(file: CsvFile) -> list[str]:
    """Name the columns of the report: those of the file, or of the report that a reject file was made from."""
    return rejects.restored_headings(file.columns)


class ReportRows:
    """All rows of an open CSV, each part of which was looked at once; what was found is on the shelf.

    ``columns`` are the report's own; ``parts`` in order; ``extensions`` counts the phone extensions left out.
    """

    def __init__(self, source: Source, look: Callable[[pl.DataFrame, Mapping, int], Wanted]) -> None:
        self._source = source
        self._look = look
        self.columns = original_columns(source.file)
        prefer = source.mapping.duplicates.prefer
        self._used = list(dict.fromkeys([*source.mapping.used, *([prefer] if prefer else [])]))
        self.parts: tuple[Part, ...] = ()
        self.extensions = 0
        for part, extensions in ahead(self._put_aside, self._shown()):
            self.parts += (part,)
            self.extensions += extensions
            done = part.start + part.rows
            source.on_progress(Progress("transform", done, source.file.rows, unit="rows read"))

    def __len__(self) -> int:
        return sum(part.rows for part in self.parts)

    def cells(self) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Give each part with its cells as they stand in the file (read anew), as they were before ``protect``."""
        start = 0
        for number, frame in enumerate(self._source.file.parts()):
            yield Part(number, start, frame.height), rejects.restore(frame)
            start += frame.height

    def _shown(self) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part, cells in self.cells():
            self._source.on_cells(cells)
            yield part, cells

    def _put_aside(self, given: tuple[Part, pl.DataFrame]) -> tuple[Part, int]:
        part, cells = given
        used = cells.select(self._used)
        self._refuse_huge(used, part)
        found = self._look(used, self._source.mapping, part.start)
        for name, frame in (("good", found.contacts), ("faults", found.rejects), ("drops", found.drops)):
            self._source.shelf.put(f"{name}-{part.number}", frame)
        return part, found.extensions

    def _refuse_huge(self, used: pl.DataFrame, part: Part) -> None:
        """Refuse cells that are no text of a contact: cleaning one of 50 MB takes minutes."""
        huge = used.select(pl.all().str.len_bytes() > MOST_BYTES)
        file = self._source.file
        problems = [
            Problem(f"row {row} has more than {MOST_BYTES:,} bytes in {column.name!r}", file.name, code="huge")
            for column in huge
            for row in (column.arg_true().head(1) + part.start + file.first_row)
        ]
        if problems:
            hint = "shorten the cell, or leave its column out of the mapping; a quote may be missing or doubled"
            raise InputRefused(f"{file.name} has cells too large for a contact", hint=hint, problems=tuple(problems))

    def good(self, part: Part) -> pl.DataFrame:
        """Give the rows of ``part`` that had no fault, as the look at them gave them."""
        return self._source.shelf.get(f"good-{part.number}")

    def faults(self, part: Part) -> pl.DataFrame:
        """Give what was wrong with rows of ``part`` when they were read."""
        return self._source.shelf.get(f"faults-{part.number}")

    def drops(self, part: Part) -> pl.DataFrame:
        """Give the bad values of ``part`` that the mapping lets go."""
        return self._source.shelf.get(f"drops-{part.number}")

    def keys(self, part: Part) -> pl.DataFrame:
        """Give ``index, key`` of the rows of ``part`` that had no fault."""
        return self.good(part).select(INDEX, KEY)


class ContactRows(ReportRows):
    """The rows as contacts. ``settled`` says what became of rows that are alike."""

    def __init__(self, source: Source) -> None:
        self._marks: dict[int, pl.DataFrame] = {}
        super().__init__(source, self._marked)
        alike = identity.alike(list(self._marks.values()))
        self._marks.clear()
        found = [source.shelf.get(name) for name in ahead(partial(self._among, alike), self.parts)]
        self.settled: Settled = settle(pl.concat([self._nothing(), *found]), source.mapping)

    def _marked(self, cells: pl.DataFrame, mapping: Mapping, start: int) -> Wanted:
        found = first_look(cells, mapping, start)
        self._marks[start] = identity.marks(found.contacts, mapping.duplicates.by)
        return found

    def _nothing(self) -> pl.DataFrame:
        """Give a contact frame without rows."""
        if self.parts:
            return self.good(self.parts[0]).clear()
        cells = pl.DataFrame(schema=dict.fromkeys(self._used, pl.String))
        return first_look(cells, self._source.mapping, 0).contacts

    def _among(self, alike: pl.Series, part: Part) -> str:
        """Put aside those of ``alike`` that are in ``part``: in memory, a few rows of it keep the texts of all."""
        mine = alike.filter(alike.is_between(part.start, part.start + part.rows - 1)).to_frame(INDEX)
        name = f"alike-{part.number}"
        self._source.shelf.put(name, self.good(part).join(mine, on=INDEX, how="semi", maintain_order="left"))
        return name

    def contacts(self, part: Part, *, name_needed: bool) -> Finished:
        """Give the contacts of ``part``, duplicates united, and the faults of those that can't be one in Front."""
        return finish(self.good(part), self.settled, self._source.mapping, name_needed=name_needed)


class AccountRows(ReportRows):
    """The rows as accounts, each of them once."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, accounts.first_look)
        self.accounts = accounts.Accounts()
        for part in self.parts:
            self.accounts.add(self.good(part))
