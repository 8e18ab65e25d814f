"""Checks of Front: every one is a question that changes nothing, asked once, or twice when no answer came.

Whether a token may write is shown by writing alone. Where that is wanted, a change of something that can't be there
is sent: that Front answers 404, and not 403, is taken for leave (its documents are silent on which it looks at first).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolkit.check.finding import Finding, failed, guarded, passed, skew, skipped
from toolkit.check.wanted import Wanted, bad_operations
from toolkit.company import CompanyFields, check_mapping, company_fields
from toolkit.errors import ExitCode, ToolkitError
from toolkit.exchange import Answer, Lost, Outcome, Request
from toolkit.front.client import FrontClient, explain
from toolkit.front.state import kept
from toolkit.pacing import ASSUMED_LIMIT, minutes_needed


@dataclass(frozen=True, slots=True)
class Asked:
    """The share of the rate limit to be used, the reserve left of it, and whether writing is to be tried."""

    share: float = 0.5
    try_writing: bool = False
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Permission:
    """Something to be read: the path asked, the token's scope for it, the snapshot's resource, and who needs it."""

    name: str
    path: str
    scope: str
    resource: str = ""
    spare: bool = False


PERMISSIONS = (
    Permission("contacts", "/contacts?limit=1", "contacts:read"),
    Permission("contact lists", "/contact_lists", "contacts:read", "contact_list"),
    Permission("custom fields", "/contacts/custom_fields", "custom_fields:read", "custom_field"),
    Permission("teammates", "/teammates", "teammates:read", "teammate"),
    Permission("accounts", "/accounts?limit=1", "accounts:read"),
    Permission("inboxes", "/inboxes", "inboxes:read", "inbox", spare=True),
    Permission("rules", "/rules", "rules:read", "rule", spare=True),
    Permission("workspaces", "/teams", "teams:read", "team", spare=True),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """Something to be written: a request that would change nothing, since what it names can't be there.

    Ids are numbers in base 36; these are larger than any.
    """

    name: str
    path: str
    scope: str


PROBES = (
    Probe("contacts", "/contacts/crd_sf2frontcheck000", "contacts:write"),
    Probe("accounts", "/accounts/acc_sf2frontcheck000", "accounts:write"),
)


_ENOUGH = 2
"""Answers that did not come, one after the other: nothing more is asked then."""


class FrontChecks:
    """The checks of one company, in their order; what one has read, the later ones look at."""

    def __init__(self, client: FrontClient, wanted: Wanted | None, asked: Asked) -> None:
        self._client = client
        self._wanted = wanted
        self._asked = asked
        self._misses = 0
        self._found: dict[str, list[dict[str, Any]]] = {}

    def run(self) -> Iterator[Finding]:
        """Make every check; none stops the others."""
        me = self._ask(Request("GET", "/me"))
        yield from guarded("Front: sign-in", lambda: self._sign_in(me))
        yield self._clock(me)
        yield self._limit(me)
        if isinstance(me, Answer) and me.status == 401:
            yield skipped("Front: permissions", "the token is not accepted")
            return
        for permission in PERMISSIONS:
            yield self._permission(permission)
        for probe in PROBES:
            yield self._probe(probe)
        yield from self._needs()

    def _ask(self, request: Request) -> Outcome:
        """Ask, and once more when no answer came; but when the last one did not come either, once is enough."""
        outcome = self._send(request)
        if self._misses == 1:
            self._client.clock.sleep(1)
            outcome = self._send(request)
        return outcome

    def _send(self, request: Request) -> Outcome:
        self._client.wait_turn(request)
        outcome = self._client.send(request)
        failed = isinstance(outcome, Lost) or outcome.status >= 500 or outcome.status == 429
        self._misses = self._misses + 1 if failed else 0
        return outcome

    def _sign_in(self, me: Outcome) -> Iterator[Finding]:
        company = self._client.company_of(me)
        yield passed("Front: sign-in", f"{company.name} ({company.id})".strip())

    def _clock(self, me: Outcome) -> Finding:
        there = me.date if isinstance(me, Answer) else 0.0
        if not there:
            return skipped("Front: clock", "no answer told its time")
        return skew("Front: clock", self._client.clock.now() - there)

    def _limit(self, me: Outcome) -> Finding:
        told = me.headers.get("x-ratelimit-limit", "") if isinstance(me, Answer) else ""
        limit = int(told) if told.isdigit() else 0
        if not limit:
            return skipped("Front: rate limit", f"no answer told it; {ASSUMED_LIMIT:.0f} a minute are assumed")
        share, reserve = self._asked.share, self._asked.reserve
        of, left = (f" with {reserve:,} in reserve", max(1, limit - reserve)) if reserve else ("", limit)
        said = f"{limit:,} requests a minute; a share of {share:g}{of} is {min(limit * share, left):,.0f}"
        if self._wanted and self._wanted.rows:
            minutes = minutes_needed(self._wanted.rows, limit, share, reserve)
            said += f": {self._wanted.rows:,} operations take at least {minutes:,.0f} minutes"
        return passed("Front: rate limit", said)

    def _permission(self, permission: Permission) -> Finding:
        name = f"read {permission.name}"
        if self._misses > _ENOUGH:
            return skipped(name, "Front does not answer")
        outcome = self._ask(Request("GET", permission.path))
        if isinstance(outcome, Answer) and outcome.ok and isinstance(outcome.body, dict):
            items = outcome.body.get("_results") or []
            self._found[permission.resource] = items
            return passed(name, f"{len(items):,}" if permission.resource else "")
        error = explain(outcome)
        spare = permission.spare or (permission.name == "accounts" and not (self._wanted and self._wanted.accounts))
        if spare and error.exit_code == ExitCode.SIGN_IN_REFUSED:
            return skipped(name, f"{error.sentence}; the scope {permission.scope} is missing, and not needed here")
        return failed(name, error.sentence, _remedy(error, permission.scope), error.exit_code)

    def _probe(self, probe: Probe) -> Finding:
        name = f"write {probe.name}"
        if not self._asked.try_writing:
            return skipped(name, "not tried: --try-writing sends a change of something that is not there")
        if self._misses > _ENOUGH:
            return skipped(name, "Front does not answer")
        outcome = self._ask(Request("PATCH", probe.path, {}))
        if isinstance(outcome, Answer) and outcome.status == 404:
            return passed(name, "Front looked for what is not there, and did not refuse the token")
        error = explain(outcome)
        if error.exit_code == ExitCode.SIGN_IN_REFUSED:
            return failed(name, error.sentence, _remedy(error, probe.scope), error.exit_code)
        return skipped(name, f"{error.sentence}: that tells nothing")

    def _needs(self) -> Iterator[Finding]:
        """Hold what the file needs against what was read."""
        wanted, checks = self._wanted, {"custom fields": self._fields, "contact lists": self._lists}
        if wanted is None:
            yield skipped(", ".join(checks), "name a mapping or an operations file, and they are looked for in Front")
            return
        if wanted.is_mapping:
            checks["teammates"] = self._teammates
        for name, check in checks.items():
            resource = name.replace(" ", "_").removesuffix("s")
            there = resource in self._found
            yield check(name, wanted) if there else skipped(name, "they could not be read")

    def _fields(self, name: str, wanted: Wanted) -> Finding:
        kinds = ("custom_field", "teammate", "inbox")
        lines = [kept(kind, each) for kind in kinds for each in self._found.get(kind, ())]
        company = company_fields(enumerate([{"resource": "snapshot"}, *lines], start=1), "Front")
        if not wanted.is_mapping:
            return _operations(name, wanted, company)
        wrong = "; ".join(said for _, said in check_mapping(wanted.fields, company))
        remedy = "make the field in Front (Settings, Contacts, Custom fields), or correct the mapping"
        there = f"{len(wanted.fields)} in {wanted.name}, all there with their types"
        return failed(name, wrong, remedy) if wrong else passed(name, there)

    def _lists(self, name: str, wanted: Wanted) -> Finding:
        there = {each["name"] for each in self._found["contact_list"]}
        missing = sorted(wanted.lists - wanted.new_lists - there)
        said = f"not there yet, a plan makes them: {', '.join(missing)}" if missing else "all there"
        return passed(name, f"{len(wanted.lists)} in {wanted.name}, {said}")

    def _teammates(self, name: str, wanted: Wanted) -> Finding:
        known = {str(each.get("email", "")).lower() for each in self._found["teammate"]}
        missing = sorted(each for each in wanted.teammates if each.lower() not in known)
        if missing:
            remedy = "correct the addresses in the mapping, or invite the teammates in Front"
            return failed(name, f"Front has no teammate {', '.join(missing)}", remedy)
        return passed(name, f"{len(wanted.teammates)} named in {wanted.name}, all there")


def _operations(name: str, wanted: Wanted, company: CompanyFields) -> Finding:
    count, first = bad_operations(wanted.path, company)
    if count:
        remedy = f"take a snapshot, then: sf2front validate {wanted.path} --fields front.ndjson"
        such = "; ".join(map(str, first))
        return failed(name, f"{count:,} of {wanted.rows:,} lines do not fit, such as {such}", remedy)
    return passed(name, f"{wanted.rows:,} operations in {wanted.name} fit names, types, choices and teammates")


def _remedy(error: ToolkitError, scope: str) -> str:
    refused = error.exit_code == ExitCode.SIGN_IN_REFUSED
    return f"give the token the scope {scope} (Front: Settings, Developers, API tokens)" if refused else error.hint
