"""What a run of a report answers: ``factMap``, with rows under the deepest keys only, and the groups. Pure.

Tabular: one key, ``T!T``. Summary: ``0!T``, ``0_0!T`` … Matrix: ``<down>!<across>``. The keys come in no order; the
columns that are grouped by are missing from the cells, as in Salesforce: their values stand in the groups.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolkit.sandbox.report import MOST_ROWS, Cell, Report, Run, attributes, extended, grouping_names

Path = tuple[int, ...]


def answer(report: Report, run: Run, path: str) -> dict[str, Any]:
    """Answer a run: at most 2,000 rows, ``allData`` false beyond; RowCount counts every row that matches."""
    down = _Groups(report, grouping_names(run.metadata, "groupingsDown"), run.rows)
    across = _Groups(report, grouping_names(run.metadata, "groupingsAcross"), run.rows)
    return {
        "attributes": attributes(report, path),
        "allData": run.shown <= MOST_ROWS,
        "hasDetailRows": bool(run.metadata["hasDetailRows"]),
        "factMap": _facts(report, run, down, across),
        "groupingsDown": {"groupings": down.told},
        "groupingsAcross": {"groupings": across.told},
        "reportMetadata": run.metadata,
        "reportExtendedMetadata": extended(report, run.metadata, run.metadata["aggregates"]),
    }


class _Groups:
    """The groups of one direction, as a tree: each row's path through it, and what is told of it."""

    def __init__(self, report: Report, names: Sequence[str], rows: Sequence[int]) -> None:
        self.told: list[dict[str, Any]] = []
        self.paths: dict[int, Path] = dict.fromkeys(rows, ())
        self._report = report
        self._split(list(names), rows, (), self.told)

    def _split(self, names: list[str], rows: Sequence[int], path: Path, told: list[dict[str, Any]]) -> None:
        if not names:
            return
        groups: dict[str, list[int]] = {}
        for row in rows:
            groups.setdefault(self._cell(names[0], row)["label"], []).append(row)
        # Blank comes first, as in Salesforce.
        for number, label in enumerate(sorted(groups, key=lambda each: (each != "-", each.casefold()))):
            inner: list[dict[str, Any]] = []
            here = (*path, number)
            self.paths |= dict.fromkeys(groups[label], here)
            self._split(names[1:], groups[label], here, inner)
            cell = self._cell(names[0], groups[label][0])
            told.append({"key": _key(here), "label": label, "value": cell["value"], "groupings": inner})

    def _cell(self, name: str, row: int) -> Cell:
        return self._report.cells.cell(name, row)


@dataclass(slots=True)
class _Fact:
    """What stands under one key: how many rows, and the cells of those that are shown."""

    count: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)


def _facts(report: Report, run: Run, down: _Groups, across: _Groups) -> dict[str, Any]:
    facts: dict[tuple[Path, Path], _Fact] = {((), ()): _Fact()}
    for row in run.rows:
        for key in itertools.product(_above(down.paths[row]), _above(across.paths[row])):
            facts.setdefault(key, _Fact()).count += 1
    for row, cells in zip(run.visible, _rows(report, run), strict=True):
        facts[down.paths[row], across.paths[row]].rows.append(cells)
    told = {f"{_key(key[0])}!{_key(key[1])}": _told(fact, run) for key, fact in facts.items()}
    # An order that means nothing, but the same one each time.
    return {key: told[key] for key in sorted(told, key=lambda key: key[::-1])}


def _rows(report: Report, run: Run) -> Iterator[dict[str, Any]]:
    grouped = {name for key in ("groupingsDown", "groupingsAcross") for name in grouping_names(run.metadata, key)}
    names = [name for name in run.metadata["detailColumns"] if name not in grouped]
    cell = report.cells.cell
    return ({"dataCells": [cell(name, row) for name in names]} for row in run.visible)


def _told(fact: _Fact, run: Run) -> dict[str, Any]:
    count = {"label": f"{fact.count:,}", "value": fact.count}
    return {"rows": fact.rows, "aggregates": [count for _ in run.metadata["aggregates"]]}


def _above(path: Path) -> Iterator[Path]:
    """Give a path and all that lead to it."""
    return (path[:length] for length in range(len(path) + 1))


def _key(path: Path) -> str:
    return "_".join(map(str, path)) or "T"
