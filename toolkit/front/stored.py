"""A snapshot that stays in its file: in memory is what contacts are found by; each is read when it is wanted."""

import os
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import orjson
import polars as pl

from toolkit.front.plain import contact_columns, handle_names
from toolkit.front.state import FrontState, Line, check_line, check_whole
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import must_be_file, ndjson_value

BLOCK = 4 << 20
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
        on_progress(Progress("snapshot", len(contacts), None, "contacts in the snapshot"))
        yield state


def _index(file: BinaryIO, name: str, state: "StoredState") -> None:
    first = 0
    while lines := file.readlines(BLOCK):
        found = contact_columns(lines, state.external_id)
        state.stored.note_lines(lines, found["traits"])
        _take_plain(found.with_row_index("row", first).filter("plain"), state)
        for at in (~found["plain"]).arg_true().to_list():
            _take_odd(lines[at], name, first + at, state)
        first += len(lines)


def _take_plain(found: pl.DataFrame, state: "StoredState") -> None:
    ids, names = found["id"], handle_names(found["handles"])
    state.stored.rows.update(zip(ids.to_list(), found["row"].to_list(), strict=True))
    for name, contact_id in zip(names["name"].to_list(), ids.gather(names["number"]).to_list(), strict=True):
        state.by_handle.setdefault(name, contact_id)
    for contact_id, value in found.select("id", "external").drop_nulls().iter_rows():
        state.index_external(contact_id, orjson.loads(value))


def _take_odd(line: bytes, name: str, row: int, state: "StoredState") -> None:
    """Parse a line that isn't a contact's, or isn't written plainly."""
    value = ndjson_value(line, name, row + 1)
    check_line(row + 1, value, name)
    if value["resource"] == "contact":
        state.stored.rows[value["id"]] = row
        state.index_contact(value)
    else:
        state.add(value)


class StoredContacts(Mapping[str, Line]):
    """Contacts by id, read from an open file when they are asked for. ``rows``: in which line each stands, from 0."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._places = array("Q", [0])
        self._traits: list[pl.Series] = []
        self.rows: dict[str, int] = {}

    def note_lines(self, lines: list[bytes], traits: pl.Series) -> None:
        """Remember where the next lines of the file stand, and the traits of those that are plain contacts."""
        self._traits.append(traits)
        places = accumulate(map(len, lines), initial=self._places.pop())
        self._places.extend(places)

    def traits(self) -> pl.Series:
        """Give the traits of each line, null where it is not a plain contact's."""
        self._traits = [pl.concat(self._traits)]
        return self._traits[0]

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
    """A state whose ``contacts`` are ``stored``."""

    stored: StoredContacts = field(kw_only=True)
