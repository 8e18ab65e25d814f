"""A report by other ways than the Reports API's rows, for reports that can't be paged: Excel, and the UI's CSV.

Both give cells formatted for the user, and both can be cut or be a page of HTML in place of data: the rows are held
against the report's own RowCount by whoever asked.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from toolkit.errors import InputRefused, SignInRefused, Stopped
from toolkit.exchange import BrokenOffError
from toolkit.files import scratch
from toolkit.http import Stream
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.report import Report
from toolkit.tables import CsvOptions, read_csv

_UI_CSV = CsvOptions(encoding="utf-8-sig")


@dataclass(frozen=True, slots=True)
class Flat:
    """A report as a table of text: its headings, and every row that came."""

    headings: tuple[str, ...]
    rows: list[list[str]]


def excel(report: Report, client: SalesforceClient) -> Flat:
    """Read a report as Excel. Stopped when it breaks off or is no workbook, SignInRefused when it is a page."""
    with client.report_as_excel(report.id) as stream, _kept(stream) as path:
        return _from_excel(path, report)


def ui_csv(report: Report, client: SalesforceClient) -> Flat:
    """Read a report by the UI's own export. Stopped when it breaks off, SignInRefused when it is a page."""
    with client.report_as_ui_csv(report.id) as stream, _kept(stream) as path:
        table = read_csv(path, _UI_CSV)
        rows = [[cell or "" for cell in row] for row in table.frame.iter_rows()]
        return Flat(tuple(table.frame.columns), rows)


@contextmanager
def _kept(stream: Stream) -> Iterator[Path]:
    """Keep a body that came whole and is data; a page of HTML is not."""
    chunks = stream.chunks()
    try:
        first = next(chunks, b"")
        if first.lstrip()[:1] == b"<":
            raise SignInRefused(
                "Salesforce answered with a page in place of the report",
                hint="the session may not be good for the UI (My Domain, session settings), or the report not be yours",
            )
        with scratch(chain([first], chunks)) as path:
            yield path
    except BrokenOffError as error:
        raise Stopped(f"the report broke off: {error}", hint="run the same command again") from error


def _from_excel(path: Path, report: Report) -> Flat:
    """Find the table under the report's own headings; what stands above (title, filters) and below is left out."""
    try:
        lines = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except CalamineError as error:
        raise Stopped(f"Salesforce's answer is not a workbook: {error}", hint="run the same command again") from error
    wanted = [column.label for column in report.columns]
    for number, line in enumerate(lines):
        cells = [_text(cell) for cell in line]
        if wanted == [cell for cell in cells if cell]:
            places = [index for index, cell in enumerate(cells) if cell]
            body = ([_text(row[place]) for place in places] for row in lines[number + 1 :])
            return Flat(tuple(report.headings()), list(_until_blank(body)))
    raise InputRefused(f"the workbook does not have the columns of the report: {', '.join(wanted)}")


def _until_blank(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Give rows until the first blank one: below it are totals and the confidentiality note."""
    for row in rows:
        if not any(row):
            return
        yield row


def _text(cell: float | str | bool | time | date | datetime | timedelta) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
