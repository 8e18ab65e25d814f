"""What the Reports API says, read into rows; and the next page, written."""

from typing import Any

import pytest

from toolkit.errors import InputRefused, Stopped
from toolkit.salesforce import cells
from toolkit.salesforce.paging import Cursor, Paging, choose_cursor, first_page, next_page
from toolkit.salesforce.report import Page, read_describe, read_page

ALL = [{"name": name} for name in ("equals", "greaterThan", "greaterOrEqual")]
OPERATORS = {"string": ALL, "datetime": ALL, "id": [{"name": "equals"}], "email": ALL}


def describe(columns: dict[str, tuple[str, str]], **metadata: Any) -> dict[str, Any]:
    infos = {name: {"label": label, "dataType": kind} for name, (label, kind) in reversed(columns.items())}
    given = {"id": "00O1", "name": "R", "reportFormat": "TABULAR", "detailColumns": [*columns]}
    return {
        "reportMetadata": given | metadata,
        "reportExtendedMetadata": {"detailColumnInfo": infos},
        "reportTypeMetadata": {"dataTypeFilterOperatorMap": OPERATORS},
    }


CONTACTS = {"CONTACT_ID": ("Contact ID", "id"), "CREATED_DATE": ("Created", "datetime"), "EMAIL": ("Email", "email")}


@pytest.mark.parametrize(
    ("cell", "kind", "expected"),
    [
        ({"label": "Ms.", "value": "Ms."}, "picklist", "Ms."),
        ({"label": "Edna", "value": "003580000025sonAAA"}, "string", "Edna"),
        ({"label": "-", "value": None}, "string", ""),
        ({"label": "-", "value": "-"}, "string", "-"),
        ({"label": "1 Park<br>Rome<BR/>Italy", "value": "1 Park<br>Rome<BR/>Italy"}, "string", "1 Park\nRome\nItaly"),
        ({"label": "31.01.2026", "value": "2026-01-31"}, "date", "2026-01-31"),
        ({"label": "USD 1.250,50", "value": {"amount": 1250.5, "currency": "USD"}}, "currency", "1250.5"),
        ({"label": "€ 5", "value": 5.0}, "currency", "5"),
        ({"label": "-", "value": {"amount": None, "currency": "USD"}}, "currency", ""),
        ({"label": "60%", "value": 60}, "percent", "60"),
        ({"label": "true", "value": True}, "boolean", "true"),
        ({"label": "x", "value": "x", "recordId": "001", "escapedLabel": "x"}, "string", "x"),
    ],
)
def test_a_cell_is_what_the_report_shows(cell: dict[str, Any], kind: str, expected: str):
    """Labels for lookups, values where the label depends on the locale, line breaks for <br>."""
    assert cells.text(cell, kind) == expected


def test_columns_stand_in_the_reports_order():
    """detailColumns orders them, whatever the order of the map; repeated labels are told apart."""
    columns = {"B": ("Phone", "phone"), "A": ("Name", "string"), "C": ("Phone", "phone")}

    assert read_describe(describe(columns)).headings() == ["Phone", "Name", "Phone (2)"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"reportFormat": "MULTI_BLOCK"}, "joined report"),
        ({"topRows": {"rowLimit": 10, "direction": "Asc"}}, "row limit"),
    ],
)
def test_a_report_that_cannot_be_read_whole_is_refused(metadata: dict[str, Any], words: str):
    """Better an error than a file with fewer rows than the report."""
    with pytest.raises(InputRefused, match=words):
        read_describe(describe(CONTACTS, **metadata))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (CONTACTS, Cursor(1, 0)),
        (CONTACTS | {"NUMBER": ("Contact Number", "string")}, Cursor(3, None)),
        ({"CONTACT_ID": ("Contact ID", "string")}, Cursor(0, None)),
    ],
)
def test_the_best_column_to_page_by_is_found(columns: dict[str, tuple[str, str]], expected: Cursor):
    """An Id that can be compared, else an auto-number, else the creation time with the Id beside it."""
    assert choose_cursor(read_describe(describe(columns))) == expected


def test_without_such_a_column_the_report_is_refused_beyond_one_run():
    """A report of e-mails alone can't be paged safely."""
    report = read_describe(describe({"EMAIL": ("Email", "email")}))

    with pytest.raises(InputRefused, match="no column to page by"):
        choose_cursor(report)


def test_the_next_page_keeps_the_reports_own_filters():
    """The filter logic is wrapped, and the new filter takes the next number."""
    filters = [{"column": "EMAIL", "operator": "notEqual", "value": ""}, {"column": "EMAIL", "operator": "equals"}]
    report = read_describe(describe(CONTACTS, reportFilters=filters, reportBooleanFilter="1 OR 2"))

    overrides = next_page(report, Cursor(1, 0), "2024-01-01T00:00:00Z")

    added = {"column": "CREATED_DATE", "operator": "greaterOrEqual", "value": "2024-01-01T00:00:00Z"}
    assert overrides["reportFilters"] == [*filters, added]
    assert overrides["reportBooleanFilter"] == "(1 OR 2) AND 3"
    assert overrides["sortBy"] == [{"sortColumn": "CREATED_DATE", "sortOrder": "Asc"}]


def test_a_value_with_a_comma_cannot_be_paged_by():
    """A comma in a filter value means "any of" to Salesforce."""
    with pytest.raises(InputRefused, match="can't be filtered by"):
        next_page(read_describe(describe(CONTACTS)), Cursor(2, None), "a,b")


def test_the_row_count_is_found_whatever_its_case():
    """RowCount comes back as rowcount in some versions."""
    report = read_describe(describe({"EMAIL": ("Email", "email")}))
    answer = {
        "allData": True,
        "reportMetadata": {"detailColumns": ["EMAIL"], "aggregates": ["s!X", "rowCount"]},
        "factMap": {
            "T!T": {"aggregates": [{"value": 9}, {"value": 1}], "rows": [{"dataCells": [cell("a@b.example")]}]}
        },
    }

    assert read_page(answer, report, None) == Page([["a@b.example", "", ""]], True, 1, [])
    assert first_page(report, None) == {"aggregates": ["RowCount"], "hasDetailRows": True}


def cell(text: str) -> dict[str, str]:
    return {"label": text, "value": text}


def page(rows: str, count: int, *, complete: bool = False) -> Page:
    """A page of rows written ``id:value``; the cursor is the value, the identity the id."""
    cells = [row.split(":") for row in rows.split()]
    return Page(cells, complete, count, [value for _, value in cells])


TIES = Cursor(1, 0)


def test_pages_with_ties_join_without_doubles():
    """Rows of one second that fall on two pages are each taken once."""
    paging = Paging(TIES)

    taken = [
        list(paging.take(page("a:1 b:2 c:2", 5))),
        list(paging.take(page("b:2 c:2 d:2", 4))),
        list(paging.take(page("b:2 c:2 d:2 e:3", 4, complete=True))),
    ]

    assert [[row[0] for row in rows] for rows in taken] == [["a", "b", "c"], ["d"], ["e"]]


@pytest.mark.parametrize(
    "pages",
    [
        [page("a:1 b:2", 4), page("b:2 d:3", 2, complete=True)],  # a row was deleted meanwhile
        [page("a:1 b:2", 4), page("b:2 c:3 d:4 e:5", 4, complete=True)],  # a row came in
        [page("a:1 b:1", 4), page("a:1 b:1", 4)],  # a page of ties alone: no way on
        [page("a:1 b:2", 3, complete=True)],  # Salesforce calls it complete, and it is not
    ],
)
def test_a_gap_between_pages_stops_the_export(pages: list[Page]):
    """Rows that came or went are noticed by the row count: never a short file."""
    paging = Paging(TIES)

    def read() -> None:
        for each in pages:
            list(paging.take(each))

    with pytest.raises(Stopped, match="don't join"):
        read()


def test_repeated_values_of_a_column_taken_for_unique_are_noticed():
    """With --key on a column that repeats, the rows cut at the page's end are missed by RowCount."""
    paging = Paging(Cursor(1, None))
    list(paging.take(page("a:1 b:2", 4)))

    with pytest.raises(Stopped) as caught:
        list(paging.take(page("d:3", 1, complete=True)))

    assert "repeats its values" in caught.value.hint


def test_a_record_that_comes_twice_is_noticed_though_the_count_is_right():
    """With a key that changes, one row may move behind the pages and another before them: the Id gives it away."""
    paging = Paging(Cursor(1, None), row_id=0)
    list(paging.take(page("a:1 b:2", 4)))

    with pytest.raises(Stopped, match="don't join"):
        list(paging.take(page("c:3 a:4", 2, complete=True)))
