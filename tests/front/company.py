"""A Front in memory, for snapshots: contacts that change by hand, pages, a clock, and an end at any request."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx

from toolkit.evidence import Provenance, attach, descriptor_beside
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.snapshot import SnapshotResult, SnapshotSettings, run
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.settings import FrontSettings, Secret

URL = "https://api2.frontapp.com"
START = 1_800_000_000.0


class Killed(BaseException):
    """What ends a run in a test, as a kill would: nothing of ours catches it."""


@dataclass
class Company:
    """``kill_at``: the request (from 1) that is never answered; ``on_kill`` is called then, while all files are open.

    ``page``: contacts on a page, whatever is asked.
    """

    now: float = START
    page: int = 2
    kill_at: int = 0
    on_kill: Callable[[], object] = lambda: None
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=lambda: {"fld_1": "Tier"})
    accounts: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stale_links: bool = False

    def add(self, number: int, handle: str = "", **more: Any) -> str:
        """Make contact ``crd_NUMBER`` now."""
        identity = f"crd_{number}"
        self.now += 1
        handles = [{"source": "email", "handle": handle or f"p{number}@example.com"}]
        self.contacts[identity] = {"id": identity, "name": f"P{number}", "handles": handles} | more
        self.times[identity] = [self.now, self.now]
        return identity

    def change(self, identity: str, **more: Any) -> None:
        """Change a contact now."""
        self.now += 1
        self.contacts[identity] |= more
        self.times[identity][1] = self.now

    def delete(self, identity: str) -> None:
        """Delete a contact."""
        del self.contacts[identity], self.times[identity]
        for each in self.members.values():
            each.discard(identity)

    def client(self) -> FrontClient:
        """A client of it, on its clock."""

        def sleep(seconds: float) -> None:
            self.now += seconds

        host = Host(URL, Secret("t0ken"), "frontapp.com")
        settings = FrontSettings(host.token, host.url, share=1.0)
        clock = Clock(now=lambda: self.now, sleep=sleep)
        return FrontClient(settings, Connection(host, httpx.MockTransport(self.answer)), clock)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(str(request.url.raw_path, "ascii").replace("%5B", "[").replace("%5D", "]"))
        if len(self.asked) == self.kill_at:
            self.on_kill()
            raise Killed
        path, query = request.url.path, dict(request.url.params)
        if path in self.refused:
            return httpx.Response(self.refused[path], json={"_error": {"status": self.refused[path]}})
        if query.get("page_token") and self.stale_links:
            return httpx.Response(400, json={"_error": {"status": 400, "message": "page_token is not valid"}})
        headers = {"date": format_datetime(datetime.fromtimestamp(self.now, UTC), usegmt=True)}
        body = self._body(path, query)
        return httpx.Response(404 if body is None else 200, json=body or {"_error": {"status": 404}}, headers=headers)

    def _body(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        """Answer a path; a workspace called tim_1 has all the contacts and lists too."""
        parts = path.removeprefix("/teams/tim_1").strip("/").split("/")
        if parts[0] == "teams" and len(parts) > 1:
            return None
        if parts == ["contacts"]:
            return self._page(path, query, list(self.contacts))
        if parts[0] == "accounts" and len(parts) == 3:
            return self._page(path, query, sorted(self.members.get(parts[1], ())))
        if parts[0] == "contact_lists" and len(parts) == 3:
            return self._page(path, query, sorted(self.members[parts[1]])) if parts[1] in self.lists else None
        if parts[0] == "contacts" and parts != ["contacts", "custom_fields"]:
            return self._shown(parts[1]) if parts[1] in self.contacts else None
        return self._small("/".join(parts))

    def _small(self, path: str) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "me": {"id": "cmp_1", "name": "Acme"},
            "contacts/custom_fields": {
                "_results": [{"id": i, "name": n, "type": "string"} for i, n in self.fields.items()]
            },
            "accounts": {"_results": [{"id": each, "name": each} for each in self.accounts]},
            "contact_lists": {"_results": [{"id": i, "name": n} for i, n in self.lists.items()]},
        }
        return answers.get(path, {"_results": []})

    def _page(self, path: str, query: dict[str, str], ids: list[str]) -> dict[str, Any]:
        after = float(query.get("q[updated_after]", 0))
        found = [each for each in ids if self.times[each][1] > after]
        found.sort(key=lambda each: self.times[each][0], reverse=query.get("sort_order") == "desc")
        start = int(query.get("page_token", 0))
        rest = "&".join(f"{name}={value}" for name, value in query.items() if name != "page_token")
        link = f"{URL}{path}?{rest}&page_token={start + self.page}" if found[start + self.page :] else None
        shown = [self._shown(each) for each in found[start : start + self.page]]
        return {"_results": shown, "_pagination": {"next": link}}

    def _shown(self, identity: str) -> dict[str, Any]:
        lists = [{"id": i, "name": n} for i, n in self.lists.items() if identity in self.members.get(i, ())]
        return {
            "links": [],
            "custom_fields": {},
            "updated_at": self.times[identity][1],
            "lists": lists,
        } | self.contacts[identity]


def take(company: Company, output: Path, **settings: Any) -> SnapshotResult:
    """Take a snapshot of it with its descriptor, as the command does."""
    with Outputs() as outputs:
        result = run(SnapshotSettings(output, **settings), company.client(), outputs)
        made = Provenance("snapshot", (), datetime.fromtimestamp(company.now, UTC), counts=result.told)
        attach(outputs, result.written, descriptor_beside(output), made)
        outputs.commit()
    return result


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a snapshot."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def body(path: Path) -> bytes:
    """Give all but the head line."""
    return path.read_bytes().partition(b"\n")[2]
