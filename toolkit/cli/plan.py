"""``sf2front plan``: what would be sent, before anything is."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

# Blocks of lines are looked at side by side: polars' own threads within each would only be in their way.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from toolkit.cli.shared import (
    FILE,
    NEW_FILE,
    SHARE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    duration,
    say,
    shared_options,
)
from toolkit.errors import ExitCode
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.front.earlier import seen_in
from toolkit.plan.compile import PlanOptions
from toolkit.plan.guards import Guards, Limit
from toolkit.plan.stage import PlanResult, PlanSettings, run
from toolkit.plan.waiting import waiting_files


class _LimitType(click.ParamType[Limit]):
    """A number of contacts, or a share such as ``10%``."""

    name = "number or share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        try:
            return Limit.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("plan")
@click.argument("operations", type=FILE)
@click.option("--against", "snapshot", type=FILE, required=True, help="The snapshot to hold the operations against.")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("plan.ndjson"), show_default=True, help="The plan to write."
)
@click.option(
    "--share",
    type=SHARE,
    default=0.5,
    show_default=True,
    help="The part of the rate limit for which the time is reckoned.",
)
@click.option(
    "--external-id",
    metavar="FIELD",
    default="",
    help="Match by this custom field first. Default: as the upserts say.",
)
@click.option("--remove-handles", is_flag=True, help="Remove handles not asked for, of the sources asked for.")
@click.option("--remove-from-lists", is_flag=True, help="Of the lists asked for, take contacts off those not theirs.")
@click.option(
    "--delete-missing", metavar="LIST", multiple=True, help="Delete contacts on this list that no upsert wants."
)
@click.option("--despite-rejects", is_flag=True, help="With --delete-missing: delete those of rejected rows too.")
@click.option("--merge-conflicts", is_flag=True, help="Merge several contacts that are one upsert's. Not undoable.")
@click.option("--team", metavar="tim_…", help="Make new contacts in this workspace, not the shared ones.")
@click.option("--teammate", metavar="tea_…", help="Make new contacts this teammate's own.")
@click.option("--max-updates", type=_LimitType(), help="Refuse a plan that changes more contacts: 500, or 10%.")
@click.option("--max-creates", type=_LimitType(), help="The same of new contacts; a share is of those that are there.")
@click.option("--max-deletes", type=_LimitType(), help="The same of contacts deleted, or merged into others.")
@click.option("--queue", is_flag=True, help="Order it for a replay that ends early: leavers, new contacts, changes.")
@click.option("--waiting", type=FILE, help="An earlier plan: what its replay left comes first, past the guards.")
@click.option("--leavers", type=FILE, help="Let those leave whom this file of transform --leaving names.")
@click.option("--max-leavers", type=_LimitType(), help="The same of contacts that leave lists or lose fields by it.")
@shared_options
def command(
    operations: Path,
    snapshot: Path,
    output: Path,
    share: float,
    **more: Any,
) -> None:
    """Compile upserts and a snapshot into the fewest exact requests, each with the value before.

    Contacts that are already as asked cost nothing. Upserts that can't be planned (their handles belong to
    several contacts) are listed in a file beside the plan, with a proposal; they make the exit code 3.
    Nothing is removed, deleted or merged unless an option says so.

    \b
      sf2front plan out/operations.ndjson --against front.ndjson -o plan.ndjson
      sf2front plan out/operations.ndjson --against front.ndjson --delete-missing Salesforce --max-deletes 5%
    """
    by, leavers, waiting = more.pop("external_id"), more.pop("leavers"), more.pop("waiting")
    queue = more.pop("queue")
    settings = PlanSettings(
        operations, snapshot, output, share, by, leavers=leavers, waiting=waiting, queue=queue
    )  # fmt: skip
    settings = _settings(settings, more)
    with Outputs() as outputs, ProgressDisplay() as progress:
        inputs = (operations, snapshot, *([leavers] if leavers else []), *(waiting_files(waiting) if waiting else ()))
        origin = Origin("plan", taken(*inputs))
        result = run(settings, outputs, progress)
        origin = replace(origin, source={"company": result.company} | seen_in(snapshot))
        commit(outputs, result.written, origin, result.told)
    _show(result, settings)
    if result.conflicts:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _settings(settings: PlanSettings, more: dict[str, Any]) -> PlanSettings:
    guards = Guards.of(more.pop)
    into = {kind: owner for kind in ("team", "teammate") if (owner := more.pop(kind))}
    if len(into) > 1:
        raise click.UsageError("--team and --teammate are two places: name one")
    for kind, prefix in (("team", "tim_"), ("teammate", "tea_")):
        if not into.get(kind, prefix).startswith(prefix):
            raise click.UsageError(f"--{kind} takes an id that begins with {prefix}")
    return replace(settings, options=PlanOptions(**more, into=into), guards=guards)


def _show(result: PlanResult, settings: PlanSettings) -> None:
    for warning in result.warnings:
        say(f"warning: {warning}")
    summary = Summary(f"plan: {settings.operations.name} against {settings.snapshot.name}")
    summary.line("upserts", result.upserts).line("unchanged", result.unchanged)
    summary.line("conflicts", sum(result.conflicts.values()), result.conflicts).explain(result.conflicts)
    if result.changes.leaving:
        summary.line("contacts that leave", result.changes.leaving, "lists, or lose fields")
    if result.merged:
        summary.line("contacts merged away", result.merged, "which can't be undone")
    summary.line("requests", result.requests, result.operations)
    for limit, minutes in result.minutes.items() if result.requests else ():
        summary.line(f"at {limit} a minute", duration(minutes), f"with a share of {settings.share:g}")
    summary.files(result.written).show()
