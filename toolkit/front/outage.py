"""While Front is down one request at a time finds out whether it is well again; all others wait for that.

Several threads that each try again on their own would send a company that is down many times the requests, and tell
nothing more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident

from toolkit.errors import Stopped

AFTER = 4
"""Failures in a row, whose so ever, that make an outage: fewer are bad luck, and everybody goes on."""
_NOBODY = 0


class Outage:
    """What the threads of one client know of it together. The scout is the thread that goes on trying."""

    def __init__(self) -> None:
        self._moved = Condition()
        self._failures = 0
        self._scout = _NOBODY
        self._waiting = 0
        self._given_up: Stopped | None = None

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Make all attempts at one request in here; a scout that gives up does so for all who wait."""
        was_scout = self._scout == get_ident()
        try:
            yield
        except Stopped as error:
            self._give_up(error)
            raise
        finally:
            if not was_scout:
                self._step_down()

    def wait(self) -> None:
        """Wait before an attempt until Front is well, or nobody tries. Stopped when the scout has given up."""
        with self._moved:
            self._waiting += 1
            try:
                self._moved.wait_for(self._may_go)
                if error := self._given_up:
                    raise Stopped(error.sentence, hint=error.hint)
            finally:
                self._waiting -= 1
                self._given_up = self._given_up if self._waiting else None
            if self._failures >= AFTER:
                self._scout = get_ident()

    def heard(self, *, well: bool) -> None:
        """Learn from an answer, or from there being none."""
        with self._moved:
            self._failures = 0 if well else self._failures + 1
            if well:
                self._scout = _NOBODY
            self._moved.notify_all()

    def _may_go(self) -> bool:
        return bool(self._given_up) or self._failures < AFTER or self._scout in (_NOBODY, get_ident())

    def _give_up(self, error: Stopped) -> None:
        with self._moved:
            if self._scout == get_ident() and self._waiting:
                self._given_up = error

    def _step_down(self) -> None:
        with self._moved:
            if self._scout == get_ident():
                self._scout = _NOBODY
            self._moved.notify_all()
