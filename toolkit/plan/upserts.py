"""Reads upserts at full speed. What a glance settles is not parsed; what the fast look can't vouch for,
``checked_operations`` judges.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from toolkit.ahead import ahead
from toolkit.front.state import handle_name
from toolkit.front.stored import BLOCK
from toolkit.operation import checked_operations, clear_problems
from toolkit.plan.matching import Settled
from toolkit.schemas import judge
from toolkit.tables import must_be_file, read_ndjson

Look = Callable[[list[bytes]], list[Settled | None]]
Settle = Callable[[int, Settled], bool]
Expect = Callable[[list[str]], None]


def closer(lines: list[bytes]) -> list[Settled | None]:
    """Find nothing settled: every line is to be looked at closer."""
    return [None] * len(lines)


def read_upserts(
    path: Path, look: Look = closer, settle: Settle = lambda *_: False, expect: Expect = lambda _: None
) -> Iterator[tuple[int, Any]]:
    """Give (line number, data) of each operation in ``path`` that isn't settled: found so by ``look``, and taken by
    ``settle``. ``expect`` is told the names of the handles of those that come next.

    InputRefused as ``checked_operations``, when the first invalid line is reached.
    """
    must_be_file(path)
    seen, number = set[str](), 0
    for lines, found in ahead(lambda lines: (lines, look(lines)), _blocks(path)):
        closer_look = _parsed(lines, found)
        expect(_names(closer_look.values()))
        for at, settled in enumerate(found):
            number += 1
            if settled:
                key = settled[0]
                if key not in seen and settle(number, settled):
                    seen.add(key)
                    continue
            data = closer_look[at] if at in closer_look else _valid(lines[at])
            # Two upserts of one key are invalid, and so two equal lines too.
            if data is None or data["key"] in seen:
                yield from _judged(path, number)
                return
            seen.add(data["key"])
            yield number, data


def _blocks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        while lines := file.readlines(BLOCK):
            yield lines


def _parsed(lines: list[bytes], found: list[Settled | None]) -> dict[int, Any]:
    """Give the data of the lines that nothing is found of; None for what isn't vouched for."""
    return {at: _valid(lines[at]) for at, settled in enumerate(found) if settled is None}


def _names(upserts: Iterable[Any]) -> list[str]:
    return [handle_name(each) for data in upserts if data for each in data["body"]["handles"]]


def _valid(line: bytes) -> Any:
    """Give the data of a valid upsert; None for all else: references are for exact operations."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return data if judge("operation").common(data) and not ("clear" in data and any(clear_problems(data))) else None


def _judged(path: Path, start: int) -> Iterator[tuple[int, Any]]:
    """Go on with full care from the line ``start``: the file is read once more from its top, since lines can clash."""
    for each in checked_operations(read_ndjson(path), path.name):
        if each.line >= start:
            yield each.line, each.data
