"""Who is let in at the sandbox's Front, how often, what the log keeps, and what the company is."""

import httpx
import pytest

from toolkit.sandbox.config import RateLimit


def error(answer):
    return answer.status_code, answer.json()["_error"]["title"]


@pytest.mark.parametrize("path", ["/me", "/contacts", "/nowhere"])
def test_a_wrong_token_is_refused_everywhere(sandbox, path):
    """Without the right token every path is 401, even one that doesn't exist."""
    assert error(sandbox.client("wrong").get(path)) == (401, "Unauthenticated")


def test_unknown_paths_and_methods_have_error_bodies(sandbox):
    """What isn't there is 404, what isn't done there 405, both in Front's shape."""
    assert error(sandbox.front.get("/conversations")) == (404, "Not found")
    assert error(sandbox.front.post("/nowhere", json={})) == (404, "Not found")
    assert error(sandbox.front.put("/contacts", json={})) == (405, "Method not allowed")
    assert error(sandbox.front.delete("/me")) == (405, "Method not allowed")


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b'{"name": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(sandbox, content):
    """A body that isn't JSON, or no object, is 400."""
    assert error(sandbox.front.post("/contacts", content=content)) == (400, "Bad request")


def test_a_request_under_another_host_name_is_refused(sandbox):
    """A web page that found the port under its own name gets nothing."""
    assert sandbox.front.get("/me", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_counts_down_the_rate_limit(make_sandbox):
    """Limit, remaining and reset stand on answers and on refusals; a wrong token uses nothing up."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=3, seconds=60))
    wanted = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-burst-limit")

    answers = [
        sandbox.client("wrong").get("/me"),
        sandbox.front.get("/me"),
        sandbox.front.get("/nowhere"),
        sandbox.front.post("/contacts", content=b"{"),
    ]

    assert [tuple(each.headers[name] for name in wanted) for each in answers] == [
        ("3", str(remaining), "1700000040.000", "0") for remaining in (3, 2, 1, 0)
    ]


def test_an_exhausted_limit_is_429_until_the_window_ends(make_sandbox):
    """Beyond the limit nothing is done; after Retry-After seconds it goes on."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=2, seconds=60))
    sandbox.now += 10.5
    sandbox.front.get("/me")
    sandbox.front.get("/me")

    refused = sandbox.front.post("/contacts", json={"handles": [{"source": "email", "handle": "a@example.com"}]})

    assert error(refused) == (429, "Too many requests")
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("30", "0")
    assert sandbox.store.contacts() == []
    sandbox.now += float(refused.headers["retry-after"])
    assert sandbox.front.get("/me").status_code == 200


def test_a_sliding_window_gives_back_one_by_one(make_sandbox):
    """Each request is forgotten after its own minute; the reset is that of the oldest."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=2, seconds=60, sliding=True))
    answers = []
    for seconds in (10.5, 29.5, 25, 5.5, 1):
        sandbox.now += seconds
        answers.append(sandbox.front.get("/me"))

    assert [each.status_code for each in answers] == [200, 200, 429, 200, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["1", "0", "0", "0", "0"]
    assert [answers[2].headers[name] for name in ("retry-after", "x-ratelimit-reset")] == ["6", "1700000070.500"]


def test_without_a_limit_there_are_no_headers(make_sandbox):
    """A limit of 0 means none, and no header claims one."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=0))

    answer = sandbox.front.get("/me")

    assert [name for name in answer.headers if name.startswith("x-ratelimit")] == []


def test_the_log_says_what_each_request_was_about(sandbox):
    """Every request is logged in order with its status, ids and handles: refused ones too."""
    contact = {"handles": [{"source": "email", "handle": "a@example.com"}]}
    sandbox.front.post("/contacts", json=contact)
    sandbox.front.post("/contacts", json=contact)
    sandbox.front.patch("/contacts/alt:email:a%40example.com", json={"name": "A"})
    sandbox.front.post("/contacts/crd_1/handles", json={"source": "phone", "handle": "+1"})
    sandbox.front.post("/contact_lists/grp_7/contacts", json={"contact_ids": ["crd_1"]})
    sandbox.client("wrong").post("/contacts", content=b"{")

    log = [(each["seq"], each["method"], each["status"], each["concerns"]) for each in sandbox.store.requests()]
    assert log == [
        (1, "POST", 201, ["email:a@example.com", "crd_1"]),
        (2, "POST", 409, ["email:a@example.com"]),
        (3, "PATCH", 204, ["alt:email:a@example.com"]),
        (4, "POST", 204, ["crd_1", "phone:+1"]),
        (5, "POST", 404, ["grp_7", "crd_1"]),
        (6, "POST", 401, []),
    ]
    assert sandbox.store.request_count() == 6
    assert sandbox.store.requests()[2]["path"] == "/contacts/alt:email:a%40example.com"


def test_a_refused_request_leaves_nothing_behind(sandbox):
    """A refused create makes neither its contact nor its lists, but the log keeps the request."""
    sandbox.create("a@example.com")
    body = {"handles": [{"source": "email", "handle": "a@example.com"}], "list_names": ["New"]}

    assert sandbox.front.post("/contacts", json=body).status_code == 409
    assert sandbox.front.get("/contact_lists").json()["_results"] == []
    assert [each["status"] for each in sandbox.store.requests()] == [201, 409, 200]


def test_the_company_is_what_it_was_configured_to_be(make_sandbox):
    """/me, teammates, inboxes, teams, rules and fields come from the configuration."""
    sandbox = make_sandbox(company_id="cmp_k30", company_name="Fern", inboxes=("Help",), teams=("All",))

    def names(path: str, key: str = "name") -> list[str]:
        answer: httpx.Response = sandbox.front.get(path)
        return [each[key] for each in answer.json()["_results"]]

    me = sandbox.front.get("/me").json()
    assert (me["id"], me["name"]) == ("cmp_k30", "Fern")
    assert (names("/inboxes"), names("/teams")) == (["Help"], ["All"])
    assert names("/rules") == names("/company/rules") == ["Gold contacts first", "Out of office reply"]
    assert "dev.patel@example.com" in names("/teammates", "email")
    assert names("/contacts/custom_fields") == [
        "Account Owner", "Annual Revenue", "Renewal", "Tier", "Salesforce ID", "VIP", "Favourite Color"
    ]  # fmt: skip
    assert names("/accounts/custom_fields") == ["Industry", "Employees"]


def test_only_dropdowns_list_their_values(sandbox):
    """A field of type enum shows its values, the others show none."""
    fields = {each["name"]: each for each in sandbox.front.get("/contacts/custom_fields").json()["_results"]}

    assert [each["value"] for each in fields["Tier"]["values"]] == ["gold", "silver", "bronze"]
    assert "values" not in fields["VIP"]


def test_a_method_that_is_not_taken_is_405_and_says_which_are(sandbox):
    """RFC 9110: a 405 names the methods of the path in Allow."""
    answer = sandbox.front.put("/contacts")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_group_names_is_the_older_word_for_list_names(sandbox):
    """Front's description has both keys; a contact is put on the lists of both, and without either stays on them."""
    contact = sandbox.create("ada@example.com", group_names=["Old"], list_names=["New"])
    sandbox.front.patch(f"/contacts/{contact}", json={"name": "Ada"})

    lists = sandbox.front.get(f"/contacts/{contact}").json()["lists"]
    assert sorted(each["name"] for each in lists) == ["New", "Old"]
