"""``sf2front check``: can a first run go well?"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from toolkit.check.finding import Finding, State
from toolkit.check.front import Asked
from toolkit.check.salesforce import hasty_client
from toolkit.check.stage import CheckResult, CheckSettings, run
from toolkit.cli.shared import FILE, Summary, reserve_option, settings_option, share_option, shared_options
from toolkit.errors import ExitCode
from toolkit.front.client import FrontClient
from toolkit.salesforce.client import SalesforceClient
from toolkit.settings import Settings, front_budget, front_settings, load

_COLOURS = {State.PASS: "green", State.FAIL: "red", State.SKIP: "yellow"}


@click.command("check")
@click.argument("file", type=FILE, required=False)
@click.option("--try-writing", is_flag=True, help="Also send a change of something that is not there.")
@share_option
@reserve_option
@settings_option
@shared_options
def command(
    file: Path | None, try_writing: bool, share: float | None, reserve: int | None, settings_file: Path | None
) -> None:
    """Check before a first run that it can go well: tokens, permissions, custom fields, limits, clocks.

    FILE is a mapping or an operations file: its custom fields, contact lists and teammates are looked for in Front.
    Nothing is changed. Each failure has its remedy beside it, and none stops the other checks. The exit code is that
    of the gravest: 4 a token or a permission is refused, 2 settings are missing or wrong, 5 something can't be
    reached, 6 anything else, such as a custom field that Front does not have.

    \b
      sf2front check mapping.yaml
    """
    salesforce = _salesforce(load(settings_file))
    chosen, left = front_budget(settings_file, share, reserve)
    asked = Asked(chosen, try_writing, left)

    def front() -> FrontClient:
        return FrontClient(front_settings(settings_file, share, reserve))

    result = run(CheckSettings(file, front, salesforce, asked))
    if click.get_current_context().meta["sf2front.as_json"]:
        _summary(result).show()
    else:
        click.echo("\n".join(_page(result)))
    if result.exit_code is not ExitCode.DONE:
        click.get_current_context().exit(result.exit_code)


def _salesforce(settings: Settings) -> Callable[[], SalesforceClient] | None:
    return (lambda: hasty_client(settings.salesforce())) if settings.names_salesforce else None


def _page(result: CheckResult) -> list[str]:
    width = max(len(each.check) for each in result.findings)
    lines = [line for each in result.findings for line in _lines(each, width)]
    counts = ", ".join(f"{result.count(state)} {word}" for state, word in _WORDS.items())
    return [*lines, counts]


_WORDS = {State.PASS: "passed", State.FAIL: "failed", State.SKIP: "not checked"}


def _lines(each: Finding, width: int) -> list[str]:
    state = click.style(f"{each.state:<4}", fg=_COLOURS[each.state])
    line = f"{state}  {each.check:<{width}}  {each.said}".rstrip()
    return [line, f"      {'':<{width}}  hint: {each.remedy}"] if each.remedy else [line]


def _summary(result: CheckResult) -> Summary:
    findings = [{key: value for key, value in asdict(each).items() if key != "code"} for each in result.findings]
    summary = Summary("check")
    for state, word in _WORDS.items():
        summary.line(word, result.count(state))
    return summary.line("findings", findings)
