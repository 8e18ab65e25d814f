"""A snapshot that stays in its file: in memory is what contacts are found by; each is read when it is wanted."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from toolkit.front.state import FrontState, Line, check_line, check_whole
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import must_be_file, ndjson_value

_PLAIN = re.compile(rb'"handles":(\[(?:\{"handle":"[^"\\{}]*","source":"[a-z_]+"\},?)*\]),"id":"(crd_[0-9a-z]+)",')
"""Handles and id in a contact's line as a snapshot writes it; inside a text the quotes would be escaped."""
_LENGTH = 40
"""Bits for a line's length beside its place: one number a contact."""


@contextmanager
def open_state(path: Path, external_id: str = "", on_progress: Listener = silent) -> Iterator[FrontState]:
    """Give the state that the snapshot ``path`` shows, for as long as its file is open.

    The same as ``read_state`` gives, but ``contacts`` are read from the file one by one. InputRefused as there.
    """
    must_be_file(path)
    with path.open("rb") as file:
        contacts = StoredContacts(file.fileno())
        state = FrontState(contacts=contacts, external_id=external_id)
        _index(file, path.name, state, contacts)
        check_whole(state, path.name)
        on_progress(Progress("snapshot", len(contacts), None, "contacts in the snapshot"))
        yield state


def _index(file: BinaryIO, name: str, state: FrontState, contacts: "StoredContacts") -> None:
    place = 0
    for number, line in enumerate(file, start=1):
        size = len(line)
        if plain := None if state.external_id else _plain(line):
            handles, contact_id = orjson.loads(plain[1]), plain[2].decode()
            state.index(contact_id, handles)
            contacts.note(contact_id, place, size)
        else:
            value = ndjson_value(line, name, number)
            check_line(number, value, name)
            if value["resource"] == "contact":
                contacts.note(value["id"], place, size)
                state.index_contact(value)
            else:
                state.add(value)
        place += size


def _plain(line: bytes) -> re.Match[bytes] | None:
    """Find handles and id in the line of a contact, where they stand once and as a snapshot writes them."""
    if line.endswith(b',"resource":"contact"}\n') and line.startswith(b"{") and line.count(b'"handles":') == 1:
        return _PLAIN.search(line)
    return None


class StoredContacts(Mapping[str, Line]):
    """Contacts by id, read from an open file when they are asked for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._places: dict[str, int] = {}

    def note(self, contact_id: str, place: int, size: int) -> None:
        """Remember where a contact's line stands: its first byte, and how many there are."""
        self._places[contact_id] = place << _LENGTH | size

    def __getitem__(self, contact_id: str) -> Line:
        at = self._places[contact_id]
        line: Line = orjson.loads(os.pread(self._descriptor, at & (1 << _LENGTH) - 1, at >> _LENGTH))
        return line

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, contact_id: object) -> bool:
        return contact_id in self._places
