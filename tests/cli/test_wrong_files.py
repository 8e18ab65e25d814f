"""A file where another is wanted: what it is, and what would make the one that is meant."""

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli

SNAPSHOT = '{"accounts":false,"company":"cmp_1","name":"Acme","resource":"snapshot","version":1}\n'


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)])


def test_a_csv_where_operations_are_wanted_leads_to_transform(tmp_path: Path):
    """The first thing an admin does wrong."""
    (tmp_path / "contacts.csv").write_text("Contact ID,Email\n1,a@b.example\n")
    (tmp_path / "front.ndjson").write_text(SNAPSHOT)
    result = run("plan", tmp_path / "contacts.csv", "--against", tmp_path / "front.ndjson", "-o", tmp_path / "p.ndjson")

    assert (6, True) == (result.exit_code, "sf2front transform makes operations" in result.stderr)


@pytest.mark.parametrize(
    ("operations", "snapshot", "said"),
    [
        ('{"name":"Ada"}\n', SNAPSHOT, "are these bare payloads?"),
        ('{"key":"1","line":1,"op":"contact.update","state":"done"}\n', SNAPSHOT, "these are results of a replay"),
        ("", '{"key":"1","op":"contact.upsert"}\n', "were the two files swapped?"),
    ],
)
def test_what_was_meant_is_guessed(operations: str, snapshot: str, said: str, tmp_path: Path):
    """Bare payloads, results, and the two files of a command in the wrong order."""
    (tmp_path / "a.ndjson").write_text(operations)
    (tmp_path / "b.ndjson").write_text(snapshot)
    result = run("plan", tmp_path / "a.ndjson", "--against", tmp_path / "b.ndjson", "-o", tmp_path / "p.ndjson")

    assert (6, True) == (result.exit_code, said in result.stderr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SNAPSHOT, "is a snapshot of Front"),
        ('{"differences":["x"],"key":"1","line":1,"op":"contact.update"}\n', "tells people what was found"),
        ('{"name":"Ada"}\n', "name one with --as: account-create"),
    ],
)
def test_what_has_no_schema_is_said_to_have_none(content: str, said: str, tmp_path: Path):
    """Files of our own for people are not called invalid; what can be named is listed."""
    (tmp_path / "a.ndjson").write_text(content)
    result = run("validate", tmp_path / "a.ndjson")

    assert (2, True) == (result.exit_code, said in result.stderr)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EACCES, "make that one writable"), (errno.ENOSPC, "make room or choose another place")]
)
def test_a_place_that_is_not_writable_is_no_full_disk(
    number: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """To make room would not help. The error is made up, since root may write anywhere."""

    def mkstemp(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(number, os.strerror(number))

    (tmp_path / "front.ndjson").write_text(SNAPSHOT)
    (tmp_path / "operations.ndjson").write_text("")
    monkeypatch.setattr("toolkit.files.tempfile.mkstemp", mkstemp)
    result = run("plan", tmp_path / "operations.ndjson", "--against", tmp_path / "front.ndjson", "-o", "plan.ndjson")

    assert (5, True) == (result.exit_code, said in result.stderr)
