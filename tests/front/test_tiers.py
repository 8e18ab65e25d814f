"""Limits of some routes, and the burst: who waits for them, and who does not. Time is injected."""

import contextlib
from threading import Event, Thread

import httpx
import pytest

from tests.sandbox.conftest import Straight
from toolkit.exchange import Answer, Request
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Budget, Clock
from toolkit.pacing.tiers import Tiers, route_of
from toolkit.sandbox.app import build
from toolkit.sandbox.config import FrontConfig, RateLimit, SandboxConfig
from toolkit.sandbox.store import Store
from toolkit.settings import FrontSettings, Secret

LEFT = {"x-ratelimit-limit": "60000", "x-ratelimit-remaining": "59000", "x-ratelimit-reset": "1060"}
TIER = {"x-front-tier": "2", "retry-after": "3"}
UPDATE = Request("PATCH", "/contacts/crd_1", {})
OTHER_UPDATE = Request("PATCH", "/contacts/crd_2", {})
ME = Request("GET", "/me")


class Front:
    """A client whose clock moves only when it sleeps, and whose next answers are given."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self.now = 1000.0
        self.answers: list[tuple[int, dict[str, str]]] = []
        host = Host("http://127.0.0.1:8000", Secret("sandbox"))
        connection = Connection(host, transport or httpx.MockTransport(self._answer))
        clock = Clock(lambda: self.now, self._sleep)
        self.client = FrontClient(FrontSettings(host.token, host.url, share=1.0), connection, clock)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _answer(self, _: httpx.Request) -> httpx.Response:
        status, headers = self.answers.pop(0) if self.answers else (200, LEFT)
        return httpx.Response(status, json={}, headers=headers)

    def waits(self, request: Request) -> float:
        """Send one request, and give the seconds that it waited (to the tenth: the budget's own pace is below)."""
        begun = self.now
        self.client.wait_turn(request)
        self.client.send(request)
        return round(self.now - begun, 1)


@pytest.mark.parametrize(
    ("headers", "others"), [(LEFT | TIER, 0.0), (TIER, 3.0), (LEFT | TIER | {"x-ratelimit-remaining": "0"}, 60.0)]
)
def test_a_429_of_a_tier_holds_up_that_tier_alone(headers: dict[str, str], others: float):
    """Where it is sure that the company's limit is not meant: the headers show that something is left of it."""
    front = Front()
    front.client.budget.observe(LEFT, front.now)
    front.answers = [(429, headers)]
    front.waits(UPDATE)

    assert front.waits(ME) == others
    assert front.waits(OTHER_UPDATE) == max(0.0, 3.0 - others)


def test_a_tier_that_was_told_once_holds_up_all_its_routes():
    """Two routes named the tier: a 429 of the one holds up the other, and still nobody else."""
    front = Front()
    front.client.budget.observe(LEFT, front.now)
    handles = Request("POST", "/contacts/crd_1/handles", {})
    front.answers = [(200, LEFT | {"x-front-tier": "2"}), (429, LEFT | TIER)]
    front.waits(handles)
    front.waits(UPDATE)

    assert (front.waits(ME), front.waits(Request("POST", "/contacts/crd_9/handles", {}))) == (0.0, 3.0)


def test_a_request_that_waits_for_its_tier_stands_aside():
    """While one thread waits for a tier, another's request of no tier leaves."""
    front = Front()
    front.client.budget.observe(LEFT, front.now)
    front.answers = [(429, LEFT | TIER)]
    front.waits(UPDATE)
    sleeping, wake = Event(), Event()

    def sleep(seconds: float) -> None:
        if seconds > 1:
            sleeping.set()
            wake.wait(10)
        front.now += seconds

    front.client.clock = Clock(lambda: front.now, sleep)
    held = Thread(target=front.client.wait_turn, args=(OTHER_UPDATE,))
    held.start()
    assert sleeping.wait(10)
    other = Thread(target=front.client.wait_turn, args=(ME,))
    other.start()
    other.join(10)

    assert (held.is_alive(), other.is_alive()) == (True, False)
    wake.set()
    held.join(10)


def spacing(tiers: Tiers, now: float) -> float:
    """Let a request of the tier be refused at ``now`` and give how far apart two leave after its pause."""
    tiers.observe("/contacts/*", Answer(429, headers=LEFT | TIER), now)
    tiers.observe("/contacts/*", Answer(429, headers=LEFT | TIER), now + 0.1)
    due = tiers.due("/contacts/*", now)
    tiers.take("/contacts/*", due)
    return round(tiers.due("/contacts/*", due) - due, 6)


def test_a_tiers_requests_leave_further_apart_after_each_429():
    """Below five a second, then half of that, at last one a second; several refused at once are one."""
    tiers = Tiers()

    assert [spacing(tiers, now) for now in (1000.0, 1010.0, 1020.0, 1030.0)] == [0.25, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/contacts/crd_2x9", "/contacts/*"),
        ("/contacts/alt:email:a%40b.example/handles", "/contacts/*/handles"),
        ("https://acme.api.frontapp.com/contact_lists/grp_1/contacts?page_token=x", "/contact_lists/*/contacts"),
        ("/contacts/custom_fields", "/contacts/custom_fields"),
        ("/contacts?limit=100", "/contacts"),
    ],
)
def test_a_route_is_a_path_without_its_identities(path: str, route: str):
    """Requests for two contacts are of one route."""
    assert route_of(path) == route


def test_a_routes_limit_of_the_sandbox_is_met_once():
    """Of fifty reads as fast as the share lets them, one is refused; then they keep below five a second."""
    config = SandboxConfig(FrontConfig(rate_limit=RateLimit(60_000, route_requests=5)))
    with contextlib.closing(Store()) as store:
        front = Front()
        front = Front(Straight(build(config, store, lambda: front.now)))
        for _ in range(50):
            front.client.ask(ME)
        statuses = [each["status"] for each in store.requests()]

    assert (statuses.count(200), statuses.count(429)) == (50, 1)


@pytest.mark.parametrize(
    ("left", "pace"), [("25", 0.6), ("3", 0.6), ("2", 1.2), ("0", 1.2), ("-1", 1.2), ("soon", 0.6)]
)
def test_a_burst_that_is_nearly_used_slows_down(left: str, pace: float):
    """With a tenth of the company's burst left requests leave half as often, until an answer shows more."""
    budget = Budget(share=1.0)
    told = {"x-ratelimit-limit": "100", "x-ratelimit-burst-limit": "25"}
    budget.observe(told | {"x-ratelimit-burst-remaining": left}, 1000.0)
    slow = budget.interval
    budget.observe(told | {"x-ratelimit-burst-remaining": "25"}, 1001.0)

    assert (slow, budget.interval) == (pytest.approx(pace), pytest.approx(0.6))
