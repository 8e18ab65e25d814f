"""The dry run of a replay: the same reading and checking, and what is left to do, without a request."""

from collections import Counter
from dataclasses import dataclass

from toolkit.operation import checked_operations
from toolkit.pacing import PLAN_LIMITS, minutes_needed
from toolkit.replay.engine import ReplaySettings, file_mark, lines
from toolkit.replay.journal import Journal
from toolkit.replay.selection import Selection


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many operations there are, of which kinds those left are, and how long they take at least."""

    total: int
    ended: int
    operations: dict[str, int]
    minutes: dict[int, float]


def rehearse(settings: ReplaySettings, share: float, reserve: int = 0) -> Rehearsal:
    """Read and check the operations and the checkpoint, if there is one. InputRefused as in a replay."""
    total, kinds = 0, Counter[str]()
    ended = _ended(settings)
    selection = Selection(settings.choice, ended)
    for each in checked_operations(lines(settings), settings.operations.name):
        total += 1
        kinds.update([str(each.op)] if selection.is_due(each) and not selection.left(each) else [])
    minutes = {limit: minutes_needed(kinds.total(), limit, share, reserve) for limit in PLAN_LIMITS}
    return Rehearsal(total, len(ended), dict(sorted(kinds.items())), minutes)


def _ended(settings: ReplaySettings) -> set[bytes]:
    if not settings.checkpoint.exists():
        return set()
    with Journal(settings.checkpoint, lambda: 0.0) as journal:
        journal.check_operations(file_mark(settings))
        return journal.hashes(*settings.choice.over)
