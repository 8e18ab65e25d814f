"""How a replay stops: Ctrl-C, a full disk, a checkpoint that can't be written; and that it goes on."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.replay.test_engine import creates, replay, upserts, write
from toolkit.errors import ExitCode
from toolkit.front.client import FrontClient
from toolkit.sandbox.serve import RunningSandbox


def command(operations: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "toolkit", "replay", str(operations), "--share", "1", *words]


def writes(sandbox: RunningSandbox) -> int:
    return sum(each["method"] != "GET" for each in sandbox.store.requests())


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(
    sandbox: RunningSandbox, front: FrontClient, tokens: dict[str, str], tmp_path: Path
):
    """Exit code 130, the exact command, and no answer lost: the run that follows asks for nothing."""
    operations = write(tmp_path, upserts(400, lists=False))
    words = command(operations, "--concurrency", "4")
    with subprocess.Popen(words, env=os.environ | tokens, stderr=subprocess.PIPE, text=True) as process:
        while writes(sandbox) < 50 and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    before = len(sandbox.store.requests())
    result = replay(front, operations)
    asked = [each["path"] for each in sandbox.store.requests()[before:] if "alt:email" in each["path"]]

    assert process.returncode == ExitCode.INTERRUPTED
    assert f"to go on: sf2front replay {operations} --share 1 --concurrency 4" in said
    assert (result.refused, len(sandbox.store.contacts()), asked) == (0, 400, [])
    assert set(creates(sandbox).values()) == {1}


def small_files() -> None:
    """Let no file of this process grow beyond 60 kB: what a full disk does."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def test_a_full_disk_stops_before_sending_and_resumes(sandbox: RunningSandbox, tokens: dict[str, str], tmp_path: Path):
    """Exit code 5 with the command to go on; what was sent is what the checkpoint knows."""
    operations = write(tmp_path, upserts(60, lists=False))
    environment = os.environ | tokens
    full = subprocess.run(
        command(operations),
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=small_files,
        check=False,
    )
    sent = len(sandbox.store.contacts())
    again = subprocess.run(command(operations), env=environment, capture_output=True, text=True, check=False)

    assert full.returncode == ExitCode.STOPPED, full.stderr
    assert "can't be written" in full.stderr
    assert "to go on: sf2front replay" in full.stderr
    assert 0 < sent < 60
    assert (again.returncode, len(sandbox.store.contacts())) == (ExitCode.DONE, 60)
    assert set(creates(sandbox).values()) == {1}


@pytest.mark.skipif(not Path("/usr/bin/chattr").exists(), reason="chattr is not there to make a file immutable")
def test_a_checkpoint_that_is_read_only_stops_before_sending(
    sandbox: RunningSandbox, tokens: dict[str, str], tmp_path: Path
):
    """Exit code 5, nothing sent; once it may be written the same command goes on."""
    operations = write(tmp_path, upserts(5, lists=False))
    checkpoint = operations.with_suffix(".checkpoint")
    subprocess.run(command(operations, "--limit", "2"), env=os.environ | tokens, check=True)
    before = writes(sandbox)
    if subprocess.run(["chattr", "+i", checkpoint], check=False, capture_output=True).returncode:
        pytest.skip("this file system makes no file immutable")
    stopped = subprocess.run(command(operations), env=os.environ | tokens, capture_output=True, text=True, check=False)
    subprocess.run(["chattr", "-i", checkpoint], check=True)

    assert (stopped.returncode, writes(sandbox)) == (ExitCode.STOPPED, before), stopped.stderr
    assert subprocess.run(command(operations), env=os.environ | tokens, check=False).returncode == ExitCode.DONE
    assert len(sandbox.store.contacts()) == 5
