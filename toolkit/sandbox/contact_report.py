"""The contacts as cells of reports, with every trap of real cells. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import polars as pl

from toolkit.sandbox.report import Cell, Column

COLUMNS = (
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
    Column("CREATED_BY", "Created By", "string"),
    Column("LAST_UPDATE", "Last Modified Date", "datetime"),
)
COLUMNS_BY_NAME = {column.name: column for column in COLUMNS}


class ContactCells:
    """The cells of a frame of contacts (fields of SCHEMA); each is made when it is asked for."""

    def __init__(self, contacts: pl.DataFrame) -> None:
        self.height = contacts.height
        self._contacts = contacts
        self._lists: dict[str, list[Any]] = {}

    def cell(self, name: str, row: int) -> Cell:
        """Give one cell by its column's API name."""
        return _CELLS[name](self, row)

    def value(self, field: str, row: int) -> Any:
        """Give a field of one contact."""
        if field not in self._lists:
            self._lists[field] = self._contacts[field].to_list()
        return self._lists[field][row]


Make = Callable[[ContactCells, int], Cell]


def _plain(field: str) -> Make:
    return lambda cells, row: _text(cells.value(field, row))


def _named(field: str, record: str) -> Make:
    """Names and lookups: the label is the text, the value is the Id of the record."""

    def make(cells: ContactCells, row: int) -> Cell:
        text = cells.value(field, row)
        return {"label": text, "value": cells.value(record, row)} if text else _text(None)

    return make


def _written(field: str, write: Callable[[Any], Cell]) -> Make:
    def make(cells: ContactCells, row: int) -> Cell:
        value = cells.value(field, row)
        return _text(None) if value is None else write(value)

    return make


def _text(text: str | None) -> Cell:
    return {"label": text or "-", "value": text or None}


def _address(text: str) -> Cell:
    return _text(text.replace("\n", "<br>"))


def _money(amount: float) -> Cell:
    number = int(amount) if amount.is_integer() else amount
    return {"label": f"${number:,}", "value": {"amount": number, "currency": "USD"}}


def _day(day: date) -> Cell:
    return {"label": _locale(day), "value": day.isoformat()}


def _moment(moment: datetime) -> Cell:
    hour = moment.hour % 12 or 12
    label = f"{_locale(moment)} {hour}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return {"label": label, "value": moment.isoformat().replace("+00:00", "Z")}


def _locale(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _segments(segments: str) -> Cell:
    return {"label": segments.replace(";", "; "), "value": segments}


def _flag(flag: bool) -> Cell:
    return {"label": str(flag).lower(), "value": flag}


_CELLS: dict[str, Make] = {
    "CONTACT_ID": _plain("Id"),
    "CONTACT_NUMBER": _plain("Contact_Number__c"),
    "FIRST_NAME": _named("FirstName", "Id"),
    "LAST_NAME": _named("LastName", "Id"),
    "TITLE": _plain("Title"),
    "ACCOUNT.NAME": _named("Account.Name", "AccountId"),
    "ACCOUNT_ID": _plain("AccountId"),
    "EMAIL": _plain("Email"),
    "SECONDARY_EMAIL": _plain("Secondary_Email__c"),
    "PHONE1": _plain("Phone"),
    "PHONE3": _plain("MobilePhone"),
    "ADDRESS2_STREET": _written("MailingStreet", _address),
    "ADDRESS2_CITY": _plain("MailingCity"),
    "ADDRESS2_COUNTRY": _plain("MailingCountry"),
    "OWNER_EMAIL": _plain("Owner.Email"),
    "ANNUAL_REVENUE": _written("Account.AnnualRevenue", _money),
    "TIER": _plain("Tier__c"),
    "SEGMENT": _written("Segment__c", _segments),
    "RENEWAL_DATE": _written("Renewal_Date__c", _day),
    "EMAIL_OPT_OUT": _written("HasOptedOutOfEmail", _flag),
    "CREATED_DATE": _written("CreatedDate", _moment),
    "CREATED_BY": _named("CreatedBy.Name", "CreatedById"),
    "LAST_UPDATE": _written("LastModifiedDate", _moment),
}
