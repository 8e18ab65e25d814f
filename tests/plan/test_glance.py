"""What a glance settles: an upsert whose contact in Front is as asked already, told from columns."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.files import Outputs
from toolkit.front.stored import open_state
from toolkit.plan.compile import Planner
from toolkit.plan.glance import Glance
from toolkit.plan.stage import PlanSettings, run
from toolkit.tables import ndjson_line

HEAD = [
    {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": False},
    *({"resource": "custom_field", "id": f"fld_{n}", "name": n, "type": ""} for n in ("Tier", "Value", 'Odd "," name')),
]
HANDLES = [{"source": "email", "handle": "ada@a.example"}, {"source": "custom", "handle": "Ada 7"}]
FIELDS = {"Tier": "gold", "Value": 12.5, 'Odd "," name': 'x {"y": [1]}, \n"z'}
CONTACT = {
    "resource": "contact", "id": "crd_1", "name": "Ada Ö, née \\ Byron", "description": "Analyst\nLondon",
    "links": ["https://a.example", "https://b.example"], "lists": [{"id": "grp_1", "name": 'A "list"'}],
    "handles": HANDLES, "custom_fields": FIELDS | {"Own": None}, "is_private": False,
}  # fmt: skip
BODY = {
    "name": CONTACT["name"], "description": CONTACT["description"], "links": ["https://b.example"],
    "list_names": ['A "list"'], "handles": [*HANDLES[1:], {"source": "email", "handle": "ADA@a.example "}],
    "custom_fields": FIELDS,
}  # fmt: skip


def looked(folder: Path, upserts: list[dict[str, Any]], *more: dict[str, Any], external_id: str = "") -> list[Any]:
    """Give what a glance finds of the lines as the toolkit writes them."""
    path = folder / "front.ndjson"
    path.write_bytes(b"".join(map(ndjson_line, [*HEAD, CONTACT, *more])))
    with open_state(path, external_id) as state:
        return Glance(state).look([ndjson_line(each) for each in upserts])


def upsert(**body: Any) -> dict[str, Any]:
    return {"key": "003A", "op": "contact.upsert", "body": BODY | body}


def without(*names: str) -> dict[str, Any]:
    return {"key": "003A", "op": "contact.upsert", "body": {name: BODY[name] for name in BODY if name not in names}}


def test_what_front_has_already_is_settled(tmp_path: Path):
    """Whatever is in its texts, whatever else Front has, whatever it leaves out."""
    left_out = [without(name) for name in BODY if name != "handles"]
    everything = without(*(name for name in BODY if name != "handles"))
    outside = upsert() | {"external_id": "Tier"}
    found = looked(tmp_path, [upsert(), *left_out, everything, outside])

    assert found == [("003A", "crd_1")] * 8


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Ada"},
        {"description": "Analyst"},
        {"links": ["https://a.example", "https://c.example"]},
        {"list_names": ['A "list"', "gold"]},
        {"custom_fields": {"Tier": "silver"}},
        {"custom_fields": {"Value": "12.5"}},
        {"custom_fields": {"Value": 12}},
        {"custom_fields": {"name": CONTACT["name"]}},
        {"custom_fields": {"id": "grp_1"}},
        {"links": ['A "list"']},
        {"handles": [*HANDLES, {"source": "email", "handle": "new@a.example"}]},
        {"handles": [{"source": "custom", "handle": "ADA 7"}]},
        {"handles": [*HANDLES, {"source": "email", "handle": "bob@a.example"}]},
    ],
)
def test_what_differs_is_looked_at_closer(body: dict[str, Any], tmp_path: Path):
    """A value, its type, a kind of thing with the same text, a handle that is new or another contact's."""
    bob = CONTACT | {"id": "crd_2", "handles": [{"source": "email", "handle": "bob@a.example"}]}

    assert looked(tmp_path, [upsert(**body)], bob) == [None]


def test_an_external_id_that_two_contacts_have_is_looked_at_closer(tmp_path: Path):
    """The careful way calls it a conflict."""
    bob = CONTACT | {"id": "crd_2", "handles": [{"source": "email", "handle": "bob@a.example"}]}

    assert looked(tmp_path, [upsert()], bob, external_id="Value") == [None]
    assert looked(tmp_path, [upsert()], external_id="Value") == [("003A", "crd_1")]


def test_an_external_id_is_found_in_any_name_of_a_field(tmp_path: Path):
    """Quotes and commas in a name are no marks."""
    path = tmp_path / "front.ndjson"
    path.write_bytes(b"".join(map(ndjson_line, [*HEAD, CONTACT])))
    with open_state(path, 'Odd "," name') as state:
        assert state.by_external == {FIELDS['Odd "," name']: ("crd_1",)}


def test_a_plan_asks_for_nothing_closer_than_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of a file of which one contact differs, one upsert is parsed."""
    taken = []
    careful = Planner.take
    monkeypatch.setattr(Planner, "take", lambda self, each: taken.append(each.key) or careful(self, each))
    others = [CONTACT | {"id": f"crd_{n}", "handles": [HANDLES[0] | {"handle": f"{n}@a.example"}]} for n in range(2, 9)]
    upserts = [
        {"key": f"{n}", "op": "contact.upsert", "body": BODY | {"handles": each["handles"]}}
        for n, each in enumerate(others)
    ]
    upserts[3]["body"]["name"] = "Eve"
    wanted, known = tmp_path / "operations.ndjson", tmp_path / "front.ndjson"
    wanted.write_bytes(b"".join(map(ndjson_line, upserts)))
    known.write_bytes(b"".join(map(ndjson_line, [*HEAD, *others])))
    with Outputs() as outputs:
        result = run(PlanSettings(wanted, known, tmp_path / "plan.ndjson"), outputs)
        outputs.commit()

    assert (["3"], 6, {"contact.update": 1}) == (taken, result.unchanged, result.operations)
    assert json.loads((tmp_path / "plan.ndjson").read_text())["body"] == {"name": "Eve"}
