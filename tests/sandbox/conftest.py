"""A sandbox without a socket: requests go straight into the application, time stands still until a test moves it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from toolkit.sandbox.app import build
from toolkit.sandbox.config import FrontConfig, SalesforceConfig, SandboxConfig
from toolkit.sandbox.store import Store

BASE = "http://127.0.0.1:8000"
REPORT = "/services/data/v68.0/analytics/reports/00O000000000001AAA"


class Straight(httpx.BaseTransport):
    """Hands each request to an ASGI application in an event loop of its own."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@dataclass
class Sandbox:
    """The store, a client for each half, Salesforce's door, and the time it is (``now``, Unix seconds)."""

    config: SandboxConfig
    store: Store
    now: float = 1_700_000_000.0

    def __post_init__(self) -> None:
        self.app = build(self.config, self.store, lambda: self.now)
        self.door = self.app.state.salesforce
        self.front = self.client("sandbox")
        self.salesforce = self.client("00D000000000001!sandbox")

    def client(self, token: str, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(transport=Straight(self.app), base_url=BASE, headers=headers, **options)

    def create(self, email: str, **body: Any) -> str:
        """Create a contact and give its id; each is a second younger than the one before."""
        self.now += 1
        created = self.front.post("/contacts", json={"handles": [{"source": "email", "handle": email}]} | body)
        assert created.status_code == 201, created.text
        return str(created.json()["id"])

    def run(self, **overrides: Any) -> httpx.Response:
        """Run the built-in report with details."""
        return self.salesforce.post(f"{REPORT}?includeDetails=true", json={"reportMetadata": overrides})


@pytest.fixture
def make_sandbox() -> Iterator[Any]:
    stores = []

    def make(salesforce: SalesforceConfig | None = None, **front: Any) -> Sandbox:
        stores.append(Store())
        salesforce = salesforce or SalesforceConfig(contacts=250)
        return Sandbox(SandboxConfig(replace(FrontConfig(), **front), salesforce), stores[-1])

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def sandbox(make_sandbox: Any) -> Sandbox:
    return make_sandbox()
