"""What a plan does only when it is asked to: external ids, removals, deletions, merges, other places, guards."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plan.test_compile import contact, email, state, upsert
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.front.changes import handle_key
from toolkit.front.state import FrontState, external_key, handle_name, read_state
from toolkit.front.stored import open_state
from toolkit.operation import checked_operations, operation
from toolkit.plan.compile import Plan, Planner, PlanOptions, compile_plan
from toolkit.plan.guards import Changes, Guards, Limit
from toolkit.plan.stage import PlanSettings, run

LIST = {"resource": "contact_list", "id": "grp_1", "name": "All"}
ON = [{"id": "grp_1", "name": "All"}]


def plan(upserts: list[dict[str, Any]], known: FrontState, **options: Any) -> Plan:
    """Compile a plan that its reader takes, whatever the options."""
    made = compile_plan([operation(n, line) for n, line in enumerate(upserts, start=1)], known, PlanOptions(**options))
    list(checked_operations(enumerate(made.operations, start=1), "plan.ndjson"))
    return made


def by_color(*given: dict[str, Any]) -> FrontState:
    known = state(*given)
    known.external_id = "Color"
    for each in given:
        known.index_contact(each)
    return known


def test_an_external_id_finds_a_contact_whose_handles_are_others():
    """The new address is added to the contact that the custom field names."""
    known = by_color(contact("crd_1", "old@b.example", custom_fields={"Color": "003"}))
    made = plan([upsert("1", "new@b.example", custom_fields={"Color": "003"})], known)

    assert [(each["op"], each["contact"]) for each in made.operations] == [("handle.add", "crd_1")]


def test_an_external_id_and_a_handle_of_two_contacts_are_a_conflict():
    """Where the other has no external id a merge is proposed; where it has one of its own, it is never merged."""
    ours, bare = contact("crd_1", "a@b.example", custom_fields={"Color": "003"}), contact("crd_2", "b@b.example")
    foreign = bare | {"custom_fields": {"Color": "004"}}
    wanted = [upsert("1", "b@b.example", custom_fields={"Color": "003"})]

    for other, code, merged in ((bare, "several_contacts", 1), (foreign, "handle_of_another", 0)):
        assert [each.code for each in plan(wanted, by_color(ours, other)).conflicts] == [code]
        operations = plan(wanted, by_color(ours, other), merge_conflicts=True).operations
        assert [each["op"] for each in operations].count("contact.merge") == merged


@pytest.mark.parametrize(
    ("wanted", "here", "code"),
    [
        ({"Color": "003"}, "004", ["handle_of_another"]),
        ({"Color": 3}, "003", ["handle_of_another"]),
        ({"Color": "003"}, "003", []),
        ({"Color": "003"}, "", []),
        ({"Color": "003"}, None, []),
        ({"Revenue": 1}, "004", []),
    ],
)
def test_a_contact_with_another_external_id_is_another_persons(wanted: dict[str, Any], here: Any, code: list[str]):
    """A shared address does not hand it over; one without an external id, or an upsert without, is found by handle."""
    known = by_color(contact("crd_1", "info@b.example", custom_fields={"Color": here}))
    known.custom_fields["Color"] = known.custom_fields["Color"] | {"type": ""}
    made = plan([upsert("1", "info@b.example", custom_fields=wanted)], known, merge_conflicts=True)

    assert [each.code for each in made.conflicts] == code
    assert [each["op"] for each in made.operations if code] == []


def test_conflicts_are_merged_and_updated_as_one_when_asked():
    """The target first; what a merge leaves open is sent whole; what each was stands under before."""
    known = state(
        contact("crd_1", "a@b.example", custom_fields={"Color": "blue"}),
        contact("crd_2", "b@b.example", custom_fields={"Color": "red", "Revenue": 1}),
    )
    made = plan([upsert("1", "a@b.example", "b@b.example", name="Ada")], known, merge_conflicts=True)

    merge, update = made.operations
    assert (merge["op"], merge["contact"], merge["contacts"]) == ("contact.merge", "crd_1", ["crd_2"])
    assert [each["id"] for each in merge["before"]["contacts"]] == ["crd_1", "crd_2"]
    assert update["body"] == {"name": "Ada", "custom_fields": {"Color": "blue", "Revenue": 1}}
    assert update["before"] == {"name": "", "custom_fields": {"Color": "blue"}}


def test_handles_are_removed_only_when_asked_and_of_sources_asked_for():
    """Another address goes, a phone number that nobody mentioned stays."""
    phone = {"source": "phone", "handle": "+14155550123"}
    here = contact("crd_1", "a@b.example", "old@b.example")
    known = state(here | {"handles": [*here["handles"], phone]})

    assert plan([upsert("1", "a@b.example")], known).operations == []
    made = plan([upsert("1", "a@b.example")], known, remove_handles=True)
    assert [(each["op"], each["body"]) for each in made.operations] == [("handle.remove", email("old@b.example"))]


def test_contacts_leave_lists_only_when_asked_and_only_lists_that_upserts_name():
    """A list that no upsert knows is somebody else's."""
    both = [*ON, {"id": "grp_2", "name": "Hand made"}]
    known = state(LIST, contact("crd_1", "a@b.example", lists=both), contact("crd_2", "b@b.example", lists=ON))
    wanted = [upsert("1", "a@b.example"), upsert("2", "b@b.example", list_names=["All"])]

    assert plan(wanted, known).operations == []
    assert plan(wanted, known, remove_from_lists=True).operations == [
        {
            "key": "list:All", "op": "list.remove", "list": "All", "contacts": ["crd_1"],
            "before": {"contacts": ["crd_1"]},
        }
    ]  # fmt: skip


def test_leaving_a_list_is_a_change_that_a_guard_counts(tmp_path: Path):
    """A contact that only leaves is no unchanged one; the last upsert may be the one that names the list."""
    on = [*ON, {"id": "grp_2", "name": "VIPs"}, {"id": "grp_3", "name": "Hand made"}]
    lines = [*snapshot_lines([{"lists": on}, {"lists": on}, {"lists": ON}]), LIST]
    lists = (["All"], ["All"], ["All", "VIPs"])
    upserts = [upsert(str(n), f"{n}@b.example", list_names=names) for n, names in enumerate(lists)]
    made = replace(files(tmp_path, lines, upserts), options=PlanOptions(remove_from_lists=True))

    with Outputs() as outputs:
        result = run(made, outputs)
    assert (result.upserts, result.unchanged, result.operations["list.remove"]) == (3, 0, 1)
    with Outputs() as outputs, pytest.raises(InputRefused) as caught:
        run(replace(made, guards=Guards(updates=Limit.read("2"))), outputs)
    assert "update 3 of 3 contacts" in caught.value.problems[0].sentence


def test_a_merged_contact_leaves_the_lists_of_those_merged_into_it():
    """A merge brings their lists; the target is taken off those that its upsert does not name, once each."""
    known = state(
        LIST,
        contact("crd_1", "a@b.example"),
        contact("crd_2", "b@b.example", lists=ON),
        contact("crd_3", "c@b.example", lists=ON),
    )
    wanted = [upsert("1", "a@b.example", "b@b.example", "c@b.example"), upsert("2", "d@b.example", list_names=["All"])]
    made = plan(wanted, known, merge_conflicts=True, remove_from_lists=True).operations

    assert [each["contacts"] for each in made if each["op"] == "list.remove"] == [["crd_1"]]


def test_missing_contacts_are_deleted_only_when_asked_and_never_one_that_a_conflict_means():
    """The whole contact stands under before."""
    people = [contact(f"crd_{n}", f"{n}@b.example", lists=ON) for n in range(4)]
    known = state(LIST, *people, contact("crd_9", "9@b.example"))
    wanted = [upsert("1", "0@b.example"), upsert("2", "1@b.example", "2@b.example")]

    assert plan(wanted, known).operations == []
    (deletion,) = plan(wanted, known, delete_missing=("All",)).operations
    whole = {key: value for key, value in people[3].items() if key != "resource"}
    assert deletion == {"key": "contact:crd_3", "op": "contact.delete", "contact": "crd_3", "before": whole}
    with pytest.raises(InputRefused, match="no contact list 'Al': did you mean 'All'"):
        plan(wanted, known, delete_missing=("Al",))


def test_new_contacts_go_where_they_are_told():
    """A create names its workspace; what its upsert says goes before what is said of all."""
    own = upsert("2", "b@b.example") | {"into": {"teammate": "tea_1"}}
    made = plan([upsert("1", "a@b.example"), own], state(), into={"team": "tim_1"})

    assert [each["into"] for each in made.operations] == [{"team": "tim_1"}, {"teammate": "tea_1"}]


def planned(folder: Path, scope: str, upserts: list[dict[str, Any]], **into: str) -> tuple[str, ...]:
    """Plan against a snapshot of this scope; give the warnings."""
    lines = snapshot_lines([{}])
    lines[0] |= {"scope": scope} if scope else {}
    made = replace(files(folder, lines, upserts), options=PlanOptions(into=into))
    with Outputs() as outputs:
        return run(made, outputs).warnings


def test_a_plan_says_so_when_it_makes_contacts_where_the_snapshot_does_not_look(tmp_path: Path):
    """Who is there already is not seen; nobody's contacts become everybody's because an option was forgotten."""
    new, known = upsert("1", "new@b.example"), upsert("2", "0@b.example", name="Ada")
    own = new | {"into": {"teammate": "tea_1"}}
    unseen = "the snapshot is of the company's shared contacts: who is in tea_1 already is not seen"

    assert planned(tmp_path, "", [new, known]) == ()
    assert planned(tmp_path, "tea_1", [known]) == ()
    assert unseen in planned(tmp_path, "", [own])
    assert len(planned(tmp_path, "", [own])) == 2
    assert len(planned(tmp_path, "tea_1", [own])) == len(planned(tmp_path, "tea_1", [new], teammate="tea_1")) == 1
    assert len(planned(tmp_path, "tim_1", [new], teammate="tea_1")) == 2
    with pytest.raises(InputRefused, match="line 2 makes a shared contact, and the snapshot is of tea_1") as caught:
        planned(tmp_path, "tea_1", [own, new | {"key": "2"} | {"body": {"handles": [email("z@b.example")]}}])
    assert "--teammate tea_1" in caught.value.hint


@pytest.mark.parametrize(
    ("limit", "lets"), [("10%", True), ("9%", False), ("1", True), ("0", False), ("0%", False), ("100 %", True)]
)
def test_guards_refuse_a_plan_larger_than_expected(limit: str, lets: bool):
    """A share of the snapshot's contacts, or a number; the sentence has the numbers."""
    guards = Guards(updates=Limit.read(limit))
    if lets:
        guards.check(10, Changes(1))
    else:
        with pytest.raises(InputRefused) as caught:
            guards.check(10, Changes(1))
        assert "update 1 of 10 contacts (10.0%)" in caught.value.problems[0].sentence


def test_a_guard_counts_new_contacts(tmp_path: Path):
    """They are held against those that are there."""
    made = files(tmp_path, snapshot_lines([{}]), [upsert(str(n), f"new{n}@b.example") for n in range(3)])

    with Outputs() as outputs, pytest.raises(InputRefused) as caught:
        run(replace(made, guards=Guards(creates=Limit.read("2"))), outputs)
    told = caught.value.problems[0].sentence
    assert "make 3 new ones beside 1 contacts (300.0%); --max-creates 2 lets 2 pass" in told


TEXT = st.sampled_from(["", "Ada", "Bob", 'q"u\\o{te}', "é"])
VALUE = st.sampled_from([0, 1, 1.0, True, False, "", "1"])
EMAILS = ("a@b.example", "A@b.example", "c@b.example", "d@b.example")
NAMES = st.lists(st.sampled_from(["All", "VIPs"]), unique=True)
PARTS = {
    "name": TEXT.filter(bool), "description": TEXT, "links": st.lists(st.sampled_from(["l1", "l2"]), unique=True),
    "custom_fields": st.dictionaries(st.sampled_from(["Color", "Revenue"]), VALUE),
}  # fmt: skip
WANTED = st.fixed_dictionaries({}, optional=PARTS | {"list_names": NAMES})
HERE = st.fixed_dictionaries(PARTS | {"lists": NAMES.map(lambda names: [{"id": "g", "name": each} for each in names])})
HANDLES = st.lists(st.sampled_from(EMAILS), min_size=1, max_size=2, unique=True)
HANDLE = st.fixed_dictionaries(
    {"source": st.sampled_from(["email", "phone", "custom", "twitter"]), "handle": st.text()}
)


@given(HANDLE)
def test_a_handle_has_one_name_in_both_writings(handle: dict[str, str]):
    """The text by which a contact is found is the key by which handles are compared."""
    assert handle_name(handle) == "\n".join(handle_key(handle))


def snapshot_lines(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    head = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": False}
    fields = [{"resource": "custom_field", "id": f"fld_{n}", "name": n, "type": ""} for n in ("Color", "Revenue")]
    handles = [{"handles": [email(f"{n}@b.example")], "is_private": False} for n in range(4)]
    made = [{"resource": "contact", "id": f"crd_{n}"} | handles[n] | each for n, each in enumerate(contacts)]
    return [head, *fields, *made]


def files(folder: Path, lines: list[dict[str, Any]], upserts: list[dict[str, Any]]) -> PlanSettings:
    """Write both files as the stages do, and say where the plan goes."""
    wanted, known = folder / "operations.ndjson", folder / "front.ndjson"
    for path, content in ((wanted, upserts), (known, lines)):
        text = (json.dumps(each, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for each in content)
        path.write_text("".join(f"{line}\n" for line in text))
    return PlanSettings(wanted, known, folder / "plan.ndjson")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(HERE, max_size=4),
    st.lists(st.tuples(st.integers(0, 5), WANTED), max_size=5),
    st.booleans(),
    st.sampled_from(["", "Color"]),
)
def test_the_fast_way_gives_the_plan_of_the_careful_one(
    tmp_path_factory: pytest.TempPathFactory, here: list[Any], wanted: list[Any], merge: bool, external_id: str
):
    """Read from files, at a glance where that will do: the same operations, conflicts and counts, byte for byte."""
    upserts = [upsert(str(n), f"{who}@b.example", f"{n % 5}@B.example", **body) for n, (who, body) in enumerate(wanted)]
    for each in upserts:
        each["body"]["handles"] = list({handle_name(handle): handle for handle in each["body"]["handles"]}.values())
    lines, options = snapshot_lines(here), PlanOptions(merge_conflicts=merge)
    careful = Planner(read_state(enumerate(lines, start=1), "front.ndjson", external_id), options)
    middle = [made for n, line in enumerate(upserts, start=1) for made in careful.take(operation(n, line))]
    expected = [*careful.first(), *middle, *careful.last()]

    given_files = files(tmp_path_factory.mktemp("plan"), lines, upserts)
    with Outputs() as outputs:
        result = run(PlanSettings(*_places(given_files), options=options, external_id=external_id), outputs)
        outputs.commit()

    text = given_files.output.read_text().splitlines()
    assert [json.loads(line) for line in text] == expected
    assert result.unchanged == careful.unchanged
    assert sum(result.conflicts.values()) == len(careful.conflicts)


def test_the_external_id_that_a_mapping_names_is_used(tmp_path: Path):
    """The upserts say which field it is; a field that Front does not have is refused, in them and on the way."""
    lines = snapshot_lines([{"custom_fields": {"Color": "003"}}])
    wanted = upsert("1", "new@b.example", custom_fields={"Color": "003"}) | {"external_id": "Color"}
    made = files(tmp_path, lines, [wanted])
    with Outputs() as outputs:
        assert run(made, outputs).operations == {"handle.add": 1}
    with Outputs() as outputs, pytest.raises(InputRefused, match=r"no custom field 'Colour'.* did you mean 'Color'"):
        run(replace(made, external_id="Colour"), outputs)


def _places(made: PlanSettings) -> tuple[Path, Path, Path]:
    return made.operations, made.snapshot, made.output


@pytest.mark.parametrize("odd", ['x"handles":[]', '\\"handles":[{"handle":"z","source":"custom"}],"id":"crd_9",', "{}"])
def test_a_stored_snapshot_is_the_one_in_memory(odd: str, tmp_path: Path):
    """Whatever stands in a contact's texts and handles, it is found by the same handles and is the same."""
    contacts = [{"name": odd, "custom_fields": {"handles": odd, odd: "x"}}, {"name": "Ada"}]
    lines = snapshot_lines(contacts)
    lines[-1]["handles"] = [{"source": "custom", "handle": odd}, email("Z@b.example")]
    made = files(tmp_path, lines, [])
    memory = read_state(enumerate(lines, start=1), "front.ndjson")

    with open_state(made.snapshot) as stored:
        assert dict(stored.contacts) == memory.contacts
        asked = [*memory.by_handle, "custom\nnobody's", "email\nZ@b.example"]
        expected = [memory.by_handle.get(each) for each in asked]
        assert expected == [stored.owner(each) for each in asked]
        stored.expect(asked[:2])
        assert expected == [stored.owner(each) for each in asked]


@pytest.mark.parametrize(
    ("value", "key"), [("003", "003"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, None), ("", None), (None, None)]
)
def test_external_ids_are_compared_as_text(value: object, key: str | None):
    """A number is the text it is written as; nothing and yes or no are no ids."""
    assert external_key(value) == key


def test_contacts_are_not_merged_for_a_value_that_many_share():
    """A field of choices taken for the external id would merge strangers: three with one value are a conflict."""
    known = by_color(*(contact(f"crd_{n}", f"{n}@b.example", custom_fields={"Color": "red"}) for n in range(3)))
    made = plan([upsert("1", "0@b.example", custom_fields={"Color": "red"})], known, merge_conflicts=True)

    assert ([each.code for each in made.conflicts], made.operations) == (["several_contacts"], [])
    assert "3 contacts share the value of 'Color'" in made.conflicts[0].proposal
