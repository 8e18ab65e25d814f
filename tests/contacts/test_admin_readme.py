"""README.txt beside the import files tells an admin what to do, and no more than is true of these files."""

from pathlib import Path

import pytest

from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.files import Outputs

MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles: [{source: email, from: Email}]
  account: {name: Account}
  custom_fields:
    Tier: {from: Tier, type: enum}
    Unused: {from: Nothing, type: number}
"""
HEADINGS = "Id,Name,Email,Account,Tier,Nothing"


def readme(folder: Path, rows: int, row: str = "{0},Ann,a{0}@example.com,Acme,Gold,", field: str = "number") -> str:
    lines = [HEADINGS, *(row.format(number) for number in range(rows))]
    (folder / "contacts.csv").write_text("\n".join(lines) + "\n")
    (folder / "mapping.yaml").write_text(MAPPING.replace("type: number", f"type: {field}"))
    settings = TransformSettings(folder / "contacts.csv", folder / "mapping.yaml", folder, Target.IMPORT)
    with Outputs() as outputs:
        run(settings, outputs)
        outputs.commit()
    return (folder / "README.txt").read_text(encoding="utf-8")


def test_one_file_needs_no_words_about_order(tmp_path: Path):
    """One file: no order, no limit of five; the custom field that it uses is named with its type, the other is not."""
    text = readme(tmp_path, 1)
    assert "front-import-001.csv   1 contact\n" in text
    assert "at once" not in text
    assert "     Tier   dropdown" in text
    assert "Unused" not in text
    assert "accountName" in text


@pytest.mark.parametrize(("rows", "said"), [(3_001, "first 2 together"), (15_001, "first 5, and one more whenever")])
def test_several_files_tell_the_order_and_the_limit(tmp_path: Path, rows: int, said: str):
    """Several files are imported by their numbers, at most five at once."""
    assert said in " ".join(readme(tmp_path, rows).split())


def test_rejects_are_told(tmp_path: Path):
    """Rows that are not in the files are counted, and it says where they are."""
    assert "1 row is not in these files: rejects.csv" in " ".join(readme(tmp_path, 1, "{0},Ann,nothing,A,B,").split())


def test_the_last_step_is_a_sentence_with_and_without_dates(tmp_path: Path):
    """What to look at stands together; what a date means in these files comes after it."""
    plain = " ".join(readme(tmp_path, 1).split())
    dated = " ".join(readme(tmp_path, 1, "{0},Ann,a{0}@example.com,Acme,Gold,2026-01-31", field="datetime").split())

    assert "one with special characters, and compare them with the file." in plain
    assert "and one with a date, and compare them with the file. Times in these files are in UTC" in dated


def test_lines_are_short(tmp_path: Path):
    """A text editor shows the whole of each line."""
    assert max(map(len, readme(tmp_path, 3_001).splitlines())) <= 78
