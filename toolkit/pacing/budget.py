"""When to send: the rate budget. Pure: times come in as numbers.

Sources: Front's rate-limit page (50/100/200 requests a minute a company; ``x-ratelimit-*`` on every answer).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from math import inf

from toolkit.pacing.retry import RETRY_FLOOR, number
from toolkit.pacing.windows import FixedWindow, Resets, SlidingWindow, Told

ASSUMED_LIMIT = 50.0
"""Requests a minute until Front says otherwise: the smallest plan's."""
PLAN_LIMITS = (50, 100, 200)
"""Requests a minute of Front's plans, for which it is reckoned how long a plan takes."""
WINDOW = 60.0
"""Seconds in which Front counts: its limits are requests a minute."""
_CATCH_UP = 2.0
"""Places that a late sender may make up for at once."""
_LONGEST_TRAVEL = 0.05
"""The part of a window that a request and its answer are believed to travel at most; what takes longer is a fault."""
_NEARLY_USED = 0.1
"""The part of the burst that is left when others have nearly used it up: then nothing cushions a clump of theirs."""


def remaining(headers: Mapping[str, str]) -> float:
    """Read what is left of the company's limit; 0 when that is not told."""
    return number(headers, "x-ratelimit-remaining") or 0.0


def _burst_is_nearly_used(headers: Mapping[str, str]) -> bool:
    burst = number(headers, "x-ratelimit-burst-limit") or 0.0
    left = number(headers, "x-ratelimit-burst-remaining")
    return burst >= 1 and left is not None and left <= _NEARLY_USED * burst


@dataclass(frozen=True, slots=True)
class Usage:
    """The budget at a moment. All but ``share`` in requests a window (a minute): ``rate`` is our own use of the last
    one, ``allowed`` the most it may be, ``others`` what the rest of the company has used of the one that is open.
    """

    limit: float
    share: float
    allowed: int
    rate: int
    others: int


class Budget:
    """Spaces requests evenly within ``share`` of the limit that the answers' headers report.

    A request holds a place from its sending until a whole window after its answer, and there are only as many places
    as are allowed: however long requests and answers travel, and wherever the other side's windows begin, none of
    them sees more of ours. ``reserve`` requests of each window are left for others: what remains above them, less what
    others usually take, is spread over the time to ``x-ratelimit-reset``. Holds no clock and no lock: every method is
    told the time, and one caller at a time is expected.
    """

    def __init__(self, share: float = 0.5, reserve: int = 0, window: float = WINDOW) -> None:
        self.share = share
        self.reserve = reserve
        self.window = window
        self.limit = ASSUMED_LIMIT
        self._next = -inf
        self._paused = -inf
        self._barred = -inf
        self._sent: deque[float] = deque()
        self._travel = 0.0
        self._held: deque[float] = deque()
        self._resets = Resets(window)
        self._fixed = FixedWindow(window)
        self._sliding = SlidingWindow(window)
        self._strained = False

    @property
    def allowed(self) -> int:
        """Requests that may be sent in one window: at least one, for the limit is only seen in answers."""
        return max(1, int(min(self.limit * self.share + 1e-9, self.limit - self.reserve)))

    @property
    def interval(self) -> float:
        """Seconds between two requests when nobody else sends; doubled while the company's burst is nearly used."""
        return self.window / self.allowed * (2 if self._strained else 1)

    def due(self, now: float) -> float:
        """Tell when, as things stand, the next request may be sent; takes nothing."""
        free = self._above_reserve(now)
        if free > now and not self._resets.jump:
            self._barred = free
        return max(now, self._next, self._paused, free, self._place(now))

    def slot(self, now: float) -> float:
        """Take the next place in the row: the time at which one request may be sent. It is unanswered from here."""
        at = self.due(now)
        # What others took while nothing could be asked is not known: then one request goes first, alone.
        late = max(at - _CATCH_UP * self.interval, self._barred)
        begun = at if self._next == -inf else max(self._next, late)
        spread = 0.0 if self._resets.slide else self._fixed.step(self.reserve, at)
        self._next = begun + max(self.interval, spread)
        self._sent.append(at)
        return at

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Learn from an answer's headers: the limit, what is left of it, and when it is full again."""
        travel = max(now - self._answered(now), 0.9 * self._travel)
        self._travel = min(travel, _LONGEST_TRAVEL * self.window)
        limit = number(headers, "x-ratelimit-limit")
        if limit is not None and limit >= 1 and limit != self.limit:
            self.limit = limit
            self._next = min(self._next, now + self.interval)
        self._strained = _burst_is_nearly_used(headers)
        remaining = number(headers, "x-ratelimit-remaining")
        reset = number(headers, "x-ratelimit-reset")
        if remaining is not None and reset is not None:
            self._resets.learn(reset)
            self._learn(Told(self.limit, remaining, min(reset, now + self.window), self._unanswered, now))

    def lose(self, now: float) -> None:
        """Learn that a request won't be answered: it may have been counted all the same."""
        self._answered(now)
        self._fixed.lose()

    def pause(self, until: float) -> None:
        """Send nothing before ``until``: a 429 was answered."""
        self._paused = max(self._paused, until)

    def usage(self, now: float) -> Usage:
        """Tell how much is used, for people to see."""
        others = self._sliding.others(now) if self._resets.slide else self._fixed.others(now)
        return Usage(self.limit, self.share, self.allowed, self._ours(now), max(0, int(others)))

    def _answered(self, now: float) -> float:
        """Let a place be held for a window from now; give when its request was sent."""
        self._held.append(now + self.window)
        return self._sent.popleft() if self._sent else now

    @property
    def _unanswered(self) -> int:
        return len(self._sent)

    def _learn(self, told: Told) -> None:
        if self._resets.slide:
            # Those that are about to come back may have done so at the other side: ways differ in length.
            back = sum(1 for _ in takewhile(lambda at: at <= told.now + self._travel / 2, self._held))
            self._sliding.learn(told, len(self._held) - back)
            return
        self._fixed.learn(told)
        if told.remaining <= self.reserve and not self._fixed.is_open(told.now):
            self.pause(told.now + RETRY_FLOOR)

    def _place(self, now: float) -> float:
        """Tell when one of the allowed places is free; while all are unanswered, look again an interval later."""
        over = self._ours(now) - self.allowed
        if over < 0:
            return now
        return self._held[over] if over < len(self._held) else now + self.interval

    def _ours(self, now: float) -> int:
        """Count the places that our requests hold; those whose time has come are free again."""
        while self._held and self._held[0] <= now:
            self._held.popleft()
        return self._unanswered + len(self._held)

    def _above_reserve(self, now: float) -> float:
        """Tell until when the reserve forbids sending."""
        if not self._resets.slide:
            return self._fixed.free_at(self.reserve, self._unanswered, now)
        return self._sliding.free_at(self.reserve, self._held, self._unanswered, now)


def minutes_needed(requests: int, limit: float, share: float, reserve: int = 0) -> float:
    """How long so many requests take at ``limit`` requests a minute, this share of it and so many in reserve."""
    return requests / min(limit * share, max(1.0, limit - reserve))
