"""Mapping and cells into the contacts we want: one row of the report, one contact, duplicates not yet looked at. Pure.

A contact frame has these columns, the same for both targets; a column stands there only when the mapping fills it
(``frame.contact_schema``):

    index                UInt32        the row's place in the file, from 0
    key                  String
    name, description    String
    handle SOURCE        List[String]  for each handle source of the mapping
    links, lists         List[String]
    account              Struct{name, external_id: String, domains: List[String], description: String}, null without
                         a name
    field NAME           String, Boolean, or Int64 (Unix seconds); numbers are plain decimal text
    clear                List[String]  names of the custom fields to be cleared in Front: ``blank: clear`` and no value

Blank is null, and an empty list in the list columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

import polars as pl

from toolkit.contacts import names, normalise, rejects
from toolkit.contacts.expressions import holds
from toolkit.contacts.frame import (
    ACCOUNT,
    CLEAR,
    INDEX,
    KEY,
    LINKS,
    LISTS,
    contact_schema,
    each_once,
    field_column,
    handle_column,
    united,
)
from toolkit.contacts.gathered import domains, handles, list_names, web_links
from toolkit.contacts.mapping import AccountRule, ContactRule, Mapping, NameRule, Source
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.rows import Rows
from toolkit.contacts.values import add_column, field_value

__all__ = [
    "ACCOUNT", "CLEAR", "INDEX", "KEY", "LINKS", "LISTS", "Wanted", "each_once", "field_column", "handle_column",
    "row_keys", "want",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """``contacts`` without the rows in ``rejects``; ``drops`` are bad values left out of contacts that stay."""

    contacts: pl.DataFrame
    rejects: pl.DataFrame
    drops: pl.DataFrame
    extensions: int


def want(cells: pl.DataFrame, mapping: Mapping, start: int = 0) -> Wanted:
    """Read each row of ``cells`` (all String, the report's columns) through the mapping.

    ``start`` is the place in the file of the first of these rows. The answer has the same columns and types whatever
    the rows hold, and each row's part in it depends on that row alone: parts of a file can be put together.

    Raises WrongSettings when an expression of the mapping can't be computed on the cells.
    """
    rows = rows_of(cells, mapping, start)
    contacts = _contacts(rows, mapping)
    found = rejects.together(rows.rejects)
    if len(found):
        contacts = contacts.join(found, on=INDEX, how="anti", maintain_order="left")
    return Wanted(contacts, found, rejects.together(rows.drops), rows.extensions)


def row_keys(cells: pl.DataFrame, source: Source) -> pl.Series:
    """Give what names each row of a report: the first of the key's columns that is filled, Ids with 18 characters."""
    tidy = normalise.tidy(cells.select(source.key), source.unicode, mojibake=source.mojibake)
    return normalise.salesforce_ids(tidy.select(pl.coalesce(source.key).alias(KEY)).to_series())


def rows_of(cells: pl.DataFrame, mapping: Mapping, start: int) -> Rows:
    """Tidy the cells that are needed, set the rows apart that the mapping leaves out, and add the computed columns."""
    rows = _inside(cells, mapping, start)
    for column in mapping.columns:
        add_column(rows, column)
    return rows


def _inside(cells: pl.DataFrame, mapping: Mapping, start: int) -> Rows:
    source = mapping.source
    tidied = normalise.tidy(cells.select(mapping.used), source.unicode, mojibake=source.mojibake)
    index = pl.int_range(start, start + len(cells), dtype=pl.UInt32, eager=True).alias(INDEX)
    tidy = partial(normalise.tidy, unicode=source.unicode)
    outside = list(_outside(tidied, source))
    if not outside:
        return Rows(tidied, index, mapping.on_bad_value, tidy)
    inside = ~reduce(or_, (out for out, _ in outside))
    faults = [rejects.faults(index.filter(out), RejectCode.EXCLUDED, said) for out, said in outside]
    return Rows(tidied.filter(inside), index.filter(inside), mapping.on_bad_value, tidy, faults)


def _outside(tidied: pl.DataFrame, source: Source) -> Iterator[tuple[pl.Series, str]]:
    """Tell which rows are left out, and why."""
    if source.where is not None:
        yield ~holds(tidied, source.where), "the mapping's source.where is not true for it"
    for why, condition in source.leaving:
        yield holds(tidied, condition), f"it is {why.value.replace('_', ' ')}: see leavers.ndjson"


def _contacts(rows: Rows, mapping: Mapping) -> pl.DataFrame:
    rule = mapping.contact
    columns = [rows.index, _key(rows, mapping.source.key), *_texts(rows, rule)]
    columns += [handles(rows, rule.handles, source) for source in rule.sources]
    columns += [web_links(rows, rule.links)] if rule.links else []
    columns += [list_names(rows, rule.lists)] if rule.lists else []
    columns += [account_of(rows, rule.account)] if rule.account else []
    columns += _fields(rows, rule)
    return pl.DataFrame(columns).cast(contact_schema(rule))  # type: ignore[arg-type] # a dict of names is taken


def _key(rows: Rows, columns: tuple[str, ...]) -> pl.Series:
    key = normalise.salesforce_ids(rows.first_filled(columns)).alias(KEY)
    named = " and ".join(f'"{column}"' for column in columns)
    said = f"{named} {'is blank, which names' if len(columns) == 1 else 'are blank, which name'} the row"
    rows.reject(key.is_null(), RejectCode.MISSING_KEY, said)
    return key


def _texts(rows: Rows, rule: ContactRule) -> list[pl.Series]:
    columns = [_name(rows, rule.name)] if rule.name else []
    return columns + ([rows.written(rule.description).alias("description")] if rule.description else [])


def _name(rows: Rows, rule: NameRule) -> pl.Series:
    return names.tidied_names(rows.written(rule.value), rule.comma, rule.capitals).alias("name")


def account_of(rows: Rows, rule: AccountRule) -> pl.Series:
    """Give the account of each row, as a contact frame has it."""
    name = rows.first_filled(rule.name).alias("name")
    blank = name.clear(len(name))
    ids = normalise.salesforce_ids(rows.first_filled(rule.external_id)) if rule.external_id else blank
    sites = domains(rows, rule.domains) if rule.domains else pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(
        0, len(name)
    )  # fmt: skip
    about = rows.written(rule.description) if rule.description else blank
    account = pl.DataFrame([name, ids.alias("external_id"), sites.alias("domains"), about.alias("description")])
    whole = pl.when(pl.col("name").is_not_null()).then(pl.struct(pl.all()))
    return account.select(whole.alias(ACCOUNT)).to_series()


def _fields(rows: Rows, rule: ContactRule) -> list[pl.Series]:
    """Give the custom fields, and behind them the names of those to be cleared."""
    columns, blank = [], {}
    for each in rule.fields:
        values, clear = field_value(rows, each)
        columns.append(values.alias(field_column(each.name)))
        if clear is not None:
            blank[each.name] = clear
    return [*columns, _cleared(blank)] if blank else columns


def _cleared(blank: dict[str, pl.Series]) -> pl.Series:
    named = [
        where.alias("c").to_frame().select(pl.when("c").then(pl.lit(name))).to_series() for name, where in blank.items()
    ]
    return united(named, CLEAR)
