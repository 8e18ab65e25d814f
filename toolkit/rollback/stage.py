"""The rollback stage: a checkpoint and Front now into the operations that restore the state before."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs, Written
from toolkit.front.client import FrontClient
from toolkit.front.state import FrontState, read_state
from toolkit.progress import Listener, silent
from toolkit.replay.history import Write
from toolkit.replay.record import Record, read_record
from toolkit.rollback.compile import Rollback, compile_rollback
from toolkit.rollback.live import read_now
from toolkit.rollback.work import RollbackCode
from toolkit.tables import ndjson_line, read_ndjson


@dataclass(frozen=True, slots=True)
class RollbackSettings:
    """The checkpoint, the snapshots taken after the replay (None: ask Front) and before it (where there is one), and
    the output.

    ``even_if`` are the codes that a person overruled.
    """

    checkpoint: Path
    now: Path | None
    output: Path
    before: Path | None = None
    even_if: frozenset[RollbackCode] = frozenset()


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """``writes = undone + unchanged + kept``; ``company`` is the id of the company that it is for,
    ``file`` the operations file that was replayed (None: not known), which had the hash ``replayed``.
    """

    writes: int
    undone: int
    unchanged: int
    operations: dict[str, int]
    kept: dict[str, int]
    company: str
    file: Path | None
    replayed: str
    written: tuple[Written, ...]


def run(
    settings: RollbackSettings, outputs: Outputs, on_progress: Listener = silent, client: FrontClient | None = None
) -> RollbackResult:
    """Write ``settings.output`` and ``NAME.kept.ndjson`` beside it (key, write, code, sentence); not yet committed.

    Without a snapshot of now, ``client`` is asked for what the checkpoint names. InputRefused when the checkpoint or
    a snapshot is of another company, or accounts are to be undone and the snapshot has none.
    """
    record = read_record(settings.checkpoint)
    _check_bodies(record.writes, settings)
    before = _state(settings.before, record.company) if settings.before else None
    if settings.now is None:
        current = _live(record, before, client, on_progress)
    else:
        current = _shown(settings.now, record, before)
    rollback = compile_rollback(record.writes, current, before, settings.even_if)
    written = _write(rollback, settings.output, outputs)
    operations = dict(sorted(Counter(each["op"] for each in rollback.operations).items()))
    kept = dict(sorted(Counter(str(each.code) for each in rollback.kept).items()))
    return RollbackResult(
        writes=rollback.undone + rollback.unchanged + len(rollback.kept),
        undone=rollback.undone,
        unchanged=rollback.unchanged,
        operations=operations,
        kept=kept,
        company=record.company,
        file=record.file,
        replayed=record.operations,
        written=written,
    )


def _state(snapshot: Path, company: str) -> FrontState:
    state = read_state(read_ndjson(snapshot), snapshot.name)
    _check_company(snapshot.name, state.company, company)
    return state


def _shown(snapshot: Path, record: Record, before: FrontState | None) -> FrontState:
    state = _state(snapshot, record.company)
    if state.accounts is None and _need_accounts(record.writes, before):
        raise InputRefused(
            f"accounts are to be undone, and {snapshot.name} was taken without them",
            hint="take the snapshot again, with --accounts",
        )
    return state


def _live(record: Record, before: FrontState | None, client: FrontClient | None, on_progress: Listener) -> FrontState:
    if client is None:
        raise WrongSettings("rollback needs a snapshot or a connection")
    _check_company("the token", client.company().id, record.company)
    return read_now(record, before, client, on_progress)


def _check_company(whose: str, here: str, company: str) -> None:
    if here != company:
        raise InputRefused(
            f"{whose} is of the company {here}, the checkpoint of {company or 'none: it is empty'}",
            hint="name the checkpoint and the snapshots of one company, with its token",
        )


def _check_bodies(writes: list[Write], settings: RollbackSettings) -> None:
    if any(each.body is None and each.method != "DELETE" for each in writes):
        raise InputRefused(
            f"{settings.checkpoint} was begun by an older version, which did not keep what was sent",
            hint="it can't be rolled back; a snapshot taken before the replay shows what was there",
        )


def _need_accounts(writes: list[Write], before: FrontState | None) -> bool:
    """Tell whether accounts must be known: they were written to, or a contact was deleted that may go back into one."""
    known_before = before is not None and before.accounts is not None
    deleted = any((each.method, *each.place[::2]) == ("DELETE", "contacts", "") for each in writes)
    return any(each.place[0] == "accounts" for each in writes) or (deleted and known_before)


def _write(rollback: Rollback, output: Path, outputs: Outputs) -> tuple[Written, ...]:
    kept = output.with_name(f"{output.stem}.kept.ndjson")
    with outputs.open(output) as file:
        file.writelines(ndjson_line(each) for each in rollback.operations)
    with outputs.open(kept) as file:
        file.writelines(ndjson_line(asdict(each)) for each in rollback.kept)
    return Written(output, len(rollback.operations), "operation"), Written(kept, len(rollback.kept))
