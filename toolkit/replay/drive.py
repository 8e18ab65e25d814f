"""Drives interpretations: many under way at once, each request in the journal before it is sent.

One thread (whoever calls ``run``) does all the deciding: it moves the interpretations on and learns what they bring, so
nothing that is known is ever touched by two at once. The crew's threads wait: for a turn in the rate budget,
for the disk, for the answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from time import monotonic, sleep
from typing import Any

from toolkit.errors import Stopped
from toolkit.exchange import Answer, Request
from toolkit.front.client import FrontClient, explain
from toolkit.operation import CREATES, Operation
from toolkit.pacing import MAX_ATTEMPTS, Ask, GiveUp, decide, is_told_to_wait
from toolkit.replay.crew import Crew
from toolkit.replay.interpret import interpret
from toolkit.replay.journal import Journal
from toolkit.replay.order import Blocker
from toolkit.replay.signs import Signs
from toolkit.replay.steps import NOTHING_YET, Ending, Known, Steps, Wait

GRACE_SECONDS = 10.0
"""How long a run that is stopped waits for the answers to what it has sent."""
WAITING = 16
"""How many operations wait for others, for each that is under way, before no further one is begun."""


class _LostTrackError(Exception):
    """An answer was lost that only the other side can replace: the interpretation begins anew, by asking."""


class _NotSentError(Exception):
    """The run is being stopped: the request was not sent."""


@dataclass(slots=True)
class _Flight:
    """One operation under way, with its sendings that failed, and interpretations begun, since its last good answer."""

    each: Operation
    steps: Steps
    attempts: int = 0
    beginnings: int = 1


class Driver:
    """Carries operations out, ``crew.size`` requests at once, in an order that ends like one after the other."""

    def __init__(self, client: FrontClient, journal: Journal, known: Known, crew: Crew) -> None:
        self._client = client
        self._journal = journal
        self._known = known
        self._crew = crew
        self._flights: dict[int, _Flight] = {}
        self._ready: list[tuple[int, Answer | None]] = []
        self._parked: dict[Blocker, list[int]] = {}
        self._stopping = False
        self._unanswered: set[int] = set()
        self._half_done = journal.hashes("sent", "refused")
        self._signs = Signs()

    def run(self, operations: Iterator[Operation], on_ended: Callable[[], None]) -> None:
        """Carry out ``operations`` to the last; Stopped when answers are lost again and again.

        However it stops, what was answered is in the journal, and what was not is there as sent.
        """
        try:
            while self._fill(operations, on_ended) or self._crew.busy:
                self._collect()
            self._journal.flush()
        except (Exception, KeyboardInterrupt):
            self._wind_down()
            raise
        finally:
            self._stopping = True
            self._let_arrive()

    def _fill(self, operations: Iterator[Operation], on_ended: Callable[[], None]) -> bool:
        """Move interpretations on until every thread is busy or nothing can go on; True when something did."""
        moved = False
        while self._crew.free and (line := self._next(operations)) is not None:
            moved = True
            if self._step(*line):
                on_ended()
        return moved

    def _next(self, operations: Iterator[Operation]) -> tuple[int, Answer | None] | None:
        """Give the topmost operation that can go on, with the answer that it has waited for; else begin one."""
        if self._ready:
            return heappop(self._ready)
        if len(self._flights) >= WAITING * self._crew.size:
            return None
        each = next(operations, None)
        if each is None:
            return None
        self._known.order.enter(each)
        past = self._journal.past(each) if bytes.fromhex(each.hash) in self._half_done else NOTHING_YET
        self._flights[each.line] = _Flight(each, interpret(each, self._known, past))
        return each.line, None

    def _step(self, line: int, answer: Answer | None) -> bool:
        """Move one interpretation on to its next request, wait or end; True when it ended."""
        flight = self._flights[line]
        try:
            asked = flight.steps.send(answer)  # type: ignore[arg-type] # a generator begins with None
        except StopIteration as end:
            self._finish(flight, end.value)
            return True
        if isinstance(asked, Wait):
            self._parked.setdefault(asked.blocker, []).append(line)
        else:
            self._crew.do(line, lambda: self._exchange(flight, asked))
        self._wake()
        return False

    def _finish(self, flight: _Flight, ending: Ending) -> None:
        each = flight.each
        self._journal.finish(each, ending)
        if each.op in CREATES and ending.id:
            self._known.learn(each.op, each.key, ending.id)
        del self._flights[each.line]
        self._known.order.leave(each.line)
        self._wake()
        if (stop := self._signs.read(ending)) and not self._stopping:
            raise stop

    def _wake(self) -> None:
        """Let those look again who waited for what has moved."""
        for blocker in self._known.order.moved:
            for line in self._parked.pop(blocker, ()):
                heappush(self._ready, (line, None))
        self._known.order.moved.clear()

    def _collect(self) -> None:
        """Wait for an answer, and take all that are there."""
        outcomes = self._crew.outcomes()
        if not outcomes:
            self._journal.flush()
        failures = [self._take(*each) for each in outcomes]
        for failure in filter(None, failures):
            raise failure

    def _take(self, line: int, answer: Answer | None, error: BaseException | None) -> BaseException | None:
        if isinstance(error, _LostTrackError):
            self._begin_anew(self._flights[line])
        elif error:
            return error
        heappush(self._ready, (line, answer))
        return None

    def _begin_anew(self, flight: _Flight) -> None:
        flight.steps.close()
        flight.beginnings += 1
        if flight.beginnings > MAX_ATTEMPTS:
            line, key = flight.each.line, flight.each.key
            sentence = f"the answers to line {line} ({key}) are lost again and again"
            raise Stopped(sentence, hint="run it again later")
        flight.steps = interpret(flight.each, self._known, self._journal.past(flight.each))

    def _wind_down(self) -> None:
        """Send nothing more, wait a while for the answers to what was sent, and put them on disk."""
        self._stopping = True
        self._let_arrive()
        for line, answer, error in [*((*each, None) for each in self._ready), *self._crew.outcomes(0)]:
            if answer is not None and error is None:
                self._end_if_over(self._flights[line], answer)
        self._journal.flush()

    def _let_arrive(self) -> None:
        deadline = monotonic() + GRACE_SECONDS
        while self._unanswered and monotonic() < deadline:
            sleep(0.01)

    def _end_if_over(self, flight: _Flight, answer: Answer) -> None:
        try:
            flight.steps.send(answer)
        except StopIteration as end:
            self._finish(flight, end.value)

    # What follows runs in the crew's threads.

    def _exchange(self, flight: _Flight, request: Request) -> Answer:
        """Get a request answered for good."""
        if self._stopping:
            raise _NotSentError
        return self._client.ask(request) if request.reads else self._send(flight, request)

    def _send(self, flight: _Flight, request: Request) -> Answer:
        with self._client.outage.tried():
            return self._sent(flight, request)

    def _sent(self, flight: _Flight, request: Request) -> Answer:
        while True:
            self._client.wait_turn(request)
            outcome = self._send_once(flight.each, request)
            if isinstance(outcome, Answer) and outcome.ok:
                flight.attempts, flight.beginnings = 0, 1
                return outcome
            flight.attempts += not is_told_to_wait(outcome)
            verdict = decide(request, outcome, flight.attempts)
            if isinstance(verdict, GiveUp):
                if not isinstance(outcome, Answer) or outcome.status == 401:
                    raise explain(outcome)
                if verdict.stop:
                    self._client.company()  # stops the run when Front is not well; else it fails at this request only
                return outcome
            self._client.pause(verdict.seconds, outcome)
            if isinstance(verdict, Ask):
                raise _LostTrackError

    def _send_once(self, each: Operation, request: Request) -> Any:
        self._unanswered.add(each.line)
        try:
            if self._stopping:
                raise _NotSentError
            number = self._journal.sending(each, request)
            outcome = self._client.send(request)
            if isinstance(outcome, Answer):
                self._journal.answered(number, outcome)
        finally:
            self._unanswered.discard(each.line)
        return outcome
