"""The replay stage: sends operations, journalling each request before it leaves, and writes how each ended.

Running it a second time with the same checkpoint goes on where the first stopped, whatever stopped it. The operations
are read twice: once to check them all before anything is sent, once to send them; so a file may be larger than memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.files import Outputs, Written, sha256
from toolkit.front.client import Company, FrontClient
from toolkit.operation import Operation, checked_operations, operation
from toolkit.pacing import Clock
from toolkit.progress import Listener, Progress, silent
from toolkit.replay.crew import Crew
from toolkit.replay.drive import Driver
from toolkit.replay.journal import Binding, Journal
from toolkit.replay.lookout import Lookout, Seen
from toolkit.replay.payloads import Payloads
from toolkit.replay.results import Ended, write_results
from toolkit.replay.selection import Choice, Selection
from toolkit.replay.steps import Known, OnConflict, OnExisting
from toolkit.tables import read_ndjson

CONCURRENCY = 8
"""Requests at once: at Front's largest limits and slowest answers more would only wait for their turn."""


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What to replay, the checkpoint that remembers it, and the folder for results and failures.

    ``company``: the id of the company that the operations were planned for, where that is known. ``choice``: which of
    the operations. ``concurrency``: how many requests may be under way at once. ``payloads``: the file holds bare
    bodies. ``fresh``: read before each update. ``lists``: ids of contact lists by name, as far as they are known.
    ``run_for``: seconds after which no further operation is begun. ``seen``: when the state that was planned on was
    read; what others change from then on is looked for (None: it isn't).
    """

    operations: Path
    checkpoint: Path
    output: Path
    on_existing: OnExisting = OnExisting.UPDATE
    company: str = ""
    choice: Choice = field(default_factory=Choice)
    concurrency: int = CONCURRENCY
    payloads: Payloads | None = None
    fresh: bool = False
    on_conflict: OnConflict = OnConflict.REFUSE
    lists: Mapping[str, str] = field(default_factory=dict)
    run_for: float | None = None
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """``total = done + refused + left``; ``effects`` counts what was done, ``refusals`` why not, by code, ``left`` what
    was not to be done now, by reason, ``notes`` what there was to say of some that are done.

    ``sent`` are the operations of this run, ``resumed`` those that an earlier run had done, ``refused_before`` those
    that it had refused and that were not sent again.
    """

    company: Company
    total: int
    sent: int
    resumed: int
    refused_before: int
    requests: int
    effects: dict[str, int]
    refusals: dict[str, int]
    left: dict[str, int]
    notes: dict[str, int]
    written: tuple[Written, ...]

    @property
    def refused(self) -> int:
        """How many operations Front (or a missing prerequisite) refused."""
        return sum(self.refusals.values())

    @property
    def told(self) -> dict[str, Any]:
        """What the descriptor tells of it: what was ``left`` moves no watermark of a sync."""
        counts = {"effects": self.effects, "refusals": self.refusals, "company": self.company.id}
        return counts | {"sent": self.sent, "left": self.left}


def run(
    settings: ReplaySettings, client: FrontClient, outputs: Outputs, on_progress: Listener = silent
) -> ReplayResult:
    """Replay ``settings.operations``; write ``NAME.results.ndjson`` (one line an operation,
    schemas/result.schema.json), ``NAME.failures.ndjson`` (the refused operations, ready to be replayed again), and
    both as CSV for people; not yet committed.

    Stopped leaves everything so far in the checkpoint. InputRefused before anything is sent when the file is
    invalid or the checkpoint belongs to another file or company.
    """
    bound_to = file_mark(settings)
    total = sum(1 for _ in checked_operations(lines(settings), settings.operations.name))
    company = _check_company(client.whose(), settings)
    with Journal(settings.checkpoint, client.clock.now) as journal:
        journal.bind(Binding(bound_to, company.id, settings.operations))
        known = Known(on_existing=settings.on_existing, fresh=settings.fresh, on_conflict=settings.on_conflict)
        known.lists.update(settings.lists)
        for op, key, brought in journal.brought():
            known.learn(op, key, brought)
        ended = journal.hashes(*settings.choice.over)
        done = journal.count("done")
        count = _Count(total, len(ended), client, on_progress)
        with Crew(settings.concurrency) as crew:
            todo = _watched(Selection(settings.choice, ended).of(_again(settings)), settings, client, known)
            Driver(client, journal, known, crew).run(todo, count.one_more)
        told = Ended(journal, known, Selection(settings.choice, ended))
        results = write_results(settings.output / settings.operations.stem, _again(settings), told, outputs)
    tally = results.tally
    return ReplayResult(
        company,
        total=total,
        sent=count.sent,
        resumed=done,
        refused_before=len(ended) - done,
        requests=client.requests,
        effects=_sorted(tally.effects),
        refusals=_sorted(tally.refusals),
        left=_sorted(tally.left),
        notes=_sorted(tally.notes),
        written=results.written,
    )


def _watched(
    todo: Iterator[Operation], settings: ReplaySettings, client: FrontClient, known: Known
) -> Iterator[Operation]:
    """Give operations while there is time, with a look now and then at who changed in Front meanwhile."""
    todo = _in_time(todo, settings.run_for, client.clock)
    return Lookout(client, known, settings.seen).over(todo) if settings.seen else todo


def _in_time(todo: Iterator[Operation], seconds: float | None, clock: Clock) -> Iterator[Operation]:
    """Give operations until the time is up; what was begun by then goes on to its end."""
    if seconds is None:
        return todo
    until = clock.now() + seconds
    return takewhile(lambda _: clock.now() < until, todo)


@dataclass(slots=True)
class _Count:
    """How many operations have ended, in this run and of all, and how much of its share it uses."""

    total: int
    before: int
    client: FrontClient
    on_progress: Listener
    sent: int = 0

    def one_more(self) -> None:
        self.sent += 1
        done = self.before + self.sent
        self.on_progress(Progress("replay", done, self.total, "operations", self._speed()))

    def _speed(self) -> str:
        usage = self.client.usage()
        others = f", others took {usage.others:,}" if usage.others else ""
        return f"({usage.rate:,} of {usage.allowed:,} requests in the last minute{others})"


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _check_company(company: Company, settings: ReplaySettings) -> Company:
    if settings.company not in ("", company.id):
        raise InputRefused(
            f"{settings.operations.name} was planned for the company {settings.company}, the token is for {company.id}",
            hint="use that company's token, or make a plan for this one",
        )
    return company


def file_mark(settings: ReplaySettings) -> str:
    """Give what a checkpoint is bound to: the file's hash, and what is made of its lines."""
    mark = sha256(settings.operations)
    return f"{mark} as {settings.payloads.op} {settings.payloads.key}".rstrip() if settings.payloads else mark


def lines(settings: ReplaySettings) -> Iterator[tuple[int, Any]]:
    """Read the operations, or what is made of bare payloads, line by line."""
    read = read_ndjson(settings.operations)
    return settings.payloads.operations(read, settings.operations.name) if settings.payloads else read


def _again(settings: ReplaySettings) -> Iterator[Operation]:
    """Read the operations once more: they were found valid."""
    return (operation(line, data) for line, data in lines(settings))
