"""Query jobs of the Bulk API 2.0 in the sandbox."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from toolkit.sandbox.config import BulkConfig, SalesforceConfig

JOBS = "/services/data/v68.0/jobs/query"
QUERY = "SELECT Id, LastName, Account.Name, MailingStreet, CreatedDate, HasOptedOutOfEmail FROM Contact"
SMALL = SalesforceConfig(contacts=250, bulk=BulkConfig(polls=0, page_records=100))


def create(sandbox, query: str = QUERY, **body: Any) -> str:
    answer = sandbox.salesforce.post(JOBS, json={"operation": "query", "query": query} | body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def done(sandbox, query: str = QUERY, **body: Any) -> str:
    job = create(sandbox, query, **body)
    assert sandbox.salesforce.get(f"{JOBS}/{job}").json()["state"] == "JobComplete"
    return job


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


def pages(sandbox, job: str, most: int) -> list[Any]:
    answers, locator = [], ""
    while locator != "null":
        params = {"maxRecords": most} | ({"locator": locator} if locator else {})
        answers.append(sandbox.salesforce.get(f"{JOBS}/{job}/results", params=params))
        locator = answers[-1].headers["Sforce-Locator"]
    return answers


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_a_job_goes_through_its_states(make_sandbox):
    """UploadComplete, InProgress as often as configured, then JobComplete with the number of records."""
    sandbox = make_sandbox(replace(SMALL, bulk=BulkConfig(polls=2)))
    made = sandbox.salesforce.post(JOBS, json={"operation": "query", "query": QUERY}).json()

    states = [sandbox.salesforce.get(f"{JOBS}/{made['id']}").json() for _ in range(4)]

    assert made["state"] == "UploadComplete"
    assert (made["object"], made["apiVersion"], made["lineEnding"], made["columnDelimiter"]) == (
        "Contact", 68.0, "LF", "COMMA",
    )  # fmt: skip
    assert [each["state"] for each in states] == ["InProgress", "InProgress", "JobComplete", "JobComplete"]
    assert [each["numberRecordsProcessed"] for each in states] == [0, 0, 250, 250]
    assert sandbox.salesforce.get(JOBS).json()["records"] == [states[-1]]


def test_results_come_in_pages_with_their_headings(make_sandbox):
    """Each page has the header, its count and the next page's locator; the last says null."""
    sandbox = make_sandbox(SMALL)
    answers = pages(sandbox, done(sandbox), 120)

    header = ["Id", "LastName", "Account.Name", "MailingStreet", "CreatedDate", "HasOptedOutOfEmail"]
    assert [rows(each)[0] for each in answers] == [header] * 3
    assert [each.headers["Sforce-NumberOfRecords"] for each in answers] == ["120", "120", "10"]
    assert [len(rows(each)) - 1 for each in answers] == [120, 120, 10]
    assert {each.headers["content-type"] for each in answers} == {"text/csv"}
    assert len({row[0] for each in answers for row in rows(each)[1:]}) == 250
    assert rows(answers[0])[1][3:] == ["189, place du Marché", "2023-05-11T01:40:00.000Z", "false"]


def test_a_locator_holds(make_sandbox):
    """A page can be asked for again, and with another length; what changed since doesn't show."""
    sandbox = make_sandbox(SMALL)
    job = done(sandbox)
    second = pages(sandbox, job, 100)[0].headers["Sforce-Locator"]
    address = f"{JOBS}/{job}/results"
    once = sandbox.salesforce.get(address, params={"locator": second})
    sandbox.door.delete("003000000000001AAA")
    sandbox.door.change(rows(once)[1][0], LastName="Changed")

    again = sandbox.salesforce.get(address, params={"locator": second})
    shorter = sandbox.salesforce.get(address, params={"locator": second, "maxRecords": 1})

    assert again.content == once.content
    assert rows(shorter) == rows(once)[:2]


def test_result_pages_lead_to_all_records(make_sandbox):
    """The addresses of the pages come five at a time; fetched in any order they are the whole result."""
    sandbox = make_sandbox(replace(SMALL, bulk=BulkConfig(polls=0, page_records=40)))
    job = done(sandbox, "SELECT Id FROM Contact WHERE LastName != 'Koch'")
    first = sandbox.salesforce.get(f"{JOBS}/{job}/resultPages").json()
    second = sandbox.salesforce.get(first["nextRecordsUrl"]).json()

    links = [each["resultUrl"] for each in first["resultPages"] + second["resultPages"]]
    parts = [rows(sandbox.salesforce.get(link))[1:] for link in reversed(links)]
    one_by_one = [row for each in pages(sandbox, job, 1_000) for row in rows(each)[1:]]
    assert (len(first["resultPages"]), first["done"], second["done"], second["nextRecordsUrl"]) == (
        5,
        False,
        True,
        None,
    )
    assert [row for part in reversed(parts) for row in part] == one_by_one


def test_an_empty_result_is_its_headings(make_sandbox):
    """A query that finds nothing gives one page with the header alone."""
    sandbox = make_sandbox(SMALL)
    job = done(sandbox, "SELECT Id, Name FROM Contact WHERE LastName = 'Nobody'")

    answer = sandbox.salesforce.get(f"{JOBS}/{job}/results")

    assert (answer.content, answer.headers["Sforce-NumberOfRecords"]) == (b'"Id","Name"\n', "0")
    assert len(sandbox.salesforce.get(f"{JOBS}/{job}/resultPages").json()["resultPages"]) == 1


def test_delimiter_and_line_end_are_those_asked_for(make_sandbox):
    """Values may be separated by another sign and lines end otherwise."""
    sandbox = make_sandbox(SMALL)
    job = done(sandbox, "SELECT Id, Tier__c FROM Contact LIMIT 1", columnDelimiter="PIPE", lineEnding="CRLF")

    content = sandbox.salesforce.get(f"{JOBS}/{job}/results").content

    assert content == b'"Id"|"Tier__c"\r\n"003000000000001AAA"|""\r\n'


def test_query_all_has_what_was_deleted(make_sandbox):
    """operation queryAll gives deleted records with IsDeleted, operation query doesn't."""
    sandbox = make_sandbox(SMALL)
    sandbox.door.delete("003000000000003AAA")
    query = "SELECT Id, IsDeleted FROM Contact ORDER BY Id LIMIT 3"

    live = sandbox.salesforce.get(f"{JOBS}/{done(sandbox, query)}/results")
    everything = sandbox.salesforce.get(f"{JOBS}/{done(sandbox, query, operation='queryAll')}/results")

    assert [row[0][14:15] for row in rows(live)[1:]] == ["1", "2", "4"]
    assert [row[1] for row in rows(everything)[1:]] == ["false", "false", "true"]


def test_a_query_that_does_not_parse_makes_no_job(make_sandbox):
    """MALFORMED_QUERY is told at once."""
    sandbox = make_sandbox(SMALL)

    assert code(sandbox.salesforce.post(JOBS, json={"operation": "query", "query": "SELECT"})) == (
        400,
        "MALFORMED_QUERY",
    )
    assert sandbox.salesforce.get(JOBS).json()["records"] == []


def test_a_query_of_an_unknown_field_fails_later(make_sandbox):
    """The job is made, ends in Failed with the reason, and has no results."""
    sandbox = make_sandbox(SMALL)
    job = create(sandbox, "SELECT Nope FROM Contact")

    failed = sandbox.salesforce.get(f"{JOBS}/{job}").json()

    reason = "INVALID_FIELD: No such column 'Nope' on entity 'Contact'"
    assert (failed["state"], failed["errorMessage"]) == ("Failed", reason)
    assert code(sandbox.salesforce.get(f"{JOBS}/{job}/results")) == (400, "INVALIDJOBSTATE")


def test_a_job_can_be_aborted_and_deleted(make_sandbox):
    """Abort before its end, delete after it; the other way round is refused."""
    sandbox = make_sandbox(replace(SMALL, bulk=BulkConfig(polls=9)))
    job = f"{JOBS}/{create(sandbox)}"

    too_early = sandbox.salesforce.delete(job)
    aborted = sandbox.salesforce.patch(job, json={"state": "Aborted"})
    again = sandbox.salesforce.patch(job, json={"state": "Aborted"})
    deleted = sandbox.salesforce.delete(job)

    assert (code(too_early), aborted.json()["state"]) == ((400, "INVALIDJOBSTATE"), "Aborted")
    assert (code(again), deleted.status_code) == ((400, "INVALIDJOBSTATE"), 204)
    assert code(sandbox.salesforce.get(job)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"operation": "insert", "query": QUERY},
        {"operation": "query"},
        {"operation": "query", "query": QUERY, "columnDelimiter": "DOT"},
        {"operation": "query", "query": QUERY, "contentType": "JSON"},
    ],
)
def test_another_body_is_no_job(sandbox, body: Any):
    """A job needs a known operation, a query and known forms."""
    assert code(sandbox.salesforce.post(JOBS, json=body)) == (400, "INVALIDJOB")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"locator": "!"}, "INVALIDLOCATOR"),
        ({"locator": "eHl6"}, "INVALIDLOCATOR"),
        ({"maxRecords": "0"}, "INVALIDMAXRECORDS"),
        ({"maxRecords": "many"}, "INVALIDMAXRECORDS"),
    ],
)
def test_a_page_that_cannot_be_is_refused(make_sandbox, params: dict[str, str], refusal: str):
    """A locator that was never given and a length that is none are 400."""
    sandbox = make_sandbox(SMALL)

    assert code(sandbox.salesforce.get(f"{JOBS}/{done(sandbox)}/results", params=params)) == (400, refusal)


def test_a_million_records_are_served_from_anywhere(make_sandbox):
    """A page of a crowd comes without those before it; NUL bytes come as they are."""
    sandbox = make_sandbox(SalesforceConfig(contacts=1_000_000, bulk=BulkConfig(polls=0, page_records=200_000)))
    job = done(sandbox, "SELECT Id, Contact_Number__c, Description FROM Contact")
    links = sandbox.salesforce.get(f"{JOBS}/{job}/resultPages").json()["resultPages"]

    fifth = sandbox.salesforce.get(f"{links[4]['resultUrl']}&maxRecords=10")

    assert len(links) == 5
    assert fifth.content.count(b"\n") == 12
    assert [row[1] for row in rows(fifth)[1:3]] == ["C-800001", "C-800002"]
    assert b'"She said ""call me"",\nthen left.\x00"' in fifth.content
