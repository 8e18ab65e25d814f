"""``sf2front snapshot``: what Front has now."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from toolkit.cli.shared import (
    FILE,
    NEW_FILE,
    Origin,
    ProgressDisplay,
    Summary,
    commit,
    reserve_option,
    say,
    settings_option,
    share_option,
    shared_options,
)
from toolkit.evidence import taken
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.earlier import stamp
from toolkit.front.reading import Scope
from toolkit.front.snapshot import SnapshotResult, SnapshotSettings, run
from toolkit.front.view import write_view
from toolkit.settings import front_settings

_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0}


class Age(click.ParamType[float]):
    """A length of time: ``7d``, ``12h``, ``30m``."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give its seconds."""
        found = re.fullmatch(r"(\d{1,6})([dhm])", str(value))
        if not found:
            self.fail(f"{value!r} is no length of time: write 7d, 12h or 30m", param, ctx)
        return int(found[1]) * _SECONDS[found[2]]


class ScopeId(click.ParamType[Scope]):
    """The id of a workspace (``tim_…``) or of a teammate (``tea_…``)."""

    name = "id"

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Scope:
        """Give the scope."""
        if not re.fullmatch(rf"{self._prefix}_[0-9a-z]+", str(value)):
            self.fail(f"{value!r} is no id such as {self._prefix}_55c8c149: a snapshot lists them", param, ctx)
        return Scope(str(value))


@click.command("snapshot")
@click.option(
    "-o", "--output", type=NEW_FILE, default=Path("front.ndjson"), show_default=True, help="The file to write."
)
@click.option("--accounts", is_flag=True, help="Accounts with their contacts too: one more request for each account.")
@click.option("--team", type=ScopeId("tim"), metavar="tim_…", help="A workspace's contacts, not the shared ones.")
@click.option("--teammate", type=ScopeId("tea"), metavar="tea_…", help="A teammate's private contacts.")
@click.option(
    "--since", type=FILE, metavar="EARLIER", help="Ask only for what changed since this snapshot, and merge it."
)
@click.option("--full-after", type=Age(), metavar="AGE", help="With --since: a whole one if the last is older (7d).")
@click.option("--keep-members", is_flag=True, help="With --since: members of lists and accounts as they were in it.")
@click.option("--restart", is_flag=True, help="Begin anew, whatever a stopped run has left.")
@click.option("--csv", "view", type=NEW_FILE, help="Write the contacts as a CSV for people too.")
@click.option("--from", "source", type=FILE, metavar="SNAPSHOT", help="Make --csv of this snapshot; nothing is asked.")
@share_option
@reserve_option
@settings_option
@shared_options
def command(output: Path, settings_file: Path | None, share: float | None, reserve: int | None, **how: Any) -> None:
    """Write what Front has now, one a line: custom fields, lists, teammates, inboxes, rules, workspaces, contacts.

    A plan is made against a snapshot, a replay is verified with the next one, and two of them can be compared. What
    is read is kept in OUTPUT.part: however it stops, the same command goes on with it, for seven days.

    With --since only what changed is asked for and merged into the earlier snapshot: contacts that were deleted since
    can't be seen that way, and the file says so. Members of lists are read again, since Front may not count them as a
    change of the contact; --keep-members leaves that out.

    \b
      sf2front snapshot --accounts -o before.ndjson
      sf2front snapshot --since monday.ndjson --full-after 7d -o tuesday.ndjson
      sf2front snapshot --from tuesday.ndjson --csv contacts.csv
    """
    asked = _asked(output, how)
    if how["source"]:
        _view_only(how["source"], how["view"])
        return
    settings = front_settings(settings_file, share, reserve)
    with FrontClient(settings, tell=say) as client, Outputs() as outputs, ProgressDisplay() as progress:
        inputs = taken(asked.since) if asked.since else ()
        result = run(asked, client, outputs, progress)
        written = result.written
        if how["view"]:
            written += (write_view(outputs.staged(output), output.name, how["view"], outputs),)
        commit(outputs, written, Origin("snapshot", inputs, {"front": settings.url}), result.told)
    _show(replace(result, written=written))


def _asked(output: Path, how: dict[str, Any]) -> SnapshotSettings:
    """Put the options together; what makes no sense together is a usage error."""
    if how["team"] and how["teammate"]:
        raise click.UsageError("--team and --teammate are two snapshots")
    if how["since"] and how["since"].resolve() == output.resolve():
        raise click.UsageError("--since and --output are one file: the earlier snapshot would be written over")
    if not how["since"] and (how["full_after"] is not None or how["keep_members"]):
        raise click.UsageError("--full-after and --keep-members go with --since")
    alone = ("accounts", "team", "teammate", "since", "restart")
    if how["source"] and (not how["view"] or any(how[name] for name in alone)):
        raise click.UsageError("--from goes with --csv alone: it makes the CSV of a snapshot that is there")
    scope = how["team"] or how["teammate"] or Scope()
    named = {name: how[name] for name in ("accounts", "since", "full_after", "keep_members", "restart")}
    return SnapshotSettings(output, scope=scope, **named)


def _view_only(snapshot: Path, view: Path) -> None:
    inputs = taken(snapshot)
    with Outputs() as outputs:
        written = (write_view(snapshot, snapshot.name, view, outputs),)
        commit(outputs, written, Origin("snapshot", inputs), {"contacts": written[0].rows})
    Summary(f"snapshot: {snapshot.name} as a CSV").files(written).show()


def _show(result: SnapshotResult) -> None:
    for note in result.notes:
        say(f"note: {note}")
    summary = Summary(f"snapshot: {result.company.name} ({result.company.id})")
    for kind, count in result.counts.items():
        summary.line(kind.replace("_", " "), count)
    if "deleted" in result.unseen:
        whole = stamp(result.whole)
        summary.line("last whole one", whole, "contacts that were deleted or merged since can't be seen")
    if result.unseen:
        summary.line("not seen", ", ".join(result.unseen))
    summary.line("requests", result.requests).files(result.written).show()
