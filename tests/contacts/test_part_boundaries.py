"""A report is read part by part: what belongs together is found wherever a part ends."""

import csv
import json
from pathlib import Path

import pytest

from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.tables import reading

MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles: [{source: email, from: Email}, {source: phone, from: Phone, region: US}]
duplicates: {keep: KEEP}
on_bad_value: {phone: drop}
"""


@pytest.fixture(params=[1, 40, 90, 200, 1 << 20], autouse=True)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read so many bytes together: a row or two at a time, or all of them."""
    monkeypatch.setattr(reading, "BLOCK", request.param)


@pytest.fixture
def rows() -> list[str]:
    """Duplicates far apart, a chain over three parts, a key that comes again, a reject in each part."""
    return [
        "1,Ann,ann@example.com,,2026-01-01",
        "bad 1,X,no address,,",
        '2,"B\no\nb",bob@example.com,,',
        "3,Ann again,ANN@example.com,(415) 555-2671,2026-03-01",
        "bad 2,X,no address,,",
        "4,Cy,cy@example.com,not a phone,",
        "2,Other,other@example.com,,",
        "5,Third Ann,third@example.com,(415) 555-2671,2026-02-01",
        "bad 3,X,no address,,",
        "2,Again,again@example.com,,",
    ]


def transform(folder: Path, rows: list[str], keep: str) -> dict[str, str]:
    """Transform rows for the API, and give the text of each file that was written."""
    (folder / "report.csv").write_text("\n".join(["Id,Name,Email,Phone,Day", *rows, ""]))
    (folder / "mapping.yaml").write_text(MAPPING.replace("KEEP", keep))
    with Outputs() as outputs:
        settings = TransformSettings(folder / "report.csv", folder / "mapping.yaml", folder / "out", Target.OPERATIONS)
        run(settings, outputs)
        outputs.commit()
    return {path.name: path.read_text() for path in (folder / "out").iterdir()}


def names(files: dict[str, str]) -> list[str]:
    return [json.loads(line)["body"]["name"] for line in files["operations.ndjson"].splitlines()]


def cells(files: dict[str, str], file: str, *columns: str) -> list[tuple[str, ...]]:
    table = csv.DictReader(files.get(file, "").splitlines(keepends=True))
    return [tuple(row[column] for column in columns) for row in table]


@pytest.mark.parametrize(
    ("keep", "kept", "merges"),
    [
        ("merge", ["Ann", "B o b", "Cy"], [("2", "5"), ("2", "9")]),
        ("merge, prefer: Day", ["B o b", "Ann again", "Cy"], [("5", "2"), ("5", "9")]),
        ("first", ["Ann", "B o b", "Cy"], [("2", "5"), ("2", "9")]),
        ("newest, prefer: Day", ["B o b", "Ann again", "Cy"], [("5", "2"), ("5", "9")]),
        ("reject", ["B o b", "Cy"], []),
    ],
)
def test_rows_that_are_one_contact(
    tmp_path: Path, rows: list[str], keep: str, kept: list[str], merges: list[tuple[str, str]]
):
    """The row that is kept is the same one in whichever parts the others stand, and merges.csv has their rows."""
    files = transform(tmp_path, rows, keep)
    assert kept == names(files)
    assert merges == cells(files, "merges.csv", "kept_row", "merged_row")


def test_rejects_of_every_part(tmp_path: Path, rows: list[str]):
    """Rejects of all parts are in order, with the rows of the file, and a repeated key is one whatever the part."""
    files = transform(tmp_path, rows, "merge")
    expected = [
        ("bad 1", "3", "bad-email"), ("bad 2", "6", "bad-email"), ("2", "8", "repeated-key"),
        ("bad 3", "10", "bad-email"), ("2", "11", "repeated-key"),
    ]  # fmt: skip
    assert expected == cells(files, "rejects.csv", "Id", "reject_row", "reject_code")
    assert [("7", "4", "bad-phone")] == cells(files, "dropped.csv", "row", "key", "code")


def test_a_contact_that_is_rejected_late_takes_its_rows_along(tmp_path: Path):
    """A merged row stands in rejects.csv with the contact it belongs to, from whichever part it came."""
    rows = ["9,First,first@example.com,,", "9,A,a@example.com,,", "3,B,b@example.com,,", "4,C,A@example.com,,"]
    files = transform(tmp_path, rows, "merge")
    expected = [("9", "3", "repeated-key"), ("4", "5", "repeated-key")]
    assert expected == cells(files, "rejects.csv", "Id", "reject_row", "reject_code")
    assert [] == cells(files, "merges.csv", "kept_row")


def test_a_broken_row_at_the_end_of_a_part(tmp_path: Path, rows: list[str]):
    """A short row is refused by its line, and no part before it is written."""
    with pytest.raises(InputRefused) as caught:
        transform(tmp_path, [*rows[:7], "short"], "merge")
    assert [("ragged", 11)] == [(each.code, each.line) for each in caught.value.problems]
    assert not (tmp_path / "out").exists()
