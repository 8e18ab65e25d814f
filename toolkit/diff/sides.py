"""Reads one side of a comparison as a table of text: CSV, or NDJSON such as snapshots and operations."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.errors import InputRefused, Problem
from toolkit.tables import CsvOptions, read_csv, read_ndjson

_UNORDERED = {"handles", "links", "lists", "list_names", "groups"}
"""What Front keeps without an order: compared as sets."""


@dataclass(frozen=True, slots=True)
class Side:
    """One table: all columns String. Row i of ``frame`` stands in row (CSV) or line (NDJSON) ``first_row + i``."""

    name: str
    frame: pl.DataFrame
    first_row: int
    notes: tuple[Problem, ...] = ()


def read_side(path: Path, options: CsvOptions) -> Side:
    """Read ``path``: NDJSON when it is named so (``.ndjson``, ``.jsonl``), else CSV. Raises InputRefused.

    NDJSON objects are flattened one level (``custom_fields.Tier``). What is deeper, and lists, is JSON with sorted
    keys; lists without an order are sorted, and handles written ``email:ada@example.com``. A number is the text it
    is in JSON, so ``12`` and ``"12"`` are equal. A key that is missing is null, as is one whose value is null.
    """
    if path.suffix.lower() in (".ndjson", ".jsonl"):
        return Side(path.name, _flat_frame(path), 1)
    table = read_csv(path, options)
    return Side(path.name, table.frame, table.first_row, table.notes)


def _flat_frame(path: Path) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {}
    count = 0
    for line, value in read_ndjson(path):
        for name, text in _flat(value, path.name, line).items():
            column = columns.setdefault(name, [])
            column.extend([None] * (count - len(column)))
            column.append(text)
        count = line
    padded = {name: [*column, *[None] * (count - len(column))] for name, column in columns.items()}
    return pl.DataFrame(padded, schema=dict.fromkeys(columns, pl.String))


def _flat(value: Any, file: str, line: int) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise _refused("this line is not a JSON object", file, line)
    flat: dict[str, str | None] = {}
    for name, inner, key in _flattened(value):
        if name in flat:
            raise _refused(f"two values of this line are called {name!r} when flattened", file, line)
        flat[name] = _text(inner, key)
    return flat


def _flattened(value: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Give (column, value, key) of each value, those of inner objects one level down."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from ((f"{key}.{name}", each, name) for name, each in inner.items())
        else:
            yield key, inner, key


def _refused(what: str, file: str, line: int) -> InputRefused:
    return InputRefused(f"{file} can't be compared", problems=(Problem(what, file, line),))


def _text(value: Any, key: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and key in _UNORDERED:
        return _json(sorted((_handle(each) for each in value), key=_json))
    return _json(value)


def _handle(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"source", "handle"}:
        return f"{value['source']}:{value['handle']}"
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
