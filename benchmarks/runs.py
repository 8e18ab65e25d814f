"""One run of a command as a process of its own, measured: what every benchmark here counts in."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Turn:
    """One run: seconds from start to exit, of them the processor's, the most memory held, and the bytes written."""

    seconds: float
    cpu: float
    peak_mb: float
    written_mb: float


def measure(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    good: Sequence[int] = (0,),
    said: Path | None = None,
) -> Turn:
    """Run a command that writes into ``folder``, made anew, and measure it; an exit code not ``good`` ends all.

    What it prints goes into the file ``said``, if one is named.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    output = said.open("wb") if said else None
    started = time.monotonic()
    process = subprocess.Popen(command, env=os.environ | dict(environment or {}), stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if output:
        output.close()
    if process.returncode not in good:
        sys.exit(f"{' '.join(command[:5])} … ended with {process.returncode}")
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Turn(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, written / 1e6)
