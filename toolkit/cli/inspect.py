"""``sf2front inspect``: what is this CSV, and what would a mapping say of it?"""

import json
from pathlib import Path

import click

from toolkit.cli.shared import FILE, shared_options
from toolkit.inspect.show import as_data, as_text
from toolkit.inspect.stage import InspectSettings, run
from toolkit.tables import CsvOptions


@click.command("inspect")
@click.argument("file", type=FILE)
@click.option("--encoding", help="The encoding of FILE, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of FILE, when it is not found out by itself.")
@shared_options
def command(file: Path, encoding: str | None, delimiter: str | None) -> None:
    """Tell what a CSV is: encoding, delimiter, what was cut, and what each column likely holds.

    FILE is read as every other command reads it, and what can't be read is refused with the same message. For each
    column: how many cells are filled, how many values differ, what they likely are, in which style dates and numbers
    are written, and what a mapping would say. Nothing is changed or written.

    \b
      sf2front inspect samples/contacts-excel.csv
    """
    result = run(InspectSettings(file, CsvOptions(encoding, delimiter)))
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps(as_data(result), ensure_ascii=False, sort_keys=True))
    else:
        click.echo(as_text(result))
