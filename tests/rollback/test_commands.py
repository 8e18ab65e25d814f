"""``sf2front rollback`` as people call it: what it keeps and why, what overrules that, and where it leads back to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import invoke
from tests.replay.every_kind import Lines, ask, email, furnish, started, write
from toolkit.sandbox.serve import RunningSandbox

LOSES_THE_SECOND = "{share: 0.5, kinds: [drop], most: 1, seed: 4}"
"""The answer to the second request gets lost, that to the first write."""
OPERATIONS: Lines = [
    {"op": "contact.create", "key": "new", "body": {"handles": [email("new")]}},
    {"op": "contact.update", "key": "bob", "contact": "crd_2", "body": {"name": "Bobby"}, "before": {"name": "bob"}},
    {"op": "contact.merge", "key": "ada", "contact": "crd_1", "contacts": ["crd_3"], "before": {"contacts": []}},
]


def environment(sandbox: RunningSandbox) -> dict[str, str]:
    return {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_FRONT_TOKEN": "sandbox"}


def done(sandbox: RunningSandbox, *words: object, code: int = 0) -> str:
    """Run a command that ends with this code; give what it said."""
    result = invoke(*words, env=environment(sandbox))
    assert result.exit_code == code, result.stderr
    return str(result.stderr)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@dataclass(frozen=True)
class Replayed:
    """A Front after a replay, and the folder: before.ndjson, plan.ndjson with its checkpoint, after.ndjson."""

    sandbox: RunningSandbox
    folder: Path

    @property
    def checkpoint(self) -> Path:
        return self.folder / "plan.checkpoint"

    @property
    def before(self) -> tuple[str, Path]:
        return "--before", self.folder / "before.ndjson"

    @property
    def after(self) -> tuple[str, Path]:
        return "--against", self.folder / "after.ndjson"

    def done(self, *words: object, code: int = 0) -> str:
        return done(self.sandbox, *words, code=code)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """A replay whose first answer was lost; somebody has deleted a contact since."""
    folder = tmp_path_factory.mktemp("changed")
    state = folder / "state.sqlite"
    with started(folder, state) as sandbox:
        furnish(sandbox)
        done(sandbox, "snapshot", "--accounts", "-o", folder / "before.ndjson", "--share", 1)
    with started(folder, state, LOSES_THE_SECOND) as sandbox:
        plan = write(folder / "plan.ndjson", OPERATIONS)
        done(sandbox, "replay", plan, "--concurrency", 1, "--share", 1)
    with started(folder, state) as sandbox:
        ask(sandbox, "DELETE", "/contacts/crd_2")
        done(sandbox, "snapshot", "--accounts", "-o", folder / "after.ndjson", "--share", 1)
        yield Replayed(sandbox, folder)


def test_what_is_kept_has_a_code_that_is_explained(changed: Replayed, tmp_path: Path):
    """A lost answer, a contact that is gone, a merge: each is kept with its code (exit 3); explain knows them all."""
    output = tmp_path / "back.ndjson"

    said = changed.done("rollback", changed.checkpoint, *changed.after, *changed.before, "-o", output, code=3)

    kept = lines(tmp_path / "back.kept.ndjson")
    assert [(each["key"], each["code"]) for each in kept] == [("ada", "merged"), ("bob", "gone"), ("new", "uncertain")]
    assert "kept       3   gone 1, merged 1, uncertain 1" in said
    assert output.read_text() == ""
    assert all(invoke("explain", each["code"]).exit_code == 0 for each in kept)


def test_what_a_person_overrules_is_undone(changed: Replayed, tmp_path: Path):
    """--even-if uncertain deletes the contact whose creation was not answered; what can't be undone can't be told."""
    output = tmp_path / "back.ndjson"
    words = ("rollback", changed.checkpoint, "--live", *changed.before, "-o", output)

    changed.done(*words, "--even-if", "uncertain", code=3)
    changed.done("replay", output, "--share", 1)

    assert [(each["op"], each["key"]) for each in lines(output)] == [("contact.delete", "new")]
    assert {each["code"] for each in lines(tmp_path / "back.kept.ndjson")} == {"gone", "merged"}
    assert "email:new@example.com" not in str(changed.sandbox.store.contacts())
    for code in ("gone", "merged"):
        assert "is not one of" in changed.done(*words, "--even-if", code, code=2)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """A replay of a plan that was made for two upserts, which stand in wanted.ndjson."""
    folder = tmp_path_factory.mktemp("planned")
    bodies = [{"handles": [email("ada")], "name": "Ada L."}, {"handles": [email("eve")], "list_names": ["New"]}]
    upserts: Lines = [{"op": "contact.upsert", "key": str(n), "body": body} for n, body in enumerate(bodies)]
    wanted, before, plan = (folder / name for name in ("wanted.ndjson", "before.ndjson", "plan.ndjson"))
    with started(folder) as sandbox:
        furnish(sandbox)
        done(sandbox, "snapshot", "--accounts", "-o", before, "--share", 1)
        done(sandbox, "plan", write(wanted, upserts), "--against", before, "-o", plan)
        done(sandbox, "replay", plan, "--share", 1)
        done(sandbox, "snapshot", "--accounts", "-o", folder / "after.ndjson", "--share", 1)
        yield Replayed(sandbox, folder)


def test_the_evidence_of_a_rollback_goes_back_to_the_first_file(planned: Replayed, tmp_path: Path):
    """From the rollback by the checkpoint's operations to the upserts; a look at it changes nothing, a touch shows."""
    back, again, plan = tmp_path / "back.ndjson", tmp_path / "again.ndjson", planned.folder / "plan.ndjson"
    planned.done("rollback", planned.checkpoint, *planned.after, *planned.before, "-o", back)
    planned.done("rollback", planned.checkpoint, "--live", *planned.before, "-o", again)
    planned.done("replay", plan, "--share", 1)

    chain = [line.split()[:2] for line in invoke("evidence", back).stdout.splitlines()]
    plan.write_text("")

    assert again.read_bytes() == back.read_bytes()
    assert {Path(name).name: state for name, state in chain[:-1]} == {
        "back.ndjson": "intact", "plan.checkpoint": "given", "plan.ndjson": "intact", "wanted.ndjson": "given",
        "before.ndjson": "intact", "after.ndjson": "intact",
    }  # fmt: skip
    assert invoke("evidence", back).exit_code == 6


def test_what_can_not_be_rolled_back_is_refused(planned: Replayed, tmp_path: Path):
    """Neither or both of a snapshot and Front (2); a file that is no checkpoint, another company (6): nothing."""
    output = ("-o", tmp_path / "back.ndjson")
    other = write(tmp_path / "other.ndjson", [lines(planned.after[1])[0] | {"company": "cmp_other"}])

    for words in ((), ("--live", *planned.after)):
        assert "with --against" in planned.done("rollback", planned.checkpoint, *words, *output, code=2)
    assert "not a checkpoint" in planned.done("rollback", planned.after[1], "--live", *output, code=6)
    foreign = planned.done("rollback", planned.checkpoint, "--against", other, *output, code=6)
    assert "other.ndjson is of the company cmp_other, the checkpoint of cmp_sandbox" in foreign
    assert not output[1].exists()
