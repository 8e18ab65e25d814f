"""Salesforce's routes of records: SOQL by REST, query jobs of the Bulk API 2.0, describe of objects, limits."""

from toolkit.sandbox import rest_query
from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.org import Org, body, data_path


def query(org: Org, call: Call) -> Reply:
    """GET …/query?q=: what is not deleted."""
    return Reply(200, org.queries.first(call.query.get("q", ""), data_path(call), deleted=False))


def query_all(org: Org, call: Call) -> Reply:
    """GET …/queryAll?q=: deleted records too."""
    return Reply(200, org.queries.first(call.query.get("q", ""), data_path(call), deleted=True))


def following(org: Org, call: Call) -> Reply:
    """GET …/query/{locator}: the next page."""
    return Reply(200, org.queries.following(call.params["locator"], data_path(call)))


def describe(_: Org, call: Call) -> Reply:
    """GET …/sobjects/{name}/describe."""
    return Reply(200, rest_query.describe(call.params["name"]))


def limits(org: Org, _: Call) -> Reply:
    """GET …/limits."""
    return Reply(200, org.usage.told())


def create_job(org: Org, call: Call) -> Reply:
    """POST …/jobs/query."""
    return Reply(200, org.jobs.create(body(call), call.params["version"]))


def jobs(org: Org, _: Call) -> Reply:
    """GET …/jobs/query."""
    return Reply(200, {"done": True, "records": org.jobs.all(), "nextRecordsUrl": None})


def job(org: Org, call: Call) -> Reply:
    """GET …/jobs/query/{id}."""
    return Reply(200, org.jobs.poll(call.params["job_id"]))


def abort_job(org: Org, call: Call) -> Reply:
    """PATCH …/jobs/query/{id} with the state Aborted."""
    return Reply(200, org.jobs.abort(call.params["job_id"], body(call)))


def delete_job(org: Org, call: Call) -> Reply:
    """DELETE …/jobs/query/{id}."""
    org.jobs.delete(call.params["job_id"])
    return Reply(204)


def results(org: Org, call: Call) -> Reply:
    """GET …/jobs/query/{id}/results?locator=&maxRecords=: CSV in UTF-8, of which no header tells."""
    page = org.jobs.results(call.params["job_id"], call.query.get("locator", ""), call.query.get("maxRecords", ""))
    headers = {"Sforce-Locator": page.locator, "Sforce-NumberOfRecords": str(page.records), "content-type": "text/csv"}
    return Reply(200, page.content, headers)


def result_pages(org: Org, call: Call) -> Reply:
    """GET …/jobs/query/{id}/resultPages (from version 58 on)."""
    path = f"{data_path(call)}/jobs/query/{call.params['job_id']}"
    return Reply(200, org.jobs.result_pages(call.params["job_id"], call.query.get("locator", ""), path))
