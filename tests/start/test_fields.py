"""Columns as custom fields that Front has: by name and type, never a value that Front would refuse."""

import polars as pl

from toolkit.start.fields import Field, Fields, FrontField
from toolkit.start.propose import propose
from toolkit.start.recognise import recognise

PEOPLE = ["ava@a.example.com", "liam@b.example.com", "isla@c.example.com"]
TIERS = FrontField("Tier", "enum", (("gold", "Gold"), ("silver_2", "Silber")))


def fields(front: list[FrontField], **columns: list[str]) -> Fields:
    found = propose(recognise(pl.DataFrame({"Email": PEOPLE} | columns)), front)
    assert found is not None
    return found.fields


def filled(front: list[FrontField], **columns: list[str]) -> dict[str, str]:
    return {each.name: each.column for each in fields(front, **columns).there}


def test_a_field_is_found_by_its_name_however_it_is_written():
    """Case, accents, Salesforce's __c and a Date at the end make no difference; the name is Front's own."""
    front = [FrontField(name, "string") for name in ("Loyalty level", "Größe", "Renewal")]
    columns = {"Loyalty_Level__c": ["a"] * 3, "GRÖSSE": ["b"] * 3, "Renewal Date": ["c"] * 3}

    assert filled(front, **columns) == {
        "Loyalty level": "Loyalty_Level__c",
        "Größe": "GRÖSSE",
        "Renewal": "Renewal Date",
    }


def test_a_field_is_found_by_what_the_column_means():
    """The owner's address fills a teammate field, the Id a field for it, in whatever language the headings are."""
    front = [
        FrontField("Account Owner", "teammate"),
        FrontField("Salesforce ID", "string"),
        FrontField("VIP", "boolean"),
    ]
    ids = [f"00300000000000{n}AAA" for n in range(3)]
    columns = {"Kontakt-ID": ids, "Accountinhaber": ["Dev Patel"] * 3, "Inhaber-E-Mail": ["dev@x.example.com"] * 3}

    assert filled(front, **columns) == {"Account Owner": "Inhaber-E-Mail", "Salesforce ID": "Kontakt-ID"}


def test_a_field_of_another_type_is_not_filled():
    """A column whose values are not of the field's type stays a comment that says why."""
    front = [
        FrontField("Size", "number"),
        FrontField("Since", "datetime"),
        FrontField("Active", "boolean"),
        FrontField("Agent", "teammate"),
        FrontField("Box", "inbox"),
        FrontField("Level", "enum", (("high", "High"),)),
    ]
    found = fields(front, **{each.name: ["large", "b", "c"] for each in front})

    assert found.there == ()
    assert [each.remark for each in found.missing] == [
        "Front's number field 'Size' does not fit: its values are not plain numbers",
        "Front's datetime field 'Since' does not fit: its values are no dates in a style that a mapping can declare",
        "Front's boolean field 'Active' does not fit: its values are not 1/0, true/false or yes/no",
        "Front's teammate field 'Agent' does not fit: its values are not e-mail addresses",
        "Front's inbox field 'Box' does not fit: its values are not inbox ids (inb_…)",
        "Front's enum field 'Level' does not fit: none of its values is one of the dropdown's",
    ]


def test_a_dropdowns_values_are_paired_by_value_or_label():
    """The map says what Front calls each value; those it lacks are named, since their rows would be rejected."""
    found = fields([TIERS], Tier=["GOLD", "silber", "Bronze"])

    assert [(each.choices, each.remark) for each in found.there] == [
        ((("GOLD", "gold"), ("silber", "silver_2")), "not in Front's dropdown, so rejected: Bronze")
    ]


def test_a_date_of_its_own_style_says_so():
    """A column that writes dates in another way than the file has its own style."""
    columns = {"Last Modified": ["2024-05-31"] * 3, "Since": ["31.12.2020"] * 3}
    found = fields([FrontField("Since", "datetime")], **columns)

    assert [(each.column, each.dates) for each in found.there] == [("Since", "DD.MM.YYYY")]


def test_a_name_that_the_import_file_keeps_for_itself_is_not_used():
    """Front's import has headings like link: a mapping refuses custom fields of such a name."""
    found = fields([FrontField("link", "string")], link=["a"] * 3)

    assert (found.there, [each.name for each in found.missing]) == ((), ["Link"])


def test_a_definition_is_read_as_a_snapshot_has_it():
    """Values and labels of a dropdown come along; a field without values has none."""
    line = {"resource": "custom_field", "name": "Tier", "type": "enum", "values": [{"value": "gold", "label": "Gold"}]}

    assert FrontField.of(line) == FrontField("Tier", "enum", (("gold", "Gold"),))
    assert FrontField.of({"name": "Note", "type": "string"}) == FrontField("Note", "string")


def test_proposals_have_names_of_their_own():
    """Two columns that would give one name are told apart: YAML takes no key twice."""
    columns = {"Account Owner": ["Dev Patel"] * 3, "Owner Email": ["dev@x.example.com"] * 3}

    assert [(each.name, each.column) for each in fields([], **columns).missing] == [
        ("Account Owner", "Account Owner"),
        ("Account Owner (2)", "Owner Email"),
    ]


def test_every_field_type_of_front_is_known():
    """A type that a mapping does not know is never filled."""
    assert fields([FrontField("Note", "rainbow")], Note=["a"] * 3) == Fields(missing=(Field("Note", "Note", "string"),))  # type: ignore[arg-type]
