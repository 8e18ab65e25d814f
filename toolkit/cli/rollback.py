"""``sf2front rollback``: what a replay did, undone."""

from dataclasses import replace
from pathlib import Path

import click

from toolkit.cli.shared import FILE, NEW_FILE, Origin, Summary, commit, shared_options
from toolkit.errors import ExitCode
from toolkit.evidence import Input, taken
from toolkit.files import Outputs
from toolkit.replay.record import Record
from toolkit.rollback.stage import RollbackResult, RollbackSettings, run
from toolkit.rollback.work import OVERRULED, RollbackCode


@click.command("rollback")
@click.argument("checkpoint", type=FILE)
@click.option("--against", "now", type=FILE, required=True, help="A snapshot taken after the replay.")
@click.option("--before", type=FILE, help="The snapshot taken before the replay: who was on which list and account.")
@click.option(
    "--even-if",
    type=click.Choice([code.value for code in OVERRULED]),
    multiple=True,
    help="Undo even what would be kept for this reason; may be given several times.",
)
@click.option("-o", "--output", type=NEW_FILE, default=Path("rollback.ndjson"), show_default=True, help="To write.")
@shared_options
def command(checkpoint: Path, now: Path, before: Path | None, even_if: tuple[str, ...], output: Path) -> None:
    """Compile a replay's checkpoint into the operations that restore the state before it.

    What was changed by others since is kept, and listed in a file beside with a sentence each (exit code 3).
    A merge can't be undone. A contact that was deleted is created again, under a new id.

    \b
      sf2front snapshot --accounts -o after.ndjson
      sf2front rollback plan.checkpoint --against after.ndjson --before front.ndjson
      sf2front replay rollback.ndjson
    """
    settings = RollbackSettings(checkpoint, now, output, before, frozenset(RollbackCode(each) for each in even_if))
    with Outputs() as outputs:
        origin = Origin("rollback")
        snapshots = taken(*(each for each in (now, before) if each))
        result = run(settings, outputs)
        inputs = (*taken(checkpoint), *_replayed(result.record), *snapshots)
        origin = replace(origin, inputs=inputs, source={"company": result.record.company})
        commit(outputs, result.written, origin, {"operations": result.operations, "kept": result.kept})
    _show(settings, result)


def _replayed(record: Record) -> tuple[Input, ...]:
    """Give the operations file as the checkpoint is bound to it, where it still is: the way back goes on through it."""
    if record.file is None or not record.file.is_file():
        return ()
    return (Input(record.file, record.file.stat().st_size, record.operations),)


def _show(settings: RollbackSettings, result: RollbackResult) -> None:
    kept = sum(result.kept.values())
    summary = Summary(f"rollback: {settings.checkpoint.name} against {settings.now.name}")
    summary.line("writes", result.writes).line("undone", result.undone).line("as before", result.unchanged)
    summary.line("kept", kept, result.kept)
    summary.line("requests", sum(result.operations.values()), result.operations)
    summary.files(result.written).show()
    if kept:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)
