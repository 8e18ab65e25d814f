"""A company's own custom fields: held against operations, import files and mappings."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schemas
from toolkit.company import (
    CompanyField,
    CompanyFields,
    check_mapping,
    company_fields,
    invalid_operations,
    operation_judge,
    operation_problems,
    unknown_headings,
)
from toolkit.company_cells import cell_faults
from toolkit.errors import InputRefused
from toolkit.front.fields_file import read_fields

KINDS = ("string", "number", "boolean", "datetime", "teammate", "enum", "inbox", "novel")
SNAPSHOT: list[dict[str, Any]] = [
    {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Shop", "accounts": False},
    *({"resource": "custom_field", "id": f"fld_{kind}", "name": f"A {kind}", "type": kind} for kind in KINDS),
    {"resource": "custom_field", "id": "fld_t", "name": "Tier", "type": "enum",
     "values": [{"value": "gold", "label": "Gold"}, {"value": "silver"}]},
    {"resource": "teammate", "id": "tea_1", "email": "Leela@Shop.example"},
    {"resource": "inbox", "id": "inb_1", "name": "Support"},
    {"resource": "contact", "id": "crd_1"},
]  # fmt: skip
COMPANY = company_fields(enumerate(SNAPSHOT, start=1), "front.ndjson")
EMAIL = {"source": "email", "handle": "a@b.example"}


def line(fields: dict[str, Any], op: str = "contact.upsert", **more: Any) -> bytes:
    body = {"handles": [EMAIL], "custom_fields": fields} if op != "contact.update" else {"custom_fields": fields}
    return json.dumps({"key": "1", "op": op, "body": body} | more).encode()


def said(operation: bytes) -> list[str]:
    return [str(each) for each in operation_problems(operation, COMPANY)]


def test_the_fields_are_read_from_a_snapshot_file(tmp_path: Path):
    """A snapshot's definitions, choices, teammates and inboxes are known, its contacts need not be read."""
    file = tmp_path / "front.ndjson"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in SNAPSHOT))

    company = read_fields(file)

    assert company == COMPANY
    assert company.fields[-1] == CompanyField("Tier", "enum", (("gold", "Gold"), ("silver", "silver")))
    assert (company.teammates, company.inboxes) == (frozenset({"Leela@Shop.example"}), frozenset({"inb_1"}))


@pytest.mark.parametrize("lines", [[], [{"op": "x"}], SNAPSHOT[1:], ["x"]])
def test_only_a_snapshot_tells_of_fields(lines: list[Any]):
    """Another file is refused: its silence must not read as a company without fields."""
    with pytest.raises(InputRefused, match="is not a snapshot of Front"):
        company_fields(enumerate(lines, start=1), "x.ndjson")


@pytest.mark.parametrize(
    ("field", "good", "bad", "sentence"),
    [
        ("A string", "", 1, "must be text, not 1"),
        ("A number", 1.5, "1", 'must be a number, not "1"'),
        ("A number", 0, True, "must be a number, not true"),
        ("A boolean", False, "no", 'must be true or false, not "no"'),
        ("A datetime", 1767225600, 1767225600.5, "must be a whole number, not 1767225600.5"),
        ("A datetime", -1, 1767225600000, "1767225600000 is no time in Unix seconds: in milliseconds it would be"),
        ("A teammate", "leela@shop.example", "fry@shop.example", "'fry@shop.example' is not the e-mail address"),
        ("A teammate", "Leela@Shop.example", "LEELA@SHOP.EXAMPLE", "'LEELA@SHOP.EXAMPLE' is not the e-mail"),
        ("A inbox", "inb_1", "inb_2", "'inb_2' is not the id of an inbox of this company"),
        ("A enum", "anything", 1, "must be text, not 1"),
        ("Tier", "gold", "Gold", "'Gold' is not one of its choices: gold, silver"),
        ("A novel", "x", None, "must be text or a number or true or false, not null"),
    ],
)  # fmt: skip
def test_a_value_is_of_its_fields_type(field: str, good: Any, bad: Any, sentence: str):
    """Each type of Front's takes its own values in an operation, and what it does not take is told with its place."""
    prefix = f"/body/custom_fields/{field}: {sentence}"

    assert said(line({field: good})) == []
    assert [each[: len(prefix)] for each in said(line({field: bad}))] == [prefix]


@pytest.mark.parametrize("op", ["contact.upsert", "contact.create", "contact.update"])
def test_a_field_that_the_company_lacks_is_named_with_the_nearest(op: str):
    """A misspelt custom field, which Front would refuse, is found before it is sent, in each op that sets one."""
    operation = line({"tier": "gold"}, op, **({"contact": "crd_1"} if op == "contact.update" else {}))

    assert said(operation) == ["/body/custom_fields: Front has no custom field 'tier': did you mean 'Tier'?"]


def test_a_field_to_be_cleared_is_one_of_the_companys():
    """What an upsert clears must exist too."""
    assert said(line({}, clear=["Teir"])) == ["/clear/0: Front has no custom field 'Teir': did you mean 'Tier'?"]
    assert said(line({}, clear=["Tier"])) == []


def test_the_fields_of_accounts_are_not_judged():
    """A snapshot tells nothing of account fields, so any may stand in an account's operations."""
    operation = {"key": "1", "op": "account.create", "body": {"name": "Shop", "custom_fields": {"Size": 1}}}

    assert said(json.dumps(operation).encode()) == []


def test_a_company_without_fields_takes_none():
    """Where Front has no custom fields, an operation that sets or clears one is refused."""
    empty = CompanyFields("front.ndjson")

    assert invalid_operations([line({}), line({"Tier": "gold"}), line({}, clear=["Tier"])], empty) == [1, 2]


VALUE = st.sampled_from(["gold", "inb_1", "Leela@Shop.example", 1, 1.5, True, None, 2**60, "x"])
OPERATION = st.builds(
    line,
    st.dictionaries(st.sampled_from([*COMPANY.names, "Teir"]), VALUE, max_size=3),
    st.sampled_from(["contact.upsert", "contact.create", "contact.update", "handle.add"]),
    clear=st.lists(st.sampled_from(["Tier", "Teir"]), max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(OPERATION)
def test_the_validators_agree_on_a_companys_schema(operation: bytes):
    """The quick verdicts and jsonschema's are one, and each invalid line has an explanation."""
    judge = operation_judge(COMPANY)
    valid = judge.explain.is_valid(json.loads(operation))

    assert [judge.whole(json.loads(operation)), judge.allows(operation)] == [valid, valid]
    assert bool(judge.line_problems(operation)) is not valid
    assert valid <= (not schemas.line_problems(operation, "operation"))


def test_a_mappings_fields_are_held_against_the_companys():
    """A field that Front lacks or has under another type is told before a row is read."""
    wanted = {"Tier": "enum", "tier ": "enum", "A number": "string", "A novel": "string", "Quite Other": "string"}

    assert check_mapping(wanted, COMPANY) == [
        ("tier ", "Front has no custom field 'tier ': did you mean 'Tier'?"),
        ("A number", "'A number' is of the type number in Front, and string here"),
        ("Quite Other", "Front has no custom field 'Quite Other'"),
    ]


def test_a_heading_is_fronts_or_a_fields():
    """Headings of an import file that Front would take for new fields, or refuse, are named."""
    headings = ["name", "email", "email2", "email1", "contactList10", "Tier", "tier", "Phone"]

    assert unknown_headings(headings, COMPANY) == [
        ("email1", "'email1' is neither a heading of Front's import nor a custom field: did you mean 'email'?"),
        ("tier", "'tier' is neither a heading of Front's import nor a custom field: did you mean 'Tier'?"),
        ("Phone", "'Phone' is neither a heading of Front's import nor a custom field: did you mean 'phone'?"),
    ]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("A boolean", ["True", "False", "Yes", "No"], ["true", "1", "ja"]),
        ("A number", ["1", "-1.5", "0"], ["1,5", "1e3", "one", " 1"]),
        ("A datetime",
         ["2020-01-01 09:24:15", "2020-01-01", "2020-01-25T09:24:15", "Wed, 01 Jan 2020 09:24:15 GMT", "1577870655000"],
         ["2020-02-30", "01/02/2020", "2020-01-01 25:00:00", "tomorrow"]),
        ("A teammate", ["leela@shop.example", "LEELA@shop.example"], ["Leela", "fry@shop.example"]),
        ("Tier", ["gold", "Gold", "silver"], ["GOLD", "bronze"]),
        ("A inbox", ["inb_1"], ["inb_2"]),
        ("A string", ["anything"], []),
        ("A novel", ["anything"], []),
    ],
)  # fmt: skip
def test_a_cell_is_text_that_front_reads_as_the_fields_type(field: str, good: list[str], bad: list[str]):
    """A cell of an import file that is not of its custom field's type is found, and blank ones are let be."""
    frame = pl.DataFrame({field: [None, "", *good, *bad]}, schema={field: pl.String})

    found = cell_faults(frame, COMPANY)

    assert found["index"].to_list() == list(range(2 + len(good), frame.height))
    assert [each.startswith(f"{cell} is not ") for cell, each in zip(bad, found["sentence"], strict=True)] == [
        True
    ] * len(bad)
