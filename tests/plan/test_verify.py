"""Operations held against a snapshot that was taken since."""

from pathlib import Path
from typing import Any

import pytest

from tests.replay.every_kind import ask
from tests.replay.test_engine import replay, write
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
        ({"Color": "blue", "Tier": "gold"}, ["custom_fields is not as asked"]),
    ],
)
def test_a_cleared_field_must_be_absent_or_null(fields: dict[str, Any], expected: list[str]):
    """A field that an upsert cleared, and that Front still shows, is a difference."""
    state = read_state(enumerate([HEAD, CONTACT | {"custom_fields": fields}], start=1), "after.ndjson")
    upsert = operation(1, {"key": "1", "op": "contact.upsert", "body": {"handles": HANDLES}, "clear": ["Tier"]})

    assert [wrong for _, wrong in differences([upsert], state)] == [expected]
    update = operation(1, {"key": "1", "op": "contact.update", "contact": "crd_1", "body": {"custom_fields": BLUE}})
    assert [wrong for _, wrong in differences([update], state)] == [expected]


ALIASED = {"key": "1", "op": "contact.update", "contact": "alt:email:A+b#@example.com"} | {
    "body": {"name": "Ada", "custom_fields": {"VIP": True}, "links": ["https://new.example"]}
}


def test_an_update_of_an_alias_is_verified_by_its_handle(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """From a snapshot and live; what the contact has besides stays, since it is read before it is changed."""
    handles = [{"source": "email", "handle": "a+b#@example.com"}]
    fields = {"Favourite Color": "blue"}
    ask(sandbox, "POST", "/contacts", {"handles": handles, "custom_fields": fields, "links": ["https://old.example"]})
    operations, snapshot = write(tmp_path, [ALIASED]), tmp_path / "after.ndjson"

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
