"""What an export of a report must come to: its headings and rows, straight from the contacts' fields.

A test compares it byte for byte with what was exported; it goes no way that an export goes, not over cells and pages.
Times are UTC (``2023-05-11T01:40:00Z``), days ISO, amounts plain digits, flags ``true`` and ``false``, several choices
are joined by ``; ``, addresses have ``\\n``, blank is empty.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from toolkit.sandbox import report_query
from toolkit.sandbox.contact_report import ContactCells
from toolkit.sandbox.report import Report, grouping_names

Text = Callable[[int], str]
"""What a column says of a row, by the row's number."""

_FIELDS = {
    "CONTACT_ID": "Id",
    "CONTACT_NUMBER": "Contact_Number__c",
    "FIRST_NAME": "FirstName",
    "LAST_NAME": "LastName",
    "TITLE": "Title",
    "ACCOUNT.NAME": "Account.Name",
    "ACCOUNT_ID": "AccountId",
    "EMAIL": "Email",
    "SECONDARY_EMAIL": "Secondary_Email__c",
    "PHONE1": "Phone",
    "PHONE3": "MobilePhone",
    "ADDRESS2_STREET": "MailingStreet",
    "ADDRESS2_CITY": "MailingCity",
    "ADDRESS2_COUNTRY": "MailingCountry",
    "OWNER_EMAIL": "Owner.Email",
    "ANNUAL_REVENUE": "Account.AnnualRevenue",
    "TIER": "Tier__c",
    "SEGMENT": "Segment__c",
    "RENEWAL_DATE": "Renewal_Date__c",
    "EMAIL_OPT_OUT": "HasOptedOutOfEmail",
    "CREATED_DATE": "CreatedDate",
    "CREATED_BY": "CreatedBy.Name",
    "LAST_UPDATE": "LastModifiedDate",
}
_RECORDS = {
    "FIRST_NAME": "Id",
    "LAST_NAME": "Id",
    "ACCOUNT.NAME": "AccountId",
    "CREATED_BY": "CreatedById",
}
"""Columns of names, and the field with the Id of the record that is named."""
_WRITE: dict[str, Callable[[Any], str]] = {
    "datetime": lambda value: f"{value:%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda value: str(value.isoformat()),
    "currency": lambda value: f"{value:.0f}",
    "boolean": lambda value: "true" if value else "false",
    "multipicklist": lambda value: str(value).replace(";", "; "),
}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Headings and rows of text."""

    headings: list[str]
    rows: list[list[str]]

    def csv(self) -> bytes:
        """Write it as an export does: UTF-8, ``\n``, quotes only where they are needed."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.headings, *self.rows])
        return text.getvalue().encode()


def source_table(report: Report, sort_by: str = "", *, ids: bool = False) -> SourceTable:
    """Give the table of a report over contacts, grouping columns first; with ``ids``, an Id beside each name.

    The rows are in the order of their contacts, or sorted by the column ``sort_by`` (its API name), equal ones in
    the order of their contacts.
    """
    if not isinstance(report.cells, ContactCells):
        raise TypeError(f"the report {report.id} is not over contacts")
    names = _names(report)
    plain = {"reportFormat": "TABULAR", "groupingsDown": [], "groupingsAcross": [], "detailColumns": names}
    order = {"sortBy": [{"sortColumn": sort_by, "sortOrder": "Asc"}] if sort_by else []}
    found = report_query.run(report, plain | order, details=True)
    columns = _columns(report, names, report.cells, ids=ids)
    return SourceTable([heading for heading, _ in columns], [[text(row) for _, text in columns] for row in found.rows])


def _names(report: Report) -> list[str]:
    grouped = grouping_names(report.metadata, "groupingsDown") + grouping_names(report.metadata, "groupingsAcross")
    return [*grouped, *(name for name in report.metadata["detailColumns"] if name not in grouped)]


def _columns(report: Report, names: list[str], cells: ContactCells, *, ids: bool) -> list[tuple[str, Text]]:
    """Give each column's heading and what it says of a row."""
    known = {column.name: column for column in report.columns}
    labels = [known[name].label for name in names]
    columns: list[tuple[str, Text]] = []
    for place, (name, label) in enumerate(zip(names, labels, strict=True)):
        before = labels[:place].count(label)
        heading = f"{label} ({before + 1})" if before else label
        columns.append((heading, _text(cells, _FIELDS[name], known[name].data_type)))
        if ids and name in _RECORDS:
            columns.append((f"{heading} ID", _beside(_text(cells, _RECORDS[name], "id"), columns[-1][1])))
        if known[name].data_type == "currency":
            columns.append((f"{heading} Currency", _beside(lambda _: "USD", columns[-1][1])))
    return columns


def _text(cells: ContactCells, field: str, data_type: str) -> Text:
    write = _WRITE.get(data_type, str)

    def text(row: int) -> str:
        value = cells.value(field, row)
        return "" if value is None else write(value)

    return text


def _beside(text: Text, other: Text) -> Text:
    """Say something only where the other column does."""
    return lambda row: text(row) if other(row) else ""
