"""The mapping language and its schema."""

from typing import Any

import pytest

from toolkit.contacts.dates import DateStyle
from toolkit.contacts.mapping import FieldType, HandleSource, Keep, OnBad
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.phones import PhoneCheck
from toolkit.contacts.rejects import MEANINGS, RejectCode
from toolkit.documents import parse_yaml
from toolkit.errors import WrongSettings
from toolkit.schemas import load

LEAST = "version: 1\nsource: {key: Id}\ncontact:\n  handles: [{source: email, from: Email}]\n"


def test_an_external_id_must_be_one_of_the_custom_fields():
    """Its value has to come from somewhere."""
    with pytest.raises(WrongSettings) as caught:
        read_mapping(parse_yaml(f"{LEAST}  external_id: Salesforce ID\n", "m.yaml"))

    assert caught.value.problems[0].sentence.startswith("custom_fields has no 'Salesforce ID'")


def described(schema: Any, pointer: str = "") -> list[str]:
    """List the properties and choices below ``schema`` that lack a description."""
    if isinstance(schema, list):
        return [each for at, part in enumerate(schema) for each in described(part, f"{pointer}/{at}")]
    if not isinstance(schema, dict):
        return []
    lacking = [f"{pointer}/{name}" for name, part in schema.get("properties", {}).items() if "description" not in part]
    return lacking + [each for name, part in schema.items() for each in described(part, f"{pointer}/{name}")]


def test_every_key_has_a_description():
    """An editor can show what each key of a mapping means."""
    assert described(load("mapping")) == []


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (DateStyle, ("source", "properties", "dates")),
        (HandleSource, ("contact", "properties", "handles", "items", "properties", "source")),
        (PhoneCheck, ("contact", "properties", "handles", "items", "properties", "check")),
        (FieldType, ("contact", "properties", "custom_fields", "additionalProperties", "properties", "type")),
        (Keep, ("duplicates", "properties", "keep")),
        (OnBad, ("on_bad_value", "properties", "email")),
    ],
)
def test_the_schema_lists_what_the_code_knows(names: Any, place: tuple[str, ...]):
    """A closed set has the same members in the schema as in the code."""
    schema = load("mapping")["properties"][place[0]]
    for step in place[1:]:
        schema = schema[step]
    assert set(schema["enum"]) == {each.value for each in names}


def test_the_reject_schema_lists_every_code():
    """The reject codes, their meanings and the reject schema agree."""
    assert [code.value for code in RejectCode] == load("reject")["properties"]["reject_code"]["enum"]
    assert set(MEANINGS) == set(RejectCode)


def test_the_least_mapping():
    """A key and one handle are enough; the rest has defaults that lose nothing."""
    mapping = read_mapping(parse_yaml(LEAST, "mapping.yaml"))
    duplicates, policy = mapping.duplicates, mapping.on_bad_value
    expected = ((HandleSource.EMAIL,), Keep.MERGE, None)
    assert expected == (duplicates.by, duplicates.keep, duplicates.prefer)
    assert set(OnBad) - {OnBad.DROP} == {policy.email, policy.phone, policy.domain, policy.custom_fields}
    references = (("/source/key", "Id"), ("/contact/handles/0/from", "Email"))
    assert references == mapping.references


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("A: {type: string}", "none of from, value and sql"),
        ("A: {type: string, from: Id, sql: Id}", "from and sql"),
        ("A: {type: string, from: Id, format: percent}", "format is for number fields"),
        ("A: {type: number, from: Id, timezone: UTC}", "timezone is for datetime fields"),
        ("A: {type: datetime, from: Id, timezone: Mars/Olympus}", "not a time zone"),
        ("contactList12: {type: string, from: Id}", "has that heading"),
        ('A: {type: string, value: "a } b"}', "without its partner"),
    ],
)
def test_a_custom_field_is_refused_with_its_place(field: str, words: str):
    """What the schema can't see is refused with the line of the field."""
    text = f"{LEAST}  custom_fields:\n    {field}\n"
    with pytest.raises(WrongSettings) as refused:
        read_mapping(parse_yaml(text, "mapping.yaml"))
    problem = refused.value.problems[0]
    assert words in problem.sentence
    assert problem.line == 6
