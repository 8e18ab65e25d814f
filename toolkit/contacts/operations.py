"""Contacts as ``contact.upsert`` operations. Pure: a contact frame in, lines of JSON out; the stage writes them.

Blank values are left out, so that what Front has is not wiped; ``clear`` names the custom fields that the mapping
wants emptied. A datetime is Unix seconds, a number a JSON number, a whole one an integer
(schemas/operation.schema.json).

The lines are put together out of text columns, since a dict a row costs more than all the rest. They are the bytes
that ``ndjson_line`` would write of the same operation: keys sorted, only ``"``, ``\\`` and control characters escaped.
Every piece is null where there is nothing to write, and brings its own comma.
"""

import io
from collections.abc import Iterable, Sequence

import orjson
import polars as pl

from toolkit.contacts.mapping import FieldRule, FieldType, HandleSource, Mapping
from toolkit.contacts.wanted import ACCOUNT, LINKS, LISTS, field_column, handle_column

_ESCAPED = r'["\\\x00-\x1f]'
_TINY = r"^-?0\.0000"
"""Below this, orjson writes an exponent."""


def lines(contacts: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """Give the operation of each contact as JSON text without a line end, in order."""
    if contacts.is_empty():
        return pl.Series("line", dtype=pl.String)
    pieces = [
        pl.lit("{"), *_account(contacts),
        pl.lit('"body":{'), *_custom_fields(contacts, mapping),
        *_named(contacts, "description", '"description":"', '",'),
        pl.lit('"handles":['), _handles(contacts, mapping.contact.sources), pl.lit("]"),
        *_listed(contacts, LINKS, ',"links":["', '"]'), *_listed(contacts, LISTS, ',"list_names":["', '"]'),
        *_named(contacts, "name", ',"name":"', '"'),
        pl.lit("}"), *_listed(contacts, "clear", ',"clear":["', '"]'),
        *_external_id(mapping),
        pl.lit(',"key":"'), pl.lit(_escaped(contacts["key"])), pl.lit('","op":"contact.upsert"}'),
    ]  # fmt: skip
    return contacts.select(pl.concat_str(pieces, ignore_nulls=True).alias("line"))["line"]


def _external_id(mapping: Mapping) -> list[pl.Expr]:
    name = mapping.contact.external_id
    return [pl.lit(f',"external_id":{_json(name)}')] if name else []


def as_bytes(text: pl.Series) -> bytes:
    """Give lines as UTF-8, a line end after each: polars writes them three times as fast as Python joins them."""
    content = io.BytesIO()
    text.to_frame().write_csv(content, include_header=False, quote_style="never", separator="\x01")
    return content.getvalue()


def _escaped(cells: pl.Series) -> pl.Series:
    """Write what stands between the quotes of a JSON string; few cells have anything to escape."""
    risky = cells.str.contains(_ESCAPED)
    if not risky.any():
        return cells
    at = risky.arg_true()
    return cells.clone().scatter(at, [_json(cell)[1:-1] for cell in cells.gather(at)])


def _json(text: str) -> str:
    return orjson.dumps(text).decode()


def _between(before: str, cells: pl.Series, after: str) -> pl.Expr:
    """Put two texts around each cell; null where the cell is."""
    return pl.concat_str(pl.lit(before), pl.lit(cells), pl.lit(after))


def _named(frame: pl.DataFrame, column: str, before: str, after: str) -> list[pl.Expr]:
    return [_between(before, _escaped(frame[column]), after)] if column in frame.columns else []


def _listed(frame: pl.DataFrame, column: str, before: str, after: str) -> list[pl.Expr]:
    return [_items(frame[column], before, '","', after)] if column in frame.columns else []


def _items(lists: pl.Series, before: str, between: str, after: str) -> pl.Expr:
    """Write the items of each list; null for an empty list."""
    items = lists.explode(empty_as_null=False, keep_nulls=False)
    if items.str.contains(_ESCAPED).any():
        lists = lists.list.eval(pl.element().map_batches(_escaped, return_dtype=pl.String))
    texts = lists.list.join(between)
    return _between(before, texts.set(lists.list.len() == 0, None), after)


def _handles(contacts: pl.DataFrame, sources: Sequence[HandleSource]) -> pl.Expr:
    return _joined(_of_source(contacts[handle_column(each)], each) for each in sources)


def _of_source(lists: pl.Series, source: HandleSource) -> pl.Expr:
    after = f'","source":"{source}"}}'
    return _items(lists, '{"handle":"', f'{after},{{"handle":"', after)


def _joined(pieces: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str(list(pieces), separator=",", ignore_nulls=True)


def _custom_fields(contacts: pl.DataFrame, mapping: Mapping) -> list[pl.Expr]:
    rules = sorted(mapping.contact.fields, key=lambda rule: rule.name)
    if not rules:
        return []
    fields = _joined(_field(contacts[field_column(rule.name)], rule) for rule in rules)
    return [pl.when(fields != "").then(pl.concat_str(pl.lit('"custom_fields":{'), fields, pl.lit("},")))]


def _field(values: pl.Series, rule: FieldRule) -> pl.Expr:
    name = f"{_json(rule.name)}:"
    if rule.type in (FieldType.BOOLEAN, FieldType.DATETIME):
        return _between(name, values.cast(pl.String), "")
    if rule.type is FieldType.NUMBER:
        return _between(name, _numbers(values), "")
    return _between(f'{name}"', _escaped(values), '"')


def _numbers(values: pl.Series) -> pl.Series:
    """Give plain decimal text, which is JSON already, as orjson would write the same number."""
    tiny = values.str.contains(_TINY)
    if not tiny.any():
        return values
    at = tiny.arg_true()
    return values.clone().scatter(at, [orjson.dumps(float(cell)).decode() for cell in values.gather(at)])


def _account(contacts: pl.DataFrame) -> list[pl.Expr]:
    """Write the account of those who have one: it has a name then."""
    if ACCOUNT not in contacts.columns:
        return []
    account = contacts[ACCOUNT].struct.unnest()
    pieces = [
        pl.lit('"account":{'), *_named(account, "description", '"description":"', '",'),
        *_listed(account, "domains", '"domains":["', '"],'), *_named(account, "external_id", '"external_id":"', '",'),
        *_named(account, "name", '"name":"', '"},'),
    ]  # fmt: skip
    return [pl.when(pl.lit(account["name"].is_not_null())).then(pl.concat_str(pieces, ignore_nulls=True))]
