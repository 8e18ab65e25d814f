"""What a contact has several of, gathered from cells: handles, links, lists, and an account's domains. Pure."""

from dataclasses import replace

import polars as pl

from toolkit.contacts import links, normalise
from toolkit.contacts.cleaned import Cleaned, blanks
from toolkit.contacts.frame import LINKS, LISTS, handle_column, pieces, united
from toolkit.contacts.mapping import Extensions, HandleRule, HandleSource, ListRule, PhoneRule
from toolkit.contacts.phones import phones
from toolkit.contacts.rows import Rows
from toolkit.contacts.templates import Template, filled
from toolkit.contacts.values import cased, chosen, drawn


def handles(rows: Rows, rules: tuple[HandleRule, ...], source: HandleSource) -> pl.Series:
    """Give the handles of one source, a list a row."""
    found = [values for rule in rules if rule.source is source for values in _handles(rows, rule)]
    return united(found, handle_column(source))


def _handles(rows: Rows, rule: HandleRule) -> list[pl.Series]:
    if rule.origin.columns:
        cells = [(column, rows.cells[column]) for column in rule.origin.columns]
    else:
        cells = [(f"{rule.source} handle", drawn(rows, rule.origin))]
    return [_cleaned(rows, rule, label, cased(each, rule.case)) for label, each in cells]


def _cleaned(rows: Rows, rule: HandleRule, label: str, cells: pl.Series) -> pl.Series:
    """Clean one column of handles; where cells hold several, each of them, and give lists."""
    countries = rows.cells[rule.phone.region_from] if rule.phone.region_from else None
    if not rule.split or not cells.str.contains(rule.split, literal=True).any():
        return _accepted(rows, rule, label, (rows.index, cells, countries))
    parts = pieces(cells, rule.split)
    place = parts["row"]
    there = rows.index.gather(place), parts["value"], None if countries is None else countries.gather(place)
    values = _accepted(rows, rule, label, there)
    grouped = parts.select("row", values.alias("value")).group_by("row", maintain_order=True).agg("value")
    every = pl.int_range(len(cells), dtype=pl.UInt32, eager=True).alias("row").to_frame()
    return every.join(grouped, on="row", how="left", maintain_order="left")["value"]


def _accepted(
    rows: Rows, rule: HandleRule, label: str, there: tuple[pl.Series, pl.Series, pl.Series | None]
) -> pl.Series:  # fmt: skip
    index, cells, countries = there
    if rule.source is HandleSource.EMAIL:
        return rows.accept_at(index, label, cells, normalise.emails(cells), rows.policy.email)
    if rule.source is HandleSource.PHONE:
        return rows.accept_at(index, label, cells, _phones(cells, countries, rule.phone), rows.policy.phone)
    return cells


def _phones(cells: pl.Series, countries: pl.Series | None, rule: PhoneRule) -> Cleaned:
    cleaned = phones(cells, countries, rule.region, rule.check)
    if rule.extensions is Extensions.DROP or cleaned.extended is None:
        return cleaned
    frame = pl.DataFrame({"v": cleaned.values, "why": cleaned.complaints, "extended": cleaned.extended})
    said = pl.lit("has an extension, for which Front has no place")
    both = frame.select(
        pl.when(~pl.col("extended").fill_null(value=False)).then("v").alias("v"),
        pl.when("extended").then(said).otherwise("why").alias("why"),
    )
    return replace(cleaned, values=both["v"], complaints=both["why"], extensions=0)


def web_links(rows: Rows, templates: tuple[Template, ...]) -> pl.Series:
    """Give the links, a list a row."""
    found = []
    for template in templates:
        cells = rows.written((template,))
        label = template.parts[0][0] if len(template.parts) == 1 and template.columns else "link"
        found.append(rows.accept(label, cells, links.links(cells), rows.policy.link))
    return united(found, LINKS)


def domains(rows: Rows, columns: tuple[str, ...]) -> pl.Series:
    """Give the domains of an account, a list a row."""
    cells = [rows.cells[column] for column in columns]
    return united(
        [rows.accept(each.name, each, normalise.domains(each), rows.policy.domain) for each in cells], "domains"
    )


def list_names(rows: Rows, rules: tuple[ListRule, ...]) -> pl.Series:
    """Give the names of the lists, a list a row."""
    if all(rule.column is None and rule.when is None for rule in rules):
        names = list(dict.fromkeys(rule.name for rule in rules))
        return pl.Series(LISTS, [names], dtype=pl.List(pl.String)).new_from_index(0, len(rows.cells))
    return united([_names_of(rows, rule) for rule in rules], LISTS)


def _names_of(rows: Rows, rule: ListRule) -> pl.Series:
    """Give the names of one rule: a column of text, or of lists where a cell may name several."""
    if rule.column is not None:
        return _named_by(rows, rule, rule.column)
    if rule.when is None:
        return pl.Series([rule.name]).new_from_index(0, len(rows.cells))
    named = pl.when("chosen").then(pl.lit(rule.name)).alias("name")
    return rows.holds(rule.when).alias("chosen").to_frame().select(named).to_series()


def _named_by(rows: Rows, rule: ListRule, column: str) -> pl.Series:
    cells = rows.cells[column]
    row = pl.int_range(len(cells), dtype=pl.UInt32, eager=True).alias("row")
    parts = pieces(cells, rule.split) if rule.split else pl.DataFrame([row, cells.alias("value")])
    if rule.choices:
        cleaned = chosen(parts["value"], rule.choices, _otherwise(rows, rule, parts), "the list's map")
        index = rows.index.gather(parts["row"])
        parts = parts.with_columns(
            rows.accept_at(index, column, parts["value"], cleaned, rows.policy.lists).alias("value")
        )
    if not rule.split:
        return parts["value"]
    grouped = parts.group_by("row", maintain_order=True).agg("value")
    return row.to_frame().join(grouped, on="row", how="left", maintain_order="left")["value"]


def _otherwise(rows: Rows, rule: ListRule, parts: pl.DataFrame) -> pl.Series | None:
    """Fill the ``else`` of a list: the column that names it stands for the one name, other columns for the row's."""
    templates = rule.choices.otherwise if rule.choices else None
    if templates is None or not templates:
        return None if templates is None else blanks(len(parts))
    others = [name for each in templates for name in each.columns if name != rule.column]
    around = [rows.cells[name].gather(parts["row"]) for name in dict.fromkeys(others)]
    return filled(pl.DataFrame([*around, parts["value"].alias(rule.column or "")]), templates)
