"""How each operation ended, for programs (NDJSON) and for people (CSV, as Salesforce's Data Loader writes them).

Everything is read from the checkpoint and the operations file, one operation at a time.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from toolkit.files import Outputs, Written
from toolkit.operation import Operation
from toolkit.replay.journal import Entry, Journal
from toolkit.replay.selection import TOO_LATE, Selection
from toolkit.replay.steps import Ending, Known
from toolkit.tables import ndjson_line
from toolkit.tables.formulas import harmless

SUCCESS_COLUMNS = ("key", "id", "op", "effect", "message")
ERROR_COLUMNS = ("line", "key", "op", "status", "code", "message", "name", "handles")


@dataclass(slots=True)
class Tally:
    """How the operations ended: done by effect, refused by code, left by reason; and what there was to say (``notes``)
    of some that are done.
    """

    effects: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, state: str, ending: Ending) -> None:
        """Count one."""
        if state == "pending":
            self.left[ending.code] += 1
        elif ending.effect is None:
            self.refusals[ending.code] += 1
        else:
            self.effects[ending.effect.value] += 1
            self.notes.update([ending.code] if ending.code else [])


@dataclass(frozen=True, slots=True)
class Ended:
    """Where it stands how operations ended: the journal, what was learnt, and why some were left."""

    journal: Journal
    known: Known
    selection: Selection

    def of(self, each: Operation) -> Entry:
        """Say how one operation ended; to be asked in the file's order."""
        left = self.selection.left(each) if self.selection.is_due(each) else None
        entry = self.journal.entry(each)
        if entry and entry.state != "sent":
            return entry
        requests, left = entry.requests if entry else 0, left or TOO_LATE
        return Entry("pending", Ending(code=left.code, message=left.sentence), requests)


SCHEMAS = ("result", "operation", "", "")
"""Of the four files that are written, in their order."""


def write_results(place: Path, operations: Iterable[Operation], ended: Ended, outputs: Outputs) -> "Results":
    """Begin four files: ``place`` with ``.results.ndjson`` (one line an operation), ``.failures.ndjson`` (the refused
    operations, ready to be replayed again), ``.success.csv`` and ``.error.csv``.
    """
    with ExitStack() as stack:
        kinds = ("results.ndjson", "failures.ndjson", "success.csv", "error.csv")
        paths = [place.with_name(f"{place.name}.{kind}") for kind in kinds]
        results = Results(*(_Counted(path, stack.enter_context(outputs.open(path))) for path in paths))
        for each in operations:
            results.add(each, ended.of(each), ended.known)
    return results


@dataclass(slots=True)
class _Counted:
    """A file and how many rows were written to it; ``write`` takes text, for csv."""

    path: Path
    file: BinaryIO
    rows: int = 0

    def line(self, value: dict[str, Any]) -> None:
        self.rows += 1
        self.file.write(ndjson_line(value))

    def write(self, text: str) -> None:
        self.file.write(text.encode())


class Results:
    """The four files while they are written, and the tally."""

    def __init__(self, results: _Counted, failures: _Counted, success: _Counted, error: _Counted) -> None:
        self._results, self._failures, self._success, self._error = self._all = results, failures, success, error
        self._rows = {each.path: csv.writer(each, lineterminator="\n") for each in (success, error)}
        self._rows[success.path].writerow(SUCCESS_COLUMNS)
        self._rows[error.path].writerow(ERROR_COLUMNS)
        self.tally = Tally()

    @property
    def written(self) -> tuple[Written, ...]:
        """The files with their rows."""
        return tuple(Written(each.path, each.rows, schema) for each, schema in zip(self._all, SCHEMAS, strict=True))

    def add(self, each: Operation, entry: Entry, known: Known) -> None:
        """Write how one operation ended."""
        self.tally.add(entry.state, entry.ending)
        self._results.line(_result(each, entry))
        if entry.state == "refused":
            self._failures.line(_resolved(each.data, known))
            self._row(self._error, _error(each, entry.ending))
        elif entry.state == "done":
            ending = entry.ending
            self._row(self._success, (each.key, ending.id, each.op, ending.effect or "", ending.message))

    def _row(self, file: _Counted, cells: Iterable[str]) -> None:
        file.rows += 1
        self._rows[file.path].writerow([harmless(cell) for cell in cells])


def _error(each: Operation, ending: Ending) -> tuple[str, ...]:
    body = each.body
    handles = "; ".join(handle["handle"] for handle in (*body.get("handles", ()), body) if "handle" in handle)
    status = str(ending.status or "")
    return str(each.line), each.key, each.op, status, ending.code, ending.message, body.get("name", ""), handles


def _result(each: Operation, entry: Entry) -> dict[str, Any]:
    ending = entry.ending
    line = {"line": each.line, "key": each.key, "op": each.op, "state": entry.state, "requests": entry.requests}
    more = {
        "effect": ending.effect, "id": ending.id, "status": ending.status, "code": ending.code,
        "message": ending.message,
    }  # fmt: skip
    return line | {key: value for key, value in more.items() if value}


def _resolved(data: dict[str, Any], known: Known) -> dict[str, Any]:
    """Put ids in place of references, so that a failed operation can be replayed without those above it."""
    resolved = dict(data)
    for kind in ("contact", "account"):
        if isinstance(data.get(kind), dict) and "ref" in data[kind]:
            resolved[kind] = known.id_of(kind, data[kind]) or data[kind]
    if "contacts" in data:
        resolved["contacts"] = [known.id_of("contact", each) or each for each in data["contacts"]]
    return resolved
