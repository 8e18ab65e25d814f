"""Operations held against a snapshot that was taken since."""

from typing import Any

import pytest

from toolkit.front.state import read_state
from toolkit.operation import operation
from toolkit.plan.verify import differences

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
