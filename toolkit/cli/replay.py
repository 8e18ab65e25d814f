"""``sf2front replay``: into Front."""

from dataclasses import dataclass
from pathlib import Path

import click

from toolkit.cli.shared import (
    FILE,
    FOLDER,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    duration,
    reserve_option,
    say,
    settings_option,
    share_option,
    shared_options,
)
from toolkit.errors import ExitCode
from toolkit.evidence import source_of, taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.replay.engine import ReplayResult, ReplaySettings, run
from toolkit.replay.rehearsal import rehearse
from toolkit.replay.steps import OnExisting
from toolkit.settings import front_settings, front_share


@dataclass(frozen=True, slots=True)
class _Connection:
    settings_file: Path | None
    share: float | None
    reserve: int | None


@click.command("replay")
@click.argument("operations", type=FILE)
@click.option("--checkpoint", type=NEW_FILE, help="What remembers how far it got. Default: OPERATIONS.checkpoint.")
@click.option("-o", "--output", type=FOLDER, help="Folder for results and failures. Default: that of OPERATIONS.")
@click.option("--dry-run", is_flag=True, help="Check the file and say what would be sent; no request leaves.")
@click.option(
    "--on-existing",
    type=click.Choice([each.value for each in OnExisting]),
    default=OnExisting.UPDATE.value,
    show_default=True,
    help="When a contact to be created is there already.",
)
@share_option
@reserve_option
@settings_option
@shared_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    operations: Path,
    checkpoint: Path | None,
    output: Path | None,
    dry_run: bool,
    on_existing: str,
    share: float | None,
    reserve: int | None,
    settings_file: Path | None,
) -> None:
    """Send operations to Front, in order, each remembered in a checkpoint before it leaves.

    However it stops (Ctrl-C, a kill, a lost connection, a full disk), the same command goes on exactly where it
    was: what was sent without an answer is asked for, never sent twice. OPERATIONS is a plan, or the upserts of
    transform, or the failures of an earlier replay.

    \b
      sf2front replay plan.ndjson --dry-run
      sf2front replay plan.ndjson
    """
    checkpoint = checkpoint or operations.with_name(f"{operations.stem}.checkpoint")
    planned_for = source_of(operations).get("company", "")
    output = output or operations.parent
    settings = ReplaySettings(operations, checkpoint, output, OnExisting(on_existing), planned_for)
    if dry_run:
        _dry_run(settings, share or front_share(settings_file))
        return
    result = _replay(settings, _Connection(settings_file, share, reserve))
    if result.refused:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _dry_run(settings: ReplaySettings, share: float) -> None:
    rehearsal = rehearse(settings, share)
    summary = Summary(f"dry run: {settings.operations.name}; nothing was sent")
    summary.line("operations", rehearsal.total, rehearsal.operations).line("already done", rehearsal.ended)
    for limit, minutes in rehearsal.minutes.items():
        summary.line(f"at {limit} a minute", duration(minutes), f"or more, with a share of {share:g}")
    summary.show()


def _replay(settings: ReplaySettings, connection: _Connection) -> ReplayResult:
    front = front_settings(connection.settings_file, connection.share, connection.reserve)
    with FrontClient(front, tell=say) as client, Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("replay", taken(settings.operations), {"front": front.url})
        result = run(settings, client, outputs, progress)
        counts = {"effects": result.effects, "refusals": result.refusals, "company": result.company.id}
        commit(outputs, result.written, origin, counts)
    summary = Summary(f"replay: {settings.operations.name} to {result.company.name} ({result.company.id})")
    summary.line("operations", result.total)
    summary.line("sent now", result.sent).line("done before", result.resumed)
    summary.line("done", result.total - result.refused, result.effects)
    summary.line("refused", result.refused, result.refusals).line("requests", result.requests)
    summary.files(result.written).line("checkpoint", settings.checkpoint).show()
    return result
