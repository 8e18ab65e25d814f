"""Bulk API 2.0's query jobs of one org: made, waited for, their pages opened in turn or ahead of it.

Knows the addresses and the order of requests; what an answer means is in bulk.py, what becomes of the records is not
its business. A job is asked with the API version that it was made with: Salesforce answers 409 to any other.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Self

from toolkit.errors import InputRefused
from toolkit.exchange import Request
from toolkit.salesforce.bulk import FIRST, LAST, Job, PageHead, PageLinks, read_job, read_links, read_page_head
from toolkit.salesforce.client import SalesforceClient

PAGE_RECORDS = 50_000
"""Records asked for in a page, where we choose: few enough for Salesforce to send them before it times out."""
IN_FLIGHT = 4
HELD_CHUNKS = 32
"""Chunks (of at most 256 KiB) that a page fetched ahead of its turn keeps in memory; then its sender has to wait."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 15.0
_NONE_OFFERED = frozenset({400, 404})


@dataclass(frozen=True, slots=True)
class PageBody:
    """A page that is coming in: its head, and its bytes; reading them raises BrokenOffError when they break off."""

    head: PageHead
    chunks: Iterator[bytes]


Fetch = Callable[[str], AbstractContextManager[PageBody]]


class QueryJobs:
    """The query jobs of the org that ``client`` is signed in to."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    def create(self, soql: str, *, all_rows: bool) -> Job:
        """Have Salesforce run a query; ``all_rows`` counts deleted and archived records in."""
        version = self._client.version()
        wanted = {
            "operation": "queryAll" if all_rows else "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        answer = self._client.ask(Request("POST", f"/services/data/v{version}/jobs/query", wanted))
        return read_job(answer.body, version)

    def find(self, identity: str, version: str) -> Job:
        """Ask for a job made earlier. InputRefused when it is gone: Salesforce keeps them for seven days."""
        answer = self._client.ask(Request("GET", _path(identity, version)), expected=frozenset({404}))
        if not answer.ok:
            raise InputRefused(
                f"Salesforce no longer has the query job {identity}: it keeps them for seven days",
                hint="run the command without --resume; it starts over",
            )
        return read_job(answer.body, version)

    def wait(self, job: Job, on_poll: Callable[[Job], None]) -> Job:
        """Wait until the job is complete, asking ever more seldom. InputRefused when Salesforce gives it up."""
        pause = FIRST_PAUSE
        while not job.complete:
            on_poll(job)
            self._client.clock.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            job = self.find(job.id, job.version)
        if job.records is None:
            raise InputRefused("Salesforce does not say how many records the query found", hint="try --via rest")
        return job

    @contextmanager
    def page(self, job: Job, locator: str, most: int | None = PAGE_RECORDS) -> Iterator[PageBody]:
        """Open one page; ``most`` is left to Salesforce when None."""
        asked = {"locator": locator} if locator != FIRST else {}
        asked |= {"maxRecords": str(most)} if most else {}
        request = Request("GET", f"{_path(job.id, job.version)}/results", params=tuple(asked.items()))
        with self._client.stream(request) as stream:
            yield PageBody(read_page_head(stream.headers), stream.chunks())

    def linked(self, job: Job) -> Iterator[str] | None:
        """Give the locators of all pages, to be fetched side by side; None where the org offers no such list."""
        answer = self._client.ask(Request("GET", f"{_path(job.id, job.version)}/resultPages"), expected=_NONE_OFFERED)
        links = read_links(answer.body) if answer.ok and isinstance(answer.body, dict) else None
        return self._all_links(job, links) if links and links.locators else None

    def _all_links(self, job: Job, links: PageLinks) -> Iterator[str]:
        while True:
            yield from links.locators
            if not links.following:
                return
            path = links.following
            path = path if "/services/" in path else f"/services/data/v{job.version}/{path.lstrip('/')}"
            links = read_links(self._client.ask(Request("GET", path)).body)


def _path(identity: str, version: str) -> str:
    return f"/services/data/v{version}/jobs/query/{identity}"


class PagesAhead:
    """Fetches pages side by side and gives them in order, each with the locator of the one after it.

    At most ``IN_FLIGHT`` are under way. A page whose turn has not come is held in memory up to ``HELD_CHUNKS`` and
    then left in the network, so memory stays flat however large the pages are.
    """

    def __init__(self, fetch: Fetch, locators: Iterator[str]) -> None:
        self._fetch = fetch
        self._locators = locators
        self._stop = threading.Event()
        self._under_way: deque[_Fetching] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._under_way:
            each.join(timeout=1.0)

    def __iter__(self) -> Iterator[tuple[str, str, Fetch]]:
        """Give locator, locator of the following page, and how to open the page (once)."""
        while self._fill():
            page = self._under_way[0]
            following = self._under_way[1].locator if len(self._under_way) > 1 else LAST
            yield page.locator, following, page.open
            self._under_way.popleft()

    def _fill(self) -> bool:
        for locator in islice(self._locators, IN_FLIGHT - len(self._under_way)):
            self._under_way.append(_Fetching(locator, self._fetch, self._stop))
            self._under_way[-1].start()
        return bool(self._under_way)


class _NotWantedError(Exception):
    """Nobody reads the page any more."""


class _Fetching(threading.Thread):
    """One page on its way: what comes in waits in a short queue; a failure is raised where the page is read."""

    def __init__(self, locator: str, fetch: Fetch, stop: threading.Event) -> None:
        super().__init__(name=f"page {locator}", daemon=True)
        self.locator = locator
        self._fetch = fetch
        self._stop_asked = stop
        self._waiting: queue.Queue[PageHead | bytes | Exception | None] = queue.Queue(HELD_CHUNKS)

    def run(self) -> None:
        try:
            try:
                with self._fetch(self.locator) as body:
                    self._put(body.head)
                    for chunk in body.chunks:
                        self._put(chunk)
                self._put(None)
            except _NotWantedError:
                raise
            except Exception as error:
                self._put(error)
        except _NotWantedError:
            return

    def _put(self, piece: PageHead | bytes | Exception | None) -> None:
        while not self._stop_asked.is_set():
            try:
                return self._waiting.put(piece, timeout=0.2)
            except queue.Full:
                continue
        raise _NotWantedError

    @contextmanager
    def open(self, _: str) -> Iterator[PageBody]:
        """Give the page as it comes in."""
        head = self._take()
        if not isinstance(head, PageHead):
            raise TypeError(head)
        yield PageBody(head, self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while isinstance(piece := self._take(), bytes):
            yield piece

    def _take(self) -> PageHead | bytes | None:
        piece = self._waiting.get()
        if isinstance(piece, Exception):
            raise piece
        return piece
