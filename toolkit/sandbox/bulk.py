"""Bulk API 2.0's query jobs: what a job is, how it comes to its end, and its results in pages.

A job reads the records as they stood when it was made. Its locators hold as long as the job is there: one is the
place where a page begins, so any page can be asked for again, in any order.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from toolkit.sandbox.config import BulkConfig
from toolkit.sandbox.fault import Fault, unknown
from toolkit.sandbox.found import Found, as_csv
from toolkit.sandbox.record_ids import salesforce_id
from toolkit.sandbox.soql import SoqlError

LINKS = 5
"""Result pages that are named in one answer."""
_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
_LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}

Find = Callable[[str, bool], Found]
"""Reads a query (its text, and whether deleted records count) and says what it finds; raises SoqlError."""


class JobState(StrEnum):
    """The states of a query job."""

    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    COMPLETE = "JobComplete"
    ABORTED = "Aborted"
    FAILED = "Failed"


_ENDED = (JobState.COMPLETE, JobState.ABORTED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What was asked for: the body of the request, checked."""

    operation: str
    query: str
    delimiter: str
    line_end: str
    version: str


@dataclass(slots=True)
class Job:
    """One job on its way; ``polls`` counts how often its state was asked for."""

    id: str
    request: JobRequest
    created: float
    found: Found | None
    error: str = ""
    state: JobState = JobState.UPLOAD_COMPLETE
    polls: int = 0
    records: int = 0
    places: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results: CSV, how many records it has, and the locator of the next page (``null`` at the end)."""

    content: bytes
    records: int
    locator: str


class Jobs:
    """The jobs there are."""

    def __init__(self, find: Find, clock: Callable[[], float], config: BulkConfig) -> None:
        self._find = find
        self._clock = clock
        self._polls = config.polls
        self._page_records = config.page_records
        self._jobs: dict[str, Job] = {}
        self._made = 0

    def create(self, body: Any, version: str) -> dict[str, Any]:
        """Make a job; Fault 400 for a body or a query that can't be read. A query of unknown names fails later."""
        request = _request(body, version)
        found, error = None, ""
        try:
            found = self._find(request.query, request.operation == "queryAll")
        except SoqlError as refusal:
            if refusal.code == "MALFORMED_QUERY":
                raise Fault(400, refusal.code, str(refusal)) from None
            error = f"{refusal.code}: {refusal}"
        self._made += 1
        job = Job(salesforce_id("750", self._made), request, self._clock(), found, error)
        self._jobs[job.id] = job
        return _created(job)

    def all(self) -> list[dict[str, Any]]:
        """Describe every job, the oldest first."""
        return [_told(job) for job in self._jobs.values()]

    def poll(self, job_id: str) -> dict[str, Any]:
        """Describe a job; each time it is asked for it comes nearer to its end."""
        job = self._named(job_id)
        if job.state not in _ENDED:
            job.polls += 1
            job.state = JobState.IN_PROGRESS if job.polls <= self._polls else self._end(job)
        return _told(job)

    def _end(self, job: Job) -> JobState:
        if job.found is None:
            return JobState.FAILED
        job.records = job.found.count()
        return JobState.COMPLETE

    def abort(self, job_id: str, body: Any) -> dict[str, Any]:
        """Stop a job that hasn't ended."""
        job = self._named(job_id)
        if not isinstance(body, dict) or body.get("state") != JobState.ABORTED:
            raise Fault(400, "INVALIDJOB", "The only state a query job can be given is Aborted")
        if job.state in _ENDED:
            raise Fault(400, "INVALIDJOBSTATE", f"Aborting the job isn't allowed in its state: {job.state}")
        job.state = JobState.ABORTED
        return _told(job)

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended, and its results."""
        job = self._named(job_id)
        if job.state not in _ENDED:
            raise Fault(400, "INVALIDJOBSTATE", f"Deleting the job isn't allowed in its state: {job.state}")
        del self._jobs[job_id]

    def results(self, job_id: str, locator: str, most: str) -> Results:
        """Give ``most`` records from ``locator`` on; where these are empty, as many as usual, from the beginning."""
        job, found = self._complete(job_id)
        page = found.page(_place(locator), _most(most, self._page_records))
        content = as_csv(page.frame, found.shown, job.request.delimiter, job.request.line_end)
        return Results(content, page.frame.height, _locator(page.following))

    def result_pages(self, job_id: str, locator: str, path: str) -> dict[str, Any]:
        """Name the addresses of some pages, so that they can be fetched side by side; ``path`` is the job's own."""
        job, found = self._complete(job_id)
        job.places = job.places or found.places(self._page_records) or [1]
        places = [place for place in job.places if place >= _place(locator)]
        following = places[LINKS] if len(places) > LINKS else None
        return {
            "resultPages": [{"resultUrl": f"{path}/results?locator={_locator(each)}"} for each in places[:LINKS]],
            "nextRecordsUrl": following and f"{path}/resultPages?locator={_locator(following)}",
            "done": following is None,
        }

    def _named(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise unknown()
        return job

    def _complete(self, job_id: str) -> tuple[Job, Found]:
        job = self._named(job_id)
        if job.state is not JobState.COMPLETE or job.found is None:
            raise Fault(400, "INVALIDJOBSTATE", f"The job has no results in its state: {job.state}")
        return job, job.found


def _request(body: Any, version: str) -> JobRequest:
    given = body if isinstance(body, dict) else {}
    operation, query = given.get("operation"), given.get("query")
    delimiter, line_end = given.get("columnDelimiter", "COMMA"), given.get("lineEnding", "LF")
    if operation not in ("query", "queryAll") or not isinstance(query, str):
        raise Fault(400, "INVALIDJOB", "A query job needs an operation (query or queryAll) and a query")
    if delimiter not in _DELIMITERS or line_end not in _LINE_ENDS or given.get("contentType", "CSV") != "CSV":
        raise Fault(400, "INVALIDJOB", "The contentType, columnDelimiter or lineEnding is not known")
    return JobRequest(operation, query, _DELIMITERS[delimiter], _LINE_ENDS[line_end], version)


def _created(job: Job) -> dict[str, Any]:
    delimiters = {sign: name for name, sign in _DELIMITERS.items()}
    line_ends = {sign: name for name, sign in _LINE_ENDS.items()}
    moment = datetime.fromtimestamp(int(job.created), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "id": job.id,
        "operation": job.request.operation,
        "object": job.found.object if job.found else None,
        "createdById": salesforce_id("005", 1),
        "createdDate": moment,
        "systemModstamp": moment,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.request.version),
        "lineEnding": line_ends[job.request.line_end],
        "columnDelimiter": delimiters[job.request.delimiter],
    }


def _told(job: Job) -> dict[str, Any]:
    told = {"jobType": "V2Query", "numberRecordsProcessed": job.records, "retries": 0, "totalProcessingTime": 0}
    return _created(job) | told | ({"errorMessage": job.error} if job.state is JobState.FAILED else {})


def _locator(place: int | None) -> str:
    return "null" if place is None else base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(locator: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4))) if locator else 1
    except (ValueError, binascii.Error):
        raise Fault(400, "INVALIDLOCATOR", f"The locator {locator} is not valid") from None


def _most(text: str, usual: int) -> int:
    if text and not (text.isdigit() and int(text)):
        raise Fault(400, "INVALIDMAXRECORDS", f"maxRecords must be a whole number above 0, not {text}")
    return int(text or usual)
