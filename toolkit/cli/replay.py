"""``sf2front replay``: into Front."""

from dataclasses import dataclass
from pathlib import Path

import click

from toolkit.cli.shared import (
    DURATION,
    FILE,
    FOLDER,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    budget_words,
    commit,
    duration,
    reserve_option,
    resume_command,
    say,
    settings_option,
    share_option,
    shared_options,
)
from toolkit.errors import ExitCode
from toolkit.evidence import source_of, taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.operation import Op
from toolkit.replay.engine import CONCURRENCY, ReplayResult, ReplaySettings, run
from toolkit.replay.lookout import Seen
from toolkit.replay.payloads import KINDS, Payloads
from toolkit.replay.rehearsal import rehearse
from toolkit.replay.selection import Choice
from toolkit.replay.steps import OnConflict, OnExisting
from toolkit.settings import front_budget, front_settings


@dataclass(frozen=True, slots=True)
class _Connection:
    settings_file: Path | None
    share: float | None
    reserve: int | None


_ONLY = "Only operations of this kind (may be repeated); what needs one that is left out is left too."

_FOR = "Begin no further operation after so long: 45s, 90m, 6h. The same command goes on with the rest."
_FRESH = (
    "Read each contact or account before it is updated, and change only what the plan changes of it. "
    "On by default with --as contact.update. Without either: only contacts that changed since the plan's snapshot, "
    "looked for every 15 minutes."
)
_AS = "OPERATIONS holds bare payloads, one contact body a line: what to do with each."


@click.command("replay")
@click.argument("operations", type=FILE)
@click.option("--checkpoint", type=NEW_FILE, help="What remembers how far it got. Default: OPERATIONS.checkpoint.")
@click.option("-o", "--output", type=FOLDER, help="Folder for results and failures. Default: that of OPERATIONS.")
@click.option("--limit", type=click.IntRange(1), help="Only the first N operations that are not done.")
@click.option("--only", multiple=True, metavar="OP", type=click.Choice([each.value for each in Op]), help=_ONLY)
@click.option("--for", "run_for", type=DURATION, help=_FOR)
@click.option("--retry-failed", is_flag=True, help="Try those once more that were refused before.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=CONCURRENCY,
    show_default=True,
    help="Requests under way at once.",
)
@click.option("--dry-run", is_flag=True, help="Check the file and say what would be sent; no request leaves.")
@click.option(
    "--on-existing",
    type=click.Choice([each.value for each in OnExisting]),
    default=OnExisting.UPDATE.value,
    show_default=True,
    help="When a contact to be created is there already.",
)
@click.option("--fresh/--no-fresh", default=None, help=_FRESH)
@click.option(
    "--on-conflict",
    type=click.Choice([each.value for each in OnConflict]),
    help="When what an update changes was changed in Front too since the plan was made. Default: refuse.",
)
@click.option("--as", "kind", type=click.Choice([each.value for each in KINDS]), help=_AS)
@click.option("--key", default="", help="With --as: the field that names a payload in results. Default: its hash.")
@share_option
@reserve_option
@settings_option
@shared_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    operations: Path,
    checkpoint: Path | None,
    output: Path | None,
    limit: int | None,
    run_for: float | None,
    only: tuple[str, ...],
    retry_failed: bool,
    concurrency: int,
    dry_run: bool,
    on_existing: str,
    fresh: bool | None,
    on_conflict: str | None,
    kind: str | None,
    key: str,
    share: float | None,
    reserve: int | None,
    settings_file: Path | None,
) -> None:
    """Send operations to Front, each remembered in a checkpoint before it leaves; in order for each contact.

    However it stops (Ctrl-C, a kill, a lost connection, a full disk), the same command goes on exactly where it
    was: what was sent without an answer is asked for, never sent twice. OPERATIONS is a plan, or the upserts of
    transform, or the failures of an earlier replay.

    \b
      sf2front replay plan.ndjson --dry-run
      sf2front replay plan.ndjson
      sf2front replay bodies.ndjson --as contact.upsert
    """
    checkpoint = checkpoint or operations.with_name(f"{operations.stem}.checkpoint")
    source = source_of(operations)
    seen = Seen.told(source) if fresh is None and kind is None else None
    output = output or operations.parent
    if key and not kind:
        raise click.UsageError("--key goes with --as")
    choice = Choice(limit, frozenset(only), retry_failed)
    fresh = kind == Op.CONTACT_UPDATE if fresh is None else fresh
    if on_conflict and not (fresh or seen):
        raise click.UsageError("--on-conflict goes with --fresh: without it nothing is read, and every update is sent")
    payloads = Payloads(Op(kind), key) if kind else None
    settings = ReplaySettings(
        operations, checkpoint, output, OnExisting(on_existing), source.get("company", ""), choice, concurrency,
        payloads, fresh, OnConflict(on_conflict or OnConflict.REFUSE), run_for=run_for, seen=seen,
    )  # fmt: skip
    if dry_run:
        _dry_run(settings, *front_budget(settings_file, share, reserve))
        return
    result = _replay(settings, _Connection(settings_file, share, reserve))
    if result.refused:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _dry_run(settings: ReplaySettings, share: float, reserve: int) -> None:
    rehearsal = rehearse(settings, share, reserve)
    summary = Summary(f"dry run: {settings.operations.name}; nothing was sent")
    summary.line("operations", rehearsal.total)
    _before(summary, rehearsal.done, rehearsal.refused)
    summary.line("to send", sum(rehearsal.operations.values()), rehearsal.operations)
    if rehearsal.left:
        summary.line("left", sum(rehearsal.left.values()), rehearsal.left)
    for limit, minutes in rehearsal.minutes.items():
        summary.line(f"at {limit} a minute", duration(minutes), f"or more, with {budget_words(share, reserve)}")
    summary.show()


def _before(summary: Summary, done: int, refused: int) -> None:
    """Say how many operations earlier runs ended; ``refused`` are those that are not sent again now."""
    summary.line("done before", done)
    if refused:
        summary.line("refused before", refused, "--retry-failed sends them again")


def _replay(settings: ReplaySettings, connection: _Connection) -> ReplayResult:
    front = front_settings(connection.settings_file, connection.share, connection.reserve)
    with FrontClient(front, tell=say) as client, Outputs() as outputs, ProgressDisplay() as progress:
        seen = settings.seen.source if settings.seen else {}
        origin = Origin("replay", taken(settings.operations), {"front": front.url} | seen)
        result = run(settings, client, outputs, progress)
        commit(outputs, result.written, origin, result.told)
    summary = Summary(f"replay: {settings.operations.name} to {result.company.name} ({result.company.id})")
    summary.line("operations", result.total)
    summary.line("sent now", result.sent)
    _before(summary, result.resumed, result.refused_before)
    summary.line("done", sum(result.effects.values()), result.effects)
    summary.line("refused", result.refused, result.refusals).explain(result.refusals)
    if result.left:
        summary.line("left", sum(result.left.values()), result.left)
    if result.notes:
        summary.line("of note", sum(result.notes.values()), result.notes)
    summary.line("requests", result.requests)
    summary.files(result.written).line("checkpoint", settings.checkpoint).show()
    if result.left:
        say(f"to go on: {resume_command()}")
    return result
