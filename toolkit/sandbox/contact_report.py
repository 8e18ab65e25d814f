"""The sandbox's own report, "Contacts for Front": made-up people as cells, with every trap of real cells. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from toolkit.sandbox.people import Person, people
from toolkit.sandbox.report import DEFAULT_METADATA, Cell, Column, Report

REPORT_ID = "00O000000000001AAA"

_COLUMNS = (
    Column("CONTACT_ID", "Contact ID", "id"),
    Column("CONTACT_NUMBER", "Contact Number", "string"),
    Column("FIRST_NAME", "First Name", "string"),
    Column("LAST_NAME", "Last Name", "string"),
    Column("TITLE", "Title", "string"),
    Column("ACCOUNT.NAME", "Account Name", "string"),
    Column("ACCOUNT_ID", "Account ID", "id"),
    Column("EMAIL", "Email", "email"),
    Column("SECONDARY_EMAIL", "Secondary Email", "email"),
    Column("PHONE1", "Phone", "phone"),
    Column("PHONE3", "Mobile", "phone"),
    Column("ADDRESS2_STREET", "Mailing Street", "string"),
    Column("ADDRESS2_CITY", "Mailing City", "string"),
    Column("ADDRESS2_COUNTRY", "Mailing Country", "string"),
    Column("OWNER_EMAIL", "Owner Email", "email"),
    Column("ANNUAL_REVENUE", "Annual Revenue", "currency"),
    Column("TIER", "Tier", "picklist"),
    Column("SEGMENT", "Segment", "multipicklist"),
    Column("RENEWAL_DATE", "Renewal Date", "date"),
    Column("EMAIL_OPT_OUT", "Email Opt Out", "boolean"),
    Column("CREATED_DATE", "Created Date", "datetime"),
    Column("LAST_UPDATE", "Last Modified Date", "datetime"),
)


@lru_cache(maxsize=4)
def contacts_for_front(count: int) -> Report:
    """Make the report of ``count`` contacts; the same count gives the same report."""
    metadata = DEFAULT_METADATA | {
        "id": REPORT_ID,
        "name": "Contacts for Front",
        "developerName": "Contacts_for_Front",
        "description": None,
        "detailColumns": [column.name for column in _COLUMNS],
        "reportFormat": "TABULAR",
        "reportType": {"type": "ContactList", "label": "Contacts & Accounts"},
        "scope": "organization",
    }
    return Report(_COLUMNS, [_row(person) for person in people(count)], metadata)


def _row(person: Person) -> tuple[Cell, ...]:
    return tuple(_CELLS[column.name](person) for column in _COLUMNS)


def _plain(text: str) -> Cell:
    return {"label": text or "-", "value": text or None}


def _named(text: str, record: str) -> Cell:
    """Names and lookups: the label is the text, the value is the Id of the record."""
    return {"label": text, "value": record}


def _money(amount: int | None) -> Cell:
    if amount is None:
        return _plain("")
    return {"label": f"${amount:,}", "value": {"amount": amount, "currency": "USD"}}


def _day(day: date | None) -> Cell:
    return {"label": _locale(day), "value": day.isoformat()} if day else _plain("")


def _moment(moment: datetime) -> Cell:
    hour = moment.hour % 12 or 12
    label = f"{_locale(moment)} {hour}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return {"label": label, "value": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}


def _locale(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _segments(segments: tuple[str, ...]) -> Cell:
    return {"label": "; ".join(segments), "value": ";".join(segments)} if segments else _plain("")


_CELLS: dict[str, Callable[[Person], dict[str, Any]]] = {
    "CONTACT_ID": lambda person: _plain(person.contact_id),
    "CONTACT_NUMBER": lambda person: _plain(person.number),
    "FIRST_NAME": lambda person: _named(person.first_name, person.contact_id),
    "LAST_NAME": lambda person: _named(person.last_name, person.contact_id),
    "TITLE": lambda person: _plain(person.title),
    "ACCOUNT.NAME": lambda person: _named(person.account.name, person.account.account_id),
    "ACCOUNT_ID": lambda person: _plain(person.account.account_id),
    "EMAIL": lambda person: _plain(person.email),
    "SECONDARY_EMAIL": lambda person: _plain(person.second_email),
    "PHONE1": lambda person: _plain(person.phone),
    "PHONE3": lambda person: _plain(person.mobile),
    "ADDRESS2_STREET": lambda person: _plain(person.street),
    "ADDRESS2_CITY": lambda person: _plain(person.city),
    "ADDRESS2_COUNTRY": lambda person: _plain(person.account.country.name),
    "OWNER_EMAIL": lambda person: _plain(person.account.owner_email),
    "ANNUAL_REVENUE": lambda person: _money(person.revenue),
    "TIER": lambda person: _plain(person.tier),
    "SEGMENT": lambda person: _segments(person.segments),
    "RENEWAL_DATE": lambda person: _day(person.renewal),
    "EMAIL_OPT_OUT": lambda person: {"label": str(person.opted_out).lower(), "value": person.opted_out},
    "CREATED_DATE": lambda person: _moment(person.created),
    "LAST_UPDATE": lambda person: _moment(person.updated),
}
