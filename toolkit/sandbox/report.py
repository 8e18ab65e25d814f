"""A Salesforce report: its columns and rows, what describe says of it, and what a run answers. Pure.

Shapes follow the Reports REST API: ``reportMetadata``, ``reportExtendedMetadata``, ``reportTypeMetadata``, ``factMap``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

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


class Cells(Protocol):
    """The rows of a report: a cell for each column of each row, the rows numbered from 0."""

    @property
    def height(self) -> int:
        """Count the rows."""

    def cell(self, name: str, row: int) -> Cell:
        """Give one cell by its column's API name."""


@dataclass(frozen=True, slots=True)
class CellsOfRows:
    """Rows that were given cell by cell."""

    rows: Sequence[Sequence[Cell]]
    places: dict[str, int]

    @property
    def height(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def cell(self, name: str, row: int) -> Cell:
        """Give one cell."""
        return self.rows[row][self.places[name]]


@dataclass(frozen=True, slots=True)
class Report:
    """A report over rows of cells.

    ``metadata`` is ``reportMetadata`` as it stands in Salesforce, before a request changes anything in it;
    ``remembered`` keeps what was worked out of the cells, so that the next run needn't.
    """

    columns: tuple[Column, ...]
    cells: Cells
    metadata: dict[str, Any]
    folder: str = "Public Reports"
    info_order: tuple[str, ...] = ()
    remembered: dict[Any, list[Any]] = field(default_factory=dict, compare=False, repr=False)

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

    def remember(self, key: Any, work_out: Callable[[], list[Any]]) -> list[Any]:
        """Give what ``work_out`` makes of the cells; made once."""
        if key not in self.remembered:
            self.remembered[key] = work_out()
        return self.remembered[key]


def of_rows(columns: tuple[Column, ...], rows: Sequence[Sequence[Cell]], metadata: dict[str, Any]) -> Report:
    """Make a report of rows that hold a cell for each of ``columns``, in that order."""
    return Report(columns, CellsOfRows(rows, {column.name: place for place, column in enumerate(columns)}), metadata)


def describe(report: Report, path: str) -> dict[str, Any]:
    """Answer ``GET …/reports/{id}/describe``; ``path`` is the report's own address."""
    kind = report.metadata.get("reportType") or {}
    types = {column.data_type for column in report.columns} | set(OPERATORS)
    return {
        "attributes": attributes(report, path),
        "reportMetadata": report.metadata,
        "reportExtendedMetadata": extended(report, report.metadata, ["RowCount"]),
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


def extended(report: Report, metadata: dict[str, Any], aggregates: Iterable[str]) -> dict[str, Any]:
    """Describe the chosen columns, in an order that is not theirs: ``detailColumnInfo`` is an unordered map."""
    chosen = set(metadata["detailColumns"])
    order = report.info_order or tuple(each.name for each in reversed(report.columns))
    grouped = grouping_names(metadata, "groupingsDown") + grouping_names(metadata, "groupingsAcross")
    return {
        "detailColumnInfo": _info(report, [name for name in order if name in chosen]),
        "groupingColumnInfo": {
            name: info | {"groupingLevel": level} for level, (name, info) in enumerate(_info(report, grouped).items())
        },
        "aggregateColumnInfo": {name: {"label": "Record Count", "dataType": "int"} for name in aggregates},
    }


def grouping_names(metadata: dict[str, Any], key: str) -> list[str]:
    """List the columns that ``groupingsDown`` or ``groupingsAcross`` groups by, the outermost first."""
    return [str(each["name"]) for each in metadata.get(key) or []]


def _info(report: Report, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    columns = [column for name in names if (column := report.column(name))]
    return {column.name: {"label": column.label, "dataType": column.data_type} for column in columns}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run found: the metadata it ran with, all rows that match, in order, and how many to show."""

    metadata: dict[str, Any]
    rows: Sequence[int]
    shown: int

    @property
    def visible(self) -> Sequence[int]:
        """The rows whose cells are shown: at most 2,000."""
        return self.rows[: min(self.shown, MOST_ROWS)]


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
        report = replace(of_rows(columns, rows, metadata | {"hasDetailRows": True}), info_order=tuple(info))
    except (KeyError, TypeError) as error:
        raise WrongSettings(f"{name} is not the answer of a tabular report: {error!r} is missing") from error
    if any(len(row) != len(columns) for row in rows):
        raise WrongSettings(f"{name} has a row with more or fewer cells than the report has columns")
    return report
