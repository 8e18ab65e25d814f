"""A parsed YAML document into a mapping. Pure: the document in, frozen data out; what is wrong comes with its place.

The schema has the first word. What a schema can't see is checked here: templates, expressions, time zones, keys
that go with one type alone, and names that Front keeps for itself. Values and custom fields are read by
``mapping_values``.
"""

from typing import Any

from toolkit import schemas
from toolkit.contacts.amounts import PLAIN, NumberStyle
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.mapping import (
    PREFER,
    AccountRule,
    Case,
    ContactRule,
    Duplicates,
    Extensions,
    HandleRule,
    HandleSource,
    Keep,
    ListRule,
    Mapping,
    NameRule,
    OnBad,
    OnBadValue,
    PhoneRule,
    Source,
    WithoutHandles,
)
from toolkit.contacts.mapping_notes import Notes
from toolkit.contacts.mapping_values import ValueReader, check_timezone, choices, origin
from toolkit.contacts.names import Capitals, Comma
from toolkit.contacts.normalise import UnicodeForm
from toolkit.contacts.phones import PhoneCheck, known_region
from toolkit.documents import Document


def read_mapping(document: Document) -> Mapping:
    """Build the mapping. Raises WrongSettings that lists every problem with line and column."""
    schemas.check_document(document, "mapping")
    notes, data = Notes(document), document.data
    source = _source(notes, data["source"])
    values = ValueReader(notes, source)
    columns = tuple(values.column(name, each) for name, each in data.get("columns", {}).items())
    contact = _contact(notes, data["contact"], source, values)
    computed = tuple(each.name for each in columns)
    duplicates = _duplicates(notes, data.get("duplicates", {}), contact, computed)
    policy = OnBadValue(**{key: OnBad(value) for key, value in data.get("on_bad_value", {}).items()})
    references = notes.references(computed)
    notes.refuse_if_wrong()
    return Mapping(source, columns, contact, duplicates, policy, references, notes.expressions)


def _source(notes: Notes, data: dict[str, Any]) -> Source:
    pointer = "/source"
    check_timezone(notes, data, pointer)
    dates, numbers = _styles(notes, data)
    return Source(
        notes.columns(data, "key", pointer),
        dates,
        data.get("timezone", "UTC"),
        numbers,
        UnicodeForm(data.get("unicode", "NFC")),
        data.get("mojibake") == "repair",
        notes.expression(data, "where", pointer),
    )


def _styles(notes: Notes, data: dict[str, Any]) -> tuple[DateStyle, NumberStyle]:
    """Give how dates and numbers are written: as said, else as the locale writes them."""
    dates, numbers = DateStyle.ISO, PLAIN
    try:
        dates, numbers = _of_locale(data)
    except ValueError as error:
        notes.wrong("/source/locale", str(error))
    if "numbers" in data:
        numbers = NumberStyle(**data["numbers"])
        if numbers.decimal == numbers.thousands:
            notes.wrong("/source/numbers", "has the same mark for decimals and thousands")
    return DateStyle(data.get("dates", dates)), numbers


def _of_locale(data: dict[str, Any]) -> tuple[DateStyle, NumberStyle]:
    """Give a locale's styles. Raises ValueError for one that is unknown, or that writes dates as none here does."""
    if "locale" not in data:
        return DateStyle.ISO, PLAIN
    from toolkit.contacts import locales  # noqa: PLC0415 - babel takes a while, and few mappings name a locale

    numbers = locales.number_style(data["locale"])
    return DateStyle(data.get("dates") or locales.date_style(data["locale"])), numbers


def _contact(notes: Notes, data: dict[str, Any], source: Source, values: ValueReader) -> ContactRule:
    pointer = "/contact"
    lists = enumerate(data.get("lists", []))
    return ContactRule(
        handles=tuple(_handle(notes, each, f"{pointer}/handles/{at}") for at, each in enumerate(data["handles"])),
        name=_name(notes, data),
        description=notes.templates(data, "description", pointer),
        without_handles=WithoutHandles(data.get("without_handles", "reject")),
        links=notes.templates(data, "links", pointer),
        lists=tuple(_list(notes, each, f"{pointer}/lists/{at}", source.unicode) for at, each in lists),
        account=_account(notes, data["account"]) if "account" in data else None,
        fields=tuple(values.field(name, each) for name, each in data.get("custom_fields", {}).items()),
        external_id=_external_id(notes, data),
    )


def _external_id(notes: Notes, data: dict[str, Any]) -> str:
    name: str = data.get("external_id", "")
    if name and name not in data.get("custom_fields", {}):
        notes.wrong("/contact/external_id", f"custom_fields has no {name!r}: say there what its value is")
    return name


def _name(notes: Notes, data: dict[str, Any]) -> NameRule | None:
    name = data.get("name")
    if not isinstance(name, dict):
        return NameRule(notes.templates(data, "name", "/contact")) if name else None
    value = notes.templates(name, "value", "/contact/name")
    return NameRule(value, Comma(name.get("comma", "keep")), Capitals(name.get("capitals", "keep")))


def _handle(notes: Notes, data: dict[str, Any], pointer: str) -> HandleRule:
    source = HandleSource(data["source"])
    if source is not HandleSource.PHONE:
        notes.alone(data, ("region", "region_from", "check", "extensions"), pointer, "phone handles")
    return HandleRule(
        source,
        origin(notes, data, pointer, "the handle"),
        data.get("split", ""),
        Case(data.get("case", "keep")),
        _phone(notes, data, pointer),
    )


def _phone(notes: Notes, data: dict[str, Any], pointer: str) -> PhoneRule:
    region = data.get("region", "")
    if region and not known_region(region):
        notes.wrong(f"{pointer}/region", f"{region!r} is no country that has phone numbers; write it like US or DE")
    return PhoneRule(
        region,
        notes.column(data, "region_from", pointer),
        PhoneCheck(data.get("check", "valid")),
        Extensions(data.get("extensions", "drop")),
    )


def _list(notes: Notes, data: dict[str, Any], pointer: str, unicode: UnicodeForm) -> ListRule:
    return ListRule(
        data.get("name", ""),
        notes.expression(data, "when", pointer),
        notes.column(data, "from", pointer),
        data.get("split", ""),
        choices(notes, data, pointer, unicode),
    )


def _account(notes: Notes, data: dict[str, Any]) -> AccountRule:
    pointer = "/contact/account"
    return AccountRule(
        notes.columns(data, "name", pointer),
        notes.columns(data, "external_id", pointer),
        notes.columns(data, "domains", pointer),
        notes.templates(data, "description", pointer),
    )


def _duplicates(notes: Notes, data: dict[str, Any], contact: ContactRule, computed: tuple[str, ...]) -> Duplicates:
    keep = Keep(data.get("keep", "merge"))
    prefer = notes.column(data, "prefer", "/duplicates")
    if keep is Keep.NEWEST and prefer is None:
        notes.wrong("/duplicates", "keep: newest needs prefer, the column with the date")
    if prefer in computed:
        notes.wrong(PREFER, f"prefer needs a column of the file, and {prefer!r} is computed")
    names = data.get("by", ["handles"])
    by = contact.sources if "handles" in names else tuple(HandleSource(name) for name in names)
    return Duplicates(by, keep, prefer)
