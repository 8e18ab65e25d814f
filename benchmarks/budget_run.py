"""Does the rate budget keep its promises on a real socket? On the sandbox, with a limit whose minutes are short.

    python benchmarks/budget_run.py [--limit 1200] [--window 6] [--windows 4]

Alone: 99 % of the share is used and nobody is answered 429. Beside another client that takes clumps of up to B, with B
in reserve: no 429, and 95 % of what limit, share, reserve and the other's use leave. Exit 1 when one isn't kept.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
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
    """One run: the limit, the length of a window in seconds, how many whole ones are measured, and the terms."""

    limit: int
    window: float
    windows: int
    share: float
    clump: int = 0


@dataclass(slots=True)
class Seen:
    """When requests were answered, by whom; and the 429s of both."""

    ours: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    refused: int = 0

    def note(self, outcome: Outcome, into: list[float]) -> None:
        """Sort one outcome in."""
        if isinstance(outcome, Answer) and outcome.status == 429:
            self.refused += 1
        else:
            into.append(time.time())


@dataclass(frozen=True, slots=True)
class Result:
    """Requests in the whole windows that were measured, and the 429s of the whole run."""

    case: Case
    allowed: int
    used: int
    refused: int


def measure(case: Case) -> Result:
    """Run one case on a fresh sandbox."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "sandbox.yaml")
        config.write_text(f"front: {{rate_limit: {{requests: {case.limit}, seconds: {case.window}}}}}\n")
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
    """Take up to a clump at a random moment of each window; the same ones in every run."""
    chance = random.Random(1)
    with Connection(Host(url, Secret("sandbox"))) as connection:
        window = int(time.time() // case.window)
        while (moment := (window + chance.uniform(0.05, 0.9)) * case.window) < until:
            time.sleep(max(0.0, moment - time.time()))
            for _ in range(chance.randint(1, case.clump)):
                seen.note(connection.send(ME), seen.others)
            window += 1


def _count(case: Case, seen: Seen, first: int) -> Result:
    used = allowed = 0
    for window in range(first, first + case.windows):
        ours, others = (sum(at // case.window == window for at in each) for each in (seen.ours, seen.others))
        left = min(int(case.limit * case.share), case.limit - case.clump - others)
        used, allowed = used + min(ours, left), allowed + left
    return Result(case, allowed, used, seen.refused)


def main() -> int:
    """Measure the cases and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", type=int, default=1200)
    parser.add_argument("--window", type=float, default=6.0)
    parser.add_argument("--windows", type=int, default=4)
    asked = parser.parse_args()
    terms = [(0.5, 0), (1.0, 0), (0.5, asked.limit // 20), (1.0, asked.limit // 20), (1.0, asked.limit // 5)]
    print("share  reserve  allowed   used       %  429s")
    kept = True
    for share, clump in terms:
        result = measure(Case(asked.limit, asked.window, asked.windows, share, clump))
        part = result.used / result.allowed
        kept &= result.refused == 0 and part >= (0.95 if clump else 0.99)
        print(f"{share:5}  {clump:7}  {result.allowed:7}  {result.used:5}  {part:6.2%}  {result.refused:4}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
