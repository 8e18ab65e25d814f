"""The replay stage: sends operations in their order, journalling each request before it leaves.

The one driver of interpretations: it sends, waits, asks again, and notes the ending. Running it a second time with
the same checkpoint goes on where the first stopped, whatever stopped it.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.exchange import Answer, Request
from toolkit.files import Outputs, Written, sha256
from toolkit.front.client import Company, FrontClient, explain
from toolkit.operation import CREATES, Operation, read_operations
from toolkit.pacing import Ask, GiveUp, decide
from toolkit.progress import Listener, Progress, silent
from toolkit.replay.interpret import Ending, Known, OnExisting, Steps, interpret
from toolkit.replay.journal import Binding, Entry, Journal
from toolkit.tables import ndjson_line, read_ndjson


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What to replay, the checkpoint that remembers it, and the folder for results and failures."""

    operations: Path
    checkpoint: Path
    output: Path
    on_existing: OnExisting = OnExisting.UPDATE


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """``total = done + refused``; ``effects`` counts what was done, ``refusals`` why not, by code.

    ``sent`` are the operations of this run, ``resumed`` those that an earlier run had finished.
    """

    company: Company
    total: int
    sent: int
    resumed: int
    requests: int
    effects: dict[str, int]
    refusals: dict[str, int]
    written: tuple[Written, ...]

    @property
    def refused(self) -> int:
        """How many operations Front (or a missing prerequisite) refused."""
        return sum(self.refusals.values())


def run(
    settings: ReplaySettings, client: FrontClient, outputs: Outputs, on_progress: Listener = silent
) -> ReplayResult:
    """Replay ``settings.operations``; write ``results.ndjson`` (one line an operation, schemas/result.schema.json)
    and ``failures.ndjson`` (the refused operations, ready to be replayed again); not yet committed.

    Stopped leaves everything so far in the checkpoint. InputRefused before anything is sent when the file is
    invalid or the checkpoint belongs to another file or company.
    """
    operations = read_operations(read_ndjson(settings.operations), settings.operations.name)
    company = client.company()
    with Journal(settings.checkpoint, client.clock.now) as journal:
        journal.bind(Binding(sha256(settings.operations), company.id))
        driver = _Driver(client, journal, settings.on_existing)
        todo = driver.recall(operations)
        for number, each in enumerate(todo, start=len(operations) - len(todo) + 1):
            driver.replay(each)
            on_progress(Progress("replay", number, len(operations), "operations"))
        entries = journal.entries()
    written = _write(settings.output, operations, entries, outputs, driver.known)
    ended = [entries[each.hash] for each in operations]
    return ReplayResult(
        company,
        total=len(operations),
        sent=len(todo),
        resumed=len(operations) - len(todo),
        requests=client.requests,
        effects=_count(str(each.ending.effect) for each in ended if each.ending.effect),
        refusals=_count(each.ending.code for each in ended if not each.ending.effect),
        written=written,
    )


def _count(names: Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


class _LostTrackError(Exception):
    """A create's answer was lost: the interpretation begins anew, by asking."""


class _Driver:
    """Drives interpretations: one request after the other, each in the journal before it is sent."""

    def __init__(self, client: FrontClient, journal: Journal, on_existing: OnExisting) -> None:
        self._client = client
        self._journal = journal
        self._attempt = 0  # counted over a whole operation, so that one whose answers are always lost ends too
        self.known = Known(on_existing=on_existing)

    def recall(self, operations: list[Operation]) -> list[Operation]:
        """Learn from the journal what is there already; give the operations that have not ended."""
        entries = self._journal.entries()
        for each in operations:
            if each.hash in entries and entries[each.hash].state == "done":
                self._learn(each, entries[each.hash].ending)
        return [each for each in operations if each.hash not in entries or entries[each.hash].state == "sent"]

    def replay(self, each: Operation) -> None:
        """Carry out one operation to its end."""
        self._attempt = 0
        while True:
            try:
                ending = self._walk(interpret(each, self.known, self._journal.past(each)), each)
            except _LostTrackError:
                continue
            self._journal.finish(each, ending)
            self._learn(each, ending)
            return

    def _learn(self, each: Operation, ending: Ending) -> None:
        if each.op in CREATES and ending.id:
            self.known.learn(each.op.partition(".")[0], each.key, ending.id)

    def _walk(self, steps: Steps, each: Operation) -> Ending:
        request = next(steps)
        while True:
            answer = self._client.ask(request) if request.reads else self._write(each, request)
            try:
                request = steps.send(answer)
            except StopIteration as end:
                ending: Ending = end.value
                return ending

    def _write(self, each: Operation, request: Request) -> Answer:
        while True:
            self._attempt += 1
            number = self._journal.sending(each, request)
            outcome = self._client.send(request)
            if isinstance(outcome, Answer):
                self._journal.answered(number, outcome)
                if outcome.ok:
                    self._attempt = 0
                    return outcome
            verdict = decide(request, outcome, self._attempt)
            if isinstance(verdict, GiveUp):
                if verdict.stop or not isinstance(outcome, Answer):
                    raise explain(outcome)
                return outcome
            self._client.clock.sleep(verdict.seconds)
            if isinstance(verdict, Ask):
                raise _LostTrackError


def _write(
    folder: Path, operations: list[Operation], entries: dict[str, Entry], outputs: Outputs, known: Known
) -> tuple[Written, ...]:
    results, failures = folder / "results.ndjson", folder / "failures.ndjson"
    with outputs.open(results) as file:
        file.writelines(ndjson_line(_result(each, entries[each.hash])) for each in operations)
    refused = [each for each in operations if not entries[each.hash].ending.effect]
    with outputs.open(failures) as file:
        file.writelines(ndjson_line(_resolved(each.data, known)) for each in refused)
    return Written(results, len(operations)), Written(failures, len(refused))


def _result(each: Operation, entry: Entry) -> dict[str, Any]:
    ending = entry.ending
    line = {"line": each.line, "key": each.key, "op": each.op, "state": entry.state, "requests": entry.requests}
    more = {
        "effect": ending.effect, "id": ending.id, "status": ending.status, "code": ending.code,
        "message": ending.message,
    }  # fmt: skip
    return line | {key: value for key, value in more.items() if value}


def _resolved(data: dict[str, Any], known: Known) -> dict[str, Any]:
    """Put ids in place of references, so that a failed operation can be replayed without those above it."""
    resolved = dict(data)
    for kind in ("contact", "account"):
        if isinstance(data.get(kind), dict) and "ref" in data[kind]:
            resolved[kind] = known.id_of(kind, data[kind]) or data[kind]
    if "contacts" in data:
        resolved["contacts"] = [known.id_of("contact", each) or each for each in data["contacts"]]
    return resolved
