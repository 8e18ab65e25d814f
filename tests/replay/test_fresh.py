"""Updates that are put onto what is in Front now; bare payloads; a choice of operations."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.replay.every_kind import ask, email, furnish
from tests.replay.test_engine import replay, results, write
from toolkit.errors import InputRefused
from toolkit.front.client import FrontClient
from toolkit.operation import Op
from toolkit.pacing import Clock
from toolkit.replay.payloads import Payloads
from toolkit.replay.rebase import rebase
from toolkit.replay.selection import Choice
from toolkit.replay.steps import OnConflict
from toolkit.sandbox.serve import RunningSandbox
from toolkit.settings import FrontSettings, Secret

BEFORE = {"custom_fields": {"Favourite Color": "bob's", "VIP": True}}
PLANNED = {"key": "bob", "op": "contact.update", "contact": "crd_2", "before": BEFORE} | {
    "body": {"custom_fields": {"Favourite Color": "green", "VIP": True}}
}


def fields(sandbox: RunningSandbox, contact_id: str = "crd_2") -> dict[str, Any]:
    found: dict[str, Any] = ask(sandbox, "GET", f"/contacts/{contact_id}")["custom_fields"]
    return found


def change(sandbox: RunningSandbox, **custom_fields: Any) -> None:
    ask(
        sandbox,
        "PATCH",
        "/contacts/crd_2",
        {"custom_fields": {k.replace("_", " "): v for k, v in custom_fields.items()}},
    )


def test_what_others_changed_since_the_plan_stays(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """With --fresh only the difference of body and before is written: a field that came since is kept."""
    furnish(sandbox)
    change(sandbox, Favourite_Color="bob's", VIP=False, Tier="gold")
    replay(front, write(tmp_path, [PLANNED]), fresh=True)

    assert fields(sandbox) == {"Favourite Color": "green", "VIP": False, "Tier": "gold"}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [(OnConflict.REFUSE, ("red", "changed_since")), (OnConflict.PLAN, ("green", "overwritten"))],
)
def test_the_same_field_changed_by_others_is_a_conflict(
    choice: OnConflict, expected: tuple[str, str], sandbox: RunningSandbox, front: FrontClient, tmp_path: Path
):
    """It is refused, or the plan wins; either way the results say so."""
    furnish(sandbox)
    change(sandbox, Favourite_Color="red", VIP=True)
    result = replay(front, write(tmp_path, [PLANNED]), fresh=True, on_conflict=choice)

    assert (fields(sandbox)["Favourite Color"], *result.refusals, *result.notes) == expected
    assert "custom field 'Favourite Color'" in results(tmp_path)[0]["message"]


@pytest.mark.parametrize(
    ("body", "before", "here", "expected"),
    [
        ({"name": "B"}, {"name": "A"}, {"name": "A"}, ({"name": "B"}, [])),
        ({"name": "B"}, {"name": "A"}, {"name": "B"}, ({}, [])),
        ({"name": "B"}, {"name": "A"}, {"name": "C"}, ({"name": "B"}, ["name"])),
        ({"name": "B"}, None, {"name": "C"}, ({"name": "B"}, [])),
        ({"links": ["a", "c"]}, {"links": ["a", "b"]}, {"links": ["b", "d"]}, ({"links": ["d", "c"]}, [])),
        ({"custom_fields": {}}, {"custom_fields": {"x": 1}}, {"custom_fields": {"x": 1, "y": 2}},
         ({"custom_fields": {"y": 2}}, [])),
        ({"custom_fields": {"x": 2}}, None, {"custom_fields": {"x": 1, "y": 2}},
         ({"custom_fields": {"x": 2, "y": 2}}, [])),
        ({"custom_fields": {"x": 2}}, {"custom_fields": {"x": 1}}, {"custom_fields": {"x": 1, "y": None}},
         ({"custom_fields": {"x": 2}}, [])),
        ({"custom_fields": {"x": 2}}, {"custom_fields": {"x": 2, "y": 1}}, {"custom_fields": {"x": 2, "y": None}},
         ({}, [])),
        ({"custom_fields": {"x": 1}}, {"custom_fields": {"x": True}}, {"custom_fields": {"x": 1}}, ({}, [])),
    ],
)  # fmt: skip
def test_an_update_put_onto_another_state(body, before, here, expected):
    """Texts, links and fields: what the plan changes is changed, the rest stays, a common change is named."""
    rebased = rebase(body, before, here)

    assert (rebased.body, rebased.conflicts) == expected


def test_bare_payloads_update_contacts_and_keep_their_other_fields(
    sandbox: RunningSandbox, front: FrontClient, tmp_path: Path
):
    """By id or by alias, read first; the failures, where there are any, are operations."""
    furnish(sandbox)
    bodies = [
        {"id": "crd_2", "custom_fields": {"Tier": "gold"}},
        {"alias": "alt:email:ada@example.com", "name": "Ada L.", "custom_fields": {"Tier": "gold"}},
        {"alias": "alt:email:nobody@example.com", "name": "No"},
    ]
    result = replay(front, write(tmp_path, bodies), payloads=Payloads(Op.CONTACT_UPDATE), fresh=True)

    assert (result.effects, result.refusals) == ({"updated": 2}, {"not_found": 1})
    assert fields(sandbox) == {"Favourite Color": "bob's", "VIP": True, "Tier": "gold"}
    assert fields(sandbox, "crd_1") == {"Favourite Color": "ada's", "VIP": True, "Tier": "gold"}
    failed = results(tmp_path, "operations.failures.ndjson")
    assert [(each["op"], each["contact"]) for each in failed] == [("contact.update", "alt:email:nobody@example.com")]


def test_bare_payloads_are_created_with_a_key_of_their_own(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """A field beside Front's own names each in the results, and is not sent."""
    bodies = [{"sf": f"003{n}", "name": f"P{n}", "handles": [email(f"p{n}")]} for n in range(3)]
    result = replay(front, write(tmp_path, bodies), payloads=Payloads(Op.CONTACT_UPSERT, "sf"))

    assert result.effects == {"created": 3}
    assert [each["key"] for each in results(tmp_path)] == ["0030", "0031", "0032"]


@pytest.mark.parametrize(
    ("body", "payloads", "sentence"),
    [
        ([], Payloads(Op.CONTACT_CREATE), "this is not an object"),
        ({"name": "A"}, Payloads(Op.CONTACT_UPDATE), "it has neither an id"),
        ({"name": "A"}, Payloads(Op.CONTACT_CREATE, "sf"), "it has no 'sf'"),
        ({"name": "A"}, Payloads(Op.CONTACT_CREATE), "lacks 'handles'"),
        ({"id": "cnv_1", "name": "A"}, Payloads(Op.CONTACT_UPDATE), "crd_"),
    ],
)
def test_a_payload_that_cannot_be_sent_is_refused_with_its_line(
    body: Any, payloads: Payloads, sentence: str, front: FrontClient, tmp_path: Path
):
    """Nothing is sent."""
    with pytest.raises(InputRefused) as caught:
        replay(front, write(tmp_path, [body]), payloads=payloads)

    assert sentence in str(caught.value.problems[0])
    assert caught.value.problems[0].line == 1


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def many(count: int) -> list[dict[str, Any]]:
    creates = [{"key": f"{n}", "op": "contact.create", "body": {"handles": [email(f"p{n}")]}} for n in range(count)]
    return [*creates, {"key": "0", "op": "handle.add", "contact": {"ref": "0"}, "body": email("more")}]


def test_a_limit_sends_the_first_and_the_next_run_the_others(front: FrontClient, tmp_path: Path):
    """What is left is in the results as pending, with the reason."""
    operations = write(tmp_path, many(5))
    first = replay(front, operations, choice=Choice(limit=2))
    pending = [each["code"] for each in results(tmp_path) if each["state"] == "pending"]
    second = replay(front, operations)

    assert (first.sent, first.left, pending) == (2, {"beyond_limit": 4}, ["beyond_limit"] * 4)
    assert (second.sent, second.effects, second.left) == (4, {"created": 5, "updated": 1}, {})


def test_when_its_time_is_up_it_begins_nothing_more(sandbox: RunningSandbox, tmp_path: Path):
    """What was begun ends; the rest is pending with a code, and the same command does it."""
    operations = write(tmp_path, many(20))
    clock = Clock(now=lambda: 1e9 + sandbox.store.request_count(), sleep=lambda _: None)
    with FrontClient(FrontSettings(Secret("sandbox"), sandbox.url, share=1.0), clock=clock) as client:
        first = replay(client, operations, run_for=5.0, concurrency=1)
        pending = {each["code"] for each in results(tmp_path) if each["state"] == "pending"}
        second = replay(client, operations)

    assert (first.sent, first.left, pending) == (5, {"time_is_up": 16}, {"time_is_up"})
    assert (second.effects, second.left) == ({"created": 20, "updated": 1}, {})


def test_only_one_kind_leaves_what_needs_the_others(front: FrontClient, tmp_path: Path):
    """An operation whose contact is not created yet is left, not refused."""
    operations = write(tmp_path, many(2))
    first = replay(front, operations, choice=Choice(only=frozenset({"handle.add"})))
    second = replay(front, operations, choice=Choice(only=frozenset({"contact.create"})))
    third = replay(front, operations, choice=Choice(only=frozenset({"handle.add"})))

    assert (first.sent, first.left) == (0, {"not_chosen": 2, "waits_for_left": 1})
    assert (second.sent, second.left) == (2, {"not_chosen": 1})
    assert (third.sent, third.effects, third.left) == (1, {"created": 2, "updated": 1}, {})


def test_what_was_refused_can_be_tried_again(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """Once the cause is mended, --retry-failed does the refused ones, and only those."""
    lines = [{"key": "a", "op": "handle.add", "contact": "crd_1", "body": email("more")}, *many(1)]
    operations = write(tmp_path, lines)
    first = replay(front, operations, concurrency=1)
    assert (first.refusals, results(tmp_path, "operations.failures.ndjson")) == ({"not_found": 1}, lines[:1])
    errors = table(tmp_path / "operations.error.csv")
    again = replay(front, operations)
    ask(sandbox, "POST", "/contacts", {"handles": [email("x")]})
    ids = [each["id"] for each in sandbox.store.contacts()]

    assert [(each["key"], each["code"], each["handles"]) for each in errors] == [("a", "not_found", "more@example.com")]
    assert (again.sent, ids) == (0, ["crd_1", "crd_2"])
    retried = replay(front, operations, choice=Choice(retry_failed=True))
    assert (retried.sent, retried.refusals) == (1, {})


def test_success_is_a_table_too(front: FrontClient, tmp_path: Path):
    """Key, id and effect of each, and no formula for a spreadsheet."""
    line = {"key": "=1+1", "op": "contact.create", "body": {"handles": [email("p")]}}
    replay(front, write(tmp_path, [line]))

    assert table(tmp_path / "operations.success.csv") == [
        {"key": "'=1+1", "id": results(tmp_path)[0]["id"], "op": "contact.create", "effect": "created", "message": ""}
    ]
    assert json.loads((tmp_path / "operations.results.ndjson").read_text())["key"] == "=1+1"
