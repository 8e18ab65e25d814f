"""Reads upserts at full speed, one at a time. What the fast look can't vouch for, ``checked_operations`` judges."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from toolkit.operation import checked_operations, clear_problems
from toolkit.schemas import judge
from toolkit.tables import must_be_file, read_ndjson


def read_upserts(path: Path) -> Iterator[tuple[int, Any]]:
    """Give (line number, data) of each operation in ``path``.

    InputRefused as ``checked_operations``, when the first invalid line is reached.
    """
    must_be_file(path)
    common, seen = judge("operation").common, set[str]()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                data = orjson.loads(line)
            except orjson.JSONDecodeError:
                data = None
            # Two upserts of one key are invalid, and so two equal lines too. References are for exact operations.
            if not common(data) or data["key"] in seen or ("clear" in data and any(clear_problems(data))):
                break
            seen.add(data["key"])
            yield number, data
        else:
            return
    yield from _judged(path, number)


def _judged(path: Path, start: int) -> Iterator[tuple[int, Any]]:
    """Go on with full care from the line ``start``: the file is read once more from its top, since lines can clash."""
    for each in checked_operations(read_ndjson(path), path.name):
        if each.line >= start:
            yield each.line, each.data
