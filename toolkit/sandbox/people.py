"""Makes up contacts: the same number of them is always the same people. Pure.

Every draw is a hash of the row's number and of what is drawn, so nothing depends on order or on a generator's version.
"""

import hashlib
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from toolkit.sandbox.countries import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    COUNTRIES,
    OWNERS,
    SEGMENTS,
    TIERS,
    TITLES,
    Country,
    Numbers,
)
from toolkit.sandbox.record_ids import salesforce_id

Choice = TypeVar("Choice")

_LETTERS = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "'": "", " ": "", "&": "", ",": "", ".": ""})
_BY_SHARE = tuple(country for country in COUNTRIES for _ in range(country.share))
_FIRST_DAY = datetime(2019, 1, 7, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """An account in Salesforce."""

    account_id: str
    name: str
    domain: str
    country: Country
    owner_email: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact in Salesforce; an empty text or None is a blank cell."""

    contact_id: str
    number: str
    first_name: str
    last_name: str
    title: str
    account: Account
    email: str
    second_email: str
    phone: str
    mobile: str
    street: str
    city: str
    revenue: int | None
    tier: str
    segments: tuple[str, ...]
    renewal: date | None
    opted_out: bool
    created: datetime
    updated: datetime


def people(count: int) -> list[Person]:
    """Make ``count`` people; about 2 in 100 are a little dirty, as ``_dirty`` says."""
    made: list[Person] = []
    seen: set[str] = set()
    order = {country.name: itertools.count() for country in COUNTRIES}
    for row in range(1, count + 1):
        account = _account(_draw(row, "company", max(1, count * 2 // 5)) + 1)
        person = _person(row, account, next(order[account.country.name]))
        person = replace(person, email=_unused(person.email, seen))
        made.append(_dirty(row, person, made))
    return made


def _draw(row: int, what: str, size: int) -> int:
    digest = hashlib.blake2b(f"{what}/{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size


def _pick(row: int, what: str, choices: Sequence[Choice]) -> Choice:
    return choices[_draw(row, what, len(choices))]


@lru_cache(maxsize=50_000)
def _account(number: int) -> Account:
    first = COMPANY_FIRST[number % len(COMPANY_FIRST)]
    second = COMPANY_SECOND[number // len(COMPANY_FIRST) % len(COMPANY_SECOND)]
    later = number // (len(COMPANY_FIRST) * len(COMPANY_SECOND))
    country = _pick(number, "country", _BY_SHARE)
    name = f"{first} {second} {country.company_form}" + (f" {later + 1}" if later else "")
    domain = f"{ascii_letters(first)}-{ascii_letters(second)}{later or ''}.example.com"
    return Account(salesforce_id("001", number), name, domain, country, _pick(number, "owner", OWNERS).email)


def _person(row: int, account: Account, place: int) -> Person:
    country = account.country
    first, last = _pick(row, "first", country.first_names), _pick(row, "last", country.last_names)
    address = f"{ascii_letters(first)}.{ascii_letters(last)}"
    created = _FIRST_DAY + timedelta(minutes=_draw(row, "created", 60 * 24 * 365 * 6))
    due = date(2026, 1, 1) + timedelta(days=_draw(row, "renewal", 900))
    return Person(
        contact_id=salesforce_id("003", row),
        number=f"C-{row:06d}",
        first_name=first,
        last_name=last,
        title=_pick(row, "title", TITLES) if _draw(row, "titled", 10) else "",
        account=account,
        email=f"{address}@{account.domain}",
        second_email=f"{address}.{row}@example.net" if not _draw(row, "second", 5) else "",
        phone=_number(country, country.phones, place, international=_draw(row, "abroad", 2) == 0),
        mobile=_number(country, country.mobiles, place // 2, international=False) if place % 2 else "",
        street=_pick(row, "street", country.streets).format(1 + _draw(row, "house", 220)),
        city=_pick(row, "city", country.cities),
        revenue=1_000 * (5 + _draw(row, "revenue", 4_000)) if _draw(row, "known", 4) else None,
        tier=_pick(row, "tier", TIERS) if _draw(row, "tiered", 8) else "",
        segments=tuple(each for each in SEGMENTS if not _draw(row, each, 3)),
        renewal=due if _draw(row, "renews", 3) else None,
        opted_out=not _draw(row, "opted", 12),
        created=created,
        updated=created + timedelta(minutes=_draw(row, "updated", 60 * 24 * 200)),
    )


def _number(country: Country, numbers: Numbers, place: int, *, international: bool) -> str:
    """Give the ``place``-th number of the range, or none when the range is used up: nobody shares one."""
    prefix, rest = divmod(place, 10**numbers.digits)
    if prefix >= len(numbers.prefixes):
        return ""
    text = f"{rest:0{numbers.digits}d}"
    tail = f"{text[: numbers.tail]} {text[numbers.tail :]}".strip() if numbers.tail else text
    local = numbers.prefixes[prefix] + tail
    trunk = local if country.calling_code == "1" else local.replace("0", "", 1)
    plain = trunk.replace("(", "").replace(")", "")
    return f"+{country.calling_code} {plain}" if international else local


def _unused(email: str, seen: set[str]) -> str:
    local, _, domain = email.partition("@")
    attempts = (f"{local}{each if each > 1 else ''}@{domain}" for each in itertools.count(1))
    free = next(each for each in attempts if each not in seen)
    seen.add(free)
    return free


def _dirty(row: int, person: Person, before: list[Person]) -> Person:
    """Spoil two rows in a hundred: unreachable, a broken e-mail and nothing else, a shared e-mail, half a number."""
    if row % 250 == 17:
        return replace(person, email="", second_email="", phone="", mobile="")
    if row % 250 == 42:
        return replace(
            person, email=person.email.replace(".example", "&t.example"), second_email="", phone="", mobile=""
        )
    if row % 125 == 77:
        return replace(person, email=before[-1].email)
    return replace(person, phone="555-01") if row % 250 == 99 else person


@lru_cache(maxsize=10_000)
def ascii_letters(text: str) -> str:
    """Write a name as it stands in an e-mail address: lower case, plain letters."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(each for each in plain if each.isascii())
