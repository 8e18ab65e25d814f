"""The plan stage: an upserts file and a snapshot into a file of exact operations, and the conflicts beside it.

Neither file is held in memory: operations on contacts are spooled until what must stand before them is known.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.files import Outputs, Written
from toolkit.front.state import FrontState
from toolkit.front.stored import StoredState, open_state
from toolkit.guess import meant
from toolkit.leaving import Leaving
from toolkit.operation import operation
from toolkit.pacing import PLAN_LIMITS, minutes_needed
from toolkit.plan.compile import Planner, PlanOptions
from toolkit.plan.glance import Glance
from toolkit.plan.guards import Changes, Guards
from toolkit.plan.leavers_file import read_leavers, read_leaving
from toolkit.plan.order import planned
from toolkit.plan.rejects import rejects_warnings
from toolkit.plan.upserts import closer, read_upserts
from toolkit.plan.waiting import NOBODY, read_waiting
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import ndjson_line


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """The upserts, the snapshot they are held against, where the plan goes, and the share of the limit.

    ``external_id``: the custom field that says which contact it is, besides its handles; empty: what the upserts say.
    ``leavers``: who leaves, as transform writes it. ``queue``: the plan may not be sent to its end, so what can't wait
    comes first; ``waiting``: an earlier plan, of which what was left unsent comes first, and is not held by the guards
    again.
    """

    operations: Path
    snapshot: Path
    output: Path
    share: float = 0.5
    external_id: str = ""
    options: PlanOptions = field(default_factory=PlanOptions)
    guards: Guards = field(default_factory=Guards)
    leavers: Path | None = None
    queue: bool = False
    waiting: Path | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """``upserts`` = those with operations + ``unchanged`` + conflicts; ``minutes`` by requests a minute.

    ``contacts`` are in the snapshot; of them the plan changes ``updated``, those who leave among them, and ``deleted``
    are gone after it; those of them that are ``merged`` into another can't be brought back. ``waited``: those of the
    changes that an earlier plan left.
    ``company`` is the id of the company that the snapshot is of; ``warnings`` are sentences.
    """

    upserts: int
    operations: dict[str, int]
    unchanged: int
    contacts: int
    changes: Changes
    waited: Changes
    merged: int
    conflicts: dict[str, int]
    minutes: dict[int, float]
    company: str
    warnings: tuple[str, ...]
    written: tuple[Written, ...]

    @property
    def requests(self) -> int:
        """How many requests the plan takes: one for each operation."""
        return sum(self.operations.values())

    @property
    def told(self) -> dict[str, Any]:
        """What the descriptor tells of it: by ``changes`` and ``waited`` the guards of a sync judge it."""
        counts = {"operations": self.operations, "unchanged": self.unchanged, "conflicts": self.conflicts}
        return counts | {"changes": asdict(self.changes), "waited": asdict(self.waited)}


def run(settings: PlanSettings, outputs: Outputs, on_progress: Listener = silent) -> PlanResult:
    """Write ``settings.output`` and ``NAME.conflicts.ndjson`` beside it (line, key, code, contacts, proposal);
    not yet committed. InputRefused when either input is not what it must be, or the plan is larger than the guards let.
    """
    told = tuple(_rejects(settings))
    told_of_leavers = read_leaving(settings.leavers) if settings.leavers else None
    external_id = settings.external_id or _external_id(settings.operations, told_of_leavers)
    with open_state(settings.snapshot, external_id, on_progress) as state:
        if external_id and external_id not in state.custom_fields:
            said = f"Front has no custom field {external_id!r}, which is to be the external ID"
            hint = "create it in Front and take a new snapshot, or name another: contact.external_id of the mapping"
            raise InputRefused(f"{said}{meant(external_id, list(state.custom_fields))}", hint=hint)
        ranks = read_waiting(settings.waiting) if settings.waiting else NOBODY
        planner = Planner(state, replace(settings.options, leaving=told_of_leavers, waiting=ranks))
        counts = _write(settings, state, planner, outputs, on_progress)
        settings.guards.check(len(state.contacts), planner.changes.without(planner.waited))
        contacts, company = len(state.contacts), state.company
        warnings = (*told, *place_warnings(state, planner.places), *_untold(planner))
    conflicts = settings.output.with_name(f"{settings.output.stem}.conflicts.ndjson")
    with outputs.open(conflicts) as file:
        file.writelines(ndjson_line(asdict(each)) for each in planner.conflicts)
    total = sum(counts.values())
    codes = Counter(each.code for each in planner.conflicts)
    needed = {limit: minutes_needed(total, limit, settings.share) for limit in PLAN_LIMITS}
    written = Written(settings.output, total, "operation"), Written(conflicts, len(planner.conflicts))
    return PlanResult(
        upserts=planner.upserts,
        operations=_sorted(counts),
        unchanged=planner.unchanged,
        contacts=contacts,
        changes=planner.changes,
        waited=planner.waited,
        merged=planner.merged,
        conflicts=_sorted(codes),
        minutes=needed,
        company=company,
        warnings=warnings,
        written=written,
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _rejects(settings: PlanSettings) -> Iterator[str]:
    if settings.options.delete_missing and not settings.options.despite_rejects:
        yield from rejects_warnings(settings.operations)


def _untold(planner: Planner) -> Iterator[str]:
    if planner.leavers and planner.leavers.untold and planner.leavers.seeks:
        rows = "1 row has" if planner.leavers.untold == 1 else f"{planner.leavers.untold:,} rows have"
        yield f"{rows} neither handle nor external ID, so that nothing tells whose: nobody is taken for gone"


def _external_id(path: Path, leaving: Leaving | None) -> str:
    """Give the custom field that the first upsert names as its external id: a mapping writes the same in all."""
    for _, first in read_upserts(path):
        return str(first.get("external_id", ""))
    return leaving.ours.external_id if leaving else ""


def _looks_closer(options: PlanOptions) -> bool:
    """Tell whether what upserts leave out counts too, which a glance doesn't see."""
    return options.remove_handles or options.remove_from_lists


def _write(
    settings: PlanSettings, state: StoredState, planner: Planner, outputs: Outputs, on_progress: Listener
) -> Counter[str]:
    look = closer if _looks_closer(settings.options) else Glance(state).look

    def expect(names: list[str]) -> None:
        on_progress(Progress("plan", planner.upserts, None, "upserts"))
        state.expect(names)

    with outputs.open(settings.output) as file, planned(file, planner.waiting, queue=settings.queue) as order:
        for line, data in read_upserts(settings.operations, look, planner.settle, expect):
            order.add(data["key"], planner.take(operation(line, data)))
        if planner.leavers and settings.leavers:
            for leaver in state.expecting(read_leavers(settings.leavers), lambda each: each.handles):
                planner.leavers.take(leaver)
        order.write(planner)
    return order.counts


def place_warnings(state: FrontState, places: Mapping[str, str]) -> Iterator[str]:
    """Say what rules, and the snapshot, miss when new contacts go elsewhere than to the company's shared ones.
    InputRefused for a place that the snapshot shows not to be there.
    """
    for owner, kind in places.items():
        if owner != state.scope:
            whose = state.scope or "the company's shared contacts"
            yield f"the snapshot is of {whose}: who is in {owner} already is not seen"
        if kind == "teammate":
            yield f"the contacts of {owner} are private: rules and the other teammates don't see them"
            continue
        if state.teams and owner not in state.teams:
            known = ", ".join(f"{each} ({team.get('name')})" for each, team in state.teams.items())
            raise InputRefused(f"Front has no workspace {owner}", hint=f"it has: {known}")
        yield _unseen(owner, state)


def _unseen(owner: str, state: FrontState) -> str:
    members, everyone = state.teams.get(owner, {}).get("members"), len(state.teammates)
    who = "whoever is not in it does not"
    if isinstance(members, list) and len(members) < everyone:
        who = f"{everyone - len(members)} of {everyone} teammates are not in it and do not"
    return f"contacts in the workspace {owner} are seen by its members alone; {who}, and rules elsewhere miss them"
