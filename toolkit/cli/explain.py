"""``sf2front explain``: what a code means."""

import json
from dataclasses import asdict

import click

from toolkit.cli.shared import shared_options
from toolkit.codes import CODES, Code, Kind, alike, explained
from toolkit.errors import WrongSettings


@click.command("explain")
@click.argument("code", required=False)
@shared_options
def command(code: str | None) -> None:
    """Say what a code means, why it comes about and what to do; without a code, list them all.

    Codes are those of rejects, refusals, conflicts and problems, exit codes and Front's HTTP statuses.

    \b
      sf2front explain shared_handle
      sf2front explain 3
    """
    found = explained(code) if code else list(CODES)
    if code and not found:
        near = alike(code)
        hint = f"did you mean {' or '.join(near)}?" if near else "sf2front explain lists them all"
        raise WrongSettings(f"there is no code {code!r}", hint=hint)
    if click.get_current_context().meta["sf2front.as_json"]:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, sort_keys=True))
    else:
        click.echo("\n\n".join(map(_whole, found)) if code else "\n".join(_listed(found)))


def _whole(each: Code) -> str:
    head = click.style(f"{each.code}", bold=True)
    return f"{head} ({each.kind}): {each.meaning}\n  cause   {each.cause}\n  remedy  {each.remedy}"


def _listed(found: list[Code]) -> list[str]:
    width = max(len(each.code) for each in found)
    kinds = ((kind, [each for each in found if each.kind is kind]) for kind in Kind)
    return [
        line
        for kind, codes in kinds
        for line in (f"{kind}:", *(f"  {each.code:<{width}}  {each.meaning}" for each in codes))
    ]
