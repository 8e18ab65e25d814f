"""``sf2front evidence``: where a file came from, and whether any link was changed."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from toolkit.cli.shared import Summary, shared_options
from toolkit.errors import ExitCode
from toolkit.evidence import EvidenceResult, LinkState, run

_COLOURS = {LinkState.INTACT: "green", LinkState.GIVEN: "green", LinkState.CHANGED: "red", LinkState.MISSING: "red"}


@click.command("evidence")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@shared_options
def command(file: Path) -> None:
    """Walk from a file back to where its data came from, hashing every file on the way again.

    Each stage leaves a descriptor beside what it writes (a Data Package, NAME.datapackage.json). A file that was
    changed since, or is gone, is named and makes the exit code 6.

    \b
      sf2front evidence plan.ndjson
    """
    result = run(file)
    click.echo(_table(result), nl=False) if not _as_json() else _summary(result)
    if not result.intact:
        click.get_current_context().exit(ExitCode.INPUT_REFUSED)


def _as_json() -> bool:
    return bool(click.get_current_context().meta["sf2front.as_json"])


def _summary(result: EvidenceResult) -> None:
    links = [asdict(link) | {"path": os.fspath(link.path)} for link in result.links]
    Summary("evidence").line("intact", result.intact).line("links", links).show()


def _table(result: EvidenceResult) -> str:
    width = max(len(str(link.path)) + 2 * link.depth for link in result.links)
    lines = []
    for link in result.links:
        path = f"{'  ' * link.depth}{link.path}"
        state = click.style(f"{link.state:<8}", fg=_COLOURS[link.state])
        lines.append(f"{path:<{width}}  {state} {link.stage:<10} {link.detail}".rstrip())
    ending = "every link is what it was" if result.intact else "the chain is broken"
    return "\n".join([*lines, ending, ""])
