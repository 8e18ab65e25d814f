"""A snapshot's contacts as a CSV for people and for ``diff``: one row a contact, made from the NDJSON alone.

Read twice, in parts, so that it may be larger than memory: once for which columns there are, once for the rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import polars as pl

from toolkit.files import Outputs, Written
from toolkit.front.state import check_line
from toolkit.tables import read_ndjson
from toolkit.tables.formulas import harmless, harmless_cells
from toolkit.tables.headings import unique

ROWS = 20_000
"""Contacts in memory at once."""
_FIRST_SOURCES = ("email", "phone")

Line = dict[str, Any]


@dataclass(slots=True)
class _Shape:
    """What there is: the most handles of each source and links of a contact, the custom fields, whose account."""

    sources: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_FIRST_SOURCES, 1))
    links: int = 1
    fields: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] | None = None

    def add(self, line: Line) -> None:
        """Take one line of the snapshot."""
        if line["resource"] == "contact":
            self._add_contact(line)
        elif line["resource"] == "custom_field":
            self.fields[line["name"]] = str(line.get("type", ""))
        elif line["resource"] == "snapshot":
            self.accounts = {} if line["accounts"] else None
        elif line["resource"] == "account" and self.accounts is not None:
            for contact in line["contacts"]:
                held = self.accounts.get(contact)
                self.accounts[contact] = f"{held}; {line['name']}" if held else line["name"]

    def _add_contact(self, line: Line) -> None:
        counts: dict[str, int] = {}
        for each in line["handles"]:
            counts[each["source"]] = counts.get(each["source"], 0) + 1
        for source, count in counts.items():
            self.sources[source] = max(count, self.sources.get(source, 0))
        self.links = max(self.links, len(line.get("links") or ()))
        for name in line.get("custom_fields") or ():
            self.fields.setdefault(name, "")

    @property
    def headings(self) -> list[str]:
        """Name the columns: ``email``, ``email2`` … as Front's contact import does, custom fields by their names."""
        others = sorted(self.sources.keys() - set(_FIRST_SOURCES))
        several = {each: self.sources[each] for each in (*_FIRST_SOURCES, *others)} | {"link": self.links}
        numbered = [f"{name}{n if n > 1 else ''}" for name, count in several.items() for n in range(1, count + 1)]
        fixed = ["id", "name", "description", *numbered, "lists", *(["account"] if self.accounts is not None else [])]
        return [harmless(each) for each in unique([*fixed, *self.fields])]

    def row(self, line: Line) -> list[str | None]:
        """Give the cells of one contact, in the order of the headings."""
        by_source: dict[str, list[str]] = {}
        for each in line["handles"]:
            by_source.setdefault(each["source"], []).append(each["handle"])
        cells = [line["id"], line.get("name"), line.get("description")]
        for source in (*_FIRST_SOURCES, *sorted(self.sources.keys() - set(_FIRST_SOURCES))):
            cells += _filled(by_source.get(source, []), self.sources[source])
        cells += _filled(line.get("links") or [], self.links)
        cells.append("; ".join(sorted(each["name"] for each in line["lists"])))
        cells += [self.accounts.get(line["id"])] if self.accounts is not None else []
        values = line.get("custom_fields") or {}
        return [
            cell or None for cell in (*cells, *(_text(values.get(name), kind) for name, kind in self.fields.items()))
        ]


def _filled(cells: list[str], count: int) -> list[str | None]:
    return [*cells, *[None] * (count - len(cells))]


def _text(value: Any, kind: str) -> str | None:
    """Write a custom field's value: a datetime as ISO text in UTC, anything but text as JSON."""
    if value is None or isinstance(value, str):
        return value
    if kind == "datetime" and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (TypeError, ValueError, OverflowError, OSError):
            pass
    return orjson.dumps(value).decode()


def write_view(snapshot: Path, name: str, output: Path, outputs: Outputs) -> Written:
    """Write ``output`` from the snapshot that stands at ``snapshot`` and is called ``name``; not yet committed.

    Columns: id, name, description, email, email2 …, phone …, other sources, link …, lists (joined by ``; ``), account
    (where accounts were taken), each custom field. A cell that a spreadsheet would run has an apostrophe before it.
    InputRefused when it is not a snapshot.
    """
    shape = _Shape()
    for line in _lines(snapshot, name):
        shape.add(line)
    with outputs.open(output) as file:
        rows = _write(file, shape, _lines(snapshot, name))
    return Written(output, rows)


def _lines(snapshot: Path, name: str) -> Iterator[Line]:
    for number, line in read_ndjson(snapshot):
        check_line(number, line, name)
        yield line


def _write(file: BinaryIO, shape: _Shape, lines: Iterator[Line]) -> int:
    """Write the heading and the rows; give how many rows there are."""
    schema = dict.fromkeys(shape.headings, pl.String)
    pl.DataFrame(schema=schema).write_csv(file)
    count = 0
    contacts = (shape.row(line) for line in lines if line["resource"] == "contact")
    while rows := list(islice(contacts, ROWS)):
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        harmless_cells(frame).write_csv(file, include_header=False)
        count += len(rows)
    return count
