"""The stages of a run, as their commands call them: the same functions, the same files, evidence beside each.

A step is done when its descriptor is whole, its file and its inputs are what the descriptor says: then it is not
done again, and what it counted is read from there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from toolkit import files
from toolkit.contacts.leavers import LEAVERS
from toolkit.contacts.transform import Target, TransformSettings
from toolkit.contacts.transform import run as transform
from toolkit.errors import InputRefused
from toolkit.evidence import FOLDER_DESCRIPTOR, Provenance, attach, descriptor_beside, taken
from toolkit.evidence.package import inputs_of, own_package, told_of
from toolkit.files import Outputs, Written, sha256
from toolkit.front.client import FrontClient
from toolkit.front.earlier import seen_in
from toolkit.front.reading import OVERLAP
from toolkit.front.snapshot import SPARABLE, SnapshotSettings
from toolkit.front.snapshot import run as snapshot
from toolkit.pacing import Clock
from toolkit.plan.stage import PlanSettings
from toolkit.plan.stage import run as plan
from toolkit.plan.verify import VerifySettings
from toolkit.plan.verify import run as verify
from toolkit.plan.waiting import results_of, waiting_files
from toolkit.progress import Listener
from toolkit.replay.engine import ReplaySettings
from toolkit.replay.engine import run as replay
from toolkit.replay.lookout import Seen
from toolkit.replay.steps import OnConflict
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportSettings
from toolkit.salesforce.export import run as export_report
from toolkit.salesforce.incremental import ContactsSettings
from toolkit.salesforce.incremental import run as export_contacts
from toolkit.sync.looks import Aftermath, aftermath, names_strangers
from toolkit.sync.record import CHECKPOINT
from toolkit.sync.settings import SyncSettings
from toolkit.tables import read_ndjson

Counts = dict[str, Any]
PLAN = "plan.ndjson"


@dataclass(frozen=True, slots=True)
class Done:
    """What a stage has begun to write, what it counts, where its data came from, and files that it leaves behind."""

    written: tuple[Written, ...]
    counts: Counts
    source: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a run: what evidence calls it, the file that it is known by, its inputs, and the work."""

    stage: str
    main: Path
    inputs: tuple[Path, ...]
    work: Callable[[Outputs], Done]
    descriptor: Path

    def counts(self) -> Counts | None:
        """Give what it counted, if it has ended with just these inputs; None when it is to be done."""
        package = own_package(self.main)
        if package is None or package.fault or package.stage != self.stage or not self.main.is_file():
            return None
        try:
            fits = inputs_of(self.main) == {sha256(each) for each in self.inputs}
            return told_of(self.main) if fits else None
        except InputRefused:
            return None

    def do(self, command: tuple[str, ...]) -> Counts:
        """Run the stage and commit its files with evidence."""
        with Outputs() as outputs:
            started, inputs = datetime.now(UTC), taken(*self.inputs)
            done = self.work(outputs)
            provenance = Provenance(self.stage, command, started, inputs, done.source, done.counts)
            attach(outputs, done.written, self.descriptor, provenance)
            outputs.commit()
            files.remove(done.stale)
        return done.counts


@dataclass(frozen=True)
class Steps:
    """Makes the steps of one run in ``folder``; all of them share one connection to Front, which ends with ``with``.

    ``waiting``: the plan of which an earlier run left a part unsent.
    """

    settings: SyncSettings
    folder: Path
    on_progress: Listener
    tell: Callable[[str], None]
    clock: Clock
    waiting: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if "_front" in self.__dict__:
            self._front.__exit__(*failure)

    @cached_property
    def _front(self) -> FrontClient:
        """Opened when it is first needed: a run whose files are refused before needs no token."""
        client = FrontClient(self.settings.connections.front(), clock=self.clock, tell=self.tell)
        return client.__enter__()

    @property
    def contacts(self) -> Path:
        """The export."""
        return self.folder / "contacts.csv"

    @property
    def operations(self) -> Path:
        """The upserts."""
        return self.folder / "api" / "operations.ndjson"

    @property
    def leavers(self) -> Path:
        """Who leaves."""
        return self.operations.with_name(LEAVERS)

    @property
    def before(self) -> Path:
        """The snapshot that the plan is made against."""
        return self.folder / "before.ndjson"

    @property
    def plan_file(self) -> Path:
        """The plan."""
        return self.folder / PLAN

    @property
    def checkpoint(self) -> Path:
        """The replay's checkpoint: while there is none, nothing was sent."""
        return self.folder / CHECKPOINT

    @property
    def after(self) -> Path:
        """The snapshot that shows what the replay did."""
        return self.folder / "after.ndjson"

    @property
    def watermark(self) -> Path:
        """The watermark as it was when the run began."""
        return self.folder / "watermark.json"

    @property
    def again(self) -> Path:
        """The Ids of records that are exported though they didn't change, as they were when the run began."""
        return self.folder / "again.json"

    @property
    def asked(self) -> tuple[str, ...]:
        """Those Ids."""
        return tuple(json.loads(self.again.read_bytes())) if self.again.exists() else ()

    def export(self) -> Step:
        """Out of Salesforce: the report, or what changed since the watermark."""
        return self._step("export", self.contacts, (), self._export)

    def transform(self) -> Step:
        """To upserts."""

        def work(outputs: Outputs) -> Done:
            found = transform(self._transform_settings, outputs, self.on_progress)
            counts = {"rows": found.rows, "accepted": found.accepted, "merged": found.merged}
            faults = {"faults": found.rejected_by_fault, "leavers": found.leavers}
            return Done(found.written, counts | {"rejected": found.rejected_by_code} | faults, stale=found.stale)

        inputs = (self.contacts, self.settings.mapping)
        folder = self.operations.parent / FOLDER_DESCRIPTOR
        return Step("transform to operations", self.operations, inputs, work, folder)

    @property
    def _transform_settings(self) -> TransformSettings:
        place, leaving = self.operations.parent, self.settings.leaving or None
        return TransformSettings(
            self.contacts, self.settings.mapping, place, Target.OPERATIONS, leaving=leaving
        )  # fmt: skip

    def look_before(self, since: Path | None, overlap: float = OVERLAP) -> Step:
        """What Front has: what changed since an earlier snapshot, merged into it, where there is one.

        Members of lists and accounts are then as they were, or as a changed contact shows them: whole snapshots see
        the rest. What this plan does not need is not read again.
        """

        def work(outputs: Outputs) -> Done:
            known = since is not None and not names_strangers(self.operations, since)
            asked = SnapshotSettings(
                self.before, accounts=self.settings.accounts, since=since, keep_members=since is not None,
                keep=SPARABLE | ({"teammate"} if known else set()), overlap=overlap, alone=True,
            )  # fmt: skip
            return self._look(asked, outputs)

        return self._step("snapshot", self.before, (since,) if since else (), work)

    def look_after(self) -> Step:
        """What the replay did: what changed since the snapshot before, and what no list of changes shows."""

        def work(outputs: Outputs) -> Done:
            told: Aftermath = aftermath(self.plan_file, self._failures, self._contacts)
            asked = SnapshotSettings(
                self.after, accounts=self.settings.accounts, since=self.before, keep_members=True,
                keep=told.keep, relist=told.relist, again=told.again,
            )  # fmt: skip
            return self._look(asked, outputs)

        return self._step("snapshot", self.after, (self.before,), work)

    def _look(self, asked: SnapshotSettings, outputs: Outputs) -> Done:
        found = snapshot(asked, self._front, outputs, self.on_progress)
        return Done(found.written, found.told, self._whom)

    @property
    def _failures(self) -> Path:
        return self.folder / "plan.failures.ndjson"

    @property
    def _contacts(self) -> int:
        return int((told_of(self.before) or {}).get("contact", 0))

    def plan(self) -> Step:
        """The fewest requests; a plan that the guards hold is written all the same."""

        leavers = (self.leavers,) if self.settings.leaving else ()
        waiting = waiting_files(self.waiting) if self.waiting else ()
        return self._step("plan", self.plan_file, (self.operations, self.before, *leavers, *waiting), self._plan)

    def _plan(self, outputs: Outputs) -> Done:
        share = self.settings.connections.front().share
        leavers = self.leavers if self.settings.leaving else None
        asked = PlanSettings(
            self.operations, self.before, self.plan_file, share, self.settings.external_id,
            leavers=leavers, queue=True, waiting=self.waiting,
        )  # fmt: skip
        found = plan(asked, outputs, self.on_progress)
        for warning in found.warnings:
            self.tell(warning)
        return Done(found.written, found.told, {"company": found.company} | seen_in(self.before))

    def replay(self) -> Step:
        """Into Front; its checkpoint goes on where a killed run stopped."""

        def work(outputs: Outputs) -> Done:
            package = own_package(self.plan_file)
            source = package.about.get("source", {}) if package else {}
            asked = ReplaySettings(
                self.plan_file, self.checkpoint, self.folder, company=str(source.get("company", "")),
                lists=self._lists(), run_for=self.settings.send_for, seen=Seen.told(source),
                on_conflict=OnConflict.PLAN,  # the next run would write its own value again
            )  # fmt: skip
            found = replay(asked, self._front, outputs, self.on_progress)
            return Done(found.written, found.told, self._whom | (asked.seen.source if asked.seen else {}))

        return self._step("replay", results_of(self.plan_file), (self.plan_file,), work)

    def _lists(self) -> dict[str, str]:
        """Give the ids of the contact lists by name, as the snapshot shows them: the first of each name."""
        found: dict[str, str] = {}
        for _, line in read_ndjson(self.before):
            if line["resource"] == "contact":
                break
            if line["resource"] == "contact_list":
                found.setdefault(line["name"], line["id"])
        return found

    def verify(self) -> Step:
        """Is everything there that was sent of the plan?"""
        output, results = self.folder / "plan.differences.ndjson", results_of(self.plan_file)

        def work(outputs: Outputs) -> Done:
            asked = VerifySettings(self.plan_file, self.after, output, results, since=True)
            found = verify(asked, outputs, self.on_progress)
            counts = {"operations": found.operations, "verified": found.verified, "different": found.different}
            return Done(found.written, counts)

        return self._step("verify", output, (self.plan_file, self.after, results), work)

    def _export(self, outputs: Outputs) -> Done:
        with self._salesforce() as client:
            if not self.settings.report:
                return self._changed(client, outputs)
            asked = ExportSettings(self.settings.report, self.contacts)
            found = export_report(asked, client, outputs, self.on_progress)
            source = {"salesforce": client.url, "report": self.settings.report}
            return Done(found.written, {"rows": found.rows, "runs": found.runs}, source)

    def _changed(self, client: SalesforceClient, outputs: Outputs) -> Done:
        asked = ContactsSettings(
            self.contacts, state=self.watermark, fields=self.settings.fields, where=self.settings.where,
            also=self.asked,
        )  # fmt: skip
        found = export_contacts(asked, client, outputs, self.on_progress)
        source = {"salesforce": client.url, "since": found.since, "until": found.until, "where": asked.where}
        counts = {"rows": found.rows, "deleted": found.deleted, "watermark": asdict(found.watermark)}
        return Done(found.written, counts, source)

    def _salesforce(self) -> SalesforceClient:
        connections = self.settings.connections
        share = connections.max_api_share()
        sign_in = SignIn(connections.salesforce(), self.clock)
        client = SalesforceClient(sign_in, max_api_share=share, tell=self.tell)
        client.read_limits()
        return client

    @property
    def _whom(self) -> dict[str, str]:
        return {"front": self.settings.connections.front().url}

    @staticmethod
    def _step(stage: str, main: Path, inputs: tuple[Path, ...], work: Callable[[Outputs], Done]) -> Step:
        return Step(stage, main, inputs, work, descriptor_beside(main))
