"""Compiles what a replay wrote into operations that restore the state before. Pure: writes in, operations out.

It walks the writes backwards, and holds each against the state now: what is as the replay left it is put back, what
is already as before costs nothing, and what somebody changed since is refused. Of the state before it knows what
the checkpoint kept, and what a snapshot taken before the replay shows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from toolkit.front.state import FrontState
from toolkit.replay.history import Write, settled
from toolkit.rollback.contacts import changed_contact, created_contact, deleted_contact, handle
from toolkit.rollback.fewest import fewest
from toolkit.rollback.groups import (
    account_members,
    changed_account,
    created_account,
    created_list,
    deleted_account,
    deleted_list,
    list_members,
)
from toolkit.rollback.work import Before, Body, KeepError, RollbackCode, Work


@dataclass(frozen=True, slots=True)
class Kept:
    """A write that is not undone: the operation's key, what it did, a code, a sentence."""

    key: str
    write: str
    code: RollbackCode
    sentence: str


@dataclass(slots=True)
class Rollback:
    """``writes = undone + unchanged + len(kept)``; ``operations`` are in the order to replay them."""

    operations: list[Body] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    undone: int = 0
    unchanged: int = 0


def compile_rollback(
    writes: Iterable[Write], now: FrontState, before: Before, even_if: frozenset[RollbackCode]
) -> Rollback:
    """Compile the operations that undo ``writes``; ``now`` is changed on the way, as the operations will change it."""
    steps = settled(writes)
    work = Work(now, before, even_if, steps)
    result = Rollback()
    for write in reversed(steps):
        try:
            found = list(_undo(write, work))
        except KeepError as kept:
            result.kept.append(Kept(write.key, f"{write.method} {write.path}", kept.code, kept.sentence))
            continue
        result.operations += found
        result.undone += bool(found)
        result.unchanged += not found
    result.operations = [work.unique(each) for each in fewest(result.operations)]
    return result


def _undo(write: Write, work: Work) -> Iterator[Body]:
    kind, number, inner = write.place
    if inner == "merge":
        raise KeepError(RollbackCode.MERGED, "Front can't undo a merge: split the contact by hand")
    if work.is_over(number):
        return
    _check_told(write, number, work)
    yield from _UNDO[write.method, kind, inner](write, number, work)


def _check_told(write: Write, number: str, work: Work) -> None:
    if not write.ended:
        work.allow(RollbackCode.UNFINISHED, "its operation has not ended: finish the replay first")
    if not write.certain or not write.answered:
        work.allow(RollbackCode.UNCERTAIN, "its answer was lost: whether the replay did this can't be told")
    if not number and write.path != "/contact_lists":
        raise KeepError(RollbackCode.UNKNOWN, "what it created is not known: finish the replay first")


_UNDO: dict[tuple[str, str, str], Callable[[Write, str, Work], Iterator[Body]]] = {
    ("POST", "contacts", ""): created_contact,
    ("PATCH", "contacts", ""): changed_contact,
    ("DELETE", "contacts", ""): deleted_contact,
    ("POST", "contacts", "handles"): handle,
    ("DELETE", "contacts", "handles"): handle,
    ("POST", "contact_lists", ""): created_list,
    ("DELETE", "contact_lists", ""): deleted_list,
    ("POST", "contact_lists", "contacts"): list_members,
    ("DELETE", "contact_lists", "contacts"): list_members,
    ("POST", "accounts", ""): created_account,
    ("PATCH", "accounts", ""): changed_account,
    ("DELETE", "accounts", ""): deleted_account,
    ("POST", "accounts", "contacts"): account_members,
    ("DELETE", "accounts", "contacts"): account_members,
}
