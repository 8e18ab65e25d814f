"""What columns mean: headings first, values where they know better."""

from itertools import groupby

import polars as pl
import pytest

from toolkit.start.propose import Proposal, Wishes, propose
from toolkit.start.recognise import recognise
from toolkit.start.vocabulary import HEADINGS, Meaning, fold

NONE = Wishes()


def proposed(wishes: Wishes = NONE, **columns: list[str]) -> Proposal:
    found = propose(recognise(pl.DataFrame(columns)), wishes=wishes)
    assert found is not None
    return found


def meanings(**columns: list[str]) -> list[str]:
    return [each.meaning.value for each in recognise(pl.DataFrame(columns)).seen]


PEOPLE = ["ava@a.example.com", "liam@b.example.com", "isla@c.example.com", "mia@d.example.com", "noah@e.example.com"]


def test_no_heading_has_two_meanings():
    """Each heading of the vocabulary means one thing, whoever says it."""
    listed = sorted(
        (fold(heading), meaning)
        for meaning, groups in HEADINGS.items()
        for headings in groups.values()
        for heading in headings.split("|")
    )
    several = [
        word for word, found in groupby(listed, key=lambda one: one[0]) if len({meaning for _, meaning in found}) > 1
    ]

    assert several == []


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("First Name", Meaning.FIRST_NAME),
        ("FIRST_NAME", Meaning.FIRST_NAME),
        ("FirstName", Meaning.FIRST_NAME),
        ("Contact: First Name", Meaning.FIRST_NAME),
        ("Contact.FirstName", Meaning.FIRST_NAME),
        ("prenom", Meaning.FIRST_NAME),
        ("Account: Account Name", Meaning.OTHER),
        ("Account.Name", Meaning.ACCOUNT),
        ("Größe", Meaning.OTHER),
        ("-", Meaning.OTHER),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading: str, meaning: Meaning):
    """Case, accents, punctuation and the name of the object in front make no difference."""
    assert meanings(**{heading: ["a", "b"]}) == [meaning]


def test_values_know_better_than_headings():
    """An Account that holds Ids is an account's Id, an Owner with addresses the owner's e-mail, a checkbox none."""
    ids = [f"00100000000000{n}AAA" for n in range(5)]

    assert meanings(Account=ids, Owner=PEOPLE, Email=["1", "0", "1", "0", "1"]) == [
        "account id",
        "owner's e-mail",
        "other",
    ]


def test_addresses_and_numbers_are_told_by_their_looks():
    """A column of addresses or of numbers as people dial them is a handle under any heading."""
    numbers = ["+1 212 555 0100", "+1 212 555 0101", "212 555 0102", "(212) 555-0103", "212-555-0104"]
    found = proposed(Erreichbar=PEOPLE, Nummer=numbers)

    assert (found.handles.emails, found.handles.phones) == (("Erreichbar",), ("Nummer",))
    assert found.by_values == ("Erreichbar", "Nummer")


def test_somebody_elses_addresses_are_no_handles():
    """Assistants, managers, whole companies, and whoever stands in many rows are not the contact."""
    columns = {
        "Email": PEOPLE,
        "Manager's address": [f"x.{each}" for each in PEOPLE],
        "Betreuer": ["one@us.example.com"] * 3 + ["two@us.example.com"] * 2,
        "Asst. Phone": [f"+1 212 555 010{n}" for n in range(5)],
        "Fax": [f"+1 212 555 011{n}" for n in range(5)],
    }
    found = proposed(**columns)

    assert (found.handles.emails, found.handles.phones) == (("Email",), ())


def test_customer_numbers_are_no_phone_numbers():
    """Digits alone under a heading that says nothing of phones are no handle, though a phone number could be so."""
    found = proposed(Email=PEOPLE, Kundennummer=[f"0001234567{n}" for n in range(5)])

    assert found.handles.phones == ()


@pytest.mark.parametrize(("columns", "key", "others"), [
    ({"Contact ID": [f"00300000000000{n}AAA" for n in range(5)], "Case Safe ID": list("abcde")},
     "Contact ID", ("Case Safe ID",)),
    ({"Nr": [f"00300000000000{n}AAA" for n in range(5)]}, "Nr", ()),
    ({"Contact ID": ["003000000000001AAA"] * 5}, "Email", ()),
    ({"Ref": list("abcde"), "Team": ["x"] * 5}, "Email", ("Ref",)),
])  # fmt: skip
def test_the_key_is_the_id_of_a_row(columns: dict[str, list[str]], key: str, others: tuple[str, ...]):
    """Ids of people first, by heading or looks; where nothing names a row, the address does; what could is offered."""
    found = proposed(Email=PEOPLE, **columns).source.key

    assert (found.value, found.others) == (key, others)


def test_a_contact_id_that_stands_in_two_rows_is_still_the_key():
    """A report may show a contact twice; the comment says what becomes of the second."""
    ids = ["003000000000001AAA", *(f"00300000000000{n}AAA" for n in range(1, 5))]
    found = proposed(**{"Email": PEOPLE, "Contact ID": ids}).source.key

    assert (found.value, found.why) == ("Contact ID", "the same again in 1 rows, which are rejected")


@pytest.mark.parametrize(
    ("country", "style"), [("United States", "MM/DD/YYYY"), ("France", "DD/MM/YYYY"), ("uk", "DD/MM/YYYY")]
)
def test_an_ambiguous_date_is_read_as_the_country_writes_it(country: str, style: str):
    """Dates that fit both orders are read month first in the US, day first elsewhere; the other is named."""
    found = proposed(Email=PEOPLE, Country=[country] * 5, Since=["03/04/2024"] * 5).source.dates

    assert found is not None
    assert (found.value, len(found.others)) == (style, 1)
    assert found.others[0] in found.why


def test_wishes_come_first():
    """What a person decided is what the mapping says."""
    columns = {
        "Email": PEOPLE,
        "Secondary Email": [f"x.{each}" for each in PEOPLE],
        "Contact ID": [f"00300000000000{n}AAA" for n in range(5)],
        "ID": list("abcde"),
        "Phone": [f"+1 212 555 010{n}" for n in range(5)],
    }
    found = proposed(Wishes(key="ID", region="AT", first_email="Secondary Email", list_name="Everybody"), **columns)

    assert (found.source.key.value, found.handles.region.value, found.handles.emails, found.list_name) == (
        "ID",
        "AT",
        ("Secondary Email", "Email"),
        "Everybody",
    )


def test_without_handles_there_is_no_mapping():
    """A file in which nobody can be reached gives no mapping, also when its address column is blank."""
    cells = pl.DataFrame({"Name": ["a"], "Email": [None]}, schema={"Name": pl.String, "Email": pl.String})

    assert propose(recognise(cells)) is None


def test_headings_without_rows_are_enough():
    """A file without rows is mapped by its headings."""
    cells = pl.DataFrame(schema=dict.fromkeys(("Contact ID", "Last Name", "Email", "Phone", "Tier"), pl.String))
    found = propose(recognise(cells))

    assert found is not None
    assert (found.source.key.value, found.handles.emails, found.handles.phones) == (
        "Contact ID",
        ("Email",),
        ("Phone",),
    )
