"""Checks of Front: every one is a question that changes nothing, asked once, twice when no answer came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from toolkit.check.finding import Finding, failed, guarded, passed, skipped
from toolkit.check.wanted import Wanted
from toolkit.company import CompanyFields, check_mapping, company_fields
from toolkit.errors import ExitCode, ToolkitError
from toolkit.exchange import Answer, Lost, Outcome, Request
from toolkit.front.client import FrontClient, explain
from toolkit.front.protocol import date_of
from toolkit.front.state import kept
from toolkit.pacing import minutes_needed

SKEW = 60.0
"""Seconds by which our clock may differ: a snapshot since an earlier one asks for ten minutes more than it needs."""
_SCOPES = "Front: Settings, Developers, API tokens"
_LIMIT_HEADER = "x-ratelimit-limit"


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


@dataclass(slots=True)
class FrontChecks:
    """The checks of one company, in their order; what one has read, the later ones look at."""

    client: FrontClient
    wanted: Wanted | None
    share: float
    company: str = ""
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> Iterator[Finding]:
        """Make every check; none stops the others."""
        me = self._ask("/me")
        yield from guarded("Front: sign-in", lambda: self._sign_in(me))
        yield from self._clock(me)
        yield from self._limit(me)
        if isinstance(me, Answer) and me.status == 401:
            yield skipped("Front: permissions", "the token is not accepted")
            return
        for permission in PERMISSIONS:
            yield self._permission(permission)
        yield skipped("write contacts", "not tried: only writing shows it")
        yield from self._wanted()

    def _ask(self, path: str) -> Outcome:
        request = Request("GET", path)
        self.client.wait_turn()
        outcome = self.client.send(request)
        if isinstance(outcome, Lost) or outcome.status >= 500 or outcome.status == 429:
            self.client.clock.sleep(1)
            self.client.wait_turn()
            outcome = self.client.send(request)
        return outcome

    def _sign_in(self, me: Outcome) -> Iterator[Finding]:
        if not isinstance(me, Answer) or not me.ok:
            raise explain(me)
        body = me.body if isinstance(me.body, dict) else {}
        self.company = f"{body.get('name', '')} ({body.get('id', '')})".strip()
        if not str(body.get("id", "")).startswith("cmp_"):
            remedy = "the address should be https://api2.frontapp.com"
            yield failed("Front: sign-in", "the address does not say which company the token is for", remedy)
        else:
            yield passed("Front: sign-in", self.company)

    def _clock(self, me: Outcome) -> Iterator[Finding]:
        there = date_of(me) if isinstance(me, Answer) else 0.0
        if not there:
            yield skipped("Front: clock", "no answer told its time")
            return
        off = self.client.clock.now() - there
        said = f"ours is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
        remedy = "set the clock of this machine, by NTP"
        yield passed("Front: clock", said) if abs(off) <= SKEW else failed("Front: clock", said, remedy)

    def _limit(self, me: Outcome) -> Iterator[Finding]:
        told = me.headers.get(_LIMIT_HEADER, "") if isinstance(me, Answer) else ""
        if not told.isdigit() or not int(told):
            yield skipped("Front: rate limit", "no answer told it; 50 requests a minute are assumed")
            return
        said = f"{told} requests a minute; a share of {self.share:g} is {int(told) * self.share:g}"
        if self.wanted and self.wanted.rows:
            minutes = minutes_needed(self.wanted.rows, int(told), self.share)
            said += f": {self.wanted.rows:,} operations take {minutes:,.0f} minutes or more"
        yield passed("Front: rate limit", said)

    def _permission(self, permission: Permission) -> Finding:
        name, outcome = f"read {permission.name}", self._ask(permission.path)
        if isinstance(outcome, Answer) and outcome.ok:
            items = (outcome.body or {}).get("_results") or []
            self.found[permission.resource] = items
            return passed(name, f"{len(items):,}" if permission.resource else "")
        error = explain(outcome)
        spare = permission.spare or (permission.name == "accounts" and not (self.wanted and self.wanted.accounts))
        if spare and error.exit_code == ExitCode.SIGN_IN_REFUSED:
            return skipped(name, f"{error.sentence}; {permission.scope} would allow it, no plan needs it here")
        return failed(name, error.sentence, _remedy(error, permission), error.exit_code)

    def _wanted(self) -> Iterator[Finding]:
        if self.wanted is None:
            yield skipped("custom fields, lists", "name a mapping or an operations file to hold them against Front")
            return
        yield from self._fields(self.wanted)
        yield from self._lists(self.wanted)
        yield from self._teammates(self.wanted)

    def _fields(self, wanted: Wanted) -> Iterator[Finding]:
        if "custom_field" not in self.found:
            yield skipped("custom fields", "they could not be read")
            return
        company = self._company()
        wrong = check_mapping(wanted.fields, company)
        yield from (
            failed("custom fields", said, "make the field in Front (Settings, Contacts), or change the mapping")
            for _, said in wrong
        )
        if not wrong:
            yield passed("custom fields", f"{len(wanted.fields)} in {wanted.name}, all there with their types")

    def _company(self) -> CompanyFields:
        head = {"resource": "snapshot"}
        kinds = ("custom_field", "teammate", "inbox")
        lines: Iterable[dict[str, Any]] = [head, *(kept(kind, e) for kind in kinds for e in self.found.get(kind, ()))]
        return company_fields(enumerate(lines, start=1), self.company)

    def _lists(self, wanted: Wanted) -> Iterator[Finding]:
        if "contact_list" not in self.found:
            yield skipped("contact lists", "they could not be read")
            return
        missing = sorted(wanted.lists - wanted.new_lists - {each["name"] for each in self.found["contact_list"]})
        said = (
            f"{len(wanted.lists)} in {wanted.name}, all there" if not missing else f"to be made: {', '.join(missing)}"
        )
        yield passed("contact lists", said)

    def _teammates(self, wanted: Wanted) -> Iterator[Finding]:
        if "teammate" not in self.found:
            yield skipped("teammates", "they could not be read")
            return
        known = {str(each.get("email", "")).lower() for each in self.found["teammate"]}
        missing = sorted(each for each in wanted.teammates if each.lower() not in known)
        remedy = "correct the address in the mapping, or invite the teammate in Front"
        if missing:
            yield failed("teammates", f"Front has no teammate {', '.join(missing)}", remedy)
        else:
            yield passed("teammates", f"{len(wanted.teammates)} named in {wanted.name}, all there")


def _remedy(error: ToolkitError, permission: Permission) -> str:
    refused = error.exit_code == ExitCode.SIGN_IN_REFUSED
    return f"give the token the scope {permission.scope} ({_SCOPES})" if refused else error.hint
