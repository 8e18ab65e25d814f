"""Every way of signing in comes to an address and a token, and never shows one."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from toolkit.errors import SignInRefused, Stopped, WrongSettings
from toolkit.http import fetch_token
from toolkit.pacing import Clock
from toolkit.salesforce.auth import SignIn
from toolkit.sandbox.serve import RunningSandbox
from toolkit.settings import SalesforceSettings, load

URL = "https://acme.my.salesforce.com"
NOW = Clock(now=lambda: 1_800_000_000.0, sleep=lambda _: None)
GRANTED = {"access_token": "00D!new", "instance_url": "https://acme--eu.my.salesforce.com", "token_type": "Bearer"}


def settings(folder: Path, login: str, url: str = URL) -> SalesforceSettings:
    path = folder / "settings.yaml"
    path.write_text(f"salesforce:\n  url: {url}\n  login: {login}\n")
    return load(path, {"SECRET": "s3cret"}).salesforce()


def sign_in(given: SalesforceSettings, answers: Callable[[dict[str, str]], httpx.Response]) -> SignIn:
    """A sign-in whose token endpoint is a function of the form that was posted."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"{given.url}/services/oauth2/token"
        return answers(dict(httpx.QueryParams(request.content.decode())))

    return SignIn(given, NOW, lambda url, grant: fetch_token(url, grant, httpx.MockTransport(handler)))


def test_client_credentials(tmp_path: Path):
    """The consumer key and secret are posted; the API is where the answer says."""
    posted: dict[str, str] = {}

    def answers(form: dict[str, str]) -> httpx.Response:
        posted.update(form)
        return httpx.Response(200, json=GRANTED)

    login = "{method: client_credentials, client_id: 3MVG9, client_secret: {env: SECRET}}"
    session = sign_in(settings(tmp_path, login), answers).session()

    assert posted == {"grant_type": "client_credentials", "client_id": "3MVG9", "client_secret": "s3cret"}
    assert (session.url, session.token.reveal()) == ("https://acme--eu.my.salesforce.com", "00D!new")
    assert "00D!new" not in repr(session)


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        (URL, "https://login.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_jwt_bearer(url: str, audience: str, tmp_path: Path):
    """The assertion is signed by the key file, is good for less than three minutes, and is for the right audience."""
    key = RSAKey.generate_key(2048)
    (tmp_path / "server.key").write_bytes(key.as_pem(private=True))
    seen: dict[str, Any] = {}

    def answers(form: dict[str, str]) -> httpx.Response:
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        token = jwt.decode(form["assertion"], key, algorithms=["RS256"])
        seen.update(token.claims)
        return httpx.Response(200, json=GRANTED)

    login = "{method: jwt, client_id: 3MVG9, username: sync@acme.example, key_file: server.key}"
    sign_in(settings(tmp_path, login, url), answers).session()

    assert seen == {"iss": "3MVG9", "sub": "sync@acme.example", "aud": audience, "exp": 1_800_000_170}


def test_a_rotated_refresh_token_is_saved(tmp_path: Path):
    """The new one replaces the old in its file, private as before, and is the one used next."""
    (tmp_path / "refresh.txt").write_text("old\n")
    posted: list[str] = []

    def answers(form: dict[str, str]) -> httpx.Response:
        posted.append(form["refresh_token"])
        return httpx.Response(200, json=GRANTED | {"refresh_token": f"new{len(posted)}"})

    login = "{method: refresh_token, client_id: 3MVG9, refresh_token: {file: refresh.txt}}"
    way = sign_in(settings(tmp_path, login), answers)
    way.session()
    way.session()

    assert (posted, (tmp_path / "refresh.txt").read_text()) == (["old", "new1"], "new2\n")
    assert stat.S_IMODE((tmp_path / "refresh.txt").stat().st_mode) == 0o600


def test_a_rotated_refresh_token_without_a_file_lasts_for_the_run(tmp_path: Path):
    """The next sign-in of the same run hands in the new one."""
    posted: list[str] = []

    def answers(form: dict[str, str]) -> httpx.Response:
        posted.append(form["refresh_token"])
        return httpx.Response(200, json=GRANTED | {"refresh_token": "new"})

    way = sign_in(
        settings(tmp_path, "{method: refresh_token, client_id: 3MVG9, refresh_token: {env: SECRET}}"), answers
    )
    way.session()
    way.session()

    assert posted == ["s3cret", "new"]


CREDENTIALS = "{method: client_credentials, client_id: 3MVG9, client_secret: {env: SECRET}}"


def test_a_refusal_says_why_and_no_secret(tmp_path: Path):
    """Salesforce's own error and description, with a hint."""
    body = {"error": "invalid_client", "error_description": "invalid client credentials"}
    way = sign_in(settings(tmp_path, CREDENTIALS), lambda _: httpx.Response(400, json=body))

    with pytest.raises(SignInRefused, match="invalid_client: invalid client credentials") as caught:
        way.session()

    assert "s3cret" not in f"{caught.value}{caught.value.hint}{caught.value.__context__!r}"


def test_a_passing_failure_is_waited_out(tmp_path: Path):
    """A maintenance page and a server error, then the token."""
    answers = [
        httpx.Response(503, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=GRANTED),
    ]
    way = sign_in(settings(tmp_path, CREDENTIALS), lambda _: answers.pop(0))

    assert (way.session().token.reveal(), answers) == ("00D!new", [])


def test_a_host_that_stays_away_stops(tmp_path: Path):
    """After several attempts the run stops, to be run again."""
    way = sign_in(settings(tmp_path, CREDENTIALS), lambda _: httpx.Response(503))

    with pytest.raises(Stopped, match="503"):
        way.session()


def sf(folder: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> None:
    """Put an ``sf`` first on the path that answers by its words."""
    script = folder / "bin" / "sf"
    script.parent.mkdir()
    lines = "\n".join(f"  '{words}') echo '{json.dumps(answer)}' ;;" for words, answer in answers.items())
    script.write_text(f'#!/bin/sh\ncase "$*" in\n{lines}\n  *) exit 1 ;;\nesac\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")


DISPLAY, SHOW = "org display --json -o acme", "org auth show-access-token --json -o acme"
REDACTED = {"result": {"instanceUrl": URL, "accessToken": "[REDACTED] Use 'sf org auth show-access-token' to view"}}


@pytest.mark.parametrize(
    "answers",
    [
        {DISPLAY: REDACTED, SHOW: {"result": {"accessToken": "00D!sf"}}},
        {DISPLAY: {"result": {"instanceUrl": URL, "accessToken": "00D!sf"}}},
    ],
)
def test_the_sf_command_is_asked(answers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Newer versions show the token in a command of its own, older ones with the address."""
    sf(tmp_path, monkeypatch, answers)
    session = SignIn(settings(tmp_path, "{method: sf, org: acme}")).session()

    assert (session.url, session.token.reveal()) == (URL, "00D!sf")


def test_an_sf_command_without_a_login_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What sf printed is not repeated; the command to sign in is."""
    sf(tmp_path, monkeypatch, {})

    with pytest.raises(SignInRefused) as caught:
        SignIn(settings(tmp_path, "{method: sf, org: acme}")).session()

    assert caught.value.hint == "sign in with: sf org login web -a acme"


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("{method: jwt, client_id: x, username: u, key_file: no.key}", "can't be read"),
        ("{method: jwt, client_id: x, username: u, key_file: settings.yaml}", "is not an RSA private key"),
        ("{method: client_credentials, client_id: x, client_secret: {env: NONE}}", "no client secret is known"),
        ("{method: jwt, client_id: x}", "is not a valid settings file"),
    ],
)
def test_a_login_that_lacks_something_is_explained(login: str, words: str, tmp_path: Path):
    """Before anything is sent."""
    with pytest.raises(WrongSettings, match=words):
        sign_in(settings(tmp_path, login), lambda _: pytest.fail("asked")).session()


def test_the_sandbox_grants_tokens(sandbox: RunningSandbox, tmp_path: Path):
    """The real token endpoint of the sandbox, over a socket."""
    given = settings(tmp_path, CREDENTIALS, sandbox.url)

    assert SignIn(given).session().url == sandbox.url
    assert "s3cret" not in repr(given)
