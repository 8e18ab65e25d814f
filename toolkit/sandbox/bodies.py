"""What Front takes in a request's body, as checks that say what is wrong. Pure.

Where Front's documents are silent the sandbox takes the strict reading, so that a rehearsal shows what might fail:
unknown keys, null, an unknown custom field, a value of the wrong type, an empty list of handles, the same handle
twice and an e-mail handle without ``@`` are refused with 400. These are guesses, not facts about Front.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.sandbox.calls import Refused
from toolkit.sandbox.config import CustomField, FieldType

SOURCES = ("email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom")
MOST_REMOVED = 50
"""Front removes at most 50 contacts from a list in one call."""

Check = Callable[[Any], str]
"""Says what is wrong with a value; an empty text when nothing is."""


def checked(body: object, checks: Mapping[str, Check], required: Iterable[str] = ()) -> dict[str, Any]:
    """Give the body when it is an object of these keys and values; Refused 400 with one detail for each fault."""
    if not isinstance(body, dict):
        raise Refused(400, "Body did not satisfy requirements", ["body: must be an object"])
    found = {key: checks[key](value) if key in checks else "is not known here" for key, value in body.items()}
    found |= {key: "missing" for key in required if key not in body}
    details = [f"body.{key}: {fault}" for key, fault in found.items() if fault]
    if details:
        raise Refused(400, "Body did not satisfy requirements", details)
    return body


def text(value: object) -> str:
    """Take text."""
    return "" if isinstance(value, str) else "should be a string"


def filled(value: object) -> str:
    """Take text that isn't empty."""
    return "" if isinstance(value, str) and value.strip() else "should be a string that isn't empty"


def flag(value: object) -> str:
    """Take true or false."""
    return "" if isinstance(value, bool) else "should be a boolean"


def texts(value: object) -> str:
    """Take a list of texts that aren't empty."""
    return "" if isinstance(value, list) and not any(map(filled, value)) else "should be an array of strings"


def source(value: object) -> str:
    """Take one of Front's sources of handles."""
    return "" if value in SOURCES else f"should be one of {', '.join(SOURCES)}"


def contact_ids(value: object) -> str:
    """Take at least one id."""
    return texts(value) or ("" if value else "should not be empty")


def removed_ids(value: object) -> str:
    """Take 1 to 50 ids."""
    fault = contact_ids(value)
    return fault or ("" if isinstance(value, list) and len(value) <= MOST_REMOVED else "should hold at most 50 ids")


def merged_ids(value: object) -> str:
    """Take up to 50 different ids."""
    fault = contact_ids(value)
    return fault or ("" if isinstance(value, list) and len(set(value)) <= 50 else "should hold at most 50 ids")


def handles(value: object) -> str:
    """Take at least one handle, none of them twice."""
    if not isinstance(value, list) or not value:
        return "should be an array of at least one handle"
    fault = next(filter(None, map(handle, value)), "")
    if fault:
        return fault
    pairs = {(each["source"], fold(each["source"], each["handle"])) for each in value}
    return "" if len(pairs) == len(value) else "the same handle stands here twice"


def handle(value: object) -> str:
    """Take ``{"source", "handle"}``; an e-mail address must look like one."""
    if not isinstance(value, dict) or set(value) != {"source", "handle"}:
        return "each handle should have a source and a handle"
    return source(value["source"]) or filled(value["handle"]) or _address(value["source"], value["handle"])


def _address(where: str, address: str) -> str:
    local, at, domain = address.partition("@")
    sound = bool(local and at and domain) and "@" not in domain and " " not in address
    return "" if where != "email" or sound else f"{address} is not an email address"


def fold(where: str, address: str) -> str:
    """Give what two handles are compared by: e-mail addresses differ by more than case."""
    return address.casefold() if where == "email" else address


@dataclass(frozen=True, slots=True)
class FieldValues:
    """Checks a map of custom fields against the company's definitions, teammates and inboxes."""

    fields: Mapping[str, CustomField]
    teammates: frozenset[str]
    inboxes: frozenset[str]

    def __call__(self, value: object) -> str:
        """Name the first field that is unknown or whose value is not of its type."""
        if not isinstance(value, dict):
            return "should be an object"
        return next(filter(None, (self._fault(name, each) for name, each in value.items())), "")

    def _fault(self, name: str, value: object) -> str:
        known = self.fields.get(name)
        if known is None:
            return f"there is no custom field named {name}"
        return "" if self._fits(known, value) else f"{name} is not a valid {known.type.value} value"

    def _fits(self, known: CustomField, value: object) -> bool:
        if isinstance(value, bool):
            return known.type is FieldType.BOOLEAN
        if isinstance(value, int | float):
            # A moment beyond the year 5138 is one in milliseconds: Front counts seconds.
            return known.type is FieldType.NUMBER or (known.type is FieldType.DATETIME and abs(value) < 1e11)
        return isinstance(value, str) and self._names(known, value)

    def _names(self, known: CustomField, value: str) -> bool:
        choices = {
            FieldType.STRING: {value},
            FieldType.TEAMMATE: self.teammates,
            FieldType.INBOX: self.inboxes,
            FieldType.ENUM: known.values,
        }
        wanted = value.casefold() if known.type is FieldType.TEAMMATE else value
        return wanted in choices.get(known.type, ())
