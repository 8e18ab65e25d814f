"""What the Reports API says of a report: its columns, and the rows of one run. Pure: JSON in, text out.

Sources: Reports and Dashboards REST API. Column order is ``reportMetadata.detailColumns`` (``detailColumnInfo`` is an
unordered map); summary and matrix reports are asked for as tabular ones, their grouping columns first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.errors import InputRefused, Stopped
from toolkit.salesforce import cells
from toolkit.salesforce.cells import Cell

PAGE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report: its API name, its label and its data type (``string``, ``datetime`` …)."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report as its describe answer shows it, flat: ``columns`` in their order, the ``groups`` first of them.

    ``filters`` and ``filter_logic`` are the report's own; ``operators`` says which filters each data type allows.
    """

    id: str
    name: str
    columns: tuple[Column, ...]
    groups: int
    filters: tuple[Mapping[str, Any], ...]
    filter_logic: str
    operators: Mapping[str, frozenset[str]]

    def headings(self) -> list[str]:
        """Give the labels, repeated ones told apart: ``Phone``, ``Phone (2)``."""
        return told_apart([column.label for column in self.columns])

    def wide_headings(self) -> list[str]:
        """Give headings for everything a row may hold: the columns, then their Ids, then their currencies."""
        own = self.headings()
        return told_apart([*own, *(f"{name} ID" for name in own), *(f"{name} Currency" for name in own)])

    def overrides(self) -> dict[str, Any]:
        """Give the metadata that asks for every row of the report as one flat table, and for their count."""
        asked: dict[str, Any] = {"aggregates": ["RowCount"], "hasDetailRows": True}
        if self.groups:
            names = [column.name for column in self.columns]
            flat = {"reportFormat": "TABULAR", "groupingsDown": [], "groupingsAcross": [], "detailColumns": names}
            asked |= flat
        return asked


def told_apart(labels: list[str]) -> list[str]:
    """Number the second and further uses of a label: ``Phone (2)``."""
    seen: dict[str, int] = {}
    apart = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        apart.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return apart


@dataclass(frozen=True, slots=True)
class Page:
    """One run's rows, whether they were all, how many the report has, and each row's cursor value.

    A row is the text of each column, then each column's record Id, then each column's currency: empty where none.
    """

    rows: list[list[str]]
    complete: bool
    count: int
    values: list[str]


def read_describe(answer: Mapping[str, Any]) -> Report:
    """Read a describe answer. InputRefused for a joined or row-limited report, with what to do."""
    metadata = answer["reportMetadata"]
    _check_kind(metadata)
    groups = [each["name"] for key in ("groupingsDown", "groupingsAcross") for each in metadata.get(key) or ()]
    columns = [*groups, *(name for name in metadata["detailColumns"] if name not in groups)]
    allowed = (answer.get("reportTypeMetadata") or {}).get("dataTypeFilterOperatorMap") or {}
    return Report(
        id=metadata["id"],
        name=metadata["name"],
        columns=tuple(_column(name, answer["reportExtendedMetadata"]) for name in columns),
        groups=len(groups),
        filters=tuple(metadata.get("reportFilters") or ()),
        filter_logic=metadata.get("reportBooleanFilter") or "",
        operators={kind: frozenset(each["name"] for each in named) for kind, named in allowed.items()},
    )


def _column(name: str, extended: Mapping[str, Any]) -> Column:
    grouping = (extended.get("groupingColumnInfo") or {}).get(name)
    info = extended["detailColumnInfo"].get(name) or grouping
    if info is None:
        raise InputRefused(f"Salesforce does not describe the report's column {name!r}")
    return Column(name, info["label"], info["dataType"])


def _check_kind(metadata: Mapping[str, Any]) -> None:
    name, kind = metadata.get("name"), metadata.get("reportFormat")
    if kind not in ("TABULAR", "SUMMARY", "MATRIX"):
        what = "a joined report" if kind == "MULTI_BLOCK" else f"of the kind {kind}"
        raise InputRefused(
            f"the report {name!r} is {what}, which the Reports API does not give out row by row",
            hint="save a tabular report with the columns you need and export that",
        )
    if metadata.get("topRows"):
        raise InputRefused(
            f"the report {name!r} has a row limit, so it does not show all its rows",
            hint="remove the row limit from the report",
        )


def read_page(answer: Mapping[str, Any], report: Report, cursor: int | None) -> Page:
    """Read one run; ``cursor`` is the column whose values the next page continues after.

    Stopped when the report's columns are no longer the described ones, or when rows can't be counted.
    """
    rows = list(_rows(answer, report))
    values = [cells.filter_value(row[cursor]) for row in rows] if cursor is not None else []
    texts = [_texts(row, report.columns) for row in rows]
    return Page(texts, bool(answer["allData"]), row_count(answer), values)


def _texts(row: list[Cell], columns: tuple[Column, ...]) -> list[str]:
    pairs = list(zip(row, columns, strict=True))
    shown = [cells.text(cell, column.kind) for cell, column in pairs]
    ids = [cells.record_id(cell, column.kind) for cell, column in pairs]
    return [*shown, *ids, *(cells.currency(cell, column.kind) for cell, column in pairs)]


def _rows(answer: Mapping[str, Any], report: Report) -> Iterator[list[Cell]]:
    """Give the rows of the deepest groups in the report's order, each with its groups' cells where they lack."""
    wanted, got = [column.name for column in report.columns], list(answer["reportMetadata"]["detailColumns"])
    if got not in (wanted, wanted[report.groups :]):
        raise Stopped("the report's columns were changed while it was read", hint="run the same command again")
    blocks = sorted((_path(key), block) for key, block in answer["factMap"].items() if block.get("rows"))
    for path, block in blocks:
        groups = _group_cells(answer, path) if got != wanted else []
        yield from ([*groups, *row["dataCells"]] for row in block["rows"])


Path = tuple[tuple[int, ...], tuple[int, ...]]


def _path(key: str) -> Path:
    """Read a factMap key, ``0_1!T``, as numbers: text would put group 10 before group 2."""
    down, _, across = key.partition("!")
    return _steps(down), _steps(across)


def _steps(path: str) -> tuple[int, ...]:
    return tuple(int(step) for step in path.split("_")) if path != "T" else ()


def _group_cells(answer: Mapping[str, Any], path: Path) -> list[Cell]:
    """Find the cells of the groups that a path leads through; Salesforce leaves them out of the rows."""
    found: list[Cell] = []
    for side, steps in zip(("groupingsDown", "groupingsAcross"), path, strict=True):
        level = (answer.get(side) or {}).get("groupings") or []
        for step in steps:
            found.append({"label": level[step]["label"], "value": level[step]["value"]})
            level = level[step].get("groupings") or []
    return found


def row_count(answer: Mapping[str, Any]) -> int:
    """Read how many rows the report has, cut or not. Stopped when the answer doesn't say."""
    names = [str(name).lower() for name in answer["reportMetadata"].get("aggregates") or []]
    if "rowcount" not in names or "T!T" not in answer["factMap"]:
        raise Stopped("Salesforce left out the report's RowCount, so no one can tell whether all rows came")
    return int(answer["factMap"]["T!T"]["aggregates"][names.index("rowcount")]["value"])
