"""The export stage: one report to one CSV with every row that the report shows, or an error."""

import csv
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress
from pathlib import Path
from typing import BinaryIO

from toolkit.errors import InputRefused, Stopped
from toolkit.files import Outputs, Written, spool
from toolkit.progress import Listener, Progress, silent
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.paging import Cursor, Paging, choose_cursor, first_page, next_page, row_id
from toolkit.salesforce.report import Page, Report, read_describe, read_page

ROW_END = csv.excel.lineterminator
LONGEST_CELL = 2**31 - 1
_REPORT_ID = re.compile(r"^00O[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$")


class Via(StrEnum):
    """How a report is read."""

    API = "api"
    EXCEL = "excel"
    UI_CSV = "ui-csv"


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Which report (Id, name or developer name), where to, and the column to page by if the choice is ours.

    ``ids``: an Id column beside each column of lookups or names. ``via``: by which way it is read.
    """

    report: str
    output: Path
    key: str | None = None
    ids: bool = False
    via: Via = Via.API


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The report that was read, how many rows and in how many runs, and the headings in their order.

    ``paged_by`` is the label of the column that the rows are sorted by when they took more than one run.
    """

    report_id: str
    report_name: str
    rows: int
    runs: int
    headings: tuple[str, ...]
    written: tuple[Written, ...]
    paged_by: str = ""


def run(
    settings: ExportSettings, client: SalesforceClient, outputs: Outputs, on_progress: Listener = silent
) -> ExportResult:
    """Write ``settings.output``: UTF-8 CSV, ``\\n`` line ends, headings as the report labels them; not yet committed.

    Dates, numbers and currency amounts are written as values (ISO, plain digits), everything else as the report
    shows it. A currency column is followed by its ISO codes where the org has several currencies. Stopped when
    rows change while paging; InputRefused for reports that can't be read whole.
    """
    report = read_describe(client.describe_report(report_id(settings.report, client)))
    if settings.via is not Via.API:
        return _run_via(settings, report, client, outputs)
    pages = _Pages(client, report, settings.key)
    width = len(report.columns)
    with spool() as kept:
        used = [True] * width + [False] * (2 * width)
        writer = csv.writer(_Utf8(kept))
        for rows in pages:
            used = _more_used(used, rows)
            writer.writerows(rows)
            on_progress(Progress("export", pages.paging.seen, pages.paging.total))
        order = _order(used, width, ids=settings.ids)
        headings = _write(kept, report, order, settings.output, outputs)
    written = (Written(settings.output, pages.paging.seen),)
    return ExportResult(report.id, report.name, pages.paging.seen, pages.runs, headings, written, pages.paged_by)


def _run_via(settings: ExportSettings, report: Report, client: SalesforceClient, outputs: Outputs) -> ExportResult:
    """Read the report in one go by another way, and refuse it when rows are missing."""
    # Imported when it is needed: it reads tables, and the usual way need not load polars.
    ways = importlib.import_module("toolkit.salesforce.via")
    read = ways.excel if settings.via is Via.EXCEL else ways.ui_csv
    flat, count = read(report, client), client.count_rows(report.id)
    if len(flat.rows) != count:
        raise Stopped(
            f"{settings.via} gave {len(flat.rows):,} rows of a report that has {count:,}: it was cut, or rows changed",
            hint="run the command again; if it stays so, export by pages (--via api) or by export query",
        )
    with outputs.open(settings.output) as file:
        writer = csv.writer(_Utf8(file))
        writer.writerow(flat.headings)
        writer.writerows(flat.rows)
    written = (Written(settings.output, count),)
    return ExportResult(report.id, report.name, count, 1, flat.headings, written)


def _more_used(used: list[bool], rows: list[list[str]]) -> list[bool]:
    """Note which of the wide places hold anything."""
    return [each or any(column) for each, column in zip(used, zip(*rows, strict=True), strict=True)] if rows else used


def _order(used: list[bool], width: int, *, ids: bool) -> list[int]:
    """Say which of a row's wide places are written, and in which order: a column, its Ids, its currencies."""
    beside = [[index, width + index, 2 * width + index] for index in range(width)]
    wanted = [[True, ids and used[width + index], used[2 * width + index]] for index in range(width)]
    return [place for places, keep in zip(beside, wanted, strict=True) for place in compress(places, keep)]


def _write(kept: BinaryIO, report: Report, order: list[int], output: Path, outputs: Outputs) -> tuple[str, ...]:
    wide = report.wide_headings()
    headings = tuple(wide[place] for place in order)
    kept.seek(0)
    with outputs.open(output) as file:
        writer = csv.writer(_Utf8(file))
        writer.writerow(headings)
        csv.field_size_limit(LONGEST_CELL)
        lines = (line.decode() for line in kept)
        writer.writerows([row[place] for place in order] for row in csv.reader(lines))
    return headings


@dataclass(frozen=True, slots=True)
class _Utf8:
    """What csv.writer writes to: a row of text into a file of bytes, its end as ``\n``.

    The writer itself is left at ``\r\n``: told to end rows with ``\n``, it leaves a cell with a lone ``\r`` unquoted.
    """

    file: BinaryIO

    def write(self, text: str) -> int:
        return self.file.write(f"{text.removesuffix(ROW_END)}\n".encode())


class _Pages:
    """The report's rows, run by run: one run when they all fit, else keyset pages."""

    def __init__(self, client: SalesforceClient, report: Report, key: str | None) -> None:
        self._client = client
        self._report = report
        self._key = key
        self.paging = Paging(None)
        self.runs = 0
        self.paged_by = ""

    def __iter__(self) -> Iterator[list[list[str]]]:
        page = self._run(first_page(self._report, None), None)
        if page.complete:
            yield list(self.paging.take(page))
            return
        cursor = choose_cursor(self._report, self._key)
        self.paging, self.paged_by = Paging(cursor, row_id(self._report)), self._report.columns[cursor.column].label
        overrides = first_page(self._report, cursor)
        while True:
            page = self._run(overrides, cursor)
            yield list(self.paging.take(page))
            if page.complete:
                return
            overrides = next_page(self._report, cursor, self.paging.last)

    def _run(self, overrides: dict[str, object], cursor: Cursor | None) -> Page:
        self.runs += 1
        answer = self._client.run_report(self._report.id, overrides)
        return read_page(answer, self._report, cursor.column if cursor else None)


def report_id(named: str, client: SalesforceClient) -> str:
    """Give the Id of the report that ``named`` means; InputRefused when there is none, or more than one."""
    if _REPORT_ID.match(named):
        return named
    found = client.find_reports(named)
    if len(found) == 1:
        return str(found[0]["Id"])
    if not found:
        raise InputRefused(f"there is no report called {named!r}", hint="`sf2front export reports` lists them all")
    listed = "; ".join(f"{each['Id']} in {each.get('FolderName') or 'no folder'}" for each in found)
    raise InputRefused(f"{len(found)} reports are called {named!r}", hint=f"use the Id of one: {listed}")
