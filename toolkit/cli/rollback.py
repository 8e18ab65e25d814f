"""``sf2front rollback``: what a replay did, undone."""

import contextlib
from dataclasses import replace
from pathlib import Path

import click

from toolkit.cli.shared import (
    FILE,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    say,
    settings_option,
    share_option,
    shared_options,
)
from toolkit.errors import ExitCode
from toolkit.evidence import Input, taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.earlier import seen_in
from toolkit.rollback.stage import RollbackResult, RollbackSettings, run
from toolkit.rollback.work import OVERRULED, RollbackCode
from toolkit.settings import front_settings


@click.command("rollback")
@click.argument("checkpoint", type=FILE)
@click.option("--against", "now", type=FILE, help="A snapshot taken after the replay.")
@click.option("--live", is_flag=True, help="Ask Front itself for what the checkpoint names, in place of a snapshot.")
@click.option("--before", type=FILE, help="The snapshot taken before the replay: who was on which list and account.")
@click.option(
    "--even-if",
    type=click.Choice([code.value for code in OVERRULED]),
    multiple=True,
    help="Undo even what would be kept for this reason; may be given several times.",
)
@click.option("-o", "--output", type=NEW_FILE, default=Path("rollback.ndjson"), show_default=True, help="To write.")
@share_option
@settings_option
@shared_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    checkpoint: Path,
    now: Path | None,
    live: bool,
    before: Path | None,
    even_if: tuple[str, ...],
    output: Path,
    share: float | None,
    settings_file: Path | None,
) -> None:
    """Compile a replay's checkpoint into the operations that restore the state before it.

    What was changed by others since is kept, and listed in a file beside with a sentence each (exit code 3).
    A merge can't be undone. A contact that was deleted is created again, under a new id. --live sends a request for
    each contact concerned, within the rate limit's share; for many contacts a snapshot takes fewer (100 a request).

    \b
      sf2front snapshot --accounts -o after.ndjson
      sf2front rollback plan.checkpoint --against after.ndjson --before front.ndjson
      sf2front rollback plan.checkpoint --live --before front.ndjson
      sf2front replay rollback.ndjson
    """
    if live == (now is not None):
        raise click.UsageError("name a snapshot with --against, or ask Front with --live: one of the two")
    settings = RollbackSettings(checkpoint, now, output, before, frozenset(RollbackCode(each) for each in even_if))
    with contextlib.ExitStack() as stack:
        outputs, progress = stack.enter_context(Outputs()), stack.enter_context(ProgressDisplay())
        origin = Origin("rollback")
        snapshots = taken(*(each for each in (now, before) if each))
        client = stack.enter_context(FrontClient(front_settings(settings_file, share), tell=say)) if live else None
        result = run(settings, outputs, progress, client)
        inputs = (*taken(checkpoint), *_replayed(result), *snapshots)
        origin = replace(origin, inputs=inputs, source={"company": result.company} | (seen_in(now) if now else {}))
        commit(outputs, result.written, origin, {"operations": result.operations, "kept": result.kept})
    _show(settings, result, client.requests if client else 0)


def _replayed(result: RollbackResult) -> tuple[Input, ...]:
    """Give the operations file as the checkpoint is bound to it, where it still is: the way back goes on through it."""
    if result.file is None or not result.file.is_file():
        return ()
    return (Input(result.file, result.file.stat().st_size, result.replayed),)


def _show(settings: RollbackSettings, result: RollbackResult, asked: int) -> None:
    kept = sum(result.kept.values())
    summary = Summary(f"rollback: {settings.checkpoint.name} against {settings.now.name if settings.now else 'Front'}")
    if asked:
        summary.line("asked", asked, "requests to Front")
    summary.line("writes", result.writes).line("undone", result.undone).line("as before", result.unchanged)
    summary.line("kept", kept, result.kept).explain(result.kept)
    summary.line("requests", sum(result.operations.values()), result.operations)
    summary.files(result.written).show()
    if kept:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)
