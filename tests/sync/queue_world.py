"""A Salesforce and a Front that agree, a clock that leaps, and nights in which sync runs: for tests and queue_run.

Each contact's title says which version of it that is, and becomes its description in Front: so it can be told from what
was sent whether a version was sent twice, or after a newer one.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.pacing import Clock
from toolkit.progress import Listener, silent
from toolkit.sandbox import contact_rows
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.record_ids import salesforce_id
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.sync.settings import read_settings
from toolkit.sync.stage import SyncResult, Tell, run, unheard

_REQUESTS = "SELECT o.key, r.body FROM request r JOIN operation o USING (hash) WHERE r.method <> 'GET' ORDER BY r.seq"
DAY = 86_400.0
FIRST_NIGHT = 1_798_768_800.0
"""2027-01-01T02:00:00Z."""
MAPPING = """\
version: 1
source: {key: Id}
contact:
  name: "{LastName}"
  description: "{Title}"
  handles: [{source: email, from: [Email]}]
  lists: [{name: Updated, when: "Title <> 'version 0' AND LastName LIKE '%7'"}]
  external_id: Salesforce ID
  custom_fields: {Salesforce ID: {from: Id, type: string}}
"""
SETTINGS = """\
version: 1
source: {contacts: {fields: [LastName, Title, Email]}}
mapping: mapping.yaml
accounts: false
full_after: 365d
send_for: SECONDSs
front: {share: 1}
guards: {max_updates: 10%}
keep: {runs: 2, days: 1}
"""


class LeapingClock:
    """A clock that waits for nobody: who sleeps is there at once, and so is everybody."""

    def __init__(self, at: float) -> None:
        self._at, self._lock = at, threading.Lock()

    def now(self) -> float:
        """Give the time in Unix seconds."""
        return self._at

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        self.set(self._at + seconds)

    def set(self, at: float) -> None:
        """Let it be so late, if it is not later."""
        with self._lock:
            self._at = max(self._at, at)


@dataclass(slots=True)
class Sent:
    """Each version of each contact that Front was sent, in the order of sending, creations too; how many requests
    that was, and how many write at all.
    """

    by_contact: dict[str, list[int]] = field(default_factory=dict)
    contacts: int = 0
    requests: int = 0

    def read(self, checkpoint: Path) -> None:
        """Add what a run sent."""
        with sqlite3.connect(checkpoint) as db:
            rows = db.execute(_REQUESTS).fetchall()
        for key, body in rows:
            self.requests += 1
            if version := json.loads(body).get("description"):
                self.contacts += 1
                self.by_contact.setdefault(key, []).append(int(version.removeprefix("version ")))

    @property
    def wrong(self) -> list[str]:
        """Name the contacts to which a version was sent twice, or after a newer one."""
        return [key for key, each in self.by_contact.items() if each != sorted(set(each))]


class World:
    """Both sides, what Salesforce has (``versions`` by Id), and the runs of sync so far."""

    def __init__(self, home: Path, sandbox: RunningSandbox, clock: LeapingClock) -> None:
        self.home, self.sandbox, self.clock = home, sandbox, clock
        self.versions: dict[str, int] = {}
        self.sent = Sent()
        self.overtaken = 0

    def furnish(self, count: int) -> None:
        """Make so many contacts on both sides, all of version 0."""
        self.versions = {salesforce_id("003", row): 0 for row in range(1, count + 1)}
        self.sandbox.salesforce.change_all(
            LastName=pl.format("Person {}", "row"), Title=pl.lit("version 0"), Email=_email()
        )
        with self.sandbox.store.transaction() as db:
            for row, identity in enumerate(self.versions, start=1):
                contact_rows.insert(db, _body(row, identity), self.clock.now())

    def mass_update(self) -> None:
        """Give every contact version 1."""
        self.sandbox.salesforce.change_all(Title=pl.lit("version 1"))
        self.versions = dict.fromkeys(self.versions, 1)

    def change(self, identity: str) -> None:
        """Change one contact again."""
        sent = self.sent.by_contact.get(identity, [0])
        self.overtaken += self.versions[identity] > sent[-1]
        self.versions[identity] += 1
        self.sandbox.salesforce.change(identity, Title=f"version {self.versions[identity]}")

    def add(self) -> str:
        """Make a contact in Salesforce alone."""
        number = len(self.versions) + 1
        fields = {"LastName": f"Person {number}", "Email": f"p{number}@example.com", "Title": "version 0"}
        identity = self.sandbox.salesforce.add(**fields)
        self.versions[identity] = 0
        return identity

    def night(self, approve: str = "", tell: Tell = unheard, on_progress: Listener = silent) -> SyncResult:
        """Let sync run once, and look at what it sent."""
        environment = {"SF2FRONT_FRONT_URL": self.sandbox.url, "SF2FRONT_SALESFORCE_URL": self.sandbox.url}
        tokens = {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}
        settings = read_settings(self.home / "sync.yaml", None, environment | tokens)
        clock = Clock(now=self.clock.now, sleep=self.clock.sleep)
        result = run(replace(settings, approved=approve), ("queue",), tell, on_progress, clock)
        checkpoint = result.folder / "plan.checkpoint"
        if checkpoint.exists():
            self.sent.read(checkpoint)
        return result

    def unlike(self) -> list[str]:
        """Name the contacts of which Front has another version than Salesforce, or that are not on their list."""
        found = {
            each["custom_fields"]["Salesforce ID"]: (each["description"], each["lists"])
            for each in self.sandbox.store.contacts()
        }
        wanted = {
            identity: (f"version {version}", ["Updated"] if version and number % 10 == 7 else [])
            for number, (identity, version) in enumerate(self.versions.items(), start=1)
        }
        return [each for each in wanted.keys() | found.keys() if wanted.get(each) != found.get(each)]


def _email() -> pl.Expr:
    return pl.format("p{}@example.com", "row")


def _body(row: int, identity: str) -> dict[str, Any]:
    handle = {"source": "email", "handle": f"p{row}@example.com"}
    fields = {"Salesforce ID": identity}
    return {"name": f"Person {row}", "description": "version 0", "handles": [handle], "custom_fields": fields}


@contextmanager
def world(home: Path, count: int, *, limit: int, seconds: int) -> Iterator[World]:
    """Give a world of so many contacts whose Front takes ``limit`` requests a minute, and a sync that sends for so
    many ``seconds`` a night.
    """
    (home / "mapping.yaml").write_text(MAPPING)
    (home / "sync.yaml").write_text(SETTINGS.replace("SECONDS", str(seconds)))
    (home / "sandbox.yaml").write_text(
        f"front: {{rate_limit: {{requests: {limit}}}}}\nsalesforce: {{contacts: {count}, bulk: {{polls: 0}}}}\n"
    )
    clock = LeapingClock(FIRST_NIGHT)
    with running(SandboxSettings(config=home / "sandbox.yaml", state=home / "front.sqlite"), clock.now) as sandbox:
        found = World(home, sandbox, clock)
        found.furnish(count)
        clock.set(FIRST_NIGHT + DAY / 2)
        yield found
