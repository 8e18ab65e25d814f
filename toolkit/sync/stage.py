"""One run of a sync: export, transform, snapshot, plan, guards, replay, snapshot, verify; then the watermark moves."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from toolkit import files
from toolkit.errors import InputRefused
from toolkit.progress import Listener, silent
from toolkit.sync.lock import only_run
from toolkit.sync.record import (
    RunState,
    Summary,
    Verified,
    begin,
    keep_verified,
    prune,
    save,
    verified,
    watermark_file,
)
from toolkit.sync.settings import COMMON, SyncSettings
from toolkit.sync.steps import Counts, Step, Steps

Tell = Callable[[str, str], None]
"""Takes the run and a sentence."""


def unheard(_run: str, _sentence: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How the run ended: its summary, its folder, and whether rows were rejected, in conflict, refused or different."""

    summary: Summary
    folder: Path
    faults: int
    pruned: tuple[str, ...]


def run(
    settings: SyncSettings, command: tuple[str, ...], tell: Tell = unheard, on_progress: Listener = silent
) -> SyncResult:
    """Do one run, or go on with the unfinished one; ``command`` is what evidence says of who ran the stages.

    A run that the guards hold ends in the state ``held``: nothing was sent. Stopped when another run holds the
    folder. Any error leaves the run unfinished, with the stage and the reason in its summary.
    """
    with only_run(settings.runs, datetime.now(UTC)):
        sync = _Sync(settings, begin(settings, datetime.now(UTC)), command, tell, on_progress)
        return sync.run()


class _Sync:
    """One run on its way."""

    def __init__(
        self, settings: SyncSettings, summary: Summary, command: tuple[str, ...], tell: Tell, on_progress: Listener
    ) -> None:
        self._settings, self._summary, self._command, self._tell = settings, summary, command, tell
        self._folder = settings.runs / summary.run
        self._steps = Steps(settings, self._folder, on_progress, self._say)
        self._by_hand = ""

    def run(self) -> SyncResult:
        """Do what is not done yet; whatever ends it, the summary says how it stands."""
        self._save()
        self._say("gone on with" if self._summary.resumed else "begun")
        try:
            state, reason = self._stages()
        except BaseException as error:
            self._end(self._ended_by(error), getattr(error, "sentence", type(error).__name__))
            if self._by_hand:
                self._say(f"this stage by hand: {self._by_hand}")
            raise
        self._end(state, reason)
        pruned = tuple(prune(self._settings, datetime.now(UTC)))
        return SyncResult(self._summary, self._folder, self._faults(), pruned)

    def _ended_by(self, error: BaseException) -> RunState:
        """Tell whether to go on with this run: files that were refused stay refused, so those are made anew."""
        refused = isinstance(error, InputRefused) and not self._steps.checkpoint.exists()
        return RunState.FAILED if refused else RunState.STOPPED

    def _stages(self) -> tuple[RunState, str]:
        steps, last = self._steps, verified(self._settings)
        self._bring_watermark(last)
        exported = self._do("export", steps.export())
        self._do("transform", steps.transform())
        since = self._settings.runs / last.run / last.snapshot if last else None
        self._do("before", steps.snapshot(steps.before, since if last and last.accounts == self._accounts else None))
        planned = self._do("plan", steps.plan())
        held = "; ".join(filter(None, (self._missing(exported, last), planned["held"])))
        if held:
            return RunState.HELD, held
        snapshot = steps.before
        if planned["operations"]:
            self._do("replay", steps.replay())
            self._do("after", steps.snapshot(steps.after, steps.before))
            if self._do("verify", steps.verify())["different"]:
                return RunState.DIFFERENT, "Front is not what the plan asked: see plan.differences.ndjson"
            snapshot = steps.after
        self._move_forward(exported, snapshot)
        return RunState.VERIFIED, ""

    @property
    def _accounts(self) -> bool:
        return self._settings.accounts

    def _do(self, name: str, step: Step) -> Counts:
        """Do a step, unless it is done; what it counted goes into the summary."""
        self._by_hand = self._words(name)
        counts = step.counts()
        if counts is None:
            counts = step.do(self._command)
            self._say(f"{name}: {json.dumps(counts, sort_keys=True)}")
        else:
            self._say(f"{name}: done before")
        self._summary = replace(self._summary, stages=self._summary.stages | {name: counts})
        self._save()
        return counts

    def _words(self, name: str) -> str:
        """Write the command that does a stage of this run by hand, from the same files to the same files."""
        steps, settings = self._steps, self._settings
        accounts = ("--accounts",) if settings.accounts else ()
        contacts = ("export", "contacts", "--state", steps.watermark, "-o", steps.contacts)
        report = ("export", "report", settings.report, "-o", steps.contacts)
        named = () if settings.profile == COMMON else ("--profile", settings.profile)
        leaving = ("--leaving", settings.file, *named) if settings.leaving else ()
        to = ("--mapping", settings.mapping, "--to", "operations", *leaving, "-o", steps.operations.parent)
        leavers = ("--leavers", steps.leavers) if settings.leaving else ()
        by = ("--external-id", settings.external_id) if settings.external_id else ()
        words = {
            "export": report if settings.report else contacts,
            "transform": ("transform", steps.contacts, *to),
            "before": ("snapshot", *accounts, "-o", steps.before),
            "plan": ("plan", steps.operations, "--against", steps.before, *leavers, *by, "-o", steps.plan_file),
            "replay": ("replay", steps.plan_file),
            "after": ("snapshot", *accounts, "--since", steps.before, "-o", steps.after),
            "verify": ("verify", steps.plan_file, "--against", steps.after),
        }[name]
        return shlex.join(("sf2front", *map(str, words)))

    def _missing(self, exported: Counts, last: Verified | None) -> str:
        """Say why a report with far fewer rows than the last verified one holds the run; empty when it doesn't."""
        share = self._settings.max_missing
        if share is None or last is None or not self._settings.report:
            return ""
        rows, least = exported["rows"], last.rows * (1 - share)
        if rows >= least:
            return ""
        return f"the report has {rows:,} rows, {last.rows:,} in the run {last.run}: guards.max_missing is {share:.0%}"

    def _bring_watermark(self, last: Verified | None) -> None:
        """Copy the watermark into the run, unless settings or mapping changed: then every contact is looked at."""
        place, mine = watermark_file(self._settings), self._steps.watermark
        if mine.exists() or self._settings.report or not place.exists() or not last:
            return
        if last.mark == self._settings.mark:
            files.write(mine, place.read_bytes())

    def _move_forward(self, exported: Counts, snapshot: Path) -> None:
        """Let the next run begin where this one ended: only now that Front is known to be as asked."""
        if "watermark" in exported:
            content = {"object": "Contact"} | exported["watermark"]
            files.write(watermark_file(self._settings), json.dumps(content, sort_keys=True).encode() + b"\n")
        mark, accounts = self._settings.mark, self._accounts
        keep_verified(self._settings, Verified(self._summary.run, exported["rows"], snapshot.name, accounts, mark))

    def _faults(self) -> int:
        stages = self._summary.stages
        conflicts = sum(stages.get("plan", {}).get("conflicts", {}).values())
        refused = sum(stages.get("replay", {}).get("refusals", {}).values())
        different = stages.get("verify", {}).get("different", 0)
        return int(stages.get("transform", {}).get("faults", 0) + conflicts + refused + different)

    def _end(self, state: RunState, reason: str) -> None:
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        self._summary = replace(self._summary, state=state, reason=reason, ended=ended)
        self._save()
        self._say(f"{state}: {reason}" if reason else str(state))

    def _save(self) -> None:
        save(self._settings.runs, self._summary)

    def _say(self, sentence: str) -> None:
        self._tell(self._summary.run, sentence)


def held(result: SyncResult) -> InputRefused:
    """Give the error that a held run ends with: what it would have done is in its plan."""
    plan = result.folder / "plan.ndjson"
    hint = f"look at {plan}; if it is right, raise the guard, or send it with sf2front replay {shlex.quote(str(plan))}"
    return InputRefused(f"the run {result.summary.run} is held, nothing was sent: {result.summary.reason}", hint=hint)
