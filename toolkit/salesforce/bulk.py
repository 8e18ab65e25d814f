"""What Bulk API 2.0 says of a query job, and its pages of CSV: bytes to records. Pure.

Sources: Bulk API 2.0 Developer Guide, "Get Information About a Query Job", "Get Results for a Query Job" (each page
repeats the heading line; ``Sforce-Locator`` is the text ``null`` on the last; ``Sforce-NumberOfRecords``) and "Get
Parallel Results for a Query Job", whose answers are spelled in more ways than its page says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from toolkit.errors import InputRefused, Stopped
from toolkit.exchange import BrokenOffError

FIRST = ""
"""The locator of a job's first page: none is sent."""
LAST = "null"
"""What Salesforce writes in place of a locator after the last page."""


_ALL_BUT_QUOTES_AND_LINE_ENDS = bytes(set(range(256)) - set(b'"\n'))


class JobState(StrEnum):
    """The states of a query job."""

    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    ABORTED = "Aborted"
    FAILED = "Failed"
    JOB_COMPLETE = "JobComplete"


@dataclass(frozen=True, slots=True)
class Job:
    """A query job: its Id, the API version it must be asked with, its state, and how many records it found."""

    id: str
    version: str
    state: JobState
    records: int | None = None

    @property
    def complete(self) -> bool:
        """Tell whether its pages can be fetched."""
        return self.state is JobState.JOB_COMPLETE


def read_job(answer: Mapping[str, Any], version: str) -> Job:
    """Read a job's answer. InputRefused when Salesforce gave the query up, with its own words."""
    try:
        state = JobState(str(answer.get("state")))
    except ValueError:
        raise Stopped(f"Salesforce says a job state that is not known: {answer.get('state')!r}") from None
    if state in (JobState.FAILED, JobState.ABORTED):
        why = answer.get("errorMessage") or "without a reason"
        raise InputRefused(
            f"Salesforce ended the query as {state}: {why}",
            hint="mend the query; what Bulk API 2.0 does not take may work with --via rest",
        )
    found = answer.get("numberRecordsProcessed")
    return Job(str(answer["id"]), version, state, None if found is None else int(found))


@dataclass(frozen=True, slots=True)
class PageHead:
    """What a page's headers say: the locator of the next page (``LAST``: there is none) and its number of records."""

    following: str
    records: int


def read_page_head(headers: Mapping[str, str]) -> PageHead:
    """Read a page's headers (names in lower case). BrokenOffError when this is no page of records."""
    records, kind = headers.get("sforce-numberofrecords", ""), headers.get("content-type", "")
    if not records.isdigit():
        raise BrokenOffError(f"an answer that is not a page of records ({kind or 'of no type'})")
    charset = kind.lower().partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise InputRefused(f"Salesforce sent the records in {charset}, not in UTF-8")
    return PageHead(headers.get("sforce-locator") or LAST, int(records))


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Locators of pages that may be fetched side by side, in order, and where the next of these lists is."""

    locators: tuple[str, ...]
    following: str


def read_links(answer: Mapping[str, Any]) -> PageLinks:
    """Read a ``resultPages`` answer in any of its spellings."""
    pages = answer.get("resultPages") or answer.get("resultChunks") or []
    links = [str(each.get("resultUrl") or each.get("resultLink")) for each in pages]
    following = answer.get("nextRecordsUrl") or answer.get("nextRecordUrl") or ""
    return PageLinks(tuple(map(_locator, links)), "" if answer.get("done") else str(following))


def _locator(link: str) -> str:
    return parse_qs(urlsplit(link).query).get("locator", [FIRST])[0]


class PageRows:
    """Takes one page's bytes as they come and gives its records' bytes, without heading line and NUL bytes.

    The records' bytes are otherwise untouched: Salesforce's own quoting stays. A line end inside quotes is part of a
    value, so records are counted by the quotes before each line end.
    """

    def __init__(self, heading: bytes = b"") -> None:
        self.heading = heading
        self.records = 0
        self.nuls = 0
        self._head: bytes | None = b""
        self._inside = False
        self._ended = True

    def take(self, chunk: bytes) -> bytes:
        """Give what ``chunk`` adds. Stopped when the page's heading is not that of the pages before it."""
        if b"\0" in chunk:
            self.nuls += chunk.count(b"\0")
            chunk = chunk.replace(b"\0", b"")
        if self._head is not None:
            chunk = self._behead(chunk)
        if chunk:
            self._count(chunk)
        return chunk

    def end(self, expected: int) -> bytes:
        """Give the line end that the last record lacks, if it does. BrokenOffError when records are missing."""
        if self._head:
            self.take(b"\n")
        closing = b"" if self._ended or self._inside else b"\n"
        self.records += len(closing)
        if self._inside or self.records != expected:
            raise BrokenOffError(f"a page of {self.records} records in place of {expected}")
        return closing

    def _behead(self, chunk: bytes) -> bytes:
        begun = (self._head or b"") + chunk
        heading, found, rest = begun.partition(b"\n")
        self._head = None if found else begun
        if not found:
            return b""
        heading = heading.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\r")
        if self.heading and heading != self.heading:
            raise Stopped("two pages of the result have different columns", hint="run the command without --resume")
        self.heading = heading
        return rest

    def _count(self, rows: bytes) -> None:
        # Only quotes and line ends matter, and of the quotes only the odd ones: what is left between two of them
        # is inside a value, or outside all of them, by turns.
        parts = rows.translate(None, _ALL_BUT_QUOTES_AND_LINE_ENDS).replace(b'""', b"").split(b'"')
        self.records += b"".join(parts[self._inside :: 2]).count(b"\n")
        self._inside ^= len(parts) % 2 == 0
        self._ended = rows.endswith(b"\n")


def records_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines to records: a line end inside quotes is part of a value."""
    held = b""
    for line in lines:
        held += line
        if not held.count(b'"') & 1:
            yield held
            held = b""
