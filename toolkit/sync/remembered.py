"""Contacts that Front or the plan refused: remembered by their Ids, and asked for again though nothing changed in them.

The watermark moves on past a record that Front refuses, or that is in conflict with what Front has: else one of them
would hold all others back. So it is exported again by its Id: one in conflict each time, since that costs Front
nothing, one that Front refused after 1, 2, 4 … nights, at most 30. One that changes in Salesforce, or is looked at in a
whole run, comes of itself.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from toolkit import files
from toolkit.front.state import external_key, handle_name
from toolkit.leaving import Leaver, Why
from toolkit.operation import Op
from toolkit.sync.settings import SyncSettings

MOST = 500
"""Ids in one export: SOQL has room for more, but so many that are refused have one reason, and it is no record's."""
_LONGEST = timedelta(days=30)
_EARLIER = timedelta(hours=12)
"""Nightly runs don't begin at the same second: what is due in the hours after one is asked for in it."""


_LEAVES = "contact:"
"""How the key of an operation begins that lets a contact leave."""
_Name = tuple[str, str]
"""What an operation is told by: what it does, and its key."""
_IDS = re.compile(rb'"id":"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its Id, whether Front refused it (else the plan), how often in a row, when it is due (ISO 8601)."""

    id: str
    refused: bool
    times: int
    due: str


def read_rows(path: Path) -> dict[str, Row]:
    """Read what is remembered, by Id; what can't be read is nothing: whole runs come to those records too."""
    try:
        return {each["id"]: Row(**each) for each in json.loads(path.read_bytes())}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def save_rows(path: Path, rows: dict[str, Row]) -> None:
    """Write what is remembered, whole or not at all."""
    content = [asdict(rows[each]) for each in sorted(rows)]
    files.write(path, json.dumps(content, indent=1).encode() + b"\n")


def remembered_file(settings: SyncSettings) -> Path:
    """Say where the records of this profile are remembered."""
    return settings.runs / f"{settings.profile}.again.json"


def due_ids(rows: dict[str, Row], now: datetime) -> tuple[str, ...]:
    """Give the Ids that are to be exported again now, those first that have been due for longest."""
    due = sorted((datetime.fromisoformat(each.due), each.id) for each in rows.values())
    return tuple(identity for moment, identity in due if moment <= now)[:MOST]


def without_lost(rows: dict[str, Row], asked: Collection[str], now: datetime) -> dict[str, Row]:
    """Leave out records that were ``asked`` for and did not come, so that they are due as before: they are no more."""
    return {key: each for key, each in rows.items() if key not in asked or datetime.fromisoformat(each.due) > now}


@dataclass(frozen=True, slots=True)
class Failed:
    """Keys of upserts: those that Front refused, and those that the plan left out.

    ``stayed``: ids of contacts that were to leave, which Front refused; ``disputed``: of those that upserts in conflict
    want, and that may not leave for it.
    """

    refused: frozenset[str]
    conflicts: frozenset[str]
    stayed: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """Both."""
        return self.refused | self.conflicts


def failed(plan: Path) -> Failed | None:
    """Read what failed beside a plan; None when something is not as asked that no record's refusal explains.

    One that Front refuses to make can't join its account or list either, nor can one that somebody deleted there: that
    is the same refusal.
    """
    refusals = {_name(each) for each in _lines(plan, "failures")}
    records = {name for name in refusals if name[0].startswith(("contact.", "handle."))}
    missing = _missing(plan, {key for op, key in records if op == Op.CONTACT_CREATE}, _refused(plan))
    different = Counter[_Name]()
    for each in _lines(plan, "differences"):
        different[_name(each)] += len(each["differences"])
    if any(different[name] > missing[name] for name in different.keys() - records):
        return None
    if not all(missing[name] for name in refusals - records):
        return None
    conflicts = list(_lines(plan, "conflicts"))
    return Failed(
        frozenset(key for _, key in records),
        frozenset(each["key"] for each in conflicts),
        stayed=frozenset(key.removeprefix(_LEAVES) for _, key in records if key.startswith(_LEAVES)),
        disputed=frozenset(contact for each in conflicts for contact in each["contacts"]),
    )


def _name(line: dict[str, Any]) -> _Name:
    return line["op"], line["key"]


def _refused(plan: Path) -> set[str]:
    """Give the ids of contacts of which Front refused an operation of their own."""
    return {each["contact"] for each in _lines(plan, "failures") if isinstance(each.get("contact"), str)}


def _missing(plan: Path, not_made: set[str], not_changed: set[str]) -> Counter[_Name]:
    """Count, of each refused operation on members, those whom Front refused to make or to change."""
    found = Counter[_Name]()
    for each in _lines(plan, "failures"):
        members = each.get("contacts", ())
        found[_name(each)] += sum(
            who["ref"] in not_made if isinstance(who, dict) else who in not_changed for who in members
        )
    return found


def with_leavers(found: Failed, leavers: Path, snapshot: Path) -> Failed:
    """Add the keys of the rows that leave whose contacts didn't: an operation that lets one leave names no record."""
    contacts = found.stayed | found.disputed
    if not contacts or not leavers.exists():
        return found
    head, *lines = _read(leavers)
    told = [Leaver.of(each) for each in lines if each["why"] in (Why.GONE, Why.OPTED_OUT)]
    keys = {each["id"]: _meant(each, told, head.get("external_id", "")) for each in _named(contacts, snapshot)}
    refused, conflicts = ({key for each in ids for key in keys.get(each, ())} for ids in (found.stayed, found.disputed))
    return replace(found, refused=found.refused | refused, conflicts=found.conflicts | conflicts)


def _named(contacts: frozenset[str], snapshot: Path) -> Iterator[dict[str, Any]]:
    """Give the lines of some contacts; the others are most of a snapshot, and are not parsed."""
    with snapshot.open("rb") as file:
        for line in file:
            if not contacts.isdisjoint(each.decode() for each in _IDS.findall(line)):
                data = json.loads(line)
                if data["resource"] == "contact" and data["id"] in contacts:
                    yield data


def _meant(contact: dict[str, Any], told: list[Leaver], field: str) -> list[str]:
    """Give the keys of the rows that leave and mean a contact: by its external id, or a handle."""
    external = external_key((contact.get("custom_fields") or {}).get(field))
    handles = set(map(handle_name, contact["handles"]))
    shares = (each for each in told if not handles.isdisjoint(map(handle_name, each.handles)))
    return [each.key for each in (*shares, *(each for each in told if external and each.external_id == external))]


def remember(
    rows: dict[str, Row], found: Failed, contacts: Path, key: str | list[str], now: datetime
) -> dict[str, Row]:
    """Give what is to be remembered after a run over ``contacts``, whose rows ``key`` (columns) names."""
    if not rows and not found.keys:
        return {}
    kept = dict(rows)
    for identity, named in _records(contacts, [key] if isinstance(key, str) else key):
        before = kept.pop(identity, None)
        if named in found.keys or identity in found.keys:
            kept[identity] = _again(identity, before, bool({named, identity} & found.refused), now)
    return kept


def _records(contacts: Path, key: list[str]) -> Iterator[tuple[str, str]]:
    """Give the Id of each exported record, and what names its row."""
    there = pl.scan_csv(contacts, infer_schema=False)
    columns = [pl.col(each) for each in key if each in there.collect_schema()]
    filled = [pl.when(each != "").then(each) for each in columns]
    yield from there.select("Id", named=pl.coalesce(*filled, pl.lit(""))).collect().iter_rows()


def _again(identity: str, before: Row | None, refused: bool, now: datetime) -> Row:
    times = before.times + 1 if before and before.refused == refused else 1
    wait = min(timedelta(days=2.0 ** min(times - 1, 10)), _LONGEST) if refused else timedelta(days=1)
    return Row(identity, refused, times, (now + wait - _EARLIER).isoformat(timespec="seconds"))


def _lines(plan: Path, kind: str) -> Iterator[dict[str, Any]]:
    return _read(plan.with_name(f"{plan.stem}.{kind}.ndjson"))


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open("rb") as file:
            yield from map(json.loads, file)
