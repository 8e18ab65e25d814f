"""An org for the tests of queries: it answers through a mock transport, and misbehaves when told."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from toolkit.exchange import Answer
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.settings import ClientCredentialsLogin, SalesforceSettings, Secret

URL = "https://acme.my.salesforce.com"
HEADING = '"Id","Name","Account.Name"\n'
NO_TIME = Clock(now=lambda: 1_800_000_000.0, sleep=lambda _: None)
Trouble = Callable[[httpx.Request], httpx.Response | None]


def record(number: int) -> str:
    """One record of the org: every third name has a line end and quotes in it."""
    name = f'Zoë ""{number}""\nMüller' if number % 3 == 0 else f"Ada {number}"
    return f'"003{number:015}","{name}",""\n'


@dataclass
class Org:
    """Holds ``records`` in pages of ``page``; ``trouble`` sees each request first and may answer it."""

    records: int = 10
    page: int = 4
    links: bool = False
    heading: str = HEADING
    line: Callable[[int], str] = record
    trouble: Trouble = lambda _: None
    polls: int = 1
    state: str = "JobComplete"
    processed: int | None = None
    gone: bool = False
    asked: list[httpx.Request] = field(default_factory=list)
    tokens: int = 0

    def client(self, url: str = URL, **options: Any) -> SalesforceClient:
        settings = SalesforceSettings(url, ClientCredentialsLogin("3MVG9", Secret("s3cret")))
        sign_in = SignIn(settings, NO_TIME, lambda *_: self._token())
        transport = httpx.MockTransport(self._answer)
        return SalesforceClient(
            sign_in, lambda session: Connection(Host(session.url, session.token), transport), **options
        )

    def _token(self) -> Any:
        self.tokens += 1
        return Answer(200, {"access_token": f"00D!{self.tokens}"})

    def paths(self) -> Counter[str]:
        """Count what was asked: the last word of each path."""
        return Counter(request.url.path.rpartition("/")[2] for request in self.asked)

    def whole(self) -> bytes:
        """The file that an undisturbed export gives."""
        return (self.heading + "".join(map(self.line, range(self.records)))).encode()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        troubled = self.trouble(request)
        if troubled is not None:
            return troubled
        path = request.url.path
        if path == "/services/data":
            return httpx.Response(200, json=[{"version": "67.0"}, {"version": "68.0"}], headers=DATE)
        if "/jobs/query" in path:
            return self._job(request, path.partition("/jobs/query")[2])
        return httpx.Response(404, json=[{"errorCode": "NOT_FOUND", "message": "no such thing"}])

    def _job(self, request: httpx.Request, rest: str) -> httpx.Response:
        if self.gone and request.method == "GET":
            return httpx.Response(404, json=[{"errorCode": "NOT_FOUND", "message": "gone"}])
        if request.method == "POST":
            self.query = json.loads(request.content)
            return httpx.Response(200, json={"id": JOB, "state": "UploadComplete"})
        if rest.endswith("/results"):
            return self._page(int(request.url.params.get("locator", "0")))
        if rest.endswith("/resultPages"):
            return self._links(int(request.url.params.get("locator", "0")))
        self.polls -= 1
        state = self.state if self.polls < 0 else "InProgress"
        told = {"id": JOB, "state": state, "errorMessage": "INVALID_FIELD: No such column"}
        records = self.records if self.processed is None else self.processed
        return httpx.Response(200, json=told | {"numberRecordsProcessed": records})

    def _page(self, start: int) -> httpx.Response:
        stop = min(start + self.page, self.records)
        content = (self.heading + "".join(map(self.line, range(start, stop)))).encode()
        return page_of(content, stop - start, str(stop) if stop < self.records else "null")

    def _links(self, start: int) -> httpx.Response:
        if not self.links:
            return httpx.Response(404, json=[{"errorCode": "NOT_FOUND", "message": "not here"}])
        starts = list(range(start, self.records, self.page))
        base = f"/services/data/v68.0/jobs/query/{JOB}"
        following = f"{base}/resultPages?locator={starts[2]}" if len(starts) > 2 else None
        pages = [{"resultUrl": f"{base}/results?locator={each}"} for each in starts[:2]]
        return httpx.Response(200, json={"resultPages": pages, "nextRecordsUrl": following, "done": following is None})


JOB = "750R0000000zxr8IAA"
DATE = {"date": "Mon, 23 Nov 2026 14:00:00 GMT"}


class Pieces(httpx.SyncByteStream):
    """A body in small pieces; with ``breaks`` it ends in a broken connection."""

    def __init__(self, content: bytes, *, breaks: bool = False) -> None:
        self._content = content
        self._breaks = breaks

    def __iter__(self) -> Iterator[bytes]:
        yield from (self._content[at : at + 7] for at in range(0, len(self._content), 7))
        if self._breaks:
            raise httpx.RemoteProtocolError("peer closed connection")


def page_of(content: bytes, records: int, locator: str = "null", *, breaks: bool = False) -> httpx.Response:
    """A page of results as Salesforce answers it."""
    headers = {"content-type": "text/csv", "sforce-locator": locator, "sforce-numberofrecords": str(records)}
    return httpx.Response(200, headers=headers, stream=Pieces(content, breaks=breaks))
