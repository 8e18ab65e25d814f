"""What a query found, to be read in pages of any length from any place, over one moment's records.

A page begins at a place: the number of a row, which stays valid while the records are held.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from toolkit.sandbox.contact_fields import CONTACT_FIELDS, TYPES_OF_RELATIONSHIPS, Field, FieldKind
from toolkit.sandbox.contact_table import ContactView
from toolkit.sandbox.soql import Query, SoqlError
from toolkit.sandbox.soql_records import Bound, bind, sort_and_cut

BLOCK_ROWS, LEAST_ROWS = 50_000, 5_000
Blocks = Callable[[int, Sequence[str], int], Iterator[pl.DataFrame]]
"""Records from a place on: which fields, and how many records a frame."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the records, and the place where the next part begins; None at the end."""

    frame: pl.DataFrame
    following: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """The records of one query: columns ``row`` and the fields it needs; ``shown`` are those it selects."""

    object: str
    shown: tuple[Field, ...]
    needed: tuple[str, ...]
    keep: pl.Expr
    blocks: Blocks

    def page(self, start: int, most: int) -> Page:
        """Give at most ``most`` records from the place ``start`` on."""
        frames, height = [], 0
        for frame in self._kept(start, self.needed, max(LEAST_ROWS, min(BLOCK_ROWS, most + 1))):
            frames.append(frame)
            height += frame.height
            if height > most:
                whole = pl.concat(frames)
                return Page(whole.head(most), whole["row"][most])
        return Page(pl.concat(frames) if frames else self._empty(), None)

    def count(self) -> int:
        """Count the records."""
        return sum(frame.height for frame in self._kept(1, self._tested(), BLOCK_ROWS))

    def places(self, most: int) -> list[int]:
        """Say where each page of ``most`` records begins."""
        places, before = [], 0
        for frame in self._kept(1, self._tested(), BLOCK_ROWS):
            places += frame["row"].gather_every(most, -before % most).to_list()
            before += frame.height
        return places

    def _kept(self, start: int, names: Sequence[str], size: int) -> Iterator[pl.DataFrame]:
        return (frame.filter(self.keep) for frame in self.blocks(start, names, size))

    def _tested(self) -> tuple[str, ...]:
        roots = set(self.keep.meta.root_names())
        return tuple(name for name in self.needed if name in roots)

    def _empty(self) -> pl.DataFrame:
        schema = {field.name: field.dtype for field in self.shown}
        return pl.DataFrame(schema={"row": pl.UInt64(), **schema})


def in_contacts(query: Query, view: ContactView, *, deleted: bool) -> Found:
    """Find contacts as they stood when ``view`` was made."""
    bound = bind(query, CONTACT_FIELDS, deleted=deleted)
    found = Found("Contact", bound.shown, bound.needed, bound.keep, view.blocks)
    return _held(found, bound) if bound.whole else found


def in_frame(query: Query, records: pl.DataFrame, fields: tuple[Field, ...]) -> Found:
    """Find records of an object that is small: one frame."""
    bound = bind(query, fields, deleted=True)
    numbered = records.with_row_index("row", 1)
    return _held(Found(query.object, bound.shown, bound.needed, bound.keep, _blocks_of(numbered)), bound)


def _held(found: Found, bound: Bound) -> Found:
    """Sort and cut the records and hold them; from here on they are numbered in the query's order."""
    frames = [frame.filter(found.keep) for frame in found.blocks(1, found.needed, BLOCK_ROWS)]
    whole = pl.concat(frames) if frames else pl.DataFrame(schema={"row": pl.UInt64()})
    held = sort_and_cut(bound, whole).drop("row").with_row_index("row", 1)
    return Found(found.object, found.shown, found.needed, pl.lit(value=True), _blocks_of(held))


def _blocks_of(frame: pl.DataFrame) -> Blocks:
    def blocks(start: int, names: Sequence[str], size: int) -> Iterator[pl.DataFrame]:
        wanted = frame.select("row", *names)
        return (wanted.slice(first, size) for first in range(start - 1, frame.height, size))

    return blocks


def as_csv(frame: pl.DataFrame, shown: Sequence[Field], separator: str = ",", line_end: str = "\n") -> bytes:
    """Write records as Bulk API 2.0 does: a header, every value quoted, blank as an empty text, UTF-8."""
    content = io.BytesIO()
    frame.select(field.name for field in shown).write_csv(
        content,
        separator=separator,
        line_terminator=line_end,
        quote_style="always",
        datetime_format="%Y-%m-%dT%H:%M:%S.000Z",
        float_scientific=False,
    )
    return content.getvalue()


def as_json(frame: pl.DataFrame, found: Found, data: str) -> list[dict[str, Any]]:
    """Write records as the REST API does: each under ``attributes``, fields of related records in objects of theirs."""
    return [_record(record, found, data) for record in frame.drop("row").iter_rows(named=True)]


def _record(values: dict[str, Any], found: Found, data: str) -> dict[str, Any]:
    attributes = {"type": found.object} | _address(f"{data}/sobjects/{found.object}", values.get("Id"))
    record: dict[str, Any] = {"attributes": attributes}
    for field in found.shown:
        relationship, _, name = field.name.rpartition(".")
        value = _value(values[field.name], field)
        if relationship:
            related = record.get(relationship) or {"attributes": {"type": TYPES_OF_RELATIONSHIPS[relationship]}}
            record[relationship] = related | {name: value}
        else:
            record[name] = value
    for relationship in TYPES_OF_RELATIONSHIPS:
        if all(value is None for name, value in (record.get(relationship) or {}).items() if name != "attributes"):
            record |= {relationship: None} if relationship in record else {}
    return record


def _address(base: str, identity: str | None) -> dict[str, str]:
    return {"url": f"{base}/{identity}"} if identity else {}


def _value(value: Any, field: Field) -> Any:
    if value is None:
        return None
    match field.kind:
        case FieldKind.DATETIME:
            return f"{value:%Y-%m-%dT%H:%M:%S.000+0000}"
        case FieldKind.DATE:
            return value.isoformat()
        case _:
            return value


def unknown_object(name: str) -> SoqlError:
    """Make the refusal for an object that isn't played here."""
    return SoqlError(f"sObject type '{name}' is not supported.", "INVALID_TYPE")
