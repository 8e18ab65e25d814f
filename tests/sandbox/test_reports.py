"""The sandbox's own reports: grouped, joined, limited, filtered; as files; and with contacts that change."""

import csv
import importlib.util
import io
from typing import Any

import pytest

from toolkit.sandbox.config import SalesforceConfig

REPORTS = "/services/data/v68.0/analytics/reports"
TABULAR, SUMMARY, MATRIX, JOINED, TOP, FILTERED, REPEATED, UNNUMBERED = (
    f"00O{number:012d}AAA" for number in (1, 2, 3, 4, 5, 6, 7, 9)
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SID = {"Cookie": "sid=00D000000000001!sandbox"}


def run(sandbox, report: str, **overrides: Any) -> dict[str, Any]:
    answer = sandbox.salesforce.post(
        f"{REPORTS}/{report}?includeDetails=true", json={"reportMetadata": overrides} if overrides else None
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def labels(fact: dict[str, Any]) -> list[list[str]]:
    return [[cell["label"] for cell in row["dataCells"]] for row in fact["rows"]]


def paths(groups: list[dict[str, Any]]) -> list[str]:
    return [path for group in groups for path in (group["key"], *paths(group["groupings"]))]


def test_a_summary_has_rows_under_its_deepest_keys(sandbox):
    """Keys are T!T, each group and each group in it, in no useful order; the counts add up, the rows are all there."""
    answer = run(sandbox, SUMMARY)

    facts = answer["factMap"]
    tiers = answer["groupingsDown"]["groupings"]
    assert [group["label"] for group in tiers] == ["-", "Bronze", "Gold", "Silver"]
    assert [group["value"] for group in tiers] == [None, "Bronze", "Gold", "Silver"]
    assert set(facts) == {"T!T", *(f"{path}!T" for path in paths(tiers))}
    assert list(facts) != sorted(facts)
    assert {key.count("_") for key, fact in facts.items() if fact["rows"]} == {1}
    assert sum(len(fact["rows"]) for fact in facts.values()) == facts["T!T"]["aggregates"][0]["value"] == 250
    assert sum(facts[f"{place}!T"]["aggregates"][0]["value"] for place in range(4)) == 250


def test_grouping_columns_are_missing_from_the_cells(sandbox):
    """The tier and the country of a row stand in its groups; the cells are those of detailColumns alone."""
    answer = run(sandbox, SUMMARY)

    columns = answer["reportMetadata"]["detailColumns"]
    info = answer["reportExtendedMetadata"]
    gold = answer["groupingsDown"]["groupings"][2]
    first = answer["factMap"][f"{gold['groupings'][1]['key']}!T"]["rows"][0]["dataCells"]
    assert columns == ["CONTACT_NUMBER", "CONTACT_ID", "LAST_NAME", "EMAIL", "ANNUAL_REVENUE", "CREATED_DATE"]
    assert len(first) == len(columns)
    assert set(info["groupingColumnInfo"]) == {"TIER", "ADDRESS2_COUNTRY"}
    assert set(info["detailColumnInfo"]) == set(columns)
    assert (gold["label"], gold["groupings"][1]["label"]) == ("Gold", "France")


def test_a_matrix_crosses_its_groups(sandbox):
    """Keys are down!across, T where all are meant; rows stand where both are given."""
    answer = run(sandbox, MATRIX)

    down = ["T", *paths(answer["groupingsDown"]["groupings"])]
    across = ["T", *paths(answer["groupingsAcross"]["groupings"])]
    facts = answer["factMap"]
    assert set(facts) <= {f"{one}!{other}" for one in down for other in across}
    assert {key for key, fact in facts.items() if fact["rows"]} == {key for key in facts if "T" not in key}
    assert sum(len(fact["rows"]) for fact in facts.values()) == facts["T!T"]["aggregates"][0]["value"] == 250


@pytest.mark.parametrize("report", [SUMMARY, MATRIX])
def test_a_grouped_report_runs_flat(sandbox, report: str):
    """With the format and the groups overridden it answers as a tabular report of the same rows."""
    flat = {"reportFormat": "TABULAR", "groupingsDown": [], "groupingsAcross": []}
    answer = run(sandbox, report, **flat, detailColumns=["TIER", "ADDRESS2_COUNTRY", "CONTACT_NUMBER"])

    facts = answer["factMap"]
    assert (list(facts), answer["groupingsDown"], answer["groupingsAcross"]) == (
        ["T!T"],
        {"groupings": []},
        {"groupings": []},
    )
    assert [row[2] for row in labels(facts["T!T"])] == [f"C-{number:06d}" for number in range(1, 251)]
    assert labels(facts["T!T"])[0][:2] == ["-", "France"]


@pytest.mark.parametrize(
    "overrides",
    [
        {"reportFormat": "TABULAR"},
        {"groupingsDown": []},
        {"groupingsDown": [{"name": "NOPE"}]},
        {"groupingsDown": [{"name": "SEGMENT"}]},
        {"groupingsDown": ["TIER"]},
        {"groupingsAcross": [{"name": "TIER"}]},
        {"reportFormat": "MULTI_BLOCK"},
    ],
)
def test_groups_that_do_not_fit_the_format_are_refused(sandbox, overrides: dict[str, Any]):
    """Each format takes so many groups, by columns that can be grouped by."""
    answer = sandbox.salesforce.post(f"{REPORTS}/{SUMMARY}", json={"reportMetadata": overrides})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "BAD_REQUEST")


def test_a_joined_report_is_only_described(sandbox):
    """Describe says MULTI_BLOCK, a run is refused."""
    described = sandbox.salesforce.get(f"{REPORTS}/{JOINED}/describe").json()
    refused = sandbox.salesforce.get(f"{REPORTS}/{JOINED}")

    assert described["reportMetadata"]["reportFormat"] == "MULTI_BLOCK"
    assert refused.status_code == 400


def test_a_row_limit_shows_fewer_rows_than_there_are(sandbox):
    """The report of the newest contacts shows ten, newest first, and counts them all."""
    answer = run(sandbox, TOP, aggregates=["RowCount"])

    fact = answer["factMap"]["T!T"]
    created = [row["dataCells"][3]["value"] for row in fact["rows"]]
    assert (len(created), created, fact["aggregates"][0]["value"]) == (10, sorted(created, reverse=True), 250)


def test_filter_logic_of_a_report_holds(sandbox):
    """Only gold and silver contacts outside the United States are in the filtered report."""
    shown = labels(run(sandbox, FILTERED)["factMap"]["T!T"])

    assert {row[4] for row in shown} == {"Gold", "Silver"}
    assert "United States" not in {row[5] for row in shown}
    assert 50 < len(shown) < 150


def test_labels_may_repeat(sandbox):
    """Three columns are labelled Phone."""
    described = sandbox.salesforce.get(f"{REPORTS}/{REPEATED}/describe").json()

    info = described["reportExtendedMetadata"]["detailColumnInfo"]
    named = [info[name]["label"] for name in described["reportMetadata"]["detailColumns"]]
    assert named == ["Contact Number", "Contact ID", "Last Name", "Phone", "Phone", "Phone"]


def test_a_report_without_a_number_can_be_paged_by_date_alone(make_sandbox):
    """Ids can't be compared, dates repeat: greaterOrEqual gives the last ones again, and every row is met."""
    sandbox = make_sandbox(SalesforceConfig(contacts=4_500, ties=True))
    paging: dict[str, Any] = {"sortBy": [{"sortColumn": "CREATED_DATE", "sortOrder": "Asc"}]}
    seen: list[str] = []
    for _ in range(3):
        answer = run(sandbox, UNNUMBERED, **paging)
        cells = [row["dataCells"] for row in answer["factMap"]["T!T"]["rows"]]
        seen += [each[0]["value"] for each in cells]
        last = {"column": "CREATED_DATE", "operator": "greaterOrEqual", "value": cells[-1][1]["value"]}
        paging["reportFilters"] = [last]

    assert answer["allData"]
    assert (len(set(seen)), len(seen) > 4_500) == (4_500, True)


def test_a_source_table_is_what_cells_say(make_sandbox):
    """The table that exports are compared with has the report's columns, currencies and Ids beside them."""
    sandbox = make_sandbox(SalesforceConfig(contacts=200, ties=True))
    table = sandbox.door.source_table(UNNUMBERED, "CREATED_DATE", ids=True)

    cells = run(sandbox, UNNUMBERED, sortBy=[{"sortColumn": "CREATED_DATE"}])["factMap"]["T!T"]["rows"]
    assert table.headings == [
        "Contact ID", "Created Date", "Last Name", "Last Name ID", "Email", "Mailing Street", "Mailing City",
        "Account Name", "Account Name ID", "Annual Revenue", "Annual Revenue Currency", "Created By", "Created By ID",
    ]  # fmt: skip
    assert [row[0] for row in table.rows] == [row["dataCells"][0]["value"] for row in cells]
    assert [row[8] for row in table.rows] == [row["dataCells"][6]["value"] or "" for row in cells]
    assert {(bool(row[9]), row[10]) for row in table.rows} == {(True, "USD"), (False, "")}
    assert list(csv.reader(io.StringIO(table.csv().decode(), newline=""))) == [table.headings, *table.rows]
    assert sandbox.door.source_table(REPEATED).headings[3:] == ["Phone", "Phone (2)", "Phone (3)"]


def test_reports_show_contacts_as_they_are_now(sandbox):
    """Deleted ones are gone from the next run, added ones are there, changed ones are changed."""
    before = labels(run(sandbox, TABULAR)["factMap"]["T!T"])
    sandbox.door.delete("003000000000001AAA")
    sandbox.door.change("003000000000002AAA", LastName="Changed", Account__AnnualRevenue=1.5)
    identity = sandbox.door.add(LastName="Late")

    after = labels(run(sandbox, TABULAR)["factMap"]["T!T"])

    assert [row[0] for row in after] == [*(row[0] for row in before[1:]), identity]
    assert (after[0][3], after[0][15], after[-1][3:5]) == ("Changed", "$1.5", ["Late", "-"])


def test_an_instance_runs_on_its_own(sandbox):
    """New when it is made, then running, then done with all its rows; kept for 24 hours."""
    made = sandbox.salesforce.post(f"{REPORTS}/{SUMMARY}/instances").json()
    looks = [sandbox.salesforce.get(made["url"]).json() for _ in range(3)]
    listed = sandbox.salesforce.get(f"{REPORTS}/{SUMMARY}/instances").json()
    sandbox.now += 24 * 3_600
    gone = sandbox.salesforce.get(made["url"])

    assert made["status"] == "New"
    assert [each["attributes"]["status"] for each in looks] == ["Running", "Success", "Success"]
    assert [each["factMap"] for each in looks[:2]] == [None, run(sandbox, SUMMARY)["factMap"]]
    assert [(each["id"], each["status"]) for each in listed] == [(made["id"], "Success")]
    assert sandbox.salesforce.get(f"{REPORTS}/{SUMMARY}/instances").json() == []
    assert gone.status_code == 404


def test_an_instance_belongs_to_its_report(sandbox):
    """Under another report's address there is no such instance."""
    made = sandbox.salesforce.post(f"{REPORTS}/{SUMMARY}/instances").json()

    assert sandbox.salesforce.get(f"{REPORTS}/{MATRIX}/instances/{made['id']}").status_code == 404


def test_the_ui_exports_csv_with_a_footer(sandbox):
    """Every row, all quoted, line breaks of addresses as CRLF, then the footer."""
    answer = sandbox.client("").get(f"/{TABULAR}?isdtp=p1&export=1&enc=UTF-8&xf=csv", headers=SID)

    table, _, footer = answer.text.partition("\n\n\n")
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert answer.headers["content-type"] == "text/csv; charset=UTF-8"
    assert (len(rows), rows[0][0], rows[1][2]) == (251, "Contact ID", "Élodie")
    assert any("\r\n" in row[11] for row in rows)
    assert not any("<br>" in cell for row in rows for cell in row)
    assert footer.splitlines() == [
        '"Contacts for Front"',
        '"Copyright (c) 2000-2023 salesforce.com, inc. All rights reserved."',
        '"Confidential Information - Do Not Distribute"',
        '"Generated By:  Amelia Okafor  11/14/2023 22:13"',
        '"Sandbox Company"',
    ]


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "sid=wrong"}, {"Cookie": "sid"}])
def test_the_ui_answers_strangers_with_its_sign_in_page(sandbox, cookie: dict[str, str]):
    """Without a good cookie the answer is HTML, and its status 200."""
    answer = sandbox.client("").get(f"/{TABULAR}?export=1&enc=UTF-8&xf=csv", headers=cookie)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=UTF-8")
    assert answer.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("path", [f"/{TABULAR}", "/00O000000000008AAA?export=1&xf=csv"])
def test_other_pages_of_the_ui_are_not_there(sandbox, path: str):
    """Without export=1 and xf=csv, or for another report, there is nothing."""
    assert sandbox.client("").get(path, headers=SID).status_code == 404


def test_excel_needs_its_library(sandbox, monkeypatch: pytest.MonkeyPatch):
    """Without XlsxWriter the answer is 406."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    answer = sandbox.salesforce.get(f"{REPORTS}/{TABULAR}", headers={"Accept": XLSX})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.skipif(importlib.util.find_spec("xlsxwriter") is None, reason="XlsxWriter is not installed")
def test_a_run_can_be_an_excel_file(sandbox):
    """Asked for as Excel a run is a workbook."""
    answer = sandbox.salesforce.get(f"{REPORTS}/{TABULAR}", headers={"Accept": XLSX})

    assert (answer.headers["content-type"], answer.content[:2]) == (XLSX, b"PK")
