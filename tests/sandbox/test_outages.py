"""The sandbox's doors closed for a while, its own time on every answer, and another token."""

from collections.abc import Iterator

import httpx
import pytest

from toolkit.front.client import FrontClient
from toolkit.sandbox.config import FaultKind
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import FrontSettings, Secret

NOON = 1_800_000_000.0


@pytest.fixture
def moment() -> list[float]:
    """What time it is in the sandbox; a test may move it on."""
    return [NOON]


@pytest.fixture
def door(moment: list[float]) -> Iterator[RunningSandbox]:
    """A sandbox that goes by that time."""
    with running(clock=lambda: moment[0]) as started:
        yield started


def ask(door: RunningSandbox, token: str = "sandbox") -> httpx.Response:
    return httpx.get(f"{door.url}/me", headers={"authorization": f"Bearer {token}"}, trust_env=False)


def test_an_outage_begins_after_some_requests_and_ends_by_the_clock(door: RunningSandbox, moment: list[float]):
    """Two requests go well, then none for a minute of the sandbox's own time."""
    door.front.spoil(FaultKind.UNAVAILABLE, wait=2, seconds=60)
    statuses = [ask(door).status_code for _ in range(4)]
    moment[0] += 61

    assert [*statuses, ask(door).status_code] == [200, 200, 503, 503, 200]


def test_an_answer_tells_the_sandboxs_time(door: RunningSandbox):
    """Once, and not that of the machine: watermarks and changes since go by it."""
    assert ask(door).headers.get_list("date") == ["Fri, 15 Jan 2027 08:00:00 GMT"]


def test_a_token_can_be_renewed(door: RunningSandbox):
    """The old one is refused from then on."""
    door.front.token = "renewed"

    assert (ask(door).status_code, ask(door, "renewed").status_code) == (401, 200)


def test_a_client_asks_once_whose_token_it_has(door: RunningSandbox, moment: list[float]):
    """Stages that share it ask no more; the time there is that of the last answer."""
    with FrontClient(FrontSettings(Secret("sandbox"), door.url, share=1.0)) as client:
        first = client.whose()
        moment[0] += 10
        list(client.every("/contacts"))
        second = client.whose()

    assert (first.id, first.now, second.now) == ("cmp_sandbox", NOON, NOON + 10)
    assert [each["path"] for each in door.store.requests()] == ["/me", "/contacts"]
