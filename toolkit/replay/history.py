"""What a replay wrote, as its checkpoint tells it: one write for each request that changed something. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

CREATING = {
    "contact": re.compile(r"(/teams/[^/]+|/teammates/[^/]+)?/contacts"),
    "account": re.compile("/accounts"),
}
"""The paths that create, by what the operation is about; contacts also in a workspace's or a teammate's own."""


@dataclass(frozen=True, slots=True)
class Write:
    """One request that Front took, or may have taken.

    ``before`` is the contact or account (or the keys of it that were changed) before, None where that is not known;
    ``id`` what a creation brought. ``answered``: Front said that it took it. ``ended``: its operation came to an end.
    ``certain`` is False when it can't be told whether the operation did what is there now. ``sent_at``: Unix seconds.
    """

    key: str
    operation: str
    method: str
    path: str
    body: Any
    before: Any
    id: str = ""
    answered: bool = True
    ended: bool = True
    certain: bool = True
    sent_at: float = 0.0

    @property
    def creates(self) -> bool:
        """Tell whether it makes a contact or an account; other answers bring ids too."""
        return self.method == "POST" and any(each.fullmatch(self.path) for each in CREATING.values())

    @property
    def place(self) -> tuple[str, str, str]:
        """Give what it is about: contacts, contact_lists or accounts; the id; and what of it: handles, contacts, merge.

        Contacts of a workspace or a teammate are contacts like any others. No id: what it created is not known.
        """
        kind, *rest = _OWNER.sub("/", self.path).strip("/").split("/")
        if rest == ["merge"]:
            return kind, "", "merge"
        return kind, rest[0] if rest else self.id, rest[1] if len(rest) > 1 else ""


@dataclass(frozen=True, slots=True)
class Found:
    """An operation that had nothing to do: what it asked was so already. ``id``: of the contact or account."""

    op: str
    id: str


_OWNER = re.compile(r"^/(teams|teammates)/[^/]+/(?=contacts$)")


def settled(writes: Iterable[Write]) -> list[Write]:
    """Make one write of a request that was sent again after a lost answer: the first ``before`` is the true one."""
    found: dict[tuple[str, str, str, str], Write] = {}
    for each in writes:
        name = (each.operation, each.method, each.path, repr(each.body))
        first = found.get(name, each)
        brought = each.id if each.answered else first.id or each.id
        found[name] = replace(first, answered=first.answered or each.answered, id=brought)
    return list(found.values())
