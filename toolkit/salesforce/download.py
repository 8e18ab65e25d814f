"""A query job's records to one file, page by page, so that a kill at any moment costs at most one page.

The file grows beside its place (``NAME.part``); after each page it is synced and then the state (``NAME.resume.json``)
is renewed. Whatever stands behind the recorded size is cut off when the download goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import dropwhile
from pathlib import Path

from toolkit.errors import InputRefused
from toolkit.exchange import BrokenOffError, Lost, Request
from toolkit.files import GrowingFile
from toolkit.pacing import Clock, GiveUp, decide
from toolkit.progress import Listener, Progress
from toolkit.salesforce import resume
from toolkit.salesforce.bulk import FIRST, Job, PageRows
from toolkit.salesforce.client import explain
from toolkit.salesforce.jobs import PAGE_RECORDS, Fetch, PageBody, PagesAhead, QueryJobs
from toolkit.salesforce.resume import Resume

_READING = Request("GET", "/results")


class Download:
    """Brings the rest of a job's records behind those that ``state`` counts; ``state`` moves on with each page."""

    def __init__(self, jobs: QueryJobs, job: Job, state: Resume, clock: Clock) -> None:
        self._jobs = jobs
        self._job = job
        self._clock = clock
        self._seen: set[str | None] = set()
        self.state = state

    def run(self, output: Path, file: GrowingFile, on_progress: Listener) -> Resume:
        """Download what is missing. InputRefused when the job's own count of records is not reached."""
        writer = _PageWriter(output, file, lambda done: on_progress(Progress("export", done, self._job.records)))
        if links := self._links():
            self._side_by_side(writer, links)
        while not self.state.finished:
            self._next_page(writer, self._fetch(PAGE_RECORDS))
        if not self.state.heading:
            raise InputRefused("Salesforce sent a result without a heading line", hint="try --via rest")
        if self.state.records != self._job.records:
            raise self._miscounted()
        return self.state

    def _miscounted(self) -> InputRefused:
        return InputRefused(
            f"the query found {self._job.records} records, but its pages hold {self.state.records}",
            hint="run the command without --resume; it asks anew",
        )

    def _links(self) -> Iterator[str] | None:
        """Ask for Salesforce's own row of pages: at the start of a large result, or where one was begun."""
        many = (self._job.records or 0) > PAGE_RECORDS and self.state.locator == FIRST
        return self._jobs.linked(self._job) if many or (self.state.linked and not self.state.finished) else None

    def _side_by_side(self, writer: "_PageWriter", locators: Iterator[str]) -> None:
        """Write Salesforce's own pages, fetched ahead of their turn, from the one whose turn it is."""
        if self.state.locator != FIRST:
            locators = dropwhile(lambda each: each != self.state.locator, locators)
        with PagesAhead(self._fetch(None), locators) as ahead:
            for locator, following, fetch in ahead:
                self.state = replace(self.state, locator=locator, linked=True)
                self._next_page(writer, fetch, following)

    def _fetch(self, most: int | None) -> Fetch:
        return lambda locator: self._jobs.page(self._job, locator, most)

    def _next_page(self, writer: "_PageWriter", fetch: Fetch, following: str | None = None) -> None:
        """Write one page; when it breaks off, begin it anew as the house's rule of retries allows."""
        attempt = 0
        while True:
            attempt += 1
            try:
                self.state = writer.write(self.state, fetch, following)
            except BrokenOffError as broken:
                lost = Lost(reached=True, why=str(broken))
                verdict = decide(_READING, lost, attempt)
                if isinstance(verdict, GiveUp):
                    raise explain(lost) from None
                self._clock.sleep(verdict.seconds)
                fetch = self._fetch(None if self.state.linked else PAGE_RECORDS)
            else:
                break
        # Not left for the end: pages that lead back to each other have none, be they empty or not.
        repeated = self.state.locator in self._seen
        self._seen.add(self.state.locator)
        if repeated or self.state.records > (self._job.records or 0):
            raise self._miscounted()


class _PageWriter:
    """Writes a page behind the pages before it and records it once it is whole and on the disk."""

    def __init__(self, output: Path, file: GrowingFile, on_records: Callable[[int], None]) -> None:
        self._output = output
        self._file = file
        self._on_records = on_records

    def write(self, state: Resume, fetch: Fetch, following: str | None) -> Resume:
        self._file.cut(state.size)
        rows, headed = PageRows(state.heading.encode()), state.size > 0
        with fetch(state.locator) as body:
            for piece in _pieces(body, rows):
                if rows.heading and not headed:
                    self._file.append(rows.heading + b"\n")
                    headed = True
                self._file.append(piece)
                self._on_records(state.records + rows.records)
            following = body.head.following if following is None else following
        written = replace(
            state,
            locator=following,
            heading=rows.heading.decode(),
            size=self._file.sync(),
            records=state.records + rows.records,
            nuls=state.nuls + rows.nuls,
        )
        resume.save(self._output, written)
        return written


def _pieces(body: PageBody, rows: PageRows) -> Iterator[bytes]:
    for chunk in body.chunks:
        yield rows.take(chunk)
    yield rows.end(body.head.records)
