"""The export stage: one report to one CSV with every row that the report shows, or an error."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from toolkit.errors import InputRefused
from toolkit.files import Outputs, Written
from toolkit.progress import Listener, Progress, silent
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.report import (
    Cursor,
    Page,
    Paging,
    Report,
    choose_cursor,
    first_page,
    next_page,
    read_describe,
    read_page,
)

_REPORT_ID = re.compile(r"^00O[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$")


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Which report (Id, name or developer name), where to, and the column to page by if the choice is ours."""

    report: str
    output: Path
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The report that was read, how many rows and in how many runs, and the headings in their order."""

    report_id: str
    report_name: str
    rows: int
    runs: int
    headings: tuple[str, ...]
    written: tuple[Written, ...]


def run(
    settings: ExportSettings, client: SalesforceClient, outputs: Outputs, on_progress: Listener = silent
) -> ExportResult:
    """Write ``settings.output``: UTF-8 CSV, ``\\n`` line ends, headings as the report labels them; not yet committed.

    Dates, numbers and currency amounts are written as values (ISO, plain digits), everything else as the report
    shows it. Stopped when rows change while paging; InputRefused for reports that can't be read whole.
    """
    report = read_describe(client.describe_report(_report_id(settings.report, client)))
    pages = _Pages(client, report, settings.key)
    with outputs.open(settings.output) as file:
        writer = csv.writer(_Utf8(file), lineterminator="\n")
        writer.writerow(report.headings())
        for rows in pages:
            writer.writerows(rows)
            on_progress(Progress("export", pages.paging.seen, pages.paging.total))
    headings = tuple(report.headings())
    written = (Written(settings.output, pages.paging.seen),)
    return ExportResult(report.id, report.name, pages.paging.seen, pages.runs, headings, written)


@dataclass(frozen=True, slots=True)
class _Utf8:
    """What csv.writer writes to: text into a file of bytes."""

    file: BinaryIO

    def write(self, text: str) -> int:
        return self.file.write(text.encode())


class _Pages:
    """The report's rows, run by run: one run when they all fit, else keyset pages."""

    def __init__(self, client: SalesforceClient, report: Report, key: str | None) -> None:
        self._client = client
        self._report = report
        self._key = key
        self.paging = Paging(None)
        self.runs = 0

    def __iter__(self) -> Iterator[list[list[str]]]:
        page = self._run(first_page(self._report, None), None)
        if page.complete:
            yield list(self.paging.take(page))
            return
        cursor = choose_cursor(self._report, self._key)
        self.paging = Paging(cursor)
        overrides = first_page(self._report, cursor)
        while True:
            page = self._run(overrides, cursor)
            yield list(self.paging.take(page))
            if page.complete:
                return
            overrides = next_page(self._report, cursor, self.paging.last)

    def _run(self, overrides: dict[str, object], cursor: Cursor | None) -> Page:
        self.runs += 1
        return read_page(self._client.run_report(self._report.id, overrides), self._report, cursor)


def _report_id(named: str, client: SalesforceClient) -> str:
    """Give the Id of the report that ``named`` means; InputRefused when there is none, or more than one."""
    if _REPORT_ID.match(named):
        return named
    found = client.find_reports(named)
    if len(found) == 1:
        return str(found[0]["Id"])
    if not found:
        raise InputRefused(f"there is no report called {named!r}", hint="names are exact; the report's Id works too")
    listed = "; ".join(f"{each['Id']} in {each.get('FolderName') or 'no folder'}" for each in found)
    raise InputRefused(f"{len(found)} reports are called {named!r}", hint=f"use the Id of one: {listed}")
