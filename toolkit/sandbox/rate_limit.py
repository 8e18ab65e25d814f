"""Counts a company's requests in fixed windows or a sliding one, with a burst on top, other clients beside us, and
routes that allow only so many a second. Pure: the time is handed in.
"""

import hashlib
import math
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from toolkit.sandbox.config import OthersConfig, RateLimit

TIER = "resource"
"""What ``x-front-tier`` says of a 429 of one route."""


class Counted(Protocol):
    """Requests of the window that is open at a time."""

    def since(self, now: float) -> float:
        """Give when the window began."""

    def add(self, at: float, requests: int) -> None:
        """Count requests."""

    def used(self, now: float) -> int:
        """Give how many requests the window has seen."""

    def reset(self, now: float) -> float:
        """Give when something comes back."""


class FixedWindows:
    """So many seconds by the clock, one after the other."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = -math.inf
        self._used = 0

    def since(self, now: float) -> float:
        """Give when the window began."""
        return now // self._seconds * self._seconds

    def add(self, at: float, requests: int) -> None:
        """Count requests in the window of their time, which is the last one that anything is counted in."""
        began = self.since(at)
        self._used = requests + (self._used if began == self._began else 0)
        self._began = began

    def used(self, now: float) -> int:
        """Give how many requests the window has seen."""
        return self._used if self.since(now) == self._began else 0

    def reset(self, now: float) -> float:
        """Give the window's end, when all is there again."""
        return self.since(now) + self._seconds


class SlidingWindow:
    """The last so many seconds at any time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: deque[tuple[float, int]] = deque()
        self._used = 0

    def since(self, now: float) -> float:
        """Give when the window began."""
        return now - self._seconds

    def add(self, at: float, requests: int) -> None:
        """Count requests."""
        self._seen.append((at, requests))
        self._used += requests

    def used(self, now: float) -> int:
        """Give how many requests the window has seen; what is older is forgotten."""
        while self._seen and self._seen[0][0] <= self.since(now):
            self._used -= self._seen.popleft()[1]
        return self._used

    def reset(self, now: float) -> float:
        """Give when the oldest request is forgotten."""
        return (self._seen[0][0] if self._seen else now) + self._seconds


class RateWindow:
    """The window that is open, and how many requests it has seen; starts anew with the sandbox."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._counted: Counted = (SlidingWindow if limit.sliding else FixedWindows)(limit.seconds)
        self._burst = limit.burst
        self._burst_back = math.inf
        self._others = Others(limit.others)
        self._seconds: dict[str, deque[float]] = {}

    def take(self, now: float) -> bool:
        """Count one request at ``now`` (Unix seconds); False when neither window nor burst has one left."""
        self._count_others(now)
        if not self._limit.requests or self._counted.used(now) < self._limit.requests:
            self._counted.add(now, 1)
            return True
        if self._burst:
            self._burst -= 1
            self._burst_back = now + self._limit.burst_seconds if not self._burst else self._burst_back
            return True
        return False

    def wait_for(self, route: str, now: float) -> float:
        """Count one request to a route; give the seconds until it allows the next, 0 when it allows this one."""
        most = self._limit.route_requests
        times = self._seconds.setdefault(route, deque(maxlen=most or 1))
        if most and len(times) == most and now - times[0] < 1:
            return 1 - (now - times[0])
        times.append(now)
        return 0.0

    def headers(self, now: float) -> dict[str, str]:
        """Give the headers of every answer; without a limit, or where it is not told, there are none.

        The reset is a Unix time with a fraction; what remains is -1 when others have overdrawn it (Front does so too).
        """
        if not self._limit.requests or not self._limit.headers:
            return {}
        self._count_others(now)
        return {
            "x-ratelimit-limit": str(self._limit.requests),
            "x-ratelimit-remaining": str(max(-1, self._limit.requests - self._counted.used(now))),
            "x-ratelimit-reset": f"{self._counted.reset(now):.3f}",
            "x-ratelimit-burst-limit": str(self._limit.burst),
            "x-ratelimit-burst-remaining": str(self._burst),
        }

    def retry_after(self, now: float) -> str:
        """Give the whole seconds after which something is there again."""
        self._count_others(now)
        return str(max(1, math.ceil(self._counted.reset(now) - now)))

    def _count_others(self, now: float) -> None:
        if now >= self._burst_back:
            self._burst, self._burst_back = self._limit.burst, math.inf
        for at, requests in self._others.clumps(now, self._counted.since(now)):
            self._counted.add(at, requests)


class Others:
    """Other integrations of the company: clumps of requests at odd times, the same for the same seed."""

    def __init__(self, config: OthersConfig) -> None:
        self._config = config
        self._number = 0
        self._next = -1.0

    def clumps(self, now: float, since: float) -> Iterator[tuple[float, int]]:
        """Give the clumps since they were last asked about, those before ``since`` left out: when, and how large."""
        if not self._config.most:
            return
        if self._next < 0:
            self._next = now + self._gap()
        while self._next <= now:
            if self._next >= since:
                yield self._next, 1 + self._draw("size") % self._config.most
            self._next += self._gap()

    def _gap(self) -> float:
        self._number += 1
        return (0.5 + self._draw("gap") / 2**64) * self._config.every_seconds

    def _draw(self, what: str) -> int:
        text = f"{self._config.seed}/{what}/{self._number}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
