"""Reconciliation: what a report asks of Front, by a mapping, beside what a snapshot of Front shows.

The report is transformed as ever; each contact that it asks for is looked for in the snapshot, by external id or
handles, as a plan does it. Both become rows with the same columns, and only what was asked for is compared: a handle,
link or list that Front has besides is no difference, nor is a field that the report leaves blank.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.transform import Target, TransformResult, TransformSettings
from toolkit.contacts.transform import run as transform
from toolkit.contacts.wanted import row_keys
from toolkit.diff.sides import Side
from toolkit.documents import parse_yaml
from toolkit.errors import Problem
from toolkit.files import Outputs, scratch_folder
from toolkit.front.changes import handle_key, same_value
from toolkit.front.state import Line, external_key
from toolkit.front.stored import StoredState, open_state
from toolkit.settings import read_text
from toolkit.tables import CsvOptions, open_csv, read_ndjson

KEY = "key"
_CELLS = dict[str, str | None]
_BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class Asked:
    """One side of a reconciliation: its rows, which rows or lines of its file these are (from 0), and what it is."""

    frame: pl.DataFrame
    numbers: pl.Series
    side: Side


def reconcile(report: Path, snapshot: Path, mapping: Path, csv: CsvOptions) -> tuple[Asked, Asked]:
    """Give what is asked for and what is there. Raises what ``transform`` and reading a snapshot raise."""
    with scratch_folder() as folder, Outputs() as outputs:
        settings = TransformSettings(report, mapping, folder, Target.OPERATIONS, csv)
        result = transform(settings, outputs)
        upserts = (data for _, data in read_ndjson(outputs.staged(folder / "operations.ndjson")))
        return _sides(settings, snapshot, result, upserts)


def _sides(
    settings: TransformSettings, snapshot: Path, result: TransformResult, upserts: Iterator[Line]
) -> tuple[Asked, Asked]:
    rows, first_row = _rows_of(settings)
    asked, there = _Side(), _Side()
    with open_state(snapshot, _external_id(settings.mapping)) as state:
        found = _Found(state)
        for upsert in state.expecting(upserts, lambda upsert: upsert["body"].get("handles", ())):
            contact = found.contact(upsert)
            wanted, here = _cells(upsert, contact, found.account(contact))
            asked.add(upsert["key"], wanted, rows[upsert["key"]])
            if contact is not None:
                there.add(upsert["key"], here, found.line(contact))
        notes = tuple(found.notes(snapshot.name))
    names = list(dict.fromkeys([KEY, *asked.names, *there.names]))
    about = _about(settings.source.name, result), notes
    before = Side(settings.source.name, first_row, about[0], ((settings.source.name, 0),))
    return asked.given(names, before), there.given(names, Side(snapshot.name, 1, about[1], ((snapshot.name, 0),)))


def _external_id(mapping: Path) -> str:
    return read_mapping(parse_yaml(read_text(mapping), mapping.name)).contact.external_id or ""


def _rows_of(settings: TransformSettings) -> tuple[dict[str, int], int]:
    """Tell in which row of the report each key stands first, and which spreadsheet row is the first."""
    source = read_mapping(parse_yaml(read_text(settings.mapping), settings.mapping.name)).source
    with open_csv(settings.source, settings.csv) as file:
        keys = pl.concat([pl.Series(KEY, [], dtype=pl.String), *(row_keys(part, source) for part in file.parts())])
        first = keys.to_frame().with_row_index("row").unique(KEY, keep="first")
        return dict(first.select(KEY, "row").iter_rows()), file.first_row


class _Side:
    """Collects the rows of one side."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._rows: list[_CELLS] = []
        self._numbers: list[int] = []

    def add(self, key: str, cells: _CELLS, number: int) -> None:
        self.names.update(dict.fromkeys(cells))
        self._rows.append({KEY: key, **cells})
        self._numbers.append(number)

    def given(self, names: list[str], side: Side) -> Asked:
        columns = {name: [row.get(name) for row in self._rows] for name in names}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
        return Asked(frame, pl.Series(self._numbers, dtype=pl.Int64), side)


class _Found:
    """Finds the contact of each upsert, and counts those that could not be told or were not asked for."""

    def __init__(self, state: StoredState) -> None:
        self._state = state
        self._seen: set[str] = set()
        self._unclear = 0
        self._accounts = {
            contact: account.get("name")
            for account in (state.accounts or {}).values()
            for contact in account["contacts"]
        }

    def contact(self, upsert: Line) -> Line | None:
        found = self._candidates(upsert)
        self._seen.update(found)
        self._unclear += len(found) > 1
        return self._state.contacts[found[0]] if len(found) == 1 else None

    def _candidates(self, upsert: Line) -> list[str]:
        field = upsert.get("external_id")
        value = external_key(upsert["body"].get("custom_fields", {}).get(field)) if field else None
        if value is not None and value in self._state.by_external:
            return list(self._state.by_external[value])
        return self._state.matches(upsert["body"].get("handles", []))

    def account(self, contact: Line | None) -> str | None:
        return None if contact is None else self._accounts.get(contact["id"])

    def line(self, contact: Line) -> int:
        return self._state.stored.rows[contact["id"]]

    def notes(self, name: str) -> Iterator[Problem]:
        if self._unclear:
            said = f"rows that mean several contacts: {self._unclear:,}; counted as not there, plan names them"
            yield Problem(said, name, code="several-contacts")
        others = len(self._state.contacts) - len(self._seen)
        if others:
            yield Problem(f"contacts that no row asks for: {others:,}; not compared", name, code="not-asked-for")
        if self._state.accounts is None:
            yield Problem("it has no accounts; they are not compared", name, code="no-accounts")


def _about(name: str, result: TransformResult) -> tuple[Problem, ...]:
    notes = list(result.notes)
    if result.rejected:
        codes = ", ".join(f"{code} {count:,}" for code, count in result.rejected_by_code.items())
        said = f"rows that ask for nothing: {result.rejected:,} ({codes}); not compared"
        notes.append(Problem(said, name, code="rejected"))
    if result.merged:
        said = f"rows merged into others: {result.merged:,}; compared as one"
        notes.append(Problem(said, name, code="merged"))
    return tuple(notes)


def _cells(upsert: Line, contact: Line | None, account: str | None) -> tuple[_CELLS, _CELLS]:
    """Give the cells that are asked for and what is there in their place."""
    body, here = upsert["body"], contact or {}
    pairs = {name: (body[name], here.get(name) or None) for name in ("name", "description") if body.get(name)}
    pairs |= dict(_sets(body, here))
    if "account" in upsert:
        pairs["account"] = upsert["account"]["name"], account
    fields, present = body.get("custom_fields", {}), here.get("custom_fields") or {}
    for field in (*fields, *upsert.get("clear", ())):
        pairs[f"custom_fields.{field}"] = _texts(fields.get(field), present.get(field))
    return {name: asked for name, (asked, _) in pairs.items()}, {name: there for name, (_, there) in pairs.items()}


def _sets(body: Line, here: Line) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """Give handles by source, links and lists: all that are asked for, and those of them that are there."""
    known = {handle_key(handle) for handle in here.get("handles") or ()}
    by_source: dict[str, list[tuple[str, bool]]] = {}
    for handle in body.get("handles", ()):
        by_source.setdefault(handle["source"], []).append((handle["handle"], handle_key(handle) in known))
    for source, handles in by_source.items():
        yield f"handles.{source}", _joined(handles)
    links, lists = set(here.get("links") or ()), {each["name"] for each in here.get("lists") or ()}
    for name, asked, there in (("links", body.get("links"), links), ("lists", body.get("list_names"), lists)):
        if asked:
            yield name, _joined([(each, each in there) for each in asked])


def _joined(items: list[tuple[str, bool]]) -> tuple[str | None, str | None]:
    there = [item for item, is_there in items if is_there]
    return _BETWEEN.join(sorted(item for item, _ in items)), _BETWEEN.join(sorted(there)) or None


def _texts(asked: Any, there: Any) -> tuple[str | None, str | None]:
    """Write two values of a custom field: as the same text only when they are the same."""
    one, other = _text(asked), _text(there)
    if asked is not None and same_value(there, asked):
        return one, one
    return one, json.dumps(there, ensure_ascii=False) if one == other and one is not None else other


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
