"""The made-up people are the same each time, plausible, and a little dirty."""

import re
from collections import Counter

import phonenumbers
import pytest

from toolkit.sandbox.config import TEAMMATES
from toolkit.sandbox.people import people
from toolkit.sandbox.record_ids import salesforce_id

EVERYBODY = people(2_500)
REGIONS = {
    "United States": "US", "United Kingdom": "GB", "Germany": "DE", "France": "FR", "Australia": "AU", "Sweden": "SE",
}  # fmt: skip


def test_the_same_people_come_every_time():
    """Two calls give the same people."""
    assert people(300) == people(300)


def test_ids_and_numbers_are_unique():
    """No two contacts share an Id or a number, though some Ids differ only by case."""
    ids = {person.contact_id for person in EVERYBODY}

    assert len(ids) == len({person.number for person in EVERYBODY}) == 2_500
    assert len({each.lower()[:15] for each in ids}) < 2_500


@pytest.mark.parametrize(
    ("number", "identity"), [(1, "003000000000001AAA"), (10, "00300000000000AAAQ"), (36, "00300000000000aAAA")]
)
def test_an_id_ends_in_its_checksum(number, identity):
    """The last three letters tell which of the first fifteen are capitals."""
    assert salesforce_id("003", number) == identity


def test_there_are_about_a_thousand_accounts():
    """The contacts belong to about a thousand accounts, each with one name and one owner."""
    accounts = {person.account for person in EVERYBODY}

    assert 800 < len(accounts) <= 1_000
    assert len(accounts) == len({each.account_id for each in accounts}) == len({each.name for each in accounts})
    assert {each.owner_email for each in accounts} == {each.email for each in TEAMMATES}


def test_telephone_numbers_are_valid_and_unshared():
    """libphonenumber accepts each number in its country, but for the ten broken ones; nobody shares one."""
    numbers = [
        phonenumbers.parse(number, REGIONS[person.account.country.name])
        for person in EVERYBODY
        for number in (person.phone, person.mobile)
        if number
    ]

    valid = [phonenumbers.format_number(each, 0) for each in numbers if phonenumbers.is_valid_number(each)]
    assert len(numbers) - len(valid) == 10
    assert len(set(valid)) == len(valid) > 3_000


def test_two_in_a_hundred_are_dirty():
    """Ten can't be reached, ten have a broken e-mail and nothing else, twenty share the e-mail of another."""
    sound = re.compile(r"[a-z.-]+[0-9]*@[a-z0-9-]+\.example\.com")
    alone = [person for person in EVERYBODY if not (person.phone or person.mobile or person.second_email)]

    assert Counter(bool(person.email) for person in alone if not sound.fullmatch(person.email)) == {True: 10, False: 10}
    shared = Counter(person.email for person in EVERYBODY if person.email)
    assert Counter(shared.values())[2] == 20
    assert max(shared.values()) == 2


def test_everything_is_of_reserved_domains():
    """No address could belong to anybody."""
    domains = {email.rpartition("@")[2] for each in EVERYBODY for email in (each.email, each.second_email) if email}

    assert [each for each in domains if not each.endswith((".example.com", "example.net"))] == []
