"""``sf2front verify``: is Front what was asked?"""

import contextlib
from pathlib import Path

import click

from toolkit.cli.shared import (
    FILE,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    reserve_option,
    say,
    settings_option,
    share_option,
    shared_options,
)
from toolkit.errors import ExitCode
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.plan.verify import VerifySettings, run
from toolkit.settings import front_settings


@click.command("verify")
@click.argument("operations", type=FILE)
@click.option("--against", "snapshot", type=FILE, help="A snapshot taken after the replay.")
@click.option("--live", is_flag=True, help="Ask Front itself for the contacts concerned, in place of a snapshot.")
@click.option("--results", type=FILE, help="Of a replay that left operations: look at the others alone.")
@click.option("-o", "--output", type=NEW_FILE, help="The differences. Default: OPERATIONS.differences.ndjson.")
@share_option
@reserve_option
@settings_option
@shared_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    operations: Path,
    snapshot: Path | None,
    live: bool,
    results: Path | None,
    output: Path | None,
    share: float | None,
    reserve: int | None,
    settings_file: Path | None,
) -> None:
    """Hold operations against a snapshot taken since, or Front itself: is everything there that was asked for?

    Takes a plan or the upserts it was made from. Differences make the exit code 3. --live sends a request for each
    contact concerned, within the rate limit's share; for many contacts a snapshot takes fewer (100 a request).

    \b
      sf2front snapshot --accounts -o after.ndjson
      sf2front verify plan.ndjson --against after.ndjson
      sf2front verify plan.ndjson --live
    """
    if live == (snapshot is not None):
        raise click.UsageError("name a snapshot with --against, or ask Front with --live: one of the two")
    output = output or operations.with_name(f"{operations.stem}.differences.ndjson")
    with contextlib.ExitStack() as stack:
        outputs, progress = stack.enter_context(Outputs()), stack.enter_context(ProgressDisplay())
        origin = Origin("verify", inputs=taken(operations, *(each for each in (snapshot, results) if each)))
        client = None if snapshot else stack.enter_context(_client(settings_file, share, reserve))
        result = run(VerifySettings(operations, snapshot, output, results), outputs, progress, client)
        counts = {"operations": result.operations, "verified": result.verified, "different": result.different}
        commit(outputs, result.written, origin, counts)
    summary = Summary(f"verify: {operations.name} against {snapshot.name if snapshot else 'Front'}")
    summary.line("operations", result.operations).line("verified", result.verified)
    summary.line("different", result.different).explain({str(int(ExitCode.SOME_REJECTED)): result.different})
    if client:
        summary.line("requests", client.requests)
    summary.files(result.written).show()
    if result.different:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _client(settings_file: Path | None, share: float | None, reserve: int | None) -> FrontClient:
    return FrontClient(front_settings(settings_file, share, reserve), tell=say)
