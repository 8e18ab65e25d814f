"""A parsed YAML document into a mapping. Pure: the document in, frozen data out; what is wrong comes with its place.

The schema has the first word. What a schema can't see is checked here: templates, expressions, time zones, keys
that go with one type alone, and names that Front keeps for itself.
"""

import re
from collections.abc import Iterable
from typing import Any

from toolkit import schemas
from toolkit.contacts import expressions, templates
from toolkit.contacts.dates import DateStyle, known_timezone
from toolkit.contacts.expressions import Expression
from toolkit.contacts.mapping import (
    AccountRule,
    ContactRule,
    Duplicates,
    FieldRule,
    FieldType,
    HandleRule,
    HandleSource,
    Keep,
    ListRule,
    Mapping,
    OnBad,
    OnBadValue,
    Source,
)
from toolkit.contacts.normalise import NumberStyle
from toolkit.contacts.phones import PhoneCheck, known_region
from toolkit.contacts.templates import Template
from toolkit.documents import Document, escape
from toolkit.errors import Problem, WrongSettings

# Headings of Front's contact import: a custom field of such a name could not be told apart (help centre).
_RESERVED = re.compile(r"name|link|twitter|description|accountName|(email|phone|contactList)[0-9]*")


def read_mapping(document: Document) -> Mapping:
    """Build the mapping. Raises WrongSettings that lists every problem with line and column."""
    schemas.check_document(document, "mapping")
    return _Reader(document).mapping()


class _Reader:
    """Walks one document once, and gathers its problems and the columns it names on the way."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[Problem] = []
        self._references: list[tuple[str, str]] = []
        self._expressions: list[tuple[str, Expression, bool]] = []

    def mapping(self) -> Mapping:
        data = self._document.data
        source = self._source(data["source"])
        contact = self._contact(data["contact"], source)
        duplicates = self._duplicates(data.get("duplicates", {}), contact)
        policy = OnBadValue(**{key: OnBad(value) for key, value in data.get("on_bad_value", {}).items()})
        if self._problems:
            name = self._document.name
            placed = sorted(self._problems, key=lambda each: (each.line or 0, each.column or 0))
            raise WrongSettings(f"{name} is not a valid mapping file", problems=tuple(placed))
        return Mapping(source, contact, duplicates, policy, tuple(self._references), tuple(self._expressions))

    def _wrong(self, pointer: str, sentence: str) -> None:
        self._problems.append(self._document.problem(pointer, sentence, "mapping"))

    def _column(self, data: dict[str, Any], key: str, pointer: str) -> str | None:
        name = data.get(key)
        if name is not None:
            self._references.append((f"{pointer}/{key}", name))
        return name

    def _columns(self, data: dict[str, Any], key: str, pointer: str) -> tuple[str, ...]:
        names = data.get(key, [])
        if isinstance(names, str):
            self._references.append((f"{pointer}/{key}", names))
            return (names,)
        self._references += [(f"{pointer}/{key}/{index}", name) for index, name in enumerate(names)]
        return tuple(names)

    def _expression(self, data: dict[str, Any], key: str, pointer: str) -> Expression | None:
        if key not in data:
            return None
        place = f"{pointer}/{key}"
        try:
            expression = expressions.parse(data[key])
        except expressions.NotAllowed as error:
            self._wrong(place, f"the expression {error}")
            return None
        self._references += [(place, column) for column in expression.columns]
        self._expressions.append((place, expression, key != "sql"))
        return expression

    def _templates(self, data: dict[str, Any], key: str, pointer: str) -> tuple[Template, ...]:
        texts, place = data.get(key, []), f"{pointer}/{key}"
        if isinstance(texts, str):
            return tuple(self._parsed([(place, texts)]))
        return tuple(self._parsed((f"{place}/{index}", text) for index, text in enumerate(texts)))

    def _parsed(self, texts: Iterable[tuple[str, str]]) -> Iterable[Template]:
        for place, text in texts:
            try:
                template = templates.parse(text)
            except ValueError as error:
                self._wrong(place, f"the template {error}")
                continue
            self._references += [(place, column) for column in template.columns]
            yield template

    def _source(self, data: dict[str, Any]) -> Source:
        self._column(data, "key", "/source")
        style = NumberStyle(**data.get("numbers", {}))
        if style.decimal == style.thousands:
            self._wrong("/source/numbers", "has the same mark for decimals and thousands")
        where = self._expression(data, "where", "/source")
        return Source(data["key"], DateStyle(data.get("dates", "ISO")), style, where)

    def _contact(self, data: dict[str, Any], source: Source) -> ContactRule:
        fields = data.get("custom_fields", {})
        return ContactRule(
            handles=tuple(self._handle(each, f"/contact/handles/{at}") for at, each in enumerate(data["handles"])),
            name=self._templates(data, "name", "/contact"),
            description=self._templates(data, "description", "/contact"),
            links=self._templates(data, "links", "/contact"),
            lists=tuple(self._list(each, f"/contact/lists/{at}") for at, each in enumerate(data.get("lists", []))),
            account=self._account(data["account"]) if "account" in data else None,
            fields=tuple(self._field(name, each, source) for name, each in fields.items()),
        )

    def _handle(self, data: dict[str, Any], pointer: str) -> HandleRule:
        source = HandleSource(data["source"])
        if source is not HandleSource.PHONE:
            self._alone(data, ("region", "region_from", "check"), pointer, "phone handles")
        region = data.get("region", "")
        if region and not known_region(region):
            self._wrong(f"{pointer}/region", f"{region!r} is no country that has phone numbers; write it like US or DE")
        return HandleRule(
            source,
            self._columns(data, "from", pointer),
            region,
            self._column(data, "region_from", pointer),
            PhoneCheck(data.get("check", "valid")),
        )

    def _list(self, data: dict[str, Any], pointer: str) -> ListRule:
        when = self._expression(data, "when", pointer)
        return ListRule(data.get("name", ""), when, self._column(data, "from", pointer), data.get("split", ""))

    def _account(self, data: dict[str, Any]) -> AccountRule:
        pointer = "/contact/account"
        self._column(data, "name", pointer)
        external_id = self._column(data, "external_id", pointer)
        return AccountRule(data["name"], external_id, self._columns(data, "domains", pointer))

    def _field(self, name: str, data: dict[str, Any], source: Source) -> FieldRule:
        pointer, kind = f"/contact/custom_fields/{escape(name)}", FieldType(data["type"])
        self._check_field(name, data, kind, pointer)
        return FieldRule(
            name,
            kind,
            self._column(data, "from", pointer),
            self._templates(data, "value", pointer),
            self._expression(data, "sql", pointer),
            data.get("timezone", "UTC"),
            DateStyle(data.get("dates", source.dates)),
            tuple(data.get("map", {}).items()),
        )

    def _check_field(self, name: str, data: dict[str, Any], kind: FieldType, pointer: str) -> None:
        origins = [key for key in ("from", "value", "sql") if key in data]
        if len(origins) != 1:
            said = f"has {' and '.join(origins)}" if origins else "has none of from, value and sql"
            self._wrong(pointer, f"the custom field {said}; exactly one says where its value comes from")
        if _RESERVED.fullmatch(name):
            self._wrong(pointer, f"a custom field can't be called {name!r}: Front's import file has that heading")
        if kind is not FieldType.DATETIME:
            self._alone(data, ("timezone", "dates"), pointer, "datetime fields")
        if kind is not FieldType.ENUM:
            self._alone(data, ("map",), pointer, "enum fields")
        zone = data.get("timezone", "UTC")
        if not known_timezone(zone):
            self._wrong(f"{pointer}/timezone", f"{zone!r} is not a time zone; write it like Europe/London")

    def _alone(self, data: dict[str, Any], keys: tuple[str, ...], pointer: str, owner: str) -> None:
        for key in keys:
            if key in data:
                self._wrong(f"{pointer}/{key}", f"{key} is for {owner} alone")

    def _duplicates(self, data: dict[str, Any], contact: ContactRule) -> Duplicates:
        keep = Keep(data.get("keep", "merge"))
        prefer = self._column(data, "prefer", "/duplicates")
        if keep is Keep.NEWEST and prefer is None:
            self._wrong("/duplicates", "keep: newest needs prefer, the column with the date")
        names = data.get("by", ["handles"])
        by = contact.sources if "handles" in names else tuple(HandleSource(name) for name in names)
        return Duplicates(by, keep, prefer)
