"""SIGKILL at every write of the checkpoint in turn, and at random moments: ``python -m tests.replay.kill_sweep``.

Each time on a fresh sandbox, over a plan with every kind of operation; then the same command goes on. The end must be
that of the undisturbed run, and nothing may be created twice.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.replay.every_kind import every_kind, furnished, picture, write
from toolkit.sandbox.serve import RunningSandbox

OPTIONS = ("--share", "1", "--quiet")


def environment(sandbox: RunningSandbox) -> dict[str, str]:
    return os.environ | {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_FRONT_TOKEN": "sandbox"}


def command(operations: Path, *doom: str) -> list[str]:
    module = ["tests.replay.doomed", *doom] if doom else ["toolkit"]
    return [sys.executable, "-m", *module, "replay", str(operations), *OPTIONS]


def undisturbed(folder: Path) -> dict[str, Any]:
    """Replay without interruption and give the picture."""
    with furnished(folder) as sandbox:
        operations = write(folder / "plan.ndjson", every_kind())
        subprocess.run(command(operations), env=environment(sandbox), check=True)
        return picture(sandbox)


def killed_at(write_number: int, when: str, folder: Path) -> dict[str, Any] | None:
    """Kill at one write of the checkpoint and go on; the picture, or None when there were fewer writes."""
    with furnished(folder) as sandbox:
        operations = write(folder / "plan.ndjson", every_kind())
        first = subprocess.run(command(operations, str(write_number), when), env=environment(sandbox), check=False)
        if first.returncode == 0:
            return None
        assert first.returncode == -signal.SIGKILL
        subprocess.run(command(operations), env=environment(sandbox), check=True)
        return picture(sandbox)


def killed_after(requests: int, pause: float, folder: Path) -> dict[str, Any]:
    """Kill ``pause`` seconds after so many requests, and go on."""
    with furnished(folder) as sandbox:
        operations = write(folder / "plan.ndjson", every_kind())
        mark = sandbox.store.request_count() + requests
        with subprocess.Popen(command(operations), env=environment(sandbox)) as process:
            while sandbox.store.request_count() < mark and process.poll() is None:
                time.sleep(0.0005)
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
        subprocess.run(command(operations), env=environment(sandbox), check=True)
        return picture(sandbox)


def at_every_write(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kill before and after every commit, until there is none left."""
    for when in ("before", "after"):
        number = 1
        while (found := killed_at(number, when, folder / f"{when}{number}")) is not None:
            yield f"{when} write {number}", found
            number += 1


def at_random(moments: int, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kill at other moments each time: the outcome may not depend on them."""
    chance = random.Random()
    for number in range(moments):
        requests, pause = chance.randrange(60), chance.random() / 50
        yield f"{pause:.4f} s after {requests} requests", killed_after(requests, pause, folder / f"moment{number}")


def main() -> None:
    """Sweep, and say what differed."""
    arguments = argparse.ArgumentParser(description="SIGKILL at every write, and at random moments.")
    arguments.add_argument("--moments", type=int, default=200)
    given = arguments.parse_args()
    count = wrong = 0
    with tempfile.TemporaryDirectory() as name:
        expected = undisturbed(Path(name) / "calm")
        for sweep in (at_every_write(Path(name)), at_random(given.moments, Path(name))):
            for moment, found in sweep:
                count += 1
                wrong += found != expected
                print(f"{moment}: {'as undisturbed' if found == expected else f'DIFFERENT {found}'}", flush=True)
    print(f"{count} kills, {wrong} with another end")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
