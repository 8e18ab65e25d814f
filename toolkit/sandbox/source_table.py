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
_WRITE: dict[str, Callable[[Any], str]] = {
    "datetime": lambda value: f"{value:%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda value: str(value.isoformat()),
    "currency": lambda value: f"{value:.0f}",
    "boolean": lambda value: "true" if value else "false",
    "multipicklist": lambda value: str(value).replace(";", "; "),
}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Headings (labels, repeated ones as they stand) and rows of text."""

    headings: list[str]
    rows: list[list[str]]

    def csv(self) -> bytes:
        """Write it as an export does: UTF-8, ``\\n``, quotes only where they are needed."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.headings, *self.rows])
        return text.getvalue().encode()


def source_table(report: Report, sort_by: str = "") -> SourceTable:
    """Give the table of a report over contacts, grouping columns first.

    The rows are in the order of their contacts, or sorted by the column ``sort_by`` (its API name), equal ones in
    the order of their contacts.
    """
    if not isinstance(report.cells, ContactCells):
        raise TypeError(f"the report {report.id} is not over contacts")
    names = _names(report)
    plain = {"reportFormat": "TABULAR", "groupingsDown": [], "groupingsAcross": [], "detailColumns": names}
    order = {"sortBy": [{"sortColumn": sort_by, "sortOrder": "Asc"}] if sort_by else []}
    found = report_query.run(report, plain | order, details=True)
    columns = {column.name: column for column in report.columns}
    rows = [[_text(report.cells, row, columns[name].data_type, name) for name in names] for row in found.rows]
    return SourceTable([columns[name].label for name in names], rows)


def _names(report: Report) -> list[str]:
    grouped = grouping_names(report.metadata, "groupingsDown") + grouping_names(report.metadata, "groupingsAcross")
    return [*grouped, *(name for name in report.metadata["detailColumns"] if name not in grouped)]


def _text(cells: ContactCells, row: int, data_type: str, name: str) -> str:
    value = cells.value(_FIELDS[name], row)
    return "" if value is None else _WRITE.get(data_type, str)(value)
