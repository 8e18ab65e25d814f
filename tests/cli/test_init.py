"""``sf2front init`` as people call it: what it writes, asks and refuses, and that transform goes on from there."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.documents import parse_yaml
from toolkit.errors import ExitCode
from toolkit.schemas import data_folder

SAMPLES = data_folder("samples")
SCHEMA_LINE = "# yaml-language-server: $schema=mapping.schema.json"
AMBIGUOUS = """\
Contact ID,Case Safe ID,Last Name,Email,Secondary Email,Phone,Email Opt Out,Last Modified
003000000000001AAA,a,Nguyen,ava@a.example.com,ava@x.example.com,01 99 00 00 01,0,03/04/2024
003000000000002AAA,b,O'Brien,liam@b.example.com,liam@x.example.com,01 99 00 00 02,1,04/05/2024
"""


def invoke(*words: object, env: dict[str, str] | None = None) -> Result:
    clean = dict.fromkeys(name for name in os.environ if name.startswith("SF2FRONT_"))
    return CliRunner().invoke(cli, [str(word) for word in words], env=clean | (env or {}))


def test_the_next_command_is_said_and_works(tmp_path: Path):
    """The summary says what became of each column, and ends with the transform to run."""
    mapping = tmp_path / "mapping.yaml"
    begun = invoke("init", SAMPLES / "contacts.csv", "-o", mapping)
    following = begun.stderr.splitlines()[-1].split("sf2front ")[1].replace("import/", str(tmp_path / "import"))

    assert begun.exit_code == 0, begun.stderr
    assert "e-mail        Email, Secondary Email" in begun.stderr
    assert invoke(*following.split()).exit_code == ExitCode.SOME_REJECTED
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mapping.yaml"]


def test_what_inspect_suspects_is_told_here_too(tmp_path: Path):
    """A file without headings and with cells that Excel shortened: nobody has to inspect it to learn that."""
    (tmp_path / "c.csv").write_text("3E+14,ada@b.example\n3E+14,bob@b.example\n")
    begun = invoke("init", tmp_path / "c.csv", "--yes", "-o", tmp_path / "mapping.yaml")

    assert "do headings stand in row 1?" in begun.stderr
    assert "a spreadsheet has shortened cells" in begun.stderr


def test_the_report_of_the_sandbox_works_at_once(tokens: dict[str, str], tmp_path: Path):
    """Export, snapshot, init with Front's fields, transform: both targets take the mapping, with all the fields."""
    report, front, mapping = tmp_path / "contacts.csv", tmp_path / "front.ndjson", tmp_path / "mapping.yaml"
    done = [
        invoke("export", "report", "Contacts for Front", "-o", report, env=tokens),
        invoke("snapshot", "-o", front, env=tokens),
        invoke("init", report, "--fields", front, "-o", mapping, "--json"),
        invoke("transform", report, "--mapping", mapping, "--to", "import", "-o", tmp_path / "import"),
        invoke("transform", report, "--mapping", mapping, "--to", "operations", "-o", tmp_path / "api"),
    ]
    filled = parse_yaml(mapping.read_text(), "mapping.yaml").data["contact"]["custom_fields"]

    assert [each.exit_code for each in done] == [0, 0, 0, 3, 3], [each.stderr for each in done]
    assert json.loads(done[2].stdout)["key"] == "Contact ID"
    assert {name: field["type"] for name, field in filled.items()} == {
        "Account Owner": "teammate",
        "Annual Revenue": "number",
        "Renewal": "datetime",
        "Salesforce ID": "string",
        "Tier": "enum",
    }
    assert len((tmp_path / "api" / "operations.ndjson").read_bytes().splitlines()) > 1_000


def test_a_mapping_that_is_there_is_not_overwritten(tmp_path: Path):
    """Whatever a person wrote stays, unless they say --force."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("mine")
    refused = invoke("init", SAMPLES / "contacts.csv", "-o", mapping)

    assert (refused.exit_code, mapping.read_text()) == (ExitCode.WRONG_SETTINGS, "mine")
    assert "exists already" in refused.stderr
    assert invoke("init", SAMPLES / "contacts.csv", "-o", mapping, "--force").exit_code == 0
    assert mapping.read_text().startswith("# A first mapping for contacts.csv")


def test_a_file_without_a_way_to_reach_anybody_is_refused(tmp_path: Path):
    """Without addresses and numbers there is nothing to map: it says what the file has and what to do."""
    source = tmp_path / "names.csv"
    source.write_text("Contact ID,Name\n003000000000001AAA,Ava\n")
    refused = invoke("init", source, "-o", tmp_path / "mapping.yaml")

    assert refused.exit_code == ExitCode.INPUT_REFUSED
    assert "names.csv has no column with e-mail addresses or phone numbers of contacts" in refused.stderr
    assert "its columns are: Contact ID, Name" in refused.stderr
    assert "hint: a contact of Front needs one of these" in refused.stderr
    assert not (tmp_path / "mapping.yaml").exists()


def test_a_region_that_is_none_is_refused(tmp_path: Path):
    """A country without phone numbers is a typing error."""
    refused = invoke("init", SAMPLES / "contacts.csv", "-o", tmp_path / "mapping.yaml", "--region", "XX")

    assert (refused.exit_code, "'XX' is no country" in refused.stderr) == (ExitCode.WRONG_SETTINGS, True)


def test_fields_must_be_a_snapshot(tmp_path: Path):
    """Any other file is refused, and the hint says how to take a snapshot."""
    other = tmp_path / "other.ndjson"
    other.write_text('{"a": 1}\n')
    refused = invoke("init", SAMPLES / "contacts.csv", "-o", tmp_path / "mapping.yaml", "--fields", other)

    assert (refused.exit_code, "sf2front snapshot" in refused.stderr) == (ExitCode.INPUT_REFUSED, True)


def test_editors_find_the_schema_beside_the_mapping(tmp_path: Path):
    """--schema puts it there; the first line names it, now and as long as it is there."""
    mapping, schema = tmp_path / "a.yaml", tmp_path / "mapping.schema.json"
    invoke("init", SAMPLES / "contacts.csv", "-o", mapping)
    without = mapping.read_text().splitlines()[0]
    invoke("init", SAMPLES / "contacts.csv", "-o", mapping, "--force", "--schema")
    invoke("init", SAMPLES / "contacts.csv", "-o", tmp_path / "b.yaml")

    assert without != SCHEMA_LINE
    assert [path.read_text().splitlines()[0] for path in (mapping, tmp_path / "b.yaml")] == [SCHEMA_LINE] * 2
    assert schema.read_bytes() == (data_folder("schemas") / "mapping.schema.json").read_bytes()


class Terminal:
    """The command on a terminal of its own; ``answer`` waits for a question before it types."""

    def __init__(self, *words: object) -> None:
        self._screen, inside = pty.openpty()
        command = [sys.executable, "-m", "toolkit", *map(str, words)]
        self._process = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside)
        os.close(inside)
        self.shown = ""

    def _read(self) -> bool:
        assert select.select([self._screen], [], [], 60)[0], f"nothing more is shown: {self.shown}"
        try:
            piece = os.read(self._screen, 4096)
        except OSError:  # how Linux tells that the other end has closed
            return False
        self.shown += piece.decode()
        return bool(piece)

    def answer(self, question: str, text: str) -> None:
        while question not in self.shown:
            assert self._read(), self.shown
        self.shown = self.shown.partition(question)[2]
        os.write(self._screen, f"{text}\n".encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._screen)
        return self._process.wait()


@pytest.fixture
def ambiguous(tmp_path: Path) -> Path:
    """A file that leaves every choice open."""
    source = tmp_path / "contacts.csv"
    source.write_text(AMBIGUOUS)
    return source


def test_on_a_terminal_it_asks(ambiguous: Path, tmp_path: Path):
    """Each open choice is a question with a default; a wrong answer is asked again; the mapping has the answers."""
    mapping = tmp_path / "mapping.yaml"
    terminal = Terminal("init", ambiguous, "-o", mapping)
    terminal.answer("Which column names a row?", "2")
    terminal.answer("phone numbers without a country code [US]:", "xx")
    terminal.answer("'xx' is no country", "fr")
    terminal.answer("How are dates written?", "2")
    terminal.answer("Which e-mail address comes first?", "2")
    terminal.answer("Leave out people who opted out (Email Opt Out)? [Y/n]:", "n")
    terminal.answer('A contact list for all ("-" for none) [Salesforce]:', "-")

    assert terminal.end() == 0, terminal.shown
    found = parse_yaml(mapping.read_text(), "mapping.yaml").data
    assert found["source"] == {"key": "Case Safe ID", "dates": "MM/DD/YYYY"}
    assert found["contact"]["handles"] == [
        {"source": "email", "from": ["Secondary Email", "Email"]},
        {"source": "phone", "from": "Phone", "region": "FR"},
    ]
    assert "lists" not in found["contact"]


def test_on_a_terminal_an_empty_answer_takes_what_is_proposed(ambiguous: Path, tmp_path: Path):
    """Six times Enter says what --yes says; but what a person has seen is no guess, and has no comment."""
    asked, unasked = tmp_path / "asked.yaml", tmp_path / "unasked.yaml"
    terminal = Terminal("init", ambiguous, "-o", asked)
    for question in ("names a row", "[US]", "dates written", "comes first", "[Y/n]", "[Salesforce]"):
        terminal.answer(question, "")
    quiet = Terminal("init", ambiguous, "-o", unasked, "--yes")

    assert (terminal.end(), quiet.end()) == (0, 0)
    data = [parse_yaml(path.read_text(), path.name).data for path in (asked, unasked)]
    assert data[0] == data[1]
    assert [path.read_text().count("or DD/MM/YYYY: every date of the file fits both") for path in (asked, unasked)] == [
        0,
        1,
    ]


def test_ctrl_d_at_a_question_writes_nothing(ambiguous: Path, tmp_path: Path):
    """Who leaves a question unanswered has interrupted the command."""
    terminal = Terminal("init", ambiguous, "-o", tmp_path / "mapping.yaml")
    terminal.answer("names a row", "\4")

    assert (terminal.end(), (tmp_path / "mapping.yaml").exists()) == (ExitCode.INTERRUPTED, False)
