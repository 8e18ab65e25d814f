"""A plan that may not be sent to its end: its order, what waits of an earlier one, and the guards."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.plan.test_compile import email, upsert
from tests.plan.test_options import LIST, ON, files, snapshot_lines
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.plan.guards import Changes, Guards, Limit
from toolkit.plan.stage import PlanResult, PlanSettings, run

Lines = list[dict[str, Any]]


def planned(settings: PlanSettings) -> PlanResult:
    with Outputs() as outputs:
        result = run(settings, outputs)
        outputs.commit()
    return result


def lines(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text().splitlines()]


def four_to_rename(folder: Path, *more: dict[str, Any]) -> PlanSettings:
    """Four contacts, each of whom an upsert renames; the third joins a list too."""
    known = [*snapshot_lines([{"name": f"Old {n}"} for n in range(4)]), LIST]
    wanted = [upsert(f"k{n}", f"{n}@b.example", name=f"New {n}") for n in range(4)]
    wanted[2]["body"]["list_names"] = ["All"]
    return replace(files(folder, known, [*wanted, *more]), queue=True)


def results(settings: PlanSettings, done: int) -> Path:
    """Write the results of a replay that came so far."""
    states = [
        {"line": n, "state": "done" if n <= done else "pending"} for n in range(1, len(lines(settings.output)) + 1)
    ]
    path = settings.output.with_name(f"{settings.output.stem}.results.ndjson")
    path.write_text("".join(json.dumps(each) + "\n" for each in states))
    return path


def test_new_contacts_and_members_come_before_changes(tmp_path: Path):
    """Whoever is not there yet can't wait, and a list takes a hundred in one request."""
    settings = four_to_rename(tmp_path, upsert("new", "new@b.example", name="Ada"))
    planned(settings)

    order = [(each["op"], each["key"]) for each in lines(settings.output)]
    assert order == [
        ("contact.create", "new"), ("list.add", "list:All"), *(("contact.update", f"k{n}") for n in range(4)),
    ]  # fmt: skip


def test_without_a_queue_the_order_is_the_upserts(tmp_path: Path):
    """Contacts first, as they stand in the file, then members."""
    settings = replace(four_to_rename(tmp_path, upsert("new", "new@b.example")), queue=False)
    planned(settings)

    assert [each["key"] for each in lines(settings.output)] == ["k0", "k1", "k2", "k3", "new", "list:All"]


def test_what_waits_since_an_earlier_plan_comes_first(tmp_path: Path):
    """Night after night: who came last in the one plan and was not reached is first in the next."""
    settings = four_to_rename(tmp_path)
    first = replace(settings, output=tmp_path / "first.ndjson")
    planned(first)
    results(first, 3)  # list:All, k0, k1
    second = replace(settings, output=tmp_path / "second.ndjson", waiting=first.output)
    waited = planned(second).waited

    assert [each["key"] for each in lines(second.output)] == ["list:All", "k2", "k3", "k0", "k1"]
    assert waited == Changes(updated=2)


def test_guards_judge_only_what_is_new(tmp_path: Path):
    """What an earlier plan was let do is not held again; one contact more than that is."""
    settings = four_to_rename(tmp_path)
    first = replace(settings, output=tmp_path / "first.ndjson")
    planned(first)
    results(first, 3)
    second = replace(settings, output=tmp_path / "second.ndjson", waiting=first.output)

    planned(replace(second, guards=Guards(updates=Limit.read("2"))))
    with pytest.raises(InputRefused) as caught:
        planned(replace(second, guards=Guards(updates=Limit.read("1"))))
    assert "update 2 of 4 contacts" in caught.value.problems[0].sentence


def test_all_of_a_plan_that_was_never_sent_waits(tmp_path: Path):
    """A held plan has no results: a person who lets it pass lets all of it pass."""
    settings = four_to_rename(tmp_path)
    first = replace(settings, output=tmp_path / "first.ndjson")
    planned(first)
    again = replace(settings, waiting=first.output, guards=Guards(updates=Limit.read("0")))

    assert planned(again).changes == Changes(updated=4)


def test_results_of_another_plan_are_refused(tmp_path: Path):
    """Lines must be those of the plan."""
    settings = four_to_rename(tmp_path)
    first = replace(settings, output=tmp_path / "first.ndjson")
    planned(first)
    results(first, 3).write_text('{"line": 7, "state": "done"}\n')

    with pytest.raises(InputRefused, match="not the results of first"):
        planned(replace(settings, waiting=first.output))


HEAD = {
    "resource": "leavers", "version": 1, "missing": False, "lists": ["All"], "custom_fields": ["Color"],
    "gone": {"policies": ["delete"], "lists": ["All"]},
    "opted_out": {"policies": ["clear_fields", "remove_from_lists"], "lists": ["All"]},
}  # fmt: skip


def leaving(folder: Path, known: Lines, told: Lines, wanted: Lines) -> PlanSettings:
    path = folder / "leavers.ndjson"
    path.write_text("".join(json.dumps(each) + "\n" for each in told))
    return replace(files(folder, [*known, LIST], wanted), leavers=path)


def test_who_waits_for_a_list_does_not_wait_to_be_deleted(tmp_path: Path):
    """What an earlier plan left passes the guards as far as it was the same: a deletion alone lets a deletion pass."""
    known = snapshot_lines([{}, {}])
    joins = [upsert(f"k{n}", f"{n}@b.example", list_names=["All"]) for n in range(2)]
    first = replace(files(tmp_path, [*known, LIST], joins), queue=True, output=tmp_path / "first.ndjson")
    planned(first)
    on = snapshot_lines([{"lists": ON}, {"lists": ON}])
    gone = leaving(tmp_path, on, [HEAD, leaver(0, "gone"), leaver(1, "opted_out")], [])
    second = replace(gone, waiting=first.output, output=tmp_path / "second.ndjson")
    result = planned(second)
    assert (result.changes, result.waited) == (Changes(updated=1, deleted=1, leaving=1), Changes())

    third = planned(replace(second, waiting=second.output, output=tmp_path / "third.ndjson"))
    assert third.waited == third.changes


def leaver(number: int, why: str) -> dict[str, Any]:
    return {"key": f"k{number}", "why": why, "handles": [email(f"{number}@b.example")]}


def test_leavers_lose_what_is_ours(tmp_path: Path):
    """Fields, then lists, then whole contacts; one that an upsert wants stays, and one that is on no list of ours."""
    two = [*ON, {"id": "grp_2", "name": "Theirs"}]
    fields = {"Color": "blue", "Revenue": 1}
    known = snapshot_lines([{"lists": two, "custom_fields": fields}, {"lists": ON}, {"lists": ON}, {"lists": []}])
    told = [HEAD, leaver(0, "opted_out"), *(leaver(n, "gone") for n in (1, 2, 3))]
    settings = leaving(tmp_path, known, told, [upsert("2", "2@b.example")])
    result = planned(settings)

    assert [(each["op"], each.get("contact")) for each in lines(settings.output)] == [
        ("contact.update", "crd_0"), ("list.remove", None), ("contact.delete", "crd_1"),
    ]  # fmt: skip
    update, off, _ = lines(settings.output)
    assert (update["body"], update["before"]) == ({"custom_fields": {"Revenue": 1}}, {"custom_fields": fields})
    assert (off["list"], off["contacts"]) == ("All", ["crd_0"])
    assert result.changes == Changes(updated=1, deleted=1, leaving=1)


def test_who_leaves_does_not_wait_for_accounts(tmp_path: Path):
    """A wish to get no messages comes before all that a mass update of accounts would send."""
    known = snapshot_lines([{"lists": ON, "custom_fields": {"Color": "blue"}}, {}])
    known[0] |= {"accounts": True}
    known.insert(1, {"resource": "account", "id": "acc_1", "name": "Acme", "domains": [], "contacts": ["crd_1"]})
    account = {"name": "Acme", "domains": ["acme.example"]}
    settings = leaving(tmp_path, known, [HEAD, leaver(0, "opted_out")], [upsert("1", "1@b.example", account=account)])
    planned(replace(settings, queue=True))

    order = [each["op"] for each in lines(settings.output)]
    assert order == ["contact.update", "list.remove", "account.update"]


def test_a_row_that_is_gone_and_opted_out_suffers_both(tmp_path: Path):
    """The graver of two policies holds: what is deleted is not cleared first."""
    known = snapshot_lines([{"lists": ON, "custom_fields": {"Color": "blue"}}])
    settings = leaving(tmp_path, known, [HEAD, leaver(0, "opted_out"), leaver(0, "gone")], [])
    planned(settings)

    assert [each["op"] for each in lines(settings.output)] == ["contact.delete"]


def test_who_opted_out_is_not_missing(tmp_path: Path):
    """Where the rows are all there are, a row that opted out is one of them; nobody is gone who can't be told."""
    head = HEAD | {"missing": True, "opted_out": {"policies": [], "lists": []}}
    known = snapshot_lines([{"lists": ON}, {"lists": ON}])
    missing = leaving(tmp_path, known, [head, leaver(0, "opted_out")], [])
    planned(missing)
    assert [each["contact"] for each in lines(missing.output)] == ["crd_1"]

    untold = leaving(tmp_path, known, [head, {"key": "k0", "why": "rejected", "handles": []}], [])
    assert "1 row has neither handle nor external ID" in planned(untold).warnings[-1]
    assert lines(untold.output) == []


@pytest.mark.parametrize("told", [[leaver(0, "gone")], [HEAD, {"key": "1", "why": "bored", "handles": []}], []])
def test_a_file_that_is_not_of_leavers_is_refused(tmp_path: Path, told: Lines):
    """Without its first line, or with a line that is none."""
    settings = leaving(tmp_path, snapshot_lines([{}]), told, [])

    with pytest.raises(InputRefused):
        planned(settings)
