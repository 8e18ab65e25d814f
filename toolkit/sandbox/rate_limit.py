"""Counts a company's requests in fixed windows, with a burst on top, other clients beside us, and routes that allow
only so many a second. Pure: the time is handed in.
"""

import hashlib
import math
from collections import deque

from toolkit.sandbox.config import OthersConfig, RateLimit

TIER = "resource"
"""What ``x-front-tier`` says of a 429 of one route."""


class RateWindow:
    """The window that is open, and how many requests it has seen; starts anew with the sandbox."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._opened = -1
        self._used = 0
        self._burst = limit.burst
        self._burst_back = math.inf
        self._others = Others(limit.others)
        self._seconds: dict[str, deque[float]] = {}

    def take(self, now: float) -> bool:
        """Count one request at ``now`` (Unix seconds); False when neither window nor burst has one left."""
        self._open(now)
        if not self._limit.requests or self._used < self._limit.requests:
            self._used += 1
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
        self._open(now)
        return {
            "x-ratelimit-limit": str(self._limit.requests),
            "x-ratelimit-remaining": str(max(-1, self._limit.requests - self._used)),
            "x-ratelimit-reset": f"{self._reset():.3f}",
            "x-ratelimit-burst-limit": str(self._limit.burst),
            "x-ratelimit-burst-remaining": str(self._burst),
        }

    def retry_after(self, now: float) -> str:
        """Give the whole seconds after which the next window is open."""
        self._open(now)
        return str(max(1, math.ceil(self._reset() - now)))

    def _open(self, now: float) -> None:
        opened = int(now // self._limit.seconds)
        if opened != self._opened:
            self._opened, self._used = opened, 0
        if now >= self._burst_back:
            self._burst, self._burst_back = self._limit.burst, math.inf
        self._used += self._others.taken(now, now // self._limit.seconds * self._limit.seconds)

    def _reset(self) -> float:
        return (self._opened + 1) * self._limit.seconds


class Others:
    """Other integrations of the company: clumps of requests at odd times, the same for the same seed."""

    def __init__(self, config: OthersConfig) -> None:
        self._config = config
        self._number = 0
        self._next = -1.0

    def taken(self, now: float, since: float) -> int:
        """Say how many requests they have made since they were last asked about, those before ``since`` left out."""
        if not self._config.most:
            return 0
        if self._next < 0:
            self._next = now + self._gap()
        taken = 0
        while self._next <= now:
            taken += 1 + self._draw("size") % self._config.most if self._next >= since else 0
            self._next += self._gap()
        return taken

    def _gap(self) -> float:
        self._number += 1
        return (0.5 + self._draw("gap") / 2**64) * self._config.every_seconds

    def _draw(self, what: str) -> int:
        text = f"{self._config.seed}/{what}/{self._number}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
