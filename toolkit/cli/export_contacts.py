"""``sf2front export contacts``: what changed since the last export."""

from pathlib import Path
from typing import Any

import click

from toolkit.cli.export_query import SHARE_HELP, show_usage, signed_in
from toolkit.cli.shared import (
    NEW_FILE,
    SHARE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    say,
    settings_option,
    shared_options,
)
from toolkit.evidence import descriptor_beside
from toolkit.files import Outputs
from toolkit.salesforce.incremental import FIELDS, ContactsSettings, move_forward, read_moment, run


@click.command("contacts")
@click.option("--since", metavar="MOMENT", help="From this moment on, such as 2026-11-23T14:00:00Z.")
@click.option("--state", type=NEW_FILE, help="Since the last export with this file, which remembers it.")
@click.option("--fields", metavar="A,B,…", help="The fields, in place of the usual ones.")
@click.option("--soql-where", "where", metavar="SOQL", default="", help="Only contacts of which this is true.")
@click.option("-o", "--output", type=NEW_FILE, required=True, help="The CSV to write.")
@click.option("--max-api-share", type=SHARE, help=SHARE_HELP)
@settings_option
@shared_options
def contacts(since: str | None, state: Path | None, output: Path, settings_file: Path | None, **which: Any) -> None:
    """Write the contacts that were changed or deleted since the last export to a CSV, each once.

    With --state the first export brings every contact, each later one what has changed since; the file moves on
    only when the output is complete. The window begins ten minutes before the last one ended, so that nothing is
    lost: a contact may come again. IsDeleted tells deleted contacts apart.

    \b
      sf2front export contacts --state contacts.state -o changed.csv
      sf2front export contacts --since 2026-11-01 --soql-where "Account.Industry = 'Energy'" -o changed.csv
    """
    if (since is None) == (state is None):
        raise click.UsageError("say since when: --since with a moment, or --state with a file that remembers it")
    if state and state.resolve() in (output.resolve(), descriptor_beside(output).resolve()):
        raise click.UsageError("--state and --output are one file: the state would be written over the contacts")
    fields = tuple(each.strip() for each in which["fields"].split(",")) if which["fields"] else FIELDS
    asked = ContactsSettings(output, read_moment(since) if since else None, state, fields, which["where"])
    with (
        signed_in(settings_file, which["max_api_share"]) as client,
        Outputs() as outputs,
        ProgressDisplay() as progress,
    ):
        result = run(asked, client, outputs, progress)
        source = {"salesforce": client.url, "since": result.since, "until": result.until, "where": asked.where}
        counts = {"rows": result.rows, "deleted": result.deleted, "repeated": result.repeated}
        commit(outputs, result.written, Origin("export", source=source), counts)
        move_forward(asked, result)
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary("export: contacts").line("rows", result.rows).line("deleted", result.deleted)
    summary.line("since", result.since or "the beginning").line("until", result.until)
    show_usage(summary, client).files(result.written).show()
