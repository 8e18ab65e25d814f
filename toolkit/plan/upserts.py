"""Reads upserts at full speed. What a glance settles is not parsed; what the fast look can't vouch for,
``checked_operations`` judges.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from toolkit.front.stored import BLOCK
from toolkit.operation import checked_operations, clear_problems
from toolkit.plan.matching import Settled
from toolkit.schemas import judge
from toolkit.tables import must_be_file, read_ndjson

Look = Callable[[list[bytes]], list[Settled | None]]
Settle = Callable[[int, Settled], bool]


def closer(lines: list[bytes]) -> list[Settled | None]:
    """Find nothing settled: every line is to be looked at closer."""
    return [None] * len(lines)


def read_upserts(path: Path, look: Look = closer, settle: Settle = lambda *_: False) -> Iterator[tuple[int, Any]]:
    """Give (line number, data) of each operation in ``path`` that isn't settled: found so by ``look``, and taken by
    ``settle``.

    InputRefused as ``checked_operations``, when the first invalid line is reached.
    """
    must_be_file(path)
    common, seen = judge("operation").common, set[str]()
    for number, (line, settled) in enumerate(_lines(path, look), start=1):
        if settled and settled[0] not in seen and settle(number, settled):
            seen.add(settled[0])
            continue
        data = _parsed(line)
        # Two upserts of one key are invalid, and so two equal lines too. References are for exact operations.
        if not common(data) or data["key"] in seen or ("clear" in data and any(clear_problems(data))):
            yield from _judged(path, number)
            return
        seen.add(data["key"])
        yield number, data


def _lines(path: Path, look: Look) -> Iterator[tuple[bytes, Settled | None]]:
    with path.open("rb") as file:
        while lines := file.readlines(BLOCK):
            yield from zip(lines, look(lines), strict=True)


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _judged(path: Path, start: int) -> Iterator[tuple[int, Any]]:
    """Go on with full care from the line ``start``: the file is read once more from its top, since lines can clash."""
    for each in checked_operations(read_ndjson(path), path.name):
        if each.line >= start:
            yield each.line, each.data
