"""Reports by Excel and by the UI's CSV: whole, or an error."""

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
import xlsxwriter

from toolkit.errors import SignInRefused, Stopped
from toolkit.exchange import Answer
from toolkit.files import Outputs
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.salesforce.auth import Session, SignIn
from toolkit.salesforce.client import EXCEL, SalesforceClient
from toolkit.salesforce.export import ExportSettings, Via, run
from toolkit.settings import ClientCredentialsLogin, SalesforceSettings, Secret, TokenLogin

REPORT = "00O000000000001AAA"
HEADINGS = ("Name", "Phone", "Phone (2)", "Amount", "Active")
DESCRIBE = {
    "reportMetadata": {
        "id": REPORT,
        "name": "R",
        "reportFormat": "TABULAR",
        "detailColumns": ["N", "P", "Q", "A", "C"],
    },
    "reportExtendedMetadata": {
        "detailColumnInfo": {
            "N": {"label": "Name", "dataType": "string"},
            "P": {"label": "Phone", "dataType": "phone"},
            "Q": {"label": "Phone", "dataType": "phone"},
            "A": {"label": "Amount", "dataType": "currency"},
            "C": {"label": "Active", "dataType": "boolean"},
        }
    },
}
ROWS = [["Zoë", "0151", "0152", 1250.5, True], ["Straße\n1", "007", "", 5, False]]
SHOWN = [["Zoë", "0151", "0152", "1250.5", "true"], ["Straße\n1", "007", "", "5", "false"]]


def count(rows: int) -> dict[str, Any]:
    return {"reportMetadata": {"aggregates": ["RowCount"]}, "factMap": {"T!T": {"aggregates": [{"value": rows}]}}}


def workbook() -> bytes:
    """A formatted report: a title above the table, a note below it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 1, "Contacts for Front")
        for number, row in enumerate([["Name", "Phone", "Phone", "Amount", "Active"], *ROWS], start=4):
            sheet.write_row(number, 1, row)
        sheet.write(9, 1, "Confidential Information - Do Not Distribute")
    return file.getvalue()


def ui_csv() -> bytes:
    """The UI's CSV, with its footer."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["Name", "Phone", "Phone", "Amount", "Active"], *SHOWN]
    )
    return f'{text.getvalue()}\n"R"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'.encode()


def export(via: Via, body: bytes, rows: int, output: Path) -> list[list[str]]:
    """Export through an org whose special answer is ``body``; give the file's rows."""

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/services/data":
            return httpx.Response(200, json=[{"version": "68.0"}])
        if path.endswith("/describe"):
            return httpx.Response(200, json=DESCRIBE)
        if request.method == "POST":
            return httpx.Response(200, json=count(rows))
        check = {
            Via.EXCEL: lambda: request.headers["accept"] == EXCEL,
            Via.UI_CSV: lambda: path == f"/{REPORT}" and request.headers["cookie"] == "sid=t0ken",
        }
        assert check[via]()
        return httpx.Response(200, content=body)

    settings = SalesforceSettings("https://acme.my.salesforce.com", TokenLogin(Secret("t0ken")))
    host = Host(settings.url, Secret("t0ken"))
    clock = Clock(now=lambda: 0.0, sleep=lambda _: None)
    opened = Connection(host, httpx.MockTransport(handler))
    with SalesforceClient(SignIn(settings, clock), connect=lambda _: opened) as client, Outputs() as outputs:
        run(ExportSettings(REPORT, output, via=via), client, outputs)
        outputs.commit()
    with output.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(("via", "body"), [(Via.EXCEL, workbook()), (Via.UI_CSV, ui_csv())])
def test_the_rows_come_whole(via: Via, body: bytes, tmp_path: Path):
    """Title, filters and footer are left out; repeated headings told apart; texts that look like numbers kept."""
    assert export(via, body, 2, tmp_path / "c.csv") == [list(HEADINGS), *SHOWN]


@pytest.mark.parametrize(("via", "body"), [(Via.EXCEL, workbook()), (Via.UI_CSV, ui_csv())])
def test_a_cut_report_is_refused(via: Via, body: bytes, tmp_path: Path):
    """Fewer rows than the report's own RowCount: no file."""
    with pytest.raises(Stopped, match="gave 2 rows of a report that has 100,001"):
        export(via, body, 100_001, tmp_path / "c.csv")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("via", [Via.EXCEL, Via.UI_CSV])
def test_a_page_in_place_of_data_is_a_refused_sign_in(via: Via, tmp_path: Path):
    """Salesforce answers 200 and a sign-in page: noticed, and the session is not in the message."""
    with pytest.raises(SignInRefused, match="a page in place of the report") as caught:
        export(via, b"\n<!DOCTYPE html><html>sign in</html>", 2, tmp_path / "c.csv")

    assert "t0ken" not in f"{caught.value}{caught.value.hint}"


def test_what_is_no_workbook_stops(tmp_path: Path):
    """Bytes that are not a workbook are no data either."""
    with pytest.raises(Stopped, match="is not a workbook"):
        export(Via.EXCEL, b"PK\x03\x04 not really", 2, tmp_path / "c.csv")


def test_the_cookie_is_renewed_with_the_session(tmp_path: Path):
    """A session that ends is renewed for the UI's export too: the cookie is the new one."""
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/services/data":
            return httpx.Response(200, json=[{"version": "68.0"}])
        if path.endswith("/describe"):
            return httpx.Response(200, json=DESCRIBE)
        if request.method == "POST":
            return httpx.Response(200, json=count(2))
        seen.append(request.headers["cookie"])
        return httpx.Response(401, json=[]) if len(seen) == 1 else httpx.Response(200, content=ui_csv())

    sessions = iter(("one", "two"))
    login = ClientCredentialsLogin("id", Secret("s"))
    granted = {"instance_url": "https://acme.my.salesforce.com"}
    way = SignIn(
        SalesforceSettings("https://acme.my.salesforce.com", login),
        Clock(now=lambda: 0.0, sleep=lambda _: None),
        lambda *_: Answer(200, granted | {"access_token": next(sessions)}),
    )

    def connect(session: Session) -> Connection:
        return Connection(Host(session.url, session.token), httpx.MockTransport(handler))

    with SalesforceClient(way, connect=connect) as client, Outputs() as outputs:
        run(ExportSettings(REPORT, tmp_path / "c.csv", via=Via.UI_CSV), client, outputs)

    assert seen == ["sid=one", "sid=two"]
