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


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Listen to nothing: what a stage does when called as a plain function."""
