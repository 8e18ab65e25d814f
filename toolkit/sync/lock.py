"""One run at a time in a runs folder: the operating system's lock on a file, which ends with its process."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from toolkit.errors import CannotWrite, Stopped
from toolkit.files import GrowingFile

NAME = "lock"


@contextmanager
def only_run(runs: Path, now: datetime) -> Iterator[None]:
    """Hold the folder; Stopped, naming the process and since when, while another one does.

    What a killed process left in the file says nothing: its lock went with it.
    """
    path = runs / NAME
    try:
        file = GrowingFile(path)
    except CannotWrite:
        if holder := _holder(path):
            hint = "wait until it has ended, and run the same command again"
            raise Stopped(f"another sync is running in {runs}: {holder}", hint=hint) from None
        raise
    with file:
        file.cut(0)
        file.append(json.dumps({"process": os.getpid(), "since": now.isoformat(timespec="seconds")}).encode())
        file.sync()
        yield
        file.cut(0)


def _holder(path: Path) -> str:
    try:
        found = json.loads(path.read_bytes())
        return f"process {found['process']}, since {found['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
