"""Which operations of a file are to be done in this run, and why the others are left. Pure."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from toolkit.operation import CREATES, Op, Operation, references

NOT_CHOSEN, BEYOND, WAITS, TIME_UP = LEFT_CODES = "not_chosen", "beyond_limit", "waits_for_left", "time_is_up"
NEVER: Set[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asks for: the first ``limit`` operations that are not done, ``only`` those of some kinds (or
    all), and those that were refused once more.
    """

    limit: int | None = None
    only: frozenset[str] = frozenset()
    retry_failed: bool = False

    @property
    def over(self) -> tuple[str, ...]:
        """Name the states in a checkpoint of the operations that are not to be sent again."""
        return ("done",) if self.retry_failed else ("done", "refused")


@dataclass(frozen=True, slots=True)
class Left:
    """Why an operation is left for another run: one word out of a closed list, and a sentence."""

    code: str
    sentence: str


TOO_LATE = Left(TIME_UP, "the time that was given had passed before it was begun")


class Selection:
    """Goes through the operations in their order; those that have ``ended`` (by hash) are neither chosen nor left."""

    def __init__(self, choice: Choice, ended: Set[bytes] = NEVER) -> None:
        self._choice = choice
        self._ended = ended
        self._missing: set[tuple[str, str]] = set()
        self._chosen = 0

    def of(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        """Give those that are to be done now."""
        return (each for each in operations if self.is_due(each) and not self.left(each))

    def is_due(self, each: Operation) -> bool:
        """Tell whether an operation has not ended."""
        return bytes.fromhex(each.hash) not in self._ended

    def left(self, each: Operation) -> Left | None:
        """Say why an operation that is due is left; None when it is to be done. To be asked once, in their order."""
        left = self._why(each)
        if left is None:
            self._chosen += 1
        else:
            self._missing |= set(_brings(each))
        return left

    def _why(self, each: Operation) -> Left | None:
        if self._choice.only and each.op not in self._choice.only:
            return Left(NOT_CHOSEN, f"{each.op} was not asked for")
        missing = next((need for need in _needs(each) if need in self._missing), None) if self._missing else None
        if missing:
            return Left(WAITS, f"the {missing[0]} {missing[1]!r} is made by an operation that was left too")
        if self._choice.limit is not None and self._chosen >= self._choice.limit:
            return Left(BEYOND, f"{self._choice.limit} operations were asked for")
        return None


def _brings(each: Operation) -> Iterator[tuple[str, str]]:
    """Give what operations below may need of this one."""
    if each.op in CREATES:
        yield each.op.partition(".")[0], each.key
    if each.op is Op.LIST_CREATE:
        yield "list", each.body["name"]


def _needs(each: Operation) -> Iterator[tuple[str, str]]:
    for kind, key, _ in references(each.data):
        yield kind, key
    if "list" in each.data:
        yield "list", each.data["list"]
