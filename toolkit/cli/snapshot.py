"""``sf2front snapshot``: what Front has now."""

from pathlib import Path

import click

from toolkit.cli.shared import (
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
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.snapshot import SnapshotSettings, run
from toolkit.settings import front_settings


@click.command("snapshot")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("front.ndjson"), show_default=True, help="The file to write."
)
@click.option("--accounts", is_flag=True, help="Accounts with their contacts too: one more request for each account.")
@share_option
@reserve_option
@settings_option
@shared_options
def command(output: Path, accounts: bool, share: float | None, reserve: int | None, settings_file: Path | None) -> None:
    """Write what Front has now: custom fields, contact lists, teammates and contacts, one a line.

    A plan is made against a snapshot, a replay is verified with the next one, and two of them can be compared.

    \b
      sf2front snapshot --accounts -o before.ndjson
    """
    settings = front_settings(settings_file, share, reserve)
    with FrontClient(settings, tell=say) as client, Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("snapshot", source={"front": settings.url})
        result = run(SnapshotSettings(output, accounts), client, outputs, progress)
        commit(outputs, result.written, origin, result.counts | {"company": result.company.id})
    summary = Summary(f"snapshot: {result.company.name} ({result.company.id})")
    for kind, count in result.counts.items():
        summary.line(kind.replace("_", " "), count)
    summary.line("requests", result.requests).files(result.written).show()
