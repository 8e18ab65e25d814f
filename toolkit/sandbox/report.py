"""A tabular Salesforce report: its columns and rows, what describe says of it, and what a run answers. Pure.

Shapes follow the Reports REST API: ``reportMetadata``, ``reportExtendedMetadata``, ``reportTypeMetadata``, ``factMap``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import WrongSettings

MOST_ROWS = 2_000
"""Salesforce gives at most so many detail rows a run, whatever is asked."""

Cell = dict[str, Any]
"""``{"label": the text people see, "value": the value or, for names and lookups, the record's Id}``."""

_EQUALITY = ("equals", "notEqual")
_ORDER = ("lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual")
_TEXT = ("contains", "notContain", "startsWith")
_OPERATOR_LABELS = {
    "equals": "equals",
    "notEqual": "not equal to",
    "lessThan": "less than",
    "greaterThan": "greater than",
    "lessOrEqual": "less or equal",
    "greaterOrEqual": "greater or equal",
    "contains": "contains",
    "notContain": "does not contain",
    "startsWith": "starts with",
}
# As Salesforce's describe answers give them, but for ids: startsWith is left out, so that nobody pages by Id.
OPERATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("id", "boolean"), _EQUALITY),
    **dict.fromkeys(("date", "datetime", "currency", "int", "double", "percent"), _EQUALITY + _ORDER),
    **dict.fromkeys(("string", "email", "phone", "picklist", "textarea", "url"), _EQUALITY + _ORDER + _TEXT),
    "multipicklist": ("equals", "notEqual", "includes", "excludes"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report: its API name, its heading and its data type."""

    name: str
    label: str
    data_type: str


@dataclass(frozen=True, slots=True)
class Report:
    """A tabular report; ``rows`` hold a cell for each of ``columns``, in that order.

    ``metadata`` is ``reportMetadata`` as it stands in Salesforce, before a request changes anything in it.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    metadata: dict[str, Any]
    folder: str = "Public Reports"
    info_order: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str:
        """The 18-character Id."""
        return str(self.metadata["id"])

    @property
    def name(self) -> str:
        """The name people gave it."""
        return str(self.metadata["name"])

    def column(self, name: str) -> Column | None:
        """Find a column by its API name."""
        return next((each for each in self.columns if each.name == name), None)

    def index(self, name: str) -> int:
        """Say where a column's cells stand in a row."""
        return next(number for number, each in enumerate(self.columns) if each.name == name)


def describe(report: Report, path: str) -> dict[str, Any]:
    """Answer ``GET …/reports/{id}/describe``; ``path`` is the report's own address."""
    kind = report.metadata.get("reportType") or {}
    types = {column.data_type for column in report.columns} | set(OPERATORS)
    return {
        "attributes": attributes(report, path),
        "reportMetadata": report.metadata,
        "reportExtendedMetadata": extended(report, report.metadata["detailColumns"], ["RowCount"]),
        "reportTypeMetadata": {
            "categories": [{"label": kind.get("label", "Report"), "columns": _filterable(report)}],
            "dataTypeFilterOperatorMap": {each: _operators(each) for each in sorted(types)},
        },
    }


def _filterable(report: Report) -> dict[str, Any]:
    return {
        each.name: {"label": each.label, "dataType": each.data_type, "filterable": True, "filterValues": []}
        for each in report.columns
    }


def _operators(data_type: str) -> list[dict[str, str]]:
    return [{"name": each, "label": _OPERATOR_LABELS.get(each, each)} for each in allowed(data_type)]


def allowed(data_type: str) -> tuple[str, ...]:
    """List the filter operators a data type takes; one nobody knows only equals and notEqual."""
    return OPERATORS.get(data_type, _EQUALITY)


def attributes(report: Report, path: str) -> dict[str, str]:
    """Say what an answer is about."""
    return {
        "type": "Report",
        "reportId": report.id,
        "reportName": report.name,
        "describeUrl": f"{path}/describe",
        "instancesUrl": f"{path}/instances",
    }


def extended(report: Report, columns: Iterable[str], aggregates: Iterable[str]) -> dict[str, Any]:
    """Describe the chosen columns, in an order that is not theirs: ``detailColumnInfo`` is an unordered map."""
    chosen = set(columns)
    order = report.info_order or tuple(each.name for each in reversed(report.columns))
    info = {name: report.column(name) for name in order if name in chosen}
    return {
        "detailColumnInfo": {
            name: {"label": each.label, "dataType": each.data_type} for name, each in info.items() if each
        },
        "groupingColumnInfo": {},
        "aggregateColumnInfo": {name: {"label": "Record Count", "dataType": "int"} for name in aggregates},
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What a run found: the metadata it ran with, all rows that match, in order, and how many to show."""

    metadata: dict[str, Any]
    rows: Sequence[Sequence[Cell]]
    shown: int


def answer(report: Report, run: Run, path: str) -> dict[str, Any]:
    """Answer a run: at most 2,000 rows, ``allData`` false beyond; RowCount counts every row that matches."""
    columns, aggregates = run.metadata["detailColumns"], run.metadata["aggregates"]
    places = [report.index(name) for name in columns]
    rows = [{"dataCells": [row[place] for place in places]} for row in run.rows[: min(run.shown, MOST_ROWS)]]
    count = {"label": f"{len(run.rows):,}", "value": len(run.rows)}
    return {
        "attributes": attributes(report, path),
        "allData": run.shown <= MOST_ROWS,
        "hasDetailRows": bool(run.metadata["hasDetailRows"]),
        "factMap": {"T!T": {"rows": rows, "aggregates": [count for _ in aggregates]}},
        "groupingsDown": {"groupings": []},
        "groupingsAcross": {"groupings": []},
        "reportMetadata": run.metadata,
        "reportExtendedMetadata": extended(report, columns, aggregates),
    }


DEFAULT_METADATA: dict[str, Any] = {
    "aggregates": [],
    "currency": None,
    "groupingsAcross": [],
    "groupingsDown": [],
    "hasDetailRows": True,
    "reportBooleanFilter": None,
    "reportFilters": [],
    "sortBy": [],
    "topRows": None,
}


def from_answer(data: Any, name: str) -> Report:
    """Make a report out of the answer of a real run (tabular, with its rows); ``name`` is the file, for messages."""
    try:
        info = data["reportExtendedMetadata"]["detailColumnInfo"]
        metadata = DEFAULT_METADATA | data["reportMetadata"]
        columns = tuple(Column(each, info[each]["label"], info[each]["dataType"]) for each in metadata["detailColumns"])
        rows = [tuple(row["dataCells"]) for row in data["factMap"]["T!T"]["rows"]]
        report = Report(columns, rows, metadata | {"hasDetailRows": True}, info_order=tuple(info))
    except (KeyError, TypeError) as error:
        raise WrongSettings(f"{name} is not the answer of a tabular report: {error!r} is missing") from error
    if any(len(row) != len(columns) for row in rows):
        raise WrongSettings(f"{name} has a row with more or fewer cells than the report has columns")
    return report
