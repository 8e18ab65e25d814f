"""Where the toolkit finds Salesforce and Front: environment and settings file into frozen dataclasses.

A secret is named in the settings (an environment variable, a file, a command), never written there and never
given as an argument; it is read when it is needed and shows as ``***`` wherever it is printed.

Environment: ``SF2FRONT_SETTINGS`` (path of the settings file), ``SF2FRONT_FRONT_URL``, ``SF2FRONT_FRONT_TOKEN``,
``SF2FRONT_SALESFORCE_URL``, ``SF2FRONT_SALESFORCE_TOKEN``. What the environment says wins over the file.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.documents import Document, parse_yaml
from toolkit.errors import WrongSettings
from toolkit.schemas import check_document

FRONT_URL = "https://api2.frontapp.com"
MAX_API_SHARE = 0.8
SECRET_COMMAND_SECONDS = 60


class Secret:
    """A text that shows itself only when asked by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the text itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """How to reach Front, and how much of its rate limit is ours: ``share`` of it, ``reserve`` requests left."""

    token: Secret
    url: str = FRONT_URL
    share: float = 0.5
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """An access token (a session id) that somebody else got; it can't be renewed."""

    token: Secret


@dataclass(frozen=True, slots=True)
class ClientCredentialsLogin:
    """OAuth client credentials: a connected app that runs as a user of its own; at My Domain only."""

    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class JwtLogin:
    """OAuth JWT bearer: a connected app whose certificate's private key is in ``key_file`` (PEM)."""

    client_id: str
    username: str
    key_file: Path
    audience: str = ""


@dataclass(frozen=True, slots=True)
class RefreshTokenLogin:
    """OAuth refresh token; ``file`` is where a rotated one is saved back to, if it came from a file."""

    client_id: str
    client_secret: Secret
    token: Secret
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class SfCliLogin:
    """The login of Salesforce's own command line, ``sf``, for an org by alias or user name."""

    org: str


Login = TokenLogin | ClientCredentialsLogin | JwtLogin | RefreshTokenLogin | SfCliLogin


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """Where to sign in (an instance, My Domain, login or test address; the sf CLI knows it itself), and how."""

    url: str
    login: Login


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a settings file and the environment say; sections are read when a command needs them."""

    document: Document = field(default_factory=lambda: Document("settings", {}))
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def front(self) -> FrontSettings:
        """Give Front's settings; WrongSettings when there is no token."""
        section = self._section("front")
        token = self._secret("SF2FRONT_FRONT_TOKEN", section, "Front API token")
        url = self.environment.get("SF2FRONT_FRONT_URL") or section.get("url", FRONT_URL)
        return FrontSettings(token, url, float(section.get("share", 0.5)), int(section.get("reserve", 0)))

    def salesforce(self) -> SalesforceSettings:
        """Give Salesforce's settings; WrongSettings when the address or what the login needs is missing."""
        section = self._section("salesforce")
        url = self.environment.get("SF2FRONT_SALESFORCE_URL") or section.get("url", "")
        login = self._login(section)
        if not url and not isinstance(login, SfCliLogin):
            raise WrongSettings(
                "no Salesforce address is known",
                hint="set SF2FRONT_SALESFORCE_URL to the org's instance URL, such as https://acme.my.salesforce.com",
            )
        return SalesforceSettings(url, login)

    @property
    def names_salesforce(self) -> bool:
        """Tell whether anything is said of Salesforce at all."""
        variables = ("SF2FRONT_SALESFORCE_URL", "SF2FRONT_SALESFORCE_TOKEN")
        return bool(self._section("salesforce")) or any(self.environment.get(each) for each in variables)

    def max_api_share(self, chosen: float | None = None) -> float:
        """Give the part of the org's daily API requests that may be used: as chosen, as set, or 0.8."""
        return chosen or float(self._section("salesforce").get("max_api_share", MAX_API_SHARE))

    def _login(self, section: Mapping[str, Any]) -> Login:
        login = section.get("login") or {}
        if self.environment.get("SF2FRONT_SALESFORCE_TOKEN") or not login:
            return TokenLogin(self._secret("SF2FRONT_SALESFORCE_TOKEN", section, "Salesforce access token"))
        method, client_id = login["method"], login.get("client_id", "")
        if method == "sf":
            return SfCliLogin(login["org"])
        if method == "jwt":
            key_file = self._beside(login["key_file"])
            return JwtLogin(client_id, login["username"], key_file, login.get("audience", ""))
        secret = Secret(self._named(login.get("client_secret") or {}))
        if method == "client_credentials":
            return ClientCredentialsLogin(client_id, _needed(secret, "client secret"))
        named = login["refresh_token"]
        token = _needed(Secret(self._named(named)), "refresh token")
        return RefreshTokenLogin(client_id, secret, token, self._beside(named["file"]) if "file" in named else None)

    def _beside(self, name: str) -> Path:
        return Path(self.document.name).parent / Path(name).expanduser()

    def _section(self, name: str) -> dict[str, Any]:
        return (self.document.data or {}).get(name) or {}

    def _secret(self, variable: str, section: Mapping[str, Any], what: str) -> Secret:
        value = self.environment.get(variable, "") or self._named(section.get("token") or {})
        if not value:
            raise WrongSettings(f"no {what} is known", hint=f"set {variable}, or name a token in the settings file")
        return whole_secret(value, what)

    def _named(self, source: Mapping[str, str]) -> str:
        if "env" in source:
            return self.environment.get(source["env"], "").strip()
        if "file" in source:
            return _from_file(self._beside(source["file"]))
        return _from_command(source["command"]) if "command" in source else ""


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings file at ``path`` (or where ``SF2FRONT_SETTINGS`` says; none is fine too).

    WrongSettings with line and column when the file breaks schemas/settings.schema.json.
    """
    named = path or (Path(environment["SF2FRONT_SETTINGS"]) if environment.get("SF2FRONT_SETTINGS") else None)
    if named is None:
        return Settings(environment=environment)
    document = parse_yaml(read_text(named), str(named))
    if document.data is not None:
        check_document(document, "settings")
    return Settings(document, environment)


def read_text(path: Path) -> str:
    """Read a settings or mapping file; WrongSettings when it isn't there or isn't UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongSettings(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongSettings(f"{path} is not UTF-8 text", hint="save it again as UTF-8") from error


def whole_secret(value: str, what: str) -> Secret:
    """Take a token for a secret; WrongSettings, without it, when it can't be one: it was copied with something else."""
    if not value.isascii() or any(character.isspace() or not character.isprintable() for character in value):
        sentence = f"the {what} has spaces, line breaks or odd characters in it"
        raise WrongSettings(sentence, hint="copy it again, alone")
    return Secret(value)


def _needed(secret: Secret, what: str) -> Secret:
    if not secret:
        raise WrongSettings(f"no {what} is known", hint="the place that the settings name for it is empty")
    return secret


def _from_file(path: Path) -> str:
    return read_text(path).strip()


def _from_command(command: str) -> str:
    """Run the command that prints the secret; its own words on failure are not repeated, they may hold it."""
    try:
        done = subprocess.run(  # noqa: S603 - the person's own settings name the command; no shell is involved
            shlex.split(command), capture_output=True, text=True, check=True, timeout=SECRET_COMMAND_SECONDS
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise WrongSettings(f"the command that should print the token failed ({type(error).__name__})") from None
    return done.stdout.strip()


def front_settings(path: Path | None, share: float | None = None, reserve: int | None = None) -> FrontSettings:
    """Give Front's settings from file and environment; ``share`` and ``reserve`` from the command line win."""
    settings = load(path).front()
    return replace(
        settings,
        share=settings.share if share is None else share,
        reserve=settings.reserve if reserve is None else reserve,
    )


def front_budget(path: Path | None, share: float | None = None, reserve: int | None = None) -> tuple[float, int]:
    """Give share and reserve as ``front_settings`` does, without asking for a token."""
    section = (load(path).document.data or {}).get("front") or {}
    return (
        float(section.get("share", 0.5)) if share is None else share,
        int(section.get("reserve", 0)) if reserve is None else reserve,
    )
