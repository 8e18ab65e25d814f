"""What a run asks of a report: overrides of its metadata, filters, filter logic, sorting. Pure.

What Salesforce would refuse is refused (``BadRequest``): a filter on a column that isn't there, an operator that the
column's type doesn't take, a comparison with a comma in it, logic that leaves a filter out, sorting by a column that
isn't shown.
"""

import itertools
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from toolkit.sandbox.report import Cell, Column, Report, Run, allowed

MOST_FILTERS = 20
OVERRIDES = frozenset({
    "aggregates", "detailColumns", "groupingsAcross", "groupingsDown", "hasDetailRows", "reportBooleanFilter",
    "reportFilters", "reportFormat", "sortBy", "topRows",
})  # fmt: skip
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "lessThan": operator.lt,
    "greaterThan": operator.gt,
    "lessOrEqual": operator.le,
    "greaterOrEqual": operator.ge,
}
_NUMBERS = ("currency", "int", "double", "percent")

_GROUPED = {"TABULAR": (0, 0), "SUMMARY": (3, 0), "MATRIX": (2, 2)}
"""How many groupings down and across a format has at most."""

Keep = Callable[[int], bool]
"""Tells whether a row, by its number, is kept."""


class BadRequest(Exception):
    """Salesforce would answer 400."""


def run(report: Report, overrides: dict[str, Any], *, details: bool) -> Run:
    """Run the report with parts of its metadata replaced; without ``details`` no row is shown."""
    metadata = report.metadata | {key: value for key, value in overrides.items() if key in OVERRIDES}
    _check_shapes(metadata)
    _check_columns(report, metadata)
    _check_groups(report, metadata)
    keep = _filter(report, metadata)
    rows = [row for row in _order(report, metadata) if keep(row)]
    shown = len(rows) if details and metadata["hasDetailRows"] else 0
    top = metadata["topRows"] or {"rowLimit": shown}
    return Run(metadata, rows, min(shown, top["rowLimit"]))


def _check_shapes(metadata: dict[str, Any]) -> None:
    for key in ("reportFilters", "sortBy"):
        if not all(isinstance(each, dict) for each in _list(metadata, key)):
            raise BadRequest(f"{key} must be a list of objects")
    _list(metadata, "aggregates")
    top = metadata["topRows"]
    if top is not None and not (isinstance(top, dict) and isinstance(top.get("rowLimit"), int)):
        raise BadRequest("topRows must have a rowLimit")


def _list(metadata: dict[str, Any], key: str) -> list[Any]:
    found = metadata[key] or []
    if not isinstance(found, list):
        raise BadRequest(f"{key} must be a list")
    return found


def _check_columns(report: Report, metadata: dict[str, Any]) -> None:
    chosen = metadata["detailColumns"]
    if not isinstance(chosen, list) or not chosen or len(set(chosen)) != len(chosen):
        raise BadRequest("detailColumns must be a list of different columns")
    for name in chosen:
        _column(report, name)
    for each in metadata["aggregates"] or []:
        if str(each).lower() != "rowcount":
            raise BadRequest(f"The aggregate {each} is not in the report")


def _column(report: Report, name: object) -> Column:
    column = report.column(str(name))
    if column is None:
        raise BadRequest(f"The column {name} is not available in this report")
    return column


def _check_groups(report: Report, metadata: dict[str, Any]) -> None:
    kind = str(metadata.get("reportFormat", "TABULAR"))
    if kind not in _GROUPED:
        raise BadRequest(f"A report of the format {kind} can't be run")
    for key, most in zip(("groupingsDown", "groupingsAcross"), _GROUPED[kind], strict=True):
        groups = _list(metadata, key)
        least = int(most > 0)
        if not all(isinstance(each, dict) for each in groups) or not least <= len(groups) <= most:
            raise BadRequest(f"A report of the format {kind} takes {least} to {most} {key}")
        for each in groups:
            if _column(report, each.get("name")).data_type == "multipicklist":
                raise BadRequest(f"The report can't be grouped by {each['name']}")


def _order(report: Report, metadata: dict[str, Any]) -> Sequence[int]:
    """Give all rows in the order that is wanted; blank cells come first when ascending, as in Salesforce."""
    wanted = metadata["sortBy"] or []
    if not wanted:
        return range(report.cells.height)
    if len(wanted) > 1:
        raise BadRequest("A report can be sorted by one column only")
    column, order = _column(report, wanted[0].get("sortColumn")), wanted[0].get("sortOrder", "Asc")
    if column.name not in metadata["detailColumns"] or order not in ("Asc", "Desc"):
        raise BadRequest(f"The report can't be sorted by {column.name} {order}")
    values, descending = compared(report, column), order == "Desc"
    return report.remember(
        (column.name, order),
        lambda: sorted(range(report.cells.height), key=lambda row: _rank(values[row]), reverse=descending),
    )


def compared(report: Report, column: Column) -> list[Any]:
    """Give what each row's cell in a column is compared by."""
    cells = report.cells
    return report.remember(
        column.name, lambda: [comparable(cells.cell(column.name, row), column) for row in range(cells.height)]
    )


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, "" if value is None else value)


def comparable(cell: Cell, column: Column) -> Any:
    """Give what a cell is compared by: text by its label without case, everything else by its value; None is blank."""
    value = cell.get("value")
    value = value.get("amount") if isinstance(value, dict) else value
    if value is None or cell.get("label") in ("", "-"):
        return None
    return _parsed(value if isinstance(value, bool | int | float) else _text_of(cell, column), column)


def _text_of(cell: Cell, column: Column) -> str:
    """Names and lookups have an Id as value: people filter by what they see. Dates and times are ISO in the value."""
    by_value = column.data_type in ("date", "datetime", "multipicklist", "id", *_NUMBERS)
    return str(cell["value"] if by_value else cell["label"])


def _parsed(value: Any, column: Column) -> Any:
    match column.data_type:
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case "boolean":
            return str(value).lower() in ("true", "1")
        case kind if kind in _NUMBERS:
            return float(value)
        case "id":
            return str(value)[:15]
        case _:
            return str(value).casefold()


def _filter(report: Report, metadata: dict[str, Any]) -> Keep:
    filters = metadata["reportFilters"] or []
    if len(filters) > MOST_FILTERS:
        raise BadRequest(f"A report takes at most {MOST_FILTERS} filters")
    tests = [_test(report, each) for each in filters]
    logic = metadata["reportBooleanFilter"]
    return logic_of(str(logic), tests) if logic else lambda row: all(test(row) for test in tests)


def _test(report: Report, wanted: dict[str, Any]) -> Keep:
    column, how, value = _column(report, wanted.get("column")), wanted.get("operator"), str(wanted.get("value") or "")
    if how not in allowed(column.data_type):
        raise BadRequest(f"The filter operator {how} is not valid for {column.name} ({column.data_type})")
    values = compared(report, column)
    if how in _COMPARISONS:
        return _comparison(column, how, value, values)
    choices = _choices(column, value, by_type=how in ("equals", "notEqual"))
    matches = _MATCHES[str(how)]
    return lambda row: matches(values[row], choices)


def _comparison(column: Column, how: str, value: str, values: Sequence[Any]) -> Keep:
    if "," in value:
        raise BadRequest(f"The filter on {column.name} can compare with one value only")
    compare, bound = _COMPARISONS[how], _value(column, value)

    def keep(row: int) -> bool:
        found = values[row]
        return found is not None and bound is not None and compare(found, bound)

    return keep


def _choices(column: Column, value: str, *, by_type: bool) -> list[Any]:
    """Read the value of a filter: a comma means "any of these"; no value means blank."""
    texts = [each.strip() for each in value.split(",")]
    return [_value(column, each) for each in texts] if by_type else [each.casefold() for each in texts]


def _value(column: Column, text: str) -> Any:
    try:
        return _parsed(text, column) if text else None
    except ValueError:
        raise BadRequest(f"{text} is not a valid {column.data_type} value for {column.name}") from None


_MATCHES: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equals": lambda found, choices: found in choices,
    "notEqual": lambda found, choices: found not in choices,
    "contains": lambda found, choices: any(each in (found or "") for each in choices),
    "notContain": lambda found, choices: not any(each in (found or "") for each in choices),
    "startsWith": lambda found, choices: any((found or "").startswith(each) for each in choices),
    "includes": lambda found, choices: bool(set((found or "").split(";")) & set(choices)),
    "excludes": lambda found, choices: not set((found or "").split(";")) & set(choices),
}


def logic_of(text: str, tests: Sequence[Keep]) -> Keep:
    """Read filter logic such as ``1 AND (2 OR 3)`` over ``tests``, which it numbers from 1.

    Every filter must stand in it; AND and OR side by side need parentheses.
    """
    tokens = re.findall(r"[0-9]+|[()]|[A-Za-z]+|[^ ]", text)
    used = {int(each) for each in tokens if each.isdigit()}
    if used != set(range(1, len(tests) + 1)):
        raise BadRequest(f"The filter logic {text} must name every filter from 1 to {len(tests)}")
    stream = itertools.chain(tokens, [""])
    keep, end = _either(stream, tests, text)
    if end:
        raise BadRequest(f"The filter logic {text} is not valid")
    return keep


def _either(tokens: Iterator[str], tests: Sequence[Keep], text: str) -> tuple[Keep, str]:
    """Read terms joined by one word; give what they mean and the token after them."""
    terms, joiner, following = [_term(tokens, tests, text)], "", next(tokens).upper()
    while following in ("AND", "OR"):
        if joiner and joiner != following:
            raise BadRequest(f"The filter logic {text} needs parentheses around AND and OR")
        joiner = following
        terms.append(_term(tokens, tests, text))
        following = next(tokens).upper()
    together = any if joiner == "OR" else all
    return lambda row: together(term(row) for term in terms), following


def _term(tokens: Iterator[str], tests: Sequence[Keep], text: str) -> Keep:
    first = next(tokens)
    if first.isdigit():
        return tests[int(first) - 1]
    if first.upper() == "NOT":
        inner = _term(tokens, tests, text)
        return lambda row: not inner(row)
    if first == "(":
        keep, end = _either(tokens, tests, text)
        if end == ")":
            return keep
    raise BadRequest(f"The filter logic {text} is not valid")
