"""The schedules of docs/schedules.md: each is well formed, and runs a command that there is."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tests.docs import pages
from toolkit.cli import cli
from toolkit.errors import ExitCode

TEXT = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [each.text for each in pages.blocks(TEXT, kind)]


def command_lines() -> list[list[str]]:
    """The words behind ``sf2front`` wherever it is run."""
    (cron,), units, (actions, job) = blocks("cron"), blocks("ini"), map(yaml.safe_load, blocks("yaml"))
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    ran = [each["run"] for each in actions["jobs"]["sync"]["steps"] if "sf2front" in each.get("run", "")]
    shells = [cron, *ran, *re.findall(r"^ExecStart=(.*)$", units[0], flags=re.MULTILINE)]
    lines = [re.search(r"sf2front sync .*?(?= 2>>|$)", each, flags=re.MULTILINE) for each in shells]
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
