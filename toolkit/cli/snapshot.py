"""``sf2front snapshot``: what Front has now."""

from pathlib import Path
from typing import Any

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
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.reading import Scope
from toolkit.front.snapshot import SnapshotSettings, run
from toolkit.settings import front_settings


@click.command("snapshot")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("front.ndjson"), show_default=True, help="The file to write."
)
@click.option("--accounts", is_flag=True, help="Accounts with their contacts too: one more request for each account.")
@click.option("--team", metavar="tim_…", help="The contacts of this workspace in place of the company's shared ones.")
@click.option("--teammate", metavar="tea_…", help="The private contacts of this teammate.")
@click.option("--since", type=FILE, metavar="EARLIER", help="Ask only for what changed since this snapshot.")
@click.option("--restart", is_flag=True, help="Begin again, whatever an unfinished run has left.")
@share_option
@settings_option
@shared_options
def command(output: Path, settings_file: Path | None, share: float | None, **how: Any) -> None:
    """Write what Front has now: custom fields, contact lists, teammates and contacts, one a line.

    A plan is made against a snapshot, a replay is verified with the next one, and two of them can be compared.

    \b
      sf2front snapshot --accounts -o before.ndjson
    """
    asked = SnapshotSettings(
        output, how["accounts"], Scope(how["team"] or how["teammate"] or ""), how["since"], restart=how["restart"]
    )
    settings = front_settings(settings_file, share)
    with FrontClient(settings, tell=say) as client, Outputs() as outputs, ProgressDisplay() as progress:
        inputs = taken(asked.since) if asked.since else ()
        result = run(asked, client, outputs, progress)
        commit(outputs, result.written, Origin("snapshot", inputs, {"front": settings.url}), result.told)
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary(f"snapshot: {result.company.name} ({result.company.id})")
    for kind, count in result.counts.items():
        summary.line(kind.replace("_", " "), count)
    summary.line("requests", result.requests).files(result.written).show()
