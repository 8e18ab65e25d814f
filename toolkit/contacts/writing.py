"""The files of a transform, begun in its outputs: for Front by the target, for people beside them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from toolkit import flat
from toolkit.company import CompanyFields
from toolkit.contacts import rejects, sorting
from toolkit.contacts.admin_readme import ImportFacts, readme
from toolkit.contacts.frame import LISTS
from toolkit.contacts.import_file import in_files, left_out
from toolkit.contacts.leavers import LEAVERS, Known, leaver_lines, leaving
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.outcome import Target, TransformSettings
from toolkit.contacts.people_files import PeopleFiles
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.report_rows import AccountRows, ContactRows, ReportRows, Source
from toolkit.contacts.sorting import Late
from toolkit.contacts.statistics import Statistics
from toolkit.contacts.target_files import Passed, T, TargetFiles
from toolkit.files import Outputs, Written
from toolkit.leaving import Line
from toolkit.progress import Progress
from toolkit.tables import ndjson_line

REJECTS, MERGES, DROPPED, README = "rejects.csv", "merges.csv", "dropped.csv", "README.txt"
_OURS = r"merges\.csv|dropped\.csv|leavers\.ndjson|front-(import|accounts)-[0-9]{3,}\.csv"
OPERATIONS, IMPORT, ACCOUNTS = "operations.ndjson", "front-import-{:03}.csv", "front-accounts-{:03}.csv"


@dataclass(frozen=True, slots=True)
class Job:
    """What every writer needs. ``statistics`` are kept for the HTML page, when one is asked for."""

    settings: TransformSettings
    source: Source
    outputs: Outputs
    fields: CompanyFields | None = None
    statistics: Statistics | None = None

    @property
    def mapping(self) -> Mapping:
        """Give the mapping."""
        return self.source.mapping

    def people(self, rows: ReportRows, late: Late) -> PeopleFiles:
        """Give the files for people, their rejects counted."""
        on_rejected = self.statistics.add_rejects if self.statistics else None
        return PeopleFiles(rows, late, self.source.file.first_row, on_rejected)

    def write_csv(self, name: str, frames: Iterable[pl.DataFrame]) -> Written:
        """Begin a file of rows that come frame by frame, all with the same columns."""
        path, rows = self.settings.output / name, 0
        with self.outputs.open(path) as file:
            for number, frame in enumerate(frames):
                frame.write_csv(file, include_header=number == 0)
                rows += len(frame)
        return Written(path, rows)

    def write_numbered(self, name: str, frames: Iterable[pl.DataFrame]) -> tuple[list[Written], frozenset[str]]:
        """Begin a file for each frame, and give all their headings."""
        written, headings = [], set[str]()
        for number, frame in enumerate(frames, start=1):
            headings.update(frame.columns)
            written.append(self.write_csv(name.format(number), [frame]))
        return written, frozenset(headings)

    def write_readme(self, facts: ImportFacts) -> Written:
        """Begin README.txt."""
        path = self.settings.output / README
        self.outputs.write(path, readme(facts).encode())
        return Written(path, None)

    def write_for_people(self, people: PeopleFiles, merges: pl.DataFrame) -> list[Written]:
        """Begin rejects.csv, and merges.csv and dropped.csv when there is something to tell."""
        written = [self.write_csv(REJECTS, people.rejects())]
        if len(merges):
            written.append(self.write_csv(MERGES, [people.merges()]))
        if people.dropped:
            written.append(self.write_csv(DROPPED, people.values_dropped()))
        return written


@dataclass(frozen=True, slots=True)
class Ended:
    """How the rows ended, and the files that tell of it; ``rows == accepted + merged + rejects``."""

    rows: int
    accepted: int
    merged: int
    people: PeopleFiles
    written: list[Written]
    extensions: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    leavers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    """What is counted while contacts pass, and the faults of those that don't."""

    accepted: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    faults: list[pl.DataFrame] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)


def write_contacts(job: Job) -> Ended:
    """Read the rows as contacts and write them for the target."""
    rows, tally = ContactRows(job.source), _Tally()
    files = TargetFiles(rows, job.mapping, job.fields)
    importing = job.settings.target is Target.IMPORT
    headings: frozenset[str] = frozenset()
    if importing:
        parts = (each.written for each in _watched(job, files.import_texts(), len(rows), tally))
        written, headings = job.write_numbered(IMPORT, in_files(parts, job.mapping))
    else:
        written = [_write_operations(job, _watched(job, files.operations(), len(rows), tally), tally)]
    late = sorting.late(rows.settled, rejects.together(tally.faults))
    people = job.people(rows, late)
    leavers: dict[str, int] = {}
    if job.settings.leaving and not importing:
        told = leaving(job.mapping, job.settings.leaving, tally.lists)
        leavers = _write_leavers(
            job, leaver_lines(rows, job.mapping, told, Known(job.source.file.first_row, late)), written
        )
    if importing:
        written.append(job.write_readme(_facts(job, written, headings, people)))
    written += job.write_for_people(people, late.merges)
    if job.statistics:
        job.statistics.add_merges(dict(late.merges.group_by("source").len().iter_rows()))
    return Ended(
        len(rows), tally.accepted, len(late.merges), people, written, rows.extensions, dict(tally.left_out), leavers
    )  # fmt: skip


def _write_leavers(job: Job, lines: Iterable[Line], written: list[Written]) -> dict[str, int]:
    """Write who leaves; give how many, by reason."""
    path, counts = job.settings.output / LEAVERS, Counter[str]()
    with job.outputs.open(path) as file:
        for line in lines:
            file.write(ndjson_line(line))
            counts.update([line["why"]] if "why" in line else [])
    written.append(Written(path, counts.total() + 1, "leaver"))
    return dict(sorted(counts.items()))


def _watched(job: Job, parts: Iterable[Passed[T]], total: int, tally: _Tally) -> Iterator[Passed[T]]:
    for passed in parts:
        tally.accepted += len(passed.contacts)
        if len(passed.faults):
            tally.faults.append(passed.faults)
        if job.settings.target is Target.IMPORT:
            tally.left_out.update(left_out(passed.contacts, job.mapping))
        if job.settings.leaving and any(rule.column for rule in job.mapping.contact.lists):
            tally.lists.update(passed.contacts[LISTS].explode().drop_nulls().unique())
        if job.statistics:
            job.statistics.add_contacts(passed.contacts)
        done = passed.part.start + passed.part.rows
        job.source.on_progress(Progress("transform", done, total, unit="rows written"))
        yield passed


def _write_operations(job: Job, parts: Iterable[Passed[bytes]], tally: _Tally) -> Written:
    path = job.settings.output / OPERATIONS
    with job.outputs.open(path) as file:
        for passed in parts:
            file.write(passed.written)
    return Written(path, tally.accepted, "operation")


def _facts(job: Job, files: list[Written], headings: frozenset[str], people: PeopleFiles) -> ImportFacts:
    fields = [(rule.name, rule.type.value) for rule in job.mapping.contact.fields if rule.name in headings]
    name = job.settings.source.name
    rejected, excluded = people.rejected.total(), people.rejected[RejectCode.EXCLUDED.value]
    return ImportFacts(name, "contacts", tuple(files), fields, headings, rejected, excluded)


def write_accounts(job: Job) -> Ended:
    """Read the rows as accounts, and write each account once."""
    rows = AccountRows(job.source)
    table = rows.accounts.table()
    if flat.invalid_rows(table.rows, "account-import-row"):
        raise AssertionError("an account that was cleaned breaks schemas/account-import-row.schema.json")
    written, headings = job.write_numbered(ACCOUNTS, in_files([table.rows], job.mapping))
    nothing = rejects.together([])
    late = Late(nothing, pl.DataFrame())
    people = job.people(rows, late)
    rejected, excluded = people.rejected.total(), people.rejected[RejectCode.EXCLUDED.value]
    facts = ImportFacts(
        job.settings.source.name, "accounts", tuple(written), (), headings, rejected, excluded
    )  # fmt: skip
    written = [*written, job.write_readme(facts), *job.write_for_people(people, late.merges)]
    merged = rows.accounts.rows - len(table.rows)
    return Ended(len(rows), len(table.rows), merged, people, written, left_out=table.left_out)


def stale(settings: TransformSettings, written: Iterable[Written]) -> tuple[Path, ...]:
    """Name the files of an earlier run into the same folder that would tell of rows that are no more."""
    now = {each.path for each in written}
    numbered = {Target.IMPORT: [IMPORT], Target.ACCOUNTS: [ACCOUNTS]}.get(settings.target, [])
    patterns = [MERGES, DROPPED, LEAVERS, *(each.format(0).replace("000", "*") for each in numbered)]
    found = {path for pattern in patterns for path in settings.output.glob(pattern)}
    ours = {path for path in found if re.fullmatch(_OURS, path.name)}
    return tuple(sorted(ours - now))
