"""What follows a failure, and when the next request may leave."""

import pytest

from toolkit.exchange import Answer, Lost, Request
from toolkit.pacing import MAX_ATTEMPTS, Ask, Budget, GiveUp, Verdict, Wait, decide

GET = Request("GET", "/contacts")
PATCH = Request("PATCH", "/contacts/crd_1", {})
CREATE = Request("POST", "/contacts", {}, repeatable=False)


@pytest.mark.parametrize(
    ("request_", "outcome", "expected"),
    [
        (CREATE, Answer(429, headers={"retry-after": "12"}), Wait(12.0)),
        (CREATE, Answer(429, headers={"retry-after": "0"}), Wait(1.0)),
        (CREATE, Answer(429), Wait(1.0)),
        (CREATE, Answer(429, headers={"retry-after": "soon"}), Wait(1.0)),
        (CREATE, Answer(400), GiveUp(stop=False)),
        (CREATE, Answer(401), GiveUp(stop=True)),
        (CREATE, Answer(503), Ask(1.0)),
        (PATCH, Answer(503), Wait(1.0)),
        (GET, Answer(503, headers={"retry-after": "30"}), Wait(30.0)),
        (CREATE, Lost(reached=False, why="refused"), Wait(1.0)),
        (CREATE, Lost(reached=True, why="reset"), Ask(1.0)),
        (PATCH, Lost(reached=True, why="reset"), Wait(1.0)),
    ],
)
def test_the_first_failure(request_: Request, outcome: Answer | Lost, expected: Verdict):
    """Retry-After is obeyed in full with a floor; a create whose answer is lost is asked for, not repeated."""
    assert decide(request_, outcome, 1) == expected


def test_waits_grow_and_end():
    """Waits double up to a minute; after the last attempt the run stops."""
    waits = [decide(GET, Lost(reached=True, why="reset"), attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]

    assert waits[:-1] == [Wait(1.0), Wait(2.0), Wait(4.0), Wait(8.0), Wait(16.0), Wait(32.0)]
    assert isinstance(waits[-1], GiveUp)
    assert waits[-1].stop


def test_a_429_never_ends_the_run():
    """Being told to wait is no failure, however often it happens."""
    assert decide(CREATE, Answer(429, headers={"retry-after": "5"}), MAX_ATTEMPTS + 50) == Wait(5.0)


def test_requests_are_spaced_evenly_within_the_share():
    """Half of 100 a minute is one request each 1.2 seconds, without a burst at the start."""
    budget = Budget(share=0.5)
    budget.observe({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "99", "x-ratelimit-reset": "1060"}, 1000.0)

    assert [round(budget.slot(1000.0) - 1000.0, 3) for _ in range(4)] == [0.0, 1.2, 2.4, 3.6]


@pytest.mark.parametrize("remaining", ["5", "0", "-1"])
def test_the_reserve_is_left_for_others(remaining: str):
    """When what remains is down to the reserve, nothing is sent before the (fractional) reset."""
    budget = Budget(share=1.0, reserve=5)
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": remaining, "x-ratelimit-reset": "1017.25"}
    budget.observe(headers, 1000.0)

    assert budget.slot(1000.0) == 1017.25


def test_without_headers_the_smallest_plan_is_assumed():
    """Until Front says its limit, it is 50 a minute."""
    budget = Budget(share=0.5)
    budget.observe({}, 1000.0)

    assert budget.interval == pytest.approx(2.4)
