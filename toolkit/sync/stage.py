"""One run of a sync: export, transform, snapshot, plan, guards, replay, snapshot, verify; then the watermark moves."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from toolkit import files
from toolkit.documents import parse_yaml
from toolkit.errors import InputRefused
from toolkit.front.reading import OVERLAP
from toolkit.http import SYSTEM_CLOCK
from toolkit.pacing import Clock
from toolkit.plan.guards import Changes
from toolkit.plan.waiting import results_of
from toolkit.progress import Listener, silent
from toolkit.settings import read_text
from toolkit.sync.lock import only_run
from toolkit.sync.record import (
    Base,
    RunState,
    Summary,
    Verified,
    base,
    begin,
    held_run,
    is_astray,
    keep_verified,
    prune,
    queue_of,
    read_summaries,
    save,
    verified,
    watermark_file,
)
from toolkit.sync.remembered import (
    Failed,
    due_ids,
    failed,
    read_rows,
    remember,
    remembered_file,
    save_rows,
    with_leavers,
    without_lost,
)
from toolkit.sync.settings import COMMON, SyncSettings
from toolkit.sync.steps import PLAN, Counts, Step, Steps

PROVEN_OVERLAP = 60.0
"""Seconds by which changes are asked for from before, where the last snapshot has shown what was written just then:
Front's list of changes was not further behind. Otherwise it is ``reading.OVERLAP``.
"""
PLANNED = ("export", "transform", "before", "plan")
"""The stages before the first request that writes."""
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
    settings: SyncSettings,
    command: tuple[str, ...],
    tell: Tell = unheard,
    on_progress: Listener = silent,
    clock: Clock = SYSTEM_CLOCK,
) -> SyncResult:
    """Do one run, or go on with the unfinished one; ``command`` is what evidence says of who ran the stages.

    ``clock`` says what time it is, for all but the times in descriptors, and lets it pass.

    A run that the guards hold ends in the state ``held``: nothing was sent. One whose time to send is up ends in the
    state ``queued``. Stopped when another run holds the folder. Any error leaves the run unfinished, with the stage
    and the reason in its summary. WrongSettings when the run that is approved is not one that was held.
    """
    now = _moment(clock)
    with only_run(settings.runs, now):
        if settings.approved:
            held_run(settings, settings.approved)
        return _Sync(settings, begin(settings, now), command, _Around(tell, on_progress, clock)).run()


def _moment(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


@dataclass(frozen=True, slots=True)
class _Around:
    """Who is told, and what time it is."""

    tell: Tell
    on_progress: Listener
    clock: Clock


class _Sync:
    """One run on its way."""

    def __init__(self, settings: SyncSettings, summary: Summary, command: tuple[str, ...], around: _Around) -> None:
        self._settings, self._command, self._around = settings, command, around
        self._summary = replace(summary, approved=settings.approved or summary.approved)
        self._folder = settings.runs / summary.run
        self._earlier = self._summary.approved or queue_of(settings)
        waiting = settings.runs / self._earlier / PLAN
        there = waiting if self._earlier and waiting.is_file() else None
        self._steps = Steps(settings, self._folder, around.on_progress, self._say, around.clock, there)
        self._sending = self._steps.checkpoint.exists()
        self._by_hand = ""

    def run(self) -> SyncResult:
        """Do what is not done yet; whatever ends it, the summary says how it stands."""
        self._save()
        self._say("gone on with" if self._summary.resumed else "begun")
        try:
            with self._steps:
                state, reason = self._stages()
        except BaseException as error:
            self._end(self._ended_by(error), getattr(error, "sentence", type(error).__name__))
            if self._by_hand:
                self._say(f"this stage by hand: {self._by_hand}")
            raise
        self._end(state, reason)
        pruned = tuple(prune(self._settings, _moment(self._around.clock)))
        return SyncResult(self._summary, self._folder, self._faults(), pruned)

    def _ended_by(self, error: BaseException) -> RunState:
        """Tell whether to go on with this run: files that were refused stay refused, so those are made anew."""
        refused = isinstance(error, InputRefused) and not self._steps.checkpoint.exists()
        return RunState.FAILED if refused else RunState.STOPPED

    def _stages(self) -> tuple[RunState, str]:
        steps, last, since = self._steps, verified(self._settings), self._base()
        if since:
            self._bring_watermark(last)
        exported = self._do("export", steps.export())
        self._do("transform", steps.transform())
        fits = since is not None and since.accounts == self._accounts
        overlap = PROVEN_OVERLAP if since and since.proven else OVERLAP
        self._do("before", steps.look_before(since.path if since and fits else None, overlap))
        planned = self._do("plan", steps.plan())
        if held := self._held(exported, planned, last):
            return RunState.HELD, held
        if planned["operations"]:
            self._do("replay", steps.replay())
            self._do("after", steps.look_after())
            self._do("verify", steps.verify())
        left = failed(steps.plan_file)
        if left is None:
            return RunState.DIFFERENT, "Front is not what the plan asked: see plan.differences.ndjson"
        if waiting := self._summary.waiting:
            return RunState.QUEUED, f"{waiting:,} operations wait for the next run"
        self._move_forward(exported, left)
        return RunState.VERIFIED, ""

    def _base(self) -> Base | None:
        """Give the snapshot to go on from; None when everything is to be looked at, in Front and in Salesforce."""
        found = base(self._settings, without=self._summary.run)
        age = datetime.fromisoformat(self._summary.started) - found.whole if found else None
        return found if age is not None and age.total_seconds() <= self._settings.full_after else None

    @property
    def _accounts(self) -> bool:
        return self._settings.accounts

    def _do(self, name: str, step: Step) -> Counts:
        """Do a step, unless it is done; what it counted goes into the summary."""
        self._by_hand = self._words(name, step)
        counts = self._known(name, step)
        if counts is None:
            counts = step.do(self._command)
            self._say(f"{name}: {json.dumps(counts, sort_keys=True)}")
        else:
            self._say(f"{name}: done before")
        self._summary = replace(self._summary, stages=self._summary.stages | {name: counts})
        self._save()
        return counts

    def _known(self, name: str, step: Step) -> Counts | None:
        """Give what a step counted that is done. Once sending has begun its plan stands, whatever it rested on: another
        one would not be that of the checkpoint.
        """
        before = self._summary.stages.get(name) if self._sending and name in PLANNED else None
        return before or step.counts()

    def _words(self, name: str, step: Step) -> str:
        """Write the command that does a stage of this run by hand, from the same files to the same files."""
        steps, settings = self._steps, self._settings
        accounts = ("--accounts",) if settings.accounts else ()
        where = ("--soql-where", settings.where) if settings.where else ()
        fields = ("--fields", ",".join(settings.fields))
        contacts = ("export", "contacts", "--state", steps.watermark, *fields, *where, "-o", steps.contacts)
        report = ("export", "report", settings.report, "-o", steps.contacts)
        named = () if settings.profile == COMMON else ("--profile", settings.profile)
        leaving = ("--leaving", settings.file, *named) if settings.leaving else ()
        to = ("--mapping", settings.mapping, "--to", "operations", *leaving, "-o", steps.operations.parent)
        leavers = ("--leavers", steps.leavers) if settings.leaving else ()
        queue = ("--queue", *(("--waiting", steps.waiting) if steps.waiting else ()))
        time = ("--for", f"{settings.send_for:.0f}s") if settings.send_for else ()
        by = ("--external-id", settings.external_id) if settings.external_id else ()
        since = ("--since", *step.inputs, "--keep-members") if name == "before" and step.inputs else ()
        words = {
            "export": report if settings.report else contacts,
            "transform": ("transform", steps.contacts, *to),
            "before": ("snapshot", *accounts, *since, "-o", steps.before),
            "plan": ("plan", steps.operations, "--against", steps.before, *queue, *leavers, *by, "-o", steps.plan_file),
            "replay": ("replay", steps.plan_file, "--on-conflict", "plan", *time),
            "after": ("snapshot", *accounts, "--since", steps.before, "-o", steps.after),
            "verify": ("verify", steps.plan_file, "--against", steps.after, "--results", results_of(steps.plan_file)),
        }[name]
        return shlex.join(("sf2front", *map(str, words)))

    def _held(self, exported: Counts, planned: Counts, last: Verified | None) -> str:
        """Say why nothing may be sent, by the guards of now; empty when it may, or when sending has begun."""
        if self._sending:
            return ""
        changes, waited = Changes(**planned["changes"]), Changes(**planned["waited"])
        contacts = self._summary.stages["before"].get("contact", 0)
        broken = self._settings.guards.broken(contacts, changes.without(waited))
        return "; ".join(filter(None, (self._missing(exported, last), *(each.sentence for each in broken))))

    def _missing(self, exported: Counts, last: Verified | None) -> str:
        """Say why a report with far fewer rows than the last verified one, or one that was let pass since, holds the
        run; empty when it doesn't.
        """
        share = self._settings.max_missing
        if share is None or last is None or not self._settings.report:
            return ""
        run, before = last.run, last.rows
        passed = next((each for each in read_summaries(self._settings.runs) if each.run == self._earlier), None)
        if passed and "export" in passed.stages:
            run, before = passed.run, min(before, passed.stages["export"]["rows"])
        rows = exported["rows"]
        if rows >= before * (1 - share):
            return ""
        return f"the report has {rows:,} rows, {before:,} in the run {run}: guards.max_missing is {share:.0%}"

    def _bring_watermark(self, last: Verified | None) -> None:
        """Copy the watermark into the run, unless settings or mapping changed, or others were in force in between: then
        every contact is looked at.
        """
        place, mine = watermark_file(self._settings), self._steps.watermark
        if mine.exists() or self._settings.report or not place.exists() or not last:
            return
        if last.mark == self._settings.mark and not is_astray(self._settings, last):
            ids = due_ids(read_rows(remembered_file(self._settings)), _moment(self._around.clock))
            files.write(self._steps.again, json.dumps(ids).encode() + b"\n")
            files.write(mine, place.read_bytes())

    def _move_forward(self, exported: Counts, left: Failed) -> None:
        """Let the next run begin where this one ended: only now that Front is known to be as asked.

        What was refused is remembered before the watermark passes it.
        """
        if "watermark" in exported:
            self._remember(left)
            content = {"object": "Contact"} | exported["watermark"]
            files.write(watermark_file(self._settings), json.dumps(content, sort_keys=True).encode() + b"\n")
        keep_verified(self._settings, Verified(self._summary.run, exported["rows"], self._settings.mark))

    def _remember(self, left: Failed) -> None:
        place = remembered_file(self._settings)
        left = with_leavers(left, self._steps.leavers, self._steps.before)
        key = parse_yaml(read_text(self._settings.mapping), str(self._settings.mapping)).data["source"]["key"]
        now = _moment(self._around.clock)
        rows = without_lost(remember(read_rows(place), left, self._steps.contacts, key, now), self._steps.asked, now)
        save_rows(place, rows)
        if rows:
            self._say(f"{len(rows):,} records that were refused or in conflict are asked for again by later runs")

    def _faults(self) -> int:
        stages = self._summary.stages
        conflicts = sum(stages.get("plan", {}).get("conflicts", {}).values())
        refused = sum(stages.get("replay", {}).get("refusals", {}).values())
        different = stages.get("verify", {}).get("different", 0)
        return int(stages.get("transform", {}).get("faults", 0) + conflicts + refused + different)

    def _end(self, state: RunState, reason: str) -> None:
        ended = _moment(self._around.clock).isoformat(timespec="seconds")
        self._summary = replace(self._summary, state=state, reason=reason, ended=ended)
        self._save()
        self._say(f"{state}: {reason}" if reason else str(state))

    def _save(self) -> None:
        save(self._settings.runs, self._summary)

    def _say(self, sentence: str) -> None:
        self._around.tell(self._summary.run, sentence)


def held(result: SyncResult) -> InputRefused:
    """Give the error that a held run ends with: what it would have done is in its plan."""
    plan, name = result.folder / PLAN, result.summary.run
    hint = f"look at {plan}; if it is right, let it pass: the same command with --approve {name}"
    return InputRefused(f"the run {result.summary.run} is held, nothing was sent: {result.summary.reason}", hint=hint)
