"""The sandbox's log for people: a line for each request, and nothing secret in it."""

import contextlib
import json
import stat
from pathlib import Path
from typing import Any

import httpx

from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running

NOW = 1_700_000_000.25
TOKEN = {"Authorization": "Bearer sandbox", "User-Agent": "one/1.0"}


def log_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_request_of_both_halves_has_a_line(tmp_path: Path):
    """Time, method, path, status, remaining and client, in this order; no query, which may hold anything."""
    log = tmp_path / "requests.ndjson"
    with running(SandboxSettings(log=log), clock=lambda: NOW) as sandbox:
        httpx.get(f"{sandbox.url}/contacts/alt:email:a%40b.example?q=s3cret", headers=TOKEN)
        httpx.post(f"{sandbox.url}/services/data/v68.0/nothing", headers={"User-Agent": "two/2.0"})

    assert log.read_text() == (
        '{"time":"2023-11-14T22:13:20.250Z","method":"GET","path":"/contacts/alt:email:a%40b.example","status":404,'
        '"remaining":5999,"client":"one/1.0"}\n'
        '{"time":"2023-11-14T22:13:20.250Z","method":"POST","path":"/services/data/v68.0/nothing","status":401,'
        '"remaining":null,"client":"two/2.0"}\n'
    )
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_connection_that_is_closed_has_no_status(tmp_path: Path):
    """A lost answer is a line all the same."""
    config, log = tmp_path / "sandbox.yaml", tmp_path / "requests.ndjson"
    config.write_text("front: {faults: {share: 1, kinds: [drop]}}\n")
    with running(SandboxSettings(config=config, log=log)) as sandbox, contextlib.suppress(httpx.RemoteProtocolError):
        httpx.get(f"{sandbox.url}/me", headers=TOKEN)

    assert [(each["path"], each["status"], each["remaining"]) for each in log_of(log)] == [("/me", None, None)]


def test_the_log_goes_on_where_an_earlier_run_ended(tmp_path: Path):
    """Lines of earlier runs stay; one that was torn off is cut."""
    log = tmp_path / "requests.ndjson"
    log.write_bytes(b'{"path":"/earlier"}\n{"path":"/to')
    with running(SandboxSettings(log=log)) as sandbox:
        httpx.get(f"{sandbox.url}/me", headers=TOKEN)

    assert [each["path"] for each in log_of(log)] == ["/earlier", "/me"]
