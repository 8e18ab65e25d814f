"""A snapshot that stays in its file: in memory is what contacts are found by; each is read when it is wanted."""

import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import polars as pl

from toolkit.ahead import ahead
from toolkit.front.plain import contact_columns, handle_members, member_of
from toolkit.front.state import FrontState, Line, check_line, check_whole, handle_name
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import must_be_file, ndjson_value

BLOCK = 16 << 20
"""Bytes of lines that are looked at together."""


@contextmanager
def open_state(path: Path, external_id: str = "", on_progress: Listener = silent) -> Iterator["StoredState"]:
    """Give the state that the snapshot ``path`` shows, for as long as its file is open.

    The same as ``read_state`` gives, but ``contacts`` are read from the file one by one. InputRefused as there.
    """
    must_be_file(path)
    with path.open("rb") as file:
        contacts = StoredContacts(file.fileno())
        state = StoredState(contacts=contacts, stored=contacts, external_id=external_id)
        _index(file, path.name, state)
        check_whole(state, path.name)
        contacts.complete()
        on_progress(Progress("snapshot", len(contacts), None, "contacts in the snapshot"))
        yield state


def _index(file: BinaryIO, name: str, state: "StoredState") -> None:
    first = 0
    blocks = iter(lambda: file.readlines(BLOCK), [])
    for lines, found, handles in ahead(lambda lines: _columns(lines, state.external_id), blocks):
        state.stored.note_lines(lines, found)
        _take_plain(found.with_row_index("row", first).filter("plain"), state)
        state.stored.handles.add(handles.with_columns(row=pl.col("number").cast(pl.UInt32) + first))
        for at in (~found["plain"]).arg_true().to_list():
            _take_odd(lines[at], name, first + at, state)
        first += len(lines)


def _columns(lines: list[bytes], external_id: str) -> tuple[list[bytes], pl.DataFrame, pl.DataFrame]:
    found = contact_columns(lines, external_id)
    return lines, found, handle_members(found["handles"]).select("number", **MARKS)


def _take_plain(found: pl.DataFrame, state: "StoredState") -> None:
    state.stored.rows.update(zip(found["id"].to_list(), found["row"].to_list(), strict=True))
    for contact_id, value in found.select("id", "external").drop_nulls().iter_rows():
        state.index_external(contact_id, orjson.loads(value))


def _take_odd(line: bytes, name: str, row: int, state: "StoredState") -> None:
    """Parse a line that isn't a contact's, or isn't written plainly."""
    value = ndjson_value(line, name, row + 1)
    check_line(row + 1, value, name)
    if value["resource"] == "contact":
        state.stored.note_odd(value["id"], row)
        state.index_contact(value)
    else:
        state.add(value)


MARKS = {"mark": pl.col("member").hash(0), "check": pl.col("member").hash(1)}
"""What stands for a handle: two hashes of 64 bits, by the first of which it is looked for."""


def marks_of(names: Iterable[str]) -> pl.DataFrame:
    """Give the ``MARKS`` of handles by their ``handle_name``."""
    return pl.DataFrame({"member": map(member_of, names)}, {"member": pl.String}).select(**MARKS)


class StoredHandles:
    """In which row each handle stands, 20 bytes a handle: ``mark`` (sorted), ``check``, ``row``."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._late: dict[str, int] = {}

    def add(self, found: pl.DataFrame) -> None:
        """Take ``mark``, ``check`` and ``row`` of some handles; the first row that has a handle is its contact's."""
        self._parts.append(found.select("mark", "check", "row"))

    def add_name(self, name: str, row: int) -> None:
        """Take one handle by its ``handle_name``."""
        self._late.setdefault(name, row)

    def complete(self) -> None:
        """Sort what was added: nothing more comes."""
        late = marks_of(self._late).with_columns(row=pl.Series(list(self._late.values()), dtype=pl.UInt32))
        found = pl.concat([*self._parts, late])
        self._parts, self._late = [found.sort("mark", "row").rechunk()], {}

    def rows(self, wanted: pl.DataFrame) -> pl.Series:
        """Give the row of each of the handles of ``mark`` and ``check``; null: nobody has it."""
        (table,) = self._parts
        at = table["mark"].search_sorted(wanted["mark"])
        found = table.select(pl.all().gather(at.set(at == len(table), None)))
        same = (found["mark"] == wanted["mark"]) & (found["check"] == wanted["check"])
        return found["row"].set(~same.fill_null(value=False), None)


class StoredContacts(Mapping[str, Line]):
    """Contacts by id, read from an open file when they are asked for. ``rows``: in which line each stands, from 0."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._places = array("Q", [0])
        self._found: list[pl.DataFrame] = []
        self._odd: dict[int, str] = {}
        self.rows: dict[str, int] = {}
        self.handles = StoredHandles()

    def note_lines(self, lines: list[bytes], found: pl.DataFrame) -> None:
        """Remember where the next lines of the file stand; ``id`` and ``traits`` of those that are plain contacts."""
        self._found.append(found.select("id", "traits"))
        places = accumulate(map(len, lines), initial=self._places.pop())
        self._places.extend(places)

    def note_odd(self, contact_id: str, row: int) -> None:
        """Remember which contact stands in a line that isn't plain."""
        self.rows[contact_id], self._odd[row] = row, contact_id

    def complete(self) -> None:
        """Put ``ids`` and ``traits`` in one piece each, since gathering from many is slow: nothing more comes."""
        found = pl.concat(self._found, rechunk=True)
        odd = pl.Series(list(self._odd), dtype=pl.UInt32), pl.Series(list(self._odd.values()), dtype=pl.String)
        self._found = [found.with_columns(found["id"].scatter(*odd))]
        self.handles.complete()

    @property
    def ids(self) -> pl.Series:
        """The id of the contact in each line; null: the line is of something else."""
        return self._found[0]["id"]

    @property
    def traits(self) -> pl.Series:
        """The traits of each line; null where it is not a plain contact's."""
        return self._found[0]["traits"]

    def __getitem__(self, contact_id: str) -> Line:
        row = self.rows[contact_id]
        start, end = self._places[row : row + 2]
        line: Line = orjson.loads(os.pread(self._descriptor, end - start, start))
        return line

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, contact_id: object) -> bool:
        return contact_id in self.rows


@dataclass(slots=True)
class StoredState(FrontState):
    """A state whose ``contacts`` are ``stored``, and found by their handles there: ``by_handle`` is empty."""

    stored: StoredContacts = field(kw_only=True)
    _expected: dict[str, str | None] = field(default_factory=dict)

    def index(self, contact_id: str, handles: Iterable[Mapping[str, Any]]) -> None:
        """Let a contact be found by its handles."""
        for each in handles:
            self.stored.handles.add_name(handle_name(each), self.stored.rows[contact_id])

    def expect(self, names: list[str]) -> None:
        """Find the contacts of many handles at once, and forget those that were expected before."""
        self._expected = self._owners(names)

    def owner(self, name: str) -> str | None:
        """Give the id of the contact that has a handle; slow for one that was not expected."""
        if name not in self._expected:
            self._expected |= self._owners([name])
        return self._expected[name]

    def _owners(self, names: list[str]) -> dict[str, str | None]:
        rows = self.stored.handles.rows(marks_of(names))
        return dict(zip(names, self.stored.ids.gather(rows).to_list(), strict=True))
