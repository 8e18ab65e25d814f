"""What the org has used: API requests of the day, report runs of the last hour. The time is handed in."""

from collections import deque
from collections.abc import Callable
from typing import Any

from toolkit.sandbox.config import LimitsConfig
from toolkit.sandbox.fault import Fault

HOUR_SECONDS = 3_600
ASYNC_RUNS = 1_200
"""Asynchronous report runs that Salesforce allows in an hour."""


class Usage:
    """Counts what is used and refuses what is too much."""

    def __init__(self, limits: LimitsConfig, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._used = limits.used
        self._runs: deque[float] = deque()
        self._async_runs: deque[float] = deque()

    def request(self) -> None:
        """Count an API request; Fault 403 when none is left."""
        if self._used >= self._limits.daily_requests:
            raise Fault(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._used += 1

    def run(self) -> None:
        """Count a synchronous report run; Fault 403 when the hour has had its share."""
        self._count(self._runs, self._limits.report_runs, "synchronously")

    def async_run(self) -> None:
        """Count an asynchronous report run in the same way."""
        self._count(self._async_runs, ASYNC_RUNS, "asynchronously")

    def header(self) -> dict[str, str]:
        """Give the header that every answer has."""
        return {"Sforce-Limit-Info": f"api-usage={self._used}/{self._limits.daily_requests}"}

    def told(self) -> dict[str, Any]:
        """Answer ``GET …/limits``."""
        runs, async_runs = self._recent(self._runs), self._recent(self._async_runs)
        return {
            "DailyApiRequests": _share(self._limits.daily_requests, self._used),
            "DailyBulkV2QueryJobs": _share(10_000, 0),
            "HourlyAsyncReportRuns": _share(ASYNC_RUNS, async_runs),
            "HourlySyncReportRuns": _share(self._limits.report_runs, runs),
        }

    def _count(self, runs: deque[float], most: int, how: str) -> None:
        if self._recent(runs) >= most:
            sentence = f"You can't run more than {most} reports {how} every 60 minutes."
            raise Fault(403, "REQUEST_LIMIT_EXCEEDED", sentence)
        runs.append(self._clock())

    def _recent(self, runs: deque[float]) -> int:
        while runs and self._clock() - runs[0] >= HOUR_SECONDS:
            runs.popleft()
        return len(runs)


def _share(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}
