"""Custom fields as they are asked for against those that Front has: what it would refuse, before it is sent. Pure.

Source: a custom field's value must be of its type; a dropdown takes one of its ``values[].value``, a teammate field the
e-mail address of a teammate (Front Core API). Field definitions can't be created by the API.
"""

from collections.abc import Callable
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


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "datetime": (int, float),
    "boolean": bool,
    "enum": str,
    "teammate": str,
    "inbox": str,
}


class FieldCheck:
    """Holds upserts against the custom fields, choices and teammates of a snapshot."""

    def __init__(self, state: FrontState) -> None:
        self._state = state
        self._unknown: dict[str, int] = {}

    def conflict(self, upsert: Operation) -> Conflict | None:
        """Give the first value of an upsert that Front would refuse, as a conflict; None when there is none."""
        for name in upsert.clear:
            if name not in self._state.custom_fields:
                self._unknown.setdefault(name, upsert.line)
        for name, value in upsert.body.get("custom_fields", {}).items():
            field = self._state.custom_fields.get(name)
            if field is None:
                self._unknown.setdefault(name, upsert.line)
            elif why := self._wrong(field, value):
                return Conflict(upsert.line, upsert.key, "bad_field_value", (), f"{name}: {value!r} {why}")
        return None

    def _wrong(self, field: dict[str, Any], value: object) -> str:
        kind = str(field.get("type", ""))
        wanted = _TYPES.get(kind)
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean")):
            return f"is not a value for a field of the type {kind}"
        check: Callable[[dict[str, Any], object], str] | None = {"enum": _choice, "teammate": self._teammate}.get(kind)
        return check(field, value) if check else ""

    def _teammate(self, _: dict[str, Any], value: object) -> str:
        known = self._state.teammates
        return "is not the e-mail address of a teammate" if known and str(value).lower() not in known else ""

    def refuse_unknown(self) -> None:
        """Refuse the whole file when it names custom fields that Front doesn't have: every one would be refused."""
        if self._unknown:
            named = ", ".join(f"{name!r} (line {line})" for name, line in self._unknown.items())
            known = ", ".join(sorted(self._state.custom_fields)) or "none"
            hint = f"create them in Front first, or correct the mapping; Front has: {known}"
            raise InputRefused(f"Front has no custom field {named}", hint=hint)


def _choice(field: dict[str, Any], value: object) -> str:
    choices = [each["value"] for each in field.get("values") or []]
    return "" if not choices or value in choices else f"is none of its choices: {', '.join(map(str, choices))}"
