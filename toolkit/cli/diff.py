"""``sf2front diff``: what changed between two files."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from toolkit.ahead import ahead
from toolkit.cli.shared import FILE, NEW_FILE, Origin, ProgressDisplay, Summary, commit, shared_options
from toolkit.diff import DiffResult, DiffSettings, Format, render, run
from toolkit.diff.render import summary
from toolkit.errors import WrongSettings
from toolkit.evidence import Input, taken
from toolkit.files import Outputs
from toolkit.tables import CsvOptions

DIFFERENT = 1
"""The exit code for differences, as diff(1) has it; only with --exit-code."""


@dataclass(frozen=True, slots=True)
class _Options:
    key: tuple[str, ...]
    ignore: tuple[str, ...]
    output: Path | None
    format: str | None
    exit_code: bool
    encoding: str | None
    delimiter: str | None
    html: Path | None
    xlsx: Path | None


@click.command("diff")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--key", multiple=True, metavar="COLUMN", help="Names a row; repeat it for a key of several columns.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column to leave out; repeatable.")
@click.option("-o", "--output", type=NEW_FILE, help="Write it to a file, with its evidence, in place of the screen.")
@click.option(
    "--format",
    type=click.Choice([each.value for each in Format]),
    help="Default: what the suffix of the output says, else text.",
)
@click.option("--html", type=NEW_FILE, help="Write a page for people too: plots, filters, before beside after.")
@click.option("--xlsx", type=NEW_FILE, help="Write an Excel workbook too: summary, changed, added, removed.")
@click.option("--exit-code", is_flag=True, help="End with 1 when there are differences.")
@click.option("--encoding", help="The encoding of the CSVs, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of the CSVs, when it is not found out by itself.")
@shared_options
def command(before: Path, after: Path, **options: Any) -> None:
    """Compare two CSV or NDJSON files row by row and cell by cell, by a key.

    The files may differ in encoding, delimiter, and the order of rows and columns. Rows whose key stands there more
    than once are compared as a group, never collapsed. Without --key a column that names each row is found.

    \b
      sf2front diff before.ndjson after.ndjson --key id
      sf2front diff monday.csv tuesday.csv --key "Contact ID" -o changes.csv
      sf2front diff monday.csv tuesday.csv --key "Contact ID" --html changes.html --xlsx changes.xlsx
    """
    chosen = _Options(**options)
    result = _diff(before, after, chosen)
    if click.get_current_context().meta["sf2front.as_json"]:
        written = [{"path": str(each.path), "rows": each.rows} for each in result.written]
        click.echo(json.dumps(summary(result) | {"written": written}, ensure_ascii=False, sort_keys=True))
    elif result.written:
        _summary(before, after, result).show()
    else:
        _print(result, Format(chosen.format or Format.TEXT))
    if chosen.exit_code and not result.same:
        click.get_current_context().exit(DIFFERENT)


def _diff(before: Path, after: Path, chosen: _Options) -> DiffResult:
    wanted = Format(chosen.format) if chosen.format else None
    csv = CsvOptions(chosen.encoding, chosen.delimiter)
    settings = DiffSettings(
        before, after, chosen.key, chosen.ignore, chosen.output, wanted, csv, chosen.html, chosen.xlsx
    )
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("diff", inputs=_hashed(before, after) if settings.files else ())
        result = run(settings, outputs, progress)
        if result.written:
            commit(outputs, result.written, origin, asdict(result.counts))
    return result


def _hashed(*paths: Path) -> tuple[Input, ...]:
    """Hash the inputs at once: it takes as long as comparing, and only evidence beside a file needs it."""
    return tuple(each for found in ahead(taken, paths) for each in found)


def _print(result: DiffResult, wanted: Format) -> None:
    if wanted is Format.XLSX and sys.stdout.isatty():
        raise WrongSettings("a terminal shows no Excel workbook", hint="name a file for it: --xlsx changes.xlsx")
    colour = sys.stdout.isatty() and click.get_current_context().color is not False
    for piece in render(result, wanted, colour=colour):
        click.echo(piece.content, nl=False)


def _summary(before: Path, after: Path, result: DiffResult) -> Summary:
    shown = Summary(f"diff: {before.name} and {after.name}")
    for name, count in asdict(result.counts).items():
        shown.line(name, count)
    return shown.files(result.written)
