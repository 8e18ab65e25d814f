"""Filters, filter logic and sorting of the sandbox's reports."""

import pytest

from toolkit.errors import WrongSettings
from toolkit.sandbox.report import DEFAULT_METADATA, Column, from_answer, of_rows
from toolkit.sandbox.report_query import BadRequest, run


def cell(label, value=None):
    return {"label": label, "value": label if value is None else value}


BLANK = {"label": "-", "value": None}
COLUMNS = (
    Column("ID", "Id", "id"),
    Column("NAME", "Name", "string"),
    Column("TIER", "Tier", "picklist"),
    Column("SIZE", "Size", "currency"),
    Column("DUE", "Due", "date"),
    Column("MADE", "Made", "datetime"),
    Column("OPEN", "Open", "boolean"),
    Column("KINDS", "Kinds", "multipicklist"),
)


def money(amount):
    return cell(f"${amount}", {"amount": amount, "currency": "USD"})


def moment(value):
    return cell("as people see it", value)


NO = {"label": "false", "value": False}
YES = {"label": "true", "value": True}
ROWS = (
    (
        cell("003A"),
        cell("ada", "003A"),
        cell("Gold"),
        money(9),
        cell("1/2/2026", "2026-01-02"),
        moment("2026-01-01T10:00:00Z"),
        YES,
        cell("A; B", "A;B"),
    ),
    (
        cell("003B"),
        cell("Bob", "003B"),
        cell("Silver"),
        money(10),
        cell("12/1/2025", "2025-12-01"),
        moment("2026-01-01T10:00:01Z"),
        NO,
        cell("B"),
    ),
    (cell("003C"), cell("Cy", "003C"), BLANK, BLANK, BLANK, moment("2026-01-02T00:00:00+02:00"), NO, BLANK),
)
METADATA = DEFAULT_METADATA | {"id": "00O", "name": "R", "detailColumns": [each.name for each in COLUMNS]}
REPORT = of_rows(COLUMNS, ROWS, METADATA)


def found(**overrides):
    return [REPORT.cells.cell("ID", row)["value"] for row in run(REPORT, overrides, details=True).rows]


def filters(*wanted):
    return [dict(zip(("column", "operator", "value"), each, strict=True)) for each in wanted]


@pytest.mark.parametrize(
    ("column", "operator", "value", "ids"),
    [
        ("NAME", "equals", "ADA", ["003A"]),
        ("NAME", "equals", "ada,bob", ["003A", "003B"]),
        ("NAME", "equals", "003A", []),
        ("NAME", "notEqual", "ada", ["003B", "003C"]),
        ("NAME", "greaterThan", "BOB", ["003C"]),
        ("NAME", "greaterOrEqual", "BOB", ["003B", "003C"]),
        ("NAME", "lessThan", "Bob", ["003A"]),
        ("NAME", "contains", "B,y", ["003B", "003C"]),
        ("NAME", "notContain", "b", ["003A", "003C"]),
        ("NAME", "startsWith", "a", ["003A"]),
        ("ID", "equals", "003A", ["003A"]),
        ("TIER", "equals", "", ["003C"]),
        ("TIER", "notEqual", "", ["003A", "003B"]),
        ("TIER", "notEqual", "gold", ["003B", "003C"]),
        ("SIZE", "greaterThan", "9", ["003B"]),
        ("SIZE", "lessOrEqual", "10.0", ["003A", "003B"]),
        ("DUE", "lessThan", "2026-01-02", ["003B"]),
        ("MADE", "greaterThan", "2026-01-01T10:00:00Z", ["003B", "003C"]),
        ("MADE", "equals", "2026-01-01T22:00:00Z", ["003C"]),
        ("OPEN", "equals", "true", ["003A"]),
        ("OPEN", "notEqual", "True", ["003B", "003C"]),
        ("KINDS", "includes", "a", ["003A"]),
        ("KINDS", "excludes", "A", ["003B", "003C"]),
    ],
)
def test_a_filter_keeps_its_rows(column, operator, value, ids):
    """Text is compared by what people see and without case, the rest by value; a comma means any of these."""
    assert found(reportFilters=filters((column, operator, value))) == ids


@pytest.mark.parametrize(
    "wanted",
    [
        {"reportFilters": filters(("ID", "greaterThan", "003A"))},
        {"reportFilters": filters(("OPEN", "lessThan", "true"))},
        {"reportFilters": filters(("NAME", "like", "a"))},
        {"reportFilters": filters(("NOPE", "equals", "a"))},
        {"reportFilters": filters(("NAME", "greaterThan", "a,b"))},
        {"reportFilters": filters(("DUE", "equals", "yesterday"))},
        {"reportFilters": filters(("SIZE", "lessThan", "much"))},
        {"reportFilters": filters(*[("NAME", "equals", "a")] * 21)},
        {"reportFilters": ["NAME"]},
        {"reportFilters": "NAME"},
        {"detailColumns": ["NAME", "NOPE"]},
        {"detailColumns": []},
        {"detailColumns": ["NAME", "NAME"]},
        {"aggregates": ["s!SIZE"]},
        {"sortBy": [{"sortColumn": "NAME", "sortOrder": "Up"}]},
        {"sortBy": [{"sortColumn": "NAME"}, {"sortColumn": "ID"}]},
        {"sortBy": [{"sortColumn": "NAME"}], "detailColumns": ["ID"]},
        {"topRows": {"rowLimit": "2"}},
    ],
)
def test_what_salesforce_refuses_is_refused(wanted):
    """An operator the type doesn't take, an unknown column, a comma in a comparison and the like are bad requests."""
    with pytest.raises(BadRequest):
        found(**wanted)


@pytest.mark.parametrize(
    ("logic", "ids"),
    [
        (None, []),
        ("1 AND 2 AND 3", []),
        ("1 or (2 and 3)", ["003A", "003B"]),
        ("(1 OR 2) AND 3", ["003B"]),
        ("(1 OR 2 OR 3)", ["003A", "003B", "003C"]),
        ("NOT 1 AND (2 OR NOT (3))", ["003B"]),
    ],
)
def test_logic_joins_the_filters(logic, ids):
    """Without logic all filters must hold; with it, what it says."""
    three = filters(("NAME", "equals", "ada"), ("NAME", "equals", "Bob"), ("OPEN", "equals", "false"))

    assert found(reportFilters=three, reportBooleanFilter=logic) == ids


@pytest.mark.parametrize(
    "logic", ["1", "1 AND 2 AND 3", "1 AND", "1 2", "(1 AND 2", "1 AND 2)", "1 XOR 2", "2 AND 1 OR 1", "%"]
)
def test_broken_logic_is_refused(logic):
    """Logic that leaves a filter out, names one that isn't there or doesn't parse is a bad request."""
    two = filters(("NAME", "equals", "ada"), ("OPEN", "equals", "true"))

    with pytest.raises(BadRequest):
        found(reportFilters=two, reportBooleanFilter=logic)


@pytest.mark.parametrize(
    ("column", "order", "ids"),
    [
        ("NAME", "Desc", ["003C", "003B", "003A"]),
        ("SIZE", "Asc", ["003C", "003A", "003B"]),
        ("DUE", "Desc", ["003A", "003B", "003C"]),
        ("MADE", "Asc", ["003A", "003B", "003C"]),
    ],
)
def test_rows_are_sorted_by_value(column, order, ids):
    """Numbers and dates are sorted as such; blanks are the smallest."""
    assert found(sortBy=[{"sortColumn": column, "sortOrder": order}]) == ids


def test_top_rows_limit_what_is_shown():
    """topRows shows fewer rows; the count stays."""
    found = run(REPORT, {"topRows": {"rowLimit": 2, "direction": "Desc"}}, details=True)

    assert (found.shown, len(found.rows)) == (2, 3)


ANSWER = {
    "reportMetadata": {"id": "00OX", "name": "Saved", "detailColumns": ["B", "A"]},
    "reportExtendedMetadata": {
        "detailColumnInfo": {"A": {"label": "First", "dataType": "string"}, "B": {"label": "Id", "dataType": "id"}}
    },
    "factMap": {"T!T": {"rows": [{"dataCells": [cell("003A"), cell("Ada")]}]}},
}


def test_a_saved_answer_becomes_a_report():
    """The report has the answer's columns in the order of detailColumns, and its cells."""
    report = from_answer(ANSWER, "answer.json")

    assert (report.id, report.name) == ("00OX", "Saved")
    assert report.columns == (Column("B", "Id", "id"), Column("A", "First", "string"))
    assert [[report.cells.cell(name, row) for name in "BA"] for row in range(report.cells.height)] == [
        [cell("003A"), cell("Ada")]
    ]


@pytest.mark.parametrize(
    "broken",
    [
        [],
        ANSWER | {"factMap": {"0!T": {}}},
        ANSWER | {"factMap": {"T!T": {"rows": [{"dataCells": [cell("003A")]}]}}},
        ANSWER | {"reportMetadata": {"id": "00OX", "name": "Saved", "detailColumns": ["C"]}},
    ],
)
def test_another_file_is_not_a_report(broken):
    """A file that isn't the answer of a tabular run is refused with its name."""
    with pytest.raises(WrongSettings, match=r"^answer\.json "):
        from_answer(broken, "answer.json")
