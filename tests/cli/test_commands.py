"""The commands as people call them: output, errors, exit codes, secrets."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import COMMANDS, cli
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.schemas import data_folder

SAMPLES = data_folder("samples")
MAPPING = str(SAMPLES / "mapping.yaml")


def invoke(*words: object, env: dict[str, str] | None = None) -> Result:
    clean = dict.fromkeys(name for name in os.environ if name.startswith("SF2FRONT_"))
    return CliRunner().invoke(cli, [str(word) for word in words], env=clean | (env or {}))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("command", [[name] for name in COMMANDS] + [["export", "report"]])
def test_every_command_has_help_with_an_example(command: list[str]):
    """--help says what it does and shows a line to type."""
    result = invoke(*command, "--help")

    assert result.exit_code == 0
    if command != ["export"]:
        assert f"  sf2front {' '.join(command)}" in result.stdout


def test_the_overview_loads_no_heavy_library():
    """sf2front --help imports neither polars nor httpx, nor any stage."""
    code = "import sys; from toolkit.cli import cli; cli(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not re.findall(r"'(polars|httpx|jsonschema|toolkit\.contacts)'", result.stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_works(shell: str):
    """Each shell gets its script; names are completed without importing the commands."""
    script = subprocess.run(
        [Path(sys.executable).with_name("sf2front")],
        env=os.environ | {"_SF2FRONT_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    words = {"COMP_WORDS": "sf2front re", "COMP_CWORD": "1", "_SF2FRONT_COMPLETE": "bash_complete"}
    names = subprocess.run(
        [Path(sys.executable).with_name("sf2front")], env=os.environ | words, capture_output=True, text=True, check=True
    )

    assert "_SF2FRONT_COMPLETE" in script.stdout
    assert names.stdout.split() == ["plain,replay"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a sandbox with a few hundred contacts."""
    config = tmp_path / "small.yaml"
    config.write_text("front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 300}\n")
    with running(SandboxSettings(config=config)) as sandbox:
        tokens = {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}
        yield tokens | {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_SALESFORCE_URL": sandbox.url}


def test_the_whole_way(small: dict[str, str], tmp_path: Path):
    """Export, transform, snapshot, plan, replay, verify, diff, evidence: each with the files of the one before."""
    folder = tmp_path / "work"
    contacts, plan = folder / "contacts.csv", folder / "plan.ndjson"
    before, after = folder / "before.ndjson", folder / "after.ndjson"
    operations = folder / "api" / "operations.ndjson"
    done = [
        invoke(*map(str, words), "--json", env=small)
        for words in (
            ("export", "report", "Contacts for Front", "-o", contacts),
            ("transform", contacts, "--mapping", MAPPING, "--to", "operations", "-o", folder / "api"),
            ("snapshot", "--accounts", "-o", before, "--share", 1),
            ("plan", operations, "--against", before, "-o", plan),
            ("replay", plan, "--dry-run"),
            ("replay", plan, "--share", 1),
            ("snapshot", "--accounts", "-o", after, "--share", 1),
            ("verify", plan, "--against", after),
            ("verify", operations, "--against", after),
            ("diff", before, after, "--key", "id"),
            ("validate", operations),
            ("validate", folder / "plan.results.ndjson"),
            ("evidence", plan),
        )
    ]

    assert [each.exit_code for each in done] == [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [each.stderr for each in done]
    summaries = [json.loads(each.stdout) for each in done]
    exported, transformed, planned, replayed = (summaries[index] for index in (0, 1, 3, 5))
    assert exported["rows"] == 300
    assert transformed["rows_in"] == transformed["accepted"] + transformed["rejected"] + transformed["merged"]
    assert planned["upserts"] == transformed["accepted"] == planned["requests_by"]["contact.create"]
    assert (replayed["done"], replayed["refused"]) == (planned["requests"], 0)
    assert (summaries[7]["different"], summaries[8]["different"], summaries[12]["intact"]) == (0, 0, True)


def test_the_token_is_in_no_file_and_no_message(sandbox: RunningSandbox, tokens: dict[str, str], tmp_path: Path):
    """Every artefact of a run, the checkpoint and the descriptors included, and every message is free of the tokens."""
    config = tmp_path / "secret.yaml"
    config.write_text("front: {token: s3cret-front}\nsalesforce: {session: 's3cret-salesforce', contacts: 20}\n")
    log = tmp_path / "work" / "requests.ndjson"
    words = [sys.executable, "-m", "toolkit", "sandbox", "--config", config, "--log", log]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(4)]  # type: ignore[union-attr]
        env = dict(line.removeprefix("export ").strip().replace("'", "").split("=", 1) for line in lines)
        said = work_through(tmp_path / "work", env)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)

    assert "s3cret" in env["SF2FRONT_FRONT_TOKEN"]
    assert len(list((tmp_path / "work").rglob("*"))) > 20
    assert [path for path in (tmp_path / "work").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()] == []
    assert "s3cret" not in said
    assert {"GET", "POST"} <= {json.loads(line)["method"] for line in log.read_text().splitlines()}


def work_through(folder: Path, env: dict[str, str]) -> str:
    """Run the stages, one of them refused, and give everything that was said."""
    words = (
        ("export", "report", "Contacts for Front", "-o", folder / "contacts.csv"),
        ("export", "query", "SELECT Id, Name FROM Contact", "-o", folder / "query.csv"),
        ("export", "contacts", "--state", folder / "contacts.state", "-o", folder / "changed.csv"),
        ("export", "report", "Contacts for Front", "--via", "ui-csv", "-o", folder / "ui.csv"),
        ("transform", folder / "contacts.csv", "--mapping", MAPPING, "--to", "operations", "-o", folder / "api"),
        ("snapshot", "--accounts", "-o", folder / "front.ndjson"),
        ("plan", folder / "api/operations.ndjson", "--against", folder / "front.ndjson", "-o", folder / "plan.ndjson"),
        ("replay", folder / "plan.ndjson", "--share", 1),
        ("replay", folder / "api/operations.ndjson", "--share", 1),
        ("export", "report", "No such report", "--debug"),
    )
    results = [invoke(*each, env=env) for each in words]
    refused = invoke("snapshot", "--debug", env=env | {"SF2FRONT_FRONT_TOKEN": "s3cret-wrong"})
    assert [each.exit_code for each in [*results, refused]] == [0, 0, 0, 0, 3, 0, 0, 0, 0, 6, 4], "".join(
        each.stderr for each in results
    )
    return "".join(each.output for each in [*results, refused])


def test_a_wrong_token_is_one_message(tokens: dict[str, str], tmp_path: Path):
    """Exit 4, what to check, and no file."""
    result = invoke("snapshot", "-o", tmp_path / "s.ndjson", env=tokens | {"SF2FRONT_FRONT_TOKEN": "wrong"})

    assert result.exit_code == 4
    assert result.stderr.splitlines()[0].startswith("error: Front answered 401")
    assert result.stderr.splitlines()[1].startswith("hint: check the API token")
    assert files(tmp_path) == {"sandbox.yaml"}


def transform(source: Path, mapping: Path | str, output: Path) -> Result:
    return invoke("transform", source, "--mapping", mapping, "--to", "import", "-o", output)


def test_a_missing_column_is_one_message(tmp_path: Path):
    """Exit 6, the place in the mapping, and no file."""
    source = tmp_path / "c.csv"
    source.write_text("Contact ID,First Name,E-Mail\n1,Ada,ada@example.com\n")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "version: 1\nsource: {key: Contact ID}\ncontact:\n  name: '{First Name}'\n"
        "  handles: [{source: email, from: [Email]}]\n"
    )
    result = transform(source, mapping, tmp_path / "out")

    assert result.exit_code == 6
    assert re.search(r"m\.yaml:5:\d+ /contact/handles/0/from/0: .*'Email'.*E-Mail", result.stderr.replace("\n", " "))
    assert files(tmp_path) == {"c.csv", "m.yaml"}


def test_a_broken_mapping_line_is_one_message(tmp_path: Path):
    """Exit 2, with the line of the mapping."""
    mapping = tmp_path / "m.yaml"
    mapping.write_text("version: 1\nsource:\n  key: [Contact ID\ncontact: {}\n")
    result = transform(SAMPLES / "contacts.csv", mapping, tmp_path / "out")

    assert result.exit_code == 2
    assert "m.yaml:4:" in result.stderr
    assert files(tmp_path) == {"m.yaml"}


def test_a_truncated_csv_is_one_message(tmp_path: Path):
    """Exit 6, with the line where it breaks off, and no file."""
    source = tmp_path / "c.csv"
    whole = (SAMPLES / "contacts.csv").read_bytes()
    source.write_bytes(whole[: whole.index(b"\n", len(whole) // 2) - 40])
    result = transform(source, MAPPING, tmp_path / "out")

    assert result.exit_code == 6
    assert re.search(r"c\.csv:\d+", result.stderr)
    assert files(tmp_path) == {"c.csv"}


def test_a_full_disk_is_one_message(tmp_path: Path):
    """Exit 5, the file that couldn't be written, and nothing half-written; the older files stand."""
    output = tmp_path / "out"
    assert transform(SAMPLES / "contacts.csv", MAPPING, output).exit_code == 3
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    words = ["sf2front", "transform", str(SAMPLES / "contacts.csv"), "--mapping", MAPPING, "--to", "import"]
    limited = (
        "import resource, signal, sys",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))",
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        f"sys.argv = {[*words, '-o', str(output)]!r}",
        "from toolkit.__main__ import main; main()",
    )
    command = [sys.executable, "-c", "\n".join(limited)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 5, result.stderr
    assert "could not be written: File too large" in result.stderr
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


def test_ctrl_c_is_130_and_says_how_to_go_on(sandbox: RunningSandbox, tokens: dict[str, str], tmp_path: Path):
    """The checkpoint is kept, and the command to go on is printed."""
    operations = tmp_path / "operations.ndjson"
    lines = [
        {"key": str(n), "op": "contact.create", "body": {"handles": [{"source": "email", "handle": f"p{n}@x.example"}]}}
        for n in range(3000)
    ]
    operations.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = [Path(sys.executable).with_name("sf2front"), "replay", operations, "--share", "1"]
    with subprocess.Popen(command, env=os.environ | tokens, stderr=subprocess.PIPE, text=True) as process:
        while sandbox.store.request_count() < 20:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()

    assert process.returncode == 130
    assert f"to go on: sf2front replay {operations} --share 1" in said


def test_a_bug_is_exit_1_without_a_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What we did not foresee says that it is our fault, and how to report it."""
    (tmp_path / "a").write_text("x")
    monkeypatch.setattr("toolkit.evidence.walk.own_package", lambda _: 1 / 0)

    plain, debug = invoke("evidence", tmp_path / "a"), invoke("evidence", tmp_path / "a", "--debug")

    assert (plain.exit_code, debug.exit_code) == (1, 1)
    assert "this is a bug in sf2front: ZeroDivisionError" in plain.stderr
    assert ("Traceback" in plain.stderr, "Traceback" in debug.stderr) == (False, True)


def test_a_changed_byte_breaks_the_chain(tmp_path: Path):
    """evidence names the file that is not what it was, and ends with 6."""
    transform(SAMPLES / "contacts.csv", MAPPING, tmp_path / "out")
    made = next((tmp_path / "out").glob("front-import-*.csv"))
    intact = invoke("evidence", made)
    content = bytearray(made.read_bytes())
    content[len(content) // 2] ^= 1
    made.write_bytes(content)
    broken = invoke("evidence", made)

    assert (intact.exit_code, broken.exit_code) == (0, 6)
    assert re.search(rf"{made.name}\s+changed", broken.stdout)


def test_an_input_is_never_written_over(tmp_path: Path):
    """Mended rejects transformed into their own folder, a plan onto its operations: refused, all files as they were."""
    transform(SAMPLES / "contacts.csv", MAPPING, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    result = transform(tmp_path / "out" / "rejects.csv", MAPPING, tmp_path / "out")

    assert (result.exit_code, "would be written over" in result.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_another_target_needs_another_folder(tmp_path: Path):
    """The rejects of one target are not overwritten by the other's."""
    transform(SAMPLES / "contacts.csv", MAPPING, tmp_path / "out")
    words = ("transform", SAMPLES / "contacts.csv", "--mapping", MAPPING, "--to", "operations", "-o", tmp_path / "out")

    assert invoke(*words).exit_code == 2


def test_a_plan_is_for_its_company(tokens: dict[str, str], tmp_path: Path):
    """replay reads from the plan's descriptor which company it was made for, and refuses another."""
    snapshot = [{"resource": "snapshot", "version": 1, "company": "cmp_other", "name": "Other", "accounts": False}]
    (tmp_path / "front.ndjson").write_text("".join(json.dumps(line) + "\n" for line in snapshot))
    upsert = {"key": "1", "op": "contact.upsert", "body": {"handles": [{"source": "email", "handle": "a@b.example"}]}}
    (tmp_path / "operations.ndjson").write_text(json.dumps(upsert) + "\n")
    plan = tmp_path / "plan.ndjson"
    invoke("plan", tmp_path / "operations.ndjson", "--against", tmp_path / "front.ndjson", "-o", plan)
    result = invoke("replay", plan, env=tokens)

    assert result.exit_code == 6
    assert "was planned for the company cmp_other, the token is for cmp_sandbox" in result.stderr


def test_colour_is_left_out_when_not_wanted(tmp_path: Path):
    """NO_COLOR is honoured even where colour is forced by a terminal."""
    result = CliRunner().invoke(cli, ["evidence", str(tmp_path)], color=True, env={"NO_COLOR": "1"})

    assert result.stderr.startswith("error: nothing beside")


def test_the_page_takes_no_other_files_place(tmp_path: Path):
    """--report refuses the name of a file of the stage, and of an input: nothing is lost under the page."""
    command = ["transform", "samples/contacts.csv", "--mapping", "samples/mapping.yaml", "--to", "operations"]
    for name in ("rejects.csv", "operations.ndjson"):
        result = CliRunner().invoke(cli, [*command, "-o", str(tmp_path), "--report", str(tmp_path / name)])
        assert (2, "") == (result.exit_code, result.stdout)
        assert "is not called so" in result.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_mistyped_command_is_guessed():
    """The nearest name stands behind the error."""
    result = invoke("dif")

    assert (result.exit_code, "Did you mean 'diff'?" in result.stderr) == (2, True)


@pytest.mark.parametrize("share", ["50", "50%", "0"])
def test_a_share_is_told_how_to_write_it(share: str, tmp_path: Path):
    """Whole percents are what people try first."""
    result = invoke("plan", MAPPING, "--against", MAPPING, "--share", share)

    assert (result.exit_code, "write 0.5 for half" in result.stderr) == (2, True)


def test_a_folder_without_runs_says_so(tmp_path: Path):
    """A slip in its name is not taken for a sync that never ran."""
    result = invoke("runs", tmp_path / "rnus")

    assert (result.exit_code, result.stdout, "no runs in" in result.stderr) == (0, "", True)


def test_a_mapping_given_to_sync_is_told_in_words(tmp_path: Path):
    """Which keys it has no place for; the data itself is not printed."""
    result = invoke("sync", MAPPING)

    assert (result.exit_code, "has no place for 'contact'" in result.stderr) == (2, True)
    assert "may have at most 1 of its keys" in result.stderr
    assert "{'" not in result.stderr


def test_an_address_without_its_scheme_is_told_where_it_stands(tmp_path: Path):
    """The variable is named, since no option was given."""
    env = {"SF2FRONT_FRONT_URL": "127.0.0.1:8765", "SF2FRONT_FRONT_TOKEN": "sandbox"}
    result = invoke("snapshot", "-o", tmp_path / "front.ndjson", env=env)

    assert (result.exit_code, "SF2FRONT_" in result.stderr) == (2, True)
