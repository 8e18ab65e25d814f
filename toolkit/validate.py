"""The validate stage: any file of ours against its schema, every problem with its place. Writes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.documents import parse_yaml
from toolkit.errors import Problem, WrongSettings
from toolkit.schemas import load, problems
from toolkit.settings import read_text
from toolkit.tables import read_csv, read_ndjson


@dataclass(frozen=True, slots=True)
class ValidateResult:
    """Which schema it was, how many documents (lines, rows) were checked, how many are invalid, and why."""

    kind: str
    checked: int
    invalid: int
    problems: tuple[Problem, ...]


def run(file: Path, kind: str | None = None) -> ValidateResult:
    """Check ``file`` against the schema called ``kind``, or the one that the file's own look says.

    InputRefused when the file can't be read at all; WrongSettings when no schema fits or none is called so.
    """
    if kind is not None:
        load(kind)
    if file.suffix in (".yaml", ".yml"):
        return _document(file, kind)
    return _table(file, kind) if file.suffix == ".csv" else _lines(file, kind)


def _document(file: Path, kind: str | None) -> ValidateResult:
    document = parse_yaml(read_text(file), file.name)
    keys = document.data if isinstance(document.data, dict) else {}
    kind = kind or ("mapping" if "contact" in keys else "settings")
    found = [document.problem(each.pointer, each.sentence, each.code) for each in problems(document.data, kind)]
    return ValidateResult(kind, 1, int(bool(found)), tuple(found))


def _table(file: Path, kind: str | None) -> ValidateResult:
    table = read_csv(file)
    kind = kind or ("reject" if "reject_code" in table.frame.columns else "import-row")
    rows = ({name: cell for name, cell in row.items() if cell is not None} for row in table.frame.iter_rows(named=True))
    return _all(enumerate(rows, start=table.first_row), kind, file.name)


def _lines(file: Path, kind: str | None) -> ValidateResult:
    lines = list(read_ndjson(file))
    return _all(lines, kind or _kind_of(lines[0][1] if lines else {}), file.name)


def _kind_of(first: Any) -> str:
    if isinstance(first, dict) and "op" in first:
        return "result" if "state" in first else "operation"
    raise WrongSettings("the file does not show which schema it is to follow", hint="name one with --as")


def _all(documents: Iterable[tuple[int, Any]], kind: str, name: str) -> ValidateResult:
    checked = invalid = 0
    found: list[Problem] = []
    for line, document in documents:
        wrong = problems(document, kind, name, line)
        checked += 1
        invalid += bool(wrong)
        found += wrong
    return ValidateResult(kind, checked, invalid, tuple(found))
