import csv
import io
import json
from pathlib import Path

import pytest

from toolkit.diff import DiffResult, DiffSettings, Format, render, run
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs

BEFORE = "id,name,tier\n1,Ada,gold\n2,=1+1,x\n3,Cy,\n"
AFTER = "name;id;region\nAda;1;EU\n-x|y;2;\nDé;4;\n"


def put(folder: Path, before: str = BEFORE, after: str = AFTER, suffix: str = ".csv") -> tuple[Path, Path]:
    paths = folder / f"before{suffix}", folder / f"after{suffix}"
    for path, content in zip(paths, (before, after), strict=True):
        path.write_text(content, encoding="utf-8", newline="")
    return paths


def diff(settings: DiffSettings) -> DiffResult:
    with Outputs() as outputs:
        result = run(settings, outputs)
        outputs.commit()
    return result


def written(result: DiffResult, wanted: Format, *, colour: bool = False) -> bytes:
    return b"".join(piece.content for piece in render(result, wanted, colour=colour))


def shown(result: DiffResult, wanted: Format, *, colour: bool = False) -> str:
    return written(result, wanted, colour=colour).decode()


def test_files_of_other_delimiters_and_orders_are_compared(tmp_path: Path) -> None:
    """Only the content counts, not how the file writes it."""
    result = diff(DiffSettings(*put(tmp_path, "a,b\r\n1,x\r\n2,y\r\n", "b\ta\ny\t2\nx\t1\n")))
    assert (result.same, [note.code for note in result.notes]) == (True, ["key-proposed"])


def test_csv_has_a_line_a_cell_with_the_rows_of_both_files(tmp_path: Path) -> None:
    """The long CSV: spreadsheet rows, both values, formulas made harmless."""
    out = tmp_path / "changes.csv"
    result = diff(DiffSettings(*put(tmp_path), key=("id",), out=out))
    expected = [
        ["change", "id", "before_row", "after_row", "column", "before", "after"],
        ["changed", "1", "2", "2", "tier", "gold", ""],
        ["changed", "1", "2", "2", "region", "", "EU"],
        ["changed", "2", "3", "3", "name", "'=1+1", "'-x|y"],
        ["changed", "2", "3", "3", "tier", "x", ""],
        ["removed", "3", "4", "", "name", "Cy", ""],
        ["added", "4", "", "4", "name", "", "Dé"],
    ]
    assert expected == list(csv.reader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert [(out, 6)] == [(each.path, each.rows) for each in result.written]


def test_a_key_called_like_one_of_our_columns_keeps_its_own(tmp_path: Path) -> None:
    """Headings of the long CSV are unique, whatever the key is called."""
    result = diff(DiffSettings(*put(tmp_path, "column,change\n1,a\n", "column,change\n1,b\n"), key=("column",)))
    lines = shown(result, Format.CSV).splitlines()
    assert lines == ["change,column (2),before_row,after_row,column,before,after", "changed,1,2,2,change,a,b"]


def test_ndjson_has_every_cell_as_it_is(tmp_path: Path) -> None:
    """For programs: the key as an object, null for an empty cell, nothing made harmless."""
    result = diff(DiffSettings(*put(tmp_path), key=("id",), ignore=("tier", "region")))
    lines = [json.loads(line) for line in shown(result, Format.NDJSON).splitlines()]
    expected = {"change": "changed", "key": {"id": "2"}, "before_row": 3, "after_row": 3, "column": "name"}
    assert expected | {"before": "=1+1", "after": "-x|y"} == lines[0]
    assert [line["key"]["id"] for line in lines] == ["2", "3", "4"]


def test_json_sums_up_without_cells(tmp_path: Path) -> None:
    """One object with the counts and what they rest on."""
    result = diff(DiffSettings(*put(tmp_path), key=("id",)))
    summary = json.loads(shown(result, Format.JSON))
    rows = {"before": 3, "after": 3, "added": 1, "removed": 1, "changed": 2, "unchanged": 0}
    assert (rows, {"added": ["region"], "removed": ["tier"]}) == (summary["rows"], summary["columns"])
    assert summary["changed_cells"] == {"name": 1, "tier": 2, "region": 1}


def test_text_reads_without_colour_and_colours_only_words(tmp_path: Path) -> None:
    """The terminal's text: the same words with and without colour."""
    result = diff(DiffSettings(*put(tmp_path), key=("id",)))
    plain = shown(result, Format.TEXT)
    assert "changed 2 (row 3 before, row 3 after)\n  name: =1+1 → -x|y\n  tier: x → (empty)\n" in plain
    assert "\x1b[31mremoved\x1b[0m 3 (row 4 before)" in shown(result, Format.TEXT, colour=True)


def test_text_shows_no_control_character_of_a_cell(tmp_path: Path) -> None:
    """A cell can't make the terminal do or show anything."""
    result = diff(DiffSettings(*put(tmp_path, "k,v\n1,a\n", 'k,v\n1,"\x1b[2Jx\n\u202ey"\n'), key=("k",)))
    assert "  v: a → \\x1b[2Jx\\n\\u202ey\n" in shown(result, Format.TEXT)


def test_markdown_shows_cells_as_they_are(tmp_path: Path) -> None:
    """What Markdown or a spreadsheet would take for its own is written so that it shows."""
    page = shown(diff(DiffSettings(*put(tmp_path), key=("id",))), Format.MARKDOWN)
    assert r"| changed | 2 | row 3 before, row 3 after | name | '=1+1 | '-x\|y |" in page


@pytest.mark.parametrize(("wanted", "most"), [(Format.TEXT, 50), (Format.MARKDOWN, 500), (Format.CSV, 700)])
def test_only_the_formats_for_people_are_bounded(tmp_path: Path, wanted: Format, most: int) -> None:
    """A long result is cut with a note for people, and never for programs."""
    rows = "".join(f"{number},x{number}\n" for number in range(700))
    result = diff(DiffSettings(*put(tmp_path, f"k,v\n{rows}", f"k,v\n{rows.replace('x', 'yy')}"), key=("k",)))
    page = shown(result, wanted)
    assert (most, most < 700) == (page.count("yy"), f"{700 - most} more rows" in page)


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """The order of the output rests on nothing but the files."""
    rows = [f"{number % 300},v{number}\n" for number in range(2_000)]
    settings = DiffSettings(*put(tmp_path, "k,v\n" + "".join(rows), "k,v\n" + "".join(rows[::-3])), key=("k",))
    for wanted in Format:
        assert written(diff(settings), wanted) == written(diff(settings), wanted)


def test_snapshots_are_flattened_one_level(tmp_path: Path) -> None:
    """Custom fields are columns, handles a set, numbers text, lines the row numbers."""
    ada = {"id": "crd_1", "handles": [{"source": "phone", "handle": "+1"}, {"source": "email", "handle": "a@b"}]}
    before = ada | {"custom_fields": {"Tier": "gold", "Score": 1, "Deep": {"b": 1, "a": None}}, "name": None}
    after = ada | {"handles": ada["handles"][::-1], "custom_fields": {"Tier": "silver", "Score": 1.5}, "links": ["x"]}
    first, second = put(tmp_path, json.dumps(before), json.dumps(after), ".ndjson")
    result = diff(DiffSettings(first, second, key=("id",)))
    cells = result.comparison.cells().select("column", "before", "after").rows()
    assert cells == [
        ("custom_fields.Tier", "gold", "silver"),
        ("custom_fields.Score", "1", "1.5"),
        ("custom_fields.Deep", '{"a": null, "b": 1}', None),
        ("links", None, '["x"]'),
    ]
    assert [*result.comparison.rows["key_0"]] == ["crd_1"]
    assert "row 1 before, row 1 after" in shown(result, Format.TEXT)


def test_handles_that_changed_show_as_a_sorted_list(tmp_path: Path) -> None:
    """A handle reads like an address with its source."""
    line = '{"id":"1","handles":[{"source":"phone","handle":"+1"}%s]}'
    more = ',{"handle":"a@b","source":"email"}'
    result = diff(DiffSettings(*put(tmp_path, line % "", line % more, ".ndjson"), key=("id",)))
    assert result.comparison.cells().select("before", "after").rows() == [('["phone:+1"]', '["email:a@b", "phone:+1"]')]


def test_a_csv_and_an_ndjson_file_can_be_compared(tmp_path: Path) -> None:
    """Each side is read by its own name."""
    (tmp_path / "a.csv").write_text("id,name\n1,Ada\n")
    (tmp_path / "b.ndjson").write_text('{"id":"1","name":"Ada"}\n')
    assert diff(DiffSettings(tmp_path / "a.csv", tmp_path / "b.ndjson")).same


@pytest.mark.parametrize(
    "content",
    ["[1]\n", '{"a.b":1,"a":{"b":2}}\n', '{"id":', '{"id":"1","id":"2"}\n', '{"id":1,"a":[{"b" :1, "b" :1}]}\n'],
)
def test_ndjson_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    """What can't become a row is refused with its line."""
    with pytest.raises(InputRefused) as caught:
        diff(DiffSettings(*put(tmp_path, "{}\n", "{}\n" + content, ".ndjson"), key=("id",)))
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize("after", ["id,name\n1\n", 'id,name\n1,"Ad'])
def test_ragged_and_truncated_files_leave_the_old_output(tmp_path: Path, after: str) -> None:
    """Nothing is compared and nothing written when an input is refused."""
    out = tmp_path / "changes.csv"
    out.write_text("old")
    with pytest.raises(InputRefused):
        diff(DiffSettings(*put(tmp_path, after=after), key=("id",), out=out))
    assert out.read_text() == "old"


@pytest.mark.parametrize(
    ("key", "ignore", "said"),
    [
        ((), (), "no column names each row"),
        (("nope",), (), "'nope' is not a column"),
        (("k",), ("nope",), "'nope' is in neither file"),
        (("k",), ("k",), "can't be both"),
    ],
)
def test_impossible_settings_are_refused(
    tmp_path: Path, key: tuple[str, ...], ignore: tuple[str, ...], said: str
) -> None:
    """A key or column that isn't there is a matter of the settings."""
    paths = put(tmp_path, "k,v\n1,a\n1,a\n", "k,v\n1,a\n1,a\n")
    with pytest.raises(WrongSettings, match=said):
        diff(DiffSettings(*paths, key=key, ignore=ignore))


@pytest.mark.parametrize("key", [(), ("Id",)])
def test_tables_of_other_columns_are_told_how_they_are_compared(tmp_path: Path, key: tuple[str, ...]) -> None:
    """Whoever holds a report against a snapshot means --mapping."""
    with pytest.raises(WrongSettings) as caught:
        diff(DiffSettings(*put(tmp_path, "Id,Name\n1,a\n", "crd,handle\n1,a\n"), key=key))

    assert "--mapping" in caught.value.hint


def test_notes_say_how_the_keys_are(tmp_path: Path) -> None:
    """Repeated and empty keys are reported for each file, beside what was settled in reading."""
    result = diff(DiffSettings(*put(tmp_path, "k,v\n1,a\n1,b\n,c\n", "k,v\n1,a\n\n\n"), key=("k",)))
    assert [(note.file, note.code) for note in result.notes] == [
        ("after.csv", "blank-rows"),
        ("before.csv", "key-repeated"),
        ("before.csv", "key-empty"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"), [(15, 18, True), (18, 15, True), (18, 18, False), (15, 17, False)]
)
def test_ids_of_two_lengths_as_key_are_told(tmp_path: Path, before: int, after: int, *, told: bool) -> None:
    """A report has Ids of 15 characters, other exports of 18: then no row of one is in the other."""
    one, other = (f"id,n\n{'003000000000001AAA'[:length]},1\n" for length in (before, after))
    notes = diff(DiffSettings(*put(tmp_path, one, other), key=("id",))).notes
    assert [each.code for each in notes] == ["id-lengths"] * told
    assert all("--rule id=id" in each.sentence for each in notes)
    assert diff(DiffSettings(*put(tmp_path, one, other), key=("id",), rules=("id=id",))).notes == ()
