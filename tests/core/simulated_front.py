"""A company's rate limit in simulated time: servers that count in different ways, other clients, and our budget."""

import heapq
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from toolkit.exchange import Answer
from toolkit.pacing import Budget, told_to_wait

WINDOW = 60.0
START = 1_000_000.0


class Server(Protocol):
    """Counts requests its own way."""

    limit: int

    def take(self, now: float) -> bool:
        """Count one request; False is a 429."""

    def left(self, now: float) -> tuple[int, float]:
        """Give what remains, and when it is full again."""


class FixedWindows:
    """So many in each minute of the server's clock, whose minutes begin at ``phase``."""

    def __init__(self, limit: int, phase: float) -> None:
        self.limit, self._phase, self._opened, self._used = limit, phase, -1, 0

    def take(self, now: float) -> bool:
        """Count one request in the window that is open."""
        if self.left(now)[0] <= 0:
            return False
        self._used += 1
        return True

    def left(self, now: float) -> tuple[int, float]:
        """Give what the open window has left, and its end."""
        opened = int((now - self._phase) // WINDOW)
        if opened != self._opened:
            self._opened, self._used = opened, 0
        return self.limit - self._used, (opened + 1) * WINDOW + self._phase


class SlidingWindow:
    """So many in any sixty seconds; the reset is when the oldest is forgotten."""

    def __init__(self, limit: int, _phase: float) -> None:
        self.limit, self._taken = limit, deque[float]()

    def take(self, now: float) -> bool:
        """Count one request among those of the last minute."""
        if self.left(now)[0] <= 0:
            return False
        self._taken.append(now)
        return True

    def left(self, now: float) -> tuple[int, float]:
        """Give what the last minute has left, and when its oldest is forgotten."""
        while self._taken and self._taken[0] <= now - WINDOW:
            self._taken.popleft()
        return self.limit - len(self._taken), (self._taken[0] if self._taken else now) + WINDOW


class TokenBucket:
    """Refilled evenly, with room for a minute's worth."""

    def __init__(self, limit: int, _phase: float) -> None:
        self.limit, self._level, self._at = limit, float(limit), 0.0

    def take(self, now: float) -> bool:
        """Take one token."""
        if self.left(now)[0] < 1:
            return False
        self._level -= 1
        return True

    def left(self, now: float) -> tuple[int, float]:
        """Give the whole tokens, and when the bucket is full."""
        self._level = min(self.limit, self._level + (now - self._at) * self.limit / WINDOW)
        self._at = now
        return int(self._level), now + (self.limit - self._level) * WINDOW / self.limit


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens besides us: seconds one way (least, most), lost answers, clumps of others, one in ``every`` s."""

    latency: tuple[float, float] = (0.01, 0.1)
    lost: float = 0.0
    clump: int = 0
    every: float = 60.0
    workers: int = 8
    seconds: float = 600.0
    seed: int = 0


@dataclass(slots=True)
class Tally:
    """When requests were taken, by whom; and the 429s of each."""

    ours: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    our_429: int = 0
    their_429: int = 0

    def most_in_a_window(self) -> int:
        """Count our busiest sixty seconds, wherever they begin."""
        busiest, first = 0, 0
        for last, at in enumerate(self.ours):
            while self.ours[first] <= at - WINDOW:
                first += 1
            busiest = max(busiest, last - first + 1)
        return busiest


def simulate(budget: Budget, server: Server, scene: Scene) -> Tally:
    """Let so many workers send as fast as the budget lets them, for ``scene.seconds``."""
    return _Simulation(budget, server, scene).run()


class _Simulation:
    def __init__(self, budget: Budget, server: Server, scene: Scene) -> None:
        self.budget, self.server, self.scene = budget, server, scene
        self.random = Random(scene.seed)
        self.tally = Tally()
        self.free = scene.workers
        self.events: list[tuple[float, int, str, Any]] = []
        self.numbers = iter(range(10**9))

    def run(self) -> Tally:
        self.at(START, "turn")
        if self.scene.clump:
            self.at(START + self.random.uniform(0, self.scene.every), "clump")
        while self.events:
            now, _, kind, what = heapq.heappop(self.events)
            if now > START + self.scene.seconds:
                break
            getattr(self, kind)(now, what)
        return self.tally

    def at(self, when: float, kind: str, what: Any = None) -> None:
        heapq.heappush(self.events, (when, next(self.numbers), kind, what))

    def turn(self, now: float, _: None) -> None:
        if not self.free:
            return
        due = self.budget.due(now)
        if due <= now:
            self.budget.slot(now)
            self.free -= 1
            self.at(now + self.random.uniform(*self.scene.latency), "arrive")
        self.at(due, "turn") if due > now else self.at(now, "turn")

    def arrive(self, now: float, _: None) -> None:
        taken = self.server.take(now)
        if taken:
            self.tally.ours.append(now)
        self.tally.our_429 += not taken
        remaining, reset = self.server.left(now)
        headers = {
            "x-ratelimit-limit": str(self.server.limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": f"{reset:.3f}",
        }
        answer = None if self.random.random() < self.scene.lost else Answer(200 if taken else 429, headers=headers)
        self.at(now + self.random.uniform(*self.scene.latency), "answer", answer)

    def answer(self, now: float, answer: Answer | None) -> None:
        if answer is None:
            self.budget.lose(now)
        else:
            self.budget.observe(answer.headers, now)
            if answer.status == 429:
                self.budget.pause(now + told_to_wait(answer))
        if not self.free:
            self.at(now, "turn")
        self.free += 1

    def clump(self, now: float, _: None) -> None:
        for _each in range(self.random.randint(1, self.scene.clump)):
            if self.server.take(now):
                self.tally.others.append(now)
            else:
                self.tally.their_429 += 1
        self.at(now + self.random.uniform(0.5, 1.5) * self.scene.every, "clump")
