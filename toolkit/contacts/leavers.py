"""The rows of contacts that leave Front, as leavers.ndjson: how each one's contact is found, and why it leaves.

They are read through the mapping with a lenient eye: a bad value is left out, and no row is rejected, since a contact
that can't be made any more may well have to go. Of a report whose missing contacts are gone, the rejected rows stand
here too, and those that were merged into others: their records are there, though no upsert says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
import polars as pl

from toolkit.contacts import normalise
from toolkit.contacts.expressions import Expression, NotAllowed, holds
from toolkit.contacts.frame import INDEX, LISTS, field_column, handle_column
from toolkit.contacts.gathered import handles, list_names
from toolkit.contacts.mapping import ContactRule, FieldType, ListRule, Mapping, OnBad, OnBadValue, Source
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.report_rows import Part, ReportRows
from toolkit.contacts.sorting import Late
from toolkit.contacts.values import field_value
from toolkit.contacts.wanted import row_keys, rows_of
from toolkit.errors import InputRefused, WrongSettings
from toolkit.front.state import external_key
from toolkit.leaving import Leaver, Leaving, LeavingRules, Line, Ours, Why

LEAVERS = "leavers.ndjson"
_LENIENT = OnBadValue(*[OnBad.DROP] * 7)


def without_leavers(mapping: Mapping, rules: LeavingRules, columns: list[str]) -> Mapping:
    """Give the mapping that leaves out the rows that leave. WrongSettings for a condition that can't be one;
    InputRefused when it names a column that the file lacks.
    """
    conditions = tuple((why, condition(sql)) for why, sql in rules.conditions)
    used = [name for _, each in conditions for name in each.columns]
    for name in used:
        if name not in columns:
            raise InputRefused(
                f"the condition of who leaves names {name!r}, and the file has no such column",
                hint=f"its columns are: {', '.join(columns)}",
            )
    source = replace(mapping.source, leaving=conditions)
    references = (*mapping.references, *(("", name) for name in used))
    return replace(mapping, source=source, references=references)


def condition(sql: str) -> Expression:
    """Read a condition; WrongSettings when it is none that a mapping could have."""
    from toolkit.contacts.sql import parse  # noqa: PLC0415 - takes longer to load than a mapping to read

    try:
        return parse(sql)
    except NotAllowed as error:
        raise WrongSettings(f"the condition {sql!r} {error}") from None


def leaving(mapping: Mapping, rules: LeavingRules, named: Iterable[str] = ()) -> Leaving:
    """Say what is done and what is ours: the lists and custom fields that the mapping names, and the lists ``named``
    by the cells of rows.
    """
    names = [*(name for each in mapping.contact.lists for name in _names(each)), *sorted(named)]
    fields = tuple(each.name for each in mapping.contact.fields)
    external_id = rules.external_id or mapping.contact.external_id
    return Leaving(rules, Ours(tuple(dict.fromkeys(names)), fields, external_id if external_id in fields else ""))


def _names(rule: ListRule) -> Iterator[str]:
    """Name the lists of a rule, as far as they don't depend on a row."""
    if rule.name:
        yield rule.name
    for _, name in rule.choices.meanings if rule.choices else ():
        if name:
            yield name
    for template in (rule.choices.otherwise or ()) if rule.choices else ():
        if not template.columns:
            yield "".join(text for text, _ in template.parts)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the rows besides their cells: the number of the first as a spreadsheet counts, and what became
    of rows that share a handle or a key.
    """

    first_row: int
    late: Late


def leaver_lines(rows: ReportRows, mapping: Mapping, told: Leaving, known: Known) -> Iterator[Line]:
    """Give the lines of leavers.ndjson."""
    yield told.line()
    for part, cells in rows.cells():
        some = list(_leaving_rows(cells, mapping.source))
        if told.rules.missing and told.rules.gone.policies:
            some += _staying_rows(rows, part, known.late)
        for why, places in some:
            if len(places):
                numbers = (places + part.start + known.first_row).to_list()
                yield from _lines(cells[places.to_list()], numbers, why, mapping, told)


def _staying_rows(rows: ReportRows, part: Part, late: Late) -> Iterator[tuple[Why, pl.Series]]:
    """Give the places among the cells of rows whose records are there, though no upsert is theirs."""
    faults = pl.concat([each.select(INDEX, "code") for each in (rows.faults(part), _of_part(late.faults, INDEX, part))])
    yield Why.REJECTED, _rejected(faults) - part.start
    if len(late.merges):
        yield Why.MERGED, _of_part(late.merges, "merged", part)["merged"] - part.start


def _of_part(frame: pl.DataFrame, place: str, part: Part) -> pl.DataFrame:
    return frame.filter(pl.col(place).is_between(part.start, part.start + part.rows - 1))


def _rejected(faults: pl.DataFrame) -> pl.Series:
    """Give the places of rows that are rejected, and not left out on purpose."""
    excluded = faults.filter(pl.col("code") == RejectCode.EXCLUDED.value)
    return faults.join(excluded, on=INDEX, how="anti")[INDEX].unique().sort()


def _leaving_rows(cells: pl.DataFrame, source: Source) -> Iterator[tuple[Why, pl.Series]]:
    """Give the places among the cells of the rows that leave, by reason."""
    for why, each in source.leaving:
        yield why, holds(_tidied(cells, each, source), each).arg_true()


def _tidied(cells: pl.DataFrame, each: Expression, source: Source) -> pl.DataFrame:
    """Tidy the columns of a condition as the mapping's own are."""
    return normalise.tidy(cells.select(each.columns), source.unicode, mojibake=source.mojibake)


def _lines(cells: pl.DataFrame, numbers: list[int], why: Why, mapping: Mapping, told: Leaving) -> Iterator[Line]:
    frame = _frame(cells, mapping, told.ours.external_id)
    for number, row in zip(numbers, frame.iter_rows(named=True), strict=True):
        yield _leaver(row, number, why, mapping.contact).line()


def _frame(cells: pl.DataFrame, mapping: Mapping, external_id: str) -> pl.DataFrame:
    """Read what a contact is found by: key, handles, lists and the external id (``id``)."""
    source, rule = replace(mapping.source, where=None, leaving=()), mapping.contact
    rows = rows_of(cells, replace(mapping, source=source, on_bad_value=_LENIENT), 0)
    columns = [row_keys(cells, mapping.source), *(handles(rows, rule.handles, each) for each in rule.sources)]
    columns += [list_names(rows, rule.lists).cast(pl.List(pl.String))] if rule.lists else []
    found = [each for each in rule.fields if each.name == external_id]
    columns += [field_value(rows, each)[0].cast(pl.String).alias(field_column(each.name)) for each in found]
    if found and found[0].type is FieldType.NUMBER:
        columns[-1] = columns[-1].map_elements(lambda text: external_key(orjson.loads(text)), pl.String)
    return pl.DataFrame([*columns[:-1], columns[-1].alias("id")] if found else columns)


def _leaver(row: dict[str, Any], number: int, why: Why, rule: ContactRule) -> Leaver:
    found = [
        {"source": source.value, "handle": each} for source in rule.sources for each in row[handle_column(source)] or ()
    ]
    return Leaver(row["key"] or f"row {number}", why, found, row.get("id") or "", tuple(row.get(LISTS) or ()))
