"""What an earlier plan left unsent, and the order of a plan that may not be sent to its end.

Such a plan is a queue: who leaves first, then new contacts, members of lists and accounts, changes last; among contacts
those that have waited longest go first. A plan keeps the order of the one before it, so nothing waits for ever.
"""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from toolkit.errors import InputRefused
from toolkit.files import spool
from toolkit.operation import Op
from toolkit.plan.guards import Fate
from toolkit.tables import read_ndjson

Ranks = Mapping[str, int]
"""Keys of operations, ids of contacts in those on members, and what becomes of contacts (``Fate``), with their
places in the queue.
"""
NOBODY: Ranks = MappingProxyType({})
PENDING = "pending"
_PENDING = b'"state":"pending"'


def read_waiting(plan: Path) -> Ranks:
    """Read what waits of an earlier plan, by its results beside it: all of it where there are none.

    InputRefused when the results are not that plan's.
    """
    ranks: dict[str, int] = {}
    for data in _unsent(plan):
        for name in _names(data):
            ranks.setdefault(name, len(ranks))
    return ranks


def results_of(plan: Path) -> Path:
    """Say where the results of a plan's replay stand."""
    return plan.with_name(f"{plan.stem}.results.ndjson")


def waiting_files(plan: Path) -> tuple[Path, ...]:
    """Name the files that are read of an earlier plan."""
    return (plan, *(each for each in (results_of(plan),) if each.is_file()))


def _unsent(plan: Path) -> Iterator[dict[str, Any]]:
    results = results_of(plan)
    states = read_ndjson(results) if results.is_file() else None
    for number, data in read_ndjson(plan):
        result = next(states, (0, {}))[1] if states else {"line": number, "state": PENDING}
        if result.get("line") != number:
            raise InputRefused(f"{results} are not the results of {plan.name}", hint="name the plan that was replayed")
        if result["state"] == PENDING:
            yield data


def sent_lines(plan: Path) -> Iterator[bytes]:
    """Give the lines of a plan, those left out that its replay left unsent."""
    results = results_of(plan)
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(plan.open("rb"))
        ended = stack.enter_context(results.open("rb")) if results.is_file() else itertools.repeat(b"")
        yield from (line for line, result in zip(lines, ended, strict=False) if _PENDING not in result)


def _names(data: Mapping[str, Any]) -> Iterator[str]:
    if "contacts" in data and not data["op"].startswith("contact."):
        names = [each if isinstance(each, str) else each["ref"] for each in data["contacts"]]
        yield from names
        yield from (Fate.LEFT.of(each) for each in names if data["op"] == Op.LIST_REMOVE)
        return
    yield data["key"]
    if data["op"] == Op.CONTACT_DELETE:
        yield Fate.DELETED.of(data["contact"])
    elif data["key"] == f"contact:{data.get('contact')}":  # no upsert's: its fields are cleared
        yield Fate.LEFT.of(data["contact"])


class Row:
    """Operations on contacts, set aside on disk; ``copy`` writes those first that have waited longest."""

    def __init__(self, file: BinaryIO, ranks: Ranks) -> None:
        self._file = file
        self._ranks = ranks
        self._end = 0
        self._waiting: list[tuple[int, int, int]] = []
        self._fresh: list[tuple[int, int]] = []

    def add(self, key: str, lines: Iterable[bytes]) -> None:
        """Set the operations on one contact aside, which stay together."""
        start = self._end
        for line in lines:
            self._end += self._file.write(line)
        end = self._end
        if start == end:
            return
        if key in self._ranks:
            self._waiting.append((self._ranks[key], start, end))
        elif self._fresh and self._fresh[-1][1] == start:
            self._fresh[-1] = (self._fresh[-1][0], end)
        else:
            self._fresh.append((start, end))

    def copy(self, file: BinaryIO) -> None:
        """Write them all."""
        for start, end in [*((start, end) for _, start, end in sorted(self._waiting)), *self._fresh]:
            self._file.seek(start)
            left = end - start
            while left and (some := self._file.read(min(1 << 20, left))):
                left -= file.write(some)


@contextmanager
def row(ranks: Ranks = NOBODY) -> Iterator[Row]:
    """Give a row that is gone afterwards."""
    with spool() as file:
        yield Row(file, ranks)
