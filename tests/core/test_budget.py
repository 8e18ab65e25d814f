"""The rate budget in simulated time: what share and reserve promise, whatever way the other side counts."""

from collections.abc import Callable
from random import Random
from threading import Thread
from typing import Any

import httpx
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
from toolkit.http import Connection, Host
from toolkit.pacing import Budget, Clock, told_to_wait
from toolkit.pacing.windows import FixedWindow as FixedRest
from toolkit.pacing.windows import Resets, Told
from toolkit.pacing.windows import SlidingWindow as SlidingRest
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
    minutes = by_minute(tally, terms, begin)
    return sum(min(ours, left) for ours, left in minutes), sum(left for _, left in minutes)


def by_minute(tally: Tally, terms: tuple[int, float, int], begin: float) -> list[tuple[int, int]]:
    """Give for each of eight whole minutes what was ours, and what limit, share, reserve and others' use left."""
    limit, share, reserve = terms
    first = int((START - begin) // WINDOW)
    minutes = []
    for window in range(first + 1, first + 9):
        ours, others = (sum((at - begin) // WINDOW == window for at in each) for each in (tally.ours, tally.others))
        minutes.append((ours, min(int(limit * share), limit - reserve - others)))
    return minutes


CLUMPS = [(50, 5), (100, 10), (200, 20)]


def several_clumps(limit: int, clump: int, seed: int) -> Scene:
    """Random clumps, three to six a minute, at no time closer than it takes to win the reserve back, and a half more.

    They come in the last tenth of a minute as well.
    """
    return Scene(clump=clump, every=3 * clump * WINDOW / (limit - clump), seed=seed)


@pytest.mark.parametrize(("limit", "clump"), CLUMPS)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_several_clumps_a_minute_meet_no_429(limit: int, clump: int, share: float):
    """Whenever they come, the reserve is there for each; 95 % of what they leave is used."""
    for seed in range(2):
        server, scene = FixedWindows(limit, phase(seed)), several_clumps(limit, clump, seed)
        tally = simulate(Budget(share, reserve=clump), server, scene)

        assert (tally.our_429, tally.their_429) == (0, 0)
        assert sum((at - phase(seed)) % WINDOW > 0.9 * WINDOW for at in tally.others) > 0
        ours, left = used_of_left(tally, (limit, share, clump), phase(seed))
        assert ours >= 0.95 * left


@pytest.mark.parametrize(("limit", "clump"), CLUMPS)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_where_the_window_slides_the_same_holds_over_the_whole_time(limit: int, clump: int, share: float):
    """No 429, and 95 % of what is left: not minute by minute, since what others took late is missing in the next."""
    for seed in range(2):
        scene = several_clumps(limit, clump, seed)
        tally = simulate(Budget(share, reserve=clump), SlidingWindow(limit, 0.0), scene)

        assert (tally.our_429, tally.their_429) == (0, 0)
        minutes = by_minute(tally, (limit, share, clump), phase(seed))
        assert sum(ours for ours, _ in minutes) >= 0.95 * sum(left for _, left in minutes)


def test_what_others_usually_take_is_left_to_them():
    """They took 39 of the window before: of the 99 that are left now, 39 are theirs for as long as they may come."""
    window = FixedRest(60.0)
    window.learn(Told(100, 60, 1060.0, 0, now=1001.0))
    window.learn(Told(100, 99, 1120.0, 0, now=1060.0))

    assert window.step(0, 1060.0) == pytest.approx(60 / (99 - 39 + 1))
    assert window.step(0, 1090.0) == pytest.approx(30 / (99 - 39 / 2 + 1))
    assert window.step(0, 1120.0) == 0.0


def headers(remaining: str, reset: str) -> dict[str, str]:
    return {"x-ratelimit-limit": "100", "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}


def test_our_own_requests_on_their_way_are_not_others():
    """Ten are used: one answered, five on their way, four surely others'; a lost one is ours too."""
    window = FixedRest(60.0)
    window.learn(Told(100, 90, 1060.0, 5, now=1000.0))
    window.lose()
    window.learn(Told(100, 88, 1060.0, 4, now=1001.0))

    assert (window.others(1002.0), window.others(1060.0)) == (5, 0)


def test_after_a_silence_one_request_goes_first():
    """While the reserve forbade to send, others may have come: where windows may slide, nothing is made up for."""
    budget = Budget(1.0, reserve=10)
    budget.slot(1000.0)
    budget.observe(headers("10", "1030"), 1000.1)

    assert budget.due(1001.0) == 1030.0
    assert [round(budget.slot(1030.0) - 1030.0, 3) for _ in range(2)] == [0.0, 0.667]


@pytest.mark.parametrize(
    ("resets", "slides"),
    [
        ([1060, 1060.9, 1060.2, 1120, 1120.5, 1180], False),
        ([1060, 1127, 1127, 1190], False),
        ([1060, 1060.5, 1061, 1061.5, 1062], True),
        ([1060, 1075, 1110], True),
    ],
)
def test_a_window_slides_when_its_reset_moves_on_little_by_little(resets: list[float], slides: bool):
    """Fixed windows repeat it, give or take a second of rounding, and go on by a whole one; some begin when asked."""
    found = Resets(60.0)
    for reset in resets:
        found.learn(reset)

    assert (found.slide, found.jump) == (slides, not slides)


def test_what_others_took_of_a_sliding_window_comes_back_a_window_later():
    """Nothing is free before either theirs or ours comes back, each at its own time."""
    window = SlidingRest(60.0)
    window.learn(Told(100, 100 - 80, 0.0, 0, now=1000.0), ours=30)
    window.learn(Told(100, 100 - 90, 0.0, 0, now=1020.0), ours=30)

    assert (window.others(1059.0), window.others(1061.0), window.others(1081.0)) == (60, 10, 0)
    window.learn(Told(100, 0, 0.0, 0, now=1100.0), ours=30)
    assert window.free_at(10, [1130.0] * 30, 0, 1101.0) == 1130.0
    assert window.free_at(40, [1130.0] * 30, 0, 1101.0) == 1160.0
    assert window.free_at(100, [1130.0] * 30, 0, 1101.0) == 1160.0


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


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    ("message", "header", "seconds"),
    [
        ("Rate limit exceeded. Please retry in 341 milliseconds.", "", 1.0),
        ("Please retry in 2500 milliseconds.", "", 2.5),
        ("Please retry in 12 seconds.", "0", 12.0),
        ("Please retry in 2 seconds.", "7", 7.0),
    ],
)
def test_a_429_is_obeyed_in_its_header_and_its_message(message: str, header: str, seconds: float, as_json: bool):
    """The longer of Retry-After and what the sentence says, in Front's JSON or not, and never less than a second."""
    body: dict[str, Any] = {"json": {"_error": {"status": 429, "message": message}}} if as_json else {"text": message}
    headers = {"retry-after": header} if header else {}
    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers, **body))

    answer = Connection(Host("http://127.0.0.1:9", Secret("t")), transport).send(ME)

    assert isinstance(answer, Answer)
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
