"""Which operations are surely valid, told from the columns that they are written of. Pure: no JSON is parsed.

It only ever says yes. What a cell must be it reads in schemas/operation.schema.json and those that this refers to; how
these put cells together (a handle has a source, no list has an entry twice) is known here; the name of an external-id
field is the mapping's, not a row's. The judge (toolkit/schemas.py) looks at those that are not sure.
tests/contacts/test_sure.py holds both against each other, and fails when the schemas ask for more than is looked at.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.contacts.frame import ACCOUNT, CLEAR, KEY, LINKS, LISTS, field_column, handle_column
from toolkit.contacts.mapping import FieldType, HandleSource, Mapping
from toolkit.flat import failures

Rules = dict[str, Any]

_PLAIN_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
"""A number of JSON that schemas call a number, whatever its size."""


def unsure(contacts: pl.DataFrame, mapping: Mapping) -> list[int]:
    """Give the places of the contacts whose operation has to be judged: mostly none."""
    doubts = [pl.lit(value=False), *_doubts(contacts, mapping)]
    found = contacts.select(pl.any_horizontal(doubts).fill_null(value=True).arg_true()).to_series().to_list()
    return sorted({*found, *_doubtful_items(contacts, mapping)})


def _doubts(contacts: pl.DataFrame, mapping: Mapping) -> Iterator[pl.Expr]:
    """Give an expression for each way in which a contact's own cells can break the schema."""
    yield from failures(pl.col(KEY), _operation()["$defs"]["key"])
    yield pl.sum_horizontal(pl.col(handle_column(each)).list.len() for each in mapping.contact.sources) == 0
    for name in {"name", "description"} & set(contacts.columns):
        yield from _if_there(pl.col(name), _body()["properties"][name])
    for rule in mapping.contact.fields:
        if rule.type is FieldType.NUMBER:
            yield from _if_there(pl.col(field_column(rule.name)), {"pattern": _PLAIN_NUMBER})
    if ACCOUNT in contacts.columns:
        for name in ("name", "description", "external_id"):
            yield from _if_there(pl.col(ACCOUNT).struct.field(name), _account()["properties"][name])


def _if_there(cell: pl.Expr, rules: Rules) -> Iterator[pl.Expr]:
    yield from (cell.is_not_null() & each for each in failures(cell, rules))


def _doubtful_items(contacts: pl.DataFrame, mapping: Mapping) -> Iterator[int]:
    """Give the places of the contacts whose lists have an entry that breaks the schema, or one twice."""
    for source in mapping.contact.sources:
        yield from _in_list(contacts[handle_column(source)], _handle_rules(source))
    for column, items in ((LINKS, _body()["properties"]["links"]), (LISTS, _body()["properties"]["list_names"])):
        if column in contacts.columns:
            yield from _in_list(contacts[column], items["items"])
    if CLEAR in contacts.columns:
        yield from _in_list(contacts[CLEAR], _operation()["$defs"]["cleared"]["items"])
    if ACCOUNT in contacts.columns:
        yield from _in_list(contacts[ACCOUNT].struct.field("domains"), _account()["properties"]["domains"]["items"])


def _in_list(lists: pl.Series, rules: Rules) -> Iterator[int]:
    cells = lists.alias("cell").to_frame().with_row_index("at")
    several = cells.filter(pl.col("cell").list.len() > 1)
    yield from several.filter(pl.col("cell").list.n_unique() < pl.col("cell").list.len())["at"]
    items = cells.explode("cell", empty_as_null=False, keep_nulls=False)
    wrong = pl.any_horizontal(pl.col("cell").is_null(), *failures(pl.col("cell"), rules))
    yield from items.filter(wrong.fill_null(value=True))["at"]


def _operation() -> Rules:
    return schemas.load("operation")


def _body() -> Rules:
    return schemas.load("contact-create")


def _account() -> Rules:
    return schemas.load("account-create")


def _handle_rules(source: HandleSource) -> Rules:
    """Give what the handles of a source must be: the rules for all, and those that stand under its name."""
    schema = schemas.load("handle")
    own: Rules = dict(schema["properties"]["handle"])
    for each in schema["allOf"]:
        if each["if"]["properties"]["source"]["const"] == source.value:
            own |= each["then"]["properties"]["handle"]
    return own
