"""An update that was planned on an older state, put onto what is there now. Pure.

What an operation changes is the difference of its ``body`` and ``before``; only that is done to what Front has now, so
that what others changed since stays. Where both changed the same thing, that is a conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.exchange import Request
from toolkit.front.changes import filled, same_fields, same_value
from toolkit.operation import Operation
from toolkit.replay.steps import Effect, Ending, Known, OnConflict, Past, Steps, claim, expect, refuse

Body = dict[str, Any]
OVERWRITTEN = "overwritten"
_UNITED = ("links", "domains")


@dataclass(slots=True)
class Rebased:
    """``body`` is what a PATCH must send (empty: nothing); ``conflicts`` names what others changed too."""

    body: Body = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)


def rebase(body: Mapping[str, Any], before: Mapping[str, Any] | None, here: Mapping[str, Any]) -> Rebased:
    """Put an update onto ``here``. Without ``before`` the body says what to set: nothing that it does not name goes."""
    done = Rebased()
    for key, wanted in body.items():
        was, now = (before or {}).get(key), here.get(key)
        if key == "custom_fields":
            _fields(wanted, was, now or {}, done)
        elif key in _UNITED:
            _items(key, wanted, was or [], now or [], done)
        elif (now or "") != wanted:
            done.body[key] = wanted
            done.conflicts += [key] if was is not None and (now or "") != was else []
    return done


def _items(key: str, wanted: list[str], was: list[str], now: list[str], done: Rebased) -> None:
    kept = [each for each in now if each in wanted or each not in was]
    items = kept + [each for each in wanted if each not in now and each not in was]
    if items != now:
        done.body[key] = items


def _fields(wanted: Body, was: Body | None, now: Body, done: Rebased) -> None:
    base = wanted.keys() if was is None else was.keys() | wanted.keys()
    made = filled(now)
    for name in sorted(base):
        ours = wanted.get(name)
        if (was is not None and same_value(was.get(name), ours)) or same_value(now.get(name), ours):
            continue
        if was is not None and not same_value(was.get(name), now.get(name)):
            done.conflicts.append(f"custom field {name!r}")
        made.pop(name, None)
        made |= {} if ours is None else {name: ours}
    if not same_fields(now, made):
        done.body["custom_fields"] = made


def update_fresh(each: Operation, path: str, known: Known, past: Past) -> Steps:
    """Read what is there, and write only what the operation changes of it."""
    here = expect((yield Request("GET", path))).body
    if path.startswith("/contacts") and (yield from claim(each, [here["id"]], known)):
        here = expect((yield Request("GET", path))).body
    rebased = rebase(each.body, each.data.get("before"), here)
    changed = ", ".join(rebased.conflicts)
    if changed and known.on_conflict is OnConflict.REFUSE:
        raise refuse("changed_since", f"changed in Front since the plan was made: {changed}; plan anew")
    if rebased.body:
        expect((yield Request("PATCH", f"{path.rpartition('/')[0]}/{here['id']}", rebased.body, before=here)))
    effect = Effect.UPDATED if rebased.body or past.wrote else Effect.UNCHANGED
    note = f"written over what was changed in Front since the plan was made: {changed}"
    return Ending(effect, here["id"], code=OVERWRITTEN, message=note) if changed else Ending(effect, here["id"])
