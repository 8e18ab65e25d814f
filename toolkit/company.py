"""What one company's Front takes in custom fields: its fields, their types and choices, its teammates. Pure.

Built from a snapshot's lines; held against mappings, operations and import files before anything is sent::

    company = company_fields(numbered_lines, "front.ndjson")          CompanyFields; files: front/fields_file.py
    check_mapping({"Tier": "enum"}, company)                          -> [(field, sentence)]
    invalid_operations(lines, company)                                -> [index of a bad line]   (NDJSON, in bulk)
    operation_problems(line, company, file, number)                   -> [Problem]
    unknown_headings(headings, company)                               -> [(heading, sentence)]
    company_cells.cell_faults(frame, company)                         -> frame of index, heading, sentence

The operations' own schema and the company's are one schema here, so a line that passes is right under both. Only
contacts' fields: those of accounts are not judged.

Front's Core API: a datetime is whole Unix seconds, a teammate an e-mail address, an inbox an ``inb_`` id, an enum one
of ``values[].value``. Whether Front folds the case of a teammate's address is not known: both the address as Front
spells it and the same in lower case (which is what transform writes) pass.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toolkit import schemas
from toolkit.errors import InputRefused, Problem
from toolkit.guess import meant

LAST_SECOND = 253_402_300_799
"""The end of the year 9999: a datetime beyond it was meant in milliseconds."""

_FIELDS = "The company's custom fields"
_TEAMMATE, _INBOX = "the e-mail address of a teammate", "the id of an inbox of this company"
_WITH_FIELDS = ["contact.upsert", "contact.create", "contact.update"]
_OPERATION = f"{schemas.BASE}operation.schema.json"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class CompanyField:
    """A custom contact field: its exact name, its type as Front's API calls it, and an enum's (value, label)s."""

    name: str
    type: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyFields:
    """The custom contact fields of one company, its teammates' addresses and inboxes' ids as Front spells them.

    ``source`` names the snapshot in messages. No teammates (or inboxes): the snapshot tells nothing of them, so any is
    let pass.
    """

    source: str
    fields: tuple[CompanyField, ...] = ()
    teammates: frozenset[str] = frozenset()
    inboxes: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Give the fields' names, as they stand."""
        return tuple(each.name for each in self.fields)


def company_fields(lines: Iterable[tuple[int, Any]], name: str) -> CompanyFields:
    """Read a snapshot's numbered lines up to its first contact; InputRefused when it is not a snapshot."""
    by_resource: dict[str, list[Any]] = {"custom_field": [], "teammate": [], "inbox": [], "snapshot": []}
    for number, line in lines:
        resource = line.get("resource", "") if isinstance(line, dict) else ""
        if (number == 1) != (resource == "snapshot"):
            break
        if resource == "contact":
            break  # the last resource, and by far the largest
        by_resource.get(resource, []).append(line)
    if not by_resource["snapshot"]:
        raise InputRefused(
            f"{name} is not a snapshot of Front", hint="take one with: sf2front snapshot -o front.ndjson"
        )
    return CompanyFields(
        name,
        tuple(_field(each) for each in by_resource["custom_field"]),
        frozenset(each["email"] for each in by_resource["teammate"] if each.get("email")),
        frozenset(each["id"] for each in by_resource["inbox"]),
    )


def _field(line: Mapping[str, Any]) -> CompanyField:
    choices = tuple((each["value"], each.get("label") or each["value"]) for each in line.get("values") or [])
    return CompanyField(line["name"], str(line.get("type", "")), choices)


def check_mapping(fields: Mapping[str, str], company: CompanyFields) -> list[tuple[str, str]]:
    """Give (name, sentence) for each custom field of a mapping that the company lacks or has under another type.

    ``fields`` are the mapping's types by name; those of Front are called the same.
    """
    known = {each.name: each for each in company.fields}
    found = []
    for name, kind in fields.items():
        if name not in known:
            found.append((name, lacking(name, company)))
        elif known[name].type in _RULES and known[name].type != kind:
            found.append((name, f"{name!r} is of the type {known[name].type} in Front, and {kind} here"))
    return found


def lacking(name: str, company: CompanyFields) -> str:
    """Say that Front has no such field, and which was probably meant."""
    return f"Front has no custom field {name!r}{meant(name, company.names)}"


def unknown_headings(headings: Iterable[str], company: CompanyFields) -> list[tuple[str, str]]:
    """Give (heading, sentence) for each heading of a contact import that is neither Front's nor a field's name."""
    schema = schemas.load("import-row")
    own = [*schema["properties"], "email", "phone", "contactList"]
    known = {*schema["properties"], *company.names}
    unknown = [each for each in headings if each not in known and not is_heading(each)]
    said = "is neither a heading of Front's import nor a custom field"
    return [(each, f"{each!r} {said}{meant(each, [*own, *company.names])}") for each in unknown]


def is_heading(name: str) -> bool:
    """Tell whether a heading of a contact import is one of Front's own: ``name``, ``email2`` …"""
    schema = schemas.load("import-row")
    patterns = (each.replace("$", r"\Z") for each in schema["patternProperties"])
    return name in schema["properties"] or any(re.search(each, name) for each in patterns)


def invalid_operations(lines: Iterable[bytes], company: CompanyFields) -> list[int]:
    """Give the indexes of the lines that are no valid operations, or not ones for this company, at full speed."""
    return operation_judge(company).invalid_lines(lines)


def operation_problems(line: bytes, company: CompanyFields, file: str = "", number: int | None = None) -> list[Problem]:
    """List what is wrong with one line under the operations' schema and the company's fields."""
    return operation_judge(company).line_problems(line, file, number)


@lru_cache(maxsize=4)
def operation_judge(company: CompanyFields) -> schemas.Judge:
    """Give the judge of operations for this company, made once."""
    there = {
        "properties": {"body": {"properties": {"custom_fields": fields_schema(company)}}, "clear": _clear(company)}
    }
    concerned = {"properties": {"op": {"enum": _WITH_FIELDS}}, "required": ["op"]}
    whole = {"allOf": [{"$ref": _OPERATION}, {"if": concerned, "then": there}]}
    common = {"allOf": [{"$ref": f"{_OPERATION}#/$defs/contact.upsert"}, there]}
    sentences = {
        "additionalProperties": lambda error: _extra(error, company),
        "enum": lambda error: _not_among(error, company),
        "maximum": lambda error: f"{error.instance} is no time in Unix seconds: in milliseconds it would be",
    }
    return schemas.judge_of(whole, "operation", common, sentences)


def fields_schema(company: CompanyFields) -> dict[str, Any]:
    """Give the JSON Schema of a contact's ``custom_fields`` in this company."""
    rules = {each.name: _RULES.get(each.type, _anything)(each, company) for each in company.fields}
    return {"title": _FIELDS, "type": "object", "properties": rules, "additionalProperties": False}


def _clear(company: CompanyFields) -> dict[str, Any]:
    return {"items": {"title": _FIELDS, "enum": list(company.names) or [None]}}


def _anything(_: CompanyField, __: CompanyFields) -> dict[str, Any]:
    """Let pass what a type that is not known here may take."""
    return {"type": ["string", "number", "boolean"]}


def _enum(field: CompanyField, _: CompanyFields) -> dict[str, Any]:
    values = [value for value, _ in field.choices]
    shown = ", ".join(values[:_LISTED]) + (" …" if len(values) > _LISTED else "")
    return {"enum": values, "title": f"one of its choices: {shown}"} if values else {"type": "string"}


def _teammate(_: CompanyField, company: CompanyFields) -> dict[str, Any]:
    spelled = sorted({each for address in company.teammates for each in (address, address.lower())})
    return {"enum": spelled, "title": _TEAMMATE} if spelled else {"type": "string"}


def _inbox(_: CompanyField, company: CompanyFields) -> dict[str, Any]:
    pattern = {
        "type": "string",
        "pattern": "^inb_[0-9a-z]+$",
        "description": "the id of an inbox, such as inb_55c8c149",
    }
    return {"enum": sorted(company.inboxes), "title": _INBOX} if company.inboxes else pattern


_RULES: dict[str, Callable[[CompanyField, CompanyFields], dict[str, Any]]] = {
    "string": lambda *_: {"type": "string"},
    "number": lambda *_: {"type": "number"},
    "boolean": lambda *_: {"type": "boolean"},
    "datetime": lambda *_: {"type": "integer", "maximum": LAST_SECOND},
    "teammate": _teammate,
    "enum": _enum,
    "inbox": _inbox,
}
"""The schema of a value by Front's name of the type (Core API, CustomFieldResponse.type)."""


def _extra(error: Any, company: CompanyFields) -> str:
    if error.schema.get("title") != _FIELDS:
        return ""
    return "; ".join(lacking(name, company) for name in error.instance if name not in error.schema["properties"])


def _not_among(error: Any, company: CompanyFields) -> str:
    title = error.schema.get("title")
    if title == _FIELDS:
        return lacking(error.instance, company)
    return f"{error.instance!r} is not {title}" if title else ""
