"""The command line, and the only room that knows click: parse, settings, stage, print, exit code.

One module a command, imported when it is called: ``sf2front --help`` loads neither polars nor httpx.
"""

import importlib
import os
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem

from toolkit import __version__
from toolkit.cli.failures import guarded

HELP = """Contacts from Salesforce reports into Front, stage by stage, with a file between each two.

\b
  sf2front export report "Contacts for Front" -o contacts.csv
  sf2front transform contacts.csv --mapping mapping.yaml --to operations -o out/
  sf2front snapshot --accounts -o front.ndjson
  sf2front plan out/operations.ndjson --against front.ndjson -o plan.ndjson
  sf2front replay plan.ndjson

Exit codes: 0 done, 1 a bug, 2 wrong usage or settings, 3 done but some rows rejected or refused,
4 sign-in refused, 5 stopped (run the same command again), 6 input refused, 130 interrupted.
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a command lives, and the line that the overview shows of it without importing it."""

    module: str
    line: str


COMMANDS = {
    "export": _Entry("export", "Salesforce reports, queries and changed contacts to CSV, every row."),
    "inspect": _Entry("inspect", "What a CSV is, and what a mapping would say of it."),
    "init": _Entry("init", "A first mapping for a CSV, from its headings and values."),
    "transform": _Entry("transform", "A CSV to Front's import files or to API operations."),
    "check": _Entry("check", "Can a first run go well?"),
    "snapshot": _Entry("snapshot", "What Front has now, to a file."),
    "plan": _Entry("plan", "Operations and a snapshot to the fewest exact requests."),
    "replay": _Entry("replay", "Operations to Front, with a checkpoint; run again to resume."),
    "verify": _Entry("verify", "Is Front what the operations asked?"),
    "sync": _Entry("sync", "All of these in one run, for a timer."),
    "runs": _Entry("runs", "What past runs of sync did."),
    "settings": _Entry("settings", "Which settings of sync hold, and why."),
    "rollback": _Entry("rollback", "A checkpoint to the operations that undo its replay."),
    "rules": _Entry("rules", "Front's rules, and which contacts one would match, before and after a plan."),
    "diff": _Entry("diff", "What changed between two files."),
    "validate": _Entry("validate", "Is a file of ours what it must be?"),
    "evidence": _Entry("evidence", "Walk back from a file to its sources; was anything changed?"),
    "explain": _Entry("explain", "What a code means, why it comes about, what to do."),
    "sandbox": _Entry("sandbox", "A local Salesforce and Front for rehearsal."),
    "demo": _Entry("demo", "The main job, end to end, on the sandbox."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, and whose failures become exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"toolkit.cli.{COMMANDS[cmd_name].module}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one that there is not, name those that it may have meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete command names from the table above, importing none of them."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete) if incomplete.startswith("-") else []
        return [*options, *(CompletionItem(name, help=COMMANDS[name].line) for name in names)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of the command line, for evidence and for saying how to go on."""
        ctx.meta["sf2front.command"] = ("sf2front", *args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours, a bug or Ctrl-C ends it with its exit code."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        with guarded(ctx):
            return super().invoke(ctx)


@click.group(
    cls=LazyGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="sf2front")
def cli() -> None:
    """Say what sf2front is; HELP is the text that people see."""
