"""A rollback sends the fewest requests, and still restores what was there before."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.test_engine import replay, upserts, write
from tests.rollback.test_rollback import Lines, lines, prepared, rolled_back, snapshot
from toolkit.front.client import FrontClient
from toolkit.rollback.fewest import fewest
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


CONTACTS, LISTS, ACCOUNTS = ("crd_1", "crd_2"), ("L", "M"), ("acc_1",)
MOVES = st.one_of(
    st.tuples(st.sampled_from(("list.add", "list.remove")), st.sampled_from(LISTS), st.sampled_from(CONTACTS)),
    st.tuples(
        st.sampled_from(("account.add_contacts", "account.remove_contacts")),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(CONTACTS),
    ),
    st.tuples(st.just("contact.update"), st.sampled_from(CONTACTS), st.sampled_from("xyz")),
    st.tuples(st.sampled_from(("list.delete", "list.create")), st.sampled_from(LISTS), st.none()),
    st.tuples(st.just("contact.delete"), st.sampled_from(CONTACTS), st.none()),
    st.tuples(st.just("account.delete"), st.sampled_from(ACCOUNTS), st.none()),
)


class Model:
    """What is there, and what an operation makes of it; one about what is not there is None."""

    def __init__(self) -> None:
        self.contacts = dict.fromkeys(CONTACTS, "")
        self.groups: dict[tuple[str, str], set[str]] = {("list", "L"): set()}
        self.groups |= {("account", name): set() for name in ACCOUNTS}

    def operation(self, op: str, name: str, what: str | None) -> dict[str, Any] | None:
        kind, verb = op.split(".")
        if (verb != "create") != (name in self.contacts or (kind, name) in self.groups):
            return None
        if verb == "create":
            return {"key": name, "op": op, "body": {"name": name}}
        if kind == "contact":
            return {"key": name, "op": op, "contact": name, "body": {"name": what}, "before": {}}
        return {"key": name, "op": op, kind: name, "contacts": [what]} if not what or what in self.contacts else None

    def apply(self, each: dict[str, Any]) -> None:
        kind, verb = each["op"].split(".")
        name = each["body"]["name"] if verb == "create" else each[kind]
        if verb == "create":
            self.groups[kind, name] = set()
        elif kind == "contact" and verb == "update":
            self.contacts[name] = each["body"]["name"]
        elif kind == "contact":
            del self.contacts[name]
            for members in self.groups.values():
                members.discard(name)
        elif verb == "delete":
            del self.groups[kind, name]
        elif verb.startswith("add"):
            assert set(each["contacts"]) <= set(self.contacts)
            self.groups[kind, name] |= set(each["contacts"])
        else:
            self.groups[kind, name] -= set(each["contacts"])


@settings(deadline=None)
@given(st.lists(MOVES, min_size=10, max_size=20))
def test_the_fewest_come_to_the_same_end(moves: list[tuple[str, str, str | None]]):
    """Whatever is to be done, deletions first and members together leave the same behind, with no request more."""
    one, other, operations = Model(), Model(), []
    for move in moves:
        if (operation := one.operation(*move)) is not None:
            operations.append(operation)
            one.apply(operation)

    few = fewest(operations)
    for each in few:
        other.apply(each)

    assert (other.contacts, other.groups) == (one.contacts, one.groups)
    assert len(few) <= len(operations)


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
