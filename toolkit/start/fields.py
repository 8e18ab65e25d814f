"""Columns as custom fields of Front: those that Front has, by name and type, and proposals for those it lacks. Pure.

A field that Front has is filled only by a column whose values are of its type; else each row would be rejected.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from toolkit.contacts.amounts import NumberForm, NumberStyle
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.mapping import FieldType
from toolkit.contacts.normalise import FALSE_WORDS, TRUE_WORDS
from toolkit.inspect.kinds import Kind
from toolkit.start.choices import likelier
from toolkit.start.recognise import MOST_VALUES, Findings, Seen
from toolkit.start.vocabulary import Meaning, fold

# Headings of Front's contact import, which a mapping refuses as names of custom fields.
_RESERVED = re.compile(r"name|link|twitter|description|accountName|(email|phone|contactList)[0-9]*")


@dataclass(frozen=True, slots=True)
class FrontField:
    """A custom field as Front defines it; ``choices`` are (value, label) of a dropdown."""

    name: str
    type: str
    choices: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "FrontField":
        """Read a definition as the API and the snapshot give it."""
        values = definition.get("values") or []
        choices = tuple((str(each["value"]), str(each.get("label") or each["value"])) for each in values)
        return cls(str(definition["name"]), str(definition.get("type", "")), choices)


@dataclass(frozen=True, slots=True)
class Styles:
    """How the file as a whole writes dates and numbers, and which dates to choose where a column fits several."""

    dates: DateStyle | None
    numbers: NumberStyle | None
    month_first: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One line of ``custom_fields``; ``remark`` stands behind it as a comment."""

    name: str
    column: str
    type: FieldType
    dates: DateStyle | None = None
    choices: tuple[tuple[str, str], ...] = ()
    remark: str = ""
    form: NumberForm = NumberForm.PLAIN


@dataclass(frozen=True, slots=True)
class Fields:
    """``there`` exist in Front and are filled; ``missing`` are written as comments, for a person to create first."""

    there: tuple[Field, ...] = ()
    missing: tuple[Field, ...] = ()


_ALSO = {
    Meaning.KEY: ("Salesforce ID", "Contact ID", "CRM ID"),
    Meaning.OWNER_EMAIL: ("Account Owner", "Contact Owner", "Owner"),
    Meaning.OWNER: ("Account Owner", "Contact Owner", "Owner"),
    Meaning.REVENUE: ("Annual Revenue", "Revenue"),
    Meaning.TITLE: ("Job Title", "Title"),
    Meaning.ACCOUNT: ("Account Name", "Account", "Company Name", "Company"),
    Meaning.COUNTRY: ("Country",),
    Meaning.WEBSITE: ("Website",),
    Meaning.CREATED: ("Created", "Created Date"),
    Meaning.SALUTATION: ("Salutation",),
}
"""What companies call the custom field for a column of this meaning, whatever its heading."""


def match(findings: Findings, front: Iterable[FrontField], styles: Styles, used: frozenset[str]) -> Fields:
    """Fill the fields of ``front``; propose one for each other column that is not in ``used``."""
    there: list[Field] = []
    unfit: dict[str, str] = {}
    for field in front:
        found = _filled(field, findings, styles, unfit)
        if found:
            there.append(found)
    taken = used | {each.column for each in there}
    missing = [_proposal(each, styles, unfit) for each in findings.seen if _is_proposed(each, taken)]
    return Fields(tuple(there), _each_name_once(there, missing))


def _is_proposed(seen: Seen, taken: frozenset[str]) -> bool:
    return seen.heading not in taken and seen.meaning is not Meaning.OF_NO_USE


def _filled(field: FrontField, findings: Findings, styles: Styles, unfit: dict[str, str]) -> Field | None:
    """Give the first column of the field's name whose values fit it; note in ``unfit`` why another does not."""
    if field.type not in list(FieldType) or _RESERVED.fullmatch(field.name):
        return None
    for seen in _named(field.name, findings):
        found = _fitted(field, seen, styles)
        if isinstance(found, Field):
            return found
        unfit.setdefault(seen.heading, f"Front's {field.type} field {field.name!r} does not fit: {found}")
    return None


def _named(name: str, findings: Findings) -> Iterator[Seen]:
    """Give the columns that a field's name can mean: of that heading first, then by meaning."""
    wanted = fold(name)
    for spelt in (_plain, _without_date):
        yield from (each for each in findings.seen if spelt(each.heading) == wanted)
    for meaning, names in _ALSO.items():
        if wanted in map(fold, names):
            yield from findings.of(meaning)


def _plain(heading: str) -> str:
    return fold(heading.removesuffix("__c"))


def _without_date(heading: str) -> str:
    return fold(re.sub(r"(?i)\W*(date|datum)\W*$", "", heading.removesuffix("__c")))


_WORDS_OF_BOOLEANS = frozenset(TRUE_WORDS + FALSE_WORDS)


def _fitted(field: FrontField, seen: Seen, styles: Styles) -> Field | str:
    """Give the line that fills the field, or why the column can't, in words."""
    kind, column = FieldType(field.type), seen.column
    if kind is FieldType.ENUM and not seen.blank:
        return _dropdown(field, seen)
    if kind is FieldType.DATETIME and not seen.blank:
        return Field(field.name, seen.heading, kind, _own_dates(seen, styles)) if column.dates.groups else _NO_DATES
    fits = {
        FieldType.NUMBER: bool(column.numbers.groups) and styles.numbers in (None, *column.numbers.styles),
        FieldType.BOOLEAN: {each.lower() for each in seen.values} <= _WORDS_OF_BOOLEANS,
        FieldType.TEAMMATE: column.kind is Kind.EMAIL,
        FieldType.INBOX: all(each.startswith("inb_") for each in seen.values),
    }
    form = column.form if kind is FieldType.NUMBER else NumberForm.PLAIN
    return Field(field.name, seen.heading, kind, form=form) if seen.blank or fits.get(kind, True) else _UNFIT[kind]


_NO_DATES = "its values are no dates in a style that a mapping can declare"
_UNFIT = {
    FieldType.NUMBER: "its values are not plain numbers",
    FieldType.BOOLEAN: "its values are not 1/0, true/false or yes/no",
    FieldType.TEAMMATE: "its values are not e-mail addresses",
    FieldType.INBOX: "its values are not inbox ids (inb_…)",
}


def _own_dates(seen: Seen, styles: Styles) -> DateStyle | None:
    """Give the style of a column's dates where it is not the file's."""
    readings = seen.column.dates
    return (
        None
        if not readings.groups or styles.dates in readings.styles
        else likelier(readings.choices, month_first=styles.month_first)
    )


def _dropdown(field: FrontField, seen: Seen) -> Field | str:
    """Pair the column's values with the field's choices, by value or label."""
    if not field.choices:
        return Field(field.name, seen.heading, FieldType.ENUM)
    if len(seen.values) >= MOST_VALUES:
        return "it has too many different values for a dropdown"
    by_name = {fold(label): value for value, label in field.choices} | {fold(each): each for each, _ in field.choices}
    pairs = tuple((each, by_name[fold(each)]) for each in seen.values if fold(each) in by_name)
    if not pairs:
        return "none of its values is one of the dropdown's"
    strange = [each for each in seen.values if fold(each) not in by_name]
    said = f"not in Front's dropdown, so rejected: {', '.join(strange[:5])}" if strange else ""
    return Field(field.name, seen.heading, FieldType.ENUM, choices=tuple(sorted(pairs)), remark=said)


def _proposal(seen: Seen, styles: Styles, unfit: dict[str, str]) -> Field:
    dates = _own_dates(seen, styles)
    remark = unfit.get(seen.heading, "blank in this file" if seen.blank else "")
    kind = _type(seen, styles)
    form = seen.column.form if kind is FieldType.NUMBER else NumberForm.PLAIN
    return Field(_name(seen), seen.heading, kind, dates, remark=remark, form=form)


def _name(seen: Seen) -> str:
    if seen.meaning is Meaning.OWNER_EMAIL:
        return "Account Owner"
    if seen.meaning is Meaning.KEY and seen.column.kind is Kind.SALESFORCE_ID:
        return "Salesforce ID"
    name = seen.heading.strip()
    return name.capitalize() if _RESERVED.fullmatch(name) else name


def _type(seen: Seen, styles: Styles) -> FieldType:
    column = seen.column
    if column.dates.groups:
        return FieldType.DATETIME
    if column.numbers.groups and styles.numbers in (None, *column.numbers.styles):
        return FieldType.NUMBER
    if column.kind is Kind.CHECKBOX:
        return FieldType.BOOLEAN
    return FieldType.TEAMMATE if seen.meaning is Meaning.OWNER_EMAIL and not seen.blank else FieldType.STRING


def _each_name_once(there: Iterable[Field], missing: Iterable[Field]) -> tuple[Field, ...]:
    """Number names that stand there already: YAML takes no key twice once the comments are lines."""
    taken = {each.name for each in there}
    named = []
    for field in missing:
        name, number = field.name, 2
        while name in taken:
            name, number = f"{field.name} ({number})", number + 1
        taken.add(name)
        named.append(replace(field, name=name))
    return tuple(named)
