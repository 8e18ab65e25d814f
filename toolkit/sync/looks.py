"""What a run's two snapshots must ask for besides the list of changes, and what they need not.

After a replay: whether being put on a contact list, or into an account, moves a contact's ``updated_at`` is not known,
and a deleted contact is in no list at all. So the contacts and accounts to which a plan does no more than that are
asked for one by one, or a list's members by pages where that costs less; and so is every contact that Front refused.
Before it: the teammates only where an upsert names one who was not there when they were last read.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.front.client import PAGE
from toolkit.front.snapshot import RESOURCES
from toolkit.plan.waiting import sent_lines

_MEMBERS = (b'"op":"list.', b'"op":"account.')
_DELETION = b'"op":"contact.delete"'
_LISTS = frozenset({"contact_list"})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """``again``: ids of contacts and accounts; ``relist``: names of lists; ``keep``: resources that are as before."""

    again: frozenset[str]
    relist: frozenset[str]
    keep: frozenset[str]


def aftermath(plan: Path, failures: Path, contacts: int) -> Aftermath:
    """Read it out of a plan, the operations of it that were refused, and how many contacts there are."""
    changed, members, accounts, made = set[str](), defaultdict[str, set[str]](set), set[str](), False
    for each in _operations(plan):
        made |= each["op"].startswith("list.") and each["op"] not in ("list.add", "list.remove")
        if isinstance(account := each.get("account"), str):
            accounts.add(account)
        elif "list" in each and "contacts" in each:
            members[each["list"]].update(_ids(each["contacts"]))
    if members:
        changed = _changed(plan)
    again, relist = _asked(members, changed, contacts / int(PAGE))
    again |= accounts | {named for each in _lines(failures) for named in _ids([each.get("contact")])}
    again |= {named for each in _lines(failures) for named in _ids(each.get("contacts", ()))}
    again |= _deleted(plan)
    return Aftermath(frozenset(again), frozenset(relist), RESOURCES - (_LISTS if made else frozenset()))


def names_strangers(operations: Path, snapshot: Path) -> bool:
    """Tell whether an upsert gives a custom field a teammate whom an earlier snapshot doesn't know."""
    fields, known = set[str](), set[str]()
    for line in _lines(snapshot):
        if line["resource"] == "contact":
            break
        if line["resource"] == "custom_field" and line.get("type") == "teammate":
            fields.add(line["name"])
        elif line["resource"] == "teammate":
            known.add(str(line.get("email", "")).lower())
    bodies = (each["body"].get("custom_fields", {}) for each in _lines(operations)) if fields else ()
    return any(str(each[name]).lower() not in known for each in bodies for name in fields & each.keys())


def _asked(members: dict[str, set[str]], changed: set[str], pages: float) -> tuple[set[str], set[str]]:
    """Tell which contacts are asked for one by one, and which lists are read: whatever takes fewer requests."""
    again, relist = set[str](), set[str]()
    for name, ids in members.items():
        silent = ids - changed
        if len(silent) <= pages or len(silent) == 1:
            again |= silent
        else:
            relist.add(name)
    return again, relist


def _operations(plan: Path) -> Iterator[dict[str, Any]]:
    """Give the operations on lists and accounts: the others are most of a plan, and are not parsed."""
    for line in sent_lines(plan):
        if any(each in line for each in _MEMBERS):
            found = json.loads(line)
            if str(found.get("op", "")).startswith(("list.", "account.")):
                yield found


def _deleted(plan: Path) -> set[str]:
    """Give the contacts that are deleted: no list shows it."""
    found = (json.loads(line) for line in sent_lines(plan) if _DELETION in line)
    return {named for each in found if each["op"] == "contact.delete" for named in _ids([each["contact"]])}


def _changed(plan: Path) -> set[str]:
    """Give the contacts that something was done to which a list of changes shows."""
    ours = (each for each in map(json.loads, sent_lines(plan)) if not each["op"].startswith(("list.", "account.")))
    return {named for each in ours for named in _ids([each.get("contact")])}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(json.loads, file)


def _ids(targets: Collection[Any]) -> list[str]:
    """Leave out references and aliases: what they stand for was made, or is changed, by this very plan."""
    return [each for each in targets if isinstance(each, str) and not each.startswith("alt:")]
