"""Answers that are no answers of Front's, or that no other operation gets."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.replay.scripted import Front, asked, refused, said
from toolkit.errors import SignInRefused, Stopped

EMAIL = {"source": "email", "handle": "a@x.example"}
CREATE = {"key": "1", "op": "contact.create", "body": {"handles": [EMAIL]}}
MERGE = {"key": "1", "op": "contact.merge", "contact": "crd_1", "contacts": ["crd_2"]}
LIST = {"key": "l", "op": "list.create", "body": {"name": "New"}}
UPDATE = {"key": "1", "op": "contact.update", "contact": "alt:email:a@x.example", "body": {"name": "A"}}
ACCOUNT = {"key": "1", "op": "account.create", "body": {"name": "A"}}


@pytest.mark.parametrize("body", [None, {"ok": True}, {"id": 7}, {"_results": None}, {"_results": ["x"]}])
@pytest.mark.parametrize("operation", [CREATE, MERGE, LIST, UPDATE, ACCOUNT], ids=lambda each: each["op"])
def test_json_that_is_not_fronts_is_no_answer(operation: dict[str, Any], body: Any, tmp_path: Path):
    """A proxy's own JSON with status 200 is asked again, and in the end stops the run: nothing is taken for done."""
    front = Front(lambda _: said(200, body))

    with pytest.raises(Stopped, match=r"not from Front|again and again"):
        front.replay(tmp_path, [operation])


def test_a_page_that_is_not_fronts_does_not_end_a_list():
    """It is asked for again, until Front itself answers: nothing is cut short."""
    following = {"_results": [{"id": "crd_1"}], "_pagination": {"next": "https://api2.frontapp.com/contacts?page=2"}}
    others = iter([{"message": "please come back later"}, {"_results": [], "_pagination": {"next": 7}}])
    last = {"_results": [{"id": "crd_2"}], "_pagination": {"next": None}}

    def respond(request: httpx.Request) -> httpx.Response:
        return said(200, next(others, last) if "page" in request.url.params else following)

    with Front(respond).client as client:
        assert [each["id"] for each in client.every("/contacts")] == ["crd_1", "crd_2"]


def test_a_handle_whose_answer_was_lost_is_ours_perhaps(tmp_path: Path):
    """Sent again it is there already: updated, but not certainly, so that a rollback doesn't undo it unasked."""
    there = {"id": "crd_1", "handles": [EMAIL]}
    lost = iter([True])

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return said(200, there)
        if next(lost, False):
            raise httpx.ReadTimeout("lost", request=request)
        return refused(409, "the contact has this handle")

    Front(respond).replay(tmp_path, [{"key": "1", "op": "handle.add", "contact": "crd_1", "body": EMAIL}])

    with closing(sqlite3.connect(tmp_path / "operations.checkpoint")) as db:
        assert list(db.execute("SELECT effect, certain FROM operation")) == [("updated", 0)]


@pytest.mark.parametrize(("gone", "requests"), [([], 1), ([57], 14), ([0], 14), ([99], 14), ([3, 57], 26)])
def test_members_that_are_gone_cost_few_requests(gone: list[int], requests: int, tmp_path: Path):
    """One of a hundred is found by halving; all others are on the list, each once."""
    missing = {f"crd_{n}" for n in gone}
    joined: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return said(200, {"_results": [{"id": "grp_1", "name": "A"}]})
        members = asked(request)["contact_ids"]
        if missing & set(members):
            return refused(404, "not found")
        joined.extend(members)
        return said(204)

    front = Front(respond)
    everyone = [f"crd_{n}" for n in range(100)]
    result = front.replay(tmp_path, [{"key": "l", "op": "list.add", "list": "A", "contacts": everyone}])

    assert result.refusals == ({"members_missing": 1} if gone else {})
    assert sorted(joined) == sorted(set(everyone) - missing)
    assert sum(method == "POST" for method, _ in front.log) <= requests


def creates(count: int) -> list[dict[str, Any]]:
    handles = [[{"source": "email", "handle": f"{n}@x.example"}] for n in range(count)]
    return [{"key": str(n), "op": "contact.create", "body": {"handles": each}} for n, each in enumerate(handles)]


def failing(at: set[str]) -> Front:
    """Make a Front that answers 500 to each creation of these handles, and has no contact."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return refused(404, "not found")
        (handle,) = asked(request)["handles"]
        if handle["handle"] in at:
            return refused(500, "boom")
        return said(201, {"id": f"crd_{handle['handle'].partition('@')[0]}"})

    return Front(respond)


@pytest.mark.parametrize("count", [1, 4])
def test_one_operation_at_which_front_fails_does_not_block_the_others(count: int, tmp_path: Path):
    """It is refused, not certainly; the run ends, and the same command again sends nothing."""
    front = failing({"0@x.example"})
    result = front.replay(tmp_path, creates(count))
    before = len(front.log)
    again = front.replay(tmp_path, creates(count))

    assert (result.refusals, result.effects.get("created", 0)) == ({"server_error": 1}, count - 1)
    assert (again.refusals, len(front.log)) == ({"server_error": 1}, before)
    with closing(sqlite3.connect(tmp_path / "operations.checkpoint")) as db:
        assert list(db.execute("SELECT certain FROM operation WHERE key = '0'")) == [(0,)]


def test_when_front_fails_at_everything_the_run_stops(tmp_path: Path):
    """Reads may be answered all the while: after a few operations it is Front, not they."""
    front = failing({f"{n}@x.example" for n in range(200)})

    with pytest.raises(Stopped, match="one operation after the other") as stopped:
        front.replay(tmp_path, creates(200))

    assert "--retry-failed" in str(stopped.value.hint)
    assert sum(method == "POST" for method, _ in front.log) < 200


def test_a_token_that_may_not_write_stops_the_run(tmp_path: Path):
    """A few 403 and no write that was taken: exit 4, not a request for each operation."""
    front = Front(lambda _: refused(403, "missing scope contacts:write"))

    with pytest.raises(SignInRefused, match="missing scope contacts:write"):
        front.replay(tmp_path, creates(200))

    assert len(front.log) < 30


def test_a_few_forbidden_operations_among_others_are_refused(tmp_path: Path):
    """Once something could be written each refusal is its operation's own."""

    def respond(request: httpx.Request) -> httpx.Response:
        mine = asked(request)["handles"][0]["handle"] == "0@x.example"
        return said(201, {"id": "crd_0"}) if mine else refused(403, "not this one")

    result = Front(respond).replay(tmp_path, creates(30), concurrency=1)

    assert (result.effects, result.refusals) == ({"created": 1}, {"forbidden": 29})
