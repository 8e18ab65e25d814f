"""A snapshot's contacts as columns, for conditions and for what people read. Pure.

The frame: ``id``, ``name`` (String), ``handles`` (each ``SOURCE`` + line feed + handle), ``lists`` and ``accounts``
(names; List of String), and ``field NAME`` for each custom field asked for: Float64 of a number, Boolean, Int64 (Unix
seconds) of a datetime, else String. Null: the contact has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import polars as pl

from toolkit.company import CompanyField

Line = dict[str, Any]
ROWS = 50_000
"""Contacts that are looked at together."""
BETWEEN = "\n"
OWN = ("id", "name", "email", "phone", "handles", "lists", "account")
"""The columns of ``readable`` that are no custom fields."""
_MARK = "\0"
"""What no text of a contact has in it."""
_TEXTS = pl.List(pl.String())
_TYPES: dict[str, pl.DataType] = {"number": pl.Float64(), "boolean": pl.Boolean(), "datetime": pl.Int64()}
_KINDS: dict[str, tuple[type, ...]] = {"number": (int, float), "boolean": (bool,), "datetime": (int, float)}


@dataclass(frozen=True, slots=True)
class People:
    """How contacts become columns: the names of their accounts by the contacts' ids, and the custom fields."""

    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[CompanyField, ...] = ()

    def frames(self, contacts: Iterable[Line]) -> Iterator[pl.DataFrame]:
        """Give the contacts as frames of at most ``ROWS`` rows, in their order."""
        waiting = iter(contacts)
        while some := list(islice(waiting, ROWS)):
            yield self._frame(some)

    def _frame(self, some: list[Line]) -> pl.DataFrame:
        handles = [[f"{each['source']}{BETWEEN}{each['handle']}" for each in line["handles"]] for line in some]
        columns = [
            pl.Series("id", [line["id"] for line in some], pl.String()),
            pl.Series("name", [line.get("name") or None for line in some], pl.String()),
            _lists("handles", handles),
            _lists("lists", ([each["name"] for each in line["lists"]] for line in some)),
            _lists("accounts", (self.accounts.get(line["id"], ()) for line in some)),
        ]
        values = [line.get("custom_fields") or {} for line in some]
        return pl.DataFrame([*columns, *(_values(each, values) for each in self.fields)])


def _lists(name: str, texts: Iterable[Sequence[str]]) -> pl.Series:
    """Make a column of lists: joined and split again, since polars takes lists one by one at a tenth of the speed."""
    joined = pl.Series(name, [_MARK.join(each) if each else None for each in texts], pl.String())
    return joined.str.split(_MARK).fill_null(pl.Series([[]], dtype=_TEXTS))


def _values(asked: CompanyField, values: Sequence[Mapping[str, Any]]) -> pl.Series:
    """Give the column of a custom field; a value of another kind than its type's is none."""
    kinds = _KINDS.get(asked.type, (str,))
    odd = bool if kinds == (int, float) else ()
    found = (each.get(asked.name) for each in values)
    kept = [each if isinstance(each, kinds) and not isinstance(each, odd) and each != "" else None for each in found]
    return pl.Series(field_column(asked.name), kept, _TYPES.get(asked.type, pl.String()), strict=False)


def field_column(name: str) -> str:
    """Name the column of a custom field."""
    return f"field {name}"


def accounts_of(heads: Iterable[Line]) -> dict[str, tuple[str, ...]]:
    """Give the names of the accounts of each contact that is in one, from a snapshot's lines."""
    found: dict[str, tuple[str, ...]] = {}
    for line in heads:
        if line["resource"] == "account":
            for contact in line["contacts"]:
                found[contact] = (*found.get(contact, ()), line["name"])
    return found


def readable(frame: pl.DataFrame, fields: Iterable[CompanyField]) -> pl.DataFrame:
    """Give what people and SQL read: ``id``, ``name``, ``email``, ``phone``, ``handles``, ``lists``, ``account``, and
    each custom field under its name; several joined by ``; ``, a datetime as ISO text in UTC, nothing as null.

    A custom field that is called like one of the columns before it is ``field NAME``.
    """
    columns = {
        "id": pl.col("id"),
        "name": pl.col("name"),
        "email": _joined(_of_source("email")),
        "phone": _joined(_of_source("phone")),
        "handles": _joined(pl.col("handles").list.eval(pl.element().str.replace(BETWEEN, ":", literal=True))),
        "lists": _joined(pl.col("lists")),
        "account": _joined(pl.col("accounts")),
    }
    told = {name: _told(each) for name, each in readable_names(fields).items() if each}
    return frame.select(expr.alias(name) for name, expr in (columns | told).items())


def readable_names(fields: Iterable[CompanyField]) -> dict[str, CompanyField | None]:
    """Name the columns of ``readable``, each with the custom field that it is, if it is one."""
    named = {field_column(each.name) if each.name in OWN else each.name: each for each in fields}
    return dict.fromkeys(OWN) | named


def _of_source(source: str) -> pl.Expr:
    start = f"{source}{BETWEEN}"
    item = pl.element()
    return pl.col("handles").list.eval(item.filter(item.str.starts_with(start)).str.slice(len(start)))


def _joined(texts: pl.Expr) -> pl.Expr:
    return pl.when(texts.list.len() > 0).then(texts.list.join("; "))


def _told(each: CompanyField) -> pl.Expr:
    column = pl.col(field_column(each.name))
    if each.type != "datetime":
        return column
    return pl.from_epoch(column, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
