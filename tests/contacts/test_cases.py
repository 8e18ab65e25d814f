"""Each folder of tests/cases is a test: a report, a mapping, and what each target must give, byte for byte.

``input.csv`` and ``mapping.yaml``; then ``import/`` and ``operations/`` with all the files of that target, or
``refused.txt``: the error's name, its sentence, and its problems, one a line.
"""

import csv
import json
from pathlib import Path

import pytest

from toolkit import schemas
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.errors import ToolkitError
from toolkit.files import Outputs

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/mapping.yaml"))
EXPECTED = [(folder, target) for folder in FOLDERS for target in Target if (folder / target).is_dir()]
REFUSED = [folder for folder in FOLDERS if (folder / "refused.txt").is_file()]


def transformed(folder: Path, target: Target, output: Path) -> dict[str, str]:
    settings = TransformSettings(folder / "input.csv", folder / "mapping.yaml", output, target)
    with Outputs() as outputs:
        run(settings, outputs)
        outputs.commit()
    return contents(output)


def contents(folder: Path) -> dict[str, str]:
    """Give each file but README.txt, which tests/contacts/test_admin_readme.py looks at."""
    return {path.name: path.read_bytes().decode() for path in folder.iterdir() if path.name != "README.txt"}


def named(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("folder", "target"), EXPECTED, ids=named)
def test_case(folder: Path, target: Target, tmp_path: Path):
    """The files are what the case's folder holds, and no other files."""
    assert contents(folder / target) == transformed(folder, target, tmp_path / "out")


@pytest.mark.parametrize("folder", REFUSED, ids=named)
def test_refused_case(folder: Path, tmp_path: Path):
    """The refusal says what the case's refused.txt says, and nothing is written."""
    with pytest.raises(ToolkitError) as refused:
        transformed(folder, Target.OPERATIONS, tmp_path / "out")
    error = refused.value
    said = "\n".join([type(error).__name__, error.sentence, *map(str, error.problems)]) + "\n"
    assert (folder / "refused.txt").read_text() == said
    assert not (tmp_path / "out").exists()


def test_every_folder_expects_something():
    """No folder is silently no test."""
    assert set(FOLDERS) == {folder for folder, _ in EXPECTED} | set(REFUSED)


def rows(pattern: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(CASES.glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            found += [dict(row) for row in csv.DictReader(file)]
    return found


def test_every_reject_code_has_a_case():
    """The cases show each code of the closed list at work."""
    assert {code.value for code in RejectCode} == {row["reject_code"] for row in rows("*/*/rejects.csv")}


def test_expected_rejects_keep_their_schema():
    """Each row of the expected rejects.csv is one that schemas/reject.schema.json describes."""
    expected = []
    assert expected == [found for row in rows("*/*/rejects.csv") for found in schemas.problems(row, "reject")]


def test_expected_import_rows_keep_their_schema():
    """Each row of the expected import files, blanks left out, is one that schemas/import-row.schema.json describes."""
    filled = [{name: cell for name, cell in row.items() if cell} for row in rows("*/import/front-import-*.csv")]
    expected = []
    assert expected == [found for row in filled for found in schemas.problems(row, "import-row")]


def test_expected_operations_keep_their_schema():
    """Each expected operation is one that schemas/operation.schema.json describes."""
    lines = [line for path in CASES.glob("*/operations/operations.ndjson") for line in path.read_text().splitlines()]
    expected = []
    assert expected == [found for line in lines for found in schemas.problems(json.loads(line), "operation")]
