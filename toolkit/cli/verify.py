"""``sf2front verify``: is Front what was asked?"""

from pathlib import Path

import click

from toolkit.cli.shared import FILE, NEW_FILE, Origin, ProgressDisplay, Summary, commit, shared_options
from toolkit.errors import ExitCode
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.plan.verify import VerifySettings, run


@click.command("verify")
@click.argument("operations", type=FILE)
@click.option("--against", "snapshot", type=FILE, required=True, help="A snapshot taken after the replay.")
@click.option("-o", "--output", type=NEW_FILE, help="The differences. Default: OPERATIONS.differences.ndjson.")
@shared_options
def command(operations: Path, snapshot: Path, output: Path | None) -> None:
    """Hold operations against a snapshot taken since: is everything there that was asked for?

    Takes a plan or the upserts it was made from. Differences make the exit code 3.

    \b
      sf2front snapshot --accounts -o after.ndjson
      sf2front verify plan.ndjson --against after.ndjson
    """
    output = output or operations.with_name(f"{operations.stem}.differences.ndjson")
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("verify", inputs=taken(operations, snapshot))
        result = run(VerifySettings(operations, snapshot, output), outputs, progress)
        counts = {"operations": result.operations, "verified": result.verified, "different": result.different}
        commit(outputs, result.written, origin, counts)
    summary = Summary(f"verify: {operations.name} against {snapshot.name}")
    summary.line("operations", result.operations).line("verified", result.verified)
    summary.line("different", result.different).files(result.written).show()
    if result.different:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)
