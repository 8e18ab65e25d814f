"""Whose contacts a snapshot is of, and what a token may not read."""

from pathlib import Path

import pytest

from tests.front.company import Company, lines, take
from toolkit.errors import SignInRefused, WrongSettings
from toolkit.front.reading import Scope


@pytest.fixture
def front() -> Company:
    """A company of one contact."""
    made = Company()
    made.add(1, _migration={"legacy_ids": ["crd_old"]}, is_private=False)
    return made


def test_a_workspace_is_asked_for_its_own_contacts(front: Company, tmp_path: Path):
    """Contacts and lists come from the workspace, and the first line says so."""
    take(front, tmp_path / "s.ndjson", scope=Scope("tim_1"))

    assert lines(tmp_path / "s.ndjson")[0]["scope"] == "tim_1"
    assert [each for each in front.asked if each.startswith("/teams/")] == [
        "/teams/tim_1/contact_lists", "/teams/tim_1/contacts?limit=100&sort_by=created_at&sort_order=asc",
    ]  # fmt: skip
    assert not any(each.startswith("/contacts?") for each in front.asked)


def test_a_workspace_that_is_not_there_is_a_wrong_setting(front: Company, tmp_path: Path):
    """404 for it names the id."""
    with pytest.raises(WrongSettings, match="tim_9"):
        take(front, tmp_path / "s.ndjson", scope=Scope("tim_9"))


def test_ids_of_before_the_migration_are_kept(front: Company, tmp_path: Path):
    """Ids that are stored elsewhere can be mapped."""
    take(front, tmp_path / "s.ndjson")

    assert lines(tmp_path / "s.ndjson")[-1]["legacy_ids"] == ["crd_old"]


@pytest.mark.parametrize("status", [403, 404])
def test_what_no_plan_needs_may_be_refused(front: Company, tmp_path: Path, status: int):
    """A token that may not read rules takes a snapshot all the same, and the first line says what is missing."""
    front.refused = {"/rules": status}
    result = take(front, tmp_path / "s.ndjson")

    assert lines(tmp_path / "s.ndjson")[0]["unseen"] == ["rule"]
    assert f"Front answered {status} to /rules" in result.notes[0]


def test_what_a_plan_needs_may_not_be_refused(front: Company, tmp_path: Path):
    """Without contact lists there is no snapshot."""
    front.refused = {"/contact_lists": 403}

    with pytest.raises(SignInRefused, match="403"):
        take(front, tmp_path / "s.ndjson")


def test_members_of_accounts_are_in_the_order_of_their_ids(front: Company, tmp_path: Path):
    """Whatever the order and the pages in which Front gives them."""
    front.accounts = ["acc_1"]
    front.members["acc_1"] = {front.add(number) for number in (9, 2, 5)}
    take(front, tmp_path / "s.ndjson", accounts=True)

    assert [each["contacts"] for each in lines(tmp_path / "s.ndjson") if each["resource"] == "account"] == [
        ["crd_2", "crd_5", "crd_9"]
    ]
