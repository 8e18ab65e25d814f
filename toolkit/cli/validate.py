"""``sf2front validate``: is a file of ours what it must be?"""

from pathlib import Path

import click

from toolkit.cli.shared import FILE, Summary, shared_options
from toolkit.errors import ExitCode
from toolkit.validate import ValidateResult, run

SHOWN = 20


@click.command("validate")
@click.argument("file", type=FILE)
@click.option("--as", "kind", metavar="SCHEMA", help="Which schema, when the file does not show it by itself.")
@click.option(
    "--fields", type=FILE, metavar="SNAPSHOT", help="A snapshot of Front: its custom fields must allow the file too."
)
@shared_options
def command(file: Path, kind: str | None, fields: Path | None) -> None:
    """Check a file against its schema: operations, results, a mapping, settings, import files, rejects, merges.

    Each problem is named with file, line, JSON pointer and a sentence; any makes the exit code 6. Bare payload
    files are checked with --as contact-create, contact-update, account-create and so on. With --fields, operations
    and contact import files are also held against the company's own custom fields: names, types, choices, teammates.

    \b
      sf2front validate out/operations.ndjson
      sf2front validate out/operations.ndjson --fields front.ndjson
      sf2front validate payloads.ndjson --as contact-create
    """
    result = run(file, kind, fields)
    for problem in result.problems[:SHOWN]:
        click.echo(str(problem), err=True)
    summary = Summary(f"validate: {file.name} as {result.kind}")
    summary.line("checked", result.checked).line("invalid", result.invalid)
    summary.line("problems", len(result.problems), _how_many_shown(result))
    summary.show()
    if result.problems:
        click.get_current_context().exit(ExitCode.INPUT_REFUSED)


def _how_many_shown(result: ValidateResult) -> str:
    said = [f"the first {SHOWN} are shown"] if len(result.problems) > SHOWN else []
    said += [f"{result.unexplained:,} more invalid ones are counted, not explained"] if result.unexplained else []
    return "; ".join(said)
