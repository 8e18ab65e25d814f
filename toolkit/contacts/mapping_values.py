"""Value rules and custom fields of a mapping file into frozen data. Pure; part of ``mapping_file``.

How a value's numbers are written follows from where it comes from: the file's columns as ``source.numbers`` says,
SQL, value maps and constants plainly (1234.5). A number field may not mix the two.
"""

import re
import unicodedata
from typing import Any

from toolkit.contacts.amounts import PLAIN, NumberForm, NumberStyle
from toolkit.contacts.dates import DateStyle, known_timezone
from toolkit.contacts.mapping import Case, Choices, ComputedColumn, FieldRule, FieldType, Origin, Source, ValueRule
from toolkit.contacts.mapping_notes import Notes
from toolkit.contacts.normalise import UnicodeForm
from toolkit.contacts.templates import Template
from toolkit.documents import escape

# Headings of Front's contact import: a custom field of such a name could not be told apart (help centre).
_RESERVED = re.compile(r"name|link|twitter|description|accountName|(email|phone|contactList)[0-9]*")
_ORIGINS = ("from", "value", "sql")
_FILE, _PLAIN = "file", "plain"
_ENDS = {"first": 0, "last": -1}


def origin(notes: Notes, data: dict[str, Any], pointer: str, what: str) -> Origin:
    """Read where a value comes from; ``what`` has it, for the sentence when that isn't said exactly once."""
    said = [key for key in _ORIGINS if key in data]
    if len(said) != 1:
        found = f"has {' and '.join(said)}" if said else "has none of from, value and sql"
        notes.wrong(pointer, f"{what} {found}; exactly one says where its value comes from")
    return Origin(
        notes.columns(data, "from", pointer),
        notes.templates(data, "value", pointer),
        notes.expression(data, "sql", pointer),
    )


def choices(notes: Notes, data: dict[str, Any], pointer: str, unicode: UnicodeForm) -> Choices | None:
    """Read a value map and its ``else``; its keys are compared as the cells are: trimmed, in one Unicode form."""
    if "map" not in data:
        notes.alone(data, ("else",), pointer, "values with a map")
        return None
    meanings = [(_cell(key, unicode), _text(value)) for key, value in data["map"].items()]
    keys = [key for key, _ in meanings]
    for key, written in zip(keys, data["map"], strict=True):
        if keys.count(key) > 1:
            notes.wrong(f"{pointer}/map/{escape(written)}", f"the map has {key!r} twice, blanks around it left out")
    blank = "else" in data and data["else"] is None
    otherwise = notes.templates({} if blank else data, "else", pointer)
    return Choices(tuple(meanings), otherwise if "else" in data else None)


def _cell(text: str, unicode: UnicodeForm) -> str:
    trimmed = text.strip()
    if unicode is UnicodeForm.AS_IS:
        return trimmed
    return unicodedata.normalize("NFC" if unicode is UnicodeForm.NFC else "NFKC", trimmed)


def _text(value: str | float | bool | None) -> str | None:
    """Write a value of a map as a cell would hold it; null makes a value blank."""
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


class ValueReader:
    """Reads computed columns, and the custom fields that may use them."""

    def __init__(self, notes: Notes, source: Source) -> None:
        self._notes = notes
        self._source = source
        self._written: dict[str, set[str]] = {}

    def column(self, name: str, data: dict[str, Any]) -> ComputedColumn:
        """Read one computed column; those above it have been read."""
        pointer = f"/columns/{escape(name)}"
        rule = self._value(data, pointer, "the column")
        self._written[name] = self._writings(rule)
        return ComputedColumn(name, rule)

    def field(self, name: str, data: dict[str, Any]) -> FieldRule:
        """Read one custom field."""
        pointer, kind = f"/contact/custom_fields/{escape(name)}", FieldType(data["type"])
        if _RESERVED.fullmatch(name):
            self._notes.wrong(pointer, f"a custom field can't be called {name!r}: Front's import file has that heading")
        self._check_options(data, kind, pointer)
        value = self._value(data, pointer, "the custom field")
        return FieldRule(
            name,
            kind,
            value,
            self._numbers(value, kind, pointer),
            NumberForm(data.get("format", "plain")),
            tuple(data.get("yes", ())),
            tuple(data.get("no", ())),
            data.get("timezone", self._source.timezone),
            DateStyle(data.get("dates", self._source.dates)),
            data.get("blank") == "clear",
        )

    def _check_options(self, data: dict[str, Any], kind: FieldType, pointer: str) -> None:
        owners = {
            FieldType.DATETIME: ("timezone", "dates"), FieldType.NUMBER: ("format",), FieldType.BOOLEAN: ("yes", "no"),
        }  # fmt: skip
        for owner, keys in owners.items():
            if kind is not owner:
                self._notes.alone(data, keys, pointer, f"{owner} fields")
        both = {each.casefold() for each in data.get("yes", ())} & {each.casefold() for each in data.get("no", ())}
        if both:
            self._notes.wrong(f"{pointer}/no", f"means yes and no at once: {', '.join(sorted(both))}")
        check_timezone(self._notes, data, pointer)

    def _value(self, data: dict[str, Any], pointer: str, what: str) -> ValueRule:
        return ValueRule(
            origin(self._notes, data, pointer, what),
            _split(data),
            Case(data.get("case", "keep")),
            choices(self._notes, data, pointer, self._source.unicode),
        )

    def _numbers(self, rule: ValueRule, kind: FieldType, pointer: str) -> NumberStyle:
        written = self._writings(rule)
        if kind is FieldType.NUMBER and len(written) > 1 and self._source.numbers != PLAIN:
            self._notes.wrong(
                pointer, "mixes numbers as the file writes them with plain ones (of SQL, a map or a constant)"
            )
        return self._source.numbers if _FILE in written else PLAIN

    def _writings(self, rule: ValueRule) -> set[str]:
        if rule.choices:
            return {_PLAIN} | self._of_templates(rule.choices.otherwise or ())
        if rule.origin.sql:
            return {_PLAIN}
        return self._of_columns(rule.origin.columns) | self._of_templates(rule.origin.value)

    def _of_columns(self, columns: tuple[str, ...]) -> set[str]:
        return {each for column in columns for each in self._written.get(column, {_FILE})}

    def _of_templates(self, templates: tuple[Template, ...]) -> set[str]:
        return {each for template in templates for each in self._of_columns(template.columns) or {_PLAIN}}


def check_timezone(notes: Notes, data: dict[str, Any], pointer: str) -> None:
    """Note a ``timezone`` that doesn't exist."""
    zone = data.get("timezone", "UTC")
    if not known_timezone(zone):
        notes.wrong(f"{pointer}/timezone", f"{zone!r} is not a time zone; write it like Europe/London")


def _split(data: dict[str, Any]) -> tuple[str, int] | None:
    if "split" not in data:
        return None
    take = data["split"]["take"]
    return data["split"]["by"], _ENDS[take] if take in _ENDS else take - 1
