"""What goes wrong at the sandbox's Front on purpose, whose contacts are where, and how others use the limit up."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit.sandbox.config import FaultKind, FaultsConfig, OthersConfig, RateLimit, SandboxSettings
from toolkit.sandbox.serve import running

ANA = {"source": "email", "handle": "ana@example.com"}
CREATE: dict[str, Any] = {"handles": [ANA]}


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        (FaultKind.ERROR, 500, False),
        (FaultKind.UNAVAILABLE, 503, False),
        (FaultKind.UNAUTHENTICATED, 401, False),
        (FaultKind.TOO_MANY, 429, False),
        (FaultKind.LATE_ERROR, 502, True),
        (FaultKind.GARBAGE, 200, True),
    ],
)
def test_a_fault_says_when_it_happens(make_sandbox, kind: FaultKind, status: int, done: bool):
    """A create that goes wrong was done or wasn't, whatever its answer looks like; the log names the fault."""
    sandbox = make_sandbox(faults=FaultsConfig(share=1, kinds=(kind,), most=1))

    answer = sandbox.front.post("/contacts", json=CREATE)

    assert (answer.status_code, len(sandbox.store.contacts())) == (status, int(done))
    assert [each["fault"] for each in sandbox.store.requests()] == [kind.value]


@pytest.mark.parametrize(("kind", "done"), [("drop", True), ("reset", False), ("truncated", True)])
def test_an_answer_that_is_lost_is_no_answer(tmp_path: Path, kind: str, done: bool):
    """The connection closes without an answer or with half of one; only what is done stays."""
    config = tmp_path / "sandbox.yaml"
    config.write_text(f"front: {{faults: {{share: 1, kinds: [{kind}], most: 1}}}}")
    with running(SandboxSettings(config=config)) as sandbox:
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{sandbox.url}/contacts", json=CREATE, headers={"authorization": "Bearer sandbox"})
        assert len(sandbox.store.contacts()) == int(done)


def test_a_slow_answer_begins_at_once(make_sandbox, monkeypatch: pytest.MonkeyPatch):
    """Half of the body is there before the waiting, and the rest after it: a client sees it coming."""
    sandbox = make_sandbox(faults=FaultsConfig(share=1, kinds=(FaultKind.SLOW,), slow_seconds=7))
    happened: list[Any] = []

    async def waited(seconds: float) -> None:
        happened.append(seconds)

    async def send(message: Any) -> None:
        happened.append(message.get("body", message["type"]))

    requested = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(requested, None) or await asyncio.Future()

    headers = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer sandbox")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/me",
        "raw_path": b"/me",
        "query_string": b"",
        "headers": headers,
    }
    monkeypatch.setattr(asyncio, "sleep", waited)
    asyncio.run(sandbox.app(scope, receive, send))

    assert [happened[0], happened[2]] == ["http.response.start", 7]
    assert json.loads(happened[1] + happened[3])["id"] == "cmp_sandbox"
    assert happened[1]
    assert happened[3]


def test_workspaces_and_teammates_have_contacts_of_their_own(make_sandbox):
    """What is made in a workspace or for a teammate is not among the company's contacts, but its handle is taken."""
    sandbox = make_sandbox(teams=("Everyone", "Sales"))
    made = sandbox.front.post("/teams/tim_2/contacts", json=CREATE)
    private = sandbox.front.post("/teammates/tea_1/contacts", json={"handles": [{"source": "custom", "handle": "x"}]})

    def ids(path: str) -> list[str]:
        return [each["id"] for each in sandbox.front.get(path).json()["_results"]]

    assert (made.json()["is_private"], private.json()["is_private"]) == (False, True)
    assert [ids(path) for path in ("/contacts", "/teams/tim_2/contacts", "/teammates/tea_1/contacts")] == [
        [], [made.json()["id"]], [private.json()["id"]],
    ]  # fmt: skip
    assert sandbox.front.post("/contacts", json=CREATE).status_code == 409
    assert sandbox.front.get("/teams/tim_3/contacts").status_code == 404
    assert [len(sandbox.front.get(f"/teams/{team}").json()["members"]) for team in ("tim_1", "tim_2")] == [6, 1]


def test_an_automatic_contact_is_in_no_list(make_sandbox):
    """A contact that Front made from a conversation answers to its handle and stands in the way of a create."""
    sandbox = make_sandbox(automatic=(ANA,))

    conflict = sandbox.front.post("/contacts", json=CREATE)
    found = sandbox.front.get("/contacts/alt:email:ana%40example.com").json()["id"]

    assert sandbox.front.get("/contacts").json()["_results"] == []
    assert (conflict.status_code, found in conflict.json()["_error"]["message"]) == (409, True)


def test_a_token_may_lack_scopes(make_sandbox):
    """What the token's scopes don't allow is 403; /me needs none."""
    sandbox = make_sandbox(scopes=("contacts:read",))
    calls = [("GET", "/me"), ("GET", "/contacts"), ("POST", "/contacts"), ("DELETE", "/contacts/crd_1"),
             ("GET", "/contact_lists"), ("GET", "/accounts"), ("GET", "/contacts/custom_fields"), ("GET", "/rules"),
             ("PATCH", "/contacts/crd_1"), ("GET", "/teams/tim_1/contacts")]  # fmt: skip

    answers = [sandbox.front.request(method, path).status_code for method, path in calls]

    assert answers == [200, 200, 403, 403, 200, 403, 403, 403, 403, 200]


def test_a_burst_is_let_in_on_top_and_comes_back(make_sandbox):
    """Beyond the limit a burst is used up, and is there again after its time."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=2, seconds=60, burst=1, burst_seconds=100))

    first = [sandbox.front.get("/me").status_code for _ in range(4)]
    left = sandbox.front.get("/me").headers["x-ratelimit-burst-remaining"]
    sandbox.now += 120
    again = [sandbox.front.get("/me").status_code for _ in range(4)]

    assert (first, left, again) == ([200, 200, 200, 429], "0", [200, 200, 200, 429])


def test_a_route_takes_so_many_a_second(make_sandbox):
    """A path that is asked too often is 429 with its tier and the milliseconds to wait; others are free."""
    sandbox = make_sandbox(rate_limit=RateLimit(route_requests=2))

    answers = [sandbox.front.get("/contacts/crd_1") for _ in range(3)]

    assert [each.status_code for each in answers] == [404, 404, 429]
    assert (answers[2].headers["retry-after"], answers[2].headers["x-front-tier"]) == ("1", "resource")
    assert "Please retry in 1000 milliseconds" in answers[2].json()["_error"]["message"]
    assert sandbox.front.get("/me").status_code == 200


def test_others_use_the_limit_too(make_sandbox):
    """Clumps of other integrations' requests are seen in what remains, the same with the same seed."""

    def remaining(seed: int) -> list[str]:
        others = OthersConfig(most=20, every_seconds=5, seed=seed)
        sandbox = make_sandbox(rate_limit=RateLimit(requests=100, others=others))
        left = []
        for _ in range(5):
            sandbox.now += 4
            left.append(sandbox.front.get("/me").headers["x-ratelimit-remaining"])
        return left

    one = remaining(1)
    assert one == remaining(1) != remaining(2)
    assert int(one[-1]) < 95


def test_headers_of_the_limit_can_be_left_out(make_sandbox):
    """The limit holds without its headers."""
    sandbox = make_sandbox(rate_limit=RateLimit(requests=1, headers=False))

    answers = [sandbox.front.get("/me") for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 429]
    assert [name for each in answers for name in each.headers if name.startswith("x-ratelimit")] == []
