"""The reports that the sandbox comes with, all over the same contacts. Pure.

=================== ================================ ============================================================
Id                  Name                             What it is for
=================== ================================ ============================================================
00O000000000001AAA  Contacts for Front               tabular, 22 columns, an auto-number to page by
00O000000000002AAA  Contacts by Tier and Country     summary, two groups deep
00O000000000003AAA  Contacts by Country and Tier     matrix
00O000000000004AAA  Contacts and Accounts            joined: described, never run
00O000000000005AAA  Newest Contacts                  tabular with a row limit (``topRows``)
00O000000000006AAA  Gold or Silver Abroad            tabular with filters and filter logic
00O000000000007AAA  Contacts with Repeated Labels    tabular, three columns labelled Phone
00O000000000009AAA  Contacts without a Number        tabular, nothing to page by but Created Date
=================== ================================ ============================================================
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from toolkit.sandbox.contact_fields import SCHEMA
from toolkit.sandbox.contact_report import COLUMNS, COLUMNS_BY_NAME, ContactCells
from toolkit.sandbox.contact_table import ContactTable
from toolkit.sandbox.report import DEFAULT_METADATA, CellsOfRows, Column, Report

MOST_CONTACTS = 100_000
"""Reports show at most so many contacts of the table, the first ones; queries show all."""
_PAGED_BY_DATE = (
    "CONTACT_ID", "CREATED_DATE", "LAST_NAME", "EMAIL", "ADDRESS2_STREET", "ADDRESS2_CITY", "ACCOUNT.NAME",
    "ANNUAL_REVENUE", "CREATED_BY",
)  # fmt: skip
_GROUPED = ("CONTACT_NUMBER", "CONTACT_ID", "LAST_NAME", "EMAIL", "ANNUAL_REVENUE", "CREATED_DATE")
_ABROAD = (("TIER", "equals", "Gold"), ("TIER", "equals", "Silver"), ("ADDRESS2_COUNTRY", "notEqual", "United States"))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A report of the sandbox: its number, its name, its columns, and how its metadata differs from a plain one's."""

    number: int
    name: str
    columns: tuple[Column, ...]
    metadata: dict[str, Any]

    def report(self, rows: ContactCells | CellsOfRows) -> Report:
        """Make the report over these rows; every column can be filtered and grouped by, shown or not."""
        shown = {column.name: column for column in self.columns}
        others = tuple(column for column in COLUMNS if column.name not in shown)
        own = {
            "id": f"00O{self.number:012d}AAA",
            "name": self.name,
            "developerName": self.name.replace(" ", "_"),
            "description": None,
            "detailColumns": list(shown),
            "reportFormat": "TABULAR",
            "reportType": {"type": "ContactList", "label": "Contacts & Accounts"},
            "scope": "organization",
        }
        return Report(self.columns + others, rows, DEFAULT_METADATA | own | self.metadata)


def _named(names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(COLUMNS_BY_NAME[name] for name in names)


def _groups(*names: str) -> list[dict[str, str | None]]:
    return [{"name": name, "sortOrder": "Asc", "sortAggregate": None, "dateGranularity": "None"} for name in names]


_KINDS = (
    _Kind(1, "Contacts for Front", tuple(each for each in COLUMNS if each.name != "CREATED_BY"), {}),
    _Kind(
        2,
        "Contacts by Tier and Country",
        _named(_GROUPED),
        {"reportFormat": "SUMMARY", "groupingsDown": _groups("TIER", "ADDRESS2_COUNTRY"), "aggregates": ["RowCount"]},
    ),
    _Kind(
        3,
        "Contacts by Country and Tier",
        _named(_GROUPED),
        {
            "reportFormat": "MATRIX",
            "groupingsDown": _groups("ADDRESS2_COUNTRY"),
            "groupingsAcross": _groups("TIER"),
            "aggregates": ["RowCount"],
        },
    ),
    _Kind(4, "Contacts and Accounts", _named(("CONTACT_ID", "LAST_NAME")), {"reportFormat": "MULTI_BLOCK"}),
    _Kind(
        5,
        "Newest Contacts",
        _named(("CONTACT_ID", "LAST_NAME", "EMAIL", "CREATED_DATE")),
        {
            "topRows": {"rowLimit": 10, "direction": "Desc"},
            "sortBy": [{"sortColumn": "CREATED_DATE", "sortOrder": "Desc"}],
        },
    ),
    _Kind(
        6,
        "Gold or Silver Abroad",
        _named(("CONTACT_NUMBER", "CONTACT_ID", "LAST_NAME", "EMAIL", "TIER", "ADDRESS2_COUNTRY")),
        {
            "reportFilters": [dict(zip(("column", "operator", "value"), each, strict=True)) for each in _ABROAD],
            "reportBooleanFilter": "(1 OR 2) AND 3",
        },
    ),
    _Kind(
        7,
        "Contacts with Repeated Labels",
        (
            *_named(("CONTACT_NUMBER", "CONTACT_ID", "LAST_NAME", "PHONE1")),
            replace(COLUMNS_BY_NAME["PHONE3"], label="Phone"),
            replace(COLUMNS_BY_NAME["EMAIL"], label="Phone"),
        ),
        {},
    ),
    _Kind(9, "Contacts without a Number", _named(_PAGED_BY_DATE), {}),
)


class Reports:
    """Every report: those the sandbox comes with, over the contacts as they are now, and those from saved answers."""

    def __init__(self, contacts: ContactTable, answers: list[Report]) -> None:
        self._contacts = contacts
        self._answers = answers
        self._described = [kind.report(CellsOfRows((), {})) for kind in _KINDS] + answers
        self._version = -1
        self._made: dict[str, Report] = {}

    def all(self) -> list[Report]:
        """List the reports; those over the contacts without their rows."""
        return self._described

    def found(self, named: str) -> Report | None:
        """Find a report by its Id of 15 or 18 characters, without its rows."""
        if len(named) not in (15, 18):
            return None
        return next((report for report in self._described if named[:15] == report.id[:15]), None)

    def filled(self, report: Report) -> Report:
        """Give the report with its rows as they are now."""
        if report in self._answers:
            return report
        if self._version != self._contacts.version:
            self._version = self._contacts.version
            cells = ContactCells(contacts_shown(self._contacts))
            self._made = {each.id: each for each in (kind.report(cells) for kind in _KINDS)}
        return self._made[report.id]


def contacts_shown(contacts: ContactTable) -> pl.DataFrame:
    """Give the contacts that reports are over, in the order they were created in: those not deleted."""
    view = contacts.view()
    return view.block(1, min(view.rows, MOST_CONTACTS) + 1, list(SCHEMA)).filter(~pl.col("IsDeleted"))
