"""A rollback sends the fewest requests, and still restores what was there before."""

from pathlib import Path
from typing import Any

from tests.replay.test_engine import replay, upserts, write
from tests.rollback.test_rollback import Lines, lines, prepared, rolled_back, snapshot
from toolkit.front.client import FrontClient
from toolkit.rollback.stage import RollbackResult, RollbackSettings


def undone(front: FrontClient, folder: Path, before: Path, operations: Lines) -> RollbackResult:
    """Replay, roll back, replay that; the snapshot must be the one before."""
    assert replay(front, write(folder, operations)).refused == 0
    after = snapshot(front, folder / "after.ndjson")
    settings = RollbackSettings(folder / "operations.checkpoint", after, folder / "rollback.ndjson", before)
    result = rolled_back(settings)
    assert replay(front, folder / "rollback.ndjson").refused == 0
    assert snapshot(front, folder / "again.ndjson").read_bytes() == before.read_bytes()
    return result


def people(before: Path) -> list[str]:
    return [each["id"] for each in lines(before) if each["resource"] == "contact"]


def test_what_was_created_is_deleted_and_no_more(front: FrontClient, tmp_path: Path):
    """Contacts on lists and in accounts that the replay made: one request for each of them all, none for members."""
    before = snapshot(front, tmp_path / "before.ndjson")

    result = undone(front, tmp_path, before, upserts(12))

    assert (result.operations, result.kept) == ({"account.delete": 11, "contact.delete": 12, "list.delete": 8}, {})


def test_members_go_together_and_updates_are_one(front: FrontClient, tmp_path: Path):
    """Each contact was taken off a list alone and changed twice: they are put back together, and changed once."""
    before = prepared(front, tmp_path, 3)
    made: Lines = []
    for number in people(before):
        made += [
            {"key": number, "op": "list.remove", "list": "Old", "contacts": [number]},
            {"key": number, "op": "contact.update", "contact": number, "body": {"name": "One", "links": []}},
            {"key": number, "op": "contact.update", "contact": number, "body": {"name": "Two", "description": "more"}},
        ]

    assert undone(front, tmp_path, before, made).operations == {"contact.update": 3, "list.add": 1}


def test_a_handle_comes_back_from_what_is_deleted(front: FrontClient, tmp_path: Path):
    """A created contact took over somebody's handle: it is deleted before the handle is put back."""
    before = prepared(front, tmp_path, 1)
    (there,) = people(before)
    taken = {"source": "custom", "handle": "moves"}
    replay(front, write(tmp_path, [{"key": "h", "op": "handle.add", "contact": there, "body": taken}], "more.ndjson"))
    before = snapshot(front, tmp_path / "before.ndjson")
    handles = [{"source": "email", "handle": "new@example.com"}]
    made: Lines = [
        {"key": "n", "op": "contact.create", "body": {"handles": handles}},
        {"key": "h", "op": "handle.remove", "contact": there, "body": taken},
        {"key": "n", "op": "handle.add", "contact": {"ref": "n"}, "body": taken},
    ]

    assert undone(front, tmp_path, before, made).operations == {"contact.delete": 1, "handle.add": 1}


def test_what_came_and_went_needs_nothing(front: FrontClient, tmp_path: Path):
    """A contact, an account and a list that the replay made, changed and deleted again are not made anew."""
    before = prepared(front, tmp_path, 1)
    (there,) = people(before)
    handles = [{"source": "email", "handle": "new@example.com"}]
    made: Lines = [
        {"key": "n", "op": "contact.create", "body": {"handles": handles}},
        {"key": "a", "op": "account.create", "body": {"name": "New"}},
        {"key": "l", "op": "list.create", "body": {"name": "New"}},
        {"key": "n", "op": "contact.update", "contact": {"ref": "n"}, "body": {"name": "Soon gone"}},
        {"key": "l", "op": "list.add", "list": "New", "contacts": [there, {"ref": "n"}]},
        {"key": "n", "op": "contact.delete", "contact": {"ref": "n"}},
        {"key": "a", "op": "account.delete", "account": {"ref": "a"}},
        {"key": "l", "op": "list.delete", "list": "New"},
    ]

    result = undone(front, tmp_path, before, made)

    assert (result.operations, result.kept) == ({}, {})


def test_an_account_that_is_gone_is_told(front: FrontClient, tmp_path: Path):
    """Somebody deleted the account that a contact was moved out of: it can't go back, and that is listed."""
    before = prepared(front, tmp_path, 1)
    (there,) = people(before)
    old = next(each["id"] for each in lines(before) if each["resource"] == "account")
    made: Lines = [
        {"key": "a", "op": "account.create", "body": {"name": "New"}},
        {"key": "a", "op": "account.add_contacts", "account": {"ref": "a"}, "contacts": [there]},
    ]
    replay(front, write(tmp_path, made))
    deletion: dict[str, Any] = {"key": "d", "op": "account.delete", "account": old}
    replay(front, write(tmp_path, [deletion], "others.ndjson"))
    after = snapshot(front, tmp_path / "after.ndjson")

    settings = RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)

    assert rolled_back(settings).kept == {"changed_since": 1, "gone": 1}
