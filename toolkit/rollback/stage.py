"""The rollback stage: a checkpoint and a snapshot of Front now into the operations that restore the state before."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from toolkit.errors import InputRefused
from toolkit.files import Outputs, Written
from toolkit.front.state import FrontState, read_state
from toolkit.replay.history import Write
from toolkit.replay.journal import Journal
from toolkit.rollback.compile import Rollback, compile_rollback
from toolkit.rollback.work import RollbackCode
from toolkit.tables import ndjson_line, read_ndjson


@dataclass(frozen=True, slots=True)
class RollbackSettings:
    """The checkpoint, the snapshots taken after the replay and (where there is one) before it, and the output.

    ``even_if`` are the codes that a person overruled.
    """

    checkpoint: Path
    now: Path
    output: Path
    before: Path | None = None
    even_if: frozenset[RollbackCode] = frozenset()


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """``writes = undone + unchanged + kept``; ``company`` is the id of the company that it is for."""

    writes: int
    undone: int
    unchanged: int
    operations: dict[str, int]
    kept: dict[str, int]
    company: str
    written: tuple[Written, ...]


def run(settings: RollbackSettings, outputs: Outputs, now: Callable[[], float]) -> RollbackResult:
    """Write ``settings.output`` and ``NAME.kept.ndjson`` beside it (key, write, code, sentence); not yet committed.

    InputRefused when the checkpoint or a snapshot is of another company, or accounts are to be undone and the
    snapshot has none.
    """
    with Journal(settings.checkpoint, now) as journal:
        company, writes = journal.company(), journal.writes()
    current = _state(settings.now, company)
    before = _state(settings.before, company) if settings.before else None
    _check(writes, current, settings)
    rollback = compile_rollback(writes, current, before, settings.even_if)
    written = _write(rollback, settings.output, outputs)
    operations = dict(sorted(Counter(each["op"] for each in rollback.operations).items()))
    kept = dict(sorted(Counter(str(each.code) for each in rollback.kept).items()))
    total = rollback.undone + rollback.unchanged + len(rollback.kept)
    return RollbackResult(total, rollback.undone, rollback.unchanged, operations, kept, company, written)


def _state(snapshot: Path, company: str) -> FrontState:
    state = read_state(read_ndjson(snapshot), snapshot.name)
    if state.company != company:
        sentence = (
            f"{snapshot.name} is of the company {state.company}, the checkpoint of {company or 'none: it is empty'}"
        )
        raise InputRefused(sentence, hint="name the checkpoint and the snapshots of one company")
    return state


def _check(writes: list[Write], current: FrontState, settings: RollbackSettings) -> None:
    if any(each.body is None and each.method != "DELETE" for each in writes):
        raise InputRefused(
            f"{settings.checkpoint} was begun by an older version, which did not keep what was sent",
            hint="it can't be rolled back; a snapshot taken before the replay shows what was there",
        )
    if current.accounts is None and any(each.path.startswith("/accounts") for each in writes):
        raise InputRefused(
            f"accounts are to be undone, and {settings.now.name} was taken without them",
            hint="take the snapshot again, with --accounts",
        )


def _write(rollback: Rollback, output: Path, outputs: Outputs) -> tuple[Written, ...]:
    kept = output.with_name(f"{output.stem}.kept.ndjson")
    with outputs.open(output) as file:
        file.writelines(ndjson_line(each) for each in rollback.operations)
    with outputs.open(kept) as file:
        file.writelines(ndjson_line(asdict(each)) for each in rollback.kept)
    return Written(output, len(rollback.operations), "operation"), Written(kept, len(rollback.kept))
