"""The workbook as programs of others read it: openpyxl for cells and looks, calamine for values."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from tests.diff.files import compared
from toolkit.diff import DiffResult, Format, render, sheets

HOSTILE = (
    "=1+1", "@SUM(A1)", "+49 30 1", "-2", "0012", "1e5", "2026-01-02", "http://x.example", "mailto:a@b.example",
    "<r><t>x</t></r>", "_x0041_", "a & b < c > d", 'say "hi"', " spaces ", "two\nlines", "NA", "TRUE",
)  # fmt: skip


def written(result: DiffResult) -> bytes:
    return b"".join(piece.content for piece in render(result, Format.XLSX))


def values(sheet: Worksheet) -> list[list[object]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.fixture
def result(tmp_path: Path) -> DiffResult:
    before = [["id", "name", "tier"], ["1", "Ada", "gold"], ["2", "Bo", "gold"], ["3", "Cy", ""], ["4", "Di", "x"]]
    after = [["id", "name", "tier"], ["1", "Ada", "silver"], ["2", "Bo", ""], ["3", "=Cy", "gold"], ["5", "Ed", "y"]]
    return compared(tmp_path, before, after, key=("id",))


def test_the_sheets_hold_the_counts_and_every_change(result: DiffResult) -> None:
    """Summary, changed, added and removed: the right numbers as numbers, and both values of each cell."""
    book = openpyxl.load_workbook(io.BytesIO(written(result)))
    headings = ["id", "Row before", "Row after", "Column", "How", "Before", "After"]
    changed = [
        ["1", 2, 2, "tier", "replaced", "gold", "silver"],
        ["2", 3, 3, "tier", "became empty", "gold", None],
        ["3", 4, 4, "name", "replaced", "Cy", "=Cy"],
        ["3", 4, 4, "tier", "filled", None, "gold"],
    ]

    assert ["Summary", "Changed", "Added", "Removed"] == book.sheetnames
    assert [headings, *changed] == values(book["Changed"])
    assert [["Row after", "id", "name", "tier"], [5, "5", "Ed", "y"]] == values(book["Added"])
    assert [["Row before", "id", "name", "tier"], [5, "4", "Di", "x"]] == values(book["Removed"])
    counts = {row[0]: row[1] for row in values(book["Summary"])}
    assert (4, 4, 1, 1, 3, 0) == tuple(
        counts[name] for name in ("Before", "After", "Added", "Removed", "Changed", "Unchanged")
    )
    assert ["tier", 3, 1, 1, 1, None, None] in values(book["Summary"])


def test_headings_stay_and_filter_and_both_sides_have_a_colour(result: DiffResult) -> None:
    """The header is frozen, every column has a filter, and the two values of a change differ in colour."""
    book = openpyxl.load_workbook(io.BytesIO(written(result)))
    changed = book["Changed"]
    fills = [changed.cell(3, column).fill.fgColor.rgb for column in (6, 7)]

    assert ("B2", "A1:G5") == (changed.freeze_panes, changed.auto_filter.ref)
    assert ("C2", "A1:D2") == (book["Added"].freeze_panes, book["Added"].auto_filter.ref)
    assert ["FFFBE3E1", "FFDFF3E4"] == fills
    assert "00000000" == changed.cell(3, 4).fill.fgColor.rgb


def test_no_text_is_taken_for_anything_else(tmp_path: Path) -> None:
    """Formulas, numbers, dates, links and XML of the files are texts in every sheet, as they were."""
    rows = [[f"{number:02}", text] for number, text in enumerate(HOSTILE)]
    heads = ["id", "=cmd|' /C calc'!A0"]
    before = [heads, *([number, "before"] for number, _ in rows), *([f"gone {number}", text] for number, text in rows)]
    after = [heads, *rows, *([f"new {number}", text] for number, text in rows)]
    content = written(compared(tmp_path, before, after, key=("id",)))
    book = openpyxl.load_workbook(io.BytesIO(content))

    for sheet in book:
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
        assert kinds == {"s"}
        assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    calamine = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name, column in (("Changed", 6), ("Added", 2), ("Removed", 2)):
        assert [row[column] for row in calamine.get_sheet_by_name(name).to_python()[1:]] == list(HOSTILE)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        pages = [parts.read(name) for name in parts.namelist() if "/worksheets/" in name]
    assert [] == [found for page in pages for found in re.findall(rb"<f[ >]|<hyperlink|<r><t", page)]


def test_what_no_cell_can_hold_is_cut_and_said(tmp_path: Path) -> None:
    """A text above 32,767 UTF-16 units is cut with a word about it; control characters keep the file well-formed."""
    long = "\N{GRINNING FACE}" * 20_000
    result = compared(tmp_path, [["id", "x"], ["1", "a"], ["2", "b"]], [["id", "x"], ["1", long], ["2", "\x01\x1f"]])
    book = openpyxl.load_workbook(io.BytesIO(written(result)))
    cell = str(book["Changed"]["G2"].value)

    assert cell.startswith("\N{GRINNING FACE}" * 16_000 + "… (and 4000 more characters)")
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767
    notes = [row[0] for row in values(book["Summary"])]
    assert "Changed has 1 texts that are longer than a cell can be: they are cut" in notes


def test_a_sheet_is_bounded_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows or columns than a sheet can hold: the first are there, and the summary says how many there are."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    monkeypatch.setattr(sheets, "MOST_COLUMNS", 3)
    heads = ["id", "a", "b", "c"]
    before = [heads, *([f"{each}", "1", "1", "1"] for each in range(5))]
    after = [
        heads,
        *([f"{each}", "2", "1", "1"] for each in range(5)),
        *([f"n{each}", "1", "1", "1"] for each in "abcd"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(written(compared(tmp_path, before, after, key=("id",)))))
    notes = [row[0] for row in values(book["Summary"])]

    assert (4, 4) == (book["Changed"].max_row, book["Added"].max_row)
    assert {
        "Changed has the first 3 of 5 rows",
        "Added has the first 3 of 4 rows",
        "Added has the first 3 of 5 columns",
    } <= set(notes)


def test_equal_files_give_a_workbook_too(tmp_path: Path) -> None:
    """Sheets without rows have their headings."""
    book = openpyxl.load_workbook(
        io.BytesIO(written(compared(tmp_path, [["id"], ["1"]], [["id"], ["1"]], key=("id",))))
    )

    assert [["Row after", "id"]] == values(book["Added"])
    assert 1 == book["Changed"].max_row
