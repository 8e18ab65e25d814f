"""The files of a comparison by the command line: several at once, each with its evidence."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.diff.files import put
from toolkit.cli import cli


def diff(folder: Path, *options: str) -> Result:
    """Compare two small files by the command line."""
    before = put(folder / "before.csv", [["id", "tier"], ["1", "gold"], ["2", "gold"]])
    after = put(folder / "after.csv", [["id", "tier"], ["1", "silver"], ["3", "gold"]])
    return CliRunner().invoke(cli, ["diff", str(before), str(after), "--key", "id", *options])


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    """A CSV, a page and a workbook are written together, and the summary as JSON is on stdout."""
    files = {"-o": tmp_path / "c.csv", "--html": tmp_path / "a" / "c.html", "--xlsx": tmp_path / "b" / "c.xlsx"}
    result = diff(tmp_path, "--json", *(f"{word}" for pair in files.items() for word in pair))
    said = json.loads(result.stdout)

    assert 0 == result.exit_code
    assert [(str(path), 3) for path in files.values()] == [(each["path"], each["rows"]) for each in said["written"]]
    assert (1, []) == (said["changes"][0]["replaced"], said["changes"][0]["top"])
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files.values()}


def test_each_file_has_its_own_evidence(tmp_path: Path) -> None:
    """Wherever a file is put, a descriptor beside it names both inputs, and one changed byte is found."""
    page, book = tmp_path / "a" / "c.html", tmp_path / "b" / "c.xlsx"
    diff(tmp_path, "--html", str(page), "--xlsx", str(book))

    for path in (page, book):
        walked = CliRunner().invoke(cli, ["evidence", str(path)])
        assert 0 == walked.exit_code
        assert all(name in walked.stdout for name in (path.name, "before.csv", "after.csv"))
    book.write_bytes(book.read_bytes()[:-1] + b"\1")
    assert 0 != CliRunner().invoke(cli, ["evidence", str(book)]).exit_code


@pytest.mark.parametrize(("option", "name"), [("--html", "c.htm.txt"), ("--xlsx", "c.xls"), ("--xlsx", "c.csv")])
def test_a_name_that_opens_in_another_program_is_refused(tmp_path: Path, option: str, name: str) -> None:
    """Before anything is compared: what the option writes, and how to call it."""
    result = diff(tmp_path, option, str(tmp_path / name))

    assert (2, True) == (result.exit_code, f"hint: call it changes.{option[2:]}" in result.stderr)
    assert not (tmp_path / name).exists()


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    """Neither is lost in silence."""
    page = str(tmp_path / "c.html")
    result = diff(tmp_path, "-o", page, "--html", page)

    assert (2, True) == (result.exit_code, "would be written twice" in result.stderr)


def test_an_input_is_not_written_over(tmp_path: Path) -> None:
    """The evidence of a file would name what is no longer there."""
    result = diff(tmp_path, "-o", str(tmp_path / "after.csv"))

    assert (2, True) == (result.exit_code, "is an input of this diff" in result.stderr)
    assert "silver" in (tmp_path / "after.csv").read_text()


def test_every_format_for_people_says_on_which_terms(tmp_path: Path) -> None:
    """A column that was left out is named wherever the result is read: it can't be taken for the whole."""
    said, page, notes = "columns left out: tier", tmp_path / "c.html", tmp_path / "c.md"
    text = diff(tmp_path, "--ignore", "tier").stdout
    summary = json.loads(diff(tmp_path, "--ignore", "tier", "--html", str(page), "-o", str(notes), "--json").stdout)

    assert all(said in each for each in (text, page.read_text(), notes.read_text()))
    assert said in summary["terms"]
