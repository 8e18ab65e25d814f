"""How to ask for every row of a report: what to page by, the next page, and the proof that pages join. Pure.

Sources: Reports REST API: at most 2,000 detail rows a run; the ``RowCount`` aggregate counts them all; a filter's
comma means "any of"; which data type may be filtered how is in describe's ``dataTypeFilterOperatorMap``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from toolkit.errors import InputRefused, Stopped
from toolkit.salesforce.report import PAGE_ROWS, Column, Page, Report


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


def row_id(report: Report) -> int | None:
    """Give the column that holds the Id of the report's rows, if there is one."""
    return next((index for index, column in enumerate(report.columns) if _is_row_id(column)), None)


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
    sort = {} if cursor is None else {"sortBy": _sort(report, cursor)}
    return report.overrides() | sort


def _sort(report: Report, cursor: Cursor) -> list[dict[str, str]]:
    return [{"sortColumn": report.columns[cursor.column].name, "sortOrder": "Asc"}]


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


class Paging:
    """Checks that pages join without a gap: nothing seen twice, and RowCount falling by the rows seen."""

    def __init__(self, cursor: Cursor | None, row_id: int | None = None) -> None:
        self._cursor = cursor
        self._row_id = row_id
        self._ids: set[int] = set()
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
        self._check_ids(row for row, _ in new)
        self._remember(new, page)
        if page.complete and self.seen != self.total:
            raise self._gap(self.seen, self.total)
        return [row for row, _ in new]

    def _check_ids(self, rows: Iterable[list[str]]) -> None:
        """Notice a record that comes twice: its key moved meanwhile, and another's may have moved the other way."""
        if self._cursor is None or self._row_id is None:
            return
        for row in rows:
            if row[self._row_id] and hash(row[self._row_id]) in self._ids:
                raise self._gap(self.seen, self.total or 0)
            self._ids.add(hash(row[self._row_id]))

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
