"""Reads leavers.ndjson: its first line, and who leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.leaving import Leaver, Leaving
from toolkit.schemas import judge
from toolkit.tables import read_ndjson


def read_leaving(path: Path) -> Leaving:
    """Read what is done and what is ours. InputRefused when the file is not leavers.ndjson."""
    for number, line in read_ndjson(path):
        if isinstance(line, dict) and line.get("resource") == "leavers":
            return Leaving.of(_valid(line, path, number))
        break
    raise InputRefused(f"{path.name} does not say who leaves", hint="transform --leaving writes such a file")


def read_leavers(path: Path) -> Iterator[Leaver]:
    """Read who leaves; InputRefused when the first invalid line is reached."""
    for number, line in read_ndjson(path):
        if number > 1:
            yield Leaver.of(_valid(line, path, number))


def _valid(line: Any, path: Path, number: int) -> dict[str, Any]:
    kind = "leavers" if number == 1 else "leaver"
    told = judge("leaver").problems(line, path.name, number)
    if told or (kind == "leaver") == ("resource" in line):
        raise InputRefused(f"{path.name} is not a valid file of leavers", problems=tuple(told))
    found: dict[str, Any] = line
    return found
