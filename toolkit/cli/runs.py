"""``sf2front runs``: what past runs of sync did."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from toolkit.cli.shared import FOLDER, say, shared_options
from toolkit.sync.record import Summary, read_summaries


@click.command("runs")
@click.argument("folder", type=FOLDER, default=Path("runs"))
@shared_options
def command(folder: Path) -> None:
    """List the runs in a runs folder, oldest first: state, rows, operations, time taken, and why one was held.

    \b
      sf2front runs
      sf2front runs runs --json
    """
    found = read_summaries(folder)
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, sort_keys=True))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        say(f"there are no runs in {folder}")


def _line(each: Summary) -> str:
    rows = each.stages.get("export", {}).get("rows", "-")
    operations = each.stages.get("plan", {}).get("operations")
    planned = "-" if operations is None else sum(operations.values())
    seconds = "-" if each.seconds is None else f"{each.seconds:.0f} s"
    line = f"{each.run}  {each.profile}  {each.state:<9}  {rows} rows  {planned} operations  {seconds}  {each.reason}"
    return line.rstrip()
