"""The stage that exports a SOQL query to one CSV: by Bulk API 2.0, resumed after a kill, or by REST where that fits.

Every record that Salesforce counts is in the file, or there is an error. Values stand as Salesforce wrote them, and
so does its quoting, which is every value in double quotes; what comes by REST is quoted the same way.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from toolkit.errors import InputRefused, Stopped
from toolkit.files import GrowingFile, Outputs, Written, remove, sweep
from toolkit.progress import Listener, Progress, silent
from toolkit.salesforce import resume
from toolkit.salesforce.bulk import Job
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.download import Download
from toolkit.salesforce.jobs import QueryJobs
from toolkit.salesforce.resume import Binding, Resume, part_of, state_of
from toolkit.salesforce.soql import Query, columns_of, read_query, row, with_is_deleted


class Via(StrEnum):
    """Which of Salesforce's APIs runs the query; ``auto``: REST for small results and for what Bulk refuses."""

    AUTO = "auto"
    BULK = "bulk"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """A query and where its result goes; ``all_rows``: deleted and archived records too, with IsDeleted."""

    soql: str
    output: Path
    resume: bool = False
    all_rows: bool = False
    via: Via = Via.AUTO


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What was written, by which API; ``notes`` are sentences on what a person should know of it."""

    via: Via
    rows: int
    headings: tuple[str, ...]
    notes: tuple[str, ...]
    written: tuple[Written, ...]


def run(
    settings: QuerySettings, client: SalesforceClient, outputs: Outputs, on_progress: Listener = silent
) -> QueryResult:
    """Write ``settings.output``: UTF-8 CSV, ``\\n`` between records, one heading line; not yet committed.

    Fields of related records have columns such as ``Account.Name``. Stopped when Salesforce can't be reached for
    long: ``resume`` goes on from the last page. InputRefused when the query, or the state to resume, is no good.
    """
    query = read_query(settings.soql)
    query = with_is_deleted(query) if settings.all_rows else query
    if settings.via is Via.REST or (settings.via is Via.AUTO and (query.small or query.needs_rest)):
        return _by_rest(settings, query, client, outputs, on_progress)
    file = outputs.hold(GrowingFile(part_of(settings.output)))
    sweep(state_of(settings.output))
    export = _BulkExport(settings, query, client, on_progress)
    state, notes = export.run(file)
    outputs.adopt(settings.output, part_of(settings.output))
    outputs.retire(state_of(settings.output))
    headings = tuple(next(csv.reader([state.heading])))
    return QueryResult(Via.BULK, state.records, headings, notes, (Written(settings.output, state.records),))


class _BulkExport:
    """One query by Bulk API 2.0: a job made or found again, waited for, and its records downloaded."""

    def __init__(self, settings: QuerySettings, query: Query, client: SalesforceClient, on_progress: Listener) -> None:
        self._settings = settings
        self._query = query
        self._client = client
        self._jobs = QueryJobs(client)
        self._on_progress = on_progress
        self._notes: list[str] = []

    def run(self, file: GrowingFile) -> tuple[Resume, tuple[str, ...]]:
        """Bring the whole result into ``file``, and say how it went."""
        binding = Binding.of((self._query.text, str(self._settings.all_rows)), self._client.url)
        found = self._to_resume(binding)
        state, job = self._go_on(found, file) if found else self._begin(binding, file)
        download = Download(self._jobs, job, state, self._client.clock)
        state = download.run(self._settings.output, file, self._on_progress)
        if state.nuls:
            self._notes.append(f"{state.nuls:,} NUL bytes were taken out of the values")
        return state, tuple(self._notes)

    def _to_resume(self, binding: Binding) -> Resume | None:
        output = self._settings.output
        if self._settings.resume:
            found = resume.load(output, binding)
            self._notes += [] if found else ["there was nothing to resume: the export was made from the beginning"]
            return found
        if state_of(output).exists():
            self._notes.append("an unfinished export of this file was started over; --resume would have gone on")
        return None

    def _begin(self, binding: Binding, file: GrowingFile) -> tuple[Resume, Job]:
        """Make a job and wait for it; a query that Salesforce does not take leaves nothing behind."""
        remove((state_of(self._settings.output),))
        file.cut(0)
        try:
            job = self._jobs.create(self._query.text, all_rows=self._settings.all_rows)
            state = binding.begin(job)
            resume.save(self._settings.output, state)
            return state, self._jobs.wait(job, self._tell_waiting)
        except InputRefused:
            remove((part_of(self._settings.output), state_of(self._settings.output)))
            raise

    def _go_on(self, state: Resume, file: GrowingFile) -> tuple[Resume, Job]:
        job = self._jobs.wait(self._jobs.find(state.job, state.version), self._tell_waiting)
        if file.cut(state.size):
            self._notes.append(f"resumed after {state.records:,} records")
            return state, job
        self._notes.append("the partial file was gone or cut: the same job's records were fetched from the first on")
        return state.from_the_start(), job

    def _tell_waiting(self, job: Job) -> None:
        self._on_progress(Progress("export", 0, note=f"while Salesforce runs the query ({job.state})"))


def _by_rest(
    settings: QuerySettings, query: Query, client: SalesforceClient, outputs: Outputs, on_progress: Listener
) -> QueryResult:
    answers = client.query(query.text, all_rows=settings.all_rows)
    answer = next(answers)
    total, query = int(answer["totalSize"]), columns_of(query, answer["records"])
    if query.counts_only:
        total, answer = 1, {"records": [{query.columns[0].heading: total}]}
    headings = tuple(each.heading for each in query.columns)
    with outputs.open(settings.output) as file, _csv(file) as write:
        write([headings])
        rows, nuls = 0, 0
        for each in chain([answer], answers):
            cells = [row(record, query.columns) for record in each["records"]]
            nuls += sum(cell.count("\0") for line in cells for cell in line)
            write([cell.replace("\0", "") for cell in line] for line in cells)
            rows += len(cells)
            if rows > total:
                break
            on_progress(Progress("export", rows, total))
    if rows != total:
        raise Stopped(f"the query found {total} records, but {rows} came", hint="run the same command again")
    return QueryResult(Via.REST, rows, headings, _notes(nuls), (Written(settings.output, rows),))


def _notes(nuls: int) -> tuple[str, ...]:
    return (f"{nuls:,} NUL bytes were taken out of the values",) if nuls else ()


@contextmanager
def _csv(file: BinaryIO) -> Iterator[Callable[[Iterable[Sequence[str]]], None]]:
    """Give what writes rows of cells into ``file``, quoted as Bulk API 2.0 quotes them."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    yield csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows
    text.flush()
    text.detach()
