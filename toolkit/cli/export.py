"""``sf2front export``: out of Salesforce."""

import json
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
@click.option("--ids", is_flag=True, help="A column of record Ids beside each column of lookups or names.")
@settings_option
@shared_options
def report(report: str, output: Path, key: str | None, ids: bool, settings_file: Path | None) -> None:
    """Write every row of a report to a CSV, or fail: never a short file.

    Summary and matrix reports come as one flat table, their grouping columns first.

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
        result = run(ExportSettings(report, output, key, ids), client, outputs, progress)
        commit(outputs, result.written, origin, {"rows": result.rows, "runs": result.runs})
    summary = Summary(f"export: {result.report_name}")
    summary.line("rows", result.rows).line("columns", len(result.headings))
    paged = f", in the order of {result.paged_by}" if result.paged_by else ""
    summary.line("runs", result.runs, f"of the report, which gives 2,000 rows at most{paged}")
    summary.files(result.written).show()


@command.command("reports")
@settings_option
@shared_options
def reports(settings_file: Path | None) -> None:
    """List the org's reports: Id, kind, folder and name. Joined reports can't be exported.

    \b
      sf2front export reports
    """
    with SalesforceClient(SignIn(load(settings_file).salesforce())) as client:
        found = client.list_reports()
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps([{key: each.get(key) for key in _SHOWN} for each in found], ensure_ascii=False))
        return
    for each in found:
        kind = "joined: no" if each.get("Format") == "MultiBlock" else str(each.get("Format") or "").lower()
        click.echo(f"{each['Id']}  {kind:<10}  {each.get('FolderName') or '-'}: {each['Name']}")


_SHOWN = ("Id", "Name", "DeveloperName", "FolderName", "Format", "LastRunDate")
