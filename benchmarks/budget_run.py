"""Does the rate budget keep its promises on a real socket? On the sandbox, with a limit whose minutes are short.

    python benchmarks/budget_run.py [--limit 1200] [--window 6] [--windows 4]

Alone: 99 % of the share is used and nobody is answered 429. Beside another client that takes clumps of up to B at
random moments, several a window, with B in reserve: no 429, and 95 % of what limit, share, reserve and the other's use
leave. Windows are fixed, or slide. Exit 1 when one of these isn't kept. Two clumps are never closer than twice the time
in which the reserve comes back; the last rows, where they are as close as chance will have it, are for information.
"""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.exchange import Answer, Outcome, Request
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Budget
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running
from toolkit.settings import FrontSettings, Secret

ME = Request("GET", "/me")
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Case:
    """One run: the limit, the length of a window in seconds, how many whole ones are measured, and the terms.

    ``close``: the other's clumps may come at any time, so also when the reserve has not come back.
    """

    limit: int
    window: float
    windows: int
    share: float
    clump: int = 0
    sliding: bool = False
    close: bool = False
    seed: int = 1

    @property
    def apart(self) -> float:
        """Give the seconds that are at least between two clumps."""
        return 0.0 if self.close else 2 * self.clump * self.window / (self.limit - self.clump)

    def moments(self, begun: float) -> Iterator[float]:
        """Give the times of the clumps, about four a window at most, the same ones in every run."""
        chance, at = random.Random(self.seed), begun
        while True:
            at += self.apart + chance.expovariate(1 / max(self.window / 4 - self.apart, self.window / 12))
            yield at


@dataclass(slots=True)
class Seen:
    """When requests were answered, by whom; and the 429s of each."""

    ours: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)

    def note(self, outcome: Outcome, into: list[float]) -> None:
        """Sort one outcome in."""
        if isinstance(outcome, Answer) and outcome.status == 429:
            self.refused[id(into)] = self.refused.get(id(into), 0) + 1
        else:
            into.append(time.time())


@dataclass(frozen=True, slots=True)
class Result:
    """Requests in the whole windows that were measured, and the 429s of the whole run: ours and the other's."""

    case: Case
    allowed: int
    used: int
    others: int
    our_429: int
    their_429: int

    @property
    def part(self) -> float:
        """Give the part of what was left that was used."""
        return min(1.0, self.used / self.allowed) if self.allowed else 1.0

    @property
    def kept(self) -> bool:
        """Tell whether the promise was kept."""
        refused = 0 if self.case.close else self.our_429 + self.their_429
        return refused == 0 and self.part >= (0.95 if self.case.clump else 0.99)


def measure(case: Case) -> Result:
    """Run one case on a fresh sandbox."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "sandbox.yaml")
        limit = f"requests: {case.limit}, seconds: {case.window}, sliding: {str(case.sliding).lower()}"
        config.write_text(f"front: {{rate_limit: {{{limit}}}}}\n")
        with running(SandboxSettings(config=config)) as sandbox:
            first = int(time.time() // case.window) + 2
            _run(case, sandbox.url, seen, (first + case.windows) * case.window)
    return _count(case, seen, first)


def _run(case: Case, url: str, seen: Seen, until: float) -> None:
    with FrontClient(FrontSettings(Secret("sandbox"), url)) as client:
        client.budget = Budget(case.share, case.clump, case.window)
        threads = [threading.Thread(target=_work, args=(client, seen, until)) for _ in range(WORKERS)]
        if case.clump:
            threads.append(threading.Thread(target=_take_clumps, args=(case, url, seen, until)))
        for each in threads:
            each.start()
        for each in threads:
            each.join()


def _work(client: FrontClient, seen: Seen, until: float) -> None:
    while time.time() < until:
        client.wait_turn(ME)
        seen.note(client.send(ME), seen.ours)


def _take_clumps(case: Case, url: str, seen: Seen, until: float) -> None:
    """Take up to a clump at each of its moments."""
    size = random.Random(case.seed + 1)
    begun = time.time() // case.window * case.window
    with Connection(Host(url, Secret("sandbox"))) as connection:
        for moment in itertools.takewhile(lambda at: at < until, case.moments(begun)):
            clump = size.randint(1, case.clump)
            if moment > time.time():
                time.sleep(moment - time.time())
                for _ in range(clump):
                    seen.note(connection.send(ME), seen.others)


def _count(case: Case, seen: Seen, first: int) -> Result:
    """Add up what was left and used: window by window, or where they slide over the whole time."""
    used = allowed = taken = 0
    for window in range(first, first + case.windows):
        ours, others = (sum(at // case.window == window for at in each) for each in (seen.ours, seen.others))
        left = min(int(case.limit * case.share), case.limit - case.clump - others)
        left = left if case.sliding else max(0, left)
        used, allowed, taken = used + (ours if case.sliding else min(ours, left)), allowed + left, taken + others
    ours_429, their_429 = (seen.refused.get(id(each), 0) for each in (seen.ours, seen.others))
    return Result(case, allowed, used, taken, ours_429, their_429)


def cases(limit: int, window: float, windows: int) -> Iterator[Case]:
    """Give the cases: alone, beside another client, beside one whose clumps are close, and with a low limit."""
    for share in (0.5, 1.0):
        yield Case(limit, window, windows, share)
    for sliding in (False, True):
        for most, clump in ((limit, limit // 20), (limit, limit // 10), (50, 5)):
            yield Case(most, window, windows, 1.0, clump, sliding)
        yield Case(limit, window, windows, 0.5, limit // 20, sliding)
        yield Case(limit, window, windows, 1.0, limit // 20, sliding, close=True)


def main() -> int:
    """Measure the cases and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", type=int, default=1200)
    parser.add_argument("--window", type=float, default=6.0)
    parser.add_argument("--windows", type=int, default=4)
    asked = parser.parse_args()
    print("window   limit  share  reserve  clumps   others  allowed   used       %  our 429s  their 429s")
    kept = True
    for result in map(measure, cases(asked.limit, asked.window, asked.windows)):
        case = result.case
        clumps = "close" if case.close else "apart" if case.clump else "none"
        print(
            f"{'slides' if case.sliding else 'fixed':<7} {case.limit:6} {case.share:6}  {case.clump:7}  {clumps:<6}"
            f"  {result.others:7}  {result.allowed:7}  {result.used:5}  {result.part:6.2%}  {result.our_429:8}"
            f"  {result.their_429:10}{'' if result.kept else '  MISSED'}",
            flush=True,
        )
        kept &= result.kept or case.close
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
