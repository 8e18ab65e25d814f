"""``sf2front export query``: the result of a SOQL query."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from toolkit.cli.shared import (
    FILE,
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
from toolkit.errors import Stopped
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.query import QuerySettings, Via, run
from toolkit.settings import load, read_text

SHARE_HELP = "Stop before more than this part of the org's daily API requests is used, by whomever.  [default: 0.8]"


@click.command("query")
@click.argument("soql", required=False)
@click.option("--file", "soql_file", type=FILE, help="Read the query from this file.")
@click.option("-o", "--output", type=NEW_FILE, required=True, help="The CSV to write.")
@click.option("--resume", is_flag=True, help="Go on with an export that was stopped or killed.")
@click.option("--all-rows", is_flag=True, help="Deleted and archived records too; IsDeleted tells which.")
@click.option(
    "--via",
    type=click.Choice([each.value for each in Via]),
    default=Via.AUTO.value,
    show_default=True,
    help="The API that runs the query; auto takes REST for small results and for what Bulk API 2.0 refuses.",
)
@click.option("--max-api-share", type=SHARE, help=SHARE_HELP)
@settings_option
@shared_options
def query(
    soql: str | None,
    soql_file: Path | None,
    output: Path,
    settings_file: Path | None,
    **how: Any,
) -> None:
    """Write every record that a SOQL query finds to a CSV, or fail: never a short file.

    Large results come by Bulk API 2.0, page by page, into OUTPUT.part; a run that was stopped or killed goes on
    from its last page with --resume, for seven days. Fields of related records have columns such as Account.Name.
    Values and their quotes stay as Salesforce writes them.

    \b
      sf2front export query "SELECT Id, Name, Account.Name FROM Contact" -o contacts.csv
      sf2front export query --file contacts.soql --all-rows -o contacts.csv
      sf2front export query --file contacts.soql --all-rows -o contacts.csv --resume
    """
    inputs = taken(soql_file) if soql_file else ()
    text = _text(soql, soql_file)
    asked = QuerySettings(text, output, how["resume"], how["all_rows"], Via(how["via"]))
    with (
        signed_in(settings_file, how["max_api_share"]) as client,
        Outputs() as outputs,
        ProgressDisplay() as progress,
        resumed_with("--resume"),
    ):
        result = run(asked, client, outputs, progress)
        source = {"salesforce": client.url, "query": text, "api": result.via.value}
        commit(outputs, result.written, Origin("export", inputs, source), {"rows": result.rows})
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary("export: query").line("rows", result.rows).line("columns", len(result.headings))
    summary.line("api", result.via.value)
    show_usage(summary, client).files(result.written).show()


def _text(soql: str | None, soql_file: Path | None) -> str:
    if bool(soql) == bool(soql_file):
        raise click.UsageError("give the query as an argument, or --file with a file that holds it")
    return (read_text(soql_file) if soql_file else str(soql)).strip()


def signed_in(settings_file: Path | None, max_api_share: float | None) -> SalesforceClient:
    """Give a client of the org that the settings name, with the share of its requests chosen here or there.

    The org's limits are asked first: an export that would pass the share does not begin.
    """
    settings = load(settings_file)
    share = settings.max_api_share(max_api_share)
    client = SalesforceClient(SignIn(settings.salesforce()), max_api_share=share, tell=say)
    client.read_limits()
    return client


def show_usage(summary: Summary, client: SalesforceClient) -> Summary:
    """Add the org's API requests of the day, where Salesforce told them."""
    if client.usage:
        used, allowed = client.usage
        summary.line("API requests", used, f"of {allowed:,} of the org's day are used")
    return summary


@contextmanager
def resumed_with(option: str) -> Iterator[None]:
    """Let the way to go on, which is shown after a stop, name the option that goes on rather than starts over."""
    try:
        yield
    except (Stopped, KeyboardInterrupt):
        meta = click.get_current_context().meta
        words = meta["sf2front.command"]
        meta["sf2front.command"] = words if option in words else (*words, option)
        raise
