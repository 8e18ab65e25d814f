"""CSV files made to break a reader: each ends in the cells that Python's csv reads, or in a clear refusal.

A mapping whose ``where`` is false puts every row into rejects.csv as it was, so the cells can be compared there.
"""

import csv
import io
import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from toolkit.cli import cli
from toolkit.contacts.transform import Target, TransformResult, TransformSettings, run
from toolkit.errors import ExitCode, InputRefused
from toolkit.files import Outputs
from toolkit.tables import CsvOptions

PASSING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles: [{source: email, from: Email}]
"""
REJECTING = PASSING.replace("{key: Id}", '{key: Id, where: "FALSE"}')
H = "Id,Name,Email\n"
csv.field_size_limit(sys.maxsize)
TARGETS = (Target.IMPORT, Target.OPERATIONS)
BOTH = pytest.mark.parametrize("target", TARGETS)


def transform(folder: Path, content: bytes, mapping: str, target: Target) -> TransformResult:
    (folder / "report.csv").write_bytes(content)
    (folder / "mapping.yaml").write_text(mapping)
    chosen = TransformSettings(folder / "report.csv", folder / "mapping.yaml", folder / "out", target, CsvOptions())
    with Outputs() as outputs:
        result = run(chosen, outputs)
        outputs.commit()
    return result


def table(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def rejected(folder: Path) -> list[list[str]]:
    """Give the headings and cells of the rows in rejects.csv as they were, without the columns that say why."""
    rows = table((folder / "out/rejects.csv").read_bytes().decode())
    return [[re.sub(r"^'(?='*[=+\-@\t\r\n])", "", cell) for cell in row[:-3]] for row in rows]


READ = {
    "quotes doubled": H + '1,"say ""hi"" ""","a@example.com"\n',
    "cells of quotes": H + '1,"""","a"""""\n"""""","""",""\n',
    "a million quotes": H + f'1,"{2_000_000 * chr(34)}",a\n',
    "line ends in cells": H + '1,"a\nb\r\nc\rd\n\r\n\n","\n"\n2,"\r","\r\n"\n',
    "records in cells": H + '1,"2,b,c\n3,d,e\n",x\n',
    "rows end in CRLF": 'Id,Name,Email\r\n1,"a\nb",x\r\n2,c,d\r\n',
    "rows end in CR": 'Id,Name,Email\r1,"a\rb\nc",x\r2,c,d\r',
    "rows end in both": 'Id,Name,Email\r\n1,"a",x\n2,c,d\r\n',
    "no end of the last row": H + '1,a,"b"',
    "Unicode line separators": H + "1,a\u2028b\u2029c\x85d\x0be\x0cf,\x1c\x1d\x1e\n",
    "emoji and combining marks": H + "1,👩‍👩‍👧‍👦 Zoe\u0301 ﷽,🇩🇪\n",
    "invisible characters": H + "1,\ufeff\u200b\u202e,\ufeff\n",
    "blanks": H + '1,  a  ," b "\n2, ,\t\n',
    "signs that mean nothing": H + "1,NA,null\n#,\\,\\n\n2,a\\,b\n",
    "blank lines between": H + "1,a,b\n\n,,\n2,c,d\n",
    "one column of many": "Id,Name,Email,x\n1,a,b,\n2,c,d,e\n",
    "another delimiter in cells": H + "1,a;b\tc|d,e;f\n",
    "headings in quotes": '"Id","Name","Email","a\nb","say ""x"""\n1,a,b,c,d\n',
}
READ_AS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


def as_python_reads(text: str, delimiter: str = ",") -> list[list[str]]:
    headings, *rows = table(text, delimiter)
    return [headings, *(row or [""] * len(headings) for row in rows)]


@pytest.mark.parametrize("name", READ)
def test_cells_are_those_that_python_reads(tmp_path: Path, name: str):
    """However a table is written, its cells come through as they stand, for either target."""
    for target in TARGETS:
        transform(tmp_path, READ[name].encode(), REJECTING, target)
        assert as_python_reads(READ[name]) == rejected(tmp_path)


@pytest.mark.parametrize("encoding", READ_AS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_delimiter_in_every_unicode_form(tmp_path: Path, delimiter: str, encoding: str):
    """Delimiter, encoding and byte order mark are found out, also behind Excel's sep= line."""
    text = f'Id{delimiter}Name{delimiter}Email\r\n1{delimiter}"a{delimiter}\n😀"{delimiter}é\r\n'
    for said in ("", f"sep={delimiter}\r\n"):
        transform(tmp_path, (said + text).encode(encoding), REJECTING, Target.OPERATIONS)
        assert as_python_reads(text, delimiter) == rejected(tmp_path)


@BOTH
def test_formulas_are_data_for_front_and_harmless_for_people(tmp_path: Path, target: Target):
    """A cell that a spreadsheet would run stays itself in Front's file, and gets an apostrophe in ours."""
    content = (H + '1,"=HYPERLINK(""x"")",a@example.com\n2,"=1+1",bad\n').encode()
    result = transform(tmp_path, content, PASSING, target)
    assert '"name":"=HYPERLINK(\\"x\\")"' in written(result) or '"=HYPERLINK(""x"")",a@' in written(result)
    assert "\n2,'=1+1,bad,3," in (tmp_path / "out/rejects.csv").read_text()


def written(result: TransformResult) -> str:
    return result.written[0].path.read_bytes().decode()


@BOTH
@pytest.mark.parametrize("content", [H, H.strip(), H + "\n\n\n", H + ",,\n" * 100_000, "\n\n" + H])
def test_headings_alone(tmp_path: Path, content: str, target: Target):
    """A report without rows, or with blank ones alone, is read: it has none."""
    result = transform(tmp_path, content.encode(), PASSING, target)
    assert (0, 0, 0) == (result.rows, result.accepted, result.rejected)


REFUSED: dict[str, tuple[bytes, str, int | None]] = {
    "an empty file": (b"", "", None),
    "line ends alone": (b"\n" * 100_000, "", None),
    "delimiters alone": (b"," * 10_000_000, "", None),
    "blank headings": (b' ,"",\n1,2,3\n', "", None),
    "a byte order mark alone": (b"\xef\xbb\xbf", "", None),
    "a stray quote": (H.encode() + b'1,a,b\n2,5" pipe,c\n', "quote", 3),
    "text after a quote": (H.encode() + b'1,"a"b,c\n', "quote", 2),
    "a blank before a quote": (H.encode() + b'1, "a,b",c\n', "quote", 2),
    "a blank after a quote": (H.encode() + b'1,"a" ,c\n', "quote", 2),
    "a million stray quotes": (H.encode() + b"1,a" + b'"' * 1_000_000 + b",c\n", "quote", 2),
    "a lone carriage return": (H.encode() + b"1,a\rb,c\n", "quote", 2),
    "quotes alone": (b'"' * 1_000_000, "headings", 1),
    "an odd quote": (b'"' * 1_000_001, "headings", 1),
    "a quote that never closes": (H.encode() + b"1,a,b\n" + b'2,"a,b\n' + b"3,c,d\n" * 300_000, "unclosed", 3),
    "a heading that never closes": (b'Id,Name,"Email\n' + b"3,c,d\n" * 300_000, "headings", 1),
    "a short row": (H.encode() + b"1,a,b\n2\n", "ragged", 3),
    "a long row": (H.encode() + b"1,a,b\n2,a,b,c\n", "ragged", 3),
    "a short row far down": (H.encode() + b"1,a,b\n" * 50_000 + b"2\n", "ragged", 50_002),
    "many short rows": (H.encode() + b"1\n" * 300_000, "ragged", 2),
    "another delimiter below": (H.encode() + b"1;a;b\n", "ragged", 2),
    "a NUL": (H.encode() + b"1,a,b\n2,\0,c\n", "nul", 3),
    "NULs at the end": (H.encode() + b"1,a,b\n" + b"\0" * 100, "nul", 3),
    "bytes that are no UTF-8": (H.encode() + "1,Jörg,b\n".encode() * 60_000 + b"2,\xff\xfe,b\n", "encoding", 60_002),
    "half a character": (H.encode() + ("1," + "é" * 20 + ",😀").encode()[:-1], "encoding", 2),
    "a lone surrogate": ((H + "1,a,b\n2,").encode("utf-16") + b"\x00\xd8,\x00b\x00\n\x00", "encoding", 3),
    "half a UTF-16 unit": ((H + "1,a,b\n").encode("utf-16") + b"a", "encoding", 3),
    "one line without end": (b"x" * 10_000_000, "headings", 1),
    "a huge heading": (b"Id,Name,Email," + b"x" * 10_000_000 + b"\n1,a,b,c\n", "headings", 1),
    "too many columns": (H.strip().encode() + b",x" * 1_000_000 + b"\n", "headings", 1),
    "a mark after the mark": (b"\xef\xbb\xbf\xef\xbb\xbf" + H.encode() + b"1,a,b\n", "unknown-column", 3),
    "values without a heading": (b"Id,Name,Email,,\n1,a,b,,c\n", "no-heading", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_read_is_refused_by_line(tmp_path: Path, name: str):
    """A broken file gets a sentence with its line and an exit code of its own, and nothing is written."""
    content, code, line = REFUSED[name]
    for target in TARGETS:
        with pytest.raises(InputRefused) as caught:
            transform(tmp_path, content, PASSING, target)
        first = [(each.code, each.line) for each in caught.value.problems[:1]]
        assert ([(code, line)] if code else []) == first
        assert caught.value.sentence
        assert caught.value.hint
        assert not (tmp_path / "out").exists()


def wide(headings: list[str], rows: int, cell: str = "x") -> bytes:
    first = ",".join(["Id", "Name", "Email", *headings])
    cells = [cell] * len(headings)
    return "\n".join([first, *(",".join([str(at), "A", "bad", *cells]) for at in range(rows)), ""]).encode()


def test_100_000_columns(tmp_path: Path):
    """A table as wide as no spreadsheet is comes through whole."""
    content = wide([f"c{at}" for at in range(100_000)], 2)
    result = transform(tmp_path, content, PASSING, Target.OPERATIONS)
    expected = {"bad-email": 2}
    assert expected == result.rejected_by_code
    assert table(content.decode()) == rejected(tmp_path)


@pytest.mark.parametrize(("heading", "code", "count"), [("c", "heading", 51), ("", "blank-columns", 1)])
def test_headings_repeated_or_blank_100_000_times(tmp_path: Path, heading: str, code: str, count: int):
    """What was done to very many headings is told in a few notes."""
    content = wide([heading] * 100_000, 1, heading).replace(b",bad,", b",a@example.com,")
    result = transform(tmp_path, content, PASSING, Target.OPERATIONS)
    assert [code] * count == [note.code for note in result.notes]


def test_values_under_100_000_blank_headings(tmp_path: Path):
    """The first value without a heading is named soon."""
    with pytest.raises(InputRefused, match="without a heading") as caught:
        transform(tmp_path, wide([""] * 100_000, 1), PASSING, Target.OPERATIONS)
    expected = ["row 2 has a value in column 4, which has no heading"]
    assert expected == [each.sentence for each in caught.value.problems]


@pytest.mark.parametrize("fill", ["x", "x\n", '""', "é,"])
def test_a_50_mb_cell_that_the_mapping_does_not_use(tmp_path: Path, fill: str):
    """A huge cell of another column is in nobody's way, and stands in rejects.csv as it was."""
    cell = fill * (25_000_000 // len(fill)) if "\n" not in fill else fill * 1_000_000
    content = f'Id,Name,Email,x\n1,Ann,a@example.com,\n2,Bob,bad,"{cell}"\n'.encode()
    result = transform(tmp_path, content, PASSING, Target.IMPORT)
    assert (1, 1) == (result.accepted, result.rejected)
    expected = ["2", "Bob", "bad", cell.replace('""', '"')]
    assert expected == rejected(tmp_path)[1]


@pytest.mark.parametrize("column", ["Id", "Name", "Email"])
def test_a_50_mb_cell_that_the_mapping_uses(tmp_path: Path, column: str):
    """A cell that can be no text of a contact is refused by its row and column before it is cleaned."""
    cells = {"Id": "1", "Name": "Ann", "Email": "a@example.com"} | {column: "x@" * 25_000_000}
    content = (H + "0,Bob,b@example.com\n" + ",".join(cells.values()) + "\n").encode()
    with pytest.raises(InputRefused, match="too large") as caught:
        transform(tmp_path, content, PASSING, Target.OPERATIONS)
    expected = f"row 3 has more than 1,000,000 bytes in '{column}'"
    assert expected == caught.value.problems[0].sentence
    assert not (tmp_path / "out").exists()


def test_a_cell_of_the_largest_size(tmp_path: Path):
    """A name of a megabyte is still a name."""
    result = transform(tmp_path, (H + f"1,{'x' * 1_000_000},a@example.com\n").encode(), PASSING, Target.OPERATIONS)
    assert "x" * 1_000_000 in written(result)


def test_a_50_mb_cell_needs_bounded_memory(tmp_path: Path):
    """The command stays under a gigabyte with a cell of 50 MB."""
    (tmp_path / "report.csv").write_bytes(b"Id,Name,Email,x\n1,Ann,bad," + b"x" * 50_000_000 + b"\n")
    (tmp_path / "mapping.yaml").write_text(PASSING)
    words = ["-m", "toolkit", "transform", "report.csv", "--mapping", "mapping.yaml", "--to", "import", "-o", "out"]
    folder = os.open(".", os.O_RDONLY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        os.chdir(tmp_path)
        child = os.spawnve(os.P_NOWAIT, sys.executable, [sys.executable, *words], environment)
    finally:
        os.fchdir(folder)
        os.close(folder)
    _, status, used = os.wait4(child, 0)
    assert ExitCode.SOME_REJECTED == os.waitstatus_to_exitcode(status)
    assert used.ru_maxrss < 1_000_000


def test_blank_rows_are_counted(tmp_path: Path):
    """Very many rows of blank cells are rejects like any other, and the sum is kept."""
    content = (H + "1,a,a@example.com\n" + ",,\n\n" * 100_000 + "2,b,b@example.com\n").encode()
    result = transform(tmp_path, content, PASSING, Target.IMPORT)
    assert (200_002, 2, {"missing-key": 200_000}) == (result.rows, result.accepted, result.rejected_by_code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (H + "1,a,a@example.com\n", 0), (H + "1,a,bad\n", 3), (H + '1,"a\n', 6), ("", 6),
        (H + f"1,a,{'x' * 2_000_000}\n", 6),
    ],
)  # fmt: skip
def test_the_command_ends_with_the_code_of_what_it_met(tmp_path: Path, content: str, code: int):
    """A scheduler can tell a good file from a mended one and from one that can't be read."""
    (tmp_path / "report.csv").write_text(content)
    (tmp_path / "mapping.yaml").write_text(PASSING)
    words = ["transform", f"{tmp_path}/report.csv", "--mapping", f"{tmp_path}/mapping.yaml"]
    found = CliRunner().invoke(cli, [*words, "--to", "operations", "-o", f"{tmp_path}/out"])
    assert code == found.exit_code, found.output
    assert (code == 6) == (not (tmp_path / "out").exists())
