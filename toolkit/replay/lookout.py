"""Looks, while a replay goes on, for contacts that were changed in Front since the plan was made.

Front takes custom fields as one whole map, so an update that was planned on an older state would write over what others
have set since. To read every contact before its update doubles the requests; Front's list of changes costs one for a
hundred contacts, and only who is in it needs to be read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from toolkit.front.client import PAGE, FrontClient
from toolkit.front.earlier import read_stamp, stamp
from toolkit.front.reading import Scope
from toolkit.operation import Op, Operation
from toolkit.replay.steps import Known

EVERY = 900.0
"""Seconds from one look to the next. Our own writes are in the list too: more looks would cost more, for little."""
OVERLAP = 60.0
"""Seconds by which a look begins before the one before it: a change may be seen a little later."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When Front was as the plan takes it to be (Unix seconds, Front's clock), and whose contacts those were."""

    at: float
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def told(cls, source: Mapping[str, str]) -> Self | None:
        """Read it out of what a plan's descriptor says of its source; None when that does not tell."""
        try:
            return cls(read_stamp(source.get("seen", "")), Scope(source.get("scope", "")))
        except ValueError:
            return None

    @property
    def source(self) -> dict[str, str]:
        """Give what the descriptor of a replay tells of it, since its failures may be replayed one day."""
        return {"seen": stamp(self.at)} | ({"scope": self.scope.id} if self.scope.id else {})


class Lookout:
    """Adds to ``known.changed`` whatever contacts were changed in Front, by whom so ever."""

    def __init__(self, client: FrontClient, known: Known, seen: Seen) -> None:
        self._client = client
        self._known = known
        self._scope = seen.scope
        self._until = seen.at

    def over(self, todo: Iterator[Operation]) -> Iterator[Operation]:
        """Give operations on, with a look before an update where the last look is too long ago."""
        for each in todo:
            if each.op == Op.CONTACT_UPDATE and self._client.whose().now - self._until >= EVERY:
                self._look()
            yield each

    def _look(self) -> None:
        since, self._until = str(int(self._until - OVERLAP)), self._client.whose().now
        path, order = self._scope.path("contacts"), {"sort_by": "created_at", "sort_order": "asc"}
        changed = self._client.every(path, limit=PAGE, **order, **{"q[updated_after]": since})
        self._known.changed.update(each["id"] for each in changed)
