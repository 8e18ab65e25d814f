"""The dry run of a replay: the same reading and checking, and what is left to do, without a request."""

from collections import Counter
from dataclasses import dataclass

from toolkit.files import sha256
from toolkit.operation import read_operations
from toolkit.pacing import PLAN_LIMITS, minutes_needed
from toolkit.replay.engine import ReplaySettings
from toolkit.replay.journal import Journal
from toolkit.tables import read_ndjson


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many operations there are, of which kinds those left are, and how long they take at least."""

    total: int
    ended: int
    operations: dict[str, int]
    minutes: dict[int, float]


def rehearse(settings: ReplaySettings, share: float) -> Rehearsal:
    """Read and check the operations and the checkpoint, if there is one. InputRefused as in a replay."""
    operations = read_operations(read_ndjson(settings.operations), settings.operations.name)
    ended: frozenset[str] = frozenset()
    if settings.checkpoint.exists():
        with Journal(settings.checkpoint, lambda: 0.0) as journal:
            journal.check_operations(sha256(settings.operations))
            ended = frozenset(key for key, entry in journal.entries().items() if entry.state != "sent")
    left = [each for each in operations if each.hash not in ended]
    kinds = dict(sorted(Counter(str(each.op) for each in left).items()))
    minutes = {limit: minutes_needed(len(left), limit, share) for limit in PLAN_LIMITS}
    return Rehearsal(len(operations), len(operations) - len(left), kinds, minutes)
