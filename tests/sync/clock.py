"""A clock that several processes share: it runs faster than the machine's, and waiting costs no time."""

import mmap
import struct
import time
from pathlib import Path

from toolkit.pacing import Clock

_FORM = "ddd"


class SharedClock:
    """Simulated Unix seconds: ``speed`` of them pass in a real one, and ``ahead`` more were skipped."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), struct.calcsize(_FORM))

    @classmethod
    def begun(cls, path: Path, moment: float, speed: float) -> "SharedClock":
        """Make the clock's file, and let it begin at ``moment``."""
        path.write_bytes(struct.pack(_FORM, moment, time.time(), speed))
        return cls(path)

    def now(self) -> float:
        """Tell the time."""
        moment, real, speed = struct.unpack_from(_FORM, self._memory)
        return float(moment + (time.time() - real) * speed)

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        (moment,) = struct.unpack_from("d", self._memory)
        struct.pack_into("d", self._memory, 0, moment + max(0.0, seconds))

    def set(self, moment: float) -> None:
        """Go on to a moment, unless it is past."""
        self.sleep(moment - self.now())

    @property
    def clock(self) -> Clock:
        """The clock as stages take it."""
        return Clock(self.now, self.sleep)
