"""The export stage against the sandbox: every row, or an error."""

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit.errors import InputRefused, SignInRefused, Stopped, ToolkitError
from toolkit.files import Outputs
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportResult, ExportSettings, run
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running
from toolkit.settings import SalesforceSettings, Secret, TokenLogin

REPORT = "00O000000000001AAA"
NO_TIME = Clock(now=lambda: 0.0, sleep=lambda _: None)


def export(settings: SalesforceSettings, output: Path, report: str = REPORT, key: str | None = None) -> ExportResult:
    with SalesforceClient(SignIn(settings)) as client, Outputs() as outputs:
        result = run(ExportSettings(report, output, key), client, outputs)
        outputs.commit()
    return result


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("key", [None, "Contact Number", "CONTACT_NUMBER"])
def test_a_report_beyond_2000_rows_comes_whole(key: str | None, salesforce: SalesforceSettings, tmp_path: Path):
    """All 2,500 rows, each Id once, whether the column to page by is found or named."""
    result = export(salesforce, tmp_path / "c.csv", key=key)
    table = rows(tmp_path / "c.csv")

    assert (result.rows, len(table) - 1, len({row[0] for row in table[1:]})) == (2500, 2500, 2500)
    assert tuple(table[0]) == result.headings


def test_a_report_is_found_by_its_name(salesforce: SalesforceSettings, tmp_path: Path):
    """The name as people see it works in place of the Id; two exports are the same bytes."""
    export(salesforce, tmp_path / "a.csv", "Contacts for Front")
    export(salesforce, tmp_path / "b.csv")

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_report_that_is_not_there_is_refused(salesforce: SalesforceSettings, tmp_path: Path):
    """Neither a file nor a temporary one is left."""
    with pytest.raises(InputRefused, match="there is no report called 'Nope'"):
        export(salesforce, tmp_path / "out" / "c.csv", "Nope")

    assert not (tmp_path / "out").exists()


def test_an_answer_from_a_file_comes_as_the_report_shows_it(tmp_path: Path):
    """Names in place of Ids, line breaks in place of <br>, in the report's order of columns."""
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))
    config = tmp_path / "sandbox.yaml"
    config.write_text("salesforce: {reports: [{answer: answer.json}]}\n")
    with running(SandboxSettings(config=config)) as sandbox:
        settings = SalesforceSettings(sandbox.url, TokenLogin(Secret("00D000000000001!sandbox")))
        export(settings, tmp_path / "c.csv", "00O00000000000FAAA")

    assert rows(tmp_path / "c.csv") == [
        ["First Name", "Street", "Account"],
        ["Edna", "345 Shoreline Park\nMountain View", "GenePoint"],
        ["Zoë", "", "Étoile"],
    ]


ANSWER: dict[str, Any] = {
    "allData": True,
    "hasDetailRows": True,
    "attributes": {"reportId": "00O00000000000FAAA", "reportName": "From a file", "type": "Report"},
    "groupingsDown": {"groupings": []},
    "groupingsAcross": {"groupings": []},
    "reportMetadata": {
        "id": "00O00000000000FAAA", "name": "From a file", "developerName": "From_a_file", "reportFormat": "TABULAR",
        "detailColumns": ["FIRST_NAME", "STREET", "ACCOUNT.NAME"], "aggregates": ["RowCount"], "reportFilters": [],
        "reportBooleanFilter": None, "groupingsDown": [], "groupingsAcross": [],
        "reportType": {"type": "ContactList", "label": "Contacts & Accounts"}, "currency": None,
    },
    "reportExtendedMetadata": {
        "detailColumnInfo": {
            "STREET": {"label": "Street", "dataType": "string"},
            "ACCOUNT.NAME": {"label": "Account", "dataType": "string"},
            "FIRST_NAME": {"label": "First Name", "dataType": "string"},
        },
        "groupingColumnInfo": {},
        "aggregateColumnInfo": {"RowCount": {"label": "Record Count", "dataType": "int"}},
    },
    "factMap": {
        "T!T": {
            "aggregates": [{"label": "2", "value": 2}],
            "rows": [
                {"dataCells": [
                    {"label": "Edna", "value": "003580000025sonAAA"},
                    {"label": "345 Shoreline Park<br>Mountain View", "value": "345 Shoreline Park<br>Mountain View"},
                    {"label": "GenePoint", "value": "00158000002dk2UAAQ"},
                ]},
                {"dataCells": [
                    {"label": "Zoë", "value": "003580000025sokAAA"},
                    {"label": "-", "value": None},
                    {"label": "Étoile", "value": "00158000002dk2SAAQ"},
                ]},
            ],
        }
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}], SignInRefused),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], Stopped),
        (403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "not enabled"}], SignInRefused),
        (404, [{"errorCode": "NOT_FOUND", "message": "gone"}], InputRefused),
        (503, "<html>maintenance</html>", Stopped),
        (200, "<html>sign in</html>", Stopped),
    ],
)
def test_a_refusal_becomes_the_error_that_fits(status: int, body: Any, error: type[ToolkitError]):
    """Sign-in, limits, maintenance pages: each with its own exit code, none with the token in it."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/services/data":
            return httpx.Response(200, json=[{"version": "9.0"}, {"version": "68.0"}, {"version": "67.0"}])
        assert request.url.path.startswith("/services/data/v68.0/")
        return httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)

    host = Host("https://acme.my.salesforce.com", Secret("t0ken"))
    settings = SalesforceSettings(host.url, TokenLogin(host.token))
    client = SalesforceClient(
        SignIn(settings, NO_TIME), connect=lambda _: Connection(host, httpx.MockTransport(handler))
    )

    with pytest.raises(error) as caught:
        client.describe_report(REPORT)

    assert type(caught.value) is error
    assert "t0ken" not in str(caught.value)


class Time:
    """A clock that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.clock = Clock(now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def client(answers: list[httpx.Response], time: Time, said: list[str]) -> SalesforceClient:
    """A client whose answers come from a list, after the versions."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/services/data":
            return httpx.Response(200, json=[{"version": "68.0"}])
        return answers.pop(0)

    host = Host("https://acme.my.salesforce.com", Secret("t0ken"))
    settings = SalesforceSettings(host.url, TokenLogin(host.token))
    opened = Connection(host, httpx.MockTransport(handler))
    return SalesforceClient(SignIn(settings, time.clock), connect=lambda _: opened, tell=said.append)


def test_the_hours_report_runs_that_never_come_back_stop():
    """After more than an hour it is a stop (run it again later), not a missing permission."""
    refused = httpx.Response(403, json=[{"errorCode": "FORBIDDEN", "message": HOURLY}])

    with pytest.raises(Stopped, match="500 reports"):
        client([refused] * 50, Time(), []).describe_report(REPORT)


def test_patience_has_an_end():
    """An org that answers 429 for ever stops the run; it does not hang."""
    with pytest.raises(Stopped, match="429"):
        client([httpx.Response(429)] * 500, Time(), []).describe_report(REPORT)


def test_pages_in_a_circle_stop():
    """Pages of a query that lead back to each other end with an error."""
    path = "/services/data/v68.0/query/01g-1"
    circle = [httpx.Response(200, json={"totalSize": 9, "records": [], "nextRecordsUrl": path}) for _ in range(9)]

    with pytest.raises(Stopped, match="lead back"):
        client(circle, Time(), []).list_reports()


HOURLY = "You can't run more than 500 reports synchronously every 60 minutes."


def test_the_hours_report_runs_are_waited_for():
    """After 500 runs in an hour the export waits, says so, and goes on."""
    refused = httpx.Response(403, json=[{"errorCode": "FORBIDDEN", "message": HOURLY}])
    time, said = Time(), []
    answers = [refused, refused, httpx.Response(200, json={"ok": 1})]

    assert client(answers, time, said).describe_report(REPORT) == {"ok": 1}
    assert (time.now, answers) == (600.0, [])
    assert "500 reports" in said[0]


def test_the_orgs_day_is_not_waited_for():
    """The limit of a day stops at once, to be run again later."""
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    time = Time()

    with pytest.raises(Stopped, match="REQUEST_LIMIT_EXCEEDED"):
        client([httpx.Response(403, json=body)], time, []).describe_report(REPORT)
    assert time.now == 0.0


def test_the_orgs_limits_are_known_before_anything_is_asked(salesforce: SalesforceSettings):
    """/limits says how many requests of the day are used; an export that would pass the share does not begin."""
    with SalesforceClient(SignIn(salesforce), max_api_share=0.00001) as client:
        client.read_limits()

        assert client.usage is not None
        assert client.usage[1] == 100_000
        with pytest.raises(Stopped, match="API requests of the day are used"):
            client.describe_report(REPORT)
