"""sync's policies for records that are gone or opted out, on the sandbox, through the command line."""

import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.sync.model import NEVER_ENDS
from tests.sync.test_sync import environment, runs, sync, writes
from toolkit.cli import cli
from toolkit.sandbox import contact_rows
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

MAPPING = """\
version: 1
source: {key: Id}
contact:
  name: "{FirstName} {LastName}"
  handles: [{source: email, from: [Email]}]
  lists: [{name: Salesforce}, {from: Segment__c, split: ";"}]
  external_id: Salesforce ID
  custom_fields:
    Salesforce ID: {from: Id, type: string}
    Tier: {from: Tier__c, type: enum, case: lower}
"""
SETTINGS = """\
version: 1
source: {contacts: {fields: [FirstName, LastName, Email, HasOptedOutOfEmail, Tier__c, Segment__c]}}
mapping: mapping.yaml
accounts: false
gone: {policy: POLICY}
opted_out: {when: LOWER("HasOptedOutOfEmail") = 'true', policy: POLICY}
guards: {max_leavers: 50%, max_deletes: 50%}
"""
PEOPLE = ("kept", "gone", "out", "also")


class World:
    """A sandbox whose Salesforce has four people, all of whom a first run has put into Front."""

    def __init__(self, home: Path, sandbox: RunningSandbox, ahead: list[float]) -> None:
        self.home, self.sandbox, self._ahead = home, sandbox, ahead
        self.ids: dict[str, str] = {}

    def salesforce(self, what: str, *given: str, **fields: Any) -> str:
        """Change Salesforce a minute ago: an export's window ends five seconds before now."""
        self._ahead[0] = -60.0
        done = getattr(self.sandbox.salesforce, what)(*given, **fields)
        self._ahead[0] = 0.0
        return str(done)

    def add(self, name: str) -> None:
        fields = {"FirstName": "Ada", "LastName": name, "Email": f"{name}@example.com"}
        self.ids[name] = self.salesforce("add", **fields, Tier__c="Gold", Segment__c="Press")

    def front(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Front as somebody else."""
        headers = {"authorization": "Bearer sandbox"}
        answer = httpx.request(method, f"{self.sandbox.url}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def contact(self, name: str) -> dict[str, Any] | None:
        found = [each for each in self.sandbox.store.contacts() if each["name"] == f"Ada {name}"]
        return found[0] if found else None

    def handle(self, name: str) -> dict[str, Any] | None:
        """Give the contact that has an address."""
        contacts = self.sandbox.store.contacts()
        return next((each for each in contacts if f"email:{name}@example.com" in each["handles"]), None)

    def shown(self, name: str) -> tuple[list[str], dict[str, Any]] | None:
        """The lists that a contact is on, and its custom fields; None when it is not there."""
        contact = self.contact(name)
        if contact is None:
            return None
        fields = {key: value for key, value in contact["custom_fields"].items() if value is not None}
        return sorted(contact["lists"]), fields

    def leave(self) -> None:
        self.salesforce("delete", self.ids["gone"])
        self.salesforce("change", self.ids["out"], HasOptedOutOfEmail=True)

    def settle(self, policy: str) -> None:
        (self.home / "sync.yaml").write_text(SETTINGS.replace("POLICY", policy))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four people in both; each is on a list of somebody else's and has a value that is not ours."""
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "sandbox.yaml").write_text(
        "front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 1, bulk: {polls: 0}}\n"
    )
    ahead = [0.0]
    with running(SandboxSettings(config=tmp_path / "sandbox.yaml"), lambda: time.time() + ahead[0]) as sandbox:
        found = World(tmp_path, sandbox, ahead)
        found.settle("keep")
        for name in PEOPLE:
            found.add(name)
        assert sync(tmp_path, sandbox).exit_code in (0, 3)
        others = found.front("POST", "/contact_lists", {"name": "Theirs"}) or found.front("GET", "/contact_lists")
        (theirs,) = [each for each in others.get("_results", [others]) if each["name"] == "Theirs"]
        for name in PEOPLE:
            contact = found.contact(name)
            assert contact
            fields = contact["custom_fields"] | {"Annual Revenue": 7}
            filled = {key: value for key, value in fields.items() if value is not None}
            found.front("PATCH", f"/contacts/{contact['id']}", {"custom_fields": filled})
            found.front("POST", f"/contact_lists/{theirs['id']}/contacts", {"contact_ids": [contact["id"]]})
        yield found


def planned(folder: Path) -> dict[str, int]:
    found: dict[str, int] = runs(folder)[-1]["stages"]["plan"]["operations"]
    return found


LISTS, OURS = ["Press", "Salesforce", "Theirs"], {"Tier": "gold"}


@pytest.mark.parametrize(
    ("policy", "lists", "fields"),
    [
        ("keep", LISTS, OURS),
        ("remove_from_lists", ["Theirs"], OURS),
        ("clear_fields", LISTS, {}),
        ("delete", None, None),
    ],
)
def test_a_policy_holds_for_deleted_and_opted_out_records_and_for_nobody_else(
    world: World, policy: str, lists: list[str] | None, fields: dict[str, Any] | None
):
    """Lists and fields of others stay, the rest as it was; the next run has nothing to send."""
    world.leave()
    world.settle(policy)
    first = sync(world.home, world.sandbox)
    assert first.exit_code in (0, 3), first.output
    mine = {name: world.ids[name] for name in ("gone", "out")}
    expected = {
        name: None if lists is None else (lists, {**(fields or {}), "Annual Revenue": 7, "Salesforce ID": each})
        for name, each in mine.items()
    }
    assert expected == {name: world.shown(name) for name in mine}
    assert {"kept", "also"} == {name for name in ("kept", "also") if world.shown(name) and _whole(world, name)}

    sent = len(writes(world.sandbox))
    second = sync(world.home, world.sandbox)
    assert (second.exit_code == first.exit_code, planned(world.home), len(writes(world.sandbox))) == (True, {}, sent)


def _whole(world: World, name: str) -> bool:
    return world.shown(name) == (LISTS, OURS | {"Annual Revenue": 7, "Salesforce ID": world.ids[name]})


def test_a_run_is_done_by_hand_from_its_files_and_undone(world: World):
    """leavers.ndjson says who and why; transform and plan make the files of the run; rollback restores what was."""
    world.leave()
    world.settle("[remove_from_lists, clear_fields]")
    sync(world.home, world.sandbox)
    folder, api = world.home / "runs" / runs(world.home)[-1]["run"], world.home / "api"
    first, *others = map(json.loads, (folder / "api" / "leavers.ndjson").read_text().splitlines())
    assert (first["external_id"], {"Press", "Salesforce"} <= set(first["lists"])) == ("Salesforce ID", True)
    expected = {("gone", world.ids["gone"]), ("opted_out", world.ids["out"])}
    assert expected == {(each["why"], each["external_id"]) for each in others}

    assert invoke(world, "validate", folder / "api" / "leavers.ndjson").exit_code == 0

    to = ("--mapping", world.home / "mapping.yaml", "--to", "operations", "-o", api)
    made = invoke(world, "transform", folder / "contacts.csv", *to, "--leaving", world.home / "sync.yaml")
    against = ("--against", folder / "before.ndjson", "--leavers", api / "leavers.ndjson", "--queue")
    plan = invoke(world, "plan", api / "operations.ndjson", *against, "-o", world.home / "plan.ndjson")
    assert (made.exit_code, plan.exit_code) == (0, 0), made.output + plan.output
    assert "gone 1, opted_out 1" in made.stderr
    assert (world.home / "plan.ndjson").read_bytes() == (folder / "plan.ndjson").read_bytes()

    undo = invoke(world, "rollback", folder / "plan.checkpoint", "--against", folder / "after.ndjson", "--before",
                  folder / "before.ndjson", "-o", world.home / "back.ndjson")  # fmt: skip
    assert undo.exit_code == 0, undo.output
    assert invoke(world, "replay", world.home / "back.ndjson", "--share", "1").exit_code == 0
    assert all(_whole(world, name) for name in PEOPLE)


def invoke(world: World, *words: object) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in words], env=environment(world.sandbox))


def test_a_guard_holds_too_many_leavers(world: World):
    """Exit code 6, nothing sent, the plan kept; whoever raises it gets what was planned."""
    world.leave()
    before = len(writes(world.sandbox))
    for policy, guard in (("clear_fields", "max_leavers"), ("delete", "max_deletes")):
        world.settle(policy)
        settings = world.home / "sync.yaml"
        settings.write_text(settings.read_text().replace(f"{guard}: 50%", f"{guard}: 1"))
        held = sync(world.home, world.sandbox)

        assert (held.exit_code, len(writes(world.sandbox))) == (6, before)
        assert f"--{guard.replace('_', '-')} 1 lets 1 pass" in held.stderr


REPORT_MAPPING = """\
version: 1
source: {key: Contact ID}
contact:
  name: "{Last Name}"
  handles: [{source: email, from: [Email]}]
  lists: [{name: Salesforce}]
  external_id: Salesforce ID
  custom_fields:
    Salesforce ID: {from: Contact ID, type: string}
    Tier: {from: Tier, type: enum, map: {Gold: gold, Silver: silver, Bronze: bronze}}
duplicates: {keep: first}
"""
REPORT = """\
version: 1
source: {report: Contacts for Front}
mapping: mapping.yaml
accounts: false
gone: {policy: POLICY}
guards: {max_leavers: 50%, max_deletes: 50%}
"""


@pytest.mark.parametrize("policy", ["[remove_from_lists, clear_fields]", "delete"])
def test_of_a_report_those_are_gone_that_no_row_names(world: World, policy: str):
    """A contact that somebody made by hand stays, and one whose row was rejected; the next run has nothing to send."""
    (world.home / "mapping.yaml").write_text(REPORT_MAPPING)
    (world.home / "sync.yaml").write_text(REPORT.replace("POLICY", policy))
    world.salesforce("change", world.ids["out"], Email="kept@example.com")  # merged into another row: still there
    by_hand = {"name": "Ada by hand", "handles": [{"source": "email", "handle": "hand@example.com"}]}
    world.front("POST", "/contacts", by_hand)
    world.salesforce("delete", world.ids["gone"])
    world.salesforce("change", world.ids["also"], Tier__c="Lead")  # no choice of the map: rejected
    before = {name: world.handle(name) for name in ("hand", "also", "out")}
    result = sync(world.home, world.sandbox)

    assert result.exit_code == 3, result.output
    gone = world.handle("gone")
    left = gone and (gone["lists"], {key: each for key, each in gone["custom_fields"].items() if each is not None})
    fields = {"Annual Revenue": 7, "Salesforce ID": world.ids["gone"]}
    assert left == (None if policy == "delete" else (["Press", "Theirs"], fields))  # this mapping names no Press
    assert before == {name: world.handle(name) for name in before}
    assert sync(world.home, world.sandbox).exit_code == 3
    assert planned(world.home) == {}


def test_a_row_that_names_nobody_spares_everybody(world: World):
    """Where a rejected row has neither address nor external id, nobody is taken for gone, and the log says so."""
    mapping = REPORT_MAPPING.replace("  external_id: Salesforce ID\n", "")
    (world.home / "mapping.yaml").write_text(mapping)
    (world.home / "sync.yaml").write_text(REPORT.replace("{policy: POLICY}", "{policy: delete, lists: [Salesforce]}"))
    world.salesforce("delete", world.ids["gone"])
    world.salesforce("change", world.ids["also"], Email="none")
    result = sync(world.home, world.sandbox)

    assert "contact.delete" not in planned(world.home), result.output
    assert "nobody is taken for gone" in result.stderr


@pytest.mark.parametrize(
    ("settings", "mapping", "line", "said"),
    [
        (SETTINGS.replace("max_leavers: 50%, ", ""), MAPPING, 5, "clear_fields needs guards.max_leavers"),
        (SETTINGS.replace("LOWER(", "LOUDER("), MAPPING, 6, "LOUDER"),
        (SETTINGS, MAPPING.replace("  external_id: Salesforce ID\n", ""), 5, "nothing tells which contacts are ours"),
    ],
)
def test_a_policy_that_is_not_safe_is_refused(tmp_path: Path, settings: str, mapping: str, line: int, said: str):
    """Before anything is asked: exit code 2, the line, what is wrong."""
    (tmp_path / "sync.yaml").write_text(settings.replace("POLICY", "clear_fields"))
    (tmp_path / "mapping.yaml").write_text(mapping)
    shown = CliRunner().invoke(cli, ["settings", "show", str(tmp_path / "sync.yaml")])

    assert shown.exit_code == 2
    assert f"sync.yaml:{line}:" in shown.stderr
    assert said in shown.stderr


def again(world: World) -> list[str]:
    """The Ids that later runs ask for again."""
    found = json.loads((world.home / "runs" / "default.again.json").read_bytes())
    return [each["id"] for each in found]


def spoil(world: World, name: str, value: object) -> None:
    """Give a contact a value that Front would not take back: a PATCH sends others' fields too."""
    contact = world.contact(name)
    assert contact
    with world.sandbox.store.transaction() as db:
        row = contact_rows.find(db, contact["id"])
        fields = json.loads(contact_rows.get(db, row)["custom_fields"]) | {"VIP": value}
        contact_rows.update(db, row, {"custom_fields": fields}, world.sandbox.front.clock())


def test_a_leaver_whom_front_refuses_is_asked_for_again(world: World):
    """The watermark passes it, as any other record; only that one is remembered."""
    spoil(world, "out", "no boolean")
    world.leave()
    world.settle("clear_fields")
    refused = sync(world.home, world.sandbox)

    assert (refused.exit_code, runs(world.home)[-1]["state"]) == (3, "verified"), refused.output
    assert again(world) == [world.ids["out"]]


def test_a_leaver_in_a_conflict_of_another_is_asked_for_again(world: World):
    """Another record has the address of one that opted out: once that is corrected, the contact leaves."""
    world.leave()
    world.settle("clear_fields")
    world.add("new")
    world.salesforce("change", world.ids["new"], Email="out@example.com")
    sync(world.home, world.sandbox)
    assert again(world) == sorted([world.ids["out"], world.ids["new"]])
    (remembered,) = (world.home / "runs").glob("*.again.json")
    remembered.write_text(re.sub(r'"due": "[^"]+"', '"due": "2020-01-01T00:00:00+00:00"', remembered.read_text()))
    world.salesforce("change", world.ids["new"], Email="new@example.com")
    sync(world.home, world.sandbox)
    assert world.shown("out") == (LISTS, {"Annual Revenue": 7, "Salesforce ID": world.ids["out"]})
    assert again(world) == []


ACCOUNTS = """\
version: 1
source: {contacts: {fields: [FirstName, LastName, Email, Renewal_Date__c, Account.Name]}}
mapping: mapping.yaml
accounts: true
"""
IN_ACCOUNTS = """\
version: 1
source: {key: Id, dates: ISO}
contact:
  name: "{FirstName} {LastName}"
  handles: [{source: email, from: [Email]}]
  external_id: Salesforce ID
  account: {name: Account.Name}
  custom_fields:
    Salesforce ID: {from: Id, type: string}
    Renewal: {from: Renewal_Date__c, type: datetime}
"""


def test_a_record_that_front_refuses_does_not_hold_its_account_back(world: World):
    """It can't join an account: that is the record's refusal too, which is remembered; the watermark passes it."""
    (world.home / "mapping.yaml").write_text(IN_ACCOUNTS)
    (world.home / "sync.yaml").write_text(ACCOUNTS)
    for name, renewal in (("fine", date(2027, 1, 1)), ("never", NEVER_ENDS)):
        fields = {"FirstName": "Ada", "LastName": name, "Email": f"{name}@example.com"}
        world.ids[name] = world.salesforce("add", **fields, Account__Name="Analytical", Renewal_Date__c=renewal)
    refused = sync(world.home, world.sandbox)

    last = runs(world.home)[-1]
    assert (refused.exit_code, last["stages"]["replay"]["refusals"]) == (3, {"bad_request": 1, "members_missing": 1})
    assert (last["state"], again(world)) == ("verified", [world.ids["never"]])
    assert world.contact("fine")
