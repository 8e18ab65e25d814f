"""Upserts of one account that each say something else of it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.replay.every_kind import ask, email
from tests.replay.scripted import Front, said
from tests.replay.test_engine import replay, write
from toolkit.front.client import FrontClient
from toolkit.sandbox.serve import RunningSandbox


def member(n: int, **account: Any) -> dict[str, Any]:
    return {"key": f"k{n}", "op": "contact.upsert", "body": {"handles": [email(f"m{n}")]}, "account": account}


@pytest.mark.parametrize("there", [None, {"name": "Acme", "external_id": "1", "domains": ["old.example"]}])
def test_each_upsert_adds_its_domains(
    there: dict[str, Any] | None, sandbox: RunningSandbox, front: FrontClient, tmp_path: Path
):
    """All domains come together, whoever names them, whatever the account is called; the first one's name stays."""
    if there:
        ask(sandbox, "POST", "/accounts", there)
    members = [member(n, name="Acme", external_id="1", domains=[f"d{n}.example"]) for n in range(6)]
    again = [member(6, name="Other", external_id="1"), member(7, name="Acme", domains=["d7.example", "d0.example"])]
    result = replay(front, write(tmp_path, [*members, *again]))
    (account,) = ask(sandbox, "GET", "/accounts")["_results"]

    expected = {*(["old.example"] if there else []), *(f"d{n}.example" for n in range(6)), "d7.example"}
    assert (result.refused, account["name"], set(account["domains"])) == (0, "Acme", expected)
    assert len(ask(sandbox, "GET", f"/accounts/{account['id']}/contacts")["_results"]) == 8


def test_what_is_known_of_an_account_is_not_asked_or_written_again(tmp_path: Path):
    """An upsert whose domains the account has by now costs its own requests only."""
    account = {"id": "acc_1", "name": "Acme", "external_id": "1", "domains": ["a.example"]}

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return said(200, account)
        return said(201, {"id": "crd_1"}) if request.url.path == "/contacts" else said(204)

    front = Front(respond)
    same = {key: account[key] for key in ("name", "external_id", "domains")}
    front.replay(tmp_path, [member(n, **same) for n in range(3)])

    assert sum(method == "GET" for method, _ in front.log) == 1
    assert not any(method == "PATCH" for method, _ in front.log)
