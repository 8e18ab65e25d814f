"""What a contact in Front lacks to be what was asked: the one rule for plan, replay and verify. Pure.

Rules of Front's that it follows: PATCH replaces the whole ``custom_fields`` map and the whole ``links`` list, so
both are merged with what is there; handles and contact lists have requests of their own; a pair of source and
handle belongs to one contact. Only one thing is ever taken away here: a custom field that an upsert names under
``clear``, by the wish of the mapping, because its cell is blank. Everything else that is not mentioned stays.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
HandleKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """``body`` is what a PATCH must send (empty: nothing), ``before`` the same keys as they are now."""

    body: Body = field(default_factory=dict)
    before: Body = field(default_factory=dict)
    handles: tuple[Body, ...] = ()
    lists: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.body or self.handles or self.lists)


AS_WRITTEN = frozenset({"custom", "front_chat", "intercom"})
"""Sources whose handles are known by their exact letters."""


def handle_key(handle: Mapping[str, Any]) -> HandleKey:
    """Give what a handle is known by: its source, and the handle with e-mail and user names in lower case."""
    source, text = str(handle["source"]), str(handle["handle"]).strip()
    return source, text if source in AS_WRITTEN else text.lower()


def contact_changes(
    wanted: Mapping[str, Any], contact: Mapping[str, Any], clear: Collection[str] = ()
) -> ContactChanges:
    """Compare a create body with a contact as Front gives it; what is not mentioned stays as it is.

    ``clear`` are the names of custom fields to be emptied; one that is absent or null is so already.
    """
    body = _changed(wanted, contact, "links", clear)
    return ContactChanges(body, before_of(body, contact), _new_handles(wanted, contact), _new_lists(wanted, contact))


def account_changes(wanted: Mapping[str, Any], account: Mapping[str, Any]) -> ContactChanges:
    """Compare an account create body with an account as Front gives it; domains are united, fields merged."""
    body = _changed(wanted, account, "domains")
    return ContactChanges(body, before_of(body, account))


def _changed(wanted: Mapping[str, Any], here: Mapping[str, Any], united: str, clear: Collection[str] = ()) -> Body:
    """Give what a PATCH must send: texts that differ, the ``united`` list, the whole map of custom fields."""
    body: Body = {key: wanted[key] for key in ("name", "description") if _differs(wanted, here, key)}
    items = _united(here.get(united) or [], wanted.get(united) or [])
    if items != (here.get(united) or []):
        body[united] = items
    fields, asked = here.get("custom_fields") or {}, wanted.get("custom_fields", {})
    if clear:
        asked = asked | dict.fromkeys(clear)
    if any(not same_value(fields.get(name), value) for name, value in asked.items()):
        fields = filled(fields)
        body["custom_fields"] = {name: value for name, value in (fields | asked).items() if name not in clear}
    return body


def same_value(here: object, wanted: object) -> bool:
    """Tell whether two custom field values are one: 1 and 1.0 are, 1 and true or "1" are not."""
    if isinstance(here, bool) or isinstance(wanted, bool):
        return here is wanted
    return here == wanted


def same_fields(here: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Tell whether two whole maps of custom fields are one; an absent field is null."""
    return all(same_value(here.get(name), wanted.get(name)) for name in here.keys() | wanted.keys())


def filled(fields: Mapping[str, Any]) -> Body:
    """Give the custom fields that have a value: what Front shows as null can't be sent."""
    return {name: value for name, value in fields.items() if value is not None}


def _differs(wanted: Mapping[str, Any], here: Mapping[str, Any], key: str) -> bool:
    return bool(wanted.get(key)) and wanted[key] != here.get(key)


def _united(here: Iterable[str], wanted: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*here, *wanted]))


def before_of(body: Body, here: Mapping[str, Any]) -> Body:
    """Give what the keys of a PATCH body are now."""
    empty: Body = {"links": [], "domains": [], "custom_fields": {}}
    found = {key: here.get(key) or empty.get(key, "") for key in body}
    return found | ({"custom_fields": filled(found["custom_fields"])} if "custom_fields" in found else {})


def _new_handles(wanted: Mapping[str, Any], contact: Mapping[str, Any]) -> tuple[Body, ...]:
    known = {handle_key(handle) for handle in contact.get("handles") or []}
    return tuple(handle for handle in wanted.get("handles", []) if handle_key(handle) not in known)


def _new_lists(wanted: Mapping[str, Any], contact: Mapping[str, Any]) -> tuple[str, ...]:
    known = {each["name"] for each in contact.get("lists") or []}
    return tuple(name for name in wanted.get("list_names", []) if name not in known)
