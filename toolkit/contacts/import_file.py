"""Contacts as the rows of Front's contact import. Pure: a contact frame in, text frames out.

Front's help centre: the headings ``name, email, email2 …, phone, phone2 …, link, contactList, contactList2 …,
twitter, description, accountName`` and the exact names of custom fields; only those, no blank rows or columns; at
most 3,000 rows a file. It has no heading for other handles, for more than one link or twitter name, or for an
account's id and domains: ``left_out`` counts what stays behind.
"""

import re
from collections.abc import Iterable, Iterator

import polars as pl

from toolkit.contacts.mapping import FieldRule, FieldType, HandleSource, Mapping
from toolkit.contacts.wanted import ACCOUNT, LINKS, LISTS, field_column, handle_column

MAX_ROWS = 3_000
"""Rows of one import file without its headings (Front's help centre)."""

_EMAIL, _PHONE, _TWITTER = (
    handle_column(each) for each in (HandleSource.EMAIL, HandleSource.PHONE, HandleSource.TWITTER)
)
_SERIES = {_EMAIL: "email", _PHONE: "phone", LISTS: "contactList"}
_SINGLE = {LINKS: "link", _TWITTER: "twitter"}


def import_rows(contacts: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Give all rows of the import, every column text, blank = null; columns that no row uses may stand there."""
    columns: list[pl.Expr] = [pl.col("name")]
    columns += _series(contacts, _EMAIL) + _series(contacts, _PHONE)
    columns += [pl.col(name).list.first().alias(head) for name, head in _SINGLE.items() if name in contacts.columns]
    columns += _series(contacts, LISTS)
    columns += [pl.col("description")] if "description" in contacts.columns else []
    if ACCOUNT in contacts.columns:
        columns.append(pl.col(ACCOUNT).struct.field("name").alias("accountName"))
    columns += [_field(rule) for rule in mapping.contact.fields]
    return contacts.select(columns)


def in_files(parts: Iterable[pl.DataFrame], mapping: Mapping) -> Iterator[pl.DataFrame]:
    """Cut rows that come part by part into files of at most ``MAX_ROWS``, each with only the columns that it uses."""
    waiting = pl.DataFrame()
    for part in parts:
        waiting = _in_order(pl.concat([waiting, part], how="diagonal"), mapping)
        whole = len(waiting) - len(waiting) % MAX_ROWS
        yield from _cut(waiting.head(whole))
        waiting = waiting.tail(-whole) if whole else waiting
    yield from _cut(waiting)


def _cut(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, len(rows), MAX_ROWS):
        part = rows.slice(start, MAX_ROWS)
        yield part.select(name for name in part.columns if part[name].null_count() < len(part))


def _in_order(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Put the columns in Front's order again: a part may have more addresses a contact than those before it."""
    fields = [rule.name for rule in mapping.contact.fields]
    places = {name: at for at, name in enumerate(["name", "email", "phone", "link", "twitter", "contactList"])}

    def place(name: str) -> tuple[int, int]:
        series = re.fullmatch(r"(email|phone|contactList)([0-9]*)", name)
        if name in fields:
            return len(places) + 2, fields.index(name)
        if series:
            return places[series[1]], int(series[2] or 1)
        return places.get(name, len(places) + (name == "accountName")), 0

    names: list[str] = sorted(rows.columns, key=place)
    return rows.select(names)


def left_out(contacts: pl.DataFrame, mapping: Mapping) -> dict[str, int]:
    """Count what the import has no heading for: ``{"facebook handles": 3, "further links": 12 …}``."""
    counts = {}
    for source in mapping.contact.sources:
        column = handle_column(source)
        if column not in _SERIES | _SINGLE:
            counts[f"{source} handles"] = _entries(contacts, column)
    for column, heading in _SINGLE.items():
        if column in contacts.columns:
            counts[f"further {heading}s"] = _entries(contacts, column, beyond=1)
    return {what: count for what, count in counts.items() if count}


def _entries(contacts: pl.DataFrame, column: str, beyond: int = 0) -> int:
    """Count the entries of a column of lists beyond the first few of each row."""
    beyond_those = pl.col(column).list.len().cast(pl.Int64) - beyond
    return int(contacts.select(beyond_those.clip(lower_bound=0).sum()).item())


def _series(contacts: pl.DataFrame, column: str) -> list[pl.Expr]:
    """Give ``email, email2, email3 …`` out of one column of lists."""
    if column not in contacts.columns:
        return []
    most, heading = int(contacts.select(pl.col(column).list.len().max()).item() or 0), _SERIES[column]
    numbered = [heading if at == 0 else f"{heading}{at + 1}" for at in range(most)]
    return [pl.col(column).list.get(at, null_on_oob=True).alias(name) for at, name in enumerate(numbered)]


def _field(rule: FieldRule) -> pl.Expr:
    value = pl.col(field_column(rule.name))
    if rule.type is FieldType.BOOLEAN:
        value = pl.when(value).then(pl.lit("True")).when(~value).then(pl.lit("False"))
    elif rule.type is FieldType.DATETIME:
        value = pl.from_epoch(value, "s").dt.strftime("%Y-%m-%d %H:%M:%S")
    return value.alias(rule.name)
