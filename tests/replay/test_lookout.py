"""What others change in Front while a plan waits or is replayed: looked for now and then, and kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_commands import invoke
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

TOKEN = {"Authorization": "Bearer sandbox"}
QUIET = {"VIP": False, "Favourite Color": "red"}
PEOPLE = ("ada", "bob", "cy")


class Company:
    """A sandbox by a clock that stands, with three contacts; and the commands, run against it."""

    def __init__(self, sandbox: RunningSandbox, folder: Path, now: list[float]) -> None:
        self.sandbox, self.folder, self._now = sandbox, folder, now
        self.ids = [self._make(each) for each in PEOPLE]

    def pass_time(self, seconds: float) -> None:
        self._now[0] += seconds

    def run(self, *words: Any, code: int = 0) -> str:
        environment = {"SF2FRONT_FRONT_URL": self.sandbox.url, "SF2FRONT_FRONT_TOKEN": "sandbox"}
        result = invoke(*words, env=environment)
        assert result.exit_code == code, result.output
        return result.output

    def planned(self, **custom_fields: Any) -> Path:
        """Give a plan that sets fields of all three."""
        bodies = [{"handles": [_handle(each)], "custom_fields": custom_fields} for each in PEOPLE]
        lines = [{"key": key, "op": "contact.upsert", "body": body} for key, body in zip(PEOPLE, bodies, strict=True)]
        upserts, plan = self.folder / "operations.ndjson", self.folder / "plan.ndjson"
        upserts.write_text("".join(json.dumps(each) + "\n" for each in lines))
        self.run("snapshot", "-o", self.folder / "before.ndjson")
        self.run("plan", upserts, "--against", self.folder / "before.ndjson", "-o", plan)
        return plan

    def change(self, number: int, **custom_fields: Any) -> None:
        """Let a teammate change fields of a contact."""
        self._ask("PATCH", f"/contacts/{self.ids[number]}", custom_fields=self.fields(number) | custom_fields)

    def fields(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/contacts/{self.ids[number]}")["custom_fields"]
        return found

    def asked(self, since: int) -> list[tuple[str, str]]:
        return [(each["method"], each["path"]) for each in self.sandbox.store.requests() if each["seq"] > since]

    def results(self) -> list[dict[str, Any]]:
        return [json.loads(each) for each in (self.folder / "plan.results.ndjson").read_text().splitlines()]

    def _make(self, name: str) -> str:
        made: str = self._ask("POST", "/contacts", handles=[_handle(name)], custom_fields=QUIET)["id"]
        return made

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        answer = httpx.request(method, self.sandbox.url + path, json=body or None, headers=TOKEN)
        assert answer.is_success, answer.text
        return answer.json() if answer.text else None


def _handle(name: str) -> dict[str, str]:
    return {"source": "email", "handle": f"{name}@example.com"}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    now, config = [1_800_000_000.0], tmp_path / "sandbox.yaml"
    config.write_text("front: {rate_limit: {requests: 600000}}\n")
    with running(SandboxSettings(config=config), clock=lambda: now[0]) as sandbox:
        company = Company(sandbox, tmp_path, now)
        company.pass_time(3_600)
        yield company


def test_what_others_set_since_the_snapshot_stays(company: Company):
    """A plan is replayed an hour later: who changed meanwhile is read, and keeps what others set; nobody else is."""
    plan = company.planned(Tier="gold")
    company.pass_time(1_800)
    company.change(1, VIP=True)
    company.pass_time(1_800)
    seen = company.sandbox.store.request_count()
    company.run("replay", plan, "--share", 1, "--concurrency", 1)

    assert [company.fields(each) for each in range(3)] == [
        QUIET | {"Tier": "gold"}, QUIET | {"Tier": "gold", "VIP": True}, QUIET | {"Tier": "gold"},
    ]  # fmt: skip
    ada, bob, cy = (f"/contacts/{each}" for each in company.ids)
    assert company.asked(seen)[:6] == [
        ("GET", "/me"), ("GET", "/contacts"), ("PATCH", ada), ("GET", bob), ("PATCH", bob), ("PATCH", cy),
    ]  # fmt: skip
    company.run("snapshot", "-o", company.folder / "after.ndjson")
    company.run("verify", plan, "--against", company.folder / "after.ndjson")


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [((), 3, ("blue", "refused", "changed_since")), (("--on-conflict", "plan"), 0, ("green", "done", "overwritten"))],
)
def test_the_same_field_changed_by_others_is_a_conflict(
    words: tuple[str, ...], code: int, expected: tuple[str, str, str], company: Company
):
    """It is refused, unless the plan is to win; the results say so either way."""
    plan = company.planned(**{"Favourite Color": "green"})
    company.change(1, **{"Favourite Color": "blue"})
    company.pass_time(3_600)
    company.run("replay", plan, *words, code=code)

    result = company.results()[1]
    assert (company.fields(1)["Favourite Color"], result["state"], result.get("code")) == expected


def test_a_plan_of_a_moment_ago_needs_no_look(company: Company):
    """Within a quarter of an hour nothing is asked for."""
    plan = company.planned(Tier="gold")
    company.pass_time(800)
    seen = company.sandbox.store.request_count()
    company.run("replay", plan, "--share", 1, "--concurrency", 1)

    assert [method for method, _ in company.asked(seen)] == ["GET", "PATCH", "PATCH", "PATCH"]


def test_no_fresh_sends_a_plan_as_it_is(company: Company):
    """Who says so gets what the plan says, and nothing is read."""
    plan = company.planned(Tier="gold")
    company.change(1, VIP=True)
    company.pass_time(3_600)
    company.run("replay", plan, "--no-fresh")

    assert company.fields(1) == QUIET | {"Tier": "gold"}


def test_what_was_refused_is_tried_again_with_care(company: Company):
    """The file of failures, replayed later, keeps what others set since the plan's snapshot."""
    plan = company.planned(**{"Favourite Color": "green"})
    company.change(1, **{"Favourite Color": "blue"})
    company.pass_time(3_600)
    company.run("replay", plan, code=3)
    company.change(1, VIP=True)
    company.run("replay", company.folder / "plan.failures.ndjson", "--on-conflict", "plan")

    assert company.fields(1) == {"Favourite Color": "green", "VIP": True}


def test_a_long_replay_looks_again(company: Company):
    """What others set while a replay goes on stays too: it looks every quarter of an hour, from the last look on."""
    plan = company.planned(Tier="gold")
    company.pass_time(3_600)
    company.run("replay", plan, "--limit", 1)
    company.pass_time(3_600)
    company.change(2, VIP=True)
    company.pass_time(3_600)
    company.run("replay", plan)

    assert company.fields(2) == QUIET | {"Tier": "gold", "VIP": True}
