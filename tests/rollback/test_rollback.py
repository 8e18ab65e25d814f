"""Rollback against the sandbox: after a replay of every kind of operation, the snapshot is the one before."""

import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.replay.test_engine import replay, write
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.snapshot import SnapshotSettings
from toolkit.front.snapshot import run as take_snapshot
from toolkit.rollback.stage import RollbackResult, RollbackSettings, run
from toolkit.rollback.work import RollbackCode
from toolkit.sandbox.serve import RunningSandbox

Lines = list[dict[str, Any]]
COUNT = int(os.environ.get("ROLLBACK_OPERATIONS", "60"))
"""How many operations the round trip has; ``make rollback-sweep`` asks for 5,000."""


def snapshot(client: FrontClient, path: Path, *, accounts: bool = True) -> Path:
    with Outputs() as outputs:
        take_snapshot(SnapshotSettings(path, accounts=accounts), client, outputs)
        outputs.commit()
    return path


def rolled_back(settings: RollbackSettings, client: FrontClient | None = None) -> RollbackResult:
    with Outputs() as outputs:
        result = run(settings, outputs, client=client)
        outputs.commit()
    return result


def live(settings: RollbackSettings, client: FrontClient) -> bytes:
    """Give the operations of the same rollback when Front itself is asked, in place of the snapshot after."""
    asked = replace(settings, now=None, output=settings.output.with_name("live.ndjson"))
    rolled_back(asked, client)
    return asked.output.read_bytes()


def lines(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text().splitlines()]


def without_ids(path: Path) -> Lines:
    """The contacts and accounts of a snapshot, without ids, in an order that doesn't hang on them."""
    names = {each["id"]: each.get("name") for each in lines(path) if "id" in each}
    kept = [
        {key: value for key, value in each.items() if key not in ("id", "lists", "contacts", "legacy_ids")}
        | {"on": sorted(known["name"] for known in each.get("lists", []))}
        | {"in": sorted(str(names[member]) for member in each.get("contacts", []))}
        for each in lines(path)
    ]
    return sorted(kept, key=str)


def there(n: int) -> dict[str, Any]:
    """Someone who is in Front before the replay, with a field that no mapping knows."""
    body = {
        "name": f"There {n}",
        "handles": [{"source": "email", "handle": f"there{n}@example.com"}],
        "links": [f"https://example.com/{n}"],
        "custom_fields": {"Annual Revenue": n, "Tier": "gold"},
        "list_names": ["Old"],
    }
    account = {"name": f"Old {n % 5}", "external_id": f"old{n % 5}", "domains": [f"old{n % 5}.example"]}
    return {"key": f"there{n}", "op": "contact.upsert", "body": body, "account": account}


def every_kind(before: Path, count: int) -> Lines:
    """So many operations, or a few more, of every kind but deletions."""
    contacts = [each for each in lines(before) if each["resource"] == "contact" and each["name"].startswith("There")]
    accounts = [each for each in lines(before) if each["resource"] == "account" and each["name"].startswith("Old")]
    made: Lines = [
        {"key": "list:New", "op": "list.create", "body": {"name": "New"}},
        {"key": "acc", "op": "account.create", "body": {"name": "New account"}},
    ]
    for account in accounts:
        made.append({"key": "a", "op": "account.update", "account": account["id"], "body": {"description": "changed"}})
    for n, contact in enumerate(contacts):
        made += about(n, contact, accounts)
        if len(made) >= count:
            break
    return made


def about(n: int, contact: dict[str, Any], accounts: Lines) -> Lines:
    number, phone = contact["id"], {"source": "phone", "handle": f"+442079{n:06}"}
    mail = {"source": "email", "handle": f"new{n}@example.com"}
    fields = contact["custom_fields"] | {"Annual Revenue": -n - 1}
    body = {"custom_fields": fields, "name": f"Renamed {n}", "links": [*contact["links"], "https://new.example/"]}
    known = {"handles": [*contact["handles"], {"source": "custom", "handle": f"c{n}"}], "description": "more"}
    joined = {"name": "Upserted", "external_id": f"up{n % 3}"}
    key = f"k{n}"
    return [
        {"key": key, "op": "contact.update", "contact": number, "body": body},
        {"key": key, "op": "handle.add", "contact": number, "body": phone},
        {"key": key, "op": "contact.create", "body": {"handles": [mail], "name": f"New {n}", "list_names": ["New"]}},
        {"key": key, "op": "list.add", "list": "New", "contacts": [number]},
        {"key": key, "op": "list.remove", "list": "Old", "contacts": [number]},
        {"key": key, "op": "list.add", "list": "Old", "contacts": [{"ref": key}]},
        {"key": key, "op": "account.add_contacts", "account": {"ref": "acc"}, "contacts": [number, {"ref": key}]},
        {"key": key, "op": "account.remove_contacts", "account": {"ref": "acc"}, "contacts": [number]},
        {"key": key, "op": "handle.add", "contact": {"ref": key}, "body": {"source": "custom", "handle": f"n{n}"}},
        {"key": f"u{n}", "op": "contact.upsert", "body": known, "account": joined},
    ]


def prepared(client: FrontClient, folder: Path, people: int) -> Path:
    """Put people into Front and take the snapshot before."""
    replay(client, write(folder, [there(n) for n in range(people)], "there.ndjson"))
    return snapshot(client, folder / "before.ndjson")


def test_the_state_before_comes_back(front: FrontClient, tmp_path: Path):
    """Every kind of operation but deletions, undone: the snapshot is the one before, byte for byte.

    To ask Front itself for what is there now comes to the same operations.
    """
    before = prepared(front, tmp_path, COUNT // 9 + 1)
    assert replay(front, write(tmp_path, every_kind(before, COUNT))).refused == 0
    after = snapshot(front, tmp_path / "after.ndjson")

    settings = RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)
    assert rolled_back(settings).kept == {}
    assert live(settings, front) == settings.output.read_bytes()
    assert replay(front, tmp_path / "rollback.ndjson").refused == 0

    assert after.read_bytes() != before.read_bytes()
    assert snapshot(front, tmp_path / "again.ndjson").read_bytes() == before.read_bytes()


def deletions(before: Path) -> Lines:
    contact = next(each for each in lines(before) if each.get("name") == "There 0")
    account = next(each for each in lines(before) if each.get("name") == "Old 1")
    known = {"before": contact}
    return [
        {"key": "d", "op": "contact.update", "contact": contact["id"], "body": {"name": "Soon gone"}},
        {"key": "d", "op": "contact.delete", "contact": contact["id"]} | known,
        {"key": "d", "op": "account.delete", "account": account["id"], "before": account},
        {"key": "d", "op": "list.delete", "list": "Old"},
    ]


def test_what_was_deleted_comes_back_under_new_ids(front: FrontClient, tmp_path: Path):
    """A deleted contact, account and list are created again, with their members; later steps name the new ids."""
    before = prepared(front, tmp_path, 3)
    replay(front, write(tmp_path, deletions(before)))
    after = snapshot(front, tmp_path / "after.ndjson")

    settings = RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)
    assert rolled_back(settings).kept == {}
    assert live(settings, front) == settings.output.read_bytes()
    assert replay(front, tmp_path / "rollback.ndjson").refused == 0

    assert without_ids(snapshot(front, tmp_path / "again.ndjson")) == without_ids(before)


def test_a_snapshot_without_accounts_is_refused_where_they_count(front: FrontClient, tmp_path: Path):
    """A deleted contact was in an account: without them a rollback would lose that, and says what to do."""
    before = prepared(front, tmp_path, 1)
    contact = next(each for each in lines(before) if each.get("name") == "There 0")
    deletion = {"key": "d", "op": "contact.delete", "contact": contact["id"], "before": contact}
    replay(front, write(tmp_path, [deletion]))
    after = snapshot(front, tmp_path / "after.ndjson", accounts=False)

    with pytest.raises(InputRefused, match="was taken without them"):
        rolled_back(RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "back.ndjson", before))


def test_a_rollback_is_rolled_back(front: FrontClient, tmp_path: Path):
    """The rollback of a rollback restores what the replay had made, but for the ids of what was deleted between."""
    before = prepared(front, tmp_path, 3)
    replay(front, write(tmp_path, every_kind(before, 20)))
    after = snapshot(front, tmp_path / "after.ndjson")
    first = RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)
    rolled_back(first)
    replay(front, tmp_path / "rollback.ndjson")
    now = snapshot(front, tmp_path / "now.ndjson")

    second = RollbackSettings(tmp_path / "rollback.checkpoint", now, tmp_path / "second.ndjson", after)
    assert rolled_back(second).kept == {}
    assert replay(front, tmp_path / "second.ndjson").refused == 0

    assert without_ids(snapshot(front, tmp_path / "again.ndjson")) == without_ids(after)


def test_what_others_changed_is_kept(front: FrontClient, sandbox: RunningSandbox, tmp_path: Path):
    """A created contact that somebody renamed since stays, with a sentence; told so, it is deleted all the same."""
    before = prepared(front, tmp_path, 1)
    mail = {"source": "email", "handle": "new@example.com"}
    replay(front, write(tmp_path, [{"key": "n", "op": "contact.create", "body": {"name": "New", "handles": [mail]}}]))
    number = json.loads((tmp_path / "operations.results.ndjson").read_text())["id"]
    other = {"key": "o", "op": "contact.update", "contact": number, "body": {"name": "Renamed"}}
    replay(front, write(tmp_path, [other], "other.ndjson"))
    after = snapshot(front, tmp_path / "after.ndjson")

    settings = RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)
    assert (rolled_back(settings).operations, rolled_back(settings).kept) == ({}, {"changed_since": 1})
    assert lines(tmp_path / "rollback.kept.ndjson") == [
        {
            "key": "n",
            "write": "POST /contacts",
            "code": "changed_since",
            "sentence": f"the contact {number} was changed since: name",
        }
    ]
    told = RollbackSettings(settings.checkpoint, after, settings.output, before, frozenset({RollbackCode.CHANGED}))
    assert rolled_back(told).operations == {"contact.delete": 1}


def test_what_has_not_ended_is_kept(front: FrontClient, tmp_path: Path):
    """Stopped between a request and its answer: what ended is undone, the other is kept until a person says so."""
    before = prepared(front, tmp_path, 1)
    made = [
        {"key": f"n{n}", "op": "contact.create", "body": {"handles": [{"source": "custom", "handle": f"n{n}"}]}}
        for n in range(2)
    ]
    replay(front, write(tmp_path, made))
    killed = tmp_path / "killed"
    killed.mkdir()
    db = sqlite3.connect(tmp_path / "operations.checkpoint", isolation_level=None)
    db.execute("UPDATE operation SET state = 'sent', effect = NULL, id = NULL WHERE key = 'n1'")
    db.execute("UPDATE request SET status = NULL, id = NULL WHERE seq = 2")
    for name in ("operations.checkpoint", "operations.checkpoint-wal"):  # as a kill leaves them: not yet one file
        shutil.copy(tmp_path / name, killed)
    db.close()
    after = snapshot(front, tmp_path / "after.ndjson")

    result = rolled_back(
        RollbackSettings(killed / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before)
    )

    assert (result.operations, result.kept) == ({"contact.delete": 1}, {"unfinished": 1})


def test_without_the_snapshot_before_nothing_is_guessed(front: FrontClient, tmp_path: Path):
    """Who had a handle before is not known from a plan's handle.add: it is kept, with what to do."""
    before = prepared(front, tmp_path, 1)
    number = next(each["id"] for each in lines(before) if each.get("name") == "There 0")
    phone = {"source": "phone", "handle": "+442079460000"}
    replay(front, write(tmp_path, [{"key": "h", "op": "handle.add", "contact": number, "body": phone}]))
    after = snapshot(front, tmp_path / "after.ndjson")

    result = rolled_back(RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson"))

    assert (result.operations, result.kept) == ({}, {"unknown_before": 1})
    assert "--before" in lines(tmp_path / "rollback.kept.ndjson")[0]["sentence"]


def test_fields_that_front_shows_as_null_are_not_sent(front: FrontClient, tmp_path: Path):
    """Front may show a field without a value as null, and takes none: what is put back leaves it out."""
    before = prepared(front, tmp_path, 1)
    number = next(each["id"] for each in lines(before) if each.get("name") == "There 0")
    fields = {"Annual Revenue": 7, "Tier": "gold"}
    change = {"key": "f", "op": "contact.update", "contact": number, "body": {"custom_fields": fields}}
    replay(front, write(tmp_path, [change]))
    after = snapshot(front, tmp_path / "after.ndjson")
    for path in (before, after):
        shown = lines(path)
        next(each for each in shown if each.get("id") == number)["custom_fields"]["VIP"] = None
        write(tmp_path, shown, path.name)

    rolled_back(RollbackSettings(tmp_path / "operations.checkpoint", after, tmp_path / "rollback.ndjson", before))

    assert [each["body"] for each in lines(tmp_path / "rollback.ndjson")] == [
        {"custom_fields": {"Annual Revenue": 0, "Tier": "gold"}}
    ]
