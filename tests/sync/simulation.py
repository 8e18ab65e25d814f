"""Nights of sync on the sandbox, 24 simulated hours apart, with all that may go wrong in them.

Most nights run in this process by the stage's own function; those that are killed run in processes of their own, by the
same clock. ``Tally`` counts what the sandbox's Front received, from its own log.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.sync.clock import SharedClock
from tests.sync.model import FIELDS, MAPPING, Model
from tests.sync.night import STAGES
from tests.sync.world import World
from toolkit.errors import ToolkitError
from toolkit.sandbox.config import FaultKind, SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.sync.record import UNFINISHED, RunState, Summary, read_summaries
from toolkit.sync.settings import read_settings
from toolkit.sync.stage import run

BEGIN = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
DAY, HOUR = 86_400.0, 3_600.0
SETTINGS = """\
version: 1
front: {{url: "{url}", share: 1}}
salesforce:
  url: "{url}"
  login: {{method: client_credentials, client_id: sync, client_secret: {{env: YEAR_SECRET}}}}
source: {{contacts: {{fields: [{fields}]}}}}
mapping: mapping.yaml
accounts: false
full_after: {full_after}d
keep: {{runs: 5, days: 10}}
"""
SANDBOX = """\
front:
  rate_limit: {{requests: 10000000}}
  faults: {{share: {faults}, slow_seconds: 0}}
salesforce: {{contacts: 0, session_requests: 6}}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated: nights, records, the share of them that changes a day, and how likely trouble is."""

    nights: int
    contacts: int
    seed: int
    share: float = 0.0125
    trouble: float = 0.25
    faults: float = 0.0005
    full_after: int = 90
    speed: float = 120.0


@dataclass(slots=True)
class Tally:
    """Requests to Front by what they are for, as the sandbox logged them; ``seen`` is the last line counted."""

    received: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    nights: Counter[str] = field(default_factory=Counter)
    seen: int = 0

    def count(self, sandbox: RunningSandbox, what: str) -> Counter[str]:
        """Count the requests since the last time; reads are named by ``what``, writes by what they do."""
        with sandbox.store.transaction() as db:
            asked = "SELECT seq, method, path, status FROM requests WHERE seq > ? ORDER BY seq"
            rows = db.execute(asked, (self.seen,)).fetchall()
        self.seen = rows[-1]["seq"] if rows else self.seen
        found = Counter(_kind(row["method"], row["path"], row["status"], what) for row in rows)
        self.received += found
        return found


def _kind(method: str, path: str, status: int, what: str) -> str:
    if status >= 500 or status in (401, 429):
        return "not done, by outages"
    if status >= 400 and method != "GET":
        return "refused"
    if method == "GET":
        route = "one contact" if path.startswith("/contacts/") and path != "/contacts/custom_fields" else path
        return f"{what}: {'contacts' if route == '/contacts' else route.strip('/')}"
    parts = path.strip("/").split("/")
    kinds = {("POST", 1): "creates", ("PATCH", 2): "updates", ("POST", 3): "handles"}
    if parts[0] == "contact_lists":
        return "onto lists" if len(parts) > 1 else "lists"
    return kinds.get((method, len(parts)), f"{method} {path}")


class Simulation:
    """The world, the model, and the nights that go by."""

    def __init__(self, plan: Plan, folder: Path, sandbox: RunningSandbox, clock: SharedClock) -> None:
        self.plan, self.folder, self.sandbox, self.clock = plan, folder, sandbox, clock
        self.model = Model()
        self.world = World(sandbox, self.model, plan.seed)
        self.tally = Tally()
        self.notes: list[str] = []
        self.chance = self.world.chance
        self._token = "sandbox"
        self.durations = dict.fromkeys(STAGES, 0.3)
        self._done: set[str] = set()
        self._half_done = False  # whether runs came to nothing since the last that went well, and may have sent a part

    def night(self, number: int, trouble: str) -> None:
        """Let one night pass: until a run has gone well, or nobody begins it again before the next evening."""
        self.clock.set(BEGIN + number * DAY + 2 * HOUR)
        self._bring(trouble)
        self.tally.nights[trouble] += 1
        for attempt in range(2 if "all night" in trouble else 3):
            ended = self._killed(trouble) if trouble.startswith("kill") and attempt == 0 else self.run_once()
            if ended:
                break
            self.clock.sleep(1_200 if trouble.startswith("kill") else 2_400)
        self._end(trouble)
        runs = [each for each in read_summaries(self.folder / "runs") if each.run not in self._done]
        verified = [each for each in runs if each.state is RunState.VERIFIED]
        self._half_done |= any(each.state is not RunState.VERIFIED for each in runs)
        self._done.update(each.run for each in runs if each.state not in UNFINISHED)
        if verified:  # a second one in a night, begun though the first had just ended, is none that was needed
            self._settle(number, trouble, verified[0])
            self._half_done = False

    def _settle(self, number: int, trouble: str, summary: Summary) -> None:
        """Let the model do what the run has done."""
        whole, world = summary.stages["before"]["whole"] == summary.stages["before"]["began"], self.world
        refused = self._refused(summary)
        done = [world.records[each] for each in world.records if (whole or each in world.dirty) and each not in refused]
        world.dirty &= refused
        known = self.model.writes.copy()
        fewest = self.model.night(done, whole=whole)
        sent = sum(summary.stages["plan"]["operations"].values())
        sent -= sum(summary.stages.get("replay", {}).get("refusals", {}).values())
        if trouble == "calm" and (sent > fewest or (sent < fewest and not self._half_done)):
            self._note_night(number, summary, self.model.writes - known)

    def _note_night(self, number: int, summary: Summary, needed: Counter[str]) -> None:
        """Note a night whose operations are not those needed, and keep its files."""
        run, planned = self.folder / "runs" / summary.run, summary.stages["plan"]["operations"]
        self.notes.append(f"night {number} ({summary.run}): {planned}, needed {dict(needed)}")
        shutil.copytree(run, self.folder / "kept" / summary.run)

    def _refused(self, summary: Summary) -> set[str]:
        """Give the records whose operations Front refused in a run, for whatever reason: they are still to be done."""
        failures = self.folder / "runs" / summary.run / "plan.failures.ndjson"
        lines = failures.read_text(encoding="utf-8").splitlines() if failures.exists() else ()
        return {json.loads(each)["key"] for each in lines}

    # One run

    def run_once(self) -> bool:
        """Do one run in this process; True when it has gone well."""
        last, began = ["export"], [time.perf_counter()]

        def tell(_: str, sentence: str) -> None:
            stage = sentence.partition(":")[0]
            if stage in STAGES:
                self.tally.count(self.sandbox, _look(stage))
                self.durations[stage] = time.perf_counter() - began[0]
                began[0], last[0] = time.perf_counter(), stage

        try:
            settings = read_settings(self.folder / "sync.yaml", None, self._environment())
            result = run(settings, ("sync", "sync.yaml"), tell, clock=self.clock.clock)
        except ToolkitError:
            self.tally.count(self.sandbox, "stopped runs")
            return False
        self.tally.count(self.sandbox, "other")
        return result.summary.state is RunState.VERIFIED

    def _killed(self, trouble: str) -> bool:
        """Do one run in a process that is killed at a random moment of a stage; True when it went well before."""
        stage = trouble.partition(" ")[2]
        delay = self.chance.random() * self.durations[stage] if stage != "end" else self.chance.random() / 200
        words = [
            sys.executable,
            "-m",
            "tests.sync.night",
            str(self.folder / "sync.yaml"),
            str(self.folder / "clock"),
            stage,
        ]
        done = subprocess.run([*words, f"{delay:.4f}"], env=os.environ | self._environment(), check=False)
        self.tally.count(self.sandbox, "killed runs")
        if done.returncode not in (0, -signal.SIGKILL):
            self.notes.append(f"a run that was to be killed amid {stage} ended with {done.returncode}")
        self.tally.kills[stage if done.returncode else "too late"] += 1
        return done.returncode == 0

    def _environment(self) -> dict[str, str]:
        return {"SF2FRONT_FRONT_TOKEN": self._token, "YEAR_SECRET": "secret"}

    # Trouble

    def _bring(self, trouble: str) -> None:
        front, salesforce, wait = self.sandbox.front, self.sandbox.salesforce, self.chance.randrange(40)
        match trouble:
            case "front down for minutes":
                front.spoil(FaultKind.UNAVAILABLE, wait, self.chance.uniform(20, 900))
            case "front down all night":
                front.spoil(FaultKind.DROP, wait)
            case "salesforce down for minutes":
                salesforce.spoil(FaultKind.UNAVAILABLE, wait % 8, self.chance.uniform(20, 900))
            case "salesforce down all night":
                salesforce.spoil(FaultKind.HTML, wait % 8)
            case "front token refused":
                front.token = f"renewed-{self.chance.randrange(10**6)}"

    def _end(self, trouble: str) -> None:
        self.sandbox.front.spoil(None)
        self.sandbox.salesforce.spoil(None)
        if trouble == "front token refused":
            self._token = self.sandbox.front.token

    def trouble(self) -> str:
        """Draw what goes wrong in a night."""
        if self.chance.random() >= self.plan.trouble:
            return "calm"
        kinds = (
            "kill", "front down for minutes", "front down all night", "salesforce down for minutes",
            "salesforce down all night", "front token refused",
        )  # fmt: skip
        (kind,) = self.chance.choices(kinds, (12, 4, 1, 3, 1, 1))
        return f"kill {self.chance.choice(STAGES)}" if kind == "kill" else kind


def _look(stage: str) -> str:
    return {"before": "before", "after": "after", "replay": "replay"}.get(stage, "other")


@contextmanager
def simulated(plan: Plan, folder: Path) -> Iterator[Simulation]:
    """Give a simulation on a sandbox of its own, whose Salesforce holds the records and whose Front is empty."""
    clock = SharedClock.begun(folder / "clock", BEGIN, plan.speed)
    (folder / "sandbox.yaml").write_text(SANDBOX.format(faults=plan.faults))
    (folder / "mapping.yaml").write_text(MAPPING)
    with running(SandboxSettings(config=folder / "sandbox.yaml", state=folder / "front.sqlite"), clock.now) as sandbox:
        text = SETTINGS.format(url=sandbox.url, fields=", ".join(FIELDS), full_after=plan.full_after)
        (folder / "sync.yaml").write_text(text)
        yield Simulation(plan, folder, sandbox, clock)


def salesforce_requests(sandbox: RunningSandbox) -> Any:
    """Give how many requests Salesforce has had, in all."""
    log = sandbox.salesforce.requests()
    return log[-1]["seq"] if log else 0
