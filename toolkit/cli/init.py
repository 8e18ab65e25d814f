"""``sf2front init``: a first mapping for a CSV."""

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from toolkit.cli.shared import FILE, NEW_FILE, Summary, say, shared_options
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.phones import known_region
from toolkit.files import Outputs
from toolkit.start.choices import Choice, likelier, month_first
from toolkit.start.fields import Field
from toolkit.start.propose import Proposal, Wishes
from toolkit.start.stage import StartResult, StartSettings, run
from toolkit.tables import CsvOptions


@dataclass(frozen=True, slots=True)
class _Options:
    output: Path
    fields: Path | None
    region: str
    list_name: str | None
    yes: bool
    force: bool
    schema: bool
    encoding: str | None
    delimiter: str | None


@click.command("init")
@click.argument("file", type=FILE)
@click.option("-o", "--output", type=NEW_FILE, default=Path("mapping.yaml"), show_default=True, help="What to write.")
@click.option(
    "--fields", type=FILE, metavar="SNAPSHOT", help="A snapshot of Front: its custom fields are filled by name."
)
@click.option(
    "--region", default="", metavar="CC", help="The country of phone numbers without a country code: US, DE …"
)
@click.option("--list", "list_name", metavar="NAME", help='The contact list for every contact; "" for none.')
@click.option("--yes", is_flag=True, help="Ask nothing; what is guessed says so in the file.")
@click.option("--force", is_flag=True, help="Overwrite a mapping that is there.")
@click.option("--schema", is_flag=True, help="Put the mapping's schema beside it, so that editors complete its keys.")
@click.option("--encoding", help="The encoding of FILE, when it is not found out by itself.")
@click.option("--delimiter", help="What separates the cells of FILE, when it is not found out by itself.")
@shared_options
def command(file: Path, **options: Any) -> None:
    """Write a first mapping for a CSV, from its headings and values.

    Headings of Salesforce in English, German, French and Spanish are known, and those of contacts that HubSpot,
    Microsoft Dynamics and Pipedrive export; addresses, numbers and Ids are also told by their looks. On a terminal it
    asks where the file leaves a choice. Read the mapping before it is used: it says where it guessed.

    \b
      sf2front init samples/contacts.csv
      sf2front init contacts.csv --fields front.ndjson -o contacts.yaml --yes
    """
    chosen = _Options(**options)
    wishes = Wishes(region=chosen.region.upper(), list_name=chosen.list_name)
    settings = StartSettings(
        file, chosen.output, chosen.fields, wishes, chosen.force, chosen.schema,
        CsvOptions(chosen.encoding, chosen.delimiter),
    )  # fmt: skip
    with Outputs() as outputs:
        try:
            result = run(settings, outputs, _ask if _may_ask(chosen) else None)
        except click.Abort:  # Ctrl-C or Ctrl-D at a question
            raise KeyboardInterrupt from None
        outputs.commit()
    _show(file, chosen, result)


def _may_ask(chosen: _Options) -> bool:
    quiet = click.get_current_context().meta["sf2front.quiet"]
    return not chosen.yes and not quiet and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(proposal: Proposal, wishes: Wishes) -> Wishes:
    """Ask what the file leaves open; an empty answer takes what was proposed."""
    source, handles = proposal.source, proposal.handles
    if source.key.others:
        wishes = replace(wishes, key=_one_of("Which column names a row?", source.key.value, source.key.others))
    if handles.phones and not wishes.region:
        wishes = replace(wishes, region=_region(handles.region.value))
    if source.dates and source.dates.others:
        wishes = replace(wishes, dates=_style(source.dates, wishes.region or handles.region.value))
    if len(handles.emails) > 1:
        first = _one_of("Which e-mail address comes first?", handles.emails[0], handles.emails[1:])
        wishes = replace(wishes, first_email=first)
    if source.opt_outs:
        named = ", ".join(each.column for each in source.opt_outs)
        wishes = replace(wishes, leave_out=click.confirm(f"Leave out people who opted out ({named})?", True, err=True))
    if wishes.list_name is None:
        asked = click.prompt('A contact list for all ("-" for none)', default=proposal.list_name, err=True)
        wishes = replace(wishes, list_name="" if asked.strip() == "-" else asked.strip())
    return wishes


def _style(dates: Choice[DateStyle], region: str) -> DateStyle:
    """Ask how dates are written; what the country that was just named writes is proposed."""
    styles = (dates.value, *dates.others)
    proposed = likelier(styles, month_first=month_first(region))
    others = tuple(each for each in styles if each is not proposed)
    return DateStyle(_one_of("How are dates written?", proposed, others))


def _one_of(question: str, proposed: str, others: tuple[str, ...]) -> str:
    """Ask for one of some texts by its number."""
    every = (proposed, *others)
    click.echo(question, err=True)
    for number, each in enumerate(every, start=1):
        click.echo(f"  {number}  {each}", err=True)
    return every[click.prompt("Number", type=click.IntRange(1, len(every)), default=1, err=True) - 1]


def _region(proposed: str) -> str:
    def checked(text: str) -> str:
        if not known_region(text.strip().upper()):
            raise click.UsageError(f"{text!r} is no country that has phone numbers; write it like US or DE")
        return text.strip().upper()

    asked: str = click.prompt(
        "The country of phone numbers without a country code", default=proposed, value_proc=checked, err=True
    )
    return asked


def _show(file: Path, chosen: _Options, result: StartResult) -> None:
    for note in result.notes:
        say(f"note: {note}")
    findings = result.proposal.findings
    summary = Summary(f"init: {file.name} to {chosen.output}")
    summary.line("columns", len(findings.seen), f"of {findings.product}, headings in {findings.language.spoken}")
    for label, value, why in _recognised(result.proposal):
        summary.line(label, value, why)
    for path in result.written:
        summary.line("written" if path == chosen.output else "schema", path)
    summary.line("next", _next(file, chosen)).show()


def _recognised(proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    """Give label, columns and remark of each part of the mapping that has columns."""
    source, handles = proposal.source, proposal.handles
    yield "key", source.key.value, source.key.why
    yield from _part("name", proposal.texts.name.value, proposal.texts.name.why)
    yield from _part("description", dict.fromkeys(each for some in proposal.texts.description for each in some))
    yield from _part("e-mail", handles.emails)
    if handles.phones:
        yield from _part("phone", handles.phones)
        yield "phone region", " or ".join(filter(None, (handles.region_from, handles.region.value))), handles.region.why
    yield from _part("told by values", proposal.by_values, "the headings are not known")
    if account := proposal.account:
        yield from _part("account", filter(None, (account.name, account.external_id, account.website)))
    if source.dates:
        yield "dates", source.dates.value, source.dates.why
    if source.numbers:
        yield "numbers", f'decimal mark "{source.numbers.value.decimal}"', source.numbers.why
    said = "rows are left out" if source.leave_out else "as a comment"
    yield from _part("opt-out", (each.column for each in source.opt_outs), said)
    yield from _part("newest row", filter(None, (proposal.prefer,)))
    yield from _part("list", filter(None, (proposal.list_name,)), "every contact")
    yield from _part("custom fields", map(_named, proposal.fields.there))
    yield from _part("as comments", (*proposal.multi_selects, *(each.column for each in proposal.fields.missing)))
    yield from _part("left out", proposal.passed_over)


def _part(label: str, columns: Any, why: str = "") -> Iterator[tuple[str, str, str]]:
    listed = ", ".join(columns)
    if listed:
        yield label, listed, why


def _named(field: Field) -> str:
    return field.name if field.name == field.column else f"{field.name} from {field.column}"


def _next(file: Path, chosen: _Options) -> str:
    words = ["sf2front", "transform", str(file), "--mapping", str(chosen.output)]
    words += ["--encoding", chosen.encoding] if chosen.encoding else []
    words += ["--delimiter", chosen.delimiter] if chosen.delimiter else []
    return shlex.join([*words, "--to", "import", "-o", "import/"])
