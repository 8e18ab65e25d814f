"""Salesforce's door in the sandbox: the table of routes, versions, sign-in, sessions, limits, faults and the log."""

import itertools
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from toolkit.sandbox import oauth, query_calls, report_calls, soap
from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.config import FaultKind, SalesforceConfig
from toolkit.sandbox.fault import Fault, unknown
from toolkit.sandbox.org import Org, found
from toolkit.sandbox.report import Report
from toolkit.sandbox.source_table import SourceTable, source_table
from toolkit.sandbox.spoiler import Outage, Spoiler

VERSIONS = range(29, 69)
LOG_LINES = 100_000
"""So many of the last requests are in the log."""
_SEASONS = ("Winter", "Spring", "Summer")

Handler = Callable[[Org, Call], Reply]

_DATA = "/services/data/v{version}"
_REPORT = f"{_DATA}/analytics/reports/{{report_id}}"
_JOBS = f"{_DATA}/jobs/query"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"{_DATA}/analytics/reports", report_calls.recent),
    ("GET", _REPORT, report_calls.run),
    ("POST", _REPORT, report_calls.run),
    ("GET", f"{_REPORT}/describe", report_calls.described),
    ("GET", f"{_REPORT}/instances", report_calls.instances),
    ("POST", f"{_REPORT}/instances", report_calls.begin),
    ("GET", f"{_REPORT}/instances/{{instance_id}}", report_calls.instance),
    ("GET", f"{_DATA}/query", query_calls.query),
    ("GET", f"{_DATA}/query/{{locator}}", query_calls.following),
    ("GET", f"{_DATA}/queryAll", query_calls.query_all),
    ("GET", f"{_DATA}/queryAll/{{locator}}", query_calls.following),
    ("GET", f"{_DATA}/sobjects/{{name}}/describe", query_calls.describe),
    ("GET", f"{_DATA}/limits", query_calls.limits),
    ("GET", _JOBS, query_calls.jobs),
    ("POST", _JOBS, query_calls.create_job),
    ("GET", f"{_JOBS}/{{job_id}}", query_calls.job),
    ("PATCH", f"{_JOBS}/{{job_id}}", query_calls.abort_job),
    ("DELETE", f"{_JOBS}/{{job_id}}", query_calls.delete_job),
    ("GET", f"{_JOBS}/{{job_id}}/results", query_calls.results),
    ("GET", f"{_JOBS}/{{job_id}}/resultPages", query_calls.result_pages),
)
_SPOILED: dict[FaultKind, Reply] = {
    FaultKind.UNAVAILABLE: Fault(503, "SERVER_UNAVAILABLE", "The server is busy").reply(),
    FaultKind.ENHANCE: Fault(420, "ENHANCE_YOUR_CALM", "Too many requests at once").reply(),
    FaultKind.TOO_MANY: Fault(429, "TOO_MANY_REQUESTS", "Too many requests").reply(),
    FaultKind.EXPIRED: Fault(401, "INVALID_SESSION_ID", "Session expired or invalid").reply(),
    FaultKind.HTML: Reply(
        200, b"<html><body>Down for Maintenance</body></html>", {"content-type": "text/html; charset=UTF-8"}
    ),
}


class Salesforce:
    """Answers requests to Salesforce, keeps their log, and lets tests change contacts from outside."""

    def __init__(self, config: SalesforceConfig, answers: list[Report], clock: Callable[[], float]) -> None:
        self._org = found(config, answers, clock)
        self._spoiler = Spoiler(config.faults)
        self.slow_seconds = config.faults.slow_seconds
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG_LINES)
        self._seen = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, handler: Handler, call: Call) -> tuple[Reply, FaultKind | None]:
        """Answer a request that needs a session; and say what is to go wrong on its way, if anything is.

        A request whose answer is lost or cut off was done all the same: to its sender it looks like one that wasn't.
        """
        fault = self._spoiler.next(self._org.clock())
        if fault is FaultKind.EXPIRED:
            self._org.sessions.end(call.token)
        reply = _SPOILED[fault] if fault in _SPOILED else self._done(handler, call)
        self._note(call, reply, fault)
        return replace(reply, headers=self._org.usage.header() | reply.headers), fault

    def _done(self, handler: Handler, call: Call) -> Reply:
        try:
            self._let_in(call)
            return handler(self._org, call)
        except Fault as refusal:
            return refusal.reply()

    def _let_in(self, call: Call) -> None:
        self._org.sessions.let_in(call.token)
        if "version" in call.params and call.params["version"] not in {f"{each}.0" for each in VERSIONS}:
            raise unknown()
        self._org.usage.request()

    def page(self, handler: Handler, call: Call) -> Reply:
        """Answer a request of a browser, which has a cookie and no token."""
        reply = handler(self._org, call)
        self._note(call, reply, None)
        return reply

    def versions(self) -> Reply:
        """GET /services/data: every version there is; takes no session."""
        return Reply(200, [_version(each) for each in VERSIONS])

    def sign_in(self, call: Call) -> Reply:
        """POST /services/oauth2/token."""
        reply = oauth.sign_in(self._org.sessions, call, self._org.clock())
        self._note(call, reply, None)
        return reply

    def soap(self, call: Call) -> Reply:
        """POST /services/Soap/u/{version}: sign-in with a user's name and password."""
        reply = soap.sign_in(self._org.sessions, call)
        self._note(call, reply, None)
        return reply

    def change(self, identity: str, **fields: Any) -> None:
        """Set fields of a contact, named as in SOQL with ``__`` for a dot; its stamps move to now."""
        self._org.contacts.change(identity, **fields)

    def change_all(self, **columns: Any) -> None:
        """Set fields of all contacts by polars expressions over ``row``: a mass update; their stamps move to now."""
        self._org.contacts.change_all(**columns)

    def delete(self, identity: str) -> None:
        """Delete a contact: only queryAll shows it from now on."""
        self._org.contacts.delete(identity)

    def add(self, **fields: Any) -> str:
        """Create a contact and give its Id."""
        return self._org.contacts.add(**fields)

    def source_table(self, report_id: str, sort_by: str = "", *, ids: bool = False) -> SourceTable:
        """Give what an export of a report must come to now: sorted by a column's API name, with Ids beside names."""
        report = self._org.reports.found(report_id)
        if report is None:
            raise KeyError(report_id)
        return source_table(self._org.reports.filled(report), sort_by, ids=ids)

    def spoil(self, kind: FaultKind | None, wait: int = 0, seconds: float = math.inf) -> None:
        """Let every request go wrong, from the one after ``wait`` others, for so many seconds; None ends that."""
        self._spoiler.begin(Outage(kind, wait, seconds) if kind else None)

    def expire(self, token: str) -> None:
        """End a session now."""
        self._org.sessions.end(token)

    def requests(self) -> list[dict[str, Any]]:
        """Give the log in order: seq, method, path, query, status, fault (None, or what was made to go wrong)."""
        with self._lock:
            return [dict(each) for each in self._log]

    @property
    def faults(self) -> int:
        """How many requests went wrong on purpose so far."""
        return self._spoiler.spoiled

    def _note(self, call: Call, reply: Reply, fault: FaultKind | None) -> None:
        with self._lock:
            line = {"seq": next(self._seen), "method": call.method, "path": call.path, "query": call.query}
            self._log.append(line | {"status": reply.status, "fault": fault})


def no_such_route(_: Org, __: Call) -> Reply:
    """Answer everything else."""
    raise unknown()


def _version(number: int) -> dict[str, str]:
    """Name a version by its season: version 29 is Winter '14, and there are three a year."""
    year, season = divmod(number - VERSIONS.start, len(_SEASONS))
    return {"label": f"{_SEASONS[season]} '{14 + year}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
