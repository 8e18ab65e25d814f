"""SOQL as far as an export must understand it: its columns, its way, and REST's records as rows."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.salesforce.bulk_org import Org
from toolkit.errors import InputRefused, Stopped
from toolkit.files import Outputs
from toolkit.salesforce.query import QueryResult, QuerySettings, Via, run
from toolkit.salesforce.soql import read_query, row, with_is_deleted


def columns(soql: str) -> list[str]:
    return [each.heading for each in read_query(soql).columns]


@pytest.mark.parametrize(
    ("soql", "headings"),
    [
        ("SELECT Id, Name FROM Contact", ["Id", "Name"]),
        ("select Id,Account.Owner.Name\nfrom Contact where Name = ' FROM '", ["Id", "Account.Owner.Name"]),
        ("SELECT c.Id, c.Account.Name FROM Contact c", ["Id", "Account.Name"]),
        ("SELECT Contact.Id FROM Contact AS c WHERE c.Name != 'it\\'s'", ["Id"]),
        ("SELECT COUNT(Id) total, MAX(Name), Industry FROM Account GROUP BY Industry", ["total", "expr0", "Industry"]),
        ("SELECT toLabel(Status), format(Amount) shown FROM Case", ["Status", "shown"]),
        ("SELECT Id, (SELECT Id, Name FROM Contacts ORDER BY Name) FROM Account", ["Id", "Contacts"]),
        ("SELECT FIELDS(STANDARD) FROM Contact LIMIT 200", []),
    ],
)
def test_the_columns_are_read(soql: str, headings: list[str]):
    """Aliases, relationships, functions and sub-queries give the columns that REST answers with."""
    assert columns(soql) == headings


@pytest.mark.parametrize(
    ("soql", "needs_rest", "small"),
    [
        ("SELECT Id FROM Contact", False, False),
        ("SELECT Id FROM Contact LIMIT 2000", False, True),
        ("SELECT Id FROM Contact LIMIT 2001", False, False),
        ("SELECT Id FROM Contact WHERE Name = 'GROUP BY LIMIT 5'", False, False),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account LIMIT 5)", False, False),
        ("SELECT Industry FROM Account GROUP BY Industry", True, False),
        ("SELECT COUNT() FROM Contact", True, False),
        ("SELECT Id FROM Contact OFFSET 10", True, False),
        ("SELECT Id FROM Group", False, False),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", True, False),
    ],
)
def test_the_way_is_chosen_by_the_outer_clauses(soql: str, needs_rest: bool, small: bool):
    """What stands in quotes or in a condition's sub-query does not count."""
    query = read_query(soql)

    assert (query.needs_rest, query.small) == (needs_rest, small)


@pytest.mark.parametrize(
    ("soql", "sentence"),
    [
        ("", "not a SOQL query"),
        ("UPDATE Contact", "not a SOQL query"),
        ("SELECT Id FROM Contact WHERE Name = 'x", "a quote that is not closed at character 37"),
        ("SELECT Id FROM Contact WHERE (Name = 'x'", "bracket that is not closed"),
        ("SELECT Id) FROM Contact", "bracket too many at character 10"),
        ("SELECT TYPEOF What WHEN Account THEN Phone END FROM Event", "TYPEOF"),
    ],
)
def test_what_is_no_query_is_refused_with_its_place(soql: str, sentence: str):
    """Before anything is sent."""
    with pytest.raises(InputRefused, match=sentence):
        read_query(soql)


@pytest.mark.parametrize(
    ("soql", "changed"),
    [
        ("SELECT Id FROM Contact", "SELECT Id, IsDeleted FROM Contact"),
        ("SELECT Id, isdeleted FROM Contact", "SELECT Id, isdeleted FROM Contact"),
        ("SELECT COUNT() FROM Contact", "SELECT COUNT() FROM Contact"),
    ],
)
def test_is_deleted_is_added_where_it_is_missing(soql: str, changed: str):
    """As the last column, and never to a count."""
    assert with_is_deleted(read_query(soql)).text == changed


RECORD: dict[str, Any] = {
    "attributes": {"type": "Contact"},
    "Id": "003A",
    "Name": "Zoë",
    "Account": {"attributes": {"type": "Account"}, "Name": "Étoile", "Owner": None},
    "Owner": None,
    "Active__c": True,
    "Amount": 1250000.0,
    "MailingAddress": {"city": "Köln", "street": None},
    "Contacts": {"totalSize": 1, "done": True, "records": [{"attributes": {}, "Id": "003B"}]},
}


def test_a_record_becomes_a_row_in_the_querys_order():
    """Nested values by their path, nulls empty, booleans as Bulk writes them, what has no column of its own as JSON."""
    soql = (
        "SELECT account.name, Name, Owner.Name, Account.Owner.Name, Active__c, Amount, MailingAddress, Missing__c,"
        " (SELECT Id FROM Contacts) FROM Contact"
    )

    assert row(RECORD, read_query(soql).columns) == [
        "Étoile", "Zoë", "", "", "true", "1250000.0", '{"city": "Köln", "street": null}', "", '[{"Id": "003B"}]'
    ]  # fmt: skip


def test_a_grouped_relationship_is_found_under_its_last_name():
    """Salesforce answers GROUP BY Account.Name with plain Name."""
    soql = "SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name"

    assert row({"Name": "Étoile", "expr0": 3}, read_query(soql).columns) == ["Étoile", "3"]


def test_a_sub_query_that_is_cut_is_refused():
    """A cell never holds some of the children."""
    record = RECORD | {"Contacts": {"done": False, "records": []}}

    with pytest.raises(InputRefused, match="sub-query has more records"):
        row(record, read_query("SELECT (SELECT Id FROM Contacts) FROM Account").columns)


def rest_org(*answers: dict[str, Any]) -> Org:
    """An org that answers REST queries with these, one after the other."""
    rest = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=next(rest)) if "/query" in request.url.path else None

    return Org(trouble=answer)


def export(org: Org, output: Path, soql: str, **how: object) -> QueryResult:
    with org.client() as client, Outputs() as outputs:
        result = run(QuerySettings(soql, output, **how), client, outputs)  # type: ignore[arg-type]
        outputs.commit()
    return result


SMALL = "SELECT Id, Account.Name FROM Contact LIMIT 3"
FOLLOWING = "/services/data/v68.0/query/01g-2"
TWO = {
    "totalSize": 3,
    "done": False,
    "nextRecordsUrl": FOLLOWING,
    "records": [{"Id": "003A", "Account": {"Name": 'A "B"'}}, {"Id": "003B", "Account": None}],
}
ONE = {"totalSize": 3, "done": True, "records": [{"Id": "003C", "Account": {"Name": "x\0\ny"}}]}


def test_a_small_result_comes_by_rest(tmp_path: Path):
    """Every page of it, quoted as Bulk quotes, NUL bytes out and told."""
    org = rest_org(TWO, ONE)

    result = export(org, tmp_path / "c.csv", SMALL)

    assert (tmp_path / "c.csv").read_text() == ('"Id","Account.Name"\n"003A","A ""B"""\n"003B",""\n"003C","x\ny"\n')
    assert (result.via, result.rows, result.notes) == (Via.REST, 3, ("1 NUL bytes were taken out of the values",))
    assert org.asked[-1].url.path == FOLLOWING


def test_rest_counts_too(tmp_path: Path):
    """Fewer records than totalSize give no file."""
    with pytest.raises(Stopped, match="found 3 records, but 1 came"):
        export(rest_org(ONE), tmp_path / "c.csv", SMALL)

    assert not (tmp_path / "c.csv").exists()


def test_a_bare_count_is_a_row(tmp_path: Path):
    """COUNT() has no records; its number is the one cell."""
    org = rest_org({"totalSize": 25_000, "done": True, "records": []})

    assert export(org, tmp_path / "c.csv", "SELECT COUNT() FROM Contact").rows == 1
    assert (tmp_path / "c.csv").read_text() == '"expr0"\n"25000"\n'


def test_fields_that_only_salesforce_knows_come_in_its_order(tmp_path: Path):
    """FIELDS(…) names no columns; the first record does."""
    org = rest_org({"totalSize": 1, "done": True, "records": [{"attributes": {}, "Id": "003A", "Name": "Ada"}]})

    export(org, tmp_path / "c.csv", "SELECT FIELDS(ALL) FROM Contact LIMIT 200")

    assert (tmp_path / "c.csv").read_text() == '"Id","Name"\n"003A","Ada"\n'


def test_all_rows_by_rest_asks_query_all(tmp_path: Path):
    """The other resource, and IsDeleted among the columns."""
    org = rest_org({"totalSize": 1, "done": True, "records": [{"Id": "003A", "IsDeleted": True}]})

    export(org, tmp_path / "c.csv", "SELECT Id FROM Contact LIMIT 3", all_rows=True)

    assert org.asked[-1].url.path == "/services/data/v68.0/queryAll"
    assert org.asked[-1].url.params["q"] == "SELECT Id, IsDeleted FROM Contact LIMIT 3"
    assert (tmp_path / "c.csv").read_text() == '"Id","IsDeleted"\n"003A","true"\n'
