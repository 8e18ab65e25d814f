"""A way to Front on which a share of the requests goes wrong, by kind; and the sweep over all kinds.

``python -m tests.replay.faulty``: each kind in turn at 5 % of 5,000 requests, first those that happen on the way, in
the client's own transport, then those that the sandbox's Front makes on a real socket, by its YAML file. The end must
be that of an undisturbed run, and nothing may be created twice.
"""

import argparse
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.replay.every_kind import every_kind, furnish, furnished, picture, started, write
from toolkit.errors import SignInRefused
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.replay.engine import ReplaySettings, run
from toolkit.sandbox.config import FRONT_FAULTS, FaultKind
from toolkit.sandbox.serve import RunningSandbox
from toolkit.settings import FrontSettings, Secret

Send = Callable[[], httpx.Response]
PEOPLE = 2400
"""So many upserts make 5,000 requests."""


def lost(send: Send) -> httpx.Response:
    send()
    raise httpx.ReadError("the answer was lost")


def reset(_: Send) -> httpx.Response:
    raise httpx.WriteError("connection reset")


def never_arrived(_: Send) -> httpx.Response:
    raise httpx.ConnectError("refused")


def error_before(_: Send) -> httpx.Response:
    return httpx.Response(503, text="<html>unavailable</html>")


def error_after(send: Send) -> httpx.Response:
    send()
    return httpx.Response(502, text="<html>bad gateway</html>")


def garbage(send: Send) -> httpx.Response:
    return httpx.Response(send().status_code, content=b'{"id": "crd_')


def json_of_others(send: Send) -> httpx.Response:
    send()
    return httpx.Response(200, json={"message": "please come back later"})


def timed_out(send: Send) -> httpx.Response:
    send()
    raise httpx.ReadTimeout("the body was too slow")


def told_to_wait(_: Send) -> httpx.Response:
    return httpx.Response(429, headers={"retry-after": "0"}, json={"_error": {"status": 429}})


def signed_out(_: Send) -> httpx.Response:
    return httpx.Response(401, json={"_error": {"status": 401, "title": "Unauthenticated"}})


KINDS = (
    lost,
    reset,
    never_arrived,
    error_before,
    error_after,
    garbage,
    json_of_others,
    timed_out,
    told_to_wait,
    signed_out,
)


FINE = "fine"
FRONT_KINDS = (*FRONT_FAULTS, FaultKind.UNAUTHENTICATED)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong at the sandbox's Front: kinds, the share of the requests, how many one after the other."""

    kinds: tuple[FaultKind, ...]
    share: float
    in_a_row: int = 0
    seed: int = 1

    @property
    def told(self) -> str:
        """Write it as the sandbox's file has it."""
        kinds = ", ".join(f'"{each}"' for each in self.kinds)
        return f"{{share: {self.share}, kinds: [{kinds}], in_a_row: {self.in_a_row}, seed: {self.seed}}}"


class Faulty(httpx.BaseTransport):
    """Lets ``kind`` happen to a share of the requests; the same ones for the same seed, one request at a time."""

    def __init__(self, kind: Callable[[Send], httpx.Response], share: float, seed: int = 1) -> None:
        self._real = httpx.HTTPTransport()
        self._kind, self._share = kind, share
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self.requests = self.unlucky = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            unlucky = self._chance.random() < self._share
            self.requests += 1
            self.unlucky += unlucky
        return self._kind(lambda: self._read(request)) if unlucky else self._read(request)

    def _read(self, request: httpx.Request) -> httpx.Response:
        response = self._real.handle_request(request)
        response.read()
        return response

    def close(self) -> None:
        self._real.close()


def replayed(sandbox: RunningSandbox, operations: Path, transport: Faulty | None) -> None:
    """Replay to the end; a run that is refused its sign-in is begun again, as a person would."""
    clock = Clock(now=lambda: 0.0, sleep=lambda _: None)
    settings = ReplaySettings(operations, operations.with_suffix(".checkpoint"), operations.parent)
    host = Host(sandbox.url, Secret("sandbox"))
    with FrontClient(FrontSettings(host.token, host.url), Connection(host, transport), clock) as client:
        while True:
            try:
                with Outputs() as outputs:
                    result = run(settings, client, outputs)
                break
            except SignInRefused:
                continue
    assert result.refused == 0, result.refusals


def end_of(folder: Path, people: int, transport: Faulty | None = None) -> dict[str, Any]:
    """Replay a plan with every kind of operation and so many upserts more, and give the picture."""
    with furnished(folder) as sandbox:
        replayed(sandbox, write(folder / "plan.ndjson", every_kind(people)), transport)
        return picture(sandbox)


def end_in(front: Faults, folder: Path, people: int) -> tuple[dict[str, Any], Counter[str]]:
    """Replay the same to a sandbox at whose Front requests go wrong; the picture, and how many, by kind.

    Furnished and looked at without faults: three sandboxes, one after the other, have one state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "state.sqlite"
    with started(folder, state) as sandbox:
        furnish(sandbox)
    with started(folder, state, front.told) as sandbox:
        replayed(sandbox, write(folder / "plan.ndjson", every_kind(people)), None)
        kinds = Counter(str(each["fault"] or FINE) for each in sandbox.store.requests())
    with started(folder, state) as sandbox:
        return picture(sandbox), kinds


def swept(folder: Path, people: int, share: float) -> Iterator[tuple[str, bool]]:
    """Give each kind of fault, on the way and in Front, and whether the end is that of the undisturbed run."""
    expected = end_of(folder / "calm", people)
    for kind in KINDS:
        faulty = Faulty(kind, share)
        same = end_of(folder / kind.__name__, people, faulty) == expected
        yield f"on the way, {kind.__name__}: {faulty.unlucky} of {faulty.requests} requests", same
    for fault in FRONT_KINDS:
        found, kinds = end_in(Faults((fault,), share), folder / f"front {fault}", people)
        yield f"in Front, {fault}: {kinds[fault]} of {kinds.total()} requests", found == expected


def main() -> None:
    """Sweep, and say what differed."""
    arguments = argparse.ArgumentParser(description="Each kind of fault at a share of the requests.")
    arguments.add_argument("--share", type=float, default=0.05)
    arguments.add_argument("--people", type=int, default=PEOPLE)
    given = arguments.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for what, same in swept(Path(name), given.people, given.share):
            wrong += not same
            print(f"{what}: {'as undisturbed' if same else 'DIFFERENT'}", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
