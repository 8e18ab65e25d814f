"""What the sandbox's Salesforce allows, when a session ends, and what goes wrong on purpose."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit.sandbox.config import FaultKind, FaultsConfig, LimitsConfig, SalesforceConfig, SandboxSettings
from toolkit.sandbox.serve import running
from toolkit.sandbox.spoiler import Spoiler

DATA = "/services/data/v68.0"
REPORT = f"{DATA}/analytics/reports/00O000000000001AAA"
SESSION = "00D000000000001!sandbox"
CLIENT = {"grant_type": "client_credentials", "client_id": "any", "client_secret": "any"}


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def sign_in(sandbox, **form: str) -> dict[str, Any]:
    return dict(sandbox.client("").post("/services/oauth2/token", data=form or CLIENT).json())


def statuses(sandbox, token: str, times: int) -> list[int]:
    client = sandbox.client(token)
    return [client.get(f"{DATA}/limits").status_code for _ in range(times)]


def test_limits_tell_what_is_left(make_sandbox):
    """API requests and report runs are counted as they happen, on top of what others used."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1, limits=LimitsConfig(100, used=40, report_runs=7)))
    sandbox.salesforce.get(REPORT)
    sandbox.salesforce.post(f"{REPORT}/instances")

    answer = sandbox.salesforce.get(f"{DATA}/limits")

    left = {name: limit["Remaining"] for name, limit in answer.json().items()}
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=43/100"
    assert answer.json()["DailyApiRequests"] == {"Max": 100, "Remaining": 57}
    assert (left["HourlySyncReportRuns"], left["HourlyAsyncReportRuns"]) == (6, 1_199)


def test_the_day_has_an_end(make_sandbox):
    """Over the daily limit everything is 403 REQUEST_LIMIT_EXCEEDED."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1, limits=LimitsConfig(10, used=9)))

    assert statuses(sandbox, SESSION, 3) == [200, 403, 403]
    assert code(sandbox.salesforce.get(REPORT)) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_report_runs_are_counted_by_the_hour(make_sandbox):
    """The run too many is 403; an hour after the first there is room for one."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1, limits=LimitsConfig(report_runs=2)))
    first = [sandbox.salesforce.get(REPORT)]
    sandbox.now += 1_800
    answers = first + [sandbox.salesforce.get(REPORT) for _ in range(2)]
    sandbox.now += 1_800
    later = [sandbox.salesforce.get(REPORT).status_code for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200, 403]
    assert answers[2].json()[0] == {
        "errorCode": "REQUEST_LIMIT_EXCEEDED",
        "message": "You can't run more than 2 reports synchronously every 60 minutes.",
    }
    assert later == [200, 403]


def test_a_session_ends_after_its_requests(make_sandbox):
    """The old token is refused for good, the new one lives as long as the old."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1, session_requests=2))
    old = statuses(sandbox, SESSION, 3)

    token = sign_in(sandbox)["access_token"]

    assert old == [200, 200, 401]
    assert token != SESSION
    assert statuses(sandbox, token, 3) == [200, 200, 401]
    assert code(sandbox.salesforce.get(REPORT)) == (401, "INVALID_SESSION_ID")


def test_a_session_ends_after_its_time(make_sandbox):
    """Seconds count from the sign-in."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1, session_seconds=60))
    sandbox.now += 59
    token = sign_in(sandbox)["access_token"]
    before = statuses(sandbox, SESSION, 1)
    sandbox.now += 1

    assert (before, statuses(sandbox, SESSION, 1), statuses(sandbox, token, 1)) == ([200], [401], [200])


def test_a_session_can_be_ended_from_outside(sandbox):
    """After expire() the token is refused and the next sign-in gives another."""
    sandbox.door.expire(SESSION)

    assert statuses(sandbox, SESSION, 1) == [401]
    assert statuses(sandbox, sign_in(sandbox)["access_token"], 1) == [200]


SOAP = "<env:Envelope><env:Body><n1:login><n1:username>{}</n1:username><n1:password>{}</n1:password></n1:login>"


def test_a_soap_login_gives_all_that_clients_look_for(sandbox):
    """The session, the address to go on at, the user and the organisation."""
    answer = sandbox.client("").post("/services/Soap/u/68.0", content=SOAP.format("ada@example.com", "pw"))

    found = dict(re.findall(r"<(\w+)>([^<]+)</", answer.text))
    assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
    assert found == {
        "passwordExpired": "false",
        "serverUrl": "http://127.0.0.1:8000/services/Soap/u/68.0/00D000000000001",
        "sessionId": SESSION,
        "userId": "005000000000001AAA",
        "organizationId": "00D000000000001EAA",
    }


@pytest.mark.parametrize("content", [SOAP.format("wrong", "pw"), SOAP.format("a", "wrong"), SOAP.format("", "pw"), ""])
def test_a_wrong_soap_login_is_a_fault(sandbox, content: str):
    """A name or password that is missing or starts with "wrong" is INVALID_LOGIN with status 500."""
    answer = sandbox.client("").post("/services/Soap/u/68.0", content=content)

    assert answer.status_code == 500
    assert "<faultstring>INVALID_LOGIN: Invalid username" in answer.text


def test_refresh_tokens_rotate_where_configured(make_sandbox):
    """Each is good for one use and gives the next; without rotation one is good for ever."""
    rotating, plain = make_sandbox(SalesforceConfig(contacts=1, rotate_refresh_tokens=True)), make_sandbox()
    form = {"grant_type": "refresh_token", "client_id": "any", "refresh_token": "mine"}

    first = sign_in(rotating, **form)
    second = sign_in(rotating, **form | {"refresh_token": first["refresh_token"]})
    spent = sign_in(rotating, **form)

    assert len({"mine", first["refresh_token"], second["refresh_token"]}) == 3
    assert spent["error"] == "invalid_grant"
    assert [sorted(sign_in(plain, **form)) for _ in range(2)] == [sorted(sign_in(plain))] * 2


def test_every_request_is_in_the_log(sandbox):
    """Method, path, query and status of each, sign-in and pages of the UI included, but no token."""
    sign_in(sandbox)
    sandbox.salesforce.get(f"{DATA}/query", params={"q": "SELECT"})
    sandbox.client("").get("/00O000000000001AAA")

    log = sandbox.door.requests()

    assert [(each["seq"], each["method"], each["path"], each["status"]) for each in log] == [
        (1, "POST", "/services/oauth2/token", 200),
        (2, "GET", f"{DATA}/query", 400),
        (3, "GET", "/00O000000000001AAA", 200),
    ]
    assert (log[1]["query"], log[1]["fault"]) == ({"q": "SELECT"}, None)
    assert SESSION not in str(log)


def test_the_same_seed_spoils_the_same_requests():
    """Faults are drawn by seed, in their share, and stop at their most."""
    config = FaultsConfig(share=0.25, seed=7, most=200)
    one, other, another = Spoiler(config), Spoiler(config), Spoiler(FaultsConfig(share=0.25, seed=8, most=200))

    drawn = [one.next() for _ in range(2_000)]

    assert drawn == [other.next() for _ in range(2_000)]
    assert drawn != [another.next() for _ in range(2_000)]
    assert (one.spoiled, sum(map(bool, drawn))) == (200, 200)
    assert set(filter(None, drawn)) == set(config.kinds)
    assert 700 < 2_000 - drawn[::-1].index(next(filter(None, drawn[::-1]))) < 900


def test_faults_in_a_row_have_an_end():
    """After so many faults one request is good, whatever the share."""
    spoiler = Spoiler(FaultsConfig(share=1, in_a_row=3))

    assert [spoiler.next() is None for _ in range(9)] == [False, False, False, True] * 2 + [False]


@pytest.mark.parametrize(
    ("kind", "status", "refusal"),
    [
        (FaultKind.UNAVAILABLE, 503, "SERVER_UNAVAILABLE"),
        (FaultKind.ENHANCE, 420, "ENHANCE_YOUR_CALM"),
        (FaultKind.TOO_MANY, 429, "TOO_MANY_REQUESTS"),
        (FaultKind.EXPIRED, 401, "INVALID_SESSION_ID"),
    ],
)
def test_a_refusal_on_purpose_does_nothing(make_sandbox, kind: FaultKind, status: int, refusal: str):
    """A request that is refused on purpose has no effect; it is in the log with its fault."""
    faults = FaultsConfig(share=1, kinds=(kind,), most=1)
    sandbox = make_sandbox(SalesforceConfig(contacts=1, faults=faults))
    body = {"operation": "query", "query": "SELECT Id FROM Contact"}

    spoiled = sandbox.salesforce.post(f"{DATA}/jobs/query", json=body)
    client = sandbox.client(sign_in(sandbox)["access_token"])

    assert code(spoiled) == (status, refusal)
    assert client.get(f"{DATA}/jobs/query").json()["records"] == []
    assert [each["fault"] for each in sandbox.door.requests() if each["path"] == f"{DATA}/jobs/query"] == [kind, None]
    assert sandbox.door.faults == 1


def test_an_expired_session_stays_expired(make_sandbox):
    """The fault ends the token itself: only a new sign-in helps."""
    faults = FaultsConfig(share=1, kinds=(FaultKind.EXPIRED,), most=1)
    sandbox = make_sandbox(SalesforceConfig(contacts=1, faults=faults))

    assert statuses(sandbox, SESSION, 2) == [401, 401]
    assert statuses(sandbox, sign_in(sandbox)["access_token"], 1) == [200]


def test_a_page_may_stand_in_place_of_the_answer(make_sandbox):
    """HTML comes with status 200."""
    faults = FaultsConfig(share=1, kinds=(FaultKind.HTML,))
    answer = make_sandbox(SalesforceConfig(contacts=1, faults=faults)).salesforce.get(REPORT)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=UTF-8")


def test_connections_break_on_purpose(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """On a real socket answers are lost or cut in half, the rest is good, and the server says nothing of it."""
    config = tmp_path / "sandbox.yaml"
    config.write_text(
        "salesforce: {contacts: 5, faults: {share: 0.5, kinds: [drop, truncated, slow], slow_seconds: 0}}\n"
    )
    got: Counter[str] = Counter()
    with (
        running(SandboxSettings(config=config)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {SESSION}"}) as client,
    ):
        for _ in range(60):
            try:
                got[str(client.get(REPORT).status_code)] += 1
            except httpx.RemoteProtocolError as error:
                got["cut" if "incomplete" in str(error) or "complete message" in str(error) else "lost"] += 1
        log = Counter(each["fault"] for each in sandbox.salesforce.requests())

    assert got == {"200": log[None] + log[FaultKind.SLOW], "lost": log[FaultKind.DROP], "cut": log[FaultKind.TRUNCATED]}
    assert min(log.values()) > 3
    assert caplog.messages == []
