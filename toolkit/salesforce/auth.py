"""Signs in to Salesforce: whatever the login, it comes to an instance URL and an access token.

Sources: Salesforce's OAuth 2.0 flows (client credentials at My Domain only; JWT bearer with RS256 and ``exp`` at
most three minutes ahead; refresh tokens may be rotated). ``sf org display`` hides the token since 2.136.8, and
``sf org auth show-access-token`` shows it.
"""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from toolkit import files
from toolkit.errors import SignInRefused, Stopped, ToolkitError, WrongSettings
from toolkit.exchange import Answer, Outcome, Request
from toolkit.http import SYSTEM_CLOCK, Grant, fetch_token
from toolkit.pacing import Clock, GiveUp, decide
from toolkit.settings import (
    ClientCredentialsLogin,
    JwtLogin,
    RefreshTokenLogin,
    SalesforceSettings,
    Secret,
    SfCliLogin,
    TokenLogin,
    whole_secret,
)

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - an address
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_SECONDS = 170
"""How long an assertion is good for: Salesforce takes at most three minutes."""
SF_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """Where the org's API is, and the token for it."""

    url: str
    token: Secret


Ask = Callable[[str, Grant], Outcome]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A way to get a session, and another when that one ends. ``ask`` is the token endpoint's door."""

    settings: SalesforceSettings
    clock: Clock = SYSTEM_CLOCK
    ask: Ask = fetch_token
    _rotated: list[Secret] = field(default_factory=list, compare=False)

    @property
    def renewable(self) -> bool:
        """Tell whether signing in again can give a new token: a token that was handed to us is all there is."""
        return not isinstance(self.settings.login, TokenLogin)

    def session(self) -> Session:
        """Sign in. SignInRefused when the login is not accepted, Stopped when Salesforce can't be reached."""
        login = self.settings.login
        if isinstance(login, TokenLogin):
            return Session(self.settings.url, login.token)
        if isinstance(login, SfCliLogin):
            return _sf_session(login)
        token = self._token(self._grant(login))
        if isinstance(login, RefreshTokenLogin) and token.get("refresh_token"):
            self._rotated[:] = [Secret(str(token["refresh_token"]))]
            _save(self._rotated[0], login)
        return Session(
            str(token.get("instance_url") or self.settings.url),
            whole_secret(str(token["access_token"]), "access token"),
        )

    def _grant(self, login: ClientCredentialsLogin | JwtLogin | RefreshTokenLogin) -> Grant:
        if isinstance(login, ClientCredentialsLogin):
            return Grant("client_credentials", login.client_id, login.client_secret)
        if isinstance(login, JwtLogin):
            return Grant(JWT_GRANT, parameters=(("assertion", self._assertion(login)),))
        token = self._rotated[0] if self._rotated else login.token
        return Grant("refresh_token", login.client_id, login.client_secret, (("refresh_token", token),))

    def _assertion(self, login: JwtLogin) -> Secret:
        claims = {
            "iss": login.client_id,
            "sub": login.username,
            "aud": login.audience or _audience(self.settings.url),
            "exp": int(self.clock.now()) + JWT_SECONDS,
        }
        try:
            key = RSAKey.import_key(login.key_file.read_bytes())
            return Secret(jwt.encode({"alg": "RS256"}, claims, key))
        except OSError as error:
            raise WrongSettings(f"the private key {login.key_file} can't be read: {error.strerror}") from None
        except (JoseError, ValueError, TypeError):
            raise WrongSettings(f"{login.key_file} is not an RSA private key in PEM form") from None

    def _token(self, grant: Grant) -> dict[str, Any]:
        request, attempt = Request("POST", TOKEN_PATH), 0
        while True:
            attempt += 1
            outcome = self.ask(self.settings.url.rstrip("/") + TOKEN_PATH, grant)
            if isinstance(outcome, Answer) and outcome.ok and "access_token" in (outcome.body or {}):
                token: dict[str, Any] = outcome.body
                return token
            verdict = decide(request, outcome, attempt)
            if isinstance(verdict, GiveUp):
                raise _refused(outcome)
            self.clock.sleep(verdict.seconds)


_HINTS = {
    "invalid_client_id": "check the connected app's consumer key; a new one takes some minutes to work",
    "invalid_client": "check the connected app's consumer key and secret",
    "invalid_grant": "check the certificate, the org, and that the user may use the connected app",
    "unsupported_grant_type": "enable this flow in the connected app; client credentials work at My Domain only",
}


def _refused(outcome: Outcome) -> ToolkitError:
    if not isinstance(outcome, Answer):
        return Stopped(f"Salesforce's sign-in could not be reached: {outcome.why}", hint="run the same command again")
    if outcome.status >= 500 or outcome.status in (420, 429):
        return Stopped(f"Salesforce's sign-in answered {outcome.status}", hint="run the same command again later")
    body = outcome.body if isinstance(outcome.body, dict) else {}
    error = str(body.get("error", ""))
    said = f"{error}: {body.get('error_description', '')}".strip(": ") or f"status {outcome.status}"
    return SignInRefused(f"Salesforce does not accept the login: {said}", hint=_HINTS.get(error, ""))


def _audience(url: str) -> str:
    """Give the audience of an assertion: sandboxes sign in at test.salesforce.com, whatever their own address."""
    host = urlsplit(url).hostname or ""
    sandbox = host.startswith("test.") or ".sandbox." in host or "--" in host
    return "https://test.salesforce.com" if sandbox else "https://login.salesforce.com"


def _save(rotated: Secret, login: RefreshTokenLogin) -> None:
    """Save a rotated refresh token, whole or not at all: the old one is of no use any more.

    One that came from the environment or a command has no place of ours to go: it lasts for this run.
    """
    if login.file is not None:
        files.write(login.file, rotated.reveal().encode() + b"\n")


def _sf_session(login: SfCliLogin) -> Session:
    """Ask the sf command for the org's address and token; older versions show the token with the address."""
    shown = _sf("org", "display", "--json", "-o", login.org)
    url, token = str(shown.get("instanceUrl", "")), str(shown.get("accessToken", ""))
    if not token or "REDACTED" in token.upper() or " " in token:
        token = str(_sf("org", "auth", "show-access-token", "--json", "-o", login.org).get("accessToken", ""))
    if not url or not token:
        raise SignInRefused(f"sf knows no access token for the org {login.org!r}", hint=_SF_HINT.format(login.org))
    return Session(url, whole_secret(token, "access token of sf"))


_SF_HINT = "sign in with: sf org login web -a {}"


def _sf(*words: str) -> dict[str, Any]:
    """Run one sf command and give its ``result``; its output is never repeated, it holds the token."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and the org's name; no shell
            ("sf", *words),  # noqa: S607 - the person's own sf, wherever it is installed
            capture_output=True,
            text=True,
            timeout=SF_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise WrongSettings("Salesforce's command sf is not installed", hint="npm install -g @salesforce/cli") from None
    except OSError as error:
        raise WrongSettings(f"Salesforce's command sf can't be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Stopped("Salesforce's command sf did not answer", hint="run the same command again") from None
    try:
        result = json.loads(done.stdout).get("result")
    except (ValueError, AttributeError):
        result = None
    if done.returncode != 0 or not isinstance(result, dict):
        raise SignInRefused(f"sf {' '.join(words[:3])} failed", hint=_SF_HINT.format(words[-1]))
    return result
