"""The schedules of docs/schedules.md: each is well formed, and runs a command that there is."""

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from tests.docs import pages
from toolkit.cli import cli
from toolkit.errors import ExitCode
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running

SAMPLES = Path(__file__).parents[2] / "samples"
TEXT = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [each.text for each in pages.blocks(TEXT, kind)]


def command_lines() -> list[list[str]]:
    """The words behind ``sf2front`` wherever it is run."""
    (cron,), units, (actions, job) = blocks("cron"), blocks("ini"), map(yaml.safe_load, blocks("yaml")[1:])
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    ran = [each["run"] for each in actions["jobs"]["sync"]["steps"] if "sf2front" in each.get("run", "")]
    shells = [cron, *ran, *re.findall(r"^ExecStart=(.*)$", units[0], flags=re.MULTILINE)]
    lines = [re.search(r"sf2front sync .*?(?= 2>>| \|\||$)", each, flags=re.MULTILINE) for each in shells]
    return [*(shlex.split(each[0])[1:] for each in lines if each), container["command"][1:]]


@pytest.mark.parametrize("words", command_lines())
def test_each_runs_sync_with_options_that_it_has(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As click parses them, beside a settings file."""
    monkeypatch.chdir(tmp_path)
    Path("sync.yaml").touch()

    with cli.make_context("sf2front", list(words)) as above:
        name, command, rest = cli.resolve_command(above, list(words))  # type: ignore[attr-defined] # cli is a group
        context: click.Context = command.make_context(name, rest, parent=above)

    assert (name, context.params["profile"]) == ("sync", "production")


SETTINGS = blocks("yaml")[0]


def test_each_does_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All four are the same line: with the page's settings it does a run, and the next one finds nothing to send."""
    monkeypatch.chdir(tmp_path)
    Path("sync.yaml").write_text(SETTINGS)
    Path("mapping.yaml").write_bytes((SAMPLES / "mapping.yaml").read_bytes())
    Path("sandbox.yaml").write_text("front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 20}\n")
    with running(SandboxSettings(config=Path("sandbox.yaml"))) as sandbox:
        urls = {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_SALESFORCE_URL": sandbox.url}
        tokens = {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}
        (words,) = {tuple(each) for each in command_lines()}
        for _ in range(2):
            done = CliRunner().invoke(cli, words, env=urls | tokens)
            assert done.exit_code in (0, 3), done.output
    runs = [json.loads(each.read_bytes()) for each in sorted(Path("runs").glob("*/summary.json"))]

    assert {"verified"} == {each["state"] for each in runs}
    assert [True, False] == [bool(each["stages"]["plan"]["operations"]) for each in runs]


def test_the_folder_of_runs_is_kept_whatever_the_exit_code():
    """GitHub saves a cache of a job that failed only when told: the next run needs what an unfinished one has left."""
    steps = yaml.safe_load(blocks("yaml")[1])["jobs"]["sync"]["steps"]
    restored, saved = (each for each in steps if "cache" in each.get("uses", ""))

    assert saved["if"] == "always()"
    assert (restored["with"]["key"], restored["with"]["path"]) == (saved["with"]["key"], saved["with"]["path"])


def test_cron_needs_no_path():
    """Its PATH has no virtual environment: the program is named where it stands."""
    (cron,) = blocks("cron")

    assert "&& .venv/bin/sf2front sync" in cron


def test_there_are_four():
    """cron, systemd, GitHub Actions, Kubernetes."""
    assert len(command_lines()) == 4


def test_the_units_are_ini_files_with_a_timer():
    """Every line a key of a section; the timer says when."""
    found: list[Any] = []
    for each in blocks("ini"):
        parser = configparser.ConfigParser(interpolation=None, delimiters="=")
        parser.read_string(each)
        found.append(parser)
    service, timer = found
    assert service["Service"]["Type"] == "oneshot"
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])


def test_every_exit_code_has_an_alert():
    """Each of them once."""
    listed = [int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, flags=re.MULTILINE)]

    assert sorted(listed) == sorted(int(code) for code in ExitCode)


def test_variables_are_those_that_are_read():
    """Each is in docs/environment.md."""
    page = (Path(__file__).parents[2] / "docs" / "environment.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\bSF2FRONT_[A-Z_]+\b", TEXT)) <= set(re.findall(r"\bSF2FRONT_[A-Z_]+\b", page))
