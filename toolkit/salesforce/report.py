"""What the Reports API says and how to ask it for every row: JSON to columns, rows and the next page. Pure.

Sources: Reports and Dashboards REST API; at most 2,000 detail rows a run, ``allData: false`` when rows were cut,
the ``RowCount`` aggregate counts them all. Column order is ``reportMetadata.detailColumns``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.errors import InputRefused, Stopped

PAGE_ROWS = 2000
_RAW_VALUE = frozenset({"date", "datetime", "time", "currency", "percent", "double", "int", "boolean"})
"""Data types whose label is written for the user's locale, and whose value isn't."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report: its API name, its label and its data type (``string``, ``datetime`` …)."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Report:
    """A tabular report as its describe answer shows it: columns in their order, and what may be filtered how."""

    id: str
    name: str
    columns: tuple[Column, ...]
    filters: tuple[Mapping[str, Any], ...]
    filter_logic: str
    operators: Mapping[str, frozenset[str]]

    def headings(self) -> list[str]:
        """Give the labels, repeated ones told apart: ``Phone``, ``Phone (2)``."""
        seen: dict[str, int] = {}
        headings = []
        for column in self.columns:
            seen[column.label] = seen.get(column.label, 0) + 1
            times = seen[column.label]
            headings.append(column.label if times == 1 else f"{column.label} ({times})")
        return headings


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the rows are paged by: a sorted column, and a column that tells rows apart where its values repeat.

    ``identity`` is None when the column's own values are unique; then pages continue after the last value.
    """

    column: int
    identity: int | None

    @property
    def operator(self) -> str:
        """The filter that asks for the next page."""
        return "greaterThan" if self.identity is None else "greaterOrEqual"


@dataclass(frozen=True, slots=True)
class Page:
    """One run's rows as text, whether they were all, how many the report has, and each row's cursor value."""

    rows: list[list[str]]
    complete: bool
    count: int
    values: list[str]


def read_describe(answer: Mapping[str, Any]) -> Report:
    """Read a describe answer. InputRefused for a joined, grouped or row-limited report, with what to do."""
    metadata = answer["reportMetadata"]
    _check_kind(metadata)
    infos = answer["reportExtendedMetadata"]["detailColumnInfo"]
    columns = [Column(name, infos[name]["label"], infos[name]["dataType"]) for name in metadata["detailColumns"]]
    allowed = (answer.get("reportTypeMetadata") or {}).get("dataTypeFilterOperatorMap") or {}
    return Report(
        id=metadata["id"],
        name=metadata["name"],
        columns=tuple(columns),
        filters=tuple(metadata.get("reportFilters") or ()),
        filter_logic=metadata.get("reportBooleanFilter") or "",
        operators={kind: frozenset(each["name"] for each in named) for kind, named in allowed.items()},
    )


def _check_kind(metadata: Mapping[str, Any]) -> None:
    name, kind = metadata.get("name"), metadata.get("reportFormat")
    if kind == "MULTI_BLOCK":
        raise InputRefused(
            f"the report {name!r} is a joined report, which the Reports API does not give out",
            hint="save a tabular report with the columns you need and export that",
        )
    if kind != "TABULAR":
        raise InputRefused(
            f"the report {name!r} is grouped ({kind})", hint="save it as a tabular report, without groups"
        )
    if metadata.get("topRows"):
        raise InputRefused(
            f"the report {name!r} has a row limit, so it does not show all its rows",
            hint="remove the row limit from the report",
        )


def choose_cursor(report: Report, key: str | None = None) -> Cursor:
    """Choose what to page by: ``key`` (a heading or API name), or the best of the report's own columns.

    Best is an Id that may be compared; else an auto-number (a ``… Number`` text); else a creation time with the
    Id telling equal ones apart. InputRefused when the report has none of them.
    """
    if key is not None:
        return Cursor(_column_called(report, key), None)
    ids = [index for index, column in enumerate(report.columns) if _is_row_id(column)]
    numbers = [index for index, column in enumerate(report.columns) if _is_auto_number(column)]
    for index in ids + numbers:
        if _allows(report, index, "greaterThan"):
            return Cursor(index, None)
    for index, column in enumerate(report.columns):
        if ids and column.kind == "datetime" and "CREATE" in column.name.upper():
            return Cursor(index, ids[0])
    raise InputRefused(
        f"the report {report.name!r} has more than {PAGE_ROWS} rows and no column to page by",
        hint="add the record's Id and its Created Date to the report, or name a column of unique values with --key",
    )


def _is_row_id(column: Column) -> bool:
    """Recognise the Id of the report's rows: of its columns of Ids, those of the person, not of the account."""
    name = column.name.upper().replace(".", "_")
    return column.kind in ("id", "string") and name in {"CONTACT_ID", "CONTACTID", "LEAD_ID", "CUST_ID", "ID"}


def _is_auto_number(column: Column) -> bool:
    return column.kind == "string" and column.label.endswith(" Number") and "PHONE" not in column.name.upper()


def _allows(report: Report, index: int, operator: str) -> bool:
    return operator in report.operators.get(report.columns[index].kind, frozenset())


def _column_called(report: Report, key: str) -> int:
    for index, column in enumerate(report.columns):
        if key in (column.name, column.label):
            return index
    listed = ", ".join(report.headings())
    raise InputRefused(f"the report has no column {key!r}", hint=f"its columns are: {listed}")


def first_page(report: Report, cursor: Cursor | None) -> dict[str, Any]:
    """Give the metadata overrides of the first run; without a cursor the report keeps its own order."""
    overrides: dict[str, Any] = {"aggregates": ["RowCount"], "hasDetailRows": True}
    if cursor:
        overrides["sortBy"] = [{"sortColumn": report.columns[cursor.column].name, "sortOrder": "Asc"}]
    return overrides


def next_page(report: Report, cursor: Cursor, last: str) -> dict[str, Any]:
    """Give the overrides of the run after the row whose cursor value is ``last``.

    The report's own filters stay; its filter logic is wrapped and the new filter takes the next number.
    InputRefused when the value can't be a filter: a comma would mean "any of".
    """
    if not last or "," in last:
        column = report.columns[cursor.column].label
        raise InputRefused(
            f"the report can't be paged by {column!r}: the value {last!r} can't be filtered by",
            hint="name another column of unique values with --key",
        )
    own = [dict(each) for each in report.filters]
    added = {"column": report.columns[cursor.column].name, "operator": cursor.operator, "value": last}
    overrides = first_page(report, cursor) | {"reportFilters": [*own, added]}
    if report.filter_logic:
        overrides["reportBooleanFilter"] = f"({report.filter_logic}) AND {len(own) + 1}"
    return overrides


def read_page(answer: Mapping[str, Any], report: Report, cursor: Cursor | None) -> Page:
    """Read one run of a tabular report. Stopped when its columns are no longer the described ones."""
    names = answer["reportMetadata"]["detailColumns"]
    if names != [column.name for column in report.columns]:
        raise Stopped("the report's columns were changed while it was read", hint="run the same command again")
    block = answer["factMap"]["T!T"]
    rows = [row["dataCells"] for row in block.get("rows") or []]
    values = [_filter_value(cells[cursor.column]) for cells in rows] if cursor else []
    texts = [[cell_text(cell, column) for cell, column in zip(cells, report.columns, strict=True)] for cells in rows]
    return Page(texts, bool(answer["allData"]), _row_count(answer, block), values)


def _row_count(answer: Mapping[str, Any], block: Mapping[str, Any]) -> int:
    names = [str(name).lower() for name in answer["reportMetadata"].get("aggregates") or []]
    if "rowcount" not in names:
        raise Stopped("Salesforce left out the report's RowCount, so no one can tell whether all rows came")
    return int(block["aggregates"][names.index("rowcount")]["value"])


def cell_text(cell: Mapping[str, Any], column: Column) -> str:
    """Give a cell as the CSV holds it: the text the report shows, but values where labels depend on the locale.

    A lookup's value is a record Id and its label the text; a date's value is ISO and its label the user's way
    of writing; a currency's value may be ``{"amount", "currency"}``; null has the label ``-``.
    """
    value, label = cell.get("value"), cell.get("label")
    if value is None:
        return ""
    if column.kind in _RAW_VALUE:
        amount = value.get("amount") if isinstance(value, dict) else value
        return "" if amount is None else _plain(amount)
    return _BREAK.sub("\n", str(label if label is not None else value))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _filter_value(cell: Mapping[str, Any]) -> str:
    value = cell.get("value")
    return "" if value is None else _plain(value)


class Paging:
    """Checks that pages join without a gap: nothing seen twice, and RowCount falling by the rows seen."""

    def __init__(self, cursor: Cursor | None) -> None:
        self._cursor = cursor
        self._seen_at_last: set[str] = set()
        self._last = ""
        self.total: int | None = None
        self.seen = 0

    @property
    def last(self) -> str:
        """The cursor value after which the next page begins."""
        return self._last

    def take(self, page: Page) -> Iterable[list[str]]:
        """Give the page's rows that are new. Stopped when rows came or went while the report was read."""
        overlap = len(self._seen_at_last)
        new = [row for row in zip(page.rows, page.values or [""] * len(page.rows), strict=True) if self._is_new(row[0])]
        expected = page.count if self.total is None else self.total - self.seen + overlap
        self.total = page.count if self.total is None else self.total
        if page.count != expected or (not new and not page.complete):
            raise self._gap(page.count, expected)
        self.seen += len(new)
        self._remember(new, page)
        if page.complete and self.seen != self.total:
            raise self._gap(self.seen, self.total)
        return [row for row, _ in new]

    def _is_new(self, row: list[str]) -> bool:
        identity = self._cursor.identity if self._cursor else None
        return identity is None or row[identity] not in self._seen_at_last

    def _remember(self, new: list[tuple[list[str], str]], page: Page) -> None:
        if not new or self._cursor is None:
            return
        last = page.values[-1]
        if self._cursor.identity is not None:
            kept = self._seen_at_last if last == self._last else set()
            self._seen_at_last = kept | {row[self._cursor.identity] for row, value in new if value == last}
        self._last = last

    def _gap(self, got: int, expected: int) -> Stopped:
        return Stopped(
            f"the pages of the report don't join: {got} rows where {expected} were expected, {self.seen} read",
            hint="either rows changed while the report was read (run the command again), or the column it is paged "
            "by repeats its values (name another with --key)",
        )
