"""Counts a company's requests in fixed windows. Pure: the time is handed in."""

import math

from toolkit.sandbox.config import RateLimit


class RateWindow:
    """The window that is open, and how many requests it has seen; starts anew with the sandbox."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._opened = -1
        self._used = 0

    def take(self, now: float) -> bool:
        """Count one request at ``now`` (Unix seconds); False when the window has none left."""
        self._open(now)
        if self._limit.requests and self._used >= self._limit.requests:
            return False
        self._used += 1
        return True

    def headers(self, now: float) -> dict[str, str]:
        """Give the headers of every answer; without a limit there are none.

        The reset is a Unix time with a fraction. There is no burst on top of the limit here, so both its headers say 0.
        """
        if not self._limit.requests:
            return {}
        self._open(now)
        return {
            "x-ratelimit-limit": str(self._limit.requests),
            "x-ratelimit-remaining": str(self._limit.requests - self._used),
            "x-ratelimit-reset": f"{self._reset():.3f}",
            "x-ratelimit-burst-limit": "0",
            "x-ratelimit-burst-remaining": "0",
        }

    def retry_after(self, now: float) -> str:
        """Give the whole seconds after which the next window is open."""
        self._open(now)
        return str(max(1, math.ceil(self._reset() - now)))

    def _open(self, now: float) -> None:
        opened = int(now // self._limit.seconds)
        if opened != self._opened:
            self._opened, self._used = opened, 0

    def _reset(self) -> float:
        return (self._opened + 1) * self._limit.seconds
