"""``sf2front rules``: which rules Front has, and which contacts one would match."""

from dataclasses import asdict
from pathlib import Path

import click

from toolkit.cli.shared import (
    FILE,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    say,
    settings_option,
    shared_options,
)
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.one_line import one_line
from toolkit.rules.listing import Rule, ask_rules, read_rules
from toolkit.rules.preview import PreviewResult, PreviewSettings, counts, run
from toolkit.settings import front_settings


@click.group("rules")
def command() -> None:
    """Which rules Front has, and which contacts one would match."""


@command.command("list")
@click.option("--from", "snapshot", type=FILE, metavar="SNAPSHOT", help="Read them from a snapshot; nothing is asked.")
@settings_option
@shared_options
def list_rules(snapshot: Path | None, settings_file: Path | None) -> None:
    """List Front's rules: id, whose they are, name, and what their actions do.

    Front's API shows no conditions: sf2front rules preview takes them from a file of yours.

    \b
      sf2front rules list
      sf2front rules list --from front.ndjson --json
    """
    rules = read_rules(snapshot) if snapshot else _asked(settings_file)
    if click.get_current_context().meta["sf2front.as_json"]:
        found = [asdict(each) | {"actions": list(each.actions)} for each in rules]
        Summary("rules").line("rules", found).show()
        return
    for line in _lines(rules):
        click.echo(line)
    if not rules:
        say("there are no rules that this token may see")


def _asked(settings_file: Path | None) -> tuple[Rule, ...]:
    with FrontClient(front_settings(settings_file), tell=say) as client:
        return ask_rules(client)


def _lines(rules: tuple[Rule, ...]) -> list[str]:
    """Write a table: one line a rule."""
    rows = [("id", "owner", "name", "actions"), *map(_cells, rules)] if rules else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cells(rule: Rule) -> tuple[str, str, str, str]:
    owner = "private" if rule.private else "company"
    return rule.id, owner, one_line(rule.name, 1_000), one_line("; ".join(rule.actions), 1_000)


@command.command("preview")
@click.argument("conditions", type=FILE, required=False)
@click.option("--where", metavar="SQL", default="", help="The conditions as SQL, in place of the file.")
@click.option("--against", "snapshot", type=FILE, required=True, help="The snapshot whose contacts are looked at.")
@click.option("--plan", type=FILE, help="A plan: who starts to match when it is replayed, who stops?")
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    default=Path("rule-preview.csv"),
    show_default=True,
    help="The contacts, as CSV or, by its suffix, .ndjson.",
)
@shared_options
def preview(conditions: Path | None, where: str, snapshot: Path, plan: Path | None, output: Path) -> None:
    """Tell which contacts of a snapshot a rule would match, by conditions that you write down.

    CONDITIONS is a small YAML file: contact lists, handles, account, name and custom fields, in groups of all, any and
    none (docs/rules.md). With --where, SQL on the columns id, name, email, phone, handles, lists, account and the
    custom fields. With --plan, before and after it: who starts to match, who stops, who stays.

    \b
      sf2front rules preview gold.yaml --against front.ndjson
      sf2front rules preview gold.yaml --against before.ndjson --plan plan.ndjson -o gold.csv
      sf2front rules preview --where '"Annual Revenue" > 1000000' --against front.ndjson
    """
    if bool(where) == (conditions is not None):
        raise click.UsageError("name a file of conditions, or give --where: one of the two")
    settings = PreviewSettings(conditions, where, snapshot, plan, output)
    inputs = [each for each in (conditions, snapshot, plan) if each]
    with Outputs() as outputs, ProgressDisplay() as progress:
        origin = Origin("rules preview", taken(*inputs))
        result = run(settings, outputs, progress)
        commit(outputs, result.written, origin, counts(result))
    _show(settings, result)


def _show(settings: PreviewSettings, result: PreviewResult) -> None:
    for warning in result.warnings:
        say(f"warning: {warning}")
    name = settings.conditions.name if settings.conditions else "--where"
    summary = Summary(f"rules preview: {name} against {settings.snapshot.name}")
    summary.line("contacts", result.contacts).line("match", result.before)
    if settings.plan:
        summary.line("match after", result.after, f"{settings.plan.name}")
        summary.line("start", result.changes["starts"], f"{result.new:,} of them new" if result.new else "")
        gone = f"{result.gone:,} of them deleted or merged" if result.gone else ""
        summary.line("stop", result.changes["stops"], gone).line("stay", result.changes["stays"])
    summary.files(result.written).show()
