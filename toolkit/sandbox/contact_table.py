"""The contacts of the sandbox's Salesforce: what there is from the start, and what was changed since.

A ``ContactView`` is the table as it stood at one moment: later changes don't reach it, so pages of one query join.
Frames have the column ``row`` (the contact's number, from 1) and the fields of ``contact_fields.SCHEMA``.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import polars as pl

from toolkit.sandbox import contact_records, crowd
from toolkit.sandbox.contact_fields import SCHEMA
from toolkit.sandbox.record_ids import row_of, salesforce_id

MOST_PEOPLE = 50_000
"""Up to here contacts are the made-up people of the reports; beyond, they are made up as they are read."""

Record = dict[str, Any]
Base = Callable[[int, int, Sequence[str]], pl.DataFrame]


@dataclass(frozen=True)
class ContactView:
    """The contacts of one moment; ``changed`` holds the whole record of each row that isn't as it began."""

    base: Base
    base_rows: int
    rows: int
    changed: Mapping[int, Record]

    def block(self, start: int, stop: int, names: Sequence[str]) -> pl.DataFrame:
        """Give the rows from ``start`` to ``stop`` (without it), deleted ones too: ``row`` and the named fields."""
        made = self.base(start, min(stop, self.base_rows + 1), names)
        new = self._new.filter(pl.col("row").is_between(start, stop - 1)).select(made.columns)
        if new.is_empty():
            return made
        return pl.concat([made.join(new, on="row", how="anti"), new]).sort("row")

    @cached_property
    def _new(self) -> pl.DataFrame:
        """The changed rows as a frame: made once for all the pages and passes of a query."""
        records = [record | {"row": row} for row, record in self.changed.items()]
        return pl.DataFrame(records, schema={"row": pl.UInt64(), **SCHEMA})

    def blocks(self, start: int, names: Sequence[str], size: int) -> Iterator[pl.DataFrame]:
        """Give the rows from ``start`` on, ``size`` of them at a time."""
        for first in range(start, self.rows + 1, size):
            yield self.block(first, min(first + size, self.rows + 1), names)


class ContactTable:
    """The contacts, and the door by which they change; ``version`` grows with each change.

    Safe to change while requests are answered.
    """

    def __init__(self, count: int, clock: Callable[[], float], *, ties: bool = False) -> None:
        self._base = _people(count, ties=ties) if count <= MOST_PEOPLE else crowd.block
        self._count = count
        self._rows = count
        self._clock = clock
        self._changed: dict[int, Record] = {}
        self.version = 0
        self._viewed = 0, ContactView(self._base, count, count, {})
        self._lock = threading.Lock()

    def view(self) -> ContactView:
        """Give the table as it stands now."""
        with self._lock:
            if self._viewed[0] != self.version:
                view = ContactView(self._base, self._count, self._rows, dict(self._changed))
                self._viewed = self.version, view
            return self._viewed[1]

    def change(self, identity: str, **fields: Any) -> None:
        """Set fields of a contact (dots in names written as ``__``: ``Account__Name``); its stamps move to now."""
        row = self._row(identity)
        self._set(row, self._record(row) | _named(fields))

    def change_all(self, **columns: pl.Expr) -> None:
        """Set fields of every contact at once, by expressions over its ``row``; their stamps move to now."""
        stamps = dict.fromkeys(("LastModifiedDate", "SystemModstamp"), pl.lit(self._now()))
        made = {name: each.cast(SCHEMA[name]).alias(name) for name, each in ({**columns, **stamps}).items()}
        with self._lock:
            self._base = _changed(self._base, made)
            if self._changed:
                rows = [record | {"row": row} for row, record in self._changed.items()]
                frame = pl.DataFrame(rows, schema={"row": pl.UInt64(), **SCHEMA}).with_columns(*made.values())
                self._changed = {record.pop("row"): record for record in frame.to_dicts()}
            self.version += 1

    def delete(self, identity: str) -> None:
        """Put a contact into the recycle bin: only queryAll shows it from now on."""
        row = self._row(identity)
        self._set(row, self._record(row) | {"IsDeleted": True})

    def add(self, **fields: Any) -> str:
        """Create a contact and give its Id; what isn't given is blank."""
        row = self._rows + 1
        number = {"Id": salesforce_id("003", row), "Contact_Number__c": f"C-{row:06d}"}
        made = {"CreatedDate": self._now(), "IsDeleted": False, "HasOptedOutOfEmail": False, "LastName": "Anonymous"}
        self._set(row, dict.fromkeys(SCHEMA) | number | made | _named(fields))
        return str(number["Id"])

    def _set(self, row: int, record: Record) -> None:
        now = self._now()
        with self._lock:
            self._changed[row] = record | {"LastModifiedDate": now, "SystemModstamp": now}
            self._rows = max(self._rows, row)
            self.version += 1

    def _record(self, row: int) -> Record:
        with self._lock:
            if row in self._changed:
                return self._changed[row]
        record = self.view().block(row, row + 1, list(SCHEMA)).drop("row")
        return record.row(0, named=True)

    def _row(self, identity: str) -> int:
        row = row_of("003", identity)
        if row is None or not 1 <= row <= self._rows:
            raise KeyError(identity)
        return row

    def _now(self) -> datetime:
        return datetime.fromtimestamp(int(self._clock()), UTC)


def _people(count: int, *, ties: bool) -> Base:
    """Give the made-up people as blocks; they are made when first asked for."""

    def base(start: int, stop: int, names: Sequence[str]) -> pl.DataFrame:
        frame = contact_records.contacts(count, ties=ties)
        wanted = ["row", *(name for name in names if name != "row")]
        return frame.select(wanted).slice(start - 1, max(0, stop - start))

    return base


def _changed(base: Base, made: Mapping[str, pl.Expr]) -> Base:
    """Give the blocks with some columns made anew."""

    def changed(start: int, stop: int, names: Sequence[str]) -> pl.DataFrame:
        return base(start, stop, names).with_columns(each for name, each in made.items() if name in names)

    return changed


def _named(fields: dict[str, Any]) -> Record:
    named = {_name(name): value for name, value in fields.items()}
    unknown = [name for name in named if name not in SCHEMA]
    if unknown:
        raise KeyError(unknown[0])
    return named


def _name(name: str) -> str:
    return name if name in SCHEMA else name.replace("__", ".", 1)
