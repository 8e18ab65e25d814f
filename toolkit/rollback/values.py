"""Values put back: what a write changed gets its value before, what others changed since is left. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.front.changes import filled, handle_key, same_fields, same_value
from toolkit.replay.history import Write
from toolkit.rollback.work import NAME_BEFORE, Body, KeepError, RollbackCode, Work


def unlike(body: Body, here: Body) -> Iterator[str]:
    """Name what of a created contact or account is not as it was created."""
    for key in ("name", "description"):
        if (here.get(key) or "") != body.get(key, ""):
            yield key
    for key in ("links", "domains"):
        if (here.get(key) or []) != list(dict.fromkeys(body.get(key) or [])):
            yield key
    fields = here.get("custom_fields") or {}
    asked = body.get("custom_fields", {})
    yield from (f"the field {name}" for name in sorted({*fields, *asked}) if not same(fields, asked, name))
    if "handles" in body:
        if {handle_key(each) for each in here["handles"]} != {handle_key(each) for each in body["handles"]}:
            yield "its handles"
        if {each["name"] for each in here["lists"]} != set(body.get("list_names", [])):
            yield "its lists"


def same(here: Body, there: Body, name: str) -> bool:
    """Tell whether two maps of custom fields have the same value under a name; an absent one is null."""
    return same_value(here.get(name), there.get(name))


def values_before(write: Write, number: str, before: Mapping[str, Body]) -> Body:
    """Give the values before of the keys that a PATCH sent, from the write or from the snapshot."""
    known = write.before if isinstance(write.before, dict) else {}
    was = {key: known[key] if key in known else before.get(number, {}).get(key) for key in write.body}
    if any(key not in known and key not in before.get(number, {}) for key in write.body):
        raise KeepError(RollbackCode.UNKNOWN, f"the values of {number} before are not known: {NAME_BEFORE}")
    return was


def put_back(write: Write, was: Body, here: Body, work: Work) -> tuple[Body, Body]:
    """Give the body that puts the values before in the place of ours, and the same keys as they are now."""
    body: Body = {}
    for key, sent in write.body.items():
        now, value = here.get(key) or _EMPTY.get(key, ""), _restored(key, (here.get(key), sent, was[key]), work)
        if not (same_fields(now, value) if key == "custom_fields" else now == value):
            body[key] = value
    had = {key: here.get(key) or _EMPTY.get(key, "") for key in body}
    here |= body
    return body, had


_EMPTY: Body = {"links": [], "domains": [], "custom_fields": {}}


def _restored(key: str, values: tuple[Any, Any, Any], work: Work) -> Any:
    here, sent, was = (value or _EMPTY.get(key, "") for value in values)
    if key == "custom_fields":
        return _restored_fields(here, sent, was, work)
    if here not in (sent, was):
        work.allow(RollbackCode.CHANGED, f"{key} was changed since")
    return was


def _restored_fields(here: Body, sent: Body, was: Body, work: Work) -> Body:
    """Put back the fields that the write changed; those that it only carried along stay as they are now."""
    ours = [name for name in {**was, **sent} if not same(sent, was, name)]
    changed = [name for name in ours if not (same(here, sent, name) or same(here, was, name))]
    if changed:
        work.allow(RollbackCode.CHANGED, f"custom fields were changed since: {', '.join(sorted(changed))}")
    return filled(
        {name: value for name, value in here.items() if name not in ours} | {name: was.get(name) for name in ours}
    )
