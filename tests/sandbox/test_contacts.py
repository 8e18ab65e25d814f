"""Contacts in the sandbox's Front behave as Front's do, traps included."""

from urllib.parse import quote

import pytest

EMAIL = {"source": "email", "handle": "ada@example.com"}


def error(answer):
    return answer.status_code, answer.json()["_error"]["status"], answer.json()["_error"]["title"]


def test_create_gives_the_whole_contact(sandbox):
    """A create answers 201 with everything Front shows of a contact."""
    body = {
        "name": "Ada",
        "description": "Buyer",
        "links": ["https://example.com/ada"],
        "list_names": ["VIPs"],
        "custom_fields": {"VIP": True},
        "handles": [EMAIL, {"source": "phone", "handle": "+14155550123"}],
    }

    answer = sandbox.front.post("/contacts", json=body)

    shown = answer.json()
    assert answer.status_code == 201
    assert {key: shown[key] for key in ("id", "name", "description", "links", "handles", "custom_fields")} == {
        "id": "crd_1",
        **{key: body[key] for key in ("name", "description", "links", "handles", "custom_fields")},
    }
    assert [each["name"] for each in shown["lists"]] == ["VIPs"]
    assert sandbox.front.get("/contacts/crd_1").json() == shown


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "body.handles: missing"),
        ({"handles": []}, "body.handles: should be an array of at least one handle"),
        (
            {"handles": [EMAIL, EMAIL | {"handle": "ADA@example.com"}]},
            "body.handles: the same handle stands here twice",
        ),
        (
            {"handles": [{"source": "email", "handle": "ada"}]},
            "body.handles: ada is not an email address",
        ),
        (
            {"handles": [{"source": "fax", "handle": "1"}]},
            "body.handles: should be one of email, phone, twitter, facebook, intercom, front_chat, custom",
        ),
        ({"handles": [{"handle": "1"}]}, "body.handles: each handle should have a source and a handle"),
        ({"handles": [EMAIL], "name": None}, "body.name: should be a string"),
        ({"handles": [EMAIL], "links": "x"}, "body.links: should be an array of strings"),
        ({"handles": [EMAIL], "nickname": "A"}, "body.nickname: is not known here"),
    ],
)
def test_create_refuses_what_front_may_refuse(sandbox, body, fault):
    """A body that breaks the rules gets 400 with the fault as a detail, and no contact."""
    answer = sandbox.front.post("/contacts", json=body)

    assert error(answer) == (400, 400, "Bad request")
    assert answer.json()["_error"]["details"] == [fault]
    assert sandbox.store.contacts() == []


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"Tier": "gold", "VIP": False, "Annual Revenue": 1.5, "Renewal": 1_700_000_000}, 201),
        ({"Account Owner": "Dev.Patel@example.com", "Salesforce ID": "003"}, 201),
        ({"Tier": "Gold"}, 400),
        ({"tier": "gold"}, 400),
        ({"VIP": "true"}, 400),
        ({"VIP": 1}, 400),
        ({"Annual Revenue": "1"}, 400),
        ({"Annual Revenue": True}, 400),
        ({"Renewal": "2026-01-01"}, 400),
        ({"Renewal": 1_700_000_000_000}, 400),
        ({"Account Owner": "nobody@example.com"}, 400),
        ({"Salesforce ID": None}, 400),
        ({"Salesforce ID": 3}, 400),
        ([], 400),
    ],
)
def test_custom_fields_are_checked_by_type(sandbox, values, status):
    """A value must be of its field's type, and the field must exist under that exact name."""
    answer = sandbox.front.post("/contacts", json={"handles": [EMAIL], "custom_fields": values})

    assert answer.status_code == status


def test_conflict_names_every_owner(sandbox):
    """A handle that others have is 409, with all their ids in the message."""
    first, second = sandbox.create("ada@example.com"), sandbox.create("bob@example.com")
    handles = [
        {"source": "email", "handle": each} for each in ("Bob@example.com", "new@example.com", "ADA@EXAMPLE.COM")
    ]

    answer = sandbox.front.post("/contacts", json={"handles": handles})

    assert error(answer) == (409, 409, "Conflict")
    message = f"Your request contains a conflict with the contact(s): {first}, {second}"
    assert answer.json()["_error"]["message"] == message
    assert len(sandbox.store.contacts()) == 2


@pytest.mark.parametrize(
    ("source", "handle"),
    [("email", "ada@example.com"), ("phone", "+14155550123"), ("custom", "a/b?c:d%"), ("twitter", "@ada")],
)
def test_alias_finds_the_contact(sandbox, source, handle):
    """A percent-encoded alias finds the contact; the same handle of another source doesn't."""
    created = sandbox.front.post("/contacts", json={"handles": [{"source": source, "handle": handle}]}).json()
    coded = quote(handle, safe="")

    assert sandbox.front.get(f"/contacts/alt:{source}:{coded}").json() == created
    assert error(sandbox.front.get(f"/contacts/alt:facebook:{coded}")) == (404, 404, "Not found")


def test_update_erases_unsent_custom_fields(sandbox):
    """PATCH replaces the whole map of custom fields, and leaves what it doesn't name."""
    contact = sandbox.create("ada@example.com", name="Ada", custom_fields={"VIP": True, "Favourite Color": "teal"})

    answer = sandbox.front.patch(f"/contacts/{contact}", json={"custom_fields": {"Tier": "gold"}})

    assert (answer.status_code, answer.content) == (204, b"")
    shown = sandbox.front.get(f"/contacts/{contact}").json()
    assert (shown["custom_fields"], shown["name"]) == ({"Tier": "gold"}, "Ada")


def test_update_replaces_links_and_lists_whole(sandbox):
    """PATCH of links and list_names leaves only what it names."""
    contact = sandbox.create("ada@example.com", links=["a", "b"], list_names=["One", "Two"])

    sandbox.front.patch(f"/contacts/{contact}", json={"links": ["c"], "list_names": ["Two", "Three"]})

    stored = sandbox.store.contacts()[0]
    assert (stored["links"], stored["lists"]) == (["c"], ["Three", "Two"])


def test_update_takes_no_handles(sandbox):
    """PATCH has no place for handles."""
    contact = sandbox.create("ada@example.com")

    answer = sandbox.front.patch(f"/contacts/{contact}", json={"handles": [EMAIL]})

    assert error(answer) == (400, 400, "Bad request")


def test_deleted_contact_is_gone_and_its_handle_free(sandbox):
    """After a delete the id is 404 and another contact may have the handle; the id isn't used again."""
    contact = sandbox.create("ada@example.com")

    assert sandbox.front.delete(f"/contacts/{contact}").status_code == 204

    assert sandbox.front.get(f"/contacts/{contact}").status_code == 404
    assert sandbox.front.delete(f"/contacts/{contact}").status_code == 404
    assert sandbox.create("ada@example.com") != contact


def test_handle_of_another_contact_is_refused(sandbox):
    """Adding another contact's handle is 409; one of one's own is 204 and changes nothing."""
    ada, bob = sandbox.create("ada@example.com"), sandbox.create("bob@example.com")

    taken = sandbox.front.post(f"/contacts/{bob}/handles", json={"source": "email", "handle": "ADA@example.com"})
    own = sandbox.front.post(f"/contacts/{ada}/handles", json=EMAIL)
    new = sandbox.front.post(f"/contacts/{ada}/handles", json={"source": "phone", "handle": "+14155550123"})

    assert error(taken) == (409, 409, "Conflict")
    assert taken.json()["_error"]["message"].endswith(f": {ada}")
    assert [own.status_code, new.status_code] == [204, 204]
    assert sandbox.store.contacts()[0]["handles"] == ["email:ada@example.com", "phone:+14155550123"]


def test_last_handle_needs_force(sandbox):
    """The last handle goes only with force, and takes the contact along."""
    contact = sandbox.create("ada@example.com")
    path = f"/contacts/{contact}/handles"

    assert error(sandbox.front.request("DELETE", path, json=EMAIL)) == (400, 400, "Bad request")
    assert sandbox.front.request("DELETE", path, json=EMAIL | {"force": True}).status_code == 204
    assert sandbox.store.contacts() == []


def test_one_of_two_handles_is_removed(sandbox):
    """A handle that isn't the last is removed alone; one the contact doesn't have is 404."""
    sandbox.create("ada@example.com")
    sandbox.front.post("/contacts/crd_1/handles", json={"source": "phone", "handle": "+14155550123"})

    removed = sandbox.front.request("DELETE", "/contacts/crd_1/handles", json=EMAIL)
    missing = sandbox.front.request("DELETE", "/contacts/crd_1/handles", json=EMAIL)

    assert [removed.status_code, missing.status_code] == [204, 404]
    assert sandbox.store.contacts()[0]["handles"] == ["phone:+14155550123"]


def test_merge_leaves_one_contact_with_everything(sandbox):
    """A merge unites handles, lists and links, joins descriptions and takes the newest of the rest."""
    one = sandbox.create("one@example.com", name="Old", description="first", links=["a"], custom_fields={"VIP": True})
    two = sandbox.create("two@example.com", name="New", description="second", list_names=["L"])
    sandbox.create("three@example.com", custom_fields={"VIP": False, "Tier": "gold"}, links=["a", "b"])

    answer = sandbox.front.post("/contacts/merge", json={"contact_ids": [one, two, "crd_3"], "target_contact_id": two})

    assert (answer.status_code, answer.json()["id"]) == (200, two)
    assert sandbox.store.contacts() == [
        {
            "id": two,
            "name": "New",
            "description": "second\nfirst",
            "account": None,
            "links": ["a", "b"],
            "custom_fields": {"VIP": False, "Tier": "gold"},
            "handles": ["email:one@example.com", "email:three@example.com", "email:two@example.com"],
            "lists": ["L"],
        }
    ]


@pytest.mark.parametrize(("ids", "status"), [(["crd_1"], 400), (["crd_1", "crd_9"], 404), (["crd_1"] * 2, 400)])
def test_merge_needs_two_contacts_that_exist(sandbox, ids, status):
    """Fewer than two ids is 400, an unknown one 404, and nothing is merged."""
    sandbox.create("ada@example.com")

    assert sandbox.front.post("/contacts/merge", json={"contact_ids": ids}).status_code == status
    assert len(sandbox.store.contacts()) == 1


def test_pages_show_every_contact_once(sandbox):
    """Following next until null shows all contacts once, though some are deleted and added on the way."""
    made = [sandbox.create(f"{number}@example.com") for number in range(7)]
    seen, address = [], "/contacts?limit=3&sort_by=created_at&sort_order=asc"
    while address:
        shown = sandbox.front.get(address).json()
        seen += [each["id"] for each in shown["_results"]]
        address = shown["_pagination"]["next"]
        sandbox.front.delete(f"/contacts/{seen[0]}")

    assert seen == made


def test_next_page_is_an_absolute_address(sandbox):
    """The link to the next page stands on the sandbox's own address and keeps the query."""
    for number in range(3):
        sandbox.create(f"{number}@example.com")

    following = sandbox.front.get("/contacts?limit=2&q[updated_after]=5").json()["_pagination"]["next"]

    assert following.startswith("http://127.0.0.1:8000/contacts?limit=2&q%5Bupdated_after%5D=5&page_token=")


def test_a_page_holds_fifty_unless_asked(sandbox):
    """Without a limit a page holds 50; more than 100 is refused."""
    for number in range(51):
        sandbox.create(f"{number}@example.com")

    assert len(sandbox.front.get("/contacts").json()["_results"]) == 50
    assert len(sandbox.front.get("/contacts?limit=100").json()["_results"]) == 51
    assert sandbox.front.get("/contacts?limit=101").status_code == 400


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "sort_by=name", "sort_order=up", "page_token=zz", "q[updated_after]=monday"]
)
def test_a_query_that_makes_no_sense_is_refused(sandbox, query):
    """An unknown order, limit, token or time is 400."""
    assert error(sandbox.front.get(f"/contacts?{query}")) == (400, 400, "Bad request")


def test_updated_after_shows_only_what_changed_since(sandbox):
    """q[updated_after] leaves out contacts that were last changed before."""
    old, changed = sandbox.create("old@example.com"), sandbox.create("changed@example.com")
    since = sandbox.now
    sandbox.now += 10
    sandbox.front.patch(f"/contacts/{changed}", json={"name": "New"})
    new = sandbox.create("new@example.com")

    shown = sandbox.front.get(f"/contacts?q[updated_after]={since}&sort_by=updated_at&sort_order=desc").json()

    assert [each["id"] for each in shown["_results"]] == [new, changed]
    assert old not in str(shown)
