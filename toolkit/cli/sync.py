"""``sf2front sync``: one run of everything, for a timer."""

import json
import logging
import os
import shlex
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from toolkit import files
from toolkit.cli.shared import FILE, NEW_FILE, ProgressDisplay, Summary, command_line, say, shared_options
from toolkit.errors import CannotWrite, ExitCode
from toolkit.progress import silent
from toolkit.sync.metrics import metrics
from toolkit.sync.record import RunState, read_summaries
from toolkit.sync.record import Summary as RunSummary
from toolkit.sync.settings import SyncSettings, read_settings, secret_variables
from toolkit.sync.stage import SyncResult, held, run

_LOG = logging.getLogger("sf2front.sync")
NOTIFY_SECONDS = 60
_SECRET_ENDS = ("_TOKEN", "_SECRET", "_PASSWORD")
"""How the variables end that the notify command is not given."""
NOTIFY = "--notify-command"
PROFILE = "The profile of SETTINGS. Default: the only one."


class _Json(logging.Formatter):
    """One JSON object a line: time, level, run, message."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"time": time, "level": record.levelname.lower(), "run": record.__dict__.get("run", "")}
        return json.dumps(said | {"message": record.getMessage()}, ensure_ascii=False)


@click.command("sync")
@click.argument("settings_file", metavar="SETTINGS", type=FILE)
@click.option("--profile", help=PROFILE)
@click.option("--approve", metavar="RUN", help="Let pass what the plan of this held run does, whatever the guards.")
@click.option(NOTIFY, help="A command that gets the run's summary as JSON on its stdin. No shell is run.")
@click.option("--metrics", "metrics_file", type=NEW_FILE, help="Write the run as Prometheus text to this file.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Lines on stderr."
)
@shared_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    settings_file: Path,
    profile: str | None,
    approve: str | None,
    notify_command: str | None,
    metrics_file: Path | None,
    log_format: str,
) -> None:
    """Bring Front up to date: export, transform, snapshot, plan, replay, verify, in a run folder of its own.

    A run that was killed is taken up again: what is done is not done again. Guards hold a run that would change or
    delete too much: exit code 6, nothing sent, the plan kept; --approve lets that plan pass. One run at a time: a
    second one ends with 5. Where the time of send_for is up the rest waits for the next run, which plans it anew.

    \b
      sf2front sync samples/sync.yaml --profile sandbox
      sf2front sync sync.yaml --log-format json --metrics sf2front.prom
    """
    settings = replace(read_settings(settings_file, profile), approved=approve or "")
    with _Logged(log_format), ProgressDisplay() as display:
        before = {each.run: each for each in read_summaries(settings.runs)}
        try:
            result = run(settings, _shown_words(), _log, silent if log_format == "json" else display)
        finally:
            told = [each for each in read_summaries(settings.runs) if before.get(each.run) != each]
            for each in told[-1:]:
                _measure(metrics_file, each)
                _notify(notify_command, each, settings)
    _show(result, log_format)
    if result.summary.state is RunState.HELD:
        raise held(result)
    if result.faults or result.summary.state is RunState.DIFFERENT:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _shown_words() -> tuple[str, ...]:
    """Give this command line for evidence, without the command that is notified: a webhook's address is a secret."""
    words = list(command_line())
    for place, word in enumerate(words):
        name, given, _ = word.partition("=")
        if name == NOTIFY:
            at = place if given else min(place + 1, len(words) - 1)
            words[at] = f"{NOTIFY}=…" if given else "…"
    return tuple(words)


def _log(name: str, sentence: str) -> None:
    _LOG.info(sentence, extra={"run": name})


class _Logged:
    """Logs to stderr while it lasts, and leaves the logger as it was: nothing with --quiet."""

    def __init__(self, form: str) -> None:
        self._handler = logging.StreamHandler(sys.stderr)
        text = logging.Formatter("%(asctime)s %(run)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self._handler.setFormatter(_Json() if form == "json" else text)

    def __enter__(self) -> None:
        if not click.get_current_context().meta.get("sf2front.quiet"):
            _LOG.addHandler(self._handler)
        _LOG.setLevel(logging.INFO)
        _LOG.propagate = False

    def __exit__(self, *_: object) -> None:
        _LOG.removeHandler(self._handler)


def _measure(path: Path | None, summary: RunSummary) -> None:
    """Write the metrics, for whoever collects them to read; that they can't be written changes nothing else."""
    try:
        if path:
            files.write(path, metrics(summary), files.PUBLIC)
    except CannotWrite as error:
        say(f"warning: {error.sentence}")


def _notify(words: str | None, summary: RunSummary, settings: SyncSettings) -> None:
    """Hand the summary on. The command gets none of the secrets; a failure of it is told and changes nothing else."""
    if not words:
        return
    hidden = secret_variables(settings)
    environment = {
        name: value for name, value in os.environ.items() if not name.endswith(_SECRET_ENDS) and name not in hidden
    }
    try:
        subprocess.run(  # noqa: S603 - the person's own command; no shell is involved
            shlex.split(words), input=json.dumps(asdict(summary)), text=True, check=True, timeout=NOTIFY_SECONDS,
            env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        say(f"warning: the notify command failed ({type(error).__name__})")


def _show(result: SyncResult, log_format: str) -> None:
    """Print the summary; a log of JSON has said it all, and gets no lines of another kind."""
    told = result.summary
    planned = told.stages.get("plan", {})
    summary = Summary(f"sync: {told.run}, {told.state}").line("run", told.run).line("state", str(told.state))
    summary.line("rows", told.stages["export"]["rows"]).line("unchanged", planned["unchanged"])
    summary.line("operations", sum(planned["operations"].values()), planned["operations"])
    if told.waiting:
        summary.line("waiting", told.waiting, "operations, for the next run")
    summary.line("rejected or refused", result.faults).line("folder", str(result.folder))
    summary.line("pruned", len(result.pruned))
    if log_format == "text" or click.get_current_context().meta["sf2front.as_json"]:
        summary.show()
