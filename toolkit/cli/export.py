"""``sf2front export``: out of Salesforce."""

from pathlib import Path

import click

from toolkit.cli.shared import NEW_FILE, Origin, ProgressDisplay, Summary, commit, settings_option, shared_options
from toolkit.files import Outputs
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportSettings, run
from toolkit.settings import load


@click.group("export")
def command() -> None:
    """Take contacts out of Salesforce."""


@command.command("report")
@click.argument("report", metavar="ID|NAME")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("contacts.csv"), show_default=True, help="The CSV to write."
)
@click.option("--key", metavar="COLUMN", help="Page by this column of unique values, instead of one found by itself.")
@settings_option
@shared_options
def report(report: str, output: Path, key: str | None, settings_file: Path | None) -> None:
    """Write every row of a tabular report to a CSV, or fail: never a short file.

    Beyond 2,000 rows, which is all that Salesforce gives in one run, the report is read in pages by a unique
    column, and the pages are checked against the report's row count. Dates and numbers are written as values
    (2026-01-31, 1250000), everything else as the report shows it.

    \b
      sf2front export report "Contacts for Front" -o contacts.csv
      sf2front export report 00O000000000001AAA --key "Contact Number"
    """
    settings = load(settings_file).salesforce()
    with SalesforceClient(SignIn(settings)) as client, Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("export", source={"salesforce": settings.url, "report": report})
        result = run(ExportSettings(report, output, key), client, outputs, progress)
        commit(outputs, result.written, origin, {"rows": result.rows, "runs": result.runs})
    summary = Summary(f"export: {result.report_name}")
    summary.line("rows", result.rows).line("columns", len(result.headings))
    summary.line("runs", result.runs, "of the report, which gives 2,000 rows at most").files(result.written).show()
