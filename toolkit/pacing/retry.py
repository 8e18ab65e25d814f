"""What to do after an answer or the lack of one. Pure: times come in as numbers.

Sources: Front's rate-limit page (``retry-after`` in seconds on 429, which may be 0 or missing); Salesforce's answers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from toolkit.exchange import Answer, Outcome, Request

RETRY_FLOOR = 1.0
"""Seconds waited at least after a 429: Front sends ``retry-after: 0``, which would hammer it."""
MAX_ATTEMPTS = 7
LONGEST_BACKOFF = 60.0
_TOLD = re.compile(r"retry in (\d+(?:\.\d+)?) (milli)?seconds?\b", re.IGNORECASE)
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
        return Wait(told_to_wait(outcome))
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


def told_to_wait(answer: Answer) -> float:
    """Read how many seconds a 429 asks for: ``Retry-After``, or its message ("Please retry in 341 milliseconds")."""
    told = _TOLD.search(answer.text)
    said = float(told[1]) / (1000 if told[2] else 1) if told else 0.0
    return max(retry_after(answer.headers), said, RETRY_FLOOR)


def _asked(outcome: Outcome) -> float:
    return retry_after(outcome.headers) if isinstance(outcome, Answer) else 0.0


def retry_after(headers: Mapping[str, str]) -> float:
    """Read ``Retry-After`` in seconds; 0 when it is missing or not a number."""
    return number(headers, "retry-after") or 0.0


def number(headers: Mapping[str, str], name: str) -> float | None:
    """Read a header as a number; None when it is missing, or no number that a limit or a time could be."""
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None
