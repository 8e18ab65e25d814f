"""``sf2front plan``: what would be sent, before anything is."""

from dataclasses import replace
from pathlib import Path

import click

from toolkit.cli.shared import FILE, NEW_FILE, Origin, ProgressDisplay, Summary, commit, duration, shared_options
from toolkit.errors import ExitCode
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.plan.stage import PlanSettings, run


@click.command("plan")
@click.argument("operations", type=FILE)
@click.option("--against", "snapshot", type=FILE, required=True, help="The snapshot to hold the operations against.")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("plan.ndjson"), show_default=True, help="The plan to write."
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="The part of the rate limit for which the time is reckoned.",
)
@shared_options
def command(operations: Path, snapshot: Path, output: Path, share: float) -> None:
    """Compile upserts and a snapshot into the fewest exact requests, each with the value before.

    Contacts that are already as asked cost nothing. Upserts that can't be planned (their handles belong to
    several contacts) are listed in a file beside the plan, with a proposal; they make the exit code 3.

    \b
      sf2front plan out/operations.ndjson --against front.ndjson -o plan.ndjson
    """
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("plan", taken(operations, snapshot))
        result = run(PlanSettings(operations, snapshot, output, share), outputs, progress)
        origin = replace(origin, source={"company": result.company})
        commit(outputs, result.written, origin, {"operations": result.operations, "unchanged": result.unchanged})
    conflicts = sum(result.conflicts.values())
    summary = Summary(f"plan: {operations.name} against {snapshot.name}")
    summary.line("upserts", result.upserts).line("unchanged", result.unchanged)
    summary.line("conflicts", conflicts, result.conflicts).line("requests", result.requests, result.operations)
    for limit, minutes in result.minutes.items():
        summary.line(f"at {limit} a minute", duration(minutes), f"with a share of {share:g}")
    summary.files(result.written).show()
    if conflicts:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)
