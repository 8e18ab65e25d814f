"""Counts for the page for people: exact, and the same however the rows are cut into batches."""

import polars as pl
import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from toolkit.contacts.statistics import Statistics, Tally, country

CONTACTS = pl.DataFrame(
    {
        "index": [0, 1, 3, 7],
        "key": ["a", "b", "c", "d"],
        "name": ["Ada", None, "Bo", "Cy"],
        "handle email": [["a@x.com", "b@x.com"], [], ["c@x.com"], []],
        "handle phone": [["+4930123456"], ["+12125550100", "+3512345"], [], ["+0999", "12"]],
        "links": [["https://x.example"], [], [], []],
        "lists": [["All", "VIP"], ["All"], ["All", "Old"], []],
        "account": [{"name": "Acme"}, None, None, {"name": "Bolt"}],
        "field Tier": ["gold", None, None, "gold"],
        "field VIP": [True, False, None, None],
    },
    schema_overrides={"index": pl.UInt32},
)


def counted(*batches: pl.DataFrame) -> Statistics:
    said = Statistics()
    for batch in batches:
        said.add_contacts(batch)
    return said


def facts(said: Statistics) -> dict[str, object]:
    names = ("contacts", "parts", "fields", "handles", "having", "per_contact", "calling_codes")
    return {name: getattr(said, name) for name in names} | {"lists": said.lists.top(10)}


def test_contacts_are_counted_by_what_they_hold():
    """Handles, parts, custom fields, lists and calling codes of a few contacts are counted exactly."""
    expected = {
        "contacts": 4,
        "parts": {"name": 3, "account": 2, "links": 1, "lists": 3},
        "fields": {"Tier": 2, "VIP": 2},
        "handles": {"email": 3, "phone": 5},
        "having": {"email": 2, "phone": 3},
        "per_contact": {3: 1, 2: 2, 1: 1},
        "calling_codes": {"49": 1, "1": 1, "351": 1, "": 2},
        "lists": {"All": 3, "Old": 1, "VIP": 1},
    }

    assert expected == facts(counted(CONTACTS))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_make_no_difference(size: int):
    """Rows fed in batches of any size give the counts of all at once."""
    batches = [CONTACTS.slice(start, size) for start in range(0, len(CONTACTS), size)]

    assert facts(counted(CONTACTS)) == facts(counted(*batches))


def test_a_mapping_without_handles_and_lists_is_counted():
    """A contact frame with nothing but its key counts contacts without handles."""
    said = counted(CONTACTS.select("index", "key"))

    assert ({0: 4}, {}, 0) == (said.per_contact, said.handles, len(said.lists))


def test_blank_cells_are_no_filling():
    """Empty cells, nulls and cells of blanks alone, Unicode's too, are not filled; any other sign fills a cell."""
    blank = ["", None, "  ", "\t\n", "\u00a0", "\u3000 "]
    said = Statistics()
    said.add_cells(pl.DataFrame({"blank": blank, "full": ["a", "0", " b", "é", "~tilde", "\u00a0x"]}))
    said.add_cells(pl.DataFrame({"blank": ["x"], "full": [""]}))

    assert (7, {"blank": 1, "full": 6}) == (said.rows, said.filled)


def test_columns_keep_the_order_of_the_report():
    """The columns are told in the order in which the report has them."""
    said = Statistics()
    said.add_cells(pl.DataFrame({"b": ["1"], "a": ["1"], "c": [""]}))

    assert ["b", "a", "c"] == list(said.filled)


def test_rejects_and_merges_add_up():
    """Rejects are counted by code and merges by handle source over all batches."""
    said = Statistics()
    for _ in range(2):
        said.add_rejects(pl.DataFrame({"index": [1, 2], "code": ["bad-email", "no-handle"], "sentence": ["", ""]}))
        said.add_merges({"email": 2, "phone": 1})

    assert ({"bad-email": 2, "no-handle": 2}, {"email": 4, "phone": 2}) == (said.rejects, said.merges)


def test_many_names_are_counted_exactly():
    """More names than are kept waiting are counted exactly, the most frequent first, equals by name."""
    tally = Tally()
    for _ in range(3):
        tally.add(pl.Series([f"{number:05}" for number in range(9_000)]))
    tally.add(pl.Series(["08999", "00001"]))

    assert (9_000, 27_002) == (len(tally), tally.total())
    assert {"00001": 4, "08999": 4, "00000": 3} == tally.top(3)


def test_every_calling_code_has_a_name_of_its_own():
    """Each calling code is named, no two alike, so that none is lost in a table by name."""
    names = {country(str(code)) for code in COUNTRY_CODE_TO_REGION_CODE} | {country("")}

    assert len(COUNTRY_CODE_TO_REGION_CODE) + 1 == len(names)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1", "United States, Canada and others"),
        ("7", "Russia and Kazakhstan"),
        ("49", "Germany"),
        ("44", "United Kingdom, Guernsey, Isle of Man and Jersey"),
        ("800", "International +800"),
        ("", "No known calling code"),
    ],
)
def test_calling_codes_are_named(code: str, expected: str):
    """A calling code is told by its countries, in words."""
    assert expected == country(code)
