"""The sandbox's Salesforce: versions, sign-in, finding, describing and running reports."""

import base64
import json

import pytest

from toolkit.errors import WrongSettings
from toolkit.sandbox.config import SalesforceConfig

DATA = "/services/data/v68.0"
REPORTS = f"{DATA}/analytics/reports"
REPORT = f"{REPORTS}/00O000000000001AAA"


def rows(answer):
    return [[cell["label"] for cell in row["dataCells"]] for row in answer.json()["factMap"]["T!T"]["rows"]]


def count(answer):
    return [each["value"] for each in answer.json()["factMap"]["T!T"]["aggregates"]]


def error(answer):
    return answer.status_code, [each["errorCode"] for each in answer.json()]


def test_versions_need_no_session(sandbox):
    """GET /services/data lists v29 to v68 with Salesforce's names, to anybody."""
    versions = sandbox.client("").get("/services/data").json()

    assert versions[0] == {"label": "Winter '14", "url": "/services/data/v29.0", "version": "29.0"}
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert len(versions) == 40


@pytest.mark.parametrize("path", [REPORTS, REPORT, f"{REPORT}/describe", f"{DATA}/query?q=SELECT Id FROM Report"])
def test_a_wrong_session_is_refused(sandbox, path):
    """Without the session everything but the versions is 401 INVALID_SESSION_ID, in an array."""
    assert error(sandbox.client("wrong").get(path)) == (401, ["INVALID_SESSION_ID"])


@pytest.mark.parametrize(
    "path", [f"{REPORTS}/00O000000000008AAA", "/services/data/v28.0/analytics/reports", "/services/x"]
)
def test_what_is_not_there_is_not_found(sandbox, path):
    """An unknown report, version or path is 404 NOT_FOUND."""
    assert error(sandbox.salesforce.get(path)) == (404, ["NOT_FOUND"])


def test_answers_count_the_use_of_the_api(sandbox):
    """Every answer says how many requests were used."""
    usage = [sandbox.salesforce.get(REPORTS).headers["Sforce-Limit-Info"] for _ in range(2)]

    assert usage == ["api-usage=1/100000", "api-usage=2/100000"]


def jwt(**claims):
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials", "client_id": "any", "client_secret": "any"},
        {"grant_type": "refresh_token", "client_id": "any", "refresh_token": "any"},
        {"grant_type": JWT_GRANT, "assertion": jwt(iss="any", sub="someone@example.com")},
    ],
)
def test_any_sign_in_gives_the_session(sandbox, form):
    """Each grant answers the session and the sandbox's own address."""
    answer = sandbox.client("").post("/services/oauth2/token", data=form)

    token = answer.json()
    assert answer.status_code == 200
    assert (token["access_token"], token["instance_url"]) == ("00D000000000001!sandbox", "http://127.0.0.1:8000")
    assert (token["token_type"], token["issued_at"]) == ("Bearer", "1700000000000")


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"grant_type": "client_credentials", "client_id": "wrong", "client_secret": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "wrong1"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "x", "refresh_token": "wrong"}, "invalid_grant"),
        ({"grant_type": JWT_GRANT, "assertion": jwt(iss="wrong")}, "invalid_client_id"),
        ({"grant_type": JWT_GRANT, "assertion": jwt(iss="x", sub="wrong@example.com")}, "invalid_grant"),
        ({"grant_type": "client_credentials", "client_id": "x"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_sign_in_is_an_oauth_error(sandbox, form, refusal):
    """What starts with "wrong" and what is missing is refused with an OAuth error object."""
    answer = sandbox.client("").post("/services/oauth2/token", data=form)

    assert (answer.status_code, answer.json()["error"]) == (400, refusal)


def test_client_may_sign_in_with_http_basic(sandbox):
    """The client's id and secret may stand in an Authorization header instead of the form."""
    form = {"grant_type": "client_credentials"}
    client = sandbox.client("")

    good = client.post("/services/oauth2/token", data=form, auth=("any", "any"))
    bad = client.post("/services/oauth2/token", data=form, auth=("any", "wrong"))

    assert [good.status_code, bad.status_code] == [200, 400]


def test_a_report_is_found_by_soql(sandbox):
    """SOQL on Report finds by name, developer name and both lengths of Id."""

    def found(where):
        query = f"SELECT Id, Name, DeveloperName, FolderName, Format FROM Report{where}"
        return sandbox.salesforce.get(f"{DATA}/query", params={"q": query}).json()

    one = found(" WHERE Name = 'contacts for front' LIMIT 2")
    assert one == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": "Report", "url": f"{DATA}/sobjects/Report/00O000000000001AAA"},
                "Id": "00O000000000001AAA",
                "Name": "Contacts for Front",
                "DeveloperName": "Contacts_for_Front",
                "FolderName": "Public Reports",
                "Format": "Tabular",
            }
        ],
    }
    assert found("")["totalSize"] == 8
    assert found(" WHERE DeveloperName='Contacts_for_Front' AND Format = 'Tabular'") == one
    assert found(" WHERE Id = '00O000000000001'") == one
    assert found(" WHERE Name = 'O\\'Brien'")["totalSize"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT Id FROM",
        "SELECT Id, Id FROM Contact",
        "SELECT Id FROM Report WHERE Name = 'a",
        "SELECT Id FROM Report WHERE Name = 'a' OR Id = 'b' AND Id = 'c'",
        "SELECT Id FROM Report LIMIT x",
        "SELECT Id FROM Report WHERE LastRunDate > 2026-13-01T00:00:00Z",
    ],
)
def test_other_soql_is_malformed(sandbox, query):
    """What isn't SOQL, or not of the kind the sandbox plays, is 400 MALFORMED_QUERY."""
    assert error(sandbox.salesforce.get(f"{DATA}/query", params={"q": query})) == (400, ["MALFORMED_QUERY"])


def test_a_run_stops_at_two_thousand_rows(make_sandbox):
    """A report of 2,500 rows shows 2,000 and says so; RowCount counts them all."""
    sandbox = make_sandbox(SalesforceConfig(contacts=2_500))

    answer = sandbox.run(aggregates=["RowCount"])

    assert (answer.json()["allData"], len(rows(answer)), count(answer)) == (False, 2_000, [2_500])


def test_a_keyset_goes_past_two_thousand_rows(make_sandbox):
    """Sorted by the contact number and filtered beyond the last one, the rest comes."""
    sandbox = make_sandbox(SalesforceConfig(contacts=2_500))
    paging = {"aggregates": ["RowCount"], "detailColumns": ["CONTACT_NUMBER"]}
    paging["sortBy"] = [{"sortColumn": "CONTACT_NUMBER", "sortOrder": "Asc"}]
    first = sandbox.run(**paging)
    last = rows(first)[-1][0]

    after = {"column": "CONTACT_NUMBER", "operator": "greaterThan", "value": last}
    second = sandbox.run(**paging, reportFilters=[after])

    assert (second.json()["allData"], count(second)) == (True, [500])
    assert [row[0] for row in rows(first) + rows(second)] == [f"C-{number:06d}" for number in range(1, 2_501)]


def test_exactly_two_thousand_rows_are_all(make_sandbox):
    """A report of 2,000 rows is complete."""
    answer = make_sandbox(SalesforceConfig(contacts=2_000)).run()

    assert (answer.json()["allData"], len(rows(answer))) == (True, 2_000)


def test_rows_come_only_with_details(sandbox):
    """Without includeDetails, or with hasDetailRows false, there are counts and no rows."""
    plain = sandbox.salesforce.post(REPORT, json={"reportMetadata": {"aggregates": ["RowCount"]}})
    hidden = sandbox.run(hasDetailRows=False, aggregates=["RowCount"])
    got = sandbox.salesforce.get(f"{REPORT}?includeDetails=true")

    assert [len(rows(each)) for each in (plain, hidden, got)] == [0, 0, 250]
    assert [count(each) for each in (plain, hidden, got)] == [[250], [250], []]


def test_the_columns_have_another_order_in_the_map(sandbox):
    """detailColumnInfo describes the chosen columns in an order that isn't theirs."""
    answer = sandbox.run(detailColumns=["EMAIL", "LAST_NAME", "CONTACT_ID"]).json()

    info = answer["reportExtendedMetadata"]["detailColumnInfo"]
    assert answer["reportMetadata"]["detailColumns"] == ["EMAIL", "LAST_NAME", "CONTACT_ID"]
    assert list(info.items()) == [
        ("EMAIL", {"label": "Email", "dataType": "email"}),
        ("LAST_NAME", {"label": "Last Name", "dataType": "string"}),
        ("CONTACT_ID", {"label": "Contact ID", "dataType": "id"}),
    ]
    assert next(iter(sandbox.run().json()["reportExtendedMetadata"]["detailColumnInfo"])) == "LAST_UPDATE"


def test_cells_have_the_traps_of_real_ones(make_sandbox):
    """Blank is a dash, names hold Ids, money is an object, dates are ISO under a local label."""
    sandbox = make_sandbox(SalesforceConfig(contacts=2_500))
    answer = sandbox.run(sortBy=[{"sortColumn": "CONTACT_NUMBER", "sortOrder": "Asc"}]).json()
    names = answer["reportMetadata"]["detailColumns"]
    cells = dict(zip(names, answer["factMap"]["T!T"]["rows"][0]["dataCells"], strict=True))

    assert cells["FIRST_NAME"] == {"label": "Lukas", "value": "003000000000001AAA"}
    assert cells["ACCOUNT.NAME"]["value"] == cells["ACCOUNT_ID"]["value"] == cells["ACCOUNT_ID"]["label"]
    assert cells["SECONDARY_EMAIL"] == {"label": "-", "value": None}
    assert cells["ANNUAL_REVENUE"] == {"label": "$2,757,000", "value": {"amount": 2757000, "currency": "USD"}}
    assert cells["RENEWAL_DATE"] == {"label": "2/21/2027", "value": "2027-02-21"}
    assert cells["EMAIL_OPT_OUT"] == {"label": "false", "value": False}
    assert cells["CREATED_DATE"] == {"label": "5/11/2023 1:40 AM", "value": "2023-05-11T01:40:00Z"}


def test_describe_tells_operators_and_columns(sandbox):
    """Describe lists the columns and which operators each type takes: an id can't be compared."""
    described = sandbox.salesforce.get(f"{REPORT}/describe").json()

    operators = described["reportTypeMetadata"]["dataTypeFilterOperatorMap"]
    assert [each["name"] for each in operators["id"]] == ["equals", "notEqual"]
    assert "greaterThan" in [each["name"] for each in operators["string"]]
    columns = described["reportTypeMetadata"]["categories"][0]["columns"]
    assert list(columns) == [*described["reportMetadata"]["detailColumns"], "CREATED_BY"]
    assert columns["TIER"] == {"label": "Tier", "dataType": "picklist", "filterable": True, "filterValues": []}
    assert described["reportMetadata"]["reportFormat"] == "TABULAR"
    assert set(described["reportExtendedMetadata"]["detailColumnInfo"]) == set(columns) - {"CREATED_BY"}


def test_recent_reports_are_listed(sandbox):
    """GET reports lists the reports with their addresses."""
    listed = sandbox.salesforce.get(REPORTS).json()

    assert [each["id"][14:15] for each in listed] == list("12345679")
    assert listed[:1] == [
        {
            "id": "00O000000000001AAA",
            "name": "Contacts for Front",
            "url": REPORT,
            "describeUrl": f"{REPORT}/describe",
            "instancesUrl": f"{REPORT}/instances",
        }
    ]


def test_a_report_answers_to_its_short_id(sandbox):
    """Fifteen characters of the Id are enough."""
    assert sandbox.salesforce.get(f"{REPORTS}/00O000000000001").json()["attributes"]["reportId"] == REPORT[-18:]


def saved_answer():
    return {
        "reportMetadata": {
            "id": "00O58000000qu8XEAQ",
            "name": "Saved",
            "detailColumns": ["LAST_NAME"],
            "aggregates": [],
        },
        "reportExtendedMetadata": {"detailColumnInfo": {"LAST_NAME": {"label": "Last Name", "dataType": "string"}}},
        "factMap": {
            "T!T": {"rows": [{"dataCells": [{"label": name, "value": "003000000000001AAA"}]} for name in ("Ek", "Åk")]}
        },
    }


def test_a_saved_answer_is_served_under_its_own_id(make_sandbox, tmp_path):
    """A report answer from a file is found, described, run and filtered as the built-in report is."""
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(saved_answer()), encoding="utf-8")
    sandbox = make_sandbox(SalesforceConfig(contacts=0, answers=(path,)))
    report = f"{REPORTS}/00O58000000qu8XEAQ"

    only = {"reportFilters": [{"column": "LAST_NAME", "operator": "startsWith", "value": "å"}]}
    filtered = sandbox.salesforce.post(f"{report}?includeDetails=true", json={"reportMetadata": only})

    assert sandbox.salesforce.get(REPORTS).json()[-1]["name"] == "Saved"
    assert rows(sandbox.salesforce.get(f"{report}?includeDetails=true")) == [["Ek"], ["Åk"]]
    assert rows(filtered) == [["Åk"]]
    assert sandbox.salesforce.get(f"{report}/describe").json()["reportMetadata"]["name"] == "Saved"


def test_an_answer_that_cannot_be_read_is_told(make_sandbox, tmp_path):
    """A missing answer file is WrongSettings with its name."""
    with pytest.raises(WrongSettings, match=r"none\.json can't be read"):
        make_sandbox(SalesforceConfig(answers=(tmp_path / "none.json",)))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "JSON_PARSER_ERROR"),
        (b"[]", "BAD_REQUEST"),
        (b'{"reportMetadata": 1}', "BAD_REQUEST"),
        (b'{"reportMetadata": {"sortBy": [{"sortColumn": "NOPE"}]}}', "BAD_REQUEST"),
    ],
)
def test_a_run_that_cannot_be_is_refused(sandbox, content, code):
    """A body that isn't JSON, no object, or asks for what the report can't do is 400 in an array."""
    assert error(sandbox.salesforce.post(REPORT, content=content)) == (400, [code])
