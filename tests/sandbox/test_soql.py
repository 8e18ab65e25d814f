"""SOQL in the sandbox: what is read, what it finds among contacts, what is refused."""

from datetime import UTC, datetime

import polars as pl
import pytest

from toolkit.sandbox.config import SalesforceConfig
from toolkit.sandbox.contact_fields import CONTACT_FIELDS, SCHEMA
from toolkit.sandbox.contact_table import ContactTable
from toolkit.sandbox.found import in_contacts
from toolkit.sandbox.soql import Comparison, Junction, Not, Order, SoqlError, parse

DATA = "/services/data/v68.0"
PEOPLE = (
    {"LastName": "Åkesson", "Email": "a@x.example", "Tier__c": "Gold", "Segment__c": "Retail;Partner"},
    {"LastName": "brown (jr.)", "Email": None, "Tier__c": "Silver", "Segment__c": "Partner"},
    {"LastName": "O'Neill", "Email": "O@X.example", "Tier__c": None, "Segment__c": None},
    {"LastName": "50%_off", "Email": "p@x.example", "Account__AnnualRevenue": 5.0},
)


@pytest.fixture(scope="module")
def table() -> ContactTable:
    seconds = iter(range(1_700_000_000, 1_800_000_000))
    table = ContactTable(0, lambda: next(seconds))
    for person in PEOPLE:
        table.add(**person)
    table.delete(table.add(LastName="Gone"))
    return table


def names(table: ContactTable, rest: str, *, deleted: bool = False) -> list[str]:
    found = in_contacts(parse(f"SELECT LastName FROM Contact {rest}"), table.view(), deleted=deleted)
    return found.page(1, 100).frame["LastName"].to_list()


def test_a_query_is_read_whole():
    """Every part of a query has its place."""
    either = "(LastName like 'O\\'%' or Id in ('a', 'b'))"
    order = "order by CreatedDate desc nulls last, Name"
    text = f"select Id, Account.Name from Contact where {either}\n and not Email = null {order} limit 5 offset 2"

    query = parse(text)

    assert (query.fields, query.object, query.limit, query.offset) == (("Id", "Account.Name"), "Contact", 5, 2)
    assert query.order == (Order("CreatedDate", descending=True, nulls_last=True), Order("Name"))
    either = Junction("OR", (Comparison("LastName", "LIKE", ("O'%",)), Comparison("Id", "IN", ("a", "b"))))
    assert query.where == Junction("AND", (either, Not(Comparison("Email", "=", (None,)))))


@pytest.mark.parametrize("written", ["2023-11-14T22:13:22Z", "2023-11-14T23:13:22+01:00", "2023-11-14T23:13:22 01:00"])
def test_a_moment_is_read_in_its_zone(written: str):
    """Offsets count, and a plus sign that became a space on the way is one."""
    where = parse(f"SELECT Id FROM Contact WHERE CreatedDate = {written}").where

    assert where == Comparison("CreatedDate", "=", (datetime(2023, 11, 14, 22, 13, 22, tzinfo=UTC),))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("LastName = 'ÅKESSON'", [0]),
        ("LastName != 'o\\'neill'", [0, 1, 3]),
        ("LastName IN ('brown (JR.)', 'nobody')", [1]),
        ("LastName NOT IN ('brown (JR.)', 'O\\'Neill')", [0, 3]),
        ("LastName LIKE '%(_r.)'", [1]),
        ("LastName LIKE '%e%'", [0, 2]),
        ("LastName > 'brown'", [0, 1, 2]),
        ("Email = null", [1]),
        ("Email != null", [0, 2, 3]),
        ("NOT Email LIKE 'o@%'", [0, 1, 3]),
        ("Tier__c = 'gold' OR Tier__c = 'silver'", [0, 1]),
        ("Segment__c INCLUDES ('partner;retail', 'wholesale')", [0]),
        ("Segment__c EXCLUDES ('retail')", [1, 2, 3]),
        ("Account.AnnualRevenue >= 5", [3]),
        ("Account.AnnualRevenue < 5.1", [3]),
        ("CreatedDate < 2023-11-14T22:13:22Z", [0]),
        ("HasOptedOutOfEmail = TRUE", []),
        ("Id = '003000000000002'", [1]),
        ("IsDeleted = true", []),
        ("LastModifiedDate >= 2023-11-14T22:13:20Z AND (Email = null OR Tier__c = null)", [1, 2, 3]),
    ],
)
def test_a_condition_keeps_its_records(table: ContactTable, where: str, expected: list[int]):
    """Text compares without case, blank is neither more nor less than anything, NOT turns it all round."""
    assert names(table, f"WHERE {where}") == [PEOPLE[place]["LastName"] for place in expected]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("ORDER BY Email", [1, 0, 2, 3]),
        ("ORDER BY Email DESC", [1, 3, 2, 0]),
        ("ORDER BY Email NULLS LAST LIMIT 2 OFFSET 1", [2, 3]),
        ("ORDER BY Tier__c NULLS FIRST, CreatedDate DESC", [3, 2, 0, 1]),
        ("LIMIT 1", [0]),
        ("WHERE Email = 'none' LIMIT 1", []),
    ],
)
def test_records_are_sorted_and_cut(table: ContactTable, rest: str, expected: list[int]):
    """Blank comes first, DESC or not, unless it is asked to be last; text is sorted without case."""
    assert names(table, rest) == [PEOPLE[place]["LastName"] for place in expected]


def test_the_recycle_bin_is_for_query_all(table: ContactTable):
    """Deleted records are found by queryAll alone."""
    assert names(table, "WHERE LastName = 'Gone'") == []
    assert names(table, "WHERE IsDeleted = true", deleted=True) == ["Gone"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Nope FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Contact ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE CreatedDate > '2024-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE CreatedDate > 2024-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Renewal_Date__c > 2024-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE LastName = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Segment__c LIKE 'a'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE CreatedDate LIKE '2%'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Id LIKE '003%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE IsDeleted > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE LastName > null", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Opportunity", "INVALID_TYPE"),
        ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName ~ 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName IS NULL", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact extra", "MALFORMED_QUERY"),
        ("SELECT FROM Contact", "MALFORMED_QUERY"),
    ],
)
def test_what_salesforce_refuses_is_refused(sandbox, query: str, code: str):
    """A name, type or value that doesn't fit is refused with Salesforce's code, in an array."""
    answer = sandbox.salesforce.get(f"{DATA}/query", params={"q": query})

    assert (answer.status_code, [each["errorCode"] for each in answer.json()]) == (400, [code])


def test_a_query_of_one_name_twice_is_refused():
    """SELECT takes each field once."""
    with pytest.raises(SoqlError, match="duplicate field selected: Id"):
        parse("SELECT Id, ID FROM Contact")


def test_records_nest_under_their_relationships(make_sandbox):
    """Related fields stand in an object of their own, times have an offset, blank is null."""
    sandbox = make_sandbox()
    fields = "Id, Account.Name, Account.AnnualRevenue, CreatedDate, Renewal_Date__c, HasOptedOutOfEmail"
    query = f"SELECT {fields} FROM Contact WHERE Id = '003000000000001'"

    answer = sandbox.salesforce.get(f"{DATA}/query", params={"q": query}).json()

    assert answer["records"] == [
        {
            "attributes": {"type": "Contact", "url": f"{DATA}/sobjects/Contact/003000000000001AAA"},
            "Id": "003000000000001AAA",
            "Account": {
                "attributes": {"type": "Account"},
                "Name": "Étoile Logistics SARL",
                "AnnualRevenue": 2757000.0,
            },
            "CreatedDate": "2023-05-11T01:40:00.000+0000",
            "Renewal_Date__c": "2027-02-21",
            "HasOptedOutOfEmail": False,
        }
    ]


def test_a_contact_without_account_has_null(make_sandbox):
    """A relationship that leads nowhere is null, not an object of nulls."""
    sandbox = make_sandbox()
    identity = sandbox.door.add(LastName="Alone")
    query = f"SELECT Account.Name, Owner.Email FROM Contact WHERE Id = '{identity}'"

    record = sandbox.salesforce.get(f"{DATA}/query", params={"q": query}).json()["records"][0]

    assert (record["Account"], record["Owner"]) == (None, None)


def test_pages_have_two_thousand_records_of_one_moment(make_sandbox):
    """nextRecordsUrl leads through all records as they were at first, and count() counts them."""
    sandbox = make_sandbox(SalesforceConfig(contacts=4_001))
    query = {"q": "SELECT Id FROM Contact"}
    first = sandbox.salesforce.get(f"{DATA}/query", params=query).json()
    sandbox.door.delete("003000000000001AAA")
    sandbox.door.add(LastName="Late")
    second = sandbox.salesforce.get(first["nextRecordsUrl"]).json()
    third = sandbox.salesforce.get(second["nextRecordsUrl"]).json()
    count = sandbox.salesforce.get(f"{DATA}/query", params={"q": "SELECT COUNT() FROM Contact"}).json()

    pages = (first, second, third)
    assert [(each["totalSize"], each["done"], len(each["records"])) for each in pages] == [
        (4_001, False, 2_000),
        (4_001, False, 2_000),
        (4_001, True, 1),
    ]
    assert len({record["Id"] for page in pages for record in page["records"]}) == 4_001
    assert count == {"totalSize": 4_001, "done": True, "records": []}


@pytest.mark.parametrize("locator", ["01g000000000001AAA", "01g000000000001AAA-1-1", "x-y-z"])
def test_another_locator_is_refused(sandbox, locator: str):
    """A nextRecordsUrl that was never given is 400."""
    answer = sandbox.salesforce.get(f"{DATA}/query/{locator}")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_every_field_can_be_selected(sandbox):
    """The frame of contacts has every field of the object, with the type that is described."""
    query = parse(f"SELECT {', '.join(field.name for field in CONTACT_FIELDS)} FROM Contact")
    table = ContactTable(20, lambda: 0.0)

    frame = in_contacts(query, table.view(), deleted=False).page(1, 50).frame

    assert frame.height == 20
    assert dict(frame.schema) == {"row": pl.UInt64(), **SCHEMA}
