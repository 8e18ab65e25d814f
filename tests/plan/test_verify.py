"""Operations held against a snapshot that was taken since."""

from pathlib import Path
from typing import Any

import pytest

from tests.replay.every_kind import Lines, ask, email, furnish, write
from tests.replay.test_engine import replay
from tests.rollback.test_commands import done
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.snapshot import SnapshotSettings
from toolkit.front.snapshot import run as take_snapshot
from toolkit.front.state import read_state
from toolkit.operation import operation
from toolkit.plan.verify import VerifyResult, VerifySettings, differences
from toolkit.plan.verify import run as verify
from toolkit.sandbox.serve import RunningSandbox

HEAD = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": False}
HANDLES = [{"source": "email", "handle": "a@b.example"}]
BLUE = {"Color": "blue"}
CONTACT = {"resource": "contact", "id": "crd_1", "handles": HANDLES, "lists": []}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Color": "blue"}, []),
        ({"Color": "blue", "Tier": None}, []),
        ({"Color": "blue", "Tier": "gold"}, ['crd_1: Tier: asked nothing, found "gold"']),
    ],
)
def test_a_cleared_field_must_be_absent_or_null(fields: dict[str, Any], expected: list[str]):
    """A field that an upsert cleared, and that Front still shows, is a difference."""
    state = read_state(enumerate([HEAD, CONTACT | {"custom_fields": fields}], start=1), "after.ndjson")
    upsert = operation(1, {"key": "1", "op": "contact.upsert", "body": {"handles": HANDLES}, "clear": ["Tier"]})

    assert [wrong for _, wrong in differences([upsert], state)] == [expected]
    update = operation(1, {"key": "1", "op": "contact.update", "contact": "crd_1", "body": {"custom_fields": BLUE}})
    assert [wrong for _, wrong in differences([update], state)] == [expected]


def test_a_difference_says_which_field_and_both_values():
    """What was asked and what was found, in one line that a long value does not fill; and whose it is."""
    here = CONTACT | {"name": "Ada\n" + "a" * 200, "custom_fields": {"Tier": "silver", "Color": "blue"}}
    state = read_state(enumerate([HEAD, here], start=1), "after.ndjson")
    body = {"handles": HANDLES, "name": "Ada", "custom_fields": {"Tier": "gold"}}
    upsert = operation(1, {"key": "1", "op": "contact.upsert", "body": body})
    exact = {"key": "1", "op": "contact.update", "contact": "crd_1", "body": {"custom_fields": {"Tier": "gold"}}}

    [(_, wrong), (_, inexact)] = differences([upsert, operation(2, exact)], state)

    assert wrong[1:] == ['crd_1: Tier: asked "gold", found "silver"']
    assert wrong[0].startswith('crd_1: name: asked "Ada", found "Ada')
    assert len(wrong[0]) < 120
    assert inexact == ['crd_1: Tier: asked "gold", found "silver"', 'crd_1: Color: asked nothing, found "blue"']


def test_live_reads_the_members_of_the_accounts_concerned_only(sandbox: RunningSandbox, tmp_path: Path):
    """Of all accounts those that contacts go into, named by id, reference or name, are asked for their members."""
    furnish(sandbox)
    bodies = [{"name": f"Firm {n}", "external_id": f"00{n}"} for n in range(2, 6)]
    second, third, fourth, _ = (ask(sandbox, "POST", "/accounts", body)["id"] for body in bodies)
    operations: Lines = [
        {"key": "a", "op": "account.create", "body": {"name": "Firm 2", "external_id": "002"}},
        {"key": "b", "op": "account.add_contacts", "account": {"ref": "a"}, "contacts": ["crd_1"]},
        {"key": "c", "op": "account.add_contacts", "account": "acc_1", "contacts": ["crd_3"]},
        {"key": "d", "op": "contact.upsert", "body": {"handles": [email("bob")]}, "account": {"name": "firm 3"}},
        {"key": "e", "op": "account.update", "account": fourth, "body": {"name": "Firm 4"}},
    ]

    done(sandbox, "verify", write(tmp_path / "plan.ndjson", operations), "--live", "--share", 1, code=3)

    read = {each["path"] for each in sandbox.store.requests() if each["method"] == "GET"}
    members = {each for each in read if each.startswith("/accounts/")}
    assert members == {f"/accounts/{each}/contacts" for each in ("acc_1", second, third)}


ALIASED = {"key": "1", "op": "contact.update", "contact": "alt:email:A+b#@example.com"} | {
    "body": {"name": "Ada", "custom_fields": {"VIP": True}, "links": ["https://new.example"]}
}


def test_an_update_of_an_alias_is_verified_by_its_handle(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """From a snapshot and live; what the contact has besides stays, since it is read before it is changed."""
    handles = [{"source": "email", "handle": "a+b#@example.com"}]
    fields = {"Favourite Color": "blue"}
    ask(sandbox, "POST", "/contacts", {"handles": handles, "custom_fields": fields, "links": ["https://old.example"]})
    operations, snapshot = write(tmp_path / "operations.ndjson", [ALIASED]), tmp_path / "after.ndjson"

    def verified(against: Path | None) -> VerifyResult:
        with Outputs() as outputs:
            return verify(VerifySettings(operations, against, tmp_path / "differences.ndjson"), outputs, client=front)

    assert verified(None).different == 1
    assert replay(front, operations).refused == 0
    with Outputs() as outputs:
        take_snapshot(SnapshotSettings(snapshot), front, outputs)
        outputs.commit()
    assert (verified(None).different, verified(snapshot).different) == (0, 0)
    ask(sandbox, "PATCH", "/contacts/crd_1", {"custom_fields": fields})
    assert verified(None).different == 1
