"""The plan stage: an upserts file and a snapshot into a file of exact operations, and the conflicts beside it."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from toolkit.files import Outputs, Written
from toolkit.front.state import read_state
from toolkit.operation import read_operations
from toolkit.pacing import PLAN_LIMITS, minutes_needed
from toolkit.plan.compile import Plan, compile_plan
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import ndjson_line, read_ndjson


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """The upserts, the snapshot they are held against, where the plan goes, and the share of the limit."""

    operations: Path
    snapshot: Path
    output: Path
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class PlanResult:
    """``upserts`` = those with operations + ``unchanged`` + conflicts; ``minutes`` by requests a minute.

    ``company`` is the id of the company that the snapshot is of.
    """

    upserts: int
    operations: dict[str, int]
    unchanged: int
    conflicts: dict[str, int]
    minutes: dict[int, float]
    company: str
    written: tuple[Written, ...]

    @property
    def requests(self) -> int:
        """How many requests the plan takes: one for each operation."""
        return sum(self.operations.values())


def run(settings: PlanSettings, outputs: Outputs, on_progress: Listener = silent) -> PlanResult:
    """Write ``settings.output`` and ``NAME.conflicts.ndjson`` beside it (line, key, code, contacts, proposal);
    not yet committed. InputRefused when either input is not what it must be.
    """
    state = read_state(read_ndjson(settings.snapshot), settings.snapshot.name)
    on_progress(Progress("plan", len(state.contacts), None, "contacts in the snapshot"))
    upserts = read_operations(read_ndjson(settings.operations), settings.operations.name)
    plan = compile_plan(upserts, state)
    written = _write(plan, settings.output, outputs)
    needed = {limit: minutes_needed(len(plan.operations), limit, settings.share) for limit in PLAN_LIMITS}
    codes = dict(sorted(Counter(each.code for each in plan.conflicts).items()))
    return PlanResult(len(upserts), plan.counts(), plan.unchanged, codes, needed, state.company, written)


def _write(plan: Plan, output: Path, outputs: Outputs) -> tuple[Written, ...]:
    conflicts = output.with_name(f"{output.stem}.conflicts.ndjson")
    with outputs.open(output) as file:
        file.writelines(ndjson_line(each) for each in plan.operations)
    with outputs.open(conflicts) as file:
        file.writelines(ndjson_line(asdict(each)) for each in plan.conflicts)
    return Written(output, len(plan.operations)), Written(conflicts, len(plan.conflicts))
