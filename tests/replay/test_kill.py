"""SIGKILL at random moments and at writes of the checkpoint: nothing is lost and nothing is sent twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.replay.every_kind import every_kind
from tests.replay.kill_sweep import killed_at
from tests.replay.kill_sweep import undisturbed as calm
from tests.replay.test_engine import creates, replay, upserts, without_ids, write
from toolkit.front.client import FrontClient
from toolkit.operation import Op
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import FrontSettings, Secret

OPERATIONS = 400
KILLS = 5


def undisturbed(config: Path, operations: Path) -> list[dict[str, object]]:
    """Replay on a sandbox of its own, without interruption."""
    with running(SandboxSettings(config=config)) as sandbox:
        with FrontClient(FrontSettings(Secret("sandbox"), sandbox.url, share=1.0)) as client:
            replay(client, operations)
        return without_ids(sandbox)


def test_five_kills(sandbox: RunningSandbox, tokens: dict[str, str], tmp_path: Path):
    """Killed five times and resumed, the sandbox ends as in an undisturbed run, each contact created once."""
    (tmp_path / "calm").mkdir()
    expected = undisturbed(tmp_path / "sandbox.yaml", write(tmp_path / "calm", upserts(OPERATIONS)))
    operations = write(tmp_path, upserts(OPERATIONS))
    command = [sys.executable, "-m", "toolkit", "replay", str(operations), "--share", "1", "--quiet"]
    chance = random.Random()  # another set of moments each time: the outcome may not depend on them
    marks = sorted(chance.sample(range(20, 2 * OPERATIONS), KILLS))

    for mark in marks:
        with subprocess.Popen(command, env=os.environ | tokens) as process:
            while sandbox.store.request_count() < mark and process.poll() is None:
                time.sleep(0.001)
            time.sleep(chance.random() / 200)
            assert process.poll() is None, "the replay ended before it could be killed"
            process.send_signal(signal.SIGKILL)
    last = subprocess.run(command, env=os.environ | tokens, check=False)

    assert last.returncode == 0
    assert without_ids(sandbox) == expected
    assert set(creates(sandbox).values()) == {1}


def test_the_plan_has_every_kind_of_operation():
    """What is killed, and what meets faults, is every operation that there is."""
    assert {each["op"] for each in every_kind()} == set(Op)


def test_a_kill_at_writes_of_the_checkpoint(tmp_path: Path):
    """Over a plan with every kind of operation, killed before or after a commit: ``make kill-sweep`` has them all."""
    expected = calm(tmp_path / "calm")
    moments = [(random.randrange(2, 12), "before"), (random.randrange(12, 20), "after")]

    ends = [killed_at(number, when, tmp_path / when) for number, when in moments]

    assert ends == [expected, expected], moments
