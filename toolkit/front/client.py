"""Talks to one Front company within its share of the rate limit. Knows pages and errors, not what is wanted.

Sources: Front Core API (base https://api2.frontapp.com); limits are per company and on every answer's headers.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Condition, Lock
from typing import Any, Self
from urllib.parse import urlsplit

from toolkit.errors import SignInRefused, Stopped, ToolkitError, WrongSettings
from toolkit.exchange import Answer, Lost, Outcome, Request
from toolkit.front.outage import Outage
from toolkit.front.protocol import is_expected, refusal
from toolkit.http import SYSTEM_CLOCK, Connection, Host
from toolkit.pacing import (
    Budget,
    Clock,
    GiveUp,
    Tiers,
    Usage,
    decide,
    is_lost,
    is_tier_alone,
    is_told_to_wait,
    route_of,
    told_to_wait,
)
from toolkit.progress import unheard
from toolkit.settings import FrontSettings

DOMAIN = "frontapp.com"
"""Links to next pages stand on the company's own host below it."""
PAGE = "100"
"""The most contacts or accounts that Front gives on one page; other lists take no limit."""


@dataclass(frozen=True, slots=True)
class Company:
    """The company that a token writes to: ``GET /me``; ``now`` is the time there (Unix seconds, 0: not told)."""

    id: str
    name: str
    now: float = 0.0


class FrontClient:
    """One company. Every request waits for its place in the budget; reads are repeated after passing failures.

    Several threads may ask, wait and send at once; they are served in the order in which they came.
    """

    def __init__(
        self,
        settings: FrontSettings,
        connection: Connection | None = None,
        clock: Clock = SYSTEM_CLOCK,
        tell: Callable[[str], None] = unheard,
    ) -> None:
        self._connection = connection or Connection(Host(settings.url, settings.token, _own_domain(settings.url)))
        self._tell = tell
        self._url = settings.url
        self.clock = clock
        self.budget = Budget(settings.share, settings.reserve)
        self.requests = 0
        self._company: Company | None = None
        self._told: Answer | None = None
        self._tiers = Tiers()
        self._reckoning = Lock()
        self.outage = Outage()
        self._row: deque[object] = deque()
        self._moved = Condition()

    def __enter__(self) -> Self:
        self._connection.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._connection.__exit__(*failure)

    def wait_turn(self, request: Request) -> None:
        """Wait until the budget lets ``request`` leave; the caller sends it, or no place is free for a while.

        One whose tier has to wait stands aside, so that others go on.
        """
        self.outage.wait()
        route = route_of(request.path)
        slept_until = self.clock.now()
        while not self._leave(route, slept_until):
            slept_until = self._sleep(max(0.0, self._tier_wait(route, slept_until)), slept_until)

    def send(self, request: Request) -> Outcome:
        """Send once, now, and learn the limit from the answer's headers; the caller has waited its turn."""
        outcome: Outcome = Lost(reached=True, why="interrupted")
        try:
            outcome = _believed(request, self._connection.send(request))
            self._told = outcome if isinstance(outcome, Answer) else self._told
        finally:
            self._reckon(request, outcome)
            if not is_told_to_wait(outcome):
                self.outage.heard(well=isinstance(outcome, Answer) and not is_lost(outcome.status))
        return outcome

    def usage(self) -> Usage:
        """Tell the limit, our share of it, and what we and others use, for progress."""
        with self._reckoning:
            return self.budget.usage(self.clock.now())

    def _leave(self, route: str, slept_until: float) -> bool:
        """Wait in the row for a place; False when the route's tier has to wait."""
        if self._tier_wait(route, slept_until) > 0:
            return False
        with self._head_of_the_row():
            while self._tier_wait(route, slept_until) <= 0:
                if (wait := self._try_to_leave(route, slept_until)) <= 0:
                    return True
                slept_until = self._sleep(wait, slept_until)
        return False

    def _sleep(self, wait: float, slept_until: float) -> float:
        """Sleep, and give the time until which was slept: a clock that falls short of it is not slept for again."""
        until = max(self.clock.now(), slept_until) + wait
        self.clock.sleep(wait)
        return until

    def _tier_wait(self, route: str, slept_until: float) -> float:
        with self._reckoning:
            now = max(self.clock.now(), slept_until)
            return self._tiers.due(route, now) - now

    @contextmanager
    def _head_of_the_row(self) -> Iterator[None]:
        """Let threads pass one at a time, first come first served; one that is interrupted leaves the row."""
        me = object()
        with self._moved:
            self._row.append(me)
        try:
            with self._moved:
                self._moved.wait_for(lambda: self._row[0] is me)
            yield
        finally:
            with self._moved:
                self._row.remove(me)
                self._moved.notify_all()

    def _try_to_leave(self, route: str, slept_until: float) -> float:
        """Take a place if one is due; otherwise give the seconds until it is worth another look."""
        with self._reckoning:
            now = max(self.clock.now(), slept_until)
            wait = self.budget.due(now) - now
            if wait <= 0:
                self.budget.slot(now)
                self._tiers.take(route, now)
            return wait

    def _reckon(self, request: Request, outcome: Outcome) -> None:
        with self._reckoning:
            now = self.clock.now()
            self.requests += 1
            if isinstance(outcome, Lost):
                self.budget.lose(now)
                return
            self.budget.observe(outcome.headers, now)
            self._tiers.observe(route_of(request.path), outcome, now)
            if is_told_to_wait(outcome) and not is_tier_alone(outcome):
                self.budget.pause(now + told_to_wait(outcome))

    def pause(self, seconds: float, outcome: Outcome) -> None:
        """Wait before another attempt, and say so when it is long enough to wonder."""
        if seconds >= 2:
            self._tell(f"{explain(outcome).sentence}; trying again in {seconds:.0f} s")
        self.clock.sleep(seconds)

    def ask(self, request: Request) -> Answer:
        """Send a read until it is answered for good; Stopped or SignInRefused when no read would be.

        A refusal of this one read (400, 403, 404 …) is an answer too: the caller looks at ``ok``.
        """
        with self.outage.tried():
            return self._asked(request)

    def _asked(self, request: Request) -> Answer:
        attempt = 0
        while True:
            self.wait_turn(request)
            outcome = self.send(request)
            if isinstance(outcome, Answer) and outcome.ok:
                return outcome
            attempt += not is_told_to_wait(outcome)
            verdict = decide(request, outcome, attempt)
            if isinstance(verdict, GiveUp):
                if isinstance(outcome, Answer) and not verdict.stop:
                    return outcome
                raise explain(outcome)
            self.pause(verdict.seconds, outcome)

    def company(self) -> Company:
        """Ask which company the token is for."""
        return self.company_of(self.ask(Request("GET", "/me")))

    def whose(self) -> Company:
        """Tell which company the token is for, asking only once; ``now`` is the time there at the last answer."""
        if self._company is None:
            self._company = self.company()
        now = self._told.date if self._told else 0.0
        return replace(self._company, now=max(now, self._company.now))

    def company_of(self, answer: Outcome) -> Company:
        """Read the company out of what ``GET /me`` was answered; the error that fits when it can't be."""
        if isinstance(answer, Answer) and answer.status == 404:
            raise WrongSettings(f"there is no Front API at {self._url}", hint=_ADDRESS_HINT)
        if not isinstance(answer, Answer) or not answer.ok:
            raise explain(answer)
        body = answer.body if isinstance(answer.body, dict) else {}
        if not str(body.get("id", "")).startswith("cmp_"):
            raise Stopped("the Front address does not say which company the token is for", hint=_ADDRESS_HINT)
        return Company(body["id"], body.get("name", ""), answer.date)

    def pages(self, path: str, **params: str) -> Iterator[list[dict[str, Any]]]:
        """Walk a list to its end by ``_pagination.next``: a page's ``_results`` each time, short ones included."""
        request = Request("GET", path, params=tuple(params.items()))
        while True:
            items, following = page_of(self.ask(request))
            yield items
            if not following:
                return
            request = Request("GET", following)

    def every(self, path: str, **params: str) -> Iterator[dict[str, Any]]:
        """Walk a list to its end, item by item."""
        for page in self.pages(path, **params):
            yield from page


_ADDRESS_HINT = "it should be https://api2.frontapp.com, or the address that `sf2front sandbox` printed"


def _own_domain(url: str) -> str:
    return DOMAIN if f".{urlsplit(url).hostname}".endswith(f".{DOMAIN}") else ""


def _believed(request: Request, outcome: Outcome) -> Outcome:
    """Take an answer that is not Front's (a proxy's page or JSON, a redirect, a creation without a body) for none."""
    if isinstance(outcome, Lost) or outcome.status >= 400:
        return outcome
    nothing_due = not request.reads and outcome.status != 201 and not outcome.text
    fits = (isinstance(outcome.body, dict) or nothing_due) and is_expected(request, outcome.body)
    return outcome if outcome.ok and fits else Lost(reached=True, why=f"{outcome.status}, but not from Front")


def page_of(answer: Answer) -> tuple[list[dict[str, Any]], str]:
    """Read a page: its items, and the link to the next one (empty: it is the last)."""
    if not answer.ok or not isinstance(answer.body, dict):
        raise explain(answer)
    return answer.body.get("_results") or [], (answer.body.get("_pagination") or {}).get("next") or ""


def explain(outcome: Outcome) -> ToolkitError:
    """Turn Front's refusal into the error whose exit code and hint fit it."""
    if isinstance(outcome, Lost):
        return Stopped(f"Front could not be reached: {outcome.why}", hint="run the same command again")
    said = f"Front answered {outcome.status}: {refusal(outcome).message}"
    if outcome.status in (401, 403):
        hint = "check the API token in SF2FRONT_FRONT_TOKEN (Front: Settings, Developers, API tokens) and its scopes"
        return SignInRefused(said, hint=hint)
    return Stopped(said, hint="run the same command again")
