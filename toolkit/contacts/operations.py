"""Contacts as ``contact.upsert`` operations. Pure: a contact frame in, lines of JSON out; the stage writes them.

Blank values are left out, so that what Front has is not wiped; ``clear`` names the custom fields that the mapping
wants emptied. A datetime is Unix seconds, a number a JSON number, a whole one an integer
(schemas/operation.schema.json).

The lines are put together out of text columns, since a dict a row costs more than all the rest. They are the bytes
that ``ndjson_line`` would write of the same operation: keys sorted, only ``"``, ``\\`` and control characters escaped.
"""

from collections.abc import Iterable, Sequence

import orjson
import polars as pl

from toolkit.contacts.mapping import FieldRule, FieldType, HandleSource, Mapping
from toolkit.contacts.wanted import ACCOUNT, LINKS, LISTS, field_column, handle_column

_ESCAPED = r'["\\\x00-\x1f]'
_NOTHING = pl.lit(None, dtype=pl.String)
_TINY = r"^-?0\.0000"
"""Below this, orjson writes an exponent."""


def lines(contacts: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """Give the operation of each contact as JSON text without a line end, in order."""
    if contacts.is_empty():
        return pl.Series("line", dtype=pl.String)
    parts = {
        "account": _account(contacts),
        "body": _object(_body(contacts, mapping)),
        "clear": _texts(contacts, "clear"),
        "key": _text(contacts["key"]),
        "op": pl.lit('"contact.upsert"'),
    }
    return contacts.select(_object(parts).alias("line"))["line"]


def _body(contacts: pl.DataFrame, mapping: Mapping) -> dict[str, pl.Expr]:
    fields = {rule.name: _field(contacts[field_column(rule.name)], rule) for rule in mapping.contact.fields}
    return {
        "custom_fields": _object(fields),
        "description": _text_of(contacts, "description"),
        "handles": _handles(contacts, mapping.contact.sources),
        "links": _texts(contacts, LINKS),
        "list_names": _texts(contacts, LISTS),
        "name": _text_of(contacts, "name"),
    }


def _object(parts: dict[str, pl.Expr]) -> pl.Expr:
    """Write an object of the parts that are not null; null when none is."""
    if not parts:
        return _NOTHING
    named = [pl.lit(f"{_json(name)}:") + parts[name] for name in sorted(parts)]
    some = pl.concat_str(named, separator=",", ignore_nulls=True)
    return pl.when(some != "").then(pl.lit("{") + some + pl.lit("}"))


def _json(text: str) -> str:
    return orjson.dumps(text).decode()


def _escaped(cells: pl.Series) -> pl.Series:
    """Write what stands between the quotes of a JSON string; few cells have anything to escape."""
    risky = cells.str.contains(_ESCAPED)
    if not risky.any():
        return cells
    at = risky.arg_true()
    return cells.clone().scatter(at, [_json(cell)[1:-1] for cell in cells.gather(at)])


def _text(cells: pl.Series) -> pl.Expr:
    return pl.lit('"') + pl.lit(_escaped(cells)) + pl.lit('"')


def _text_of(contacts: pl.DataFrame, column: str) -> pl.Expr:
    return _text(contacts[column]) if column in contacts.columns else _NOTHING


def _texts(contacts: pl.DataFrame, column: str) -> pl.Expr:
    """Write a column of lists as arrays of texts; null where a list is empty."""
    return _array([_items(contacts[column], '"', '"')]) if column in contacts.columns else _NOTHING


def _handles(contacts: pl.DataFrame, sources: Sequence[HandleSource]) -> pl.Expr:
    return _array([_items(contacts[handle_column(each)], '{"handle":"', f'","source":"{each}"}}') for each in sources])


def _array(parts: Iterable[pl.Expr]) -> pl.Expr:
    some = pl.concat_str(list(parts), separator=",", ignore_nulls=True)
    return pl.when(some != "").then(pl.lit("[") + some + pl.lit("]"))


def _items(lists: pl.Series, before: str, after: str) -> pl.Expr:
    """Write the items of each list, commas between; null for an empty list."""
    item = lists.explode(empty_as_null=False, keep_nulls=False)
    if item.is_empty():
        return _NOTHING
    if item.str.contains(_ESCAPED).any():
        lists = lists.list.eval(pl.element().map_batches(_escaped, return_dtype=pl.String))
    joined = lists.list.join(f"{after},{before}")
    filled = pl.lit(before) + pl.lit(joined) + pl.lit(after)
    return pl.when(pl.lit(lists.list.len() > 0)).then(filled)


def _account(contacts: pl.DataFrame) -> pl.Expr:
    if ACCOUNT not in contacts.columns:
        return _NOTHING
    accounts = contacts[ACCOUNT].struct.unnest()
    texts = {name: _text(accounts[name]) for name, kind in accounts.schema.items() if kind == pl.String}
    lists = {name: _texts(accounts, name) for name, kind in accounts.schema.items() if kind == pl.List}
    return _object(texts | lists)


def _field(values: pl.Series, rule: FieldRule) -> pl.Expr:
    if rule.type in (FieldType.BOOLEAN, FieldType.DATETIME):
        return pl.lit(values.cast(pl.String))
    return pl.lit(_numbers(values)) if rule.type is FieldType.NUMBER else _text(values)


def _numbers(values: pl.Series) -> pl.Series:
    """Give plain decimal text, which is JSON already, as orjson would write the same number."""
    tiny = values.str.contains(_TINY)
    if not tiny.any():
        return values
    at = tiny.arg_true()
    return values.clone().scatter(at, [orjson.dumps(float(cell)).decode() for cell in values.gather(at)])
