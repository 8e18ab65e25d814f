"""Upserts and a snapshot into the fewest exact requests."""

from typing import Any

import pytest

from toolkit.errors import InputRefused
from toolkit.front.state import FrontState, read_state
from toolkit.operation import operation
from toolkit.plan.compile import Plan, compile_plan


def email(text: str) -> dict[str, str]:
    return {"source": "email", "handle": text}


def contact(contact_id: str, *emails: str, **more: Any) -> dict[str, Any]:
    handles = [email(each) for each in emails]
    empty = {"name": "", "description": "", "links": [], "lists": [], "custom_fields": {}}
    return {"resource": "contact", "id": contact_id, "handles": handles} | empty | more


FIELDS = [
    {"resource": "custom_field", "id": "fld_1", "name": "Color", "type": "string"},
    {"resource": "custom_field", "id": "fld_2", "name": "Tier", "type": "enum", "values": [{"value": "gold"}]},
    {"resource": "custom_field", "id": "fld_3", "name": "Owner", "type": "teammate"},
    {"resource": "custom_field", "id": "fld_4", "name": "Revenue", "type": "number"},
    {"resource": "teammate", "id": "tea_1", "email": "Mia@acme.example"},
]


def state(*given: dict[str, Any], accounts: bool = False) -> FrontState:
    lines = [*FIELDS, *given]
    head = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": accounts}
    return read_state(enumerate([head, *lines], start=1), "front.ndjson")


def upsert(key: str, *emails: str, account: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    line = {"key": key, "op": "contact.upsert", "body": {"handles": [email(each) for each in emails]} | body}
    return line | ({"account": account} if account else {})


def plan(upserts: list[dict[str, Any]], known: FrontState) -> Plan:
    return compile_plan([operation(number, line) for number, line in enumerate(upserts, start=1)], known)


def test_a_new_contact_is_one_request_with_its_lists():
    """The lists ride in the create; a list that is not there is created first."""
    lists = {"resource": "contact_list", "id": "grp_1", "name": "Salesforce"}
    made = plan([upsert("1", "a@b.example", list_names=["Salesforce", "VIPs"])], state(lists))

    assert made.operations == [
        {"key": "list:VIPs", "op": "list.create", "body": {"name": "VIPs"}},
        {
            "key": "1",
            "op": "contact.create",
            "body": {"handles": [email("a@b.example")], "list_names": ["Salesforce", "VIPs"]},
        },
    ]


def test_an_unchanged_contact_costs_nothing():
    """A contact that is as asked makes no operation, whatever the case of its address."""
    made = plan([upsert("1", "A@b.example", name="Ada")], state(contact("crd_1", "a@b.example", name="Ada")))

    assert (made.operations, made.unchanged) == ([], 1)


def test_an_existing_contact_gets_only_what_it_lacks():
    """Update with the value before, handle, list: each a request of its own."""
    known = state(contact("crd_1", "a@b.example", custom_fields={"Color": "blue"}))
    wanted = upsert("1", "a@b.example", "b@b.example", custom_fields={"Tier": "gold"}, list_names=["VIPs"])

    assert plan([wanted], known).operations == [
        {"key": "list:VIPs", "op": "list.create", "body": {"name": "VIPs"}},
        {
            "key": "1",
            "contact": "crd_1",
            "op": "contact.update",
            "body": {"custom_fields": {"Color": "blue", "Tier": "gold"}},
            "before": {"custom_fields": {"Color": "blue"}},
        },
        {
            "key": "1",
            "contact": "crd_1",
            "op": "handle.add",
            "body": email("b@b.example"),
            "before": {"handles": [email("a@b.example")]},
        },
        {"key": "list:VIPs", "op": "list.add", "list": "VIPs", "contacts": ["crd_1"], "before": {"contacts": []}},
    ]


def test_a_cleared_field_goes_and_the_others_stay():
    """An upsert's clear takes the field out of the map that is sent; a contact without it costs nothing."""
    known = state(
        contact("crd_1", "a@b.example", custom_fields={"Color": "blue", "Tier": "gold"}),
        contact("crd_2", "b@b.example", custom_fields={"Color": "blue"}),
    )
    made = plan([upsert(n, f"{n}@b.example") | {"clear": ["Tier"]} for n in ("a", "b")], known)

    assert made.operations == [
        {
            "key": "a",
            "contact": "crd_1",
            "op": "contact.update",
            "body": {"custom_fields": {"Color": "blue"}},
            "before": {"custom_fields": {"Color": "blue", "Tier": "gold"}},
        }
    ]
    assert made.unchanged == 1


def test_a_new_contact_has_nothing_to_clear():
    """Clear is no part of a create."""
    made = plan([upsert("1", "a@b.example") | {"clear": ["Tier"]}], state())

    assert made.operations == [{"key": "1", "op": "contact.create", "body": {"handles": [email("a@b.example")]}}]


def test_a_field_to_be_cleared_that_front_does_not_have_refuses_the_file():
    """A misspelt name would leave the field as it is: better to say so."""
    with pytest.raises(InputRefused, match=r"no custom field 'Teir' \(line 1\)"):
        plan([upsert("1", "a@b.example") | {"clear": ["Teir"]}], state())


def test_members_join_lists_in_slices():
    """At most a hundred contacts ride in one call."""
    known = state(*(contact(f"crd_{n}", f"p{n}@b.example") for n in range(250)))
    made = plan([upsert(str(n), f"p{n}@b.example", list_names=["All"]) for n in range(250)], known)

    assert [len(each["contacts"]) for each in made.operations[1:]] == [100, 100, 50]


def test_conflicts_are_listed_and_not_planned():
    """Handles of two contacts, and two upserts for one contact: each with a proposal, none with a request."""
    known = state(contact("crd_1", "a@b.example"), contact("crd_2", "b@b.example"))
    made = plan(
        [upsert("1", "a@b.example", "b@b.example"), upsert("2", "a@b.example"), upsert("3", "A@B.example")], known
    )

    assert [(each.line, each.code, each.contacts) for each in made.conflicts] == [
        (1, "several_contacts", ("crd_1", "crd_2")),
        (3, "contact_claimed_twice", ("crd_1",)),
    ]
    assert (made.operations, made.unchanged) == ([], 1)


def test_a_handle_that_two_new_contacts_want_is_a_conflict():
    """Front lets a handle belong to one contact: the second would write over the first."""
    made = plan(
        [upsert("1", "a@b.example", "office@b.example"), upsert("2", "b@b.example", "Office@b.example")], state()
    )

    assert [each["key"] for each in made.operations] == ["1"]
    assert [(each.key, each.code) for each in made.conflicts] == [("2", "handle_claimed_twice")]


@pytest.mark.parametrize(
    ("field", "value", "planned"),
    [
        ("Tier", "gold", True),
        ("Tier", "silver", False),
        ("Owner", "mia@acme.example", True),
        ("Owner", "Mia", False),
        ("Revenue", 1.5, True),
        ("Revenue", "1.5", False),
        ("Revenue", True, False),
        ("Color", 7, False),
    ],
)
def test_a_value_that_front_would_refuse_is_a_conflict(field: str, value: Any, planned: bool):
    """Types, choices and teammates are held against the snapshot, before anything is sent."""
    made = plan([upsert("1", "a@b.example", custom_fields={field: value})], state())

    assert bool(made.operations) is planned
    assert [each.code for each in made.conflicts] == ([] if planned else ["bad_field_value"])


def test_a_custom_field_that_front_does_not_have_refuses_the_file():
    """Every contact would be refused: better to say so once, with what Front has."""
    with pytest.raises(InputRefused, match=r"no custom field 'Teir' \(line 1\)") as caught:
        plan([upsert("1", "a@b.example", custom_fields={"Teir": "gold"})], state())

    assert "Tier" in caught.value.hint


def test_accounts_with_different_external_ids_stay_apart():
    """The same name and domain do not make them one, in Front or in the file."""
    there = {"resource": "account", "id": "acc_1", "name": "Acme", "external_id": "001A", "domains": ["acme.example"]}
    wanted = [{"name": "Acme", "external_id": each, "domains": ["acme.example"]} for each in ("001A", "001B", "001C")]
    upserts = [upsert(str(n), f"{n}@b.example", account=each) for n, each in enumerate(wanted)]
    made = plan(upserts, state(there | {"contacts": []}, accounts=True))

    created = [each["body"]["external_id"] for each in made.operations if each["op"] == "account.create"]
    joined = [each["account"] for each in made.operations if each["op"] == "account.add_contacts"]
    assert created == ["001B", "001C"]
    assert joined == ["acc_1", {"ref": "account:001B"}, {"ref": "account:001C"}]


def test_an_account_named_with_and_without_its_domain_is_one():
    """Two ways of naming one account make one creation."""
    made = plan(
        [
            upsert("1", "a@b.example", account={"name": "Acme", "domains": ["acme.example"]}),
            upsert("2", "b@b.example", account={"name": "ACME"}),
        ],
        state(accounts=True),
    )

    assert [each["op"] for each in made.operations if each["op"].startswith("account")] == [
        "account.create",
        "account.add_contacts",
    ]


ACME = {"name": "Acme", "external_id": "001"}


def test_an_account_is_created_once_and_joined_in_slices():
    """Members that are created by the same plan are named by reference."""
    made = plan([upsert(str(n), f"p{n}@b.example", account=ACME) for n in range(3)], state(accounts=True))

    first, last = made.operations[0], made.operations[-1]
    assert first == {"key": "account:001", "op": "account.create", "body": ACME}
    assert last == {
        "key": "account:001",
        "op": "account.add_contacts",
        "account": {"ref": "account:001"},
        "contacts": [{"ref": "0"}, {"ref": "1"}, {"ref": "2"}],
        "before": {"contacts": []},
    }


def test_an_account_that_is_there_is_matched_and_its_members_stay():
    """By external id; a contact that is in it already costs nothing."""
    there = {"resource": "account", "id": "acc_1", "name": "Acme", "external_id": "001", "domains": []}
    known = state(there | {"contacts": ["crd_1"]}, contact("crd_1", "a@b.example"), accounts=True)

    made = plan([upsert("1", "a@b.example", account=ACME)], known)

    assert (made.operations, made.unchanged) == ([], 1)


def test_accounts_need_a_snapshot_with_accounts():
    """Without them, every account would seem to be missing."""
    with pytest.raises(InputRefused, match="taken without them"):
        plan([upsert("1", "a@b.example", account=ACME)], state())


def test_exact_operations_are_not_planned():
    """A plan is not planned again."""
    with pytest.raises(InputRefused, match=r"only contact\.upsert can be planned"):
        plan([{"key": "1", "op": "contact.delete", "contact": "crd_1"}], state())
