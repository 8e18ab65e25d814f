"""Mapping and cells into the contacts we want: one row of the report, one contact, duplicates not yet looked at. Pure.

A contact frame has these columns, the same for both targets; a column stands there only when the mapping fills it:

    index                UInt32        the row's place in the file, from 0
    key                  String
    name, description    String
    handle SOURCE        List[String]  for each handle source of the mapping
    links, lists         List[String]
    account              Struct{name, external_id: String, domains: List[String]}, null without a name
    field NAME           String, Boolean, or Int64 (Unix seconds); numbers are plain decimal text

Blank is null, and an empty list in the list columns.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from toolkit.contacts import dates, normalise, rejects, templates
from toolkit.contacts.expressions import evaluate
from toolkit.contacts.mapping import (
    AccountRule,
    ContactRule,
    FieldRule,
    FieldType,
    HandleRule,
    HandleSource,
    ListRule,
    Mapping,
    OnBad,
    OnBadValue,
)
from toolkit.contacts.normalise import Cleaned
from toolkit.contacts.phones import phones
from toolkit.contacts.rejects import RejectCode

INDEX, ACCOUNT, LINKS, LISTS = "index", "account", "links", "lists"


def handle_column(source: HandleSource) -> str:
    """Name the column with the handles of ``source``."""
    return f"handle {source}"


def field_column(name: str) -> str:
    """Name the column of a custom field."""
    return f"field {name}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``contacts`` without the rows in ``rejects``; ``drops`` are bad values left out of contacts that stay."""

    contacts: pl.DataFrame
    rejects: pl.DataFrame
    drops: pl.DataFrame
    extensions: int


@dataclass(slots=True)
class _Rows:
    """The rows at work, and what has been found wrong with them so far."""

    cells: pl.DataFrame
    index: pl.Series
    policy: OnBadValue
    rejects: list[pl.DataFrame] = field(default_factory=list)
    drops: list[pl.DataFrame] = field(default_factory=list)
    extensions: int = 0

    def accept(self, label: str, cells: pl.Series, cleaned: Cleaned, on_bad: OnBad = OnBad.REJECT) -> pl.Series:
        """Note what is wrong in a cleaned column and give its values."""
        self.extensions += cleaned.extensions
        if cleaned.complaints.null_count() < len(cells):
            bad = pl.DataFrame({"index": self.index, "cell": cells.cast(pl.String), "why": cleaned.complaints})
            bad = bad.filter(pl.col("why").is_not_null()).with_columns(_sentence(label))
            found = rejects.faults(bad["index"], cleaned.code, bad["sentence"])
            (self.rejects if on_bad is OnBad.REJECT else self.drops).append(found)
        return cleaned.values


_MOST = 60
"""Characters of a cell that a sentence repeats."""


def _sentence(label: str) -> pl.Expr:
    cell = pl.col("cell").str.replace_all("\n", " ", literal=True)
    short = pl.when(cell.str.len_chars() > _MOST).then(cell.str.slice(0, _MOST) + "…").otherwise(cell)
    return pl.concat_str(pl.lit(f'"{label}" has "'), short, pl.lit('", which '), pl.col("why")).alias("sentence")


def want(cells: pl.DataFrame, mapping: Mapping, start: int = 0) -> Wanted:
    """Read each row of ``cells`` (all String, the report's columns) through the mapping.

    ``start`` is the place in the file of the first of these rows.

    Raises WrongSettings when an expression of the mapping can't be computed on the cells.
    """
    tidied = normalise.tidy(cells)
    index = pl.int_range(start, start + len(cells), dtype=pl.UInt32, eager=True).alias(INDEX)
    inside = _inside(tidied, mapping)
    outside = rejects.faults(
        index.filter(~inside), RejectCode.EXCLUDED, "the mapping's source.where is not true for it"
    )
    rows = _Rows(tidied.filter(inside), index.filter(inside), mapping.on_bad_value, [outside])
    contacts = _contacts(rows, mapping)
    found = rejects.together(rows.rejects)
    good = contacts.join(found, on=INDEX, how="anti", maintain_order="left")
    return Wanted(good, found, rejects.together(rows.drops), rows.extensions)


def _inside(cells: pl.DataFrame, mapping: Mapping) -> pl.Series:
    where = mapping.source.where
    if where is None:
        return pl.Series([True]).new_from_index(0, len(cells))
    return evaluate(cells, where, condition=True).cast(pl.Boolean).fill_null(value=False)


def _contacts(rows: _Rows, mapping: Mapping) -> pl.DataFrame:
    rule = mapping.contact
    columns = [rows.index, _key(rows, mapping.source.key), *_texts(rows, rule)]
    for source in rule.sources:
        found = [each for one in rule.handles if one.source is source for each in _handles(rows, one)]
        columns.append(_united(found, handle_column(source)))
    if rule.links:
        columns.append(_united([_filled(rows, (link,)) for link in rule.links], LINKS))
    if rule.lists:
        columns.append(_list_names(rows, rule.lists))
    if rule.account:
        columns.append(_account(rows, rule.account))
    columns += [_field(rows, each, mapping).alias(field_column(each.name)) for each in rule.fields]
    return pl.DataFrame(columns)


def _key(rows: _Rows, column: str) -> pl.Series:
    key = normalise.salesforce_ids(rows.cells[column]).alias("key")
    blank = rows.index.filter(key.is_null())
    rows.rejects.append(rejects.faults(blank, RejectCode.MISSING_KEY, f'"{column}" is blank, which names the row'))
    return key


def _texts(rows: _Rows, rule: ContactRule) -> list[pl.Series]:
    texts = {"name": rule.name, "description": rule.description}
    return [_filled(rows, choices).alias(name) for name, choices in texts.items() if choices]


def _filled(rows: _Rows, choices: tuple[templates.Template, ...]) -> pl.Series:
    text = templates.filled(choices).cast(pl.String)
    return rows.cells.with_columns(text.alias("\0text")).get_column("\0text")


def _handles(rows: _Rows, rule: HandleRule) -> list[pl.Series]:
    countries = rows.cells[rule.region_from] if rule.region_from else None
    found = []
    for column in rule.columns:
        cells = rows.cells[column]
        if rule.source is HandleSource.EMAIL:
            values = rows.accept(column, cells, normalise.emails(cells), rows.policy.email)
        elif rule.source is HandleSource.PHONE:
            numbers = phones(cells, countries, rule.region, rule.check)
            values = rows.accept(column, cells, numbers, rows.policy.phone)
        else:
            values = cells
        found.append(values)
    return found


def _united(columns: list[pl.Series], name: str) -> pl.Series:
    """Put columns side by side into one column of lists, without blanks and repeats."""
    frame = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)])
    return frame.select(pl.concat_list(pl.all()).alias(name)).select(each_once(name))[name]


def each_once(name: str) -> pl.Expr:
    """Leave blanks and repeats out of the lists of a column; addresses that differ in case alone are one."""
    item = pl.element()
    same = item.str.to_lowercase() if name == handle_column(HandleSource.EMAIL) else item
    return pl.col(name).list.eval(item.filter(item.is_not_null() & same.is_first_distinct()))


def _list_names(rows: _Rows, rules: tuple[ListRule, ...]) -> pl.Series:
    lists = [_names_of(rows, rule).alias(str(at)) for at, rule in enumerate(rules)]
    return pl.DataFrame(lists).select(pl.concat_list(pl.all()).alias(LISTS)).select(each_once(LISTS))[LISTS]


def _names_of(rows: _Rows, rule: ListRule) -> pl.Series:
    """Give the names of one rule, a list a row."""
    if rule.column is not None:
        cells = rows.cells.select(pl.col(rule.column).alias("name"))
        split = pl.col("name").str.split(rule.split) if rule.split else pl.concat_list("name")
        trimmed = pl.element().str.strip_chars()
        names = split.fill_null([]).list.eval(trimmed.filter(trimmed != ""))
        return cells.select(names)["name"]
    chosen = evaluate(rows.cells, rule.when, condition=True) if rule.when else pl.Series([True])
    chosen = chosen.cast(pl.Boolean) if rule.when else chosen.new_from_index(0, len(rows.cells))
    name = pl.when(pl.col("chosen")).then(pl.lit(rule.name))
    return chosen.alias("chosen").to_frame().select(pl.concat_list(name).list.drop_nulls().alias("name"))["name"]


def _account(rows: _Rows, rule: AccountRule) -> pl.Series:
    name = rows.cells[rule.name].alias("name")
    blank = name.clear(len(name))
    ids = normalise.salesforce_ids(rows.cells[rule.external_id]) if rule.external_id else blank
    websites = [rows.cells[column] for column in rule.domains]
    found = [rows.accept(cells.name, cells, normalise.domains(cells), rows.policy.domain) for cells in websites]
    account = pl.DataFrame([name, ids.alias("external_id"), _united(found or [blank], "domains")])
    whole = pl.when(pl.col("name").is_not_null()).then(pl.struct(pl.all()))
    return account.select(whole.alias(ACCOUNT))[ACCOUNT]


def _field(rows: _Rows, rule: FieldRule, mapping: Mapping) -> pl.Series:
    cells = _field_cells(rows, rule)
    cleaned = _field_values(cells, rule, mapping)
    return rows.accept(rule.column or rule.name, cells, cleaned, rows.policy.custom_fields)


def _field_cells(rows: _Rows, rule: FieldRule) -> pl.Series:
    if rule.column is not None:
        return rows.cells[rule.column]
    if rule.sql is None:
        return _filled(rows, rule.value)
    computed = evaluate(rows.cells, rule.sql).cast(pl.String)
    return normalise.tidy(computed.to_frame()).to_series()


def _field_values(cells: pl.Series, rule: FieldRule, mapping: Mapping) -> Cleaned:
    numbers = mapping.source.numbers if rule.column else normalise.PLAIN
    clean: dict[FieldType, Callable[[pl.Series], Cleaned]] = {
        FieldType.STRING: normalise.texts,
        FieldType.NUMBER: partial(normalise.numbers, style=numbers),
        FieldType.BOOLEAN: normalise.booleans,
        FieldType.DATETIME: partial(dates.seconds, style=rule.dates, timezone=rule.timezone),
        FieldType.TEAMMATE: partial(normalise.emails, code=RejectCode.BAD_TEAMMATE),
        FieldType.ENUM: partial(normalise.choices, meanings=dict(rule.meanings)),
        FieldType.INBOX: normalise.inboxes,
    }
    return clean[rule.type](cells)
