"""Contact lists, accounts and what belongs to them, in the sandbox's Front."""

import pytest


def names(answer):
    return [each["name"] for each in answer.json()["_results"]]


def ids(answer):
    return [each["id"] for each in answer.json()["_results"]]


def members(sandbox, method, path, contact_ids):
    return sandbox.front.request(method, path, json={"contact_ids": contact_ids}).status_code


def test_a_new_list_gives_no_id(sandbox):
    """POST answers 204 without a body; the list is found by listing."""
    answer = sandbox.front.post("/contact_lists", json={"name": "VIPs"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert names(sandbox.front.get("/contact_lists")) == ["VIPs"]


def test_a_second_list_of_the_same_name_is_refused(sandbox):
    """A client that makes a list twice hears of it."""
    sandbox.front.post("/contact_lists", json={"name": "VIPs"})

    assert sandbox.front.post("/contact_lists", json={"name": "VIPs"}).status_code == 409


def test_configured_lists_are_there(make_sandbox):
    """Lists of the configuration exist from the start."""
    assert names(make_sandbox(lists=("A", "B")).front.get("/contact_lists")) == ["A", "B"]


def test_members_come_and_go(sandbox):
    """Contacts are put on a list, listed and taken off."""
    sandbox.front.post("/contact_lists", json={"name": "VIPs"})
    first, second = sandbox.create("a@example.com"), sandbox.create("b@example.com")

    assert members(sandbox, "POST", "/contact_lists/grp_1/contacts", [first, second, first]) == 204
    assert ids(sandbox.front.get("/contact_lists/grp_1/contacts?sort_order=asc")) == [first, second]
    assert members(sandbox, "DELETE", "/contact_lists/grp_1/contacts", [first]) == 204
    assert ids(sandbox.front.get("/contact_lists/grp_1/contacts")) == [second]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("wrong", ["crd_99", "alt:email:a@example.com", "acc_1"])
def test_one_unknown_member_fails_the_whole_call(sandbox, method, wrong):
    """One id that isn't a contact's is 404 for all of them; aliases are not taken in lists of ids."""
    contact = sandbox.create("a@example.com", list_names=["VIPs"])
    other = sandbox.create("b@example.com")
    before = [each["lists"] for each in sandbox.store.contacts()]

    assert members(sandbox, method, "/contact_lists/grp_1/contacts", [contact, other, wrong]) == 404
    assert [each["lists"] for each in sandbox.store.contacts()] == before


def test_at_most_fifty_members_are_removed_at_once(sandbox):
    """DELETE takes 50 ids and no more."""
    made = [sandbox.create(f"{number}@example.com", list_names=["L"]) for number in range(51)]

    assert members(sandbox, "DELETE", "/contact_lists/grp_1/contacts", made) == 400
    assert members(sandbox, "DELETE", "/contact_lists/grp_1/contacts", made[:50]) == 204
    assert ids(sandbox.front.get("/contact_lists/grp_1/contacts")) == made[50:]


def test_a_deleted_list_leaves_its_contacts(sandbox):
    """Deleting a list removes the list alone."""
    sandbox.create("a@example.com", list_names=["L"])

    assert sandbox.front.delete("/contact_lists/grp_1").status_code == 204
    assert sandbox.front.delete("/contact_lists/grp_1").status_code == 404
    assert [each["lists"] for each in sandbox.store.contacts()] == [[]]


def test_account_is_found_by_its_aliases(sandbox):
    """An account answers to its id, its external id and its domains."""
    body = {"name": "Fern", "domains": ["fern.example.com"], "external_id": "001A", "custom_fields": {"Employees": 3}}
    created = sandbox.front.post("/accounts", json=body)

    assert created.status_code == 201
    assert {key: created.json()[key] for key in body} == body
    for reference in ("acc_1", "alt:ext_id:001A", "alt:domain:FERN.example.com"):
        assert sandbox.front.get(f"/accounts/{reference}").json() == created.json()
    for reference in ("acc_2", "alt:ext_id:001a", "alt:domain:example.com", "alt:name:Fern"):
        assert sandbox.front.get(f"/accounts/{reference}").status_code == 404


def test_account_update_erases_unsent_custom_fields(sandbox):
    """PATCH answers the account; custom fields and domains are replaced whole, the rest stays."""
    fields = {"Employees": 3, "Industry": "Foods"}
    sandbox.front.post("/accounts", json={"name": "Fern", "domains": ["a.example.com"], "custom_fields": fields})

    answer = sandbox.front.patch(
        "/accounts/acc_1", json={"custom_fields": {"Employees": 4}, "domains": ["b.example.com"]}
    )

    assert answer.status_code == 200
    assert answer.json()["custom_fields"] == {"Employees": 4}
    assert (answer.json()["name"], answer.json()["domains"]) == ("Fern", ["b.example.com"])
    assert sandbox.front.get("/accounts/alt:domain:a.example.com").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Two", "external_id": "001A"}, 409),
        ({"name": "Two", "domains": ["new.example.com", "Fern.example.com"]}, 409),
        ({"name": "Fern", "external_id": "001B"}, 201),
        ({"external_id": "001B"}, 400),
        ({"name": "Two", "external_id": 5}, 400),
        ({"name": "Two", "custom_fields": {"VIP": True}}, 400),
    ],
)
def test_external_ids_and_domains_belong_to_one_account(sandbox, body, status):
    """A second account with the same external id or domain is 409; the same name is fine."""
    sandbox.front.post("/accounts", json={"name": "Fern", "domains": ["fern.example.com"], "external_id": "001A"})

    assert sandbox.front.post("/accounts", json=body).status_code == status


def test_external_id_is_set_only_at_creation(sandbox):
    """PATCH has no place for the external id."""
    sandbox.front.post("/accounts", json={"name": "Fern"})

    assert sandbox.front.patch("/accounts/acc_1", json={"external_id": "001A"}).status_code == 400


def test_contacts_of_an_account(sandbox):
    """Contacts are added, listed and removed; a deleted account leaves them; all or none are added."""
    sandbox.front.post("/accounts", json={"name": "Fern"})
    first, second = sandbox.create("a@example.com"), sandbox.create("b@example.com")
    path = "/accounts/acc_1/contacts"

    assert members(sandbox, "POST", path, [first, "crd_9"]) == 404
    assert ids(sandbox.front.get(path)) == []
    assert members(sandbox, "POST", path, [first, second]) == 204
    assert ids(sandbox.front.get(f"{path}?sort_order=asc")) == [first, second]
    assert members(sandbox, "DELETE", path, [first]) == 204
    assert [each["account"] for each in sandbox.store.contacts()] == [None, "Fern"]
    assert sandbox.front.delete("/accounts/acc_1").status_code == 204
    assert [each["account"] for each in sandbox.store.contacts()] == [None, None]
    assert ids(sandbox.front.get("/accounts")) == []
