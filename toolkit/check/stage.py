"""The check stage: one page of findings about Front, Salesforce, and what a file needs of them. Writes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.check.finding import Finding, State, guarded, skipped
from toolkit.check.front import Asked, FrontChecks
from toolkit.check.salesforce import salesforce_findings
from toolkit.check.wanted import Wanted, read_wanted
from toolkit.errors import ExitCode
from toolkit.front.client import FrontClient
from toolkit.salesforce.client import SalesforceClient

_RANKS = (ExitCode.BUG, ExitCode.SIGN_IN_REFUSED, ExitCode.WRONG_SETTINGS, ExitCode.STOPPED, ExitCode.INPUT_REFUSED)
"""Which exit code stands for several failures: the first of these."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The mapping or operations file to hold against Front, if any, and the two clients.

    They are made when their turn comes: settings that are missing or wrong are a finding too. No ``salesforce``: the
    settings say nothing of one.
    """

    file: Path | None
    front: Callable[[], FrontClient]
    salesforce: Callable[[], SalesforceClient] | None = None
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings, in the order of the page."""

    findings: tuple[Finding, ...]

    def count(self, state: State) -> int:
        """Count the findings that ended so."""
        return sum(each.state is state for each in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """Give 0 when nothing failed, else the code of the gravest failure."""
        codes = {each.code for each in self.findings if each.state is State.FAIL}
        return next((code for code in _RANKS if code in codes), ExitCode.DONE)


def run(settings: CheckSettings) -> CheckResult:
    """Make every check. Nothing is changed anywhere, and no failure stops the others."""
    return CheckResult(tuple(_findings(settings)))


def _findings(settings: CheckSettings) -> Iterator[Finding]:
    wanted: list[Wanted] = []
    if settings.file is not None:
        yield from guarded(settings.file.name, lambda: _file(settings, wanted))
    yield from guarded("Front: settings", lambda: _front(settings, wanted[0] if wanted else None))
    if settings.salesforce is None:
        yield skipped("Salesforce", "nothing is said of it: set SF2FRONT_SALESFORCE_URL, and a token or login")
    else:
        yield from guarded("Salesforce: settings", lambda: _salesforce(settings))


def _file(settings: CheckSettings, wanted: list[Wanted]) -> Iterator[Finding]:
    """Read the file into ``wanted``; that it can be read is worth no line of the page."""
    if settings.file is not None:
        wanted.append(read_wanted(settings.file))
    yield from ()


def _front(settings: CheckSettings, wanted: Wanted | None) -> Iterator[Finding]:
    with settings.front() as client:
        yield from FrontChecks(client, wanted, settings.asked).run()


def _salesforce(settings: CheckSettings) -> Iterator[Finding]:
    if settings.salesforce:
        with settings.salesforce() as client:
            yield from salesforce_findings(client)
