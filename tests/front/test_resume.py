"""A snapshot that was stopped goes on, whatever became of Front and of its links meanwhile."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.front.company import Company, Killed, body, lines, take
from toolkit.errors import CannotWrite, Stopped, WrongSettings
from toolkit.files import Outputs
from toolkit.front.part import Part, part_of
from toolkit.front.snapshot import SnapshotSettings, run

DAY = 86_400.0


def company(count: int = 9) -> Company:
    """A company of some contacts, the even ones on a list."""
    made = Company(lists={"grp_1": "VIPs"})
    for number in range(count):
        made.add(number)
    made.members["grp_1"] = {f"crd_{number}" for number in range(0, count, 2)}
    made.now += DAY
    return made


def take_killed(front: Company, output: Path, at: int, **settings: Any) -> None:
    """Take a snapshot that ends at its request number ``at``."""
    front.kill_at, front.asked = at, []
    with pytest.raises(Killed):
        take(front, output, **settings)
    front.kill_at, front.asked = 0, []


def test_a_snapshot_killed_at_any_request_goes_on_to_the_same_file(tmp_path: Path):
    """Killed at each request in turn, with the files as they are on disk just then, and run again: the bytes of the
    undisturbed run, and no page read twice.
    """
    front = company()
    whole = take(front, tmp_path / "whole.ndjson")
    for at in range(1, whole.requests + 1):
        output = tmp_path / f"{at}" / "s.ndjson"
        front.on_kill = lambda at=at: shutil.copytree(tmp_path / "running", tmp_path / f"{at}")  # type: ignore[misc]
        (tmp_path / "running").mkdir()
        take_killed(front, tmp_path / "running" / "s.ndjson", at)
        shutil.rmtree(tmp_path / "running")
        take(front, output)

        assert output.read_bytes() == (tmp_path / "whole.ndjson").read_bytes()
        assert sorted(each.name for each in output.parent.iterdir()) == ["s.ndjson", "s.ndjson.datapackage.json"]
        pages = [each for each in front.asked if each.startswith("/contacts?") and "updated_after" not in each]
        assert len(pages) == (5 if at <= 7 else 12 - at + 1)


def test_a_link_that_has_grown_old_is_not_followed(tmp_path: Path):
    """A day later: newest first until what was read is met, then what changed; what was deleted can't be seen."""
    front = company(20)
    take_killed(front, tmp_path / "s.ndjson", 12)
    front.now += DAY
    front.change("crd_1", name="Changed")
    front.change("crd_2", name="Changed too, and on no list any more")
    front.add(20)
    front.members["grp_1"] = {"crd_1", "crd_20"}
    result = take(front, tmp_path / "s.ndjson")
    asked = list(front.asked)
    take(front, tmp_path / "whole.ndjson")

    assert body(tmp_path / "s.ndjson") == body(tmp_path / "whole.ndjson")
    assert lines(tmp_path / "s.ndjson")[0]["unseen"] == ["deleted"]
    assert any("gone on with what was read from" in note for note in result.notes)
    assert [each for each in asked if "sort_order=asc" in each and "updated_after" not in each] == []
    assert len([each for each in asked if "sort_order=desc" in each]) == 9  # 12 contacts not read yet, and two pages


def test_lists_of_everybody_are_not_read_to_go_on(tmp_path: Path):
    """That would cost more than it saves; the first line says that members may have changed."""
    front = company(20)
    front.members["grp_1"] = set(front.contacts)
    take_killed(front, tmp_path / "s.ndjson", 12)
    front.now += DAY
    take(front, tmp_path / "s.ndjson")

    assert lines(tmp_path / "s.ndjson")[0]["unseen"] == ["deleted", "list_members"]
    assert not any(each.startswith("/contact_lists/") for each in front.asked)


def test_members_of_accounts_read_long_ago_are_told(tmp_path: Path):
    """They are not read again, and the first line says so."""
    front = company(4)
    front.accounts = ["acc_1", "acc_2"]
    take_killed(front, tmp_path / "s.ndjson", 11, accounts=True)
    front.now += DAY
    take(front, tmp_path / "s.ndjson", accounts=True)

    assert [each for each in front.asked if each.startswith("/accounts/acc")] == ["/accounts/acc_2/contacts?limit=100"]
    assert lines(tmp_path / "s.ndjson")[0]["unseen"] == ["account_members"]


def test_a_file_that_is_no_part_is_not_touched(tmp_path: Path):
    """Something else under the part's name is named, and stays."""
    path = part_of(tmp_path / "s.ndjson")
    path.write_text("notes of mine, and long enough to be looked at as a database's first page\n" * 20)
    before = path.read_bytes()

    with pytest.raises(CannotWrite, match="is not an unfinished snapshot"):
        take(company(), tmp_path / "s.ndjson")
    assert path.read_bytes() == before


def test_a_link_that_front_refuses_is_given_up(tmp_path: Path):
    """Page tokens that are invalid sooner than we think lead to the same file."""
    front = company()
    take_killed(front, tmp_path / "s.ndjson", 10)
    front.stale_links = True
    front.page = 100
    take(front, tmp_path / "s.ndjson")
    take(front, tmp_path / "whole.ndjson")

    assert body(tmp_path / "s.ndjson") == body(tmp_path / "whole.ndjson")


def test_killed_while_it_goes_on(tmp_path: Path):
    """Killed at each request of the second run too: the third ends it."""
    front = company(20)
    take_killed(front, tmp_path / "s.ndjson", 12)
    undisturbed = (tmp_path / "s.ndjson.part").read_bytes()
    front.now += DAY
    take(front, tmp_path / "s.ndjson")
    count = len(front.asked)
    for at in range(1, count + 1):
        (tmp_path / f"{at}.ndjson.part").write_bytes(undisturbed)
        take_killed(front, tmp_path / f"{at}.ndjson", at)
        take(front, tmp_path / f"{at}.ndjson")

        assert (tmp_path / f"{at}.ndjson").read_bytes() == (tmp_path / "s.ndjson").read_bytes()


def test_what_was_all_read_is_still_brought_up_to_date(tmp_path: Path):
    """Stopped between the last page and the file: what changed since is asked for, not passed over."""
    front = company()
    with Outputs() as outputs:
        run(SnapshotSettings(tmp_path / "s.ndjson"), front.client(), outputs)
    front.change("crd_3", name="Changed")
    take(front, tmp_path / "s.ndjson")

    assert [each["name"] for each in lines(tmp_path / "s.ndjson") if each.get("id") == "crd_3"] == ["Changed"]


def test_changes_during_a_long_reading_are_read_at_its_end(tmp_path: Path):
    """A contact that changes after its page was read is in the snapshot as it is at the end."""
    front = company()
    answer = front.answer

    def slow(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        front.now += 200.0
        if len(front.asked) == 10:
            front.change("crd_0", name="Changed")
        return found

    front.answer = slow  # type: ignore[method-assign]
    take(front, tmp_path / "s.ndjson")

    assert [each["name"] for each in lines(tmp_path / "s.ndjson") if each.get("id") == "crd_0"] == ["Changed"]


def test_custom_fields_that_were_renamed_meanwhile_begin_it_anew(tmp_path: Path):
    """The contacts that were read carry the old name."""
    front = company()
    take_killed(front, tmp_path / "s.ndjson", 10)
    front.fields = {"fld_1": "Level"}
    result = take(front, tmp_path / "s.ndjson")

    assert result.notes == ("custom fields were renamed or removed meanwhile: begun anew",)
    assert result.counts["contact"] == 9


def test_what_is_left_of_another_snapshot_is_not_thrown_away_unasked(tmp_path: Path):
    """Hours may be in it: the difference is named, and --restart gives it up."""
    front = company()
    take_killed(front, tmp_path / "s.ndjson", 10)
    with pytest.raises(WrongSettings, match=r"of another kind: accounts$"):
        take(front, tmp_path / "s.ndjson", accounts=True)
    result = take(front, tmp_path / "s.ndjson", accounts=True, restart=True)

    assert any("begun anew" in note for note in result.notes)
    assert result.counts["contact"] == 9


def test_what_is_a_week_old_is_begun_anew(tmp_path: Path):
    """Too much may have been deleted meanwhile."""
    front = company()
    take_killed(front, tmp_path / "s.ndjson", 10)
    front.now += 8 * DAY
    front.delete("crd_0")
    result = take(front, tmp_path / "s.ndjson")

    assert (result.counts["contact"], result.unseen) == (8, ())


def test_two_runs_do_not_write_one_snapshot(tmp_path: Path):
    """The second is told that there is another."""
    with Part(part_of(tmp_path / "s.ndjson")), pytest.raises(Stopped, match="another snapshot is writing"):
        take(company(), tmp_path / "s.ndjson")


def test_pages_that_lead_back_to_each_other_end_the_reading(tmp_path: Path):
    """A link that was followed already is not followed for ever."""
    front = company()
    answer = front.answer

    def circular(request: httpx.Request) -> httpx.Response:
        url = str(request.url).replace("page_token=6", "page_token=2")
        return answer(httpx.Request("GET", url))

    front.answer = circular  # type: ignore[method-assign]
    with pytest.raises(Stopped, match="lead back to each other"):
        take(front, tmp_path / "s.ndjson")
