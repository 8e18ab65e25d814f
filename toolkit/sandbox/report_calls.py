"""Salesforce's routes of reports: recent, described, run, run asynchronously, and as files (Excel, the UI's CSV)."""

from typing import Any

from toolkit.sandbox import report_files, report_query
from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.fault import Fault
from toolkit.sandbox.org import Org, body, data_path
from toolkit.sandbox.report import Report, describe
from toolkit.sandbox.report_answer import answer


def recent(org: Org, call: Call) -> Reply:
    """GET …/analytics/reports: here all of them."""
    return Reply(200, [_listed(report, _path(call, report)) for report in org.reports.all()])


def described(org: Org, call: Call) -> Reply:
    """GET …/analytics/reports/{id}/describe."""
    report = _named(org, call)
    return Reply(200, describe(report, _path(call, report)))


def run(org: Org, call: Call) -> Reply:
    """GET or POST …/analytics/reports/{id}: a run; rows only with ``includeDetails=true``, or as an Excel file."""
    report = _named(org, call)
    org.usage.run()
    if report_files.XLSX in call.headers.get("accept", ""):
        content = report_files.xlsx(org.reports.filled(report), _overrides(call))
        return Reply(200, content, {"content-type": report_files.XLSX})
    details = call.query.get("includeDetails", "false").lower() == "true"
    return Reply(200, _run(org, call, report, details=details))


def begin(org: Org, call: Call) -> Reply:
    """POST …/analytics/reports/{id}/instances: an asynchronous run, with rows unless hasDetailRows is false."""
    report = _named(org, call)
    org.usage.async_run()
    return Reply(200, org.instances.begin(report, _run(org, call, report, details=True), _path(call, report)))


def instances(org: Org, call: Call) -> Reply:
    """GET …/analytics/reports/{id}/instances."""
    report = _named(org, call)
    return Reply(200, org.instances.of(report, _path(call, report)))


def instance(org: Org, call: Call) -> Reply:
    """GET …/analytics/reports/{id}/instances/{instance_id}."""
    return Reply(200, org.instances.look(_named(org, call), call.params["instance_id"]))


def ui_csv(org: Org, call: Call) -> Reply:
    """GET /{id}?export=1&enc=UTF-8&xf=csv with the cookie ``sid``: the UI's CSV, or its sign-in page with 200."""
    report = org.reports.found(call.params["report_id"])
    if not org.sessions.knows(report_files.session_of(call)):
        return Reply(200, report_files.SIGN_IN_PAGE, {"content-type": "text/html; charset=UTF-8"})
    if report is None or call.query.get("export") != "1" or call.query.get("xf") != "csv":
        return Reply(404, b"<html><body>URL No Longer Exists</body></html>", {"content-type": "text/html"})
    content = report_files.ui_csv(org.reports.filled(report), org.clock())
    return Reply(200, content, {"content-type": "text/csv; charset=UTF-8"})


def _run(org: Org, call: Call, report: Report, *, details: bool) -> dict[str, Any]:
    try:
        filled = org.reports.filled(report)
        return answer(filled, report_query.run(filled, _overrides(call), details=details), _path(call, report))
    except report_query.BadRequest as error:
        raise Fault(400, "BAD_REQUEST", str(error)) from None


def _named(org: Org, call: Call) -> Report:
    wanted = call.params["report_id"]
    report = org.reports.found(wanted)
    if report is None:
        raise Fault(404, "NOT_FOUND", f"The report {wanted} does not exist or can't be seen by this user.")
    return report


def _path(call: Call, report: Report) -> str:
    return f"{data_path(call)}/analytics/reports/{report.id}"


def _listed(report: Report, path: str) -> dict[str, str]:
    addresses = {"url": path, "describeUrl": f"{path}/describe", "instancesUrl": f"{path}/instances"}
    return {"id": report.id, "name": report.name} | addresses


def _overrides(call: Call) -> dict[str, Any]:
    given = body(call)
    if given is None:
        return {}
    metadata = given.get("reportMetadata", {}) if isinstance(given, dict) else None
    if not isinstance(metadata, dict):
        raise Fault(400, "BAD_REQUEST", "reportMetadata must be an object")
    return metadata
