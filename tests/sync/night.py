"""One run of sync in a process of its own: ``python -m tests.sync.night SETTINGS CLOCK STAGE DELAY``.

It goes by a shared clock, and is killed by SIGKILL ``DELAY`` seconds after the stage before ``STAGE`` has ended
(``export``: after the run began).
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tests.sync.clock import SharedClock
from toolkit.errors import ToolkitError
from toolkit.sync.settings import read_settings
from toolkit.sync.stage import run

STAGES = ("export", "transform", "before", "plan", "replay", "after", "verify", "end")


def die_after(seconds: float) -> None:
    def die() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=die, daemon=True).start()


def main(settings: Path, clock: Path, stage: str, delay: float) -> int:
    last = "begun" if stage == "export" else STAGES[STAGES.index(stage) - 1]

    def tell(_: str, sentence: str) -> None:
        if sentence.startswith((last, "gone on with") if last == "begun" else last):
            die_after(delay)

    try:
        run(read_settings(settings, None), ("sync", settings.name), tell, clock=SharedClock(clock).clock)
    except ToolkitError as error:
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
