"""Contacts as ``contact.upsert`` operations. Pure: a contact frame in, dicts out; writing them is the stage's part.

Blank values are left out, so that what Front has is not wiped. A datetime is Unix seconds, a number a JSON number,
a whole one an integer (schemas/operation.schema.json).
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from toolkit.contacts.mapping import FieldType, Mapping
from toolkit.contacts.wanted import ACCOUNT, LINKS, LISTS, field_column, handle_column

BATCH = 20_000
"""Contacts turned into Python values at a time."""

_IN_BODY = {"name": "name", "description": "description", LINKS: "links", LISTS: "list_names"}


def upserts(contacts: pl.DataFrame, mapping: Mapping) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give (index of the row, operation) for each contact, in order."""
    for part in contacts.iter_slices(BATCH):
        index, keys = part["index"].to_list(), part["key"].to_list()
        bodies, accounts = _bodies(part, mapping), _accounts(part)
        for row, key, body, account in zip(index, keys, bodies, accounts, strict=True):
            operation = {"key": key, "op": "contact.upsert", "body": body}
            yield row, operation | {"account": account} if account else operation


def _bodies(part: pl.DataFrame, mapping: Mapping) -> Iterator[dict[str, Any]]:
    columns = {name: part[column].to_list() for column, name in _IN_BODY.items() if column in part.columns}
    columns |= {"handles": _handles(part, mapping), "custom_fields": _custom_fields(part, mapping)}
    for values in zip(*columns.values(), strict=True):
        yield {name: value for name, value in zip(columns, values, strict=True) if value}


def _handles(part: pl.DataFrame, mapping: Mapping) -> list[list[dict[str, str]]]:
    handles: list[list[dict[str, str]]] = [[] for _ in range(len(part))]
    for source in mapping.contact.sources:
        for row, found in zip(handles, part[handle_column(source)].to_list(), strict=True):
            row += [{"source": source.value, "handle": handle} for handle in found]
    return handles


def _custom_fields(part: pl.DataFrame, mapping: Mapping) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = [{} for _ in range(len(part))]
    for rule in mapping.contact.fields:
        values = part[field_column(rule.name)].to_list()
        for row, value in zip(fields, values, strict=True):
            if value is not None:
                row[rule.name] = _number(value) if rule.type is FieldType.NUMBER else value
    return fields


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _accounts(part: pl.DataFrame) -> list[dict[str, Any]]:
    if ACCOUNT not in part.columns:
        return [{}] * len(part)
    return [_filled(account) if account else {} for account in part[ACCOUNT].to_list()]


def _filled(account: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in account.items() if value}
