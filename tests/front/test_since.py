"""A snapshot since an earlier one: what changed is merged, and what can't be seen is said."""

import json
from pathlib import Path

import pytest

from tests.front.company import Company, body, lines, take
from toolkit.errors import InputRefused
from toolkit.front.earlier import read_stamp
from toolkit.front.reading import Scope

DAY = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Company:
    """A company of six contacts, of which ``a.ndjson`` was taken; a day has passed."""
    made = Company(lists={"grp_1": "VIPs", "grp_2": "Old"})
    for number in range(6):
        made.add(number)
    made.members = {"grp_1": {"crd_0", "crd_1"}, "grp_2": {"crd_2"}}
    made.now += DAY
    take(made, tmp_path / "a.ndjson")
    made.now += DAY
    made.asked = []
    return made


def test_what_changed_is_merged(front: Company, tmp_path: Path):
    """Changed, created, put on and off lists, lists renamed and deleted: the lines of a whole snapshot."""
    front.change("crd_3", name="Changed")
    front.add(6)
    front.members["grp_1"] = {"crd_1", "crd_4"}
    front.lists = {"grp_1": "Very important"}
    result = take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")
    asked = [each for each in front.asked if each.startswith("/contacts?")]
    take(front, tmp_path / "whole.ndjson")

    assert body(tmp_path / "b.ndjson") == body(tmp_path / "whole.ndjson")
    assert len(asked) == 1
    assert "q[updated_after]=" in asked[0]
    assert result.whole < result.began - DAY / 2


def test_contacts_of_others_on_a_list_are_left_out(front: Company, tmp_path: Path):
    """A list may hold contacts that are not the company's shared ones: what no other answer showed is no line."""
    front.members["grp_1"].add(front.add(7))
    front.times["crd_7"][1] = 1.0  # no walk shows it as changed
    take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")

    assert "crd_7" not in [each.get("id") for each in lines(tmp_path / "b.ndjson")]


def test_what_was_deleted_stays_and_that_is_said(front: Company, tmp_path: Path):
    """In the result, and in the file's first line."""
    front.delete("crd_0")
    result = take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")

    assert result.unseen == ("deleted",)
    assert lines(tmp_path / "b.ndjson")[0]["unseen"] == ["deleted"]
    assert result.counts["contact"] == 6


def test_a_contact_whose_handle_another_has_now_is_asked_for(front: Company, tmp_path: Path):
    """Deleted and made again under another id: the old one is gone from the snapshot, and so from the next plan."""
    front.delete("crd_0")
    front.add(9, handle="P0@Example.com")
    result = take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")

    contacts = [each["id"] for each in lines(tmp_path / "b.ndjson") if each["resource"] == "contact"]
    assert contacts == ["crd_1", "crd_2", "crd_3", "crd_4", "crd_5", "crd_9"]
    assert front.asked[-1] == "/contacts/crd_0"
    assert any("others have their handles now: 1" in note for note in result.notes)


def test_members_are_kept_when_asked(front: Company, tmp_path: Path):
    """No list is read, contacts stay on their lists under today's names, and the file says that it may be wrong."""
    front.members["grp_1"] = set()
    front.lists["grp_1"] = "Very important"
    take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson", keep_members=True)
    found = lines(tmp_path / "b.ndjson")

    assert [each["lists"] for each in found if each.get("id") == "crd_0"] == [
        [{"id": "grp_1", "name": "Very important"}]
    ]
    assert found[0]["unseen"] == ["deleted", "list_members"]
    assert not any(each.startswith("/contact_lists/") for each in front.asked)


def test_lists_that_cost_more_than_a_whole_snapshot_are_told(front: Company, tmp_path: Path):
    """Everybody on two lists: that --keep-members would leave them out is said, and the result is right."""
    front.members = {"grp_1": set(front.contacts), "grp_2": set(front.contacts)}
    take(front, tmp_path / "b.ndjson")
    result = take(front, tmp_path / "c.ndjson", since=tmp_path / "b.ndjson")

    assert result.notes == ("reading the members of all lists costs more than a whole snapshot; see --keep-members",)
    assert body(tmp_path / "c.ndjson") == body(tmp_path / "b.ndjson")


@pytest.mark.parametrize(("age", "whole"), [(DAY / 2, True), (7 * DAY, False)])
def test_a_whole_one_is_made_when_the_last_is_older(front: Company, tmp_path: Path, age: float, whole: bool):
    """``full_after`` counts from the last whole one, and then the deleted contact is gone."""
    front.delete("crd_0")
    result = take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson", full_after=age)

    assert (result.counts["contact"], result.unseen) == ((5, ()) if whole else (6, ("deleted",)))


def test_the_last_whole_one_is_remembered_through_several(front: Company, tmp_path: Path):
    """b since a, c since b: c still knows when a was made."""
    take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")
    front.now += DAY
    front.add(6)
    front.asked = []
    take(front, tmp_path / "c.ndjson", since=tmp_path / "b.ndjson")
    asked = [each for each in front.asked if "updated_after" in each]
    told = [
        json.loads((tmp_path / f"{name}.ndjson.datapackage.json").read_text())["sf2front"]["counts"]
        for name in ("a", "b", "c")
    ]

    assert [each["whole"] for each in told] == [told[0]["began"]] * 3
    assert told[1]["began"] < told[2]["began"]
    assert asked[0].endswith(f"updated_after]={int(read_stamp(told[1]['began'])) - 600}")


def test_a_renamed_custom_field_makes_a_whole_one(front: Company, tmp_path: Path):
    """Every contact carries the new name, and none has changed."""
    front.fields = {"fld_1": "Level"}
    result = take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")

    assert result.unseen == ()
    assert "custom fields were renamed" in result.notes[0]


def test_an_earlier_snapshot_that_was_changed_is_refused(front: Company, tmp_path: Path):
    """What was changed by hand is not carried on."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(path.read_bytes().replace(b"P3", b"P4"))

    with pytest.raises(InputRefused, match="was changed since it was written"):
        take(front, tmp_path / "b.ndjson", since=path)


def test_an_earlier_snapshot_without_its_times_is_refused(front: Company, tmp_path: Path):
    """The times are in the descriptor beside it."""
    (tmp_path / "a.ndjson.datapackage.json").unlink()

    with pytest.raises(InputRefused, match=r"says when it was made \(a\.ndjson\.datapackage\.json\)"):
        take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson")


def test_an_earlier_snapshot_of_other_contacts_is_refused(front: Company, tmp_path: Path):
    """A workspace's contacts can't be merged into the company's."""
    with pytest.raises(InputRefused, match="is of other contacts: the company's shared contacts"):
        take(front, tmp_path / "b.ndjson", since=tmp_path / "a.ndjson", scope=Scope("tim_1"))
