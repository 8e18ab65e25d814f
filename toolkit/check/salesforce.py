"""Checks of Salesforce: sign-in, API version, the day's requests, the clock."""

from collections.abc import Iterator

from toolkit.check.finding import Finding, failed, guarded, passed, skew, skipped
from toolkit.errors import Stopped
from toolkit.http import SYSTEM_CLOCK
from toolkit.pacing import Clock
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.settings import SalesforceSettings

OLDEST = 47.0
"""The API version since which Bulk API 2.0 runs queries."""
_PATIENCE = 2.0
"""Seconds of the longest wait for another attempt."""


def hasty_client(settings: SalesforceSettings, clock: Clock = SYSTEM_CLOCK) -> SalesforceClient:
    """Give a client that asks three times at most: a check is no export, and somebody looks on."""
    heard = ["Salesforce does not answer"]

    def sleep(seconds: float) -> None:
        if seconds > _PATIENCE:
            raise Stopped(heard[-1], hint="check the address and the network, and run the same command again")
        clock.sleep(seconds)

    sign_in = SignIn(settings, Clock(clock.now, sleep))
    return SalesforceClient(sign_in, tell=lambda said: heard.append(said.partition("; trying")[0]))


def salesforce_findings(client: SalesforceClient) -> Iterator[Finding]:
    """Make every check; none stops the others."""
    for name, look in _CHECKS.items():
        yield from guarded(name, lambda name=name, look=look: [look(name, client)])  # type: ignore[misc]


def _sign_in(name: str, client: SalesforceClient) -> Finding:
    client.read_limits()
    return passed(name, client.url)


def _version(name: str, client: SalesforceClient) -> Finding:
    version = client.version()
    if float(version) < OLDEST:
        remedy = "export reports only, or ask Salesforce for its upgrade"
        return failed(name, f"{version} is the newest; queries by Bulk API 2.0 need {OLDEST}", remedy)
    return passed(name, version)


def _usage(name: str, client: SalesforceClient) -> Finding:
    if client.usage is None:
        return skipped(name, "Salesforce does not tell them: not every user may see them")
    used, allowed = client.usage
    return passed(name, f"{used:,} of {allowed:,} are used")


def _clock(name: str, client: SalesforceClient) -> Finding:
    return skew(name, client.clock.now() - client.server_time())


_CHECKS = {
    "Salesforce: sign-in": _sign_in,
    "Salesforce: API version": _version,
    "Salesforce: requests of the day": _usage,
    "Salesforce: clock": _clock,
}
