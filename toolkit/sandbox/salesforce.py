"""Salesforce's door in the sandbox: versions, reports (recent, described, run) and a query that finds reports."""

import itertools
from collections.abc import Callable
from typing import Any

from toolkit.sandbox import oauth, report_query, soql
from toolkit.sandbox.calls import Call, Refused, Reply
from toolkit.sandbox.config import SalesforceConfig
from toolkit.sandbox.report import Report, answer, describe

VERSIONS = range(29, 69)
_SEASONS = ("Winter", "Spring", "Summer")


class Fault(Exception):
    """The request is answered with one of Salesforce's errors."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """Give the answer: Salesforce's errors are a JSON array."""
        return Reply(self.status, [{"errorCode": self.code, "message": str(self)}])


class Salesforce:
    """Answers requests to Salesforce; holds nothing that a request could change, but counts them."""

    def __init__(self, config: SalesforceConfig, reports: list[Report], clock: Callable[[], float]) -> None:
        self._session = config.session
        self._reports = reports
        self._clock = clock
        self._used = itertools.count(1)

    def answer(self, handler: "Handler", call: Call) -> Reply:
        """Answer a request that needs a session."""
        try:
            self._let_in(call)
            reply = handler(self, call)
        except Fault as fault:
            reply = fault.reply()
        usage = f"api-usage={next(self._used)}/100000"
        return Reply(reply.status, reply.data, {"Sforce-Limit-Info": usage})

    def _let_in(self, call: Call) -> None:
        if call.token != self._session:
            raise Fault(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if "version" in call.params and call.params["version"] not in {f"{each}.0" for each in VERSIONS}:
            raise _unknown()

    def versions(self) -> Reply:
        """GET /services/data: every version there is; takes no session."""
        return Reply(200, [_version(each) for each in VERSIONS])

    def sign_in(self, call: Call) -> Reply:
        """POST /services/oauth2/token."""
        return oauth.sign_in(self._session, call, self._clock())

    def recent(self, call: Call) -> Reply:
        """GET …/analytics/reports: here all of them."""
        return Reply(200, [_listed(report, _path(call, report)) for report in self._reports])

    def describe(self, call: Call) -> Reply:
        """GET …/analytics/reports/{id}/describe."""
        report = self._named(call)
        return Reply(200, describe(report, _path(call, report)))

    def run(self, call: Call) -> Reply:
        """GET or POST …/analytics/reports/{id}: a run; rows only with ``includeDetails=true``."""
        report = self._named(call)
        details = call.query.get("includeDetails", "false").lower() == "true"
        try:
            found = report_query.run(report, _overrides(call), details=details)
        except report_query.BadRequest as error:
            raise Fault(400, "BAD_REQUEST", str(error)) from None
        return Reply(200, answer(report, found, _path(call, report)))

    def query(self, call: Call) -> Reply:
        """GET …/query?q=: finds reports."""
        try:
            found = soql.query(call.query.get("q", ""), self._reports)
        except soql.MalformedQuery as error:
            raise Fault(400, "MALFORMED_QUERY", str(error)) from None
        records = [{"attributes": {"type": "Report"}} | each for each in found]
        return Reply(200, {"totalSize": len(records), "done": True, "records": records})

    def unknown(self, _: Call) -> Reply:
        """Answer everything else."""
        raise _unknown()

    def _named(self, call: Call) -> Report:
        wanted = call.params["report_id"]
        for report in self._reports:
            if wanted in (report.id, report.id[:15]):
                return report
        raise Fault(404, "NOT_FOUND", f"The report {wanted} does not exist or can't be seen by this user.")


Handler = Callable[[Salesforce, Call], Reply]

_DATA = "/services/data/v{version}"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"{_DATA}/analytics/reports", Salesforce.recent),
    ("GET", f"{_DATA}/analytics/reports/{{report_id}}", Salesforce.run),
    ("POST", f"{_DATA}/analytics/reports/{{report_id}}", Salesforce.run),
    ("GET", f"{_DATA}/analytics/reports/{{report_id}}/describe", Salesforce.describe),
    ("GET", f"{_DATA}/query", Salesforce.query),
)


def _unknown() -> Fault:
    return Fault(404, "NOT_FOUND", "The requested resource does not exist")


def _version(number: int) -> dict[str, str]:
    """Name a version by its season: version 29 is Winter '14, and there are three a year."""
    year, season = divmod(number - VERSIONS.start, len(_SEASONS))
    return {"label": f"{_SEASONS[season]} '{14 + year}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


def _path(call: Call, report: Report) -> str:
    return f"/services/data/v{call.params['version']}/analytics/reports/{report.id}"


def _listed(report: Report, path: str) -> dict[str, str]:
    addresses = {"url": path, "describeUrl": f"{path}/describe", "instancesUrl": f"{path}/instances"}
    return {"id": report.id, "name": report.name} | addresses


def _overrides(call: Call) -> dict[str, Any]:
    if not call.content:
        return {}
    try:
        body = call.json()
    except Refused as error:
        raise Fault(400, "JSON_PARSER_ERROR", error.details[0]) from None
    metadata = body.get("reportMetadata", {}) if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        raise Fault(400, "BAD_REQUEST", "reportMetadata must be an object")
    return metadata
