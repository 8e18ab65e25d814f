"""``sf2front inspect`` as people call it: what it prints, what it gives programs, what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.documents import parse_yaml
from toolkit.errors import ExitCode, InputRefused
from toolkit.inspect.advice import of_column
from toolkit.inspect.result import InspectResult
from toolkit.inspect.show import as_text, share
from toolkit.inspect.stage import InspectSettings, run
from toolkit.schemas import data_folder, problems
from toolkit.tables import CsvOptions, read_csv

GERMAN = (
    '"Kontakte, aktiv";;;;\r\n"As of 26.07.2026";;;;\r\n;;;;\r\n'
    "Kontakt-ID;Name;Name;Umsatz;Termin\r\n"
    "003A0000000abcD;Anna;Groß;1.234,50;26.07.2026 09:30\r\n"
    ";;;;\r\n"
    '003A0000000abcE;"Bert\nB.";Müller;12,5;05.06.2026 10:30\r\n'
    '"Grand Totals (3 records)";;;;\r\n'
)


TITLE = "Kontakte, aktiv / As of 26.07.2026"
CHECK = "it is not UTF-8; check a name with accents, or name another with --encoding"


def inspected(folder: Path, content: bytes | str, options: CsvOptions | None = None) -> InspectResult:
    path = folder / "contacts.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return run(InspectSettings(path, options or CsvOptions()))


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, ["inspect", *map(str, words)])


def test_a_german_report_is_told_whole(tmp_path: Path) -> None:
    """Every fact about a formatted, semicolon-delimited cp1252 file, as a person reads it."""
    result = inspected(tmp_path, GERMAN.encode("cp1252"))

    assert as_text(result).splitlines() == [
        "contacts.csv",
        f"  encoding         Windows-1252 (cp1252): a guess, {CHECK}",
        "  byte order mark  none",
        "  delimiter        semicolon",
        "  line ends        CRLF; quoted cells hold line ends too",
        "  table            3 rows, 5 columns; the headings are row 4",
        "  settled          not UTF-8: read as cp1252; check a name with accents in it",
        f"  settled          line 1: a report's title was passed over, so the headings are row 4: {TITLE}",
        "  settled          line 4: another column 'Name' is called 'Name (2)'",
        "  settled          line 9: the report's footer was cut, 1 line: Grand Totals (3 records)",
        "  settled          blank rows inside the table stay, and transform rejects them as missing-key: row 6",
        "",
        "column      kind           filled  distinct  examples",
        "Kontakt-ID  Salesforce Id  67 %    2         003A0000000abcD | 003A0000000abcE",
        "    Contact (003), 15 characters, transform writes all with 18",
        "Name        text           67 %    2         Anna | Bert B.",
        "Name (2)    text           67 %    2         Groß | Müller",
        "Umsatz      number         67 %    2         1.234,50 | 12,5",
        '    decimal "," with thousands "."',
        "    in a mapping: {from: Umsatz, type: number}",
        "Termin      date and time  67 %    2         26.07.2026 09:30 | 05.06.2026 10:30",
        "    written as DD.MM.YYYY",
        "    in a mapping: {from: Termin, type: datetime}",
        "",
        "what a mapping would say of this file:",
        "  source:",
        '    key: "Kontakt-ID"  # blank in 1 of 3 rows, which are rejected',
        "    dates: DD.MM.YYYY",
        '    numbers: {decimal: ",", thousands: "."}',
    ]


@pytest.mark.parametrize("sample", ["contacts.csv", "contacts-excel.csv"])
def test_what_is_proposed_for_the_samples_is_a_mapping(sample: str) -> None:
    """The source section and the lines of the columns, put together, are valid under the mapping's schema."""
    result = run(InspectSettings(data_folder("samples") / sample))
    said = [of_column(each, result.columns).partition("  #")[0] for each in result.columns]
    contact: dict[str, Any] = {"name": "x", "handles": [], "lists": [], "custom_fields": {}}
    for number, line in enumerate(said):
        found = parse_yaml(line, "line").data or {}
        for part in ("handles", "lists"):
            contact[part] += found.get(part, [])
        if "type" in found:
            contact["custom_fields"][str(number)] = found
    source = parse_yaml("\n".join(result.source_section), "source").data["source"]

    assert ("Contact ID", [5, 1, 5]) == (source["key"], [len(contact[part]) for part in list(contact)[1:]])
    assert problems({"version": 1, "source": source, "contact": contact}, "mapping") == []


@pytest.mark.parametrize(
    ("content", "named", "expected"),
    [
        (b"a,b\n1,2\n", None, ("UTF-8", "certain", "")),
        ("a,b\né,2\n".encode(), None, ("UTF-8", "certain", "")),
        ("a,b\né,2\n".encode("utf-8-sig"), None, ("UTF-8", "certain", "UTF-8")),
        ("\ufeffa,b\né,2\n".encode("utf-16-be"), None, ("UTF-16 BE", "certain", "UTF-16 BE")),
        ("a,b\né,2\n".encode("utf-16-le"), None, ("UTF-16 LE", "likely", "")),
        ("a,b\né,2\n".encode("cp1252"), None, ("Windows-1252 (cp1252)", "a guess", "")),
        ("a,b\né,2\n".encode("cp1252"), "latin-1", ("Latin-1 (ISO-8859-1)", "as named", "")),
        ("名前,会社\n東京,大阪\n".encode("cp932"), None, ("Shift_JIS (cp932)", "likely", "")),
    ],
)
def test_how_sure_the_encoding_is(
    tmp_path: Path, content: bytes, named: str | None, expected: tuple[str, str, str]
) -> None:
    """What is known, what is likely, what is a guess, and what the person said."""
    form = inspected(tmp_path, content, CsvOptions(named)).form

    assert expected == (form.encoding, form.sureness, form.byte_order_mark)


def test_json_is_one_object_with_everything(tmp_path: Path) -> None:
    """--json gives the facts to a program: notes with their codes, columns with their kinds."""
    path = tmp_path / "g.csv"
    path.write_bytes(GERMAN.encode())
    result = invoke(path, "--json")
    data = json.loads(result.stdout)

    assert (ExitCode.DONE, "", 1) == (result.exit_code, result.stderr, result.stdout.count("\n"))
    assert ["preamble", "heading", "footer", "blank-rows-inside"] == [each["code"] for each in data["notes"]]
    assert ["Salesforce Id", "text", "text", "number", "date and time"] == [each["kind"] for each in data["columns"]]
    assert {"heading_row": 4, "rows": 3, "delimiter": ";", "encoding": "UTF-8"}.items() <= data.items()
    assert {"filled": 2, "filled_share": 0.6667, "dates": ["DD.MM.YYYY"]}.items() <= data["columns"][4].items()


def test_the_text_goes_to_stdout(tmp_path: Path) -> None:
    """It can be piped, and holds no colours."""
    path = tmp_path / "a.csv"
    path.write_text("Name,E-Mail\nAnn,ann@example.com\n")
    result = invoke(path, "--delimiter", ",", "--encoding", "utf-8")

    assert ("a.csv\n  encoding         UTF-8: as named", False) == (result.stdout[:40], "\x1b" in result.stdout)


@pytest.mark.parametrize("content", ["a,b\n1\n2,3,4\n", "a,,c\n1,2,3\n", 'a,b\n1,"2\n', "a,b\n\0,2\n", ""])
def test_what_can_not_be_read_is_refused_like_everywhere(tmp_path: Path, content: str) -> None:
    """Ragged rows, missing headings and damage: the reader's own message with its lines, and exit code 6."""
    path = tmp_path / "a.csv"
    path.write_text(content)
    result = invoke(path)
    with pytest.raises(InputRefused) as expected:
        read_csv(path)

    said = [expected.value.sentence, *(problem.sentence for problem in expected.value.problems)]
    assert (ExitCode.INPUT_REFUSED, "") == (result.exit_code, result.stdout)
    assert [] == [each for each in said if each not in result.stderr]


def test_a_file_without_headings_is_noticed(tmp_path: Path) -> None:
    """A first row of values is read as headings, so the person is asked."""
    notes = inspected(tmp_path, "003000000000001AAA,ann@example.com\n003000000000002AAA,bob@example.com\n").notes

    assert ["headings-like-values"] == [note.code for note in notes]


def test_cells_that_a_spreadsheet_has_shortened_are_noticed(tmp_path: Path) -> None:
    """A long number in E notation, a date in a narrow column; an order number with an E is none."""
    notes = inspected(tmp_path, "Id,Due,Order,Mail\n3E+14,########,12E14,a@b.example\n").notes

    assert ["shortened"] == [note.code for note in notes]
    assert notes[0].sentence.endswith("Id (3E+14), Due (########)")


def test_a_file_of_headings_alone(tmp_path: Path) -> None:
    """No rows: every column is blank, and no share is made up."""
    result = inspected(tmp_path, "a,b\n")

    assert (["blank", "blank"], 0) == ([each.kind for each in result.columns], result.rows)
    assert "a       blank  0 %" in as_text(result)


def test_a_hostile_heading_does_not_reach_the_terminal(tmp_path: Path) -> None:
    """Headings and notes are made harmless like cells."""
    shown = as_text(inspected(tmp_path, "\x1b[2Ja,\x1b[2Ja\n1,2\n"))

    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("filled", "shown"), [(0, "0 %"), (1, "< 1 %"), (500, "50 %"), (999, "> 99 %"), (1000, "100 %")]
)
def test_shares_say_all_and_none_only_when_it_is_so(filled: int, shown: str) -> None:
    """A column with one blank in a thousand is not full."""
    assert shown == share(filled, 1000)
