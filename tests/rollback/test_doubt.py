"""Rollback with a snapshot that is not the state just before the replay, or the wrong one of the two."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replay.every_kind import Lines, email, furnish, started, write
from tests.rollback.test_commands import Replayed, done, lines

JOINS = {"key": "ada", "op": "contact.upsert", "body": {"handles": [email("ada")]}, "account": {"name": "Acme"}}
COMES = {"key": "eve", "op": "contact.upsert", "body": {"handles": [email("eve")], "name": "Eve"}}
RENAMED = {"key": "bob", "op": "contact.upsert", "body": {"handles": [email("bob")], "name": "Bobby"}}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """Plans of one snapshot, replayed by first.checkpoint, and again, when all is done, as plan and as joins."""
    folder = tmp_path_factory.mktemp("twice")
    before = folder / "before.ndjson"
    with started(folder) as sandbox:
        furnish(sandbox)
        done(sandbox, "snapshot", "--accounts", "-o", before, "--share", 1)
        wanted: dict[str, Lines] = {"first": [JOINS, COMES, RENAMED], "plan": [JOINS, COMES, RENAMED], "joins": [JOINS]}
        for name, upserts in wanted.items():
            plan = folder / f"{name}.ndjson"
            done(sandbox, "plan", write(folder / "wanted.ndjson", upserts), "--against", before, "-o", plan)
            done(sandbox, "replay", plan, "--share", 1)
        done(sandbox, "snapshot", "--accounts", "-o", folder / "after.ndjson", "--share", 1)
        yield Replayed(sandbox, folder)


def sent_later(checkpoint: Path, copy: Path, seconds: int) -> Path:
    """Copy a checkpoint, as if its replay had been so much later."""
    shutil.copy(checkpoint, copy)
    with sqlite3.connect(copy) as db:
        db.execute("UPDATE request SET sent_at = sent_at + ?", (seconds,))
    db.close()
    return copy


def kept(output: Path) -> dict[str, str]:
    return {each["key"]: each["code"] for each in lines(output.with_name(f"{output.stem}.kept.ndjson"))}


def test_what_an_earlier_replay_did_is_not_undone(twice: Replayed, tmp_path: Path):
    """A creation found what the snapshot before does not show: it is not the state just before, so all else of it that
    is known from there alone is kept as uncertain; undone only when told."""
    checkpoint, output = shutil.copy(twice.checkpoint, tmp_path / "plan.checkpoint"), tmp_path / "back.ndjson"
    words = ("rollback", checkpoint, *twice.after, *twice.before, "-o", output)

    twice.done(*words, code=3)
    assert (lines(output), set(kept(output).values())) == ([], {"uncertain"})
    assert "before.ndjson does not show" in (tmp_path / "back.kept.ndjson").read_text()

    twice.done(*words, "--even-if", "uncertain")
    assert sorted(each["op"] for each in lines(output)) == ["account.remove_contacts", "contact.update"]


def test_what_another_checkpoint_wrote_meanwhile_is_not_undone(twice: Replayed, tmp_path: Path):
    """Between the snapshot before and the replay lies another replay of the same contacts, by the times of both."""
    sent_later(twice.folder / "first.checkpoint", tmp_path / "first.checkpoint", 100)
    checkpoint, output = (
        sent_later(twice.folder / "joins.checkpoint", tmp_path / "c.checkpoint", 200),
        tmp_path / "back",
    )

    twice.done("rollback", checkpoint, "--live", *twice.before, "-o", output, code=3)

    assert set(kept(output).values()) == {"uncertain"}
    assert "first.checkpoint" in (tmp_path / "back.kept.ndjson").read_text()
    (tmp_path / "first.checkpoint").unlink()
    twice.done("rollback", checkpoint, "--live", *twice.before, "-o", output)
    assert [each["op"] for each in lines(output)] == ["account.remove_contacts"]


@pytest.mark.parametrize(
    ("seconds", "snapshots", "said"),
    [
        (100, ("before", "after"), "before.ndjson was taken before this replay"),
        (-100, ("after", "before"), "before.ndjson was taken after this replay began"),
    ],
)
def test_snapshots_the_wrong_way_round_are_refused(
    twice: Replayed, tmp_path: Path, seconds: int, snapshots: tuple[str, str], said: str
):
    """By the times of the requests and of the snapshots; nothing is called as before that was never looked at."""
    checkpoint = sent_later(twice.folder / "first.checkpoint", tmp_path / "plan.checkpoint", seconds)
    now, before = (twice.folder / f"{name}.ndjson" for name in snapshots)
    words = ("rollback", checkpoint, "--against", now, "--before", before, "-o", tmp_path / "back.ndjson")

    told = twice.done(*words, code=6)

    assert said in told
    assert "swapped" in told
    assert not (tmp_path / "back.ndjson").exists()


def test_verify_against_the_snapshot_of_the_plan_is_refused(twice: Replayed, tmp_path: Path):
    """The plan's own descriptor names the snapshot that it was made from: that shows nothing of the replay."""
    words = ("verify", twice.folder / "first.ndjson", "-o", tmp_path / "differences.ndjson")

    said = twice.done(*words, "--against", twice.before[1], code=6)

    assert "before.ndjson is the snapshot that first.ndjson was made from" in said
    twice.done(*words, *twice.after)
