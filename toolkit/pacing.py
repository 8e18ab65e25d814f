"""When to send, and what to do after an answer or the lack of one. Pure: times come in as numbers.

Sources: Front's rate-limit page (50/100/200 requests a minute a company; ``x-ratelimit-*`` on every answer;
``retry-after`` in seconds on 429, which may be 0 or missing).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from toolkit.exchange import Answer, Outcome, Request

RETRY_FLOOR = 1.0
"""Seconds waited at least after a 429: Front sends ``retry-after: 0``, which would hammer it."""
MAX_ATTEMPTS = 7
LONGEST_BACKOFF = 60.0
ASSUMED_LIMIT = 50.0
"""Requests a minute until Front says otherwise: the smallest plan's."""
PLAN_LIMITS = (50, 100, 200)
"""Requests a minute of Front's plans, for which it is reckoned how long a plan takes."""
_PASSING = frozenset({408, 420, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


@dataclass(frozen=True, slots=True)
class Clock:
    """Unix time in seconds, and a way to let it pass."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Wait:
    """Send the same request again after ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """It may or may not have been done: wait ``seconds``, then ask the other side before sending again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Don't send it again. ``stop``: no other request would fare better, so the run ends."""

    stop: bool


Verdict = Wait | Ask | GiveUp


def decide(request: Request, outcome: Outcome, attempt: int) -> Verdict:
    """Say what follows a failed ``outcome`` of the ``attempt``-th sending (from 1) of ``request``.

    Waits obey ``Retry-After`` in full. A request that must not be repeated and whose answer was lost, or that met
    a server error, is *Ask*: only the other side knows whether it was done.
    """
    if isinstance(outcome, Answer) and is_told_to_wait(outcome):
        return Wait(max(retry_after(outcome.headers), RETRY_FLOOR))
    if isinstance(outcome, Answer) and not is_lost(outcome.status):
        return GiveUp(stop=outcome.status == 401)
    if attempt >= MAX_ATTEMPTS:
        return GiveUp(stop=True)
    pause = max(min(2.0 ** (attempt - 1), LONGEST_BACKOFF), _asked(outcome))
    arrived = isinstance(outcome, Answer) or outcome.reached
    return Ask(pause) if arrived and not request.repeatable else Wait(pause)


def is_lost(status: int | None) -> bool:
    """Tell whether a request that was answered so, or not at all (None), may have been done all the same."""
    return status is None or status in _PASSING or status >= 500


def is_told_to_wait(outcome: Outcome) -> bool:
    """Tell whether the other side only asks for patience: that is no failed attempt."""
    return isinstance(outcome, Answer) and outcome.status == 429


def _asked(outcome: Outcome) -> float:
    return retry_after(outcome.headers) if isinstance(outcome, Answer) else 0.0


def retry_after(headers: Mapping[str, str]) -> float:
    """Read ``Retry-After`` in seconds; 0 when it is missing or not a number."""
    return _number(headers, "retry-after") or 0.0


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


class Budget:
    """Spaces requests evenly within ``share`` of the limit that the answers' headers report.

    ``reserve`` requests of each window are left for others: when ``x-ratelimit-remaining`` is down to them,
    nothing is sent before ``x-ratelimit-reset``. Holds no clock: every method is told the time.
    """

    def __init__(self, share: float = 0.5, reserve: int = 0) -> None:
        self.share = share
        self.reserve = reserve
        self.limit = ASSUMED_LIMIT
        self._next = 0.0

    @property
    def interval(self) -> float:
        """Seconds between two requests."""
        return 60.0 / (self.limit * self.share)

    def slot(self, now: float) -> float:
        """Take the next place in the row: the time at which one request may be sent."""
        at = max(now, self._next)
        self._next = at + self.interval
        return at

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Learn from an answer's headers: the limit, what is left of it, and when it is full again."""
        limit = _number(headers, "x-ratelimit-limit")
        if limit is not None and limit > 0:
            self.limit = limit
            self._next = min(self._next, now + self.interval)
        remaining = _number(headers, "x-ratelimit-remaining")
        reset = _number(headers, "x-ratelimit-reset")
        if remaining is not None and reset is not None and remaining <= self.reserve:
            self.pause(min(reset, now + 60.0))

    def pause(self, until: float) -> None:
        """Send nothing before ``until``: a 429 was answered or the reserve is reached."""
        self._next = max(self._next, until)


def minutes_needed(requests: int, limit: float, share: float) -> float:
    """How long so many requests take at ``limit`` requests a minute and this share of it."""
    return requests / (limit * share)
