"""The validate stage: any file of ours against its schema, every problem with its place. Writes nothing.

Files larger than memory are read part by part, and what is kept of their problems is bounded: all invalid lines are
counted, the first are explained.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import orjson
import polars as pl

from toolkit import flat, schemas
from toolkit.company import CompanyFields, operation_judge, unknown_headings
from toolkit.company_cells import FAULT, cell_faults
from toolkit.documents import escape, parse_yaml
from toolkit.errors import InputRefused, Problem, WrongSettings
from toolkit.front.fields_file import read_fields
from toolkit.operation import clear_problems
from toolkit.settings import read_text
from toolkit.tables import open_csv
from toolkit.tables.encoding import must_be_file

OPERATION = "operation"
_WITH_FIELDS = (OPERATION, "import-row")
MOST = 1_000
"""Problems kept and so explained; of the lines beyond that is only counted which are invalid."""

_CHUNK = 1 << 22
_BOM = b"\xef\xbb\xbf"

_BY_HEADINGS = (
    ("reject", {"reject_code"}),
    ("merge", {"kept_row", "merged_row"}),
    ("dropped", {"row", "code", "reason"}),
    ("account-import-row", {"name", "domains"}),
    ("account-import-row", {"name", "externalId"}),
    ("import-row", {"name"}),
)
"""Which schema a CSV is to follow: the first whose headings are all there."""


@dataclass(frozen=True, slots=True)
class ValidateResult:
    """Which schema it was, how many documents (lines, rows) were checked, how many are invalid, and why.

    ``problems`` are those of the first invalid documents, about ``MOST`` at the most; ``unexplained`` counts the
    invalid documents beyond them.
    """

    kind: str
    checked: int
    invalid: int
    problems: tuple[Problem, ...]
    unexplained: int = 0


@dataclass(slots=True)
class _Tally:
    """What has been found so far."""

    kind: str
    checked: int = 0
    invalid: int = 0
    unexplained: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, wrong: Iterable[Problem]) -> None:
        """Count an invalid document; ``wrong`` is only asked for while there is room."""
        self.invalid += 1
        if len(self.problems) < MOST:
            self.problems += wrong
        else:
            self.unexplained += 1

    def result(self) -> ValidateResult:
        return ValidateResult(self.kind, self.checked, self.invalid, tuple(self.problems), self.unexplained)


def run(file: Path, kind: str | None = None, fields: Path | None = None) -> ValidateResult:
    """Check ``file`` against the schema called ``kind``, or the one that the file's own look says.

    ``fields``: a snapshot, whose custom fields operations and contact imports are held against too. InputRefused when
    a file can't be read at all; WrongSettings when no schema fits, none is called so, or custom fields say nothing of
    it.
    """
    if kind is not None:
        schemas.load(kind)
    company = read_fields(fields) if fields else None
    if file.suffix in (".yaml", ".yml"):
        return _document(file, kind, company)
    return _table(file, kind, company) if file.suffix == ".csv" else _lines(file, kind, company)


def _refuse_fields(kind: str, company: CompanyFields | None) -> None:
    """Refuse a snapshot that would be passed over."""
    if company and kind not in _WITH_FIELDS:
        hint = f"leave --fields out; it is for: {', '.join(_WITH_FIELDS)}"
        raise WrongSettings(f"custom fields say nothing of a file of the kind {kind}", hint=hint)


def _document(file: Path, kind: str | None, company: CompanyFields | None) -> ValidateResult:
    document = parse_yaml(read_text(file), file.name)
    keys = document.data if isinstance(document.data, dict) else {}
    kind = kind or _kind_of_document(keys)
    _refuse_fields(kind, company)
    found = schemas.problems(document.data, kind)
    placed = tuple(document.problem(each.pointer, each.sentence, each.code) for each in found)
    return ValidateResult(kind, 1, int(bool(found)), placed)


def _kind_of_document(keys: dict[str, object]) -> str:
    if keys.keys() & {"all", "any", "none"}:
        return "rule-preview"
    if keys.keys() & {"mapping", "profiles", "runs", "guards"}:
        return "sync"
    return "mapping" if keys.keys() & {"contact", "columns", "duplicates", "on_bad_value"} else "settings"


def _table(file: Path, kind: str | None, company: CompanyFields | None) -> ValidateResult:
    with open_csv(file) as csv:
        kind = kind or _kind_of_table(csv.columns, file.name)
        if kind not in flat.NAMES:
            raise WrongSettings(f"{kind} does not describe a CSV", hint=f"--as one of {', '.join(flat.NAMES)}")
        _refuse_fields(kind, company)
        tally = _Tally(kind)
        if company:
            wrong = unknown_headings(csv.columns, company)
            tally.problems += [Problem(said, file.name, csv.first_row - 1, code="heading") for _, said in wrong]
        for part in csv.parts():
            rows = _Rows(part, file.name, csv.first_row + tally.checked, kind, company)
            for index in rows.invalid():
                tally.add(rows.problems(index))
            tally.checked += len(part)
    return tally.result()


class _Rows:
    """A part of a table; ``first`` is the number of its first row in the file."""

    def __init__(self, frame: pl.DataFrame, name: str, first: int, kind: str, company: CompanyFields | None) -> None:
        self._frame, self._name, self._first, self._kind = frame, name, first, kind
        self._faults = cell_faults(frame, company) if company else pl.DataFrame(schema=FAULT)

    def invalid(self) -> list[int]:
        return sorted({*flat.invalid_rows(self._frame, self._kind), *self._faults["index"]})

    def problems(self, index: int) -> Iterator[Problem]:
        row = self._first + index
        yield from flat.row_problems(self._frame, index, self._kind, self._name, row)
        for _, heading, said in self._faults.filter(pl.col("index") == index).iter_rows():
            yield Problem(said, self._name, row, None, f"/{escape(heading)}", "field")


def _kind_of_table(headings: Iterable[str], name: str) -> str:
    there = set(headings)
    if kind := next((kind for kind, needed in _BY_HEADINGS if needed <= there), ""):
        return kind
    hint = f"sf2front inspect tells what another CSV is; if it is to be ours, say --as one of {', '.join(flat.NAMES)}"
    raise WrongSettings(f"{name} has the headings of no file of ours: contacts for Front have a name", hint=hint)


def _lines(file: Path, kind: str | None, company: CompanyFields | None) -> ValidateResult:
    parts = _parts(file)
    first = next(parts, [])
    tally = _Tally(kind or _kind_of_line(first[0] if first else b"", file.name))
    _refuse_fields(tally.kind, company)
    judge = operation_judge(company) if company else schemas.judge(tally.kind)
    for part in chain([first], parts):
        begin = tally.checked + 1
        tally.checked += len(part)
        for index in _invalid(part, judge):
            tally.add(_line_problems(part[index], judge, file.name, begin + index))
    return tally.result()


def _invalid(lines: list[bytes], judge: schemas.Judge) -> list[int]:
    """Give the indexes of the invalid lines; those that set and clear a field at once are found beside the schema."""
    found = judge.invalid_lines(lines)
    if judge.name != OPERATION:
        return found
    clearing = {index for index, line in enumerate(lines) if b'"clear"' in line}.difference(found)
    return sorted([*found, *(each for each in clearing if any(clear_problems(orjson.loads(lines[each]))))])


def _line_problems(line: bytes, judge: schemas.Judge, name: str, number: int) -> Iterator[Problem]:
    found = judge.line_problems(line, name, number)
    yield from found or clear_problems(orjson.loads(line), name, number)


def _parts(file: Path) -> Iterator[list[bytes]]:
    """Give the lines of a file, some megabytes at a time; a byte order mark is no part of the first."""
    must_be_file(file)
    with file.open("rb") as opened:
        if opened.read(len(_BOM)) != _BOM:
            opened.seek(0)
        while part := opened.readlines(_CHUNK):
            yield part


def _kind_of_line(line: bytes, name: str) -> str:
    try:
        first = orjson.loads(line or b"{}")
    except orjson.JSONDecodeError:
        wrong = tuple(schemas.line_problems(line, OPERATION, name, 1))
        raise InputRefused(f"{name} can't be read as NDJSON", hint="look at that line", problems=wrong) from None
    if isinstance(first, dict) and "op" in first and "differences" not in first:
        return "result" if "state" in first else OPERATION
    if isinstance(first, dict) and first.get("resource") == "leavers":
        return "leaver"
    if isinstance(first, dict) and first.get("resource") == "snapshot":
        raise WrongSettings(f"{name} is a snapshot of Front: Front says what is in it, no schema of ours", hint=_OURS)
    if isinstance(first, dict) and _REPORTS & first.keys():
        raise WrongSettings(f"{name} tells people what was found: no schema is for it", hint=_OURS)
    names = ", ".join(schemas.schema_names())
    raise WrongSettings("the file does not show which schema it is to follow", hint=f"name one with --as: {names}")


_OURS = "sf2front evidence shows whether a file is what its stage wrote"
_REPORTS = frozenset({"differences", "proposal", "write"})
"""Keys that stand in the lines of verify's differences, plan's conflicts and what rollback kept, and nowhere else."""
