"""What is left of the company's limit, as answers tell it, where windows are fixed and where they slide. Pure.

Front does not say which it has: a reset that moves on little by little shows that the window slides. Both are told
the time, and hold no clock; numbers are requests, times Unix seconds.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from heapq import merge
from math import inf


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells, at ``now``: the limit, what is left of it and when it is whole again.

    ``unanswered``: so many of our requests may have been counted in what is left, or will be.
    """

    limit: float
    remaining: float
    reset: float
    unanswered: int
    now: float


class Resets:
    """Finds out by the resets that are told whether the other side's window slides, or jumps as fixed ones do.

    In the first window neither is known: then it is taken to be fixed, with care.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._anchor: float | None = None
        self.slide = False
        self.jump = False

    def learn(self, reset: float) -> None:
        """Look at one reset: fixed windows repeat it, and then go a whole window further."""
        moved = 0.0 if self._anchor is None else (reset - self._anchor) / self._window
        self.slide |= 0.02 < moved < 0.9
        self.jump = not self.slide and (self.jump or moved >= 0.9)
        if self._anchor is None or moved >= 0.9:
            self._anchor = reset


class FixedWindow:
    """The window that is open: others' use of it is expected to go on as it was in the windows before."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._reset = -inf
        self._remaining = inf
        self._own = 0
        self._others = 0.0
        self._usual: float | None = None

    def learn(self, told: Told) -> None:
        """Take over an answer; they come in any order, so the least that was left in a window counts."""
        if told.reset <= told.now:  # an answer of the window before, or clocks that differ: nothing to spread over
            return
        if self._reset <= told.now:
            self._open(told)
        self._reset = max(self._reset, told.reset)
        self._remaining = min(self._remaining, told.remaining)
        self._own += 1
        self._others = max(self._others, told.limit - self._remaining - self._own - told.unanswered)

    def lose(self) -> None:
        """Count a request without an answer: it may have been counted at the other side."""
        self._remaining -= 1
        self._own += 1

    def is_open(self, now: float) -> bool:
        """Tell whether an answer has told of the window that is open now."""
        return now < self._reset

    def others(self, now: float) -> float:
        """Tell how much others have surely used of the window that is open."""
        return self._others if self.is_open(now) else 0.0

    def free_at(self, reserve: int, unanswered: int, now: float) -> float:
        """Tell until when nothing may be sent: all that remains above the reserve may be on its way already.

        Once that time has come, one request finds out how much there is now.
        """
        return now if self._remaining - reserve - unanswered >= 1 else max(now, self._reset)

    def step(self, reserve: int, at: float) -> float:
        """Give the seconds between two requests that spread what is ours over the time to the reset; 0: no matter.

        What others are expected to take until then is theirs: if they don't, it is ours at the end.
        """
        usual = self._usual or 0.0
        if at >= self._reset or max(self._others, usual) < 1:
            return 0.0
        left = self._reset - at
        above = max(0.0, self._remaining - reserve - usual * left / self._window) + 1
        return min(left / above, self._window)

    def _open(self, told: Told) -> None:
        if self._reset > -inf:
            self._usual = self._others if self._usual is None else (self._usual + self._others) / 2
        self._reset, self._remaining, self._own, self._others = told.reset, told.remaining, 0, 0.0


class SlidingWindow:
    """The last minute, whenever it is: what others took comes back a window after it was first seen."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._limit = inf
        self._others: deque[tuple[float, float]] = deque()

    def learn(self, told: Told, ours: int) -> None:
        """Take over an answer, where so many of ours were answered in the last window: the rest is others'."""
        self._limit = told.limit
        more = told.limit - told.remaining - ours - self.others(told.now)
        if more > 0:
            self._others.append((told.now + self._window, more))
        while more < 0 and self._others:
            at, count = self._others.popleft()
            more += count
            if more > 0:
                self._others.appendleft((at, more))

    def others(self, now: float) -> float:
        """Tell how much others have used in the last window."""
        while self._others and self._others[0][0] <= now:
            self._others.popleft()
        return sum(count for _, count in self._others)

    def free_at(self, reserve: int, held: Collection[float], unanswered: int, now: float) -> float:
        """Tell when a request above the reserve is free: ours come back at the times ``held``, others' at theirs.

        When none is free even then, the last of those times: one request finds out how much there is.
        """
        free = self._limit - reserve - unanswered - len(held) - self.others(now)
        coming = merge(((at, 1.0) for at in held), self._others)
        while free < 1 and (back := next(coming, None)):
            now, free = max(now, back[0]), free + back[1]
        return now
