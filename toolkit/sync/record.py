"""A run's folder and its summary; which run is unfinished, which was verified last, and which are old enough to go."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from toolkit import files
from toolkit.errors import InputRefused, WrongSettings
from toolkit.evidence.package import told_of
from toolkit.sync.settings import SyncSettings

SUMMARY, CHECKPOINT = "summary.json", "plan.checkpoint"
STAMP = "%Y-%m-%dT%H%M%SZ"
RESUMABLE = timedelta(hours=1)
"""For how long after its snapshot (or its begin, while there is none) a run is taken up again.

Later the snapshot says too little of Front: what others changed meanwhile in a custom field would be written over,
since Front takes the map of them only whole. A new run looks anew, and plans what the old one has left.
"""


class RunState(StrEnum):
    """How a run stands: ``running`` is also what a killed one says; only ``verified`` moves the watermark.

    ``failed``: a stage refused its files before anything was sent; ``stopped``: any other end amid the stages;
    ``queued``: the time to send was up, and what was sent is there: the rest is planned anew by the next run.
    """

    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    HELD = "held"
    QUEUED = "queued"
    VERIFIED = "verified"
    DIFFERENT = "different"
    GIVEN_UP = "given up"


UNFINISHED = frozenset({RunState.RUNNING, RunState.STOPPED})


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``summary.json`` says: times in ISO 8601, ``stages`` the counts of each stage that has ended.

    ``resumed`` counts how often the run was taken up again; ``reason`` says why it was held or stopped; ``approved``
    names the held run whose plan a person let pass with this one.
    """

    run: str
    profile: str
    state: RunState
    started: str
    mark: str
    ended: str = ""
    resumed: int = 0
    reason: str = ""
    approved: str = ""
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """How many operations its replay left for the next run."""
        return sum(self.stages.get("replay", {}).get("left", {}).values())

    @property
    def seconds(self) -> float | None:
        """How long it took, from its first start; None while it has not ended."""
        if not self.ended:
            return None
        return (datetime.fromisoformat(self.ended) - datetime.fromisoformat(self.started)).total_seconds()


@dataclass(frozen=True, slots=True)
class Verified:
    """The last verified run: its rows (of the export), and the mark of its settings."""

    run: str
    rows: int
    mark: str


@dataclass(frozen=True, slots=True)
class Base:
    """The last snapshot that any run has left, whatever became of the run: the next one only asks what changed since.

    ``whole``: when the last whole snapshot was made, on which it rests. ``proven``: it shows all that the run had
    written just before, so Front's list of changes was not behind.
    """

    run: str
    path: Path
    whole: datetime
    accounts: bool
    proven: bool


def save(runs: Path, summary: Summary) -> None:
    """Write the summary into its run's folder, whole or not at all."""
    _write(runs / summary.run / SUMMARY, asdict(summary))


def read_summaries(runs: Path) -> list[Summary]:
    """Give the summaries of all runs in the folder, oldest first; what is no run of ours is passed over."""
    return list(_summaries(runs))


def _summaries(runs: Path) -> Iterator[Summary]:
    for path in sorted(runs.glob(f"*/{SUMMARY}")):
        try:
            data = json.loads(path.read_bytes())
            found = Summary(**data | {"state": RunState(data["state"])})
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if found.run == path.parent.name:
            yield found


def begin(settings: SyncSettings, now: datetime) -> Summary:
    """Take up the unfinished run, or begin a new one. An unfinished one of other settings, or too old, is given up."""
    mine = [each for each in read_summaries(settings.runs) if each.profile == settings.profile]
    for each in mine:
        if each.state not in UNFINISHED:
            continue
        if each is mine[-1] and each.mark == settings.mark and abs(now - _looked(each)) < RESUMABLE:
            return replace(each, state=RunState.RUNNING, reason="", ended="", resumed=each.resumed + 1)
        save(settings.runs, replace(each, state=RunState.GIVEN_UP, ended=now.isoformat(timespec="seconds")))
    name = _free(settings.runs, _behind(mine, now))
    return Summary(name, settings.profile, RunState.RUNNING, now.isoformat(timespec="seconds"), settings.mark)


def _looked(summary: Summary) -> datetime:
    """Give when a run looked at Front; its begin, while it has not."""
    return datetime.fromisoformat(summary.stages.get("before", {}).get("began", summary.started))


def _behind(mine: list[Summary], now: datetime) -> str:
    """Name a run by the moment at which it begins, or, where the clock was put back, by that behind the last run's: the
    order of runs is that of their names.
    """
    name = now.strftime(STAMP)
    last = mine[-1].run[: len(name)] if mine else ""
    if last <= name:
        return name
    return (datetime.strptime(last, STAMP).replace(tzinfo=UTC) + timedelta(seconds=1)).strftime(STAMP)


def _free(runs: Path, name: str) -> str:
    """Give the name, or with a number behind it where it is taken: two runs may begin within a second."""
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(each for each in names if not (runs / each).exists())


def verified(settings: SyncSettings) -> Verified | None:
    """Give the last verified run of this profile, if there is one."""
    try:
        return Verified(**json.loads(_verified_file(settings).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def base(settings: SyncSettings, without: str = "") -> Base | None:
    """Give the newest snapshot of this profile's runs, that of ``without`` left out."""
    for each in reversed(read_summaries(settings.runs)):
        if each.profile != settings.profile or each.run == without:
            continue
        for name in ("after", "before"):
            path = settings.runs / each.run / f"{name}.ndjson"
            if name in each.stages and (found := _base(each, path, each.stages[name])):
                return found
    return None


def _base(summary: Summary, path: Path, counts: dict[str, Any]) -> Base | None:
    """Give a snapshot to go on from; None when it, or what tells of it, is not there any more as it was written."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
        if not told_of(path):
            return None
        proven = summary.state is RunState.VERIFIED and path.stem == "after"
        return Base(summary.run, path, datetime.fromisoformat(counts["whole"]), head["accounts"], proven)
    except (OSError, ValueError, KeyError, TypeError, InputRefused):
        return None


def keep_verified(settings: SyncSettings, found: Verified) -> None:
    """Remember a verified run."""
    _write(_verified_file(settings), asdict(found))


def _verified_file(settings: SyncSettings) -> Path:
    return settings.runs / f"{settings.profile}.verified.json"


def queue_of(settings: SyncSettings) -> str:
    """Name the last run of this profile that left operations to the next ones; empty when none is owed anything.

    One that was given up amid its replay did: what it sent is no difference any more, whatever its plan says.
    """
    mine = [each for each in read_summaries(settings.runs) if each.profile == settings.profile]
    for each in reversed(mine):
        if each.state is RunState.VERIFIED or each.mark != settings.mark:
            return ""
        if each.state in (RunState.QUEUED, RunState.DIFFERENT):
            return each.run if each.waiting else ""
        if each.state is RunState.GIVEN_UP and (settings.runs / each.run / CHECKPOINT).exists():
            return each.run
    return ""


def held_run(settings: SyncSettings, run: str) -> Summary:
    """Give the run that a person approves. WrongSettings when it was not held, or when something was sent, a run was
    verified, or settings or mapping changed, since: its plan then says too little of what would be done.
    """
    mine = [each for each in read_summaries(settings.runs) if each.profile == settings.profile]
    found = next((each for each in mine if each.run == run), None)
    if found is None or found.state is not RunState.HELD:
        raise WrongSettings(f"there is no held run {run} in {settings.runs}", hint="sf2front runs shows them")
    hint = "run sync again, and look at the new plan"
    if found.mark != settings.mark:
        raise WrongSettings(f"settings or mapping changed since the run {run} was held", hint=hint)
    since = mine[mine.index(found) + 1 :]
    if verified_one := next((each for each in since if each.state is RunState.VERIFIED), None):
        raise WrongSettings(f"{verified_one.run} has been verified since the run {run} was held", hint=hint)
    if any(_has_sent(settings, each) and each.approved != run for each in since):
        raise WrongSettings(f"other runs have sent something since the run {run} was held", hint=hint)
    return found


def _has_sent(settings: SyncSettings, summary: Summary) -> bool:
    """Tell whether a run has come so far as to send: also one that was killed amid it."""
    return "replay" in summary.stages or (settings.runs / summary.run / CHECKPOINT).exists()


def is_astray(settings: SyncSettings, last: Verified) -> bool:
    """Tell whether a run of other settings, or another mapping, has sent something since the last verified one: then
    Front may be unlike Salesforce in contacts that did not change there.
    """
    since = [each for each in read_summaries(settings.runs) if each.profile == settings.profile and each.run > last.run]
    return any(each.mark != settings.mark and _has_sent(settings, each) for each in since)


def watermark_file(settings: SyncSettings) -> Path:
    """Say where the watermark of this profile stands."""
    return settings.runs / f"{settings.profile}.watermark.json"


def _write(path: Path, content: Any) -> None:
    files.write(path, json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n")


def prune(settings: SyncSettings, now: datetime) -> list[str]:
    """Remove the folders of old runs; give their names.

    Never an unfinished run, nor the last verified one, nor the one whose snapshot the next run goes on from, nor one
    that left operations to the next.
    """
    mine = [each for each in read_summaries(settings.runs) if each.profile == settings.profile]
    last, going_on = verified(settings), base(settings)
    needed = {each.run for each in (last, going_on) if each} | {queue_of(settings)}
    gone = []
    for each in mine[: -settings.keep_runs]:
        old = now - datetime.fromisoformat(each.started) > timedelta(days=settings.keep_days)
        if old and each.state not in UNFINISHED and each.run not in needed:
            with contextlib.suppress(OSError):  # such as files of another user: the next run tries again
                shutil.rmtree(settings.runs / each.run)
                gone.append(each.run)
    return gone
