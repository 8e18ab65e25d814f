"""NDJSON: one JSON value a line, read with line numbers and written with sorted keys. Knows no schema."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from toolkit.errors import InputRefused, Problem
from toolkit.tables.encoding import must_be_file

_BOM = b"\xef\xbb\xbf"
_LONG = re.compile(rb"[0-9][0-9.eE+-]{15}")
"""What may be a number with more digits than one of 64 bits holds."""
_DIGITS = 15
_FOREIGN = "is it a CSV? sf2front transform makes operations of a report, sf2front snapshot an NDJSON of Front"


def ndjson_line(value: Any) -> bytes:
    r"""Write one value as one line: UTF-8, keys sorted, one ``\n`` at the end."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def read_ndjson(path: Path) -> Iterator[tuple[int, Any]]:
    """Give (line number, value) for each line of ``path``, line numbers from 1.

    Raises InputRefused with file and line, at once for a missing file, else when that line is reached: for a blank
    line, for text that is not JSON, and for a last line that was cut short.
    """
    must_be_file(path)
    return _values(path)


def read_exact(path: Path) -> Iterator[tuple[int, Any]]:
    """Give what ``read_ndjson`` does, but nothing is lost: a fraction of more than 15 digits is the text it was.

    InputRefused also for an object with a name that stands in it twice: a reader would keep one of the values.
    """
    must_be_file(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            value = ndjson_value(line, path.name, number)
            if line.count(b'":') != _names(value):
                json.loads(line.removeprefix(_BOM), object_pairs_hook=_OnceEach(path.name, number))
            yield number, _exactly(line) if _LONG.search(line) else value


def _names(value: Any) -> int:
    """Count the names in all objects of a value."""
    if isinstance(value, dict):
        return len(value) + sum(_names(each) for each in value.values() if each.__class__ in (dict, list))
    return sum(map(_names, value)) if isinstance(value, list) else 0


@dataclass(frozen=True, slots=True)
class _OnceEach:
    """Refuses an object, given by its pairs, that has two of one name."""

    file: str
    line: int

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for name, value in pairs:
            if name in known:
                raise _broken(f"the name {name!r} stands twice in an object", self.file, self.line)
            known[name] = value
        return known


def _exactly(line: bytes) -> Any:
    return json.loads(line.removeprefix(_BOM), parse_int=_integer, parse_float=_fraction)


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 1_000 else text  # Python refuses to read very long ones


def _fraction(text: str) -> float | str:
    return float(text) if len(text) <= _DIGITS else text


def _values(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield number, ndjson_value(line, path.name, number)


def ndjson_value(line: bytes, name: str, number: int) -> Any:
    """Read the line ``number`` of the file ``name``; InputRefused as ``read_ndjson`` says."""
    if number == 1:
        line = line.removeprefix(_BOM)
    if not line.strip():
        raise _broken("this line is blank", name, number, hint="remove it: each line holds one JSON value")
    try:
        return orjson.loads(line.rstrip(b"\r\n"))
    except orjson.JSONDecodeError as error:
        if not line.endswith(b"\n"):
            hint = "the file was cut short: make or download it again"
            raise _broken("the last line is torn off part way", name, number, hint=hint) from None
        hint = _FOREIGN if number == 1 and line[:1] not in b"{[" else ""
        raise _broken(f"not JSON: {error.msg}", name, number, error.colno, hint=hint) from None


def _broken(what: str, name: str, line: int, column: int | None = None, *, hint: str = "") -> InputRefused:
    place = Problem(what, name, line, column)
    return InputRefused(f"{name} can't be read as NDJSON", hint=hint or "look at that line", problems=(place,))
