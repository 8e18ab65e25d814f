"""Custom fields as they are asked for against those that Front has: what it would refuse, before it is sent. Pure.

Source: a custom field's value must be of its type; a dropdown takes one of its ``values[].value``, a teammate field the
e-mail address of a teammate (Front Core API). Field definitions can't be created by the API.
"""

from dataclasses import dataclass
from typing import Any

from toolkit.errors import InputRefused
from toolkit.front.state import FrontState
from toolkit.operation import Operation


@dataclass(frozen=True, slots=True)
class Conflict:
    """An upsert that can't be planned: why (a code), the contacts concerned, and what to do about it."""

    line: int
    key: str
    code: str
    contacts: tuple[str, ...]
    proposal: str


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "datetime": (int, float),
    "boolean": (bool,),
    "enum": (str,),
    "teammate": (str,),
    "inbox": (str,),
}
"""By the very type: true is no number."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the values of one custom field must be: of ``types`` (empty: any) and, where it has any, of its choices."""

    kind: str
    types: tuple[type, ...]
    choices: tuple[object, ...] = ()
    teammates: frozenset[str] = frozenset()

    @classmethod
    def of(cls, field: dict[str, Any], teammates: set[str]) -> "_Rule":
        kind = str(field.get("type", ""))
        choices = tuple(each["value"] for each in field.get("values") or []) if kind == "enum" else ()
        return cls(kind, _TYPES.get(kind, ()), choices, frozenset(teammates if kind == "teammate" else ()))

    def wrong(self, value: object) -> str:
        """Say what Front would not take about a value; empty when nothing."""
        if self.types and type(value) not in self.types:
            return f"is not a value for a field of the type {self.kind}"
        if self.choices and value not in self.choices:
            return f"is none of its choices: {', '.join(map(str, self.choices))}"
        if self.teammates and str(value).lower() not in self.teammates:
            return "is not the e-mail address of a teammate"
        return ""


class FieldCheck:
    """Holds upserts against the custom fields, choices and teammates of a snapshot."""

    def __init__(self, state: FrontState) -> None:
        self._rules = {name: _Rule.of(each, state.teammates) for name, each in state.custom_fields.items()}
        self._unknown: dict[str, int] = {}

    def conflict(self, upsert: Operation) -> Conflict | None:
        """Give the first value of an upsert that Front would refuse, as a conflict; None when there is none."""
        rules = self._rules
        for name in upsert.clear:
            if name not in rules:
                self._unknown.setdefault(name, upsert.line)
        for name, value in upsert.body.get("custom_fields", {}).items():
            rule = rules.get(name)
            if rule is None:
                self._unknown.setdefault(name, upsert.line)
            elif why := rule.wrong(value):
                return Conflict(upsert.line, upsert.key, "bad_field_value", (), f"{name}: {value!r} {why}")
        return None

    def refuse_unknown(self) -> None:
        """Refuse the whole file when it names custom fields that Front doesn't have: every one would be refused."""
        if self._unknown:
            named = ", ".join(f"{name!r} (line {line})" for name, line in self._unknown.items())
            known = ", ".join(sorted(self._rules)) or "none"
            hint = f"create them in Front first, or correct the mapping; Front has: {known}"
            raise InputRefused(f"Front has no custom field {named}", hint=hint)
