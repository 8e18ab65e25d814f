"""How a stage tells what it has done so far, without knowing who listens."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units (``unit`` names them; ``total`` is None while unknown)."""

    stage: str
    done: int
    total: int | None = None
    unit: str = "rows"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a stage stood when it was first heard of, and when (seconds): what it had done before is not its speed."""

    done: int
    at: float

    def rate(self, progress: Progress, now: float) -> float:
        """Units a second since then."""
        return max(progress.done - self.done, 0) / max(now - self.at, 0.001)

    def seconds_left(self, progress: Progress, now: float) -> float | None:
        """How long it takes at this rate; None while nobody can say."""
        rate = self.rate(progress, now)
        return None if progress.total is None or rate == 0 else max(progress.total - progress.done, 0) / rate


Listener = Callable[[Progress], None]


def unheard(_: str) -> None:
    """Tell nobody why something takes longer."""


def silent(_: Progress) -> None:
    """Listen to nothing: what a stage does when called as a plain function."""
