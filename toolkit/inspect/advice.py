"""What to write into a mapping for a file: its source section, and a line for each column. Pure; decides nothing.

Where the values of the file fit two styles, both are named and the choice is left to the person who knows.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from toolkit.contacts.amounts import NumberForm, NumberStyle
from toolkit.contacts.dates import DateStyle
from toolkit.inspect.kinds import Column, Kind
from toolkit.inspect.readings import Readings, T, common

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*")
_WORDS = {"true", "false", "null"}
_NAMING = (Kind.TEXT, Kind.NUMBER, Kind.EMAIL)
_PEOPLE = ("Contact (", "Lead (")


def source_section(columns: Sequence[Column], rows: int) -> tuple[str, ...]:
    """Give the lines of the mapping's section ``source`` for this file, as YAML."""
    lines = ["source:", f"  key: {_key(columns, rows)}"]
    dates = [each.dates for each in columns if each.dates.groups]
    if dates:
        lines.append(f"  dates: {_chosen(dates, [str(each) for each in _styles(dates)])}")
    numbers = [each.numbers for each in columns if each.numbers.groups]
    if numbers:
        lines.append(f"  numbers: {_chosen(numbers, [numbers_as_yaml(each) for each in _styles(numbers)])}")
    return tuple(lines)


def _key(columns: Sequence[Column], rows: int) -> str:
    """Name the column that names the rows: Ids of contacts or leads first, then other Ids, then any without blanks."""
    naming = [each for each in columns if each.filled == each.distinct and each.filled * 2 > rows]
    ids = [each for each in naming if each.kind is Kind.SALESFORCE_ID]
    people = [each for each in ids if each.detail.startswith(_PEOPLE)]
    others = [each for each in naming if each.kind in _NAMING and each.filled == rows]
    found = next(chain(people, ids, others), None)
    if found is None:
        return '""  # no column names each row: add the Id to the report'
    blank = rows - found.filled
    return quoted(found.heading) + (f"  # blank in {blank:,} of {rows:,} rows, which are rejected" if blank else "")


def _styles(columns: Sequence[Readings[T]]) -> tuple[T, ...]:
    """Give the styles to choose from: that of all columns, or, where they differ, that of the most."""
    shared = common(columns)
    if shared:
        return shared
    counts = Counter(style for each in columns for style in each.styles)
    return (max(counts, key=lambda style: counts[style]),)


def _chosen(columns: Sequence[Readings[T]], styles: Sequence[str]) -> str:
    if len(styles) > 1:
        return f"{styles[0]}  # or {' or '.join(styles[1:])}: the values fit both, so look where the report was made"
    return styles[0] if common(columns) else f"{styles[0]}  # but some columns are written in another way"


def source_dates(columns: Sequence[Column]) -> tuple[DateStyle, ...]:
    """Give the styles between which the file's columns of dates leave the choice; none when it has no dates."""
    dates = [each.dates for each in columns if each.dates.groups]
    return _styles(dates) if dates else ()


def source_numbers(columns: Sequence[Column]) -> tuple[NumberStyle, ...]:
    """Give the styles between which the file's columns of numbers leave the choice; none when it has no numbers."""
    numbers = [each.numbers for each in columns if each.numbers.groups]
    return _styles(numbers) if numbers else ()


_TEMPLATES = {
    Kind.EMAIL: "handles: [{{source: email, from: {0}}}]",
    Kind.PHONE: "handles: [{{source: phone, from: {0}, region: US}}]  # the country of those without",
    Kind.CHECKBOX: "{{from: {0}, type: boolean}}",
    Kind.MULTI_SELECT: 'lists: [{{from: {0}, split: ";"}}]',
}


def of_column(column: Column, columns: Sequence[Column]) -> str:
    """Give what a mapping would say of this column of ``columns``; "" when there is nothing in particular."""
    heading = quoted(column.heading)
    if column.dates.groups:
        return _of_dates(column, source_dates(columns))
    if column.numbers.groups:
        form = f", format: {column.form}" if column.form is not NumberForm.PLAIN else ""
        return f"{{from: {heading}, type: number{form}}}"
    return _TEMPLATES.get(column.kind, "").format(heading)


def _of_dates(column: Column, in_file: Sequence[DateStyle]) -> str:
    """A column needs a style of its own when the file's does not fit it."""
    field = f"from: {quoted(column.heading)}, type: datetime"
    if any(style in column.dates.styles for style in in_file):
        return f"{{{field}}}"
    other = f"  # or {column.dates.choices[1]}" if len(column.dates.choices) > 1 else ""
    return f"{{{field}, dates: {column.dates.choices[0]}}}{other}"


def quoted(text: str) -> str:
    """Write a text as a YAML scalar on one line; what can't be seen is escaped, and some of it YAML refuses."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def numbers_as_yaml(style: NumberStyle) -> str:
    """Write a style of numbers as a mapping declares it."""
    thousands = f", thousands: {json.dumps(style.thousands)}" if style.thousands else ""
    return f'{{decimal: "{style.decimal}"{thousands}}}'
