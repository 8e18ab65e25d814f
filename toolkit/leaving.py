"""What becomes of contacts whose record is gone or opted out: the rules, and the lines of leavers.ndjson. Pure.

``transform`` writes that file: what is ours and what is to be done on its first line, then a line for each row that
leaves. ``plan`` finds their contacts and plans exact operations.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Line = dict[str, Any]


class Policy(StrEnum):
    """What is done with a contact that leaves; nothing of it: it is kept as it is."""

    REMOVE_FROM_LISTS = "remove_from_lists"
    CLEAR_FIELDS = "clear_fields"
    DELETE = "delete"


class Why(StrEnum):
    """Why a row is among the leavers. The records of ``rejected`` rows, and of those ``merged`` into another row, are
    there, though no upsert says so: nothing is done, and their contacts are not missing.
    """

    GONE = "gone"
    OPTED_OUT = "opted_out"
    REJECTED = "rejected"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class LeavingRule:
    """``when``: the rows that leave (SQL on the export's columns; empty: none). ``policies``: none is to keep.

    ``lists`` tell which contacts are ours: those on one of them; without any, those that carry the external id.
    """

    policies: frozenset[Policy] = frozenset()
    lists: tuple[str, ...] = ()
    when: str = ""

    @property
    def data(self) -> Line:
        """Write it for the first line of leavers.ndjson."""
        return {"policies": sorted(self.policies), "lists": list(self.lists)}


@dataclass(frozen=True, slots=True)
class LeavingRules:
    """The rules by reason. ``missing``: a contact of ours that no row wants is gone, since the rows are all there are.

    ``external_id``: the custom field that says which contact it is, where it is not the mapping's.
    """

    gone: LeavingRule = field(default_factory=LeavingRule)
    opted_out: LeavingRule = field(default_factory=LeavingRule)
    missing: bool = False
    external_id: str = ""

    def __bool__(self) -> bool:
        return bool(self.gone.when or self.opted_out.when or (self.missing and self.gone.policies))

    @property
    def conditions(self) -> tuple[tuple[Why, str], ...]:
        """Give the conditions that there are, by reason."""
        both = ((Why.GONE, self.gone.when), (Why.OPTED_OUT, self.opted_out.when))
        return tuple((why, when) for why, when in both if when)


@dataclass(frozen=True, slots=True)
class Ours:
    """What belongs to a mapping in Front: lists and custom fields that it names, and which field says who is who."""

    lists: tuple[str, ...] = ()
    custom_fields: tuple[str, ...] = ()
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The first line of leavers.ndjson: the rules, without their conditions, and what is ours."""

    rules: LeavingRules
    ours: Ours

    def rule(self, why: Why) -> LeavingRule:
        """Give the rule for a reason; that for rows whose records are there does nothing."""
        return {Why.GONE: self.rules.gone, Why.OPTED_OUT: self.rules.opted_out}.get(why, LeavingRule())

    def line(self) -> Line:
        """Write it."""
        ours = {"lists": list(self.ours.lists), "custom_fields": list(self.ours.custom_fields)}
        named = {"external_id": self.ours.external_id} if self.ours.external_id else {}
        rules = {"gone": self.rules.gone.data, "opted_out": self.rules.opted_out.data, "missing": self.rules.missing}
        return {"resource": "leavers", "version": 1} | rules | ours | named

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Leaving":
        """Read it, once it is found valid (schemas/leaver.schema.json)."""
        rules = LeavingRules(_rule(line["gone"]), _rule(line["opted_out"]), line["missing"])
        ours = Ours(tuple(line["lists"]), tuple(line["custom_fields"]), line.get("external_id", ""))
        return cls(rules, ours)


def _rule(data: Mapping[str, Any]) -> LeavingRule:
    return LeavingRule(policies_of(data["policies"]), tuple(data["lists"]))


def policies_of(names: str | Iterable[str]) -> frozenset[Policy]:
    """Read one policy or several; ``keep`` is none."""
    return frozenset(Policy(name) for name in ([names] if isinstance(names, str) else names) if name != "keep")


@dataclass(frozen=True, slots=True)
class Leaver:
    """One row that leaves: how its contact is found, and the lists that the row would be on."""

    key: str
    why: Why
    handles: Collection[Mapping[str, str]] = ()
    external_id: str = ""
    lists: tuple[str, ...] = ()

    def line(self) -> Line:
        """Write it."""
        more = {"external_id": self.external_id, "lists": list(self.lists)}
        said = {key: value for key, value in more.items() if value}
        return {"key": self.key, "why": self.why.value, "handles": list(self.handles)} | said

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Leaver":
        """Read it, once it is found valid."""
        lists = tuple(line.get("lists", ()))
        return cls(line["key"], Why(line["why"]), line["handles"], line.get("external_id", ""), lists)
