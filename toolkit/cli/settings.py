"""``sf2front settings``: which values hold, and where each comes from."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from toolkit.cli.shared import FILE, shared_options
from toolkit.sync.settings import read_settings, tell_settings


@click.group("settings")
def command() -> None:
    """What the settings of sync say.

    \b
      sf2front settings show samples/sync.yaml --profile sandbox
    """


@command.command("show")
@click.argument("settings_file", metavar="SETTINGS", type=FILE)
@click.option("--profile", help="The profile of SETTINGS. Default: the only one.")
@shared_options
def show(settings_file: Path, profile: str | None) -> None:
    """Show every value that holds, and its origin: file and line, environment, default; of secrets only if set.

    \b
      sf2front settings show samples/sync.yaml --profile sandbox
    """
    read_settings(settings_file, profile)
    told = tell_settings(settings_file, profile)
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps([asdict(each) for each in told], ensure_ascii=False, sort_keys=True))
        return
    width = max(len(each.key) for each in told)
    for each in told:
        click.echo(f"{each.key:<{width}}  {each.value}   {each.origin}".rstrip())
