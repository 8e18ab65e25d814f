"""The replay stage: sends operations in their order, journalling each request before it leaves.

The one driver of interpretations: it sends, waits, asks again, and notes the ending. Running it a second time with
the same checkpoint goes on where the first stopped, whatever stopped it.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused, Stopped
from toolkit.exchange import Answer, Request
from toolkit.files import Outputs, Written, sha256
from toolkit.front.client import Company, FrontClient, explain
from toolkit.operation import CREATES, Operation, read_operations
from toolkit.pacing import MAX_ATTEMPTS, Ask, GiveUp, decide, is_told_to_wait
from toolkit.progress import Listener, Progress, silent
from toolkit.replay.interpret import interpret
from toolkit.replay.journal import Binding, Entry, Journal
from toolkit.replay.steps import Ending, Known, OnExisting, Steps
from toolkit.tables import ndjson_line, read_ndjson


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What to replay, the checkpoint that remembers it, and the folder for results and failures.

    ``company``: the id of the company that the operations were planned for, where that is known.
    """

    operations: Path
    checkpoint: Path
    output: Path
    on_existing: OnExisting = OnExisting.UPDATE
    company: str = ""


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
    """Replay ``settings.operations``; write ``NAME.results.ndjson`` (one line an operation,
    schemas/result.schema.json) and ``NAME.failures.ndjson`` (the refused operations, ready to be replayed again);
    not yet committed.

    Stopped leaves everything so far in the checkpoint. InputRefused before anything is sent when the file is
    invalid or the checkpoint belongs to another file or company.
    """
    file_hash = sha256(settings.operations)
    operations = read_operations(read_ndjson(settings.operations), settings.operations.name)
    company = _check_company(client.company(), settings)
    with Journal(settings.checkpoint, client.clock.now) as journal:
        journal.bind(Binding(file_hash, company.id))
        driver = _Driver(client, journal, settings.on_existing)
        todo = driver.recall(operations)
        for number, each in enumerate(todo, start=len(operations) - len(todo) + 1):
            driver.replay(each)
            on_progress(Progress("replay", number, len(operations), "operations"))
        entries = journal.entries()
    written = _write_results(settings, _Ended(operations, entries, driver.known), outputs)
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


def _check_company(company: Company, settings: ReplaySettings) -> Company:
    if settings.company not in ("", company.id):
        raise InputRefused(
            f"{settings.operations.name} was planned for the company {settings.company}, the token is for {company.id}",
            hint="use that company's token, or make a plan for this one",
        )
    return company


class _LostTrackError(Exception):
    """An answer was lost that only the other side can replace: the interpretation begins anew, by asking."""


class _Driver:
    """Drives interpretations: one request after the other, each in the journal before it is sent."""

    def __init__(self, client: FrontClient, journal: Journal, on_existing: OnExisting) -> None:
        self._client = client
        self._journal = journal
        self._attempt = 0
        self.known = Known(on_existing=on_existing)

    def recall(self, operations: list[Operation]) -> list[Operation]:
        """Learn from the journal what is there already; give the operations that have not ended."""
        entries = self._journal.entries()
        for each in operations:
            if each.hash in entries and entries[each.hash].state != "sent":
                self._learn(each, entries[each.hash].ending)
        return [each for each in operations if each.hash not in entries or entries[each.hash].state == "sent"]

    def replay(self, each: Operation) -> None:
        """Carry out one operation to its end; Stopped when its answers are lost again and again."""
        self._attempt = 0
        for _ in range(MAX_ATTEMPTS):
            try:
                ending = self._walk(interpret(each, self.known, self._journal.past(each)), each)
            except _LostTrackError:
                continue
            self._journal.finish(each, ending)
            self._learn(each, ending)
            return
        raise Stopped(
            f"the answers to line {each.line} ({each.key}) are lost again and again", hint="run it again later"
        )

    def _learn(self, each: Operation, ending: Ending) -> None:
        if each.op in CREATES and ending.id:
            self.known.learn(each, ending.id)

    def _walk(self, steps: Steps, each: Operation) -> Ending:
        """Send what the interpretation asks for until it ends; it may end without a request."""
        answer: Any = None
        while True:
            try:
                request = steps.send(answer)
            except StopIteration as end:
                ending: Ending = end.value
                return ending
            answer = self._client.ask(request) if request.reads else self._send(each, request)

    def _send(self, each: Operation, request: Request) -> Answer:
        while True:
            self._client.wait_turn()
            number = self._journal.sending(each, request)
            outcome = self._client.send(request)
            if isinstance(outcome, Answer):
                self._journal.answered(number, outcome)
                if outcome.ok:
                    return outcome
            self._attempt += not is_told_to_wait(outcome)
            verdict = decide(request, outcome, self._attempt)
            if isinstance(verdict, GiveUp):
                if verdict.stop or not isinstance(outcome, Answer):
                    raise explain(outcome)
                return outcome
            self._client.pause(verdict.seconds, outcome)
            if isinstance(verdict, Ask):
                raise _LostTrackError


@dataclass(frozen=True, slots=True)
class _Ended:
    """The operations, how the journal says each ended, and the ids that references stand for."""

    operations: list[Operation]
    entries: dict[str, Entry]
    known: Known


def _write_results(settings: ReplaySettings, ended: _Ended, outputs: Outputs) -> tuple[Written, ...]:
    name = settings.operations.stem
    results, failures = (settings.output / f"{name}.{kind}.ndjson" for kind in ("results", "failures"))
    with outputs.open(results) as file:
        file.writelines(ndjson_line(_result(each, ended.entries[each.hash])) for each in ended.operations)
    refused = [each for each in ended.operations if not ended.entries[each.hash].ending.effect]
    with outputs.open(failures) as file:
        file.writelines(ndjson_line(_resolved(each.data, ended.known)) for each in refused)
    return Written(results, len(ended.operations)), Written(failures, len(refused))


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
