"""``sf2front transform``: a CSV into what Front takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from toolkit import files
from toolkit.cli.shared import FILE, FOLDER, NEW_FILE, Origin, ProgressDisplay, Summary, commit, say, shared_options
from toolkit.contacts.rejects import by_fault
from toolkit.contacts.transform import Target, TransformResult, TransformSettings, run
from toolkit.errors import ExitCode, WrongSettings
from toolkit.evidence import FOLDER_DESCRIPTOR, stage_of, taken
from toolkit.files import Outputs
from toolkit.leaving import LeavingRules
from toolkit.tables import CsvOptions


@dataclass(frozen=True, slots=True)
class _Options:
    mapping: Path
    target: str
    output: Path
    fields: Path | None
    allow_new_fields: bool
    report: Path | None
    encoding: str | None
    delimiter: str | None
    leaving: Path | None
    profile: str | None


@click.command("transform")
@click.argument("source", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="The mapping (YAML); samples/mapping.yaml is a start.")
@click.option(
    "--to", "target", type=click.Choice([each.value for each in Target]), required=True, help="What to write."
)
@click.option("-o", "--output", type=FOLDER, required=True, help="The folder for what is written.")
@click.option("--fields", type=FILE, help="A snapshot of Front: hold everything against its custom fields.")
@click.option("--allow-new-fields", is_flag=True, help="Let pass custom fields that the snapshot lacks.")
@click.option("--report", type=NEW_FILE, help="Write a page for people too: counts, fill rates and plots (HTML).")
@click.option("--leaving", type=FILE, help="Settings of sync: whose policies gone and opted_out say who leaves.")
@click.option("--profile", help="The profile of --leaving. Default: the only one.")
@click.option("--encoding", help="The encoding of SOURCE, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of SOURCE, when it is not found out by itself.")
@shared_options
def command(source: Path, **options: Any) -> None:
    """Turn a CSV into Front's contact-import files, or into operations for its API, as a mapping says.

    import: front-import-001.csv and so on, with Front's exact headings and at most 3,000 rows each, and README.txt
    for who imports them. accounts-import: the same for the accounts that the rows name, each once.
    operations: operations.ndjson, one contact.upsert a line, to be planned and replayed; with --leaving also
    leavers.ndjson, the rows whose contacts are to leave.
    Beside them always rejects.csv: the rows that were not accepted, as they were, with the reason; mend them there
    and transform that file. Rejects make the exit code 3.

    \b
      sf2front transform samples/contacts.csv --mapping samples/mapping.yaml --to import -o out/
      sf2front transform contacts.csv --mapping m.yaml --to operations -o api/ --fields front.ndjson --report page.html
    """
    chosen = _Options(**options)
    result = _transform(source, chosen)
    _show(source, chosen, result)
    if result.rejected_by_fault:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _transform(source: Path, chosen: _Options) -> TransformResult:
    stage = f"transform to {chosen.target}"
    _check_folder(chosen.output, stage)
    inputs = [source, chosen.mapping, *([chosen.fields] if chosen.fields else [])]
    _check_report(chosen.report, inputs)
    settings = TransformSettings(
        source, chosen.mapping, chosen.output, Target(chosen.target), CsvOptions(chosen.encoding, chosen.delimiter),
        chosen.fields, chosen.allow_new_fields, chosen.report, _leaving(chosen),
    )  # fmt: skip
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin(stage, inputs=taken(*inputs))
        result = run(settings, outputs, progress)
        counts = {
            "rows": result.rows,
            "accepted": result.accepted,
            "rejected": result.rejected_by_code,
            "merged": result.merged,
        }
        written = (*result.written, *([result.page] if result.page else []))
        commit(outputs, written, origin, counts, descriptor=chosen.output / FOLDER_DESCRIPTOR)
        files.remove(result.stale)
    return result


def _leaving(chosen: _Options) -> LeavingRules | None:
    """Read who leaves."""
    if chosen.leaving is None:
        return None
    if chosen.target != Target.OPERATIONS:
        raise click.UsageError("--leaving goes with --to operations: an import can't take anything away")
    from toolkit.sync.settings import read_settings  # noqa: PLC0415 - loads what only this needs

    return read_settings(chosen.leaving, chosen.profile).leaving


def _check_folder(folder: Path, stage: str) -> None:
    """Refuse a folder that holds another target's files: its rejects would be overwritten by ours."""
    earlier = stage_of(folder / FOLDER_DESCRIPTOR)
    if earlier not in ("", stage):
        raise WrongSettings(
            f"{folder} holds the files of an earlier {earlier}, whose rejects would be overwritten",
            hint="name a folder of its own for each with -o",
        )


def _check_report(report: Path | None, inputs: list[Path]) -> None:
    """Refuse to write the page over what it is made from, or under a name that a file of the stage has."""
    if report and report.suffix.lower() not in (".html", ".htm"):
        raise WrongSettings(f"--report writes an HTML page, and {report} is not called so", hint="call it report.html")
    if report and report.resolve() in {each.resolve() for each in inputs}:
        hint = "name another file with --report; nothing was changed"
        raise WrongSettings(f"{report} is an input of this transform and would be written over", hint=hint)


def _show(source: Path, chosen: _Options, result: TransformResult) -> None:
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary(f"transform: {source.name} to {chosen.target}")
    summary.line("rows in", result.rows).line("accepted", result.accepted)
    summary.line("rejected", result.rejected, result.rejected_by_code)
    into = "account" if chosen.target == Target.ACCOUNTS else "contact"
    summary.line("merged", result.merged, f"rows into the {into} of another row" if result.merged else "")
    dropped = sum(result.dropped_by_code.values())
    if dropped:
        summary.line("values dropped", dropped, result.dropped_by_code)
    summary.explain(by_fault(result.rejected_by_code)).explain(result.dropped_by_code)
    if result.extensions:
        summary.line("extensions dropped", result.extensions, "of phone numbers: Front's handles have none")
    if result.leavers:
        summary.line("leavers", sum(result.leavers.values()), result.leavers)
    if result.left_out:
        summary.line("no place for", sum(result.left_out.values()), result.left_out)
    summary.files((*result.written, *([result.page] if result.page else []))).show()
