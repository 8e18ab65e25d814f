"""How much a plan may change before it is refused: a number of contacts, or a share of those there are. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import Self

from toolkit.errors import InputRefused, Problem


class Fate(StrEnum):
    """What a guard of its own counts of a contact."""

    DELETED = "deleted"
    LEFT = "left"

    def of(self, contact_id: str) -> str:
        """Name it as what waits of an earlier plan: that a contact waits for something else says nothing of it."""
        return f"{self}:{contact_id}"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many contacts: a ``number``, or with ``share`` so many in a hundred of those in the snapshot."""

    number: float
    share: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``500``, ``10%`` or ``2.5 %``; ValueError for anything else."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%|(\d+)", text.strip(), re.ASCII)
        if not found or float(found[1] or 0) > 100:
            raise ValueError(f"{text!r} is neither a number of contacts nor a share such as 10%")
        return cls(float(found[1]), share=True) if found[1] else cls(float(found[2]))

    def of(self, contacts: int) -> int:
        """Give the most contacts that it lets pass, of so many."""
        return int(contacts * self.number / 100) if self.share else int(self.number)

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.share else f"{self.number:g}"


@dataclass(frozen=True, slots=True)
class Changes:
    """How many contacts a plan changes, deletes (or merges into others), lets leave lists or lose fields, and makes."""

    updated: int = 0
    deleted: int = 0
    leaving: int = 0
    created: int = 0

    def without(self, others: "Changes") -> "Changes":
        """Give the changes that are not among the others."""
        pairs = zip(astuple(self), astuple(others), strict=True)
        return Changes(*(mine - theirs for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Guards:
    """The most contacts that a plan may change, that it may delete or merge into others, that may leave lists or lose
    fields since their record is gone or opted out, and that it may make; None: any number.
    """

    updates: Limit | None = None
    deletes: Limit | None = None
    leavers: Limit | None = None
    creates: Limit | None = None

    @classmethod
    def of(cls, limit: Callable[[str], Limit | None]) -> Self:
        """Ask for each limit by its name among options and settings: ``max_updates`` and so on."""
        return cls(*(limit(f"max_{each.name}") for each in fields(cls)))

    def check(self, contacts: int, done: Changes) -> None:
        """Refuse (InputRefused) a plan that does more than is expected where there are so many ``contacts``."""
        if broken := self.broken(contacts, done):
            hint = "look whether the upserts and the snapshot are the right ones; raise the limit if they are"
            raise InputRefused("the plan is larger than it may be", problems=broken, hint=hint)

    def broken(self, contacts: int, done: Changes) -> tuple[Problem, ...]:
        """Say what a plan does more of than is expected; empty when nothing."""
        return (
            *_broken("update {} of", "updates", self.updates, done.updated, contacts),
            *_broken("delete {} of", "deletes", self.deletes, done.deleted, contacts),
            *_broken("let leave {} of", "leavers", self.leavers, done.leaving, contacts),
            *_broken("make {} new ones beside", "creates", self.creates, done.created, contacts),
        )


def _broken(what: str, guard: str, limit: Limit | None, wanted: int, contacts: int) -> Iterator[Problem]:
    if limit and wanted > limit.of(contacts):
        share = f" ({wanted / contacts:.1%})" if contacts else ""
        allowed = f"--max-{guard} {limit} lets {limit.of(contacts):,} pass"
        yield Problem(f"it would {what.format(f'{wanted:,}')} {contacts:,} contacts{share}; {allowed}")
