"""``sf2front rollback`` as people call it: what it keeps and why, what overrules that, and where it leads back to."""

import json
from collections.abc import Iterator
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


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A Front after a replay whose first answer was lost, where somebody has deleted a contact since.

    In the folder: before.ndjson, plan.ndjson with its checkpoint, after.ndjson.
    """
    state = tmp_path / "state.sqlite"
    with started(tmp_path, state) as sandbox:
        furnish(sandbox)
        done(sandbox, "snapshot", "--accounts", "-o", tmp_path / "before.ndjson", "--share", 1)
    with started(tmp_path, state, LOSES_THE_SECOND) as sandbox:
        plan = write(tmp_path / "plan.ndjson", OPERATIONS)
        done(sandbox, "replay", plan, "--concurrency", 1, "--share", 1)
    with started(tmp_path, state) as sandbox:
        ask(sandbox, "DELETE", "/contacts/crd_2")
        done(sandbox, "snapshot", "--accounts", "-o", tmp_path / "after.ndjson", "--share", 1)
        yield sandbox


def test_what_is_kept_has_a_code_that_is_explained(changed: RunningSandbox, tmp_path: Path):
    """A lost answer, a contact that is gone, a merge: each is kept with its code (exit 3); explain knows them all."""
    output = tmp_path / "back.ndjson"
    seen = ("--against", tmp_path / "after.ndjson", "--before", tmp_path / "before.ndjson", "-o", output)

    said = done(changed, "rollback", tmp_path / "plan.checkpoint", *seen, code=3)

    kept = lines(tmp_path / "back.kept.ndjson")
    assert [(each["key"], each["code"]) for each in kept] == [("ada", "merged"), ("bob", "gone"), ("new", "uncertain")]
    assert "kept       3   gone 1, merged 1, uncertain 1" in said
    assert output.read_text() == ""
    assert all(invoke("explain", each["code"]).exit_code == 0 for each in kept)


def test_what_a_person_overrules_is_undone(changed: RunningSandbox, tmp_path: Path):
    """--even-if uncertain deletes the contact whose creation was not answered; what can't be undone can't be told."""
    checkpoint, output = tmp_path / "plan.checkpoint", tmp_path / "back.ndjson"
    asked = ("--live", "--before", tmp_path / "before.ndjson", "-o", output)

    done(changed, "rollback", checkpoint, *asked, "--even-if", "uncertain", code=3)
    done(changed, "replay", output, "--share", 1)

    assert [(each["op"], each["key"]) for each in lines(output)] == [("contact.delete", "new")]
    assert {each["code"] for each in lines(tmp_path / "back.kept.ndjson")} == {"gone", "merged"}
    assert "email:new@example.com" not in str(changed.store.contacts())
    for code in ("gone", "merged"):
        assert "is not one of" in done(changed, "rollback", checkpoint, *asked, "--even-if", code, code=2)


def test_the_evidence_of_a_rollback_goes_back_to_the_first_file(front_with_people: RunningSandbox, tmp_path: Path):
    """From the rollback by the checkpoint's operations to the upserts; a look at it changes nothing, a touch shows."""
    sandbox, checkpoint = front_with_people, tmp_path / "plan.checkpoint"
    back, again = tmp_path / "back.ndjson", tmp_path / "again.ndjson"
    seen = ("--against", tmp_path / "after.ndjson", "--before", tmp_path / "before.ndjson")
    done(sandbox, "rollback", checkpoint, *seen, "-o", back)
    done(sandbox, "rollback", checkpoint, "--live", "--before", tmp_path / "before.ndjson", "-o", again)
    done(sandbox, "replay", tmp_path / "plan.ndjson", "--share", 1)

    chain = [line.split()[:2] for line in invoke("evidence", back).stdout.splitlines()]
    states = {Path(name).name: state for name, state in chain[:-1]}
    (tmp_path / "plan.ndjson").write_text("")

    assert again.read_bytes() == back.read_bytes()
    assert states == {
        "back.ndjson": "intact", "plan.checkpoint": "given", "plan.ndjson": "intact", "wanted.ndjson": "given",
        "before.ndjson": "intact", "after.ndjson": "intact",
    }  # fmt: skip
    assert invoke("evidence", back).exit_code == 6


@pytest.fixture
def front_with_people(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A Front after a replay of a plan for two upserts. In the folder: wanted, before, plan with checkpoint, after."""
    with started(tmp_path) as sandbox:
        furnish(sandbox)
        bodies = [{"handles": [email("ada")], "name": "Ada L."}, {"handles": [email("eve")], "list_names": ["New"]}]
        upserts: Lines = [{"op": "contact.upsert", "key": str(n), "body": body} for n, body in enumerate(bodies)]
        wanted, before = write(tmp_path / "wanted.ndjson", upserts), tmp_path / "before.ndjson"
        done(sandbox, "snapshot", "--accounts", "-o", before, "--share", 1)
        done(sandbox, "plan", wanted, "--against", before, "-o", tmp_path / "plan.ndjson")
        done(sandbox, "replay", tmp_path / "plan.ndjson", "--share", 1)
        done(sandbox, "snapshot", "--accounts", "-o", tmp_path / "after.ndjson", "--share", 1)
        yield sandbox


def test_what_can_not_be_rolled_back_is_refused(front_with_people: RunningSandbox, tmp_path: Path):
    """Neither or both of a snapshot and Front (2); a file that is no checkpoint, another company (6): nothing."""
    after, checkpoint = tmp_path / "after.ndjson", tmp_path / "plan.checkpoint"
    other = write(tmp_path / "other.ndjson", [lines(after)[0] | {"company": "cmp_other"}])
    output = ("-o", tmp_path / "back.ndjson")

    words = [("rollback", checkpoint), ("rollback", checkpoint, "--live", "--against", after)]
    assert [done(front_with_people, *each, *output, code=2) for each in words]
    assert "not a checkpoint" in done(front_with_people, "rollback", after, "--live", *output, code=6)
    foreign = done(front_with_people, "rollback", checkpoint, "--against", other, *output, code=6)
    assert "other.ndjson is of the company cmp_other, the checkpoint of cmp_sandbox" in foreign
    assert not (tmp_path / "back.ndjson").exists()
