"""What is said to an API and what comes back, as plain data. Pure: knows no library and no product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; ``path`` begins with ``/`` (or is an absolute URL of a next page).

    ``repeatable``: sending it a second time leaves the other side as one sending does. ``before``: what stands
    at the other side now, for whoever keeps a journal; it is not sent. ``session_cookie``: the token rides as the
    cookie ``sid`` too.
    """

    method: str
    path: str
    body: Any = None
    params: tuple[tuple[str, str], ...] = ()
    repeatable: bool = True
    before: Any = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    session_cookie: bool = False

    @property
    def reads(self) -> bool:
        """Tell whether the request changes nothing at the other side."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: ``body`` is the parsed JSON, or None when there was none or it was not JSON.

    ``text`` is how the body begins as it came, where it was not JSON or refuses.
    """

    status: int
    body: Any = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether the other side did what was asked."""
        return 200 <= self.status < 300

    @property
    def date(self) -> float:
        """Tell the other side's time (Unix seconds), by the header ``Date``; 0 when it does not say."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except ValueError:
            return 0.0


@dataclass(frozen=True, slots=True)
class Lost:
    """No complete answer came. ``reached`` is False only when the request surely never arrived."""

    reached: bool
    why: str


class BrokenOffError(Exception):
    """A body that was read piece by piece ended before it should; says what happened."""


Outcome = Answer | Lost
