"""What a contact lacks to be what was asked."""

from typing import Any

import pytest

from toolkit.front.changes import ContactChanges, contact_changes, same_fields

THERE: dict[str, Any] = {
    "id": "crd_1",
    "name": "Ada",
    "description": "",
    "links": ["https://a.example"],
    "handles": [{"source": "email", "handle": "ada@example.com"}],
    "lists": [{"id": "grp_1", "name": "Salesforce"}],
    "custom_fields": {"Tier": "gold", "Favourite Color": "blue"},
}


def test_nothing_is_lacking():
    """A contact that is as asked changes in nothing, whatever else it has."""
    wanted = {
        "name": "Ada",
        "handles": [{"source": "email", "handle": "ADA@example.com"}],
        "list_names": ["Salesforce"],
        "custom_fields": {"Tier": "gold"},
    }

    assert not contact_changes(wanted, THERE)


def test_fields_that_are_not_mentioned_ride_along():
    """PATCH erases what is not sent: so the whole map is, with the value before beside it."""
    changes = contact_changes({"custom_fields": {"Tier": "silver"}}, THERE)

    assert changes == ContactChanges(
        body={"custom_fields": {"Tier": "silver", "Favourite Color": "blue"}},
        before={"custom_fields": {"Tier": "gold", "Favourite Color": "blue"}},
    )


def test_links_are_united_and_handles_and_lists_go_apart():
    """Links are one list in a PATCH; handles and contact lists have requests of their own."""
    new = {"source": "phone", "handle": "+442079460000"}
    changes = contact_changes({"links": ["https://b.example"], "handles": [new], "list_names": ["VIPs"]}, THERE)

    assert changes.body == {"links": ["https://a.example", "https://b.example"]}
    assert (changes.handles, changes.lists) == ((new,), ("VIPs",))


@pytest.mark.parametrize(
    ("here", "wanted", "differs"),
    [(1, 1.0, False), (1, True, True), (0, False, True), ("1", 1, True), (None, "", True)],
)
def test_values_are_one_only_when_type_and_value_are(here: Any, wanted: Any, differs: bool):
    """The number 1 is not true, and not the text 1."""
    assert bool(contact_changes({"custom_fields": {"X": wanted}}, {"custom_fields": {"X": here}})) is differs


def test_a_field_that_front_shows_as_null_is_not_sent():
    """It has no value, and null is none that could be sent; nor is its absence a change."""
    here = THERE | {"custom_fields": {"Tier": "gold", "Color": None}}
    changes = contact_changes({"custom_fields": {"Tier": "silver"}}, here, clear=["Color"])

    assert changes == ContactChanges({"custom_fields": {"Tier": "silver"}}, {"custom_fields": {"Tier": "gold"}})
    assert same_fields({"Color": None, "Tier": 1}, {"Tier": 1.0})
    assert not same_fields({"Tier": 1}, {"Tier": 1, "Color": "x"})


def test_a_blank_wipes_nothing():
    """A name or description that is blank at the source leaves Front's alone."""
    assert not contact_changes({"name": "", "handles": []}, THERE)


def test_a_field_to_be_cleared_is_left_out_of_the_map():
    """PATCH erases what is not sent: so clearing a field is sending the others, with the value before beside it."""
    changes = contact_changes({"custom_fields": {"Region": "EU"}}, THERE, ["Tier"])

    assert changes == ContactChanges(
        body={"custom_fields": {"Favourite Color": "blue", "Region": "EU"}},
        before={"custom_fields": {"Tier": "gold", "Favourite Color": "blue"}},
    )


@pytest.mark.parametrize("fields", [{}, {"Color": "blue"}, {"Color": "blue", "Tier": None}, None])
def test_clearing_what_is_not_there_costs_nothing(fields: dict[str, Any] | None):
    """A field that is absent or null in Front is clear already."""
    assert not contact_changes({}, THERE | {"custom_fields": fields}, ["Tier"])


def test_the_last_field_is_cleared_by_an_empty_map():
    """Where nothing else is left, an empty map is sent."""
    changes = contact_changes({}, {"custom_fields": {"Tier": False}}, ["Tier"])

    assert (changes.body, changes.before) == ({"custom_fields": {}}, {"custom_fields": {"Tier": False}})
