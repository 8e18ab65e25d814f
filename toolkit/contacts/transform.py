"""The transform stage: a report and a mapping into the files for Front.

Each row of the report ends as a contact, as a reject with its reason, or merged into the contact of another row;
the sum is checked. The report may be larger than memory: see ``rows``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import polars as pl

from toolkit.contacts import rejects, sorting, target_files
from toolkit.contacts.admin_readme import ImportFacts, readme
from toolkit.contacts.import_file import in_files, left_out
from toolkit.contacts.mapping import Mapping, check_columns, check_expressions
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.people_files import PeopleFiles
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.rows import Rows, original_columns
from toolkit.contacts.target_files import Passed, T
from toolkit.documents import Document, parse_yaml
from toolkit.errors import Problem, WrongSettings
from toolkit.files import Outputs, Written
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import CsvFile, CsvOptions, open_csv, shelf

REJECTS, MERGES, DROPPED, README = "rejects.csv", "merges.csv", "dropped.csv", "README.txt"
OPERATIONS, IMPORT = "operations.ndjson", "front-import-{:03}.csv"
_DETECT = CsvOptions()


class Target(StrEnum):
    """What transform writes for Front: files for its contact import, or operations for its API."""

    IMPORT = "import"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class TransformSettings:
    """The report, the mapping, the folder for the files, and what is known of the report's encoding."""

    source: Path
    mapping: Path
    output: Path
    target: Target
    csv: CsvOptions = _DETECT


@dataclass(frozen=True, slots=True)
class TransformResult:
    """What became of the rows, and the files that await the commit; ``rows == accepted + rejected + merged``.

    ``dropped_by_code`` counts bad values left out of rows that were kept, ``extensions`` phone extensions left out,
    ``left_out`` what the import file has no heading for. ``stale`` are files of an earlier run that this one does
    not write: to be removed after the commit.
    """

    rows: int
    accepted: int
    rejected: int
    merged: int
    rejected_by_code: dict[str, int]
    dropped_by_code: dict[str, int]
    extensions: int
    left_out: dict[str, int]
    written: tuple[Written, ...]
    stale: tuple[Path, ...]
    notes: tuple[Problem, ...]

    @property
    def rejected_by_fault(self) -> int:
        """Count the rejects that the mapping's ``where`` did not ask for: they make the exit code 3."""
        return self.rejected - self.rejected_by_code.get(RejectCode.EXCLUDED.value, 0)


def run(settings: TransformSettings, outputs: Outputs, on_progress: Listener = silent) -> TransformResult:
    """Transform one report. The files are begun in ``outputs``; the caller commits them.

    Raises InputRefused for a report that can't be read or lacks a column of the mapping, WrongSettings for a
    mapping that is wrong, CannotWrite.
    """
    document = _document(settings.mapping)
    mapping = read_mapping(document)
    with open_csv(settings.source, settings.csv) as file, shelf() as put_aside:
        _check(mapping, document, file)
        rows = Rows(file, mapping, put_aside, on_progress)
        return _Job(settings, mapping, rows, outputs, on_progress).result(file)


def _document(path: Path) -> Document:
    try:
        return parse_yaml(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        raise WrongSettings(f"there is no mapping {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"the mapping {path} can't be read: {error}", hint="save it as UTF-8") from None


def _check(mapping: Mapping, document: Document, file: CsvFile) -> None:
    """Hold the mapping against the headings, before any row is read."""
    columns = original_columns(file)
    check_columns(mapping, document, columns, file.name)
    used = {column: pl.String for _, column in mapping.references}
    check_expressions(mapping, document, pl.DataFrame(schema=used))


@dataclass(slots=True)
class _Job:
    """Writes what the rows became, and counts on the way."""

    settings: TransformSettings
    mapping: Mapping
    rows: Rows
    outputs: Outputs
    on_progress: Listener
    accepted: int = 0
    headings: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    faults: list[pl.DataFrame] = field(default_factory=list)

    def result(self, file: CsvFile) -> TransformResult:
        """Write every file and say what became of the rows."""
        importing = self.settings.target is Target.IMPORT
        written = self._import() if importing else self._operations()
        late = sorting.late(self.rows.settled, rejects.together(self.faults))
        people = PeopleFiles(self.rows, late, file.first_row)
        if importing:
            written.append(self._readme(written, people.rejected.total()))
        written += self._for_people(people, len(late.merges))
        return self._counted(people, len(late.merges), tuple(written), file.notes)

    def _watched(self, parts: Iterable[Passed[T]]) -> Iterator[Passed[T]]:
        """Count what passes, and keep the faults of what does not."""
        total = len(self.rows)
        for passed in parts:
            self.accepted += len(passed.contacts)
            if len(passed.faults):
                self.faults.append(passed.faults)
            if self.settings.target is Target.IMPORT:
                self.left_out.update(left_out(passed.contacts, self.mapping))
            done = passed.part.start + passed.part.rows
            self.on_progress(Progress("transform", done, total, unit="rows written"))
            yield passed

    def _operations(self) -> list[Written]:
        path = self.settings.output / OPERATIONS
        with self.outputs.open(path) as file:
            for passed in self._watched(target_files.operations(self.rows, self.mapping)):
                file.write(passed.written)
        return [Written(path, self.accepted)]

    def _import(self) -> list[Written]:
        parts = (each.written for each in self._watched(target_files.import_texts(self.rows, self.mapping)))
        written = []
        for number, frame in enumerate(in_files(parts, self.mapping), start=1):
            self.headings.update(frame.columns)
            written.append(self._write_csv(IMPORT.format(number), [frame]))
        return written

    def _readme(self, files: list[Written], rejected: int) -> Written:
        fields = [(rule.name, rule.type.value) for rule in self.mapping.contact.fields if rule.name in self.headings]
        name, headings = self.settings.source.name, frozenset(self.headings)
        facts = ImportFacts(name, "contacts", files, fields, headings, rejected)
        path = self.settings.output / README
        self.outputs.write(path, readme(facts).encode())
        return Written(path, None)

    def _for_people(self, people: PeopleFiles, merged: int) -> list[Written]:
        written = [self._write_csv(REJECTS, people.rejects())]
        if merged:
            written.append(self._write_csv(MERGES, [people.merges()]))
        if people.dropped:
            written.append(self._write_csv(DROPPED, people.values_dropped()))
        return written

    def _write_csv(self, name: str, frames: Iterable[pl.DataFrame]) -> Written:
        path, rows = self.settings.output / name, 0
        with self.outputs.open(path) as file:
            for number, frame in enumerate(frames):
                frame.write_csv(file, include_header=number == 0)
                rows += len(frame)
        return Written(path, rows)

    def _counted(
        self, people: PeopleFiles, merged: int, written: tuple[Written, ...], notes: tuple[Problem, ...]
    ) -> TransformResult:
        rows, rejected = len(self.rows), people.rejected.total()
        if rows != self.accepted + rejected + merged:
            raise AssertionError(f"{rows} rows, but {self.accepted} accepted, {rejected} rejected, {merged} merged")
        return TransformResult(
            rows=rows,
            accepted=self.accepted,
            rejected=rejected,
            merged=merged,
            rejected_by_code=dict(sorted(people.rejected.items())),
            dropped_by_code=dict(sorted(people.dropped.items())),
            extensions=self.rows.extensions,
            left_out=dict(self.left_out),
            written=written,
            stale=_stale(self.settings, written),
            notes=notes,
        )


def _stale(settings: TransformSettings, written: tuple[Written, ...]) -> tuple[Path, ...]:
    """Name the files of an earlier run into the same folder that would tell of rows that are no more."""
    now = {each.path for each in written}
    patterns = [MERGES, DROPPED]
    patterns += ["front-import-[0-9][0-9][0-9].csv"] if settings.target is Target.IMPORT else []
    found = {path for pattern in patterns for path in settings.output.glob(pattern)}
    return tuple(sorted(found - now))
