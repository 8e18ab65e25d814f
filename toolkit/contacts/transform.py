"""The transform stage: a report and a mapping into the files for Front. The room's only part that touches files.

Each row of the report ends as a contact, as a reject with its reason, or merged into the contact of another row;
the sum is checked.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from toolkit import schemas
from toolkit.contacts import rejects
from toolkit.contacts.import_file import import_files, import_rows, left_out
from toolkit.contacts.mapping import Mapping, check_columns, check_expressions
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.operations import BATCH, upserts
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.sorting import Sorted, sort_out
from toolkit.contacts.wanted import INDEX, row_keys
from toolkit.documents import Document, parse_yaml
from toolkit.errors import Problem, WrongSettings
from toolkit.files import Outputs, Written
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import CsvOptions, Table, ndjson_line, read_csv

REJECTS, MERGES, DROPPED = "rejects.csv", "merges.csv", "dropped.csv"
OPERATIONS, IMPORT = "operations.ndjson", "front-import-{:03}.csv"
_DETECT = CsvOptions()


class Target(StrEnum):
    """What transform writes for Front: files for its contact import, or operations for its API."""

    IMPORT = "import"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class TransformSettings:
    """The report, the mapping, the folder for the files, and what is known of the report's encoding."""

    source: Path
    mapping: Path
    output: Path
    target: Target
    csv: CsvOptions = _DETECT


@dataclass(frozen=True, slots=True)
class TransformResult:
    """What became of the rows, and the files that await the commit; ``rows == accepted + rejected + merged``.

    ``dropped_by_code`` counts bad values left out of rows that were kept, ``extensions`` phone extensions left out,
    ``left_out`` what the import file has no heading for. ``stale`` are files of an earlier run that this one does
    not write: to be removed after the commit.
    """

    rows: int
    accepted: int
    rejected: int
    merged: int
    rejected_by_code: dict[str, int]
    dropped_by_code: dict[str, int]
    extensions: int
    left_out: dict[str, int]
    written: tuple[Written, ...]
    stale: tuple[Path, ...]
    notes: tuple[Problem, ...]

    @property
    def rejected_by_fault(self) -> int:
        """Count the rejects that the mapping's ``where`` did not ask for: they make the exit code 3."""
        return self.rejected - self.rejected_by_code.get(RejectCode.EXCLUDED.value, 0)


@dataclass(frozen=True, slots=True)
class _Job:
    """What every step needs: ``cells`` are the report's columns as they stand, all text."""

    settings: TransformSettings
    mapping: Mapping
    table: Table
    cells: pl.DataFrame
    outputs: Outputs
    on_progress: Listener

    def write_csv(self, name: str, frame: pl.DataFrame) -> Written:
        path = self.settings.output / name
        with self.outputs.open(path) as file:
            frame.write_csv(file)
        return Written(path, len(frame))


def run(settings: TransformSettings, outputs: Outputs, on_progress: Listener = silent) -> TransformResult:
    """Transform one report. The files are begun in ``outputs``; the caller commits them.

    Raises InputRefused for a report that can't be read or lacks a column of the mapping, WrongSettings for a
    mapping that is wrong, CannotWrite.
    """
    document = _document(settings.mapping)
    mapping = read_mapping(document)
    table = read_csv(settings.source, settings.csv)
    cells = rejects.restore(table.frame)
    check_columns(mapping, document, cells.columns, table.name)
    check_expressions(mapping, document, cells)
    job = _Job(settings, mapping, table, cells, outputs, on_progress)
    rows = sort_out(cells, mapping, name_needed=settings.target is Target.IMPORT)
    if settings.target is Target.IMPORT:
        written = _write_import(job, rows)
    else:
        rows, written = _write_operations(job, rows)
    return _result(job, rows, (*written, *_write_for_people(job, rows)))


def _document(path: Path) -> Document:
    try:
        return parse_yaml(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        raise WrongSettings(f"there is no mapping {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"the mapping {path} can't be read: {error}", hint="save it as UTF-8") from None


def _write_import(job: _Job, rows: Sorted) -> list[Written]:
    files = import_files(import_rows(rows.contacts, job.mapping))
    return [job.write_csv(IMPORT.format(number), frame) for number, frame in enumerate(files, start=1)]


def _write_operations(job: _Job, rows: Sorted) -> tuple[Sorted, list[Written]]:
    """Write the operations that the schema lets pass; the contacts of the others are rejected."""
    path, total = job.settings.output / OPERATIONS, len(rows.contacts)
    wrong: list[tuple[int, str]] = []
    with job.outputs.open(path) as file:
        for number, (index, operation) in enumerate(upserts(rows.contacts, job.mapping), start=1):
            found = schemas.problems(operation, "operation")
            if found:
                wrong.append((index, "; ".join(str(each) for each in found)))
            else:
                file.write(ndjson_line(operation))
            if number % BATCH == 0 or number == total:
                job.on_progress(Progress("transform", number, total, unit="contacts"))
    frame = pl.DataFrame(wrong, schema={INDEX: pl.UInt32, "sentence": pl.String}, orient="row")
    faults = rejects.faults(frame[INDEX], RejectCode.SCHEMA, frame["sentence"])
    return rows.without(faults), [Written(path, total - len(wrong))]


def _write_for_people(job: _Job, rows: Sorted) -> list[Written]:
    rejected = rejects.reject_file(job.cells, rows.rejected(), job.table.first_row)
    written = [job.write_csv(REJECTS, rejected)]
    if len(rows.merges):
        written.append(job.write_csv(MERGES, rejects.protect(_merges(job, rows))))
    dropped = rows.dropped_from_contacts()
    if len(dropped):
        written.append(job.write_csv(DROPPED, rejects.protect(_dropped(job, dropped))))
    return written


def _dropped(job: _Job, dropped: pl.DataFrame) -> pl.DataFrame:
    """Give ``row, key, code, reason`` of each bad value that was left out of a row that was kept, all text."""
    dropped = dropped.sort(INDEX, maintain_order=True)
    keys = row_keys(job.cells, job.mapping.source)
    return pl.DataFrame(
        {
            "row": (dropped[INDEX].cast(pl.Int64) + job.table.first_row).cast(pl.String),
            "key": keys.gather(dropped[INDEX]),
            "code": dropped["code"],
            "reason": dropped["sentence"],
        }
    )


def _merges(job: _Job, rows: Sorted) -> pl.DataFrame:
    """Give ``kept_row, merged_row, kept_key, merged_key, source, handle``, all text."""
    keys = row_keys(job.cells, job.mapping.source)
    kept, merged = rows.merges["kept"], rows.merges["merged"]
    first = job.table.first_row
    return pl.DataFrame(
        {
            "kept_row": (kept.cast(pl.Int64) + first).cast(pl.String),
            "merged_row": (merged.cast(pl.Int64) + first).cast(pl.String),
            "kept_key": keys.gather(kept),
            "merged_key": keys.gather(merged),
            "source": rows.merges["source"],
            "handle": rows.merges["handle"],
        }
    )


def _result(job: _Job, rows: Sorted, written: tuple[Written, ...]) -> TransformResult:
    rejected = rows.rejected()
    count, accepted, merged = len(job.cells), len(rows.contacts), len(rows.merges)
    if count != accepted + len(rejected) + merged:
        raise AssertionError(f"{count} rows, but {accepted} accepted, {len(rejected)} rejected, {merged} merged")
    importing = job.settings.target is Target.IMPORT
    return TransformResult(
        rows=count,
        accepted=accepted,
        rejected=len(rejected),
        merged=merged,
        rejected_by_code=_counted(rejected),
        dropped_by_code=_counted(rows.dropped_from_contacts()),
        extensions=rows.extensions,
        left_out=left_out(rows.contacts, job.mapping) if importing else {},
        written=written,
        stale=_stale(job.settings, written),
        notes=job.table.notes,
    )


def _counted(faults: pl.DataFrame) -> dict[str, int]:
    return dict(sorted(Counter(faults["code"].to_list()).items()))


def _stale(settings: TransformSettings, written: tuple[Written, ...]) -> tuple[Path, ...]:
    """Name the files of an earlier run into the same folder that would tell of rows that are no more."""
    now = {each.path for each in written}
    patterns = [MERGES, DROPPED]
    patterns += ["front-import-[0-9][0-9][0-9].csv"] if settings.target is Target.IMPORT else []
    found = {path for pattern in patterns for path in settings.output.glob(pattern)}
    return tuple(sorted(found - now))
