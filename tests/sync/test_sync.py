"""sync on the sandbox, through the command line."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.sync.lock import only_run
from toolkit.sync.record import RunState, begin, prune, read_summaries, save
from toolkit.sync.settings import read_settings

SAMPLES = Path(__file__).parents[2] / "samples"
SETTINGS = """\
version: 1
source: {report: Contacts for Front}
mapping: mapping.yaml
accounts: true
guards: {max_updates: 50%, max_missing: 20%}
profiles:
  sandbox: {front: {share: 1}}
"""


@contextmanager
def org(folder: Path, contacts: int, latency: float = 0, more: str = "") -> Iterator[RunningSandbox]:
    """The sandbox with so many contacts in Salesforce; Front's state stays in the folder from one to the next."""
    config = folder / "sandbox.yaml"
    front = f"{{rate_limit: {{requests: 600000}}, latency_seconds: {latency}{more}}}"
    config.write_text(f"front: {front}\nsalesforce: {{contacts: {contacts}}}\n")
    with running(SandboxSettings(config=config, state=folder / "front.sqlite")) as started:
        yield started


def environment(sandbox: RunningSandbox) -> dict[str, str]:
    urls = {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_SALESFORCE_URL": sandbox.url}
    return urls | {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}


def sync(folder: Path, sandbox: RunningSandbox, *words: str) -> Result:
    return CliRunner().invoke(cli, ["sync", str(folder / "sync.yaml"), *words], env=environment(sandbox))


def writes(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    return [each for each in sandbox.store.requests() if each["method"] != "GET" and "/services/" not in each["path"]]


def runs(folder: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(cli, ["runs", str(folder / "runs"), "--json"])
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings and mapping."""
    (tmp_path / "sync.yaml").write_text(SETTINGS)
    (tmp_path / "mapping.yaml").write_bytes((SAMPLES / "mapping.yaml").read_bytes())
    return tmp_path


def test_runs_follow_salesforce_and_send_nothing_twice(home: Path):
    """A first run makes all contacts, a second sends nothing, one after new records makes those alone."""
    with org(home, 30) as sandbox:
        first = sync(home, sandbox)
        sent = len(writes(sandbox))
        second = sync(home, sandbox)
        assert (first.exit_code in (0, 3), sent > 0, len(writes(sandbox))) == (True, True, sent), first.output
        assert second.exit_code == first.exit_code
    assert ["verified"] * 2 == [each["state"] for each in runs(home)]


def test_what_there_is_no_time_for_waits(home: Path):
    """Exit code 0, the sentence, the number in the summary and the metrics; the next run with time sends it."""
    mapping = CHANGES_MAPPING.replace("key: Id, where: LOWER(\"IsDeleted\") = 'false'", "key: Contact ID")
    (home / "mapping.yaml").write_text(mapping.replace("{FirstName} {LastName}", "{Last Name}"))
    (home / "sync.yaml").write_text(SETTINGS.replace("accounts: true", "accounts: false\nsend_for: 0s"))
    with org(home, 5) as sandbox:
        queued = sync(home, sandbox, "--metrics", str(home / "sync.prom"))
        assert (queued.exit_code, writes(sandbox)) == (0, []), queued.output
        (home / "sync.yaml").write_text(SETTINGS)
        sync(home, sandbox)
    first, second = runs(home)
    planned = sum(first["stages"]["plan"]["operations"].values())
    assert (first["state"], first["reason"]) == ("queued", f"{planned} operations wait for the next run")
    assert f'sf2front_sync_waiting{{profile="sandbox"}} {planned}' in (home / "sync.prom").read_text()
    assert second["state"] == "verified"


CHANGES = """\
version: 1
source: {contacts: {fields: [FirstName, LastName, Email]}}
mapping: changes.yaml
accounts: false
"""
CHANGES_MAPPING = """\
version: 1
source: {key: Id, where: LOWER("IsDeleted") = 'false'}
contact:
  name: "{FirstName} {LastName}"
  handles: [{source: email, from: [Email]}]
on_bad_value: {email: drop}
"""


def test_a_change_in_salesforce_is_one_request(home: Path):
    """After a verified run only what changed since its watermark is exported, and only that is sent."""
    (home / "sync.yaml").write_text(CHANGES)
    (home / "changes.yaml").write_text(CHANGES_MAPPING)
    (home / "sandbox.yaml").write_text("front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 20}\n")
    ahead = [0.0]
    with running(SandboxSettings(config=home / "sandbox.yaml"), lambda: time.time() + ahead[0]) as sandbox:
        first = sync(home, sandbox)
        sent = len(writes(sandbox))
        ahead[0] = -60.0  # a window ends five seconds ago, and the next begins ten minutes before that
        sandbox.salesforce.add(LastName="Neu", Email="neu@example.com")
        ahead[0] = 0.0
        second = sync(home, sandbox)
        assert (first.exit_code in (0, 3), second.exit_code in (0, 3)) == (True, True), first.output + second.output
        assert [("POST", "/contacts")] == [(each["method"], each["path"]) for each in writes(sandbox)[sent:]]

    assert [1] == [each["stages"]["export"]["rows"] for each in runs(home)[1:]]


def test_a_report_that_lost_most_of_its_rows_holds_the_run_each_time(home: Path):
    """Exit code 6, no request that writes, the plan kept, and the next run is held again."""
    with org(home, 40) as sandbox:
        sync(home, sandbox)
    with org(home, 4) as sandbox:
        before = len(writes(sandbox))
        results = [sync(home, sandbox), sync(home, sandbox)]

        assert [6, 6] == [each.exit_code for each in results], results[0].output
        assert before == len(writes(sandbox))
        assert "max_missing is 20%" in results[1].stderr
        states = runs(home)
        assert sync(home, sandbox, "--approve", states[2]["run"]).exit_code in (0, 3)
    assert ["verified", "held", "held", "verified"] == [each["state"] for each in runs(home)]
    assert (home / "runs" / states[1]["run"] / "plan.ndjson").is_file()


def test_a_report_that_a_person_let_pass_is_let_pass_while_its_run_waits(home: Path):
    """With fewer rows than max_missing lets pass: approved once, it needs no approval in the nights after."""
    gone = "gone: {policy: remove_from_lists, lists: [Salesforce]}\nguards: {max_leavers: 100%, max_missing: 20%}\n"
    settings = SETTINGS.replace("guards: {max_updates: 50%, max_missing: 20%}\n", gone)
    (home / "sync.yaml").write_text(settings)
    with org(home, 40) as sandbox:
        sync(home, sandbox)
    with org(home, 4) as sandbox:
        sync(home, sandbox)
        (home / "sync.yaml").write_text(settings + "send_for: 0s\n")
        sync(home, sandbox, "--approve", runs(home)[-1]["run"])
        (home / "sync.yaml").write_text(settings)
        sync(home, sandbox)
    assert ["verified", "held", "queued", "verified"] == [each["state"] for each in runs(home)]


def test_a_report_without_rows_is_a_run_like_any_other(home: Path):
    """Nothing to send, nothing amiss, where no guard says otherwise."""
    (home / "sync.yaml").write_text(SETTINGS.replace(", max_missing: 20%", ""))
    with org(home, 0) as sandbox:
        result = sync(home, sandbox)
    assert (result.exit_code, [each["state"] for each in runs(home)]) == (0, ["verified"]), result.output


def test_a_plan_that_changes_too_many_is_held_and_kept(home: Path):
    """A mapping that would rename everybody: exit code 6, nothing is sent, and the plan is there to be looked at."""
    with org(home, 20) as sandbox:
        sync(home, sandbox)
        before, mapping = len(writes(sandbox)), home / "mapping.yaml"
        mapping.write_text(mapping.read_text().replace('name: "{First Name} {Last Name}"', 'name: "{Last Name}"'))
        held = sync(home, sandbox)

        assert (6, before) == (held.exit_code, len(writes(sandbox)))
    assert re.search(r"it would update \d+ of \d+ contacts .*--max-updates 50% lets \d+ pass", held.stderr)
    (_, run) = runs(home)
    assert run["stages"]["plan"]["operations"]["contact.update"] > 10
    assert (home / "runs" / run["run"] / "plan.ndjson").read_text().count("contact.update") > 10


def test_a_plan_that_makes_too_many_is_held(home: Path):
    """A report of another company, or addresses that are others now: nothing is made until a person lets it pass."""
    (home / "sync.yaml").write_text(SETTINGS.replace("max_updates: 50%", "max_updates: 50%, max_creates: 100%"))
    with org(home, 10) as sandbox:
        assert "new ones beside 0 contacts" in sync(home, sandbox).stderr
        sync(home, sandbox, "--approve", runs(home)[-1]["run"])
        before = len(sandbox.store.contacts())
    with org(home, 60) as sandbox:
        held = sync(home, sandbox)
        assert (held.exit_code, len(sandbox.store.contacts())) == (6, before)
        assert re.search(rf"it would make \d+ new ones beside {before} contacts .*--max-creates 100% lets", held.stderr)
        sync(home, sandbox, "--approve", runs(home)[-1]["run"])
        assert len(sandbox.store.contacts()) > 2 * before
    assert ["held", "verified", "held", "verified"] == [each["state"] for each in runs(home)]


def test_a_run_whose_files_were_refused_is_not_taken_up_again(home: Path):
    """Nothing was sent: once the fields that were missing are made in Front, the next run looks anew and goes well."""
    with org(home, 5, more=", custom_fields: []") as sandbox:
        refused = sync(home, sandbox)
        assert (6, []) == (refused.exit_code, writes(sandbox))
        assert "Front has no custom field" in refused.stderr
    with org(home, 5) as sandbox:
        assert sync(home, sandbox).exit_code in (0, 3)
    assert ["failed", "verified"] == [each["state"] for each in runs(home)]


def test_a_killed_run_is_taken_up_again(home: Path):
    """After SIGKILL amid the replay the next sync goes on with that run: no contact is made twice."""
    with org(home, 40, latency=0.02) as sandbox:
        line = [sys.executable, "-m", "toolkit", "sync", str(home / "sync.yaml"), "-q"]
        with subprocess.Popen(line, env=os.environ | environment(sandbox)) as process:
            _wait_for_writes(sandbox, process)
            process.send_signal(signal.SIGKILL)
        killed = runs(home)[-1]
        result = sync(home, sandbox)
        made = [each["path"] for each in writes(sandbox) if each["method"] == "POST" and each["path"] == "/contacts"]
        created = sum(1 for each in writes(sandbox) if each["path"] == "/contacts" and each["status"] == 201)

    last = runs(home)
    planned = last[0]["stages"]["plan"]["operations"]["contact.create"]
    assert ("running", 1, "verified", 1) == (killed["state"], len(last), last[0]["state"], last[0]["resumed"])
    assert "export: done before" in result.stderr
    assert len(made) >= created == planned


def _wait_for_writes(sandbox: RunningSandbox, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while len(writes(sandbox)) < 8 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)


def test_two_at_once_is_one_too_many(home: Path, sandbox: RunningSandbox):
    """The second ends with 5 and names the process and since when; a lock that nobody holds is taken over."""
    (home / "runs").mkdir()
    with only_run(home / "runs", datetime(2026, 11, 24, 2, 0, tzinfo=UTC)):
        result = sync(home, sandbox)

    assert result.exit_code == 5
    assert f"process {os.getpid()}, since 2026-11-24T02:00:00+00:00" in result.stderr
    assert runs(home) == []


def test_what_holds_and_why_is_shown(home: Path):
    """Each value with its line, profile, environment or default; of a secret only whether it is set."""
    shown = CliRunner().invoke(
        cli, ["settings", "show", str(home / "sync.yaml"), "--json"], env={"SF2FRONT_FRONT_TOKEN": "very-secret"}
    )

    told = {each["key"]: (each["value"], each["origin"]) for each in json.loads(shown.stdout)}
    name = str(home / "sync.yaml")
    assert told["front.share"] == ("1", f"{name}:7 (profile sandbox)")
    assert told["guards.max_updates"] == ("50%", f"{name}:5")
    assert told["full_after"] == ("7d", "default")
    assert told["front.token"] == ("set", "environment (SF2FRONT_FRONT_TOKEN)")
    assert "very-secret" not in shown.output


def test_wrong_settings_are_told_with_their_line(home: Path):
    """A key that doesn't exist, a policy without its guard, a mapping that is not there."""
    (home / "sync.yaml").write_text(SETTINGS + "    gone: {policy: delete}\n")
    unsafe = CliRunner().invoke(cli, ["settings", "show", str(home / "sync.yaml")])
    (home / "sync.yaml").write_text(SETTINGS.replace("max_missing", "max_mising"))
    misspelt = CliRunner().invoke(cli, ["settings", "show", str(home / "sync.yaml")])

    (home / "sync.yaml").write_text(SETTINGS.replace("mapping: mapping.yaml", "mapping: maping.yaml"))
    lacking = CliRunner().invoke(cli, ["sync", str(home / "sync.yaml")])

    assert (unsafe.exit_code, misspelt.exit_code, lacking.exit_code) == (2, 2, 2)
    assert "sync.yaml:5" in misspelt.stderr
    assert re.search(r"sync\.yaml:\d+:\d+ /mapping: there is no file .*maping\.yaml", lacking.stderr)


HEAR = "import os, sys, json; print(json.dumps([sys.stdin.read(), dict(os.environ)]), file=open(sys.argv[1], 'w'))"


def test_who_watches_is_told(home: Path):
    """The command gets the summary and no secret; metrics and log lines name the run, and there are no other lines."""
    words = ("--notify-command", shlex.join([sys.executable, "-c", HEAR, str(home / "heard.json")]))
    with org(home, 3) as sandbox:
        done = sync(home, sandbox, *words, "--metrics", str(home / "sync.prom"), "--log-format", "json")

    (run,) = runs(home)
    said, environ = json.loads((home / "heard.json").read_text())
    assert (json.loads(said)["run"], json.loads(said)["state"]) == (run["run"], "verified")
    assert "sandbox" not in [environ.get(name) for name in ("SF2FRONT_FRONT_TOKEN", "SF2FRONT_SALESFORCE_TOKEN")]
    assert "sandbox!" not in str(environ)
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert {run["run"]} == {each["run"] for each in logged}
    assert any("sf2front" in line and line.endswith(" 1") for line in (home / "sync.prom").read_text().splitlines())


def test_metrics_that_cannot_be_written_keep_nobody_from_being_told(home: Path):
    """A warning: the run ends as it ended, and the command hears of it. Metrics are for others to read."""
    words = ("--notify-command", shlex.join([sys.executable, "-c", HEAR, str(home / "heard.json")]))
    with org(home, 3) as sandbox:
        done = sync(home, sandbox, *words, "--metrics", str(home / "sync.yaml" / "sync.prom"))
        sync(home, sandbox, "--metrics", str(home / "sync.prom"))

    assert (done.exit_code in (0, 3), (home / "heard.json").exists()) == (True, True), done.output
    assert "warning:" in done.stderr
    assert (home / "sync.prom").stat().st_mode & 0o777 == 0o644


def test_who_is_told_gets_no_secret_and_leaves_none_behind(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Variables that the settings name as secrets are kept from the command; its words, a webhook's, from evidence."""
    named = "salesforce: {login: {method: client_credentials, client_id: a, client_secret: {env: FROM_THE_VAULT}}}\n"
    (home / "sync.yaml").write_text(SETTINGS + named)
    monkeypatch.setenv("FROM_THE_VAULT", "very-secret")
    words = ("--notify-command", shlex.join([sys.executable, "-c", HEAR, str(home / "heard.json"), "hook-4711"]))
    with org(home, 3) as sandbox:
        sync(home, sandbox, *words)
        sync(home, sandbox, f"{words[0]}={words[1]}")

    assert "very-secret" not in (home / "heard.json").read_text()
    written = [each for each in (home / "runs").rglob("*.json") if "hook-4711" in each.read_text()]
    assert written == []
    assert "--notify-command" in (home / "runs" / runs(home)[0]["run"] / "plan.ndjson.datapackage.json").read_text()


def test_folders_that_cannot_be_removed_are_left(home: Path, monkeypatch: pytest.MonkeyPatch):
    """The run that wanted to make room is verified all the same."""

    def refuse(_: Path) -> None:
        raise PermissionError

    (home / "sync.yaml").write_text(SETTINGS + "keep: {runs: 1, days: 1}\n")
    with org(home, 3) as sandbox:
        for _ in range(3):
            sync(home, sandbox)
    monkeypatch.setattr("shutil.rmtree", refuse)
    assert prune(read_settings(home / "sync.yaml", None), datetime.now(UTC) + timedelta(days=3)) == []


def test_runs_stay_in_order_though_the_clock_was_put_back(home: Path):
    """The first run after one of a wrong date stands behind that, and is the one that is gone on with."""
    settings = read_settings(home / "sync.yaml", None)
    wrong = begin(settings, datetime(2036, 1, 1, tzinfo=UTC))
    save(settings.runs, wrong)
    right = begin(settings, datetime(2026, 11, 30, tzinfo=UTC))
    save(settings.runs, right)

    assert (wrong.run, right.run) == ("2036-01-01T000000Z", "2036-01-01T000001Z")
    assert begin(settings, datetime(2026, 11, 30, 0, 10, tzinfo=UTC)).run == right.run
    assert [RunState.GIVEN_UP, RunState.RUNNING] == [each.state for each in read_summaries(settings.runs)]


def test_old_runs_go_but_never_the_last_verified(home: Path):
    """Folders beyond the number to keep, and older than the days: the verified one stays however old it is."""
    (home / "sync.yaml").write_text(SETTINGS + "keep: {runs: 1, days: 30}\n")
    with org(home, 40) as sandbox:
        sync(home, sandbox)
    with org(home, 4) as sandbox:
        for _ in range(3):
            sync(home, sandbox)
    settings = read_settings(home / "sync.yaml", None)
    assert prune(settings, datetime.now(UTC) + timedelta(days=29)) == []
    kept = [each["run"] for each in runs(home)]

    assert prune(settings, datetime.now(UTC) + timedelta(days=31)) == kept[1:3]
    assert [kept[0], kept[3]] == [each["run"] for each in runs(home)]
