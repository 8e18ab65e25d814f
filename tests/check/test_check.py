"""Check: what a first run would run into is on one page, before it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from toolkit.check.finding import Finding, State
from toolkit.check.front import Asked
from toolkit.check.stage import CheckResult, CheckSettings, run
from toolkit.cli import cli
from toolkit.errors import ExitCode
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.settings import FrontSettings, Secret
from toolkit.tables import ndjson_line

NOW = 1_800_000_000.0
FIELDS = [
    {"id": "fld_1", "name": "Tier", "type": "enum", "values": [{"value": "gold", "label": "Gold"}]},
    {"id": "fld_2", "name": "Owner", "type": "teammate"},
]
ANSWERS: dict[str, Any] = {
    "/me": {"id": "cmp_1", "name": "Acme"},
    "/contacts/custom_fields": {"_results": FIELDS},
    "/contact_lists": {"_results": [{"id": "grp_1", "name": "VIPs"}]},
    "/teammates": {"_results": [{"id": "tea_1", "email": "ada@example.com"}]},
}
MAPPING = """\
version: 1
source: {key: Id}
contact:
  handles: [{source: email, from: [Email]}]
  lists: [{name: VIPs}, {name: New}]
  account: {name: Account}
  custom_fields:
    Tier: {from: Tier, type: enum}
    Owner: {from: Owner, type: teammate, map: {Ada: ADA@example.com, Bob: bob@example.com}}
"""
Answer = Callable[[httpx.Request], httpx.Response | None]


def check(answer: Answer = lambda _: None, file: Path | None = None, **asked: Any) -> CheckResult:
    """Check a Front that answers as ANSWERS do, but where ``answer`` answers."""
    now = [NOW]

    def handler(request: httpx.Request) -> httpx.Response:
        headers = {"date": format_datetime(datetime.fromtimestamp(NOW, UTC), usegmt=True), "x-ratelimit-limit": "100"}
        body = ANSWERS.get(request.url.path, {"_results": []})
        return answer(request) or httpx.Response(200, json=body, headers=headers)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    host = Host("https://api2.frontapp.com", Secret("t0ken"), "frontapp.com")
    settings = FrontSettings(host.token, host.url)
    clock = Clock(lambda: now[0], sleep)
    client = FrontClient(settings, Connection(host, httpx.MockTransport(handler)), clock)
    return run(CheckSettings(file, lambda: client, asked=Asked(**asked)))


def at(path: str, response: httpx.Response | Exception, method: str = "GET") -> Answer:
    """Answer one path so."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != (method, path):
            return None
        if isinstance(response, Exception):
            raise response
        return response

    return answer


def failures(result: CheckResult) -> list[Finding]:
    return [each for each in result.findings if each.state is State.FAIL]


def found(result: CheckResult, name: str) -> Finding:
    return next(each for each in result.findings if each.check == name)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return path


def test_all_is_well():
    """Nothing failed: exit code 0, and what was not tried is said."""
    result = check()

    assert (failures(result), result.exit_code) == ([], ExitCode.DONE)
    assert found(result, "Front: sign-in").said == "Acme (cmp_1)"
    assert found(result, "Front: rate limit").said == "100 requests a minute; a share of 0.5 is 50"
    assert found(result, "write contacts").state is State.SKIP


@pytest.mark.parametrize(("reserve", "left"), [(20, 50), (80, 20), (300, 1)])
def test_the_reserve_is_taken_off_what_may_be_used(reserve: int, left: int):
    """The smaller of share and what the reserve leaves is told, but never less than one request."""
    said = found(check(share=0.5, reserve=reserve), "Front: rate limit").said

    assert said == f"100 requests a minute; a share of 0.5 with {reserve} in reserve is {left}"


@pytest.mark.parametrize(
    ("path", "check_name", "scope"),
    [
        ("/contacts", "read contacts", "contacts:read"),
        ("/contact_lists", "read contact lists", "contacts:read"),
        ("/contacts/custom_fields", "read custom fields", "custom_fields:read"),
        ("/teammates", "read teammates", "teammates:read"),
        ("/accounts", "read accounts", "accounts:read"),
    ],
)
def test_a_missing_permission_names_its_scope(mapping: Path, path: str, check_name: str, scope: str):
    """403 to one question: exit code 4, the scope in the remedy, and every other question asked."""
    result = check(at(path, httpx.Response(403)), mapping)
    (failure,) = [each for each in failures(result) if each.check.startswith("read")]

    assert (failure.check, result.exit_code) == (check_name, ExitCode.SIGN_IN_REFUSED)
    assert scope in failure.remedy
    assert found(result, "read workspaces").state is State.PASS


@pytest.mark.parametrize("path", ["/inboxes", "/rules", "/teams", "/accounts"])
def test_a_permission_that_is_not_needed_is_not_missed(path: str):
    """Rules, inboxes and workspaces are for people; accounts only where a mapping has them."""
    result = check(at(path, httpx.Response(403)))

    assert result.exit_code == ExitCode.DONE
    assert result.count(State.SKIP) == check().count(State.SKIP) + 1


def test_a_network_failure_of_one_check_does_not_stop_the_others():
    """A connection that breaks at one question, twice, is one failure: exit code 5."""
    result = check(at("/contact_lists", httpx.ReadError("reset")))

    assert [each.check for each in failures(result)] == ["read contact lists"]
    assert result.exit_code == ExitCode.STOPPED
    assert found(result, "read teammates").state is State.PASS


def test_a_front_that_can_not_be_reached_is_not_asked_on_and_on():
    """Three answers that don't come are enough, and the page says what was not checked."""
    sent: list[str] = []

    def dead(request: httpx.Request) -> httpx.Response | None:
        sent.append(request.url.path)
        raise httpx.ConnectError("refused")

    result = check(dead, try_writing=True)

    assert sent == ["/me", "/me", "/contacts"]
    assert found(result, "write contacts").said == "Front does not answer"
    assert result.exit_code == ExitCode.STOPPED


def test_a_wrong_token_is_said_once():
    """401: nothing else is asked of Front, and the token is nowhere."""
    result = check(at("/me", httpx.Response(401, json={"_error": {"title": "Unauthenticated"}})))

    assert [each.check for each in failures(result)] == ["Front: sign-in"]
    assert result.exit_code == ExitCode.SIGN_IN_REFUSED
    assert "t0ken" not in str(result)


@pytest.mark.parametrize(("status", "state", "code"), [(404, "pass", 0), (403, "fail", 4), (400, "skip", 0)])
def test_writing_is_tried_on_what_is_not_there(status: int, state: str, code: int):
    """404 is leave, 403 is none, anything else tells nothing; an empty change of an id that no contact can have."""
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PATCH":
            return None
        bodies.append((request.url.path, request.content))
        return httpx.Response(status)

    result = check(answer, try_writing=True)

    assert (found(result, "write contacts").state, result.exit_code) == (state, code)
    assert bodies == [("/contacts/crd_sf2frontcheck000", b"{}"), ("/accounts/acc_sf2frontcheck000", b"{}")]


def test_a_mapping_is_held_against_front(mapping: Path):
    """Fields and types, teammates its value maps name, lists that a plan would make."""
    mapping.write_text(MAPPING.replace("Tier: {", "Teir: {"))
    result = check(file=mapping)

    assert [(each.check, each.said) for each in failures(result)] == [
        ("custom fields", "Front has no custom field 'Teir': did you mean 'Tier'?"),
        ("teammates", "Front has no teammate bob@example.com"),
    ]
    assert result.exit_code == ExitCode.INPUT_REFUSED
    assert found(result, "contact lists").said == "2 in mapping.yaml, not there yet, a plan makes them: New"


def test_operations_are_held_against_front(tmp_path: Path):
    """A choice that Front does not have is counted and shown with its line; how long it takes is said."""
    path = tmp_path / "operations.ndjson"
    handles = [{"source": "email", "handle": "a@example.com"}]
    upserts = [
        {"key": f"{n}", "op": "contact.upsert", "body": {"handles": handles, "custom_fields": {"Tier": tier}}}
        for n, tier in enumerate(["gold", "tin", "gold"])
    ]
    path.write_bytes(b"".join(map(ndjson_line, upserts)))
    result = check(file=path)

    (failure,) = failures(result)
    assert failure.said.startswith(
        "1 of 3 lines do not fit, such as operations.ndjson:2 /body/custom_fields/Tier: 'tin'"
    )
    assert found(result, "Front: rate limit").said.endswith("3 operations take at least 0 minutes")


def test_a_mapping_that_is_none_does_not_stop_the_checks(mapping: Path):
    """What is wrong with it is a failure among others, with the exit code of wrong settings."""
    mapping.write_text("version: 7\n")
    result = check(file=mapping)

    assert [each.check for each in failures(result)] == ["mapping.yaml"]
    assert (result.exit_code, found(result, "read contacts").state) == (ExitCode.WRONG_SETTINGS, State.PASS)


@pytest.mark.parametrize(("ahead", "state"), [(30.0, "pass"), (-90.0, "fail")])
def test_a_clock_that_is_off_is_a_failure(ahead: float, state: str):
    """More than a minute, either way."""

    def late(request: httpx.Request) -> httpx.Response | None:
        date = format_datetime(datetime.fromtimestamp(NOW - ahead, UTC), usegmt=True)
        is_me = request.url.path == "/me"
        return httpx.Response(200, json=ANSWERS["/me"], headers={"date": date}) if is_me else None

    assert found(check(late), "Front: clock").state == state


def test_the_command_shows_one_page(tokens: dict[str, str], tmp_path: Path):
    """On stdout, both sides of the sandbox, and as JSON."""
    shown = CliRunner().invoke(cli, ["check", "samples/mapping.yaml", "--share", "1"], env=tokens)
    as_json = CliRunner().invoke(cli, ["check", "--share", "1", "--json"], env=tokens)

    assert shown.exit_code == as_json.exit_code == 0
    assert "pass  Salesforce: API version" in shown.stdout
    assert shown.stdout.splitlines()[-1] == "18 passed, 0 failed, 2 not checked"
    assert {each["state"] for each in json.loads(as_json.stdout)["findings"]} == {"pass", "skip"}


def test_settings_that_are_missing_are_a_failure(tokens: dict[str, str]):
    """No token for Front: exit code 2, and Salesforce is checked all the same."""
    env: dict[str, str | None] = tokens | {"SF2FRONT_FRONT_TOKEN": None}
    shown = CliRunner().invoke(cli, ["check"], env=env)

    assert shown.exit_code == ExitCode.WRONG_SETTINGS
    assert "fail  Front: settings" in shown.stdout
    assert "hint: set SF2FRONT_FRONT_TOKEN" in shown.stdout
    assert "pass  Salesforce: sign-in" in shown.stdout


def test_a_salesforce_token_that_is_refused_is_a_failure(tokens: dict[str, str]):
    """Exit code 4, whatever Front says."""
    env = tokens | {"SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!wrong"}
    shown = CliRunner().invoke(cli, ["check", "--share", "1"], env=env)

    assert shown.exit_code == ExitCode.SIGN_IN_REFUSED
    assert "fail  Salesforce: sign-in" in shown.stdout
