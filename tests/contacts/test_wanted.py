"""Rows through the mapping into contacts: what the frame holds, whatever the rows and however they are cut."""

import polars as pl
import pytest

from toolkit.contacts.frame import contact_schema
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.wanted import row_keys, want
from toolkit.documents import parse_yaml

HEAD = "version: 1\nsource: {key: Id}\n"
CONTACT = "contact:\n  handles: [{source: email, from: Email}]\n"
WHOLE = """
version: 1
source: {key: [Id, Old Id], locale: de_DE, timezone: Europe/Berlin}
columns:
  Region: {from: Country, map: {DE: Central, FR: West}, else: null}
  Label: {value: "{Region} {Tier}", case: upper}
contact:
  name: {value: "{Name}", comma: swap, capitals: fix}
  description: "{Label}"
  handles:
    - {source: email, from: [Email, Other], split: ";", case: lower}
    - {source: phone, from: Phone, region: DE, split: "/"}
    - {source: custom, value: "crm-{Id}"}
  links: ["{Site}", "https://crm.example.com/{Id}"]
  lists: [{name: All}, {name: Big, when: TRY_CAST("Size" AS DOUBLE) > 1}, {from: Region}, {from: Tags, split: ";"}]
  account: {name: Name, domains: Site, description: "{Label}"}
  custom_fields:
    Tier: {from: Tier, type: enum, map: {Gold: gold}, blank: clear}
    Size: {from: Size, type: number, blank: clear}
    Day: {from: Day, type: datetime, blank: clear}
    On: {from: On, type: boolean}
on_bad_value:
  {email: drop, phone: drop, link: drop, domain: drop, lists: drop, custom_fields: drop, columns: drop}
"""
COLUMNS = {
    "Id": ["a", "", "c", "d"],
    "Old Id": ["", "b", "", ""],
    "Country": ["DE", "FR", "XX", ""],
    "Tier": ["Gold", "", "Tin", "Gold"],
    "Name": ["Lee, Ann", "BOB", "Acme", ""],
    "Email": ["A@example.com;b@example.com", "", "x;B@example.com; b@example.com", "d@example.com"],
    "Other": ["a@example.com", "", "c@example.com", ""],
    "Phone": ["030 901820 / 12", "", "+44 20 7946 0958", ""],
    "Site": ["acme.com", "", "nothing", "https://example.com/x"],
    "Size": ["1.234,5", "", "big", "1"],
    "Tags": ["x; y;x", "", "y", ";"],
    "Day": ["31.01.2026", "", "x", "1.2.2026 09:30"],
    "On": ["ja", "", "maybe", "0"],
}


def mapped(text: str) -> Mapping:
    return read_mapping(parse_yaml(text, "mapping.yaml"))


def table(**columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_of_a_file_give_what_the_whole_gives(size: int):
    """However a file is cut, the contacts, rejects and drops of the parts are those of the whole."""
    mapping, cells = mapped(WHOLE), pl.DataFrame(COLUMNS)
    whole = want(cells, mapping)
    parts = [want(cells.slice(start, size), mapping, start) for start in range(0, len(cells), size)]
    assert whole.contacts.rows() == pl.concat(part.contacts for part in parts).rows()
    assert whole.rejects.rows() == pl.concat(part.rejects for part in parts).rows()
    assert sorted(whole.drops.rows()) == sorted(pl.concat(part.drops for part in parts).rows())


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_the_frame_has_the_same_types_whatever_the_rows_hold(rows: int):
    """No rows, blank rows and full ones give one schema, which the mapping alone decides."""
    mapping, cells = mapped(WHOLE), pl.DataFrame(COLUMNS)
    expected = pl.Schema(contact_schema(mapping.contact))
    assert expected == want(cells.head(rows), mapping).contacts.schema
    assert expected == want(cells.slice(1, 1), mapping).contacts.schema


def test_a_blank_value_is_named_for_clearing_and_a_bad_one_is_not():
    """clear holds the fields that are blank, by their column or their map; not those whose bad value was dropped."""
    fields = """  custom_fields:
    Tier: {from: Tier, type: enum, map: {a: A, none: null}, blank: clear}
    Size: {from: Size, type: number, blank: clear}
    Note: {from: Note, type: string}
on_bad_value: {custom_fields: drop}
"""
    cells = table(
        Id=["a", "b", "c", "d"], Email=["a@example.com"] * 4, Tier=["a", "", "bad", "none"], Size=["1", "", "x", "2"],
        Note=["", "", "", ""],
    )  # fmt: skip
    expected = [[], ["Tier", "Size"], [], ["Tier"]]
    assert expected == want(cells, mapped(HEAD + CONTACT + fields)).contacts["clear"].to_list()


def test_a_bad_value_of_a_computed_column_clears_nothing():
    """What came of a dropped value is not blank, also at second hand."""
    text = """columns:
  Region: {from: Country, map: {DE: Central}}
  Label: {value: "{Region}"}
"""
    fields = """  custom_fields:
    Region: {from: Label, type: string, blank: clear}
on_bad_value: {columns: drop}
"""
    cells = table(Id=["a", "b", "c"], Email=["a@example.com"] * 3, Country=["DE", "XX", ""])
    expected = [[], [], ["Region"]]
    assert expected == want(cells, mapped(HEAD + text + CONTACT + fields)).contacts["clear"].to_list()


def test_columns_that_no_rule_names_are_not_needed():
    """Only the mapping's columns are looked at; what ranks duplicates is read by another."""
    mapping = mapped(HEAD + CONTACT + "duplicates: {prefer: Changed}\n")
    expected = ("Id", "Email")
    assert expected == mapping.used
    assert 1 == len(want(table(Id=["a"], Email=["a@example.com"]), mapping).contacts)


def test_row_keys_are_those_of_the_contacts():
    """The keys for lists of merges and drops are what the contacts are named by."""
    mapping, cells = mapped(WHOLE), pl.DataFrame(COLUMNS)
    assert want(cells, mapping).contacts["key"].to_list() == row_keys(cells, mapping.source).to_list()
