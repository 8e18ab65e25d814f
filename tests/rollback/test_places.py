"""A deleted contact comes back where it was: a teammate's own does not become everybody's."""

from typing import Any

import pytest

from toolkit.front.state import FrontState, read_state
from toolkit.replay.history import Write
from toolkit.rollback.compile import Rollback, compile_rollback
from toolkit.rollback.work import Before

MAIL = {"source": "email", "handle": "a@b.example"}


def contact(*, private: bool) -> dict[str, Any]:
    empty = {"name": "Ada", "description": "", "links": [], "lists": [], "custom_fields": {}}
    return {"resource": "contact", "id": "crd_1", "handles": [MAIL], "is_private": private} | empty


def state(scope: str, *contacts: dict[str, Any]) -> FrontState:
    head = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": True}
    return read_state(enumerate([head | ({"scope": scope} if scope else {}), *contacts], start=1), "front.ndjson")


def undeleted(before: FrontState | None, now: FrontState, *, private: bool) -> Rollback:
    """Roll the deletion of a contact back."""
    write = Write("k", "h", "DELETE", "/contacts/crd_1", None, contact(private=private))
    return compile_rollback([write], now, Before(before), frozenset())


@pytest.mark.parametrize(
    ("scope", "private", "into"),
    [("", False, None), ("tim_1", False, {"team": "tim_1"}), ("tea_1", True, {"teammate": "tea_1"})],
)
def test_a_contact_is_made_again_where_the_snapshot_before_has_it(scope: str, private: bool, into: Any):
    """The snapshot's scope says where."""
    made = undeleted(state(scope, contact(private=private)), state(scope), private=private)

    assert [each.get("into") for each in made.operations] == [into]


@pytest.mark.parametrize(("before", "scope"), [(True, ""), (False, ""), (False, "tea_1"), (False, "tim_1")])
def test_a_contact_whose_place_is_not_known_is_not_made_again(before: bool, scope: str):
    """It is private, or the snapshot is of a workspace or teammate, and nothing says whose the contact was."""
    private = not scope
    earlier = state("", contact(private=private)) if before else None
    made = undeleted(earlier, state(scope), private=private)

    assert (made.operations, [each.code for each in made.kept]) == ([], ["unknown_before"])
    assert "--before" in made.kept[0].sentence


def test_a_shared_contact_needs_no_snapshot_before():
    """The write has all that is to be known."""
    assert [each["op"] for each in undeleted(None, state(""), private=False).operations] == ["contact.create"]
