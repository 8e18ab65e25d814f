"""The rate budget in simulated time: what share and reserve promise, whatever way the other side counts."""

from collections.abc import Callable
from random import Random
from threading import Thread

import pytest

from tests.core.simulated_front import (
    START,
    WINDOW,
    FixedWindows,
    Scene,
    Server,
    SlidingWindow,
    Tally,
    TokenBucket,
    simulate,
)
from toolkit.exchange import Answer, Request
from toolkit.front.client import FrontClient
from toolkit.pacing import Budget, Clock, told_to_wait
from toolkit.settings import FrontSettings, Secret

ME = Request("GET", "/me")
SERVERS = [FixedWindows, SlidingWindow, TokenBucket]


def phase(seed: int) -> float:
    return Random(seed).uniform(0, WINDOW)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("limit", "share"), [(50, 1.0), (100, 0.5), (200, 1.0), (100, 0.33)])
@pytest.mark.parametrize("lost", [0.0, 0.05])
def test_alone_the_share_is_used_and_never_passed(
    server: Callable[[int, float], Server], limit: int, share: float, lost: float
):
    """At least 99 % of the share, in no sixty seconds more than it, and no 429, with lost and overtaking answers."""
    tally = simulate(Budget(share), server(limit, phase(limit)), Scene(lost=lost, seed=limit))

    allowed = int(limit * share)
    assert tally.our_429 == 0
    assert tally.most_in_a_window() <= allowed
    assert sum(at > START + WINDOW for at in tally.ours) >= 0.99 * allowed * 9


@pytest.mark.parametrize("limit", [100, 200])
@pytest.mark.parametrize("clump", [5, 10, 20])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_beside_others_the_reserve_keeps_everybody_from_429(limit: int, clump: int, share: float):
    """With the others' largest clump in reserve nobody meets a 429, and 95 % of what they leave is used."""
    for seed in range(2):
        server = FixedWindows(limit, phase(seed))
        tally = simulate(Budget(share, reserve=clump), server, Scene(clump=clump, seed=seed))

        assert (tally.our_429, tally.their_429) == (0, 0)
        ours, left = used_of_left(tally, (limit, share, clump), phase(seed))
        assert ours >= 0.95 * left


def used_of_left(tally: Tally, terms: tuple[int, float, int], begin: float) -> tuple[int, int]:
    """Add up over the whole windows what was ours, as far as it was allowed, and what was allowed."""
    limit, share, reserve = terms
    first = int((START - begin) // WINDOW)
    used = allowed = 0
    for window in range(first + 1, first + 9):
        ours, others = (sum((at - begin) // WINDOW == window for at in each) for each in (tally.ours, tally.others))
        left = min(int(limit * share), limit - reserve - others)
        used, allowed = used + min(ours, left), allowed + left
    return used, allowed


def test_without_a_reserve_others_can_be_in_the_way():
    """The promise needs the reserve: without it somebody meets a 429 in the same scene (docs/rate-limit.md)."""
    refused = 0
    for seed in range(3):
        tally = simulate(Budget(1.0), FixedWindows(100, phase(seed)), Scene(clump=20, seed=seed))
        refused += tally.our_429 + tally.their_429

    assert refused > 0


def test_requests_on_their_way_count_against_what_is_left():
    """Three are left above the reserve: three may leave before an answer, the fourth waits for the reset."""
    budget = Budget(1.0, reserve=10)
    budget.observe({"x-ratelimit-limit": "6000", "x-ratelimit-remaining": "13", "x-ratelimit-reset": "1030.5"}, 1000.0)
    for _ in range(3):
        budget.slot(1001.0)

    assert budget.due(1029.0) == 1030.5


def test_an_answer_that_was_overtaken_gives_nothing_back():
    """The least that was left in a window counts, in whatever order the answers come."""
    budget = Budget(1.0, reserve=0)
    for remaining in ("0", "7"):
        budget.observe(
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": remaining, "x-ratelimit-reset": "1030"}, 1000
        )

    assert budget.due(1001.0) == 1030.0


def test_the_usage_tells_ours_from_that_of_others():
    """Of 100 with 60 left, two were ours: 38 were others'."""
    budget = Budget(0.5)
    for remaining in ("61", "60"):
        budget.slot(1000.0)
        budget.observe(
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": remaining, "x-ratelimit-reset": "1030"}, 1000
        )

    usage = budget.usage(1001.0)

    assert (usage.limit, usage.share, usage.allowed, usage.rate, usage.others) == (100, 0.5, 50, 2, 38)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(429, text="Rate limit exceeded. Please retry in 341 milliseconds."), 1.0),
        (Answer(429, text="Please retry in 2500 milliseconds."), 2.5),
        (Answer(429, text="Please retry in 12 seconds.", headers={"retry-after": "0"}), 12.0),
        (Answer(429, text="Please retry in 2 seconds.", headers={"retry-after": "7"}), 7.0),
    ],
)
def test_a_429_is_obeyed_in_its_header_and_its_message(answer: Answer, seconds: float):
    """The longer of Retry-After and what the sentence says, and never less than a second."""
    assert told_to_wait(answer) == seconds


def test_threads_leave_one_by_one_and_evenly():
    """Eight threads that wait at once leave as one row, an interval apart."""
    now = [1000.0]
    left: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = FrontClient(
        FrontSettings(Secret("t"), "http://127.0.0.1:9", share=1.0), clock=Clock(lambda: now[0], sleep)
    )
    slot = client.budget.slot
    client.budget.slot = lambda at: left.append(slot(at)) or left[-1]  # type: ignore[method-assign,func-returns-value]
    threads = [Thread(target=client.wait_turn, args=(ME,)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=10)

    assert [round(at - 1000.0, 6) for at in left] == [round(number * 1.2, 6) for number in range(8)]
