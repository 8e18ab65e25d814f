"""Checks of Salesforce: sign-in, API version, the day's requests, the clock."""

from collections.abc import Iterator

from toolkit.check.finding import Finding, failed, guarded, passed, skipped
from toolkit.salesforce.client import SalesforceClient

SKEW = 60.0
"""Seconds by which our clock may differ: an assertion by JWT is good for three minutes."""


def salesforce_findings(client: SalesforceClient) -> Iterator[Finding]:
    """Make every check; none stops the others."""
    yield from guarded("Salesforce: sign-in", lambda: _sign_in(client))
    yield from guarded("Salesforce: API version", lambda: [passed("Salesforce: API version", client.version())])
    yield from guarded("Salesforce: requests of the day", lambda: _usage(client))
    yield from guarded("Salesforce: clock", lambda: _clock(client))


def _sign_in(client: SalesforceClient) -> Iterator[Finding]:
    client.read_limits()
    yield passed("Salesforce: sign-in", client.url)


def _usage(client: SalesforceClient) -> Iterator[Finding]:
    if client.usage is None:
        yield skipped("Salesforce: requests of the day", "this user may not see them")
        return
    used, allowed = client.usage
    yield passed("Salesforce: requests of the day", f"{used:,} of {allowed:,} are used")


def _clock(client: SalesforceClient) -> Iterator[Finding]:
    off = client.clock.now() - client.server_time()
    said = f"ours is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
    remedy = "set the clock of this machine, by NTP"
    yield passed("Salesforce: clock", said) if abs(off) <= SKEW else failed("Salesforce: clock", said, remedy)
