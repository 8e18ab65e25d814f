"""NDJSON as a table of text: one object a line, its inner objects as columns."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.errors import InputRefused, Problem
from toolkit.tables.ndjson import read_exact

_UNORDERED = {"handles", "links", "lists", "list_names", "groups"}
"""What Front keeps without an order: compared as sets."""
_OPENED = {"body", "before"}
"""Objects of an operation whose own objects are columns, too."""
_BATCH = 20_000


def read_objects(path: Path) -> pl.DataFrame:
    """Read an NDJSON file. Raises InputRefused with the line.

    Objects are flattened one level (``custom_fields.Tier``), an operation's body two. What is deeper, and lists, is
    JSON with sorted keys; lists without an order are sorted, and handles written ``email:ada@example.com``. A number
    is the text it is in JSON, so ``12`` and ``"12"`` are equal. A key that is missing is null, as is one whose value
    is null.
    """
    lines = (_flat(value, path.name, line) for line, value in read_exact(path))
    frames = [_frame(batch) for batch in iter(lambda: list(islice(lines, _BATCH)), [])]
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


def _frame(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _flat(value: Any, file: str, line: int) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise _refused("this line is not a JSON object", file, line)
    flat: dict[str, str | None] = {}
    for name, inner, key in _flattened(value):
        if name in flat:
            raise _refused(f"two values of this line are called {name!r} when flattened", file, line)
        flat[name] = _text(inner, key)
    return flat


def _flattened(value: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any, str]]:
    """Give (column, value, key) of each value, those of inner objects one level down."""
    for key, inner in value.items():
        if isinstance(inner, dict) and key in _OPENED and not above:
            yield from _flattened(inner, f"{key}.")
        elif isinstance(inner, dict):
            yield from ((f"{above}{key}.{name}", each, name) for name, each in inner.items())
        else:
            yield f"{above}{key}", inner, key


def _refused(what: str, file: str, line: int) -> InputRefused:
    return InputRefused(f"{file} can't be compared", problems=(Problem(what, file, line),))


def _text(value: Any, key: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and key in _UNORDERED:
        return f"[{', '.join(sorted(_item(each) for each in value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _json(value)


def _item(value: Any) -> str:
    """Write one item of a list without an order."""
    if isinstance(value, dict) and value.keys() == {"source", "handle"}:
        return _quoted(f"{value['source']}:{value['handle']}")
    return _quoted(value) if isinstance(value, str) else _json(value)


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_quoted = json.encoder.encode_basestring
