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
    """``total = done + refused + to send (operations, by kind) + left (by reason)``: what earlier runs did, and were
    refused for good, and what this one would do; and how long that takes at least.
    """

    total: int
    done: int
    refused: int
    operations: dict[str, int]
    left: dict[str, int]
    minutes: dict[int, float]


def rehearse(settings: ReplaySettings, share: float, reserve: int = 0) -> Rehearsal:
    """Read and check the operations and the checkpoint, if there is one. InputRefused as in a replay."""
    total, kinds, left = 0, Counter[str](), Counter[str]()
    ended, done = _ended(settings)
    selection = Selection(settings.choice, ended)
    for each in checked_operations(lines(settings), settings.operations.name):
        total += 1
        if selection.is_due(each):
            why = selection.left(each)
            (left if why else kinds).update([why.code if why else str(each.op)])
    minutes = {limit: minutes_needed(kinds.total(), limit, share, reserve) for limit in PLAN_LIMITS}
    by_kind, by_reason = (dict(sorted(each.items())) for each in (kinds, left))
    return Rehearsal(total, done, len(ended) - done, by_kind, by_reason, minutes)


def _ended(settings: ReplaySettings) -> tuple[set[bytes], int]:
    """Give the operations that are not to be sent again, and how many of them are done."""
    if not settings.checkpoint.exists():
        return set(), 0
    with Journal(settings.checkpoint, lambda: 0.0) as journal:
        journal.check_operations(file_mark(settings))
        return journal.hashes(*settings.choice.over), journal.count("done")
