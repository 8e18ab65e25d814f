"""export query and export contacts as people call them: summaries, ways to go on, exit codes, secrets."""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

SOQL = "SELECT Id, Name, Account.Name FROM Contact"
TOKEN = "00D000000000001!sandbox"


def invoke(sandbox: RunningSandbox, *words: object) -> Result:
    clean = dict.fromkeys(name for name in os.environ if name.startswith("SF2FRONT_"))
    tokens = {"SF2FRONT_SALESFORCE_URL": sandbox.url, "SF2FRONT_SALESFORCE_TOKEN": TOKEN}
    return CliRunner().invoke(cli, ["export", *map(str, words)], env=clean | tokens)


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox whose org has used nearly its share of requests: two more pass 80 %."""
    config = tmp_path / "sandbox.yaml"
    config.write_text("salesforce: {contacts: 2500, limits: {daily_requests: 100, used: 77}}\n")
    with running(SandboxSettings(config=config)) as started:
        yield started


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_query_is_exported_with_its_evidence(sandbox: RunningSandbox, tmp_path: Path):
    """All rows, the summary with the API requests, and a descriptor that knows the query."""
    result = invoke(sandbox, "query", SOQL, "-o", tmp_path / "c.csv", "--json")
    summary = json.loads(result.stdout)
    descriptor = json.loads((tmp_path / "c.csv.datapackage.json").read_text())

    assert result.exit_code == 0
    assert (summary["rows"], summary["columns"], summary["api"]) == (2500, 3, "bulk")
    assert summary["API_requests"] > 0
    assert len(rows(tmp_path / "c.csv")) == 2501
    assert descriptor["resources"][0]["rows"] == 2500
    assert descriptor["sf2front"]["source"]["query"] == SOQL


def test_a_query_is_read_from_a_file(sandbox: RunningSandbox, tmp_path: Path):
    """The file is an input of the evidence; a small result comes by REST."""
    (tmp_path / "small.soql").write_text(f"{SOQL}\nLIMIT 3\n")

    result = invoke(sandbox, "query", "--file", tmp_path / "small.soql", "-o", tmp_path / "c.csv")
    descriptor = json.loads((tmp_path / "c.csv.datapackage.json").read_text())

    assert result.exit_code == 0
    assert "api           rest" in result.stderr
    assert len(rows(tmp_path / "c.csv")) == 4
    assert [each["path"] for each in descriptor["sf2front"]["inputs"]] == ["small.soql"]


def test_a_stop_says_how_to_go_on_and_goes_on(tight: RunningSandbox, tmp_path: Path):
    """The line to type has --resume in it; what is left on disk holds no token; the job is not made twice."""
    output = tmp_path / "c.csv"

    stop = invoke(tight, "query", SOQL, "-o", output)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("c.csv")}
    more = invoke(tight, "query", SOQL, "-o", output, "--resume", "--max-api-share", 1)

    assert stop.exit_code == 5
    assert f"to go on: sf2front export query '{SOQL}' -o {output} --resume\n" in stop.stderr
    assert "allow more of them with --max-api-share" in stop.stderr
    assert set(left) == {"c.csv.part", "c.csv.resume.json"}
    assert [name for name, content in left.items() if TOKEN.encode() in content] == []
    assert more.exit_code == 0
    assert "resumed after 0 records" in more.stderr
    assert len(rows(output)) == 2501
    assert sum(each["method"] == "POST" for each in tight.salesforce.requests()) == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["query", "-o", "c.csv"], 2, "give the query as an argument, or --file"),
        (["query", SOQL], 2, "Missing option '-o'"),
        (["query", "SELECT Id", "-o", "c.csv"], 6, "this is not a SOQL query"),
        (["query", "SELECT Nope FROM Contact", "-o", "c.csv"], 6, "Nope"),
        (["query", "SELECT Nope FROM Contact LIMIT 5", "-o", "c.csv"], 6, "Nope"),
        (["contacts", "-o", "c.csv"], 2, "say since when"),
        (["contacts", "--since", "2026-01-01", "--state", "s", "-o", "c.csv"], 2, "say since when"),
        (["contacts", "--since", "yesterday", "-o", "c.csv"], 2, "'yesterday' is not a moment"),
        (["contacts", "--since", "2026-01-01", "--fields", "Nope", "-o", "c.csv"], 6, "Nope"),
    ],
)
def test_what_can_not_be_done_is_told(
    words: list[str], code: int, sentence: str, sandbox: RunningSandbox, tmp_path: Path
):
    """Its own exit code, a sentence, and nothing left on disk."""
    folder = tmp_path / "out"
    folder.mkdir()

    result = invoke(sandbox, *(folder / word if word == "c.csv" else word for word in words))

    assert result.exit_code == code
    assert sentence in result.stderr
    assert list(folder.iterdir()) == []


def test_changed_contacts_are_exported_and_the_state_moves(sandbox: RunningSandbox, tmp_path: Path):
    """Everything at first; then nothing, for nothing changed; the summary tells the window."""
    words = ("contacts", "--state", tmp_path / "state", "-o", tmp_path / "c.csv", "--json")

    first = json.loads(invoke(sandbox, *words).stdout)
    second = json.loads(invoke(sandbox, *words).stdout)

    assert (first["rows"], first["since"]) == (2500, "the beginning")
    assert (second["rows"], second["deleted"]) == (0, 0)
    assert json.loads((tmp_path / "state").read_text())["watermark"] == second["until"]
    assert rows(tmp_path / "c.csv")[0][:4] == ["Id", "SystemModstamp", "IsDeleted", "FirstName"]


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT FROM Contact", "selects nothing"),
        ("SELECT Id, FROM Contact", "selects nothing"),
        ("SELECT toLabel() FROM Contact", "selects nothing"),
        ("SELECT Id, (SELECT Id) FROM Account", "does not say from what"),
        ("SELECT (SELECT Id FROM) FROM Account", "does not say from what"),
    ],
)
def test_a_slip_in_a_query_is_no_bug_of_ours(soql: str, words: str, sandbox: RunningSandbox, tmp_path: Path):
    """Exit 6 and what is wrong, not "this is a bug"."""
    result = invoke(sandbox, "query", soql, "-o", tmp_path / "c.csv")

    assert (result.exit_code, words in result.stderr) == (6, True), result.stderr


def test_state_and_output_are_two_files(sandbox: RunningSandbox, tmp_path: Path):
    """The state is not written over the contacts that were just exported."""
    result = invoke(sandbox, "contacts", "--state", tmp_path / "c.csv", "-o", tmp_path / "c.csv")

    assert result.exit_code == 2
    assert list(tmp_path.glob("c.csv*")) == []


@pytest.mark.parametrize(("since", "code"), [("2099-01-01", 6), ("0001-01-01", 2), ("9999-12-31T23:00:00-05:00", 2)])
def test_a_moment_that_makes_no_sense_is_refused(since: str, code: int, sandbox: RunningSandbox, tmp_path: Path):
    """In the future (an empty file for good) or out of all calendars: refused, nothing written."""
    result = invoke(sandbox, "contacts", "--since", since, "-o", tmp_path / "c.csv")

    assert result.exit_code == code, result.stderr
    assert list(tmp_path.glob("c.csv*")) == []
