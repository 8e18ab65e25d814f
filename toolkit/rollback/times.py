"""When the snapshots were taken, by their descriptors, and when the replay wrote, by its checkpoint: do they fit?"""

from collections.abc import Iterator
from pathlib import Path

from toolkit.errors import InputRefused, ToolkitError
from toolkit.evidence import times_of
from toolkit.front.state import FrontState
from toolkit.replay.record import Record, read_record
from toolkit.rollback.doubt import Doubt, contradiction, touched

_SECOND = 1.0
"""A descriptor's times are whole seconds: what is less apart is not called the wrong way round."""


def check_order(record: Record, now: Path | None, before: Path | None) -> None:
    """Refuse (InputRefused) a snapshot of now that began before the replay's last write, and one before it that ended
    after its first. What has no descriptor has no times, and passes.
    """
    times = [each.sent_at for each in record.writes]
    taken_now, taken_before = (times_of(each) if each else None for each in (now, before))
    if times and now and taken_now and taken_now[0] + _SECOND <= max(times):
        raise InputRefused(f"{now.name} was taken before this replay had ended", hint=_HINT)
    if times and before and taken_before and taken_before[1] >= min(times) + _SECOND:
        raise InputRefused(f"{before.name} was taken after this replay began", hint=_HINT)


_HINT = "take a new snapshot for --against, name the one from before the replay with --before; or were the two swapped?"


def doubt(record: Record, before: FrontState | None, snapshot: Path | None, checkpoint: Path) -> Doubt:
    """Say what speaks against the snapshot before: what the replay found, and other checkpoints beside its own."""
    if before is None or snapshot is None:
        return Doubt()
    stale = contradiction(record.found, record.writes, before, snapshot.name)
    return Doubt(stale, dict(_between(record, snapshot, checkpoint)))


def _between(record: Record, snapshot: Path, checkpoint: Path) -> Iterator[tuple[str, str]]:
    """Give what other replays wrote to after the snapshot was taken, and before this one began, with a sentence."""
    times, taken = [each.sent_at for each in record.writes], times_of(snapshot)
    if not times or taken is None:
        return
    for path, other in _others(checkpoint, record.company):
        writes = [each for each in other.writes if taken[1] + _SECOND <= each.sent_at < min(times)]
        sentence = f"the replay of {path.name} wrote to it after {snapshot.name} was taken and before this one"
        yield from dict.fromkeys(touched(writes), sentence).items()


def _others(checkpoint: Path, company: str) -> Iterator[tuple[Path, Record]]:
    """Read the checkpoints beside this one that are of the same company; what can't be read tells nothing."""
    for path in sorted(checkpoint.parent.glob("*.checkpoint")):
        if path.resolve() == checkpoint.resolve():
            continue
        try:
            other = read_record(path)
        except ToolkitError:
            continue
        if other.company == company:
            yield path, other
