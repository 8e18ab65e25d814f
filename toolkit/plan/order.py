"""The order in which a plan's operations stand in its file. Those on contacts are set aside until the rest is known."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from toolkit.front.changes import Body
from toolkit.plan.compile import Planner
from toolkit.plan.waiting import Ranks, Row, row
from toolkit.tables import ndjson_line


class Order:
    """Takes the operations of upserts as they come, and writes all into ``file``; ``counts`` them by kind.

    ``made`` are the creations; in a plan that is no queue they stand among the ``changed``, in the upserts' order.
    """

    def __init__(self, file: BinaryIO, made: Row, changed: Row, *, queue: bool) -> None:
        self._file = file
        self._made, self._changed = made, changed
        self._queue = queue
        self.counts: Counter[str] = Counter()

    def add(self, key: str, operations: list[Body]) -> None:
        """Take the operations of one upsert."""
        creates = self._queue and bool(operations) and operations[0]["op"] == "contact.create"
        (self._made if creates else self._changed).add(key, self._counted(operations))

    def write(self, planner: Planner) -> None:
        """Write everything; only after every upsert and every leaver."""
        if self._queue:
            self._put(planner.leaving())
            self._put(planner.first())
            self._made.copy(self._file)
            self._put(planner.last())
            self._changed.copy(self._file)
        else:
            self._put(planner.first())
            self._changed.copy(self._file)
            self._put(planner.last())
            self._put(planner.leaving())

    def _put(self, operations: Iterable[Body]) -> None:
        self._file.writelines(self._counted(operations))

    def _counted(self, operations: Iterable[Body]) -> Iterator[bytes]:
        for each in operations:
            self.counts[each["op"]] += 1
            yield ndjson_line(each)


@contextmanager
def planned(file: BinaryIO, ranks: Ranks, *, queue: bool) -> Iterator[Order]:
    """Give the order of a plan that is written into ``file``."""
    with row(ranks) as made, row(ranks) as changed:
        yield Order(file, made, changed, queue=queue)
