"""Values out of the rows' cells: drawn, cut, mapped, and read as the type of a custom field. Pure."""

from collections.abc import Callable
from functools import partial, reduce
from operator import or_

import polars as pl

from toolkit.contacts import amounts, dates, normalise
from toolkit.contacts.cleaned import Cleaned, blanks
from toolkit.contacts.mapping import Case, Choices, ComputedColumn, FieldRule, FieldType, OnBad, Origin, ValueRule
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.rows import Rows

_LISTED = 10
"""Keys of a map that a sentence names."""


def add_column(rows: Rows, column: ComputedColumn) -> None:
    """Compute one column and add it to the cells."""
    label = _label(column.rule, column.name)
    values, bad = _value(rows, column.rule, label, f"the map of {column.name}", rows.policy.columns)
    rows.add(column.name, values, bad)


def field_value(rows: Rows, rule: FieldRule) -> tuple[pl.Series, pl.Series | None]:
    """Give the values of a custom field, and where Front's is to be cleared: blank, but not because it was bad."""
    label = _label(rule.value, rule.name)
    cells, bad = _value(rows, rule.value, label, "the field's map", rows.policy.custom_fields)
    cleaned = _typed(cells, rule)
    values = rows.accept(label, cells, cleaned, rows.policy.custom_fields)
    if not rule.clear:
        return values, None
    blank = cells.is_null()
    return values, blank if bad is None else blank & ~bad


def drawn(rows: Rows, origin: Origin) -> pl.Series:
    """Give the text that a value is made of."""
    if origin.sql is not None:
        return rows.computed(origin.sql)
    return rows.written(origin.value) if origin.value else rows.first_filled(origin.columns)


def cased(cells: pl.Series, case: Case) -> pl.Series:
    """Write capitals and small letters as the mapping says."""
    change: dict[Case, Callable[[], pl.Series]] = {
        Case.LOWER: cells.str.to_lowercase, Case.UPPER: cells.str.to_uppercase, Case.TITLE: cells.str.to_titlecase,
    }  # fmt: skip
    return change[case]() if case in change else cells


def chosen(cells: pl.Series, choices: Choices, otherwise: pl.Series | None, what: str) -> Cleaned:
    """Put values through a map; those not in it become ``otherwise``, or are bad where that is None.

    ``what`` names the map, for the sentence about a bad value.
    """
    known, meanings = [key for key, _ in choices.meanings], [meaning for _, meaning in choices.meanings]
    value, there = pl.col("c").replace_strict(known, meanings, default=None, return_dtype=pl.String), pl.col("c")
    unknown = there.is_not_null() & ~there.is_in(known)
    frame = cells.alias("c").to_frame().select(value.alias("value"), unknown.alias("unknown"))
    if otherwise is None:
        said = pl.when("unknown").then(pl.lit(f"is not in {what} ({_listed(known)})"))
        complaints = frame.select(said.cast(pl.String).alias("why")).to_series()
        return Cleaned(frame["value"], complaints, RejectCode.BAD_CHOICE)
    either = pl.when("unknown").then("otherwise").otherwise("value").alias("value")
    values = frame.with_columns(otherwise.alias("otherwise")).select(either).to_series()
    return Cleaned(values, blanks(len(cells)), RejectCode.BAD_CHOICE)


def _label(rule: ValueRule, name: str) -> str:
    """Name a value as the person who mends the file would look for it: by its one column, else by ``name``."""
    columns = rule.origin.columns
    return columns[0] if len(columns) == 1 else name


def _listed(known: list[str]) -> str:
    return ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")


def _value(
    rows: Rows, rule: ValueRule, label: str, what: str, on_bad: OnBad
) -> tuple[pl.Series, pl.Series | None]:  # fmt: skip
    """Give a value as text, and where it is blank because something was bad (None: nowhere)."""
    cells = drawn(rows, rule.origin)
    if rule.split:
        cells = _part(cells, *rule.split)
    cells = cased(cells, rule.case)
    bad = [rows.spoiled[name] for name in rule.reads if name in rows.spoiled]
    if rule.choices:
        cleaned = chosen(cells, rule.choices, _otherwise(rows, rule.choices), what)
        bad.append(cleaned.complaints.is_not_null())
        cells = rows.accept(label, cells, cleaned, on_bad)
    return cells, reduce(or_, bad) if bad else None


def _otherwise(rows: Rows, choices: Choices) -> pl.Series | None:
    if choices.otherwise is None:
        return None
    if choices.otherwise:
        return rows.written(choices.otherwise)
    return blanks(len(rows.cells))


def _part(cells: pl.Series, between: str, which: int) -> pl.Series:
    part = pl.col("c").str.split(between).list.get(which, null_on_oob=True).str.strip_chars()
    return cells.alias("c").to_frame().select(pl.when(part != "").then(part).alias(cells.name)).to_series()


def _typed(cells: pl.Series, rule: FieldRule) -> Cleaned:
    clean: dict[FieldType, Callable[[pl.Series], Cleaned]] = {
        FieldType.STRING: normalise.texts,
        FieldType.NUMBER: partial(amounts.numbers, style=rule.numbers, form=rule.format),
        FieldType.BOOLEAN: partial(normalise.booleans, yes=rule.yes, no=rule.no),
        FieldType.DATETIME: partial(dates.seconds, style=rule.dates, timezone=rule.timezone),
        FieldType.TEAMMATE: partial(normalise.emails, code=RejectCode.BAD_TEAMMATE),
        FieldType.ENUM: normalise.texts,
        FieldType.INBOX: normalise.inboxes,
    }
    return clean[rule.type](cells)
