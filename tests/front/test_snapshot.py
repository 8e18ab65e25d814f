"""The snapshot stage against the sandbox, and the client's patience."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit.errors import SignInRefused, Stopped, WrongSettings
from toolkit.exchange import Request
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.front.snapshot import SnapshotSettings, run
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.sandbox.serve import RunningSandbox
from toolkit.settings import FrontSettings, Secret


def create(front: FrontClient, email: str, **body: Any) -> None:
    answer = front.send(Request("POST", "/contacts", body | {"handles": [{"source": "email", "handle": email}]}))
    assert answer.status == 201


def snapshot(front: FrontClient, output: Path, accounts: bool = False) -> list[dict[str, Any]]:
    with Outputs() as outputs:
        run(SnapshotSettings(output, accounts), front, outputs)
        outputs.commit()
    return [json.loads(line) for line in output.read_text().splitlines()]


def test_everything_that_may_be_written_is_there(front: FrontClient, tmp_path: Path):
    """Contacts beyond one page, with handles, lists and custom fields; times left out."""
    front.send(Request("POST", "/contact_lists", {"name": "VIPs"}))
    for number in range(120):
        create(front, f"p{number}@example.com", name=f"P{number}", list_names=["VIPs"], custom_fields={"VIP": True})
    front.send(Request("POST", "/accounts", {"name": "Acme", "domains": ["acme.example"]}))

    lines = snapshot(front, tmp_path / "s.ndjson", accounts=True)
    contacts = [line for line in lines if line["resource"] == "contact"]

    assert lines[0] | {"name": ""} == {
        "resource": "snapshot", "version": 1, "company": "cmp_sandbox", "name": "", "accounts": True,
    }  # fmt: skip
    assert len(contacts) == 120
    assert contacts[0]["lists"] == [{"id": "grp_1", "name": "VIPs"}]
    assert contacts[0]["custom_fields"] == {"VIP": True}
    assert [line["contacts"] for line in lines if line["resource"] == "account"] == [[]]
    assert not any("updated_at" in line for line in lines)


def test_two_snapshots_of_one_state_are_the_same_bytes(front: FrontClient, tmp_path: Path):
    """What can be compared must not differ by itself."""
    create(front, "a@example.com")
    snapshot(front, tmp_path / "a.ndjson")
    snapshot(front, tmp_path / "b.ndjson")

    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()


class Time:
    """A clock that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = Clock(now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def client(answers: list[httpx.Response | Exception], time: Time) -> FrontClient:
    """A client whose answers come from a list, which must be used up."""
    host = Host("https://api2.frontapp.com", Secret("t0ken"), "frontapp.com")

    def handler(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    settings = FrontSettings(host.token, host.url, share=1.0)
    return FrontClient(settings, Connection(host, httpx.MockTransport(handler)), time.clock)


ME = httpx.Response(200, json={"id": "cmp_1", "name": "Acme"})


def test_a_429_is_waited_out_in_full():
    """Retry-After 90 means that nothing is sent for 90 seconds."""
    time, answers = Time(), [httpx.Response(429, headers={"retry-after": "90"}), ME]

    assert client(answers, time).company().id == "cmp_1"
    assert (time.now >= 1090.0, answers) == (True, [])


def test_a_read_survives_a_broken_connection_and_a_server_error():
    """What only reads is repeated."""
    answers = [httpx.ReadError("reset"), httpx.Response(502, text="bad gateway"), ME]

    assert client(answers, Time()).company().name == "Acme"
    assert answers == []


def test_a_wrong_token_is_refused_at_once():
    """401 is not repeated, and the token is not in the message."""
    answers = [httpx.Response(401, json={"_error": {"status": 401, "title": "Unauthenticated"}})]

    with pytest.raises(SignInRefused, match="401: Unauthenticated") as caught:
        client(answers, Time()).company()

    assert "t0ken" not in f"{caught.value}{caught.value.hint}"


def test_a_host_that_is_not_front_is_noticed():
    """Any other service that answers 200 does not say which company it is."""
    with pytest.raises(Stopped, match="does not say which company"):
        client([httpx.Response(200, json={"hello": "world"})], Time()).company()


def test_an_address_without_an_api_is_wrong_settings():
    """A path too many in the address: no use in trying again."""
    with pytest.raises(WrongSettings, match="there is no Front API at"):
        client([httpx.Response(404, json={"_error": {"status": 404}})], Time()).company()


def test_a_next_link_to_elsewhere_is_not_followed():
    """A list that points to a foreign host ends with an error, not with the token sent there."""
    evil = {"_results": [], "_pagination": {"next": "https://evil.example/contacts"}}

    with pytest.raises(WrongSettings, match=r"evil\.example"):
        list(client([httpx.Response(200, json=evil)], Time()).every("/contacts"))


def test_the_sandbox_never_answers_429_to_a_client_that_keeps_to_its_budget(
    sandbox: RunningSandbox, front: FrontClient
):
    """The budget learns the limit from the headers and stays below it."""
    for _ in range(50):
        front.company()

    assert {each["status"] for each in sandbox.store.requests()} == {200}


def test_a_redirect_is_no_answer_of_fronts_even_with_json():
    """A gateway's 302 with a JSON body is not taken for Front's refusal; the read is sent again."""
    answers = [httpx.Response(302, json={"error": "sign in"}, headers={"location": "https://gate.example"}), ME]

    assert client(answers, Time()).company().id == "cmp_1"
    assert answers == []
