"""``sf2front transform``: a CSV into what Front takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from toolkit import files
from toolkit.cli.shared import FILE, FOLDER, Origin, ProgressDisplay, Summary, commit, say, shared_options
from toolkit.contacts.transform import Target, TransformResult, TransformSettings, run
from toolkit.errors import ExitCode, WrongSettings
from toolkit.evidence import FOLDER_DESCRIPTOR, stage_of, taken
from toolkit.files import Outputs
from toolkit.tables import CsvOptions


@dataclass(frozen=True, slots=True)
class _Options:
    mapping: Path
    target: str
    output: Path
    encoding: str | None
    delimiter: str | None


@click.command("transform")
@click.argument("source", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="The mapping (YAML); samples/mapping.yaml is a start.")
@click.option(
    "--to", "target", type=click.Choice([each.value for each in Target]), required=True, help="What to write."
)
@click.option("-o", "--output", type=FOLDER, required=True, help="The folder for what is written.")
@click.option("--encoding", help="The encoding of SOURCE, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of SOURCE, when it is not found out by itself.")
@shared_options
def command(source: Path, **options: Any) -> None:
    """Turn a CSV into Front's contact-import files, or into operations for its API, as a mapping says.

    import: front-import-001.csv and so on, with Front's exact headings and at most 3,000 rows each.
    operations: operations.ndjson, one contact.upsert a line, to be planned and replayed.
    Beside them always rejects.csv: the rows that were not accepted, as they were, with the reason; mend them there
    and transform that file. Rejects make the exit code 3.

    \b
      sf2front transform samples/contacts.csv --mapping samples/mapping.yaml --to import -o out/
    """
    chosen = _Options(**options)
    result = _transform(source, chosen)
    _show(source, chosen, result)
    if result.rejected_by_fault:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _transform(source: Path, chosen: _Options) -> TransformResult:
    stage = f"transform to {chosen.target}"
    _check_folder(chosen.output, stage)
    settings = TransformSettings(
        source, chosen.mapping, chosen.output, Target(chosen.target), CsvOptions(chosen.encoding, chosen.delimiter)
    )
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin(stage, inputs=taken(source, chosen.mapping))
        result = run(settings, outputs, progress)
        counts = {
            "rows": result.rows,
            "accepted": result.accepted,
            "rejected": result.rejected_by_code,
            "merged": result.merged,
        }
        commit(outputs, result.written, origin, counts, descriptor=chosen.output / FOLDER_DESCRIPTOR)
        files.remove(result.stale)
    return result


def _check_folder(folder: Path, stage: str) -> None:
    """Refuse a folder that holds another target's files: its rejects would be overwritten by ours."""
    earlier = stage_of(folder / FOLDER_DESCRIPTOR)
    if earlier not in ("", stage):
        raise WrongSettings(
            f"{folder} holds the files of an earlier {earlier}, whose rejects would be overwritten",
            hint="name a folder of its own for each with -o",
        )


def _show(source: Path, chosen: _Options, result: TransformResult) -> None:
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary(f"transform: {source.name} to {chosen.target}")
    summary.line("rows in", result.rows).line("accepted", result.accepted)
    summary.line("rejected", result.rejected, result.rejected_by_code)
    summary.line("merged", result.merged, "rows into the contact of another row" if result.merged else "")
    dropped = sum(result.dropped_by_code.values())
    if dropped:
        summary.line("values dropped", dropped, result.dropped_by_code)
    if result.extensions:
        summary.line("extensions dropped", result.extensions, "of phone numbers: Front's handles have none")
    if result.left_out:
        summary.line("no heading for", sum(result.left_out.values()), result.left_out)
    summary.files(result.written).show()
