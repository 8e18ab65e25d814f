"""``sf2front diff``: what changed between two tables."""

import glob
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from toolkit.ahead import ahead
from toolkit.cli.shared import FILE, NEW_FILE, Origin, ProgressDisplay, Summary, commit, say, shared_options
from toolkit.diff import DiffResult, DiffSettings, Format, render, run
from toolkit.diff.limits import Limit, exceeded, parse_limits
from toolkit.diff.render import summary
from toolkit.errors import WrongSettings
from toolkit.evidence import Input, taken
from toolkit.files import Outputs
from toolkit.tables import CsvOptions

DIFFERENT = 1
"""The exit code for differences, as diff(1) has it; only with --exit-code."""


class _Table(click.ParamType[tuple[Path, ...]]):
    """A file, or a quoted glob for the files that are the parts of one table, in the order of their names."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Path, ...]:
        path = Path(value)
        if path.is_dir():
            self.fail(f"{value} is a folder: name a file in it, or several with a glob in quotes", param, ctx)
        found = (path,) if path.exists() else tuple(sorted(map(Path, glob.glob(value))))  # noqa: PTH207 a glob of a person's may be absolute
        if not found:
            self.fail(f"there is no file {value}", param, ctx)
        return found


TABLE = _Table()


@dataclass(frozen=True, slots=True)
class _Options:
    key: tuple[str, ...]
    columns: tuple[str, ...]
    ignore: tuple[str, ...]
    rename: tuple[str, ...]
    rule: tuple[str, ...]
    mapping: Path | None
    output: Path | None
    format: str | None
    exit_code: bool
    fail_on: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    html: Path | None
    xlsx: Path | None


@click.command("diff")
@click.argument("before", type=TABLE)
@click.argument("after", type=TABLE)
@click.option("--key", multiple=True, metavar="COLUMN", help="Names a row; repeat it for a key of several columns.")
@click.option("--columns", multiple=True, metavar="COLUMN", help="A column to compare, or a glob; repeatable.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column to leave out, or a glob; repeatable.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="What AFTER calls a column of BEFORE; repeatable.")
@click.option(
    "--rule",
    multiple=True,
    metavar="COLUMN=RULE",
    help="When values of a column (or glob) are equal: unicode, space, case, empty, number[:TOLERANCE], "
    "date[:STYLE], id, list[:DELIMITER]; several with commas; repeatable.",
)
@click.option("--mapping", type=FILE, help="BEFORE is a report, AFTER a snapshot: is what it asks for there?")
@click.option("-o", "--output", type=NEW_FILE, help="Write it to a file, with its evidence, in place of the screen.")
@click.option(
    "--format",
    type=click.Choice([each.value for each in Format]),
    help="Default: what the suffix of the output says, else text.",
)
@click.option("--html", type=NEW_FILE, help="Write a page for people too: plots, filters, before beside after.")
@click.option("--xlsx", type=NEW_FILE, help="Write an Excel workbook too: summary, changed, added, removed.")
@click.option("--exit-code", is_flag=True, help="End with 1 when there are differences.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="LIMITS",
    help="End with 1 only beyond these: added, removed, changed, changed:COLUMN, columns, repeated or empty (keys), "
    "each with >NUMBER or >PER% if some are allowed; several with commas.",
)
@click.option("--encoding", help="The encoding of the CSVs, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of the CSVs, when it is not found out by itself.")
@shared_options
def command(before: tuple[Path, ...], after: tuple[Path, ...], **options: Any) -> None:
    """Compare two tables row by row and cell by cell, by a key: CSV, NDJSON, Parquet or XLSX.

    They may differ in encoding, delimiter, and the order of rows and columns. Rows whose key stands there more than
    once are compared as a group, never collapsed. Without --key a column that names each row is found. A glob in
    quotes takes several files as the parts of one table.

    \b
      sf2front diff before.ndjson after.ndjson --key id
      sf2front diff monday.csv tuesday.csv --key "Contact ID" -o changes.csv
      sf2front diff monday.csv tuesday.csv --key "Contact ID" --html changes.html --xlsx changes.xlsx
      sf2front diff old.csv new.xlsx --key Id --rule "Amount=number:0.01" --rule "*=space" --ignore "Last *"
      sf2front diff contacts.csv front.ndjson --mapping mapping.yaml
      sf2front diff "out/front-import-*.csv" earlier.csv --key Email --fail-on "removed,changed:Email>10,changed>5%"
    """
    chosen = _Options(**options)
    limits = parse_limits(chosen.fail_on)
    result = _diff(before, after, chosen, limits)
    if click.get_current_context().meta["sf2front.as_json"]:
        written = [{"path": str(each.path), "rows": each.rows} for each in result.written]
        click.echo(json.dumps(summary(result) | {"written": written}, ensure_ascii=False, sort_keys=True))
    elif result.written:
        _summary(result).show()
    else:
        _print(result, Format(chosen.format or Format.TEXT))
    for beyond in (failed := exceeded(limits, result.comparison)):
        say(f"beyond the limit {beyond}")
    if failed or (chosen.exit_code and not result.same):
        click.get_current_context().exit(DIFFERENT)


def _diff(before: tuple[Path, ...], after: tuple[Path, ...], chosen: _Options, limits: tuple[Limit, ...]) -> DiffResult:
    settings = DiffSettings(
        before,
        after,
        chosen.key,
        chosen.ignore,
        chosen.output,
        Format(chosen.format) if chosen.format else None,
        CsvOptions(chosen.encoding, chosen.delimiter),
        chosen.html,
        chosen.xlsx,
        chosen.columns,
        chosen.rename,
        chosen.rule,
        limits,
        chosen.mapping,
    )
    mapping = (chosen.mapping,) if chosen.mapping else ()
    with Outputs() as outputs, ProgressDisplay() as progress:
        # Hashing takes as long as comparing: it is for the evidence beside a file.
        origin = Origin("diff", inputs=_hashed(*before, *after, *mapping) if settings.files else ())
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


def _summary(result: DiffResult) -> Summary:
    shown = Summary(f"diff: {result.before.name} and {result.after.name}")
    for name, count in asdict(result.counts).items():
        shown.line(name, count)
    shown.line("compared", result.way)
    return shown.files(result.written)
