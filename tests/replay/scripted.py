"""A Front that a test makes up, answer by answer, and a replay to it without a socket or a wait."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.replay.test_engine import replay, write
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.replay.engine import ReplayResult
from toolkit.settings import FrontSettings, Secret

Respond = Callable[[httpx.Request], httpx.Response]
LIMITS = {"x-ratelimit-limit": "100000", "x-ratelimit-remaining": "99999", "x-ratelimit-reset": "1000000060"}


def said(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """Answer as Front does, with its limits and JSON; without a body when there is none."""
    more = LIMITS | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=more, json=body) if body is not None else httpx.Response(status, headers=more)


def refused(status: int, message: str) -> httpx.Response:
    return said(status, {"_error": {"status": status, "message": message}})


def asked(request: httpx.Request) -> Any:
    """Read what a request carries."""
    return json.loads(request.content)


class Front:
    """Answers as ``respond`` says, one request at a time; ``log`` keeps each but ``GET /me``: method, path."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._lock = threading.Lock()
        self.log: list[tuple[str, str]] = []
        self.now = 1e9

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/me":
            return said(200, {"id": "cmp_1", "name": "Company"})
        with self._lock:
            self.log.append((request.method, request.url.path))
            return self._respond(request)

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds

    @property
    def client(self) -> FrontClient:
        """Make a client of this Front."""
        host = Host("https://api2.frontapp.com", Secret("t"), "frontapp.com")
        clock = Clock(lambda: self.now, self._sleep)
        settings = FrontSettings(host.token, host.url, share=1.0)
        return FrontClient(settings, Connection(host, httpx.MockTransport(self._answer)), clock)

    def replay(self, folder: Path, operations: list[dict[str, Any]], **settings: Any) -> ReplayResult:
        """Replay ``operations`` to this Front."""
        with self.client as client:
            return replay(client, write(folder, operations), **settings)
