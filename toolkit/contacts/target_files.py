"""What the rows become for Front, part by part: lines of operations for its API, or rows of its contact import.

Every contact is held against the target's schema as it will be written; one that the schema does not let pass is given
back as a fault, and is not among what is to be written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import polars as pl

from toolkit import flat, schemas
from toolkit.ahead import ahead
from toolkit.contacts import rejects
from toolkit.contacts.import_file import import_rows
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.operations import lines
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.report_rows import Part, ReportRows
from toolkit.contacts.sorting import Finished
from toolkit.contacts.wanted import INDEX
from toolkit.errors import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passed(Generic[T]):
    """What a part of the rows becomes: its ``contacts``, the same as the target wants them, and faults of the rest."""

    part: Part
    contacts: pl.DataFrame
    written: T
    faults: pl.DataFrame


def operations(rows: ReportRows, mapping: Mapping) -> Iterator[Passed[bytes]]:
    """Give the operations of each part as NDJSON."""
    return ahead(partial(_operations, rows, mapping), rows.parts)


def import_texts(rows: ReportRows, mapping: Mapping) -> Iterator[Passed[pl.DataFrame]]:
    """Give the rows of the contact import of each part: all columns text, blank = null."""
    return ahead(partial(_import_texts, rows, mapping), rows.parts)


def _operations(rows: ReportRows, mapping: Mapping, part: Part) -> Passed[bytes]:
    found = rows.contacts(part, name_needed=False)
    text = lines(found.contacts, mapping)
    written = text.str.join("\n").item() if len(text) else ""
    content = f"{written}\n".encode() if written else b""
    wrong = schemas.invalid_lines(content.splitlines(), "operation")
    if not wrong:
        return Passed(part, found.contacts, content, found.faults)
    said = [_said(schemas.line_problems(text[at].encode(), "operation")) for at in wrong]
    kept, faults = _without(found, wrong, said)
    return Passed(part, kept, b"".join(f"{line}\n".encode() for line in _others(text, wrong)), faults)


def _import_texts(rows: ReportRows, mapping: Mapping, part: Part) -> Passed[pl.DataFrame]:
    found = rows.contacts(part, name_needed=True)
    text = import_rows(found.contacts, mapping)
    wrong = flat.invalid_rows(text, "import-row")
    if not wrong:
        return Passed(part, found.contacts, text, found.faults)
    kept, faults = _without(found, wrong, [_said(flat.row_problems(text, at, "import-row")) for at in wrong])
    places = pl.int_range(len(text), eager=True)
    return Passed(part, kept, text.filter(~places.is_in(wrong)), faults)


def _said(problems: list[Problem]) -> str:
    return "; ".join(str(each) for each in problems)


def _others(items: pl.Series, wrong: list[int]) -> pl.Series:
    return items.filter(~pl.int_range(len(items), eager=True).is_in(wrong))


def _without(found: Finished, wrong: list[int], said: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the contacts at the places ``wrong`` out, and add their faults."""
    index = found.contacts[INDEX]
    faults = rejects.faults(index.gather(wrong), RejectCode.SCHEMA, pl.Series(said, dtype=pl.String))
    kept = found.contacts.join(faults, on=INDEX, how="anti", maintain_order="left")
    return kept, rejects.together([found.faults, faults])
