"""What a check has found of one thing. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from toolkit.errors import ExitCode, ToolkitError

SKEW = 60.0
"""Seconds by which our clock may differ: a JWT assertion is good for three minutes, a snapshot overlaps by ten."""


class State(StrEnum):
    """How a check ended; *skip*: it was not made, and says why."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the page: what was checked, how it ended, a sentence, and for a failure what to do.

    ``code`` is the exit code that a failure of this kind has elsewhere.
    """

    check: str
    state: State
    said: str = ""
    remedy: str = ""
    code: ExitCode = ExitCode.DONE


def passed(check: str, said: str = "") -> Finding:
    """Say that something is well."""
    return Finding(check, State.PASS, said)


def skipped(check: str, why: str) -> Finding:
    """Say that something was not checked, and why."""
    return Finding(check, State.SKIP, why)


def failed(check: str, said: str, remedy: str, code: ExitCode = ExitCode.INPUT_REFUSED) -> Finding:
    """Say what is wrong, and what to do about it."""
    return Finding(check, State.FAIL, said, remedy, code)


def skew(check: str, seconds: float) -> Finding:
    """Say how far our clock is ahead of (below 0: behind) another."""
    said = f"ours is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
    return passed(check, said) if abs(seconds) <= SKEW else failed(check, said, "set this machine's clock, by NTP")


def guarded(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Give what ``look`` finds; an error of ours ends it with a failure, and nothing else with it."""
    try:
        yield from look()
    except ToolkitError as error:
        problem = f": {error.problems[0]}" if error.problems else ""
        yield failed(check, f"{error.sentence}{problem}", error.hint or "see the sentence", error.exit_code)
