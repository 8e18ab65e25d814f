"""The columns' word that an operation is surely valid, against jsonschema's."""

import json
from typing import Any, cast

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from toolkit import schemas
from toolkit.contacts.frame import contact_schema
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.operations import lines
from toolkit.contacts.sure import unsure
from toolkit.documents import parse_yaml

MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  description: "{About}"
  handles:
    - {source: email, from: Email}
    - {source: phone, from: Phone}
    - {source: custom, from: Id}
  links: ["https://crm.example.com/{Id}"]
  lists: [{name: All}, {from: Lists, split: ";"}]
  external_id: Tier
  account: {name: Company, external_id: Company ID, domains: Site, description: About}
  custom_fields:
    Amount: {from: Amount, type: number}
    Day: {from: Day, type: datetime, blank: clear}
    Big: {from: Big, type: boolean, blank: clear}
    Tier: {from: Tier, type: enum}
"""
TEXT = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "a@example.com", "a@b", "@", "a b@c", "a@example.com\n", "+442079460958", "+0", "+12345678901234567",
         "0.5", "-0", "01", "1e5", "1.", "-", "NaN", "example.com", "Example.com", "x" * 1000, "x" * 1001, '"', "\\",
         "\u2028"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)  # fmt: skip
LIST = st.one_of(
    st.none(), st.lists(TEXT, min_size=1, max_size=1), st.lists(TEXT, max_size=3), st.just(["twice", "twice"])
)


def mapping() -> Mapping:
    """Give the mapping whose contacts are made up here."""
    return read_mapping(parse_yaml(MAPPING, "mapping.yaml"))


def cells(kind: pl.DataType, name: str) -> st.SearchStrategy[Any]:
    """Give what may stand in a column: good and bad, as no cleaning would ever leave it."""
    if name == "field Amount":
        return st.one_of(st.none(), st.sampled_from(["0.5", "-0", "01", "1e5", "1.", "-", "NaN", "12", ""]))
    if isinstance(kind, pl.List):
        return LIST
    return {pl.Boolean(): st.booleans() | st.none(), pl.Int64(): st.integers(-(2**40), 2**40) | st.none()}.get(
        kind, TEXT
    )


SCHEMA = contact_schema(mapping().contact)
USUAL: dict[str, Any] = {
    "index": 0, "key": "003", "name": "Ana", "description": "Buyer", "handle email": ["a@example.com"],
    "handle phone": ["+442079460958", "+442079460959"], "handle custom": ["003"], "links": ["https://x.example/003"],
    "lists": ["All", "VIPs"], "field Amount": "12.5", "field Day": 1, "field Big": True, "field Tier": "gold",
    "account": {"name": "Co", "external_id": "001", "domains": ["example.com"], "description": None}, "clear": [],
}  # fmt: skip
ROW = SCHEMA.keys() - {"index", "account"}
HANDLES = [name for name in SCHEMA if name.startswith("handle ")]
PARTS: dict[str, Any] = {each.name: each.dtype for each in cast("pl.Struct", SCHEMA["account"]).fields}
ODD = st.one_of(
    *(cells(kind, name).map(lambda value, name=name: {name: value}) for name, kind in SCHEMA.items() if name in ROW),
    *(
        cells(kind, "").map(lambda value, name=name: {"account": USUAL["account"] | {name: value}})
        for name, kind in PARTS.items()
    ),
)
NO_HANDLES = st.just({name: [] for name in HANDLES})
ROWS = st.lists(
    st.one_of(ODD, ODD, ODD, NO_HANDLES, st.just({"account": None})).map(lambda odd: USUAL | odd),
    min_size=8,
    max_size=12,
)
"""Usual contacts, each with one cell that may be odd: a row with several would be doubtful for any of them."""


def valid(line: str) -> bool:
    """Ask jsonschema about one line."""
    try:
        return bool(schemas.judge("operation").explain.is_valid(json.loads(line)))
    except ValueError:
        return False


@examples(60)
@given(ROWS)
def test_what_is_sure_is_valid(rows: list[dict[str, Any]]) -> None:
    """Whatever the cells are, an operation that the columns are sure of is valid under the schema."""
    contacts = pl.DataFrame([row | {"index": at} for at, row in enumerate(rows)], schema=SCHEMA, orient="row")
    doubtful = unsure(contacts, mapping())
    text = lines(contacts, mapping())
    assert [line for at, line in enumerate(text) if at not in doubtful and not valid(line)] == []


def test_a_usual_contact_is_sure() -> None:
    """A contact as the cleaning leaves it costs the judge nothing."""
    assert unsure(pl.DataFrame([USUAL], schema=SCHEMA), mapping()) == []


def test_the_schemas_ask_for_nothing_that_the_columns_do_not_look_at() -> None:
    """A rule added to a schema must be added to toolkit/contacts/sure.py, and then here."""
    operation = schemas.load("operation")["$defs"]
    asked = {
        name: {key: value for key, value in schema.items() if key not in {"$schema", "$id", "title", "description"}}
        for name, schema in {
            "upsert": operation["contact.upsert"], "key": operation["key"], "clear": operation["cleared"],
            "body": schemas.load("contact-create"), "account": schemas.load("account-create"),
            "handle": schemas.load("handle"),
        }.items()
    }  # fmt: skip
    assert {name: shape(schema) for name, schema in asked.items()} == SHAPES


def shape(schema: Any) -> Any:
    """Leave of a schema what puts cells together: what a cell must be is read from the schema itself."""
    cell = {"minLength", "maxLength", "pattern", "description"}
    if isinstance(schema, dict):
        return {key: shape(value) for key, value in schema.items() if key not in cell}
    return [shape(each) for each in schema] if isinstance(schema, list) else schema


SHAPES: dict[str, Any] = {
    "upsert": {
        "type": "object",
        "required": ["key", "op", "body"],
        "additionalProperties": False,
        "properties": {
            "key": {"$ref": "#/$defs/key"},
            "op": {"const": "contact.upsert"},
            "body": {"$ref": "contact-create.schema.json"},
            "account": {"$ref": "#/$defs/wanted_account"},
            "clear": {"$ref": "#/$defs/cleared"},
            "into": {"$ref": "#/$defs/into"},
            "external_id": {"type": "string"},
        },
    },
    "key": {"type": "string"},
    "clear": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}},
    "body": {
        "type": "object",
        "required": ["handles"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "links": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "custom_fields": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean"]},
                "propertyNames": {},
            },
            "handles": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"$ref": "handle.schema.json"}},
            "list_names": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
    },
    "account": {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "domains": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "custom_fields": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean"]},
                "propertyNames": {},
            },
            "external_id": {"type": "string"},
        },
    },
    "handle": {
        "type": "object",
        "required": ["source", "handle"],
        "additionalProperties": False,
        "properties": {
            "source": {"enum": ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"]},
            "handle": {"type": "string"},
        },
        "allOf": [
            {
                "if": {"properties": {"source": {"const": "email"}}, "required": ["source"]},
                "then": {"properties": {"handle": {}}},
            },
            {
                "if": {"properties": {"source": {"const": "phone"}}, "required": ["source"]},
                "then": {"properties": {"handle": {}}},
            },
        ],
    },
}
