"""What can be compared: CSV, NDJSON, Parquet and XLSX, and tables in several parts."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.diff import DiffResult, DiffSettings, run
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs


def diff(before: Path | tuple[Path, ...], after: Path | tuple[Path, ...], **more: object) -> DiffResult:
    with Outputs() as outputs:
        return run(DiffSettings(before, after, **{"key": ("id",), **more}), outputs)  # type: ignore[arg-type]


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


CSV = "id,amount,paid,day\n1,12,true,2026-12-31\n2,0.5,,\n"


def test_a_workbook_is_a_table_of_text(tmp_path: Path) -> None:
    """Numbers, booleans and dates of a sheet are the text that a CSV has; rows count as the sheet's."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("empty")
        sheet = book.add_worksheet("data")
        for number, row in enumerate(
            ([], ["id", "amount", "paid", "day"], [1, 12.0, True, date(2026, 12, 31)], ["2", 0.5])
        ):
            sheet.write_row(number, 0, row)
    result = diff(path, put(tmp_path / "b.csv", CSV))
    assert (True, 3, ["sheet"]) == (result.same, result.before.first_row, [note.code for note in result.notes])


@pytest.mark.parametrize(
    ("rows", "said"),
    [([["id", ""], ["1", "x"]], "row 2 has a value in column 2"), ([], "is blank")],
)
def test_a_workbook_that_is_no_table_is_refused(tmp_path: Path, rows: list[list[object]], said: str) -> None:
    """Values without a heading, and a blank workbook."""
    path = workbook(tmp_path / "a.xlsx", {"data": rows})
    with pytest.raises(InputRefused) as caught:
        diff(path, path)
    assert said in f"{caught.value.sentence} {caught.value.problems}"


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".ndjson", ".csv"])
def test_what_a_file_only_claims_to_be_is_refused(tmp_path: Path, suffix: str) -> None:
    """A file that is not what its name says is refused, not guessed at."""
    (tmp_path / f"a{suffix}").write_bytes(b"PK\x03\x04 nothing of the kind")
    with pytest.raises(InputRefused):
        diff(tmp_path / f"a{suffix}", put(tmp_path / "b.csv", CSV))


def test_parquet_is_a_table_of_text(tmp_path: Path) -> None:
    """Dates are ISO, lists and objects JSON; rows are counted from 1."""
    frame = pl.DataFrame(
        {"id": [1, 2], "amount": ["12", "0.5"], "paid": [True, None], "day": [date(2026, 12, 31), None],
         "tags": [["b", 'a"'], None], "at": [datetime(2026, 1, 2, tzinfo=UTC), None], "who": [{"n": 1}, {"n": None}]}
    )  # fmt: skip
    frame.write_parquet(tmp_path / "a.parquet")
    result = diff(tmp_path / "a.parquet", put(tmp_path / "b.csv", CSV))
    cells = [
        ("tags", '["b","a\\""]'), ("at", "2026-01-02T00:00:00.000000+00:00"), ("who", '{"n":1}'), ("who", '{"n":null}')
    ]  # fmt: skip
    assert cells == result.comparison.cells().select("column", "before").rows()
    assert 1 == result.before.first_row


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("key", [(), ("id",), ("id", "id"), ("*", "^a$")])
def test_headings_may_be_called_anything(tmp_path: Path, delimiter: str, key: tuple[str, ...]) -> None:
    """A name that polars takes for a pattern is a name, and a key named twice is named once."""
    one = put(tmp_path / "a.csv", "*,id,^a$\nx,1,y\n")
    two = put(tmp_path / "b.csv", "*,id,^a$,new\nx,1,y,*\n".replace(",", delimiter))
    result = diff(one, two, key=key, rules=("^a$=space", "[*]=case"))
    assert [("new", None, "*")] == result.comparison.cells().select("column", "before", "after").rows()


def test_several_files_are_the_parts_of_one_table(tmp_path: Path) -> None:
    """Rows go on from part to part, and each knows its own file and row."""
    parts = put(tmp_path / "p-1.csv", "id,v\n1,a\n2,b\n"), put(tmp_path / "p-2.csv", "v;id\nc;3\nd;4\n")
    result = diff(parts, put(tmp_path / "b.csv", "id,v\n1,a\n2,b\n3,c\n4,x\n"))
    assert [("changed", 3, 3, "4")] == result.comparison.rows.rows()
    assert (("p-2.csv", 3), ("p-1.csv", 2)) == (result.before.place(3), result.before.place(0))


def test_parts_with_other_columns_are_refused(tmp_path: Path) -> None:
    """A part that lacks a column would make all its rows look changed."""
    parts = put(tmp_path / "p-1.csv", "id,v\n1,a\n"), put(tmp_path / "p-2.csv", "id,w\n1,a\n")
    with pytest.raises(InputRefused) as caught:
        diff(parts, parts[0])
    assert "v, w" in str(caught.value.problems[0])


def test_the_body_of_an_operation_is_compared_field_by_field(tmp_path: Path) -> None:
    """Of two operations files the custom fields are columns, so that a change is named by its field."""
    line = {"key": "1", "op": "contact.upsert", "body": {"name": "Ada", "custom_fields": {"Tier": "gold"}}}
    first = put(tmp_path / "a.ndjson", json.dumps(line))
    second = put(tmp_path / "b.ndjson", json.dumps(line).replace("gold", "silver"))
    cells = diff(first, second, key=("key",)).comparison.cells().select("column", "before", "after").rows()
    assert [("body.custom_fields.Tier", "gold", "silver")] == cells


def test_a_column_left_out_slows_nothing_down_to_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all lines differ in what is not compared, cells are compared, and the summary says why."""
    monkeypatch.setattr("toolkit.diff.engine._FEW", 10)
    one = put(tmp_path / "a.csv", "id,v,seen\n" + "".join(f"{n},x,1\n" for n in range(100)))
    two = put(tmp_path / "b.csv", "id,v,seen\n" + "".join(f"{n},x,2\n" for n in range(100)))
    result = diff(one, two, ignore=("se*",))
    assert (True, "cell by cell: very many lines differ, perhaps only in what is not compared") == (
        result.same,
        result.way,
    )


def test_a_key_is_proposed_among_all_columns(tmp_path: Path) -> None:
    """The key need not be among the columns to compare."""
    one, two = put(tmp_path / "a.csv", "id,v,w\n1,a,b\n2,a,b\n"), put(tmp_path / "b.csv", "w,id,v\nx,2,a\nx,1,c\n")
    result = diff(one, two, key=(), columns=("v",))
    assert (("id",), {"v": 1}) == (result.comparison.key, result.comparison.changed_cells)


def command(*words: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *words])


def test_the_exit_code_is_for_automation(tmp_path: Path) -> None:
    """0 unless asked; 1 for differences with --exit-code, and beyond a limit with --fail-on, which is named."""
    one, two = put(tmp_path / "a.csv", "id,v\n1,a\n2,b\n"), put(tmp_path / "b.csv", "id,v\n1,a\n2,c\n3,d\n")
    words = str(one), str(two), "--key", "id"
    codes = [
        command(*words, *more).exit_code
        for more in ([], ["--exit-code"], ["--fail-on", "removed,changed>50%"], ["--fail-on", "removed,changed:v"])
    ]
    assert [0, 1, 0, 1] == codes
    assert command(str(one), str(one), "--key", "id", "--exit-code").exit_code == 0
    assert "beyond the limit changed:v: 1\n" in command(*words, "--fail-on", "changed:v").stderr
    assert command(*words, "--fail-on", "changed:w").exit_code == 2


def test_a_quoted_glob_names_the_parts(tmp_path: Path) -> None:
    """The command takes a glob as one table, and refuses one that fits nothing, and a folder."""
    for number in (2, 1):
        put(tmp_path / f"front-import-00{number}.csv", f"id,v\n{number},a\n")
    whole = put(tmp_path / "whole.csv", "id,v\n1,a\n2,a\n")
    told = command(str(tmp_path / "front-import-*.csv"), str(whole), "--key", "id", "--json")
    assert (0, True) == (told.exit_code, json.loads(told.stdout)["same"])
    assert [2, 2] == [command(str(tmp_path / name), str(whole)).exit_code for name in ("nope-*.csv", "")]


MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles: [{source: email, from: [Email, Other]}]
  lists: [{name: VIPs, when: "Tier = 'gold'"}]
  external_id: Salesforce ID
  custom_fields:
    Salesforce ID: {from: Id, type: string}
    Score: {from: Score, type: number}
    Tier: {from: Tier, type: string, blank: clear}
"""
REPORT = """Id,Name,Email,Other,Score,Tier
A1,Ada,ada@example.com,a@example.com,1,gold
A2,Bo,bo@example.com,,2,
A3,Cy,cy@example.com,,3,x
A4,Dee,,,4,x
A5,Eve,eve@example.com,,5,x
"""


def contact(
    number: int, name: str, emails: str, fields: dict[str, object], lists: tuple[str, ...] = ()
) -> dict[str, object]:
    handles = [{"source": "email", "handle": email} for email in emails.split()]
    named = [{"id": f"grp_{each}", "name": each} for each in lists]
    line = {"resource": "contact", "id": f"crd_{number}", "name": name, "description": "", "links": [], "lists": named}
    return line | {"handles": handles, "custom_fields": fields, "is_private": False}


def test_a_report_is_reconciled_with_a_snapshot(tmp_path: Path) -> None:
    """Only what the mapping asks for is compared; what Front has besides is no difference."""
    head = {"resource": "snapshot", "company": "cmp_1", "accounts": False, "name": "x"}
    lines = [
        head,
        contact(9, "Somebody", "some@example.com", {}),
        contact(
            1, "Ada", "ADA@example.com more@example.com", {"Salesforce ID": "A1", "Score": 1.0, "Tier": "gold"}, ("X",)
        ),
        contact(2, "Bob", "bo@example.com", {"Salesforce ID": "A2", "Score": "2", "Tier": "x"}),
        contact(5, "Eve", "other@example.com", {"Salesforce ID": "A5", "Score": 5, "Tier": "x"}),
    ]
    snapshot = put(tmp_path / "front.ndjson", "".join(json.dumps(line) + "\n" for line in lines))
    mapping, report = put(tmp_path / "m.yaml", MAPPING), put(tmp_path / "r.csv", REPORT)
    result = diff(report, snapshot, key=(), mapping=mapping)
    assert [
        ("changed", 0, 2, "A1", "handles.email", "a@example.com; ada@example.com", "ada@example.com"),
        ("changed", 0, 2, "A1", "lists", "VIPs", None),
        ("changed", 1, 3, "A2", "name", "Bo", "Bob"),
        ("changed", 1, 3, "A2", "custom_fields.Score", "2", '"2"'),
        ("changed", 1, 3, "A2", "custom_fields.Tier", None, "x"),
    ] == result.comparison.cells().filter(pl.col("change") == "changed", pl.col("key_0") < "A5").rows()
    assert ["A3"] == result.comparison.rows.filter(pl.col("change") == "removed")["key_0"].to_list()
    assert [("handles.email", None)] == (
        result.comparison.cells().filter(pl.col("key_0") == "A5").select("column", "after").rows()
    )
    assert ["rejected", "not-asked-for", "no-accounts"] == [note.code for note in result.notes]
    with pytest.raises(WrongSettings):
        diff(report, snapshot, mapping=mapping)


def test_no_digit_of_a_long_number_is_lost(tmp_path: Path) -> None:
    """Numbers of NDJSON that differ only beyond what 64 bits hold are different."""
    for name, last in (("before", 3), ("after", 4)):
        line = f'{{"id":"1","whole":1234567890123456789012{last},"part":0.1234567890123456789{last}}}\n'
        (tmp_path / f"{name}.ndjson").write_text(line)
    with Outputs() as outputs:
        found = run(DiffSettings(tmp_path / "before.ndjson", tmp_path / "after.ndjson", ("id",)), outputs)
    assert found.comparison.changed_cells == {"whole": 1, "part": 1}


def test_bytes_and_durations_of_parquet_are_compared(tmp_path: Path) -> None:
    """Bytes that are no text, and lengths of time, differ where they do."""
    for name, byte, seconds in (("before", b"\xfe", 1), ("after", b"\xff", 2)):
        columns = {"id": ["1", "2"], "bytes": [byte, b"text"], "time": [timedelta(seconds=seconds), None]}
        pl.DataFrame(columns).write_parquet(tmp_path / f"{name}.parquet")
    with Outputs() as outputs:
        found = run(DiffSettings(tmp_path / "before.parquet", tmp_path / "after.parquet", ("id",)), outputs)
    assert found.comparison.changed_cells == {"bytes": 1, "time": 1}
