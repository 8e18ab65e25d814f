"""``sf2front export``: out of Salesforce."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from toolkit.cli.export_contacts import contacts
from toolkit.cli.export_query import SHARE_HELP, query, show_usage, signed_in
from toolkit.cli.shared import (
    NEW_FILE,
    SHARE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    settings_option,
    shared_options,
)
from toolkit.files import Outputs
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportResult, ExportSettings, Via, run


@click.group("export")
def command() -> None:
    """Take contacts out of Salesforce."""


@dataclass(frozen=True, slots=True)
class _Options:
    output: Path
    key: str | None
    ids: bool
    via: str
    max_api_share: float | None
    settings_file: Path | None


@command.command("report")
@click.argument("report", metavar="ID|NAME")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("contacts.csv"), show_default=True, help="The CSV to write."
)
@click.option("--key", metavar="COLUMN", help="Page by this column of unique values, instead of one found by itself.")
@click.option("--ids", is_flag=True, help="A column of record Ids beside each column of lookups or names.")
@click.option(
    "--via",
    type=click.Choice([each.value for each in Via]),
    default=Via.API.value,
    show_default=True,
    help="excel, ui-csv: for reports that can't be paged; cells are then formatted for the user.",
)
@click.option("--max-api-share", type=SHARE, help=SHARE_HELP)
@settings_option
@shared_options
def report(report: str, **options: Any) -> None:
    """Write every row of a report to a CSV, or fail: never a short file.

    Summary and matrix reports come as one flat table, their grouping columns first.

    Beyond 2,000 rows, which is all that Salesforce gives in one run, the report is read in pages by a unique
    column, and the pages are checked against the report's row count. Dates and numbers are written as values
    (2026-01-31, 1250000), everything else as the report shows it.

    \b
      sf2front export report "Contacts for Front" -o contacts.csv
      sf2front export report 00O000000000001AAA --key "Contact Number"
    """
    chosen = _Options(**options)
    result, client = _export(report, chosen)
    summary = Summary(f"export: {result.report_name}")
    summary.line("rows", result.rows).line("columns", len(result.headings))
    paged = f", in the order of {result.paged_by}" if result.paged_by else ""
    summary.line("runs", result.runs, f"of the report, which gives 2,000 rows at most{paged}")
    show_usage(summary, client).files(result.written).show()


def _export(report: str, chosen: _Options) -> tuple[ExportResult, SalesforceClient]:
    wanted = ExportSettings(report, chosen.output, chosen.key, chosen.ids, Via(chosen.via))
    with (
        signed_in(chosen.settings_file, chosen.max_api_share) as client,
        Outputs() as outputs,
        ProgressDisplay() as progress,
    ):
        origin = Origin("export", source={"salesforce": client.url, "report": report})
        result = run(wanted, client, outputs, progress)
        commit(outputs, result.written, origin, {"rows": result.rows, "runs": result.runs})
        return result, client


@command.command("reports")
@settings_option
@shared_options
def reports(settings_file: Path | None) -> None:
    """List the org's reports: Id, kind, folder and name. Joined reports can't be exported.

    \b
      sf2front export reports
    """
    with signed_in(settings_file, None) as client:
        found = client.list_reports()
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps([{key: each.get(key) for key in _SHOWN} for each in found], ensure_ascii=False))
        return
    for each in found:
        kind = "joined: no" if each.get("Format") == "MultiBlock" else str(each.get("Format") or "").lower()
        click.echo(f"{each['Id']}  {kind:<10}  {each.get('FolderName') or '-'}: {each['Name']}")


_SHOWN = ("Id", "Name", "DeveloperName", "FolderName", "Format", "LastRunDate")


command.add_command(query)
command.add_command(contacts)
