"""The only room that knows httpx: connections, tokens on their way out, and failures turned into data.

A token goes to the host it is for and nowhere else: redirects are not followed, absolute links outside the
host's own domain are refused, and plain http is only for loopback.
"""

import contextlib
import ipaddress
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import httpx
from authlib.integrations.base_client import OAuthError

from toolkit import __version__
from toolkit.errors import WrongSettings
from toolkit.exchange import Answer, BrokenOffError, Lost, Outcome, Request
from toolkit.pacing import Clock
from toolkit.settings import NO_SECRET, Secret

with warnings.catch_warnings():
    # Authlib prefers httpx2 and warns when it finds httpx alone; the two have the same interface.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client

SYSTEM_CLOCK = Clock(now=time.time, sleep=time.sleep)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Host:
    """Where requests go: a base URL, the bearer token for it, and the domain whose other hosts it may visit.

    ``read_seconds``: how long Front or Salesforce may be silent, and how long the body of an answer may take.
    """

    url: str
    token: Secret
    domain: str = ""
    read_seconds: float = 60.0


class _NoCookies(httpx.Cookies):
    """Keeps none: no server here asks for any back, and looking for them takes a tenth of a request's time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Take nothing."""


class _Client(httpx.Client):
    _none = _NoCookies()
    cookies = property(lambda self: self._none)


@cache
def _tls(trust_env: bool) -> ssl.SSLContext:
    """Read the certificates that are trusted, once: that takes a fifth of a second."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Connection:
    """Sends requests to one host. Every failure of the network comes back as Lost, never as an exception."""

    def __init__(
        self, host: Host, transport: httpx.BaseTransport | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        _check_url(host.url)
        self._host = host
        self._now = now
        self._base = host.url.rstrip("/")
        trust_env = not _is_loopback(host.url)
        self._settings: dict[str, Any] = {
            "headers": {"user-agent": f"sf2front/{__version__}", "accept": "application/json"},
            "timeout": httpx.Timeout(host.read_seconds, connect=10.0),
            "transport": transport,
            "verify": _tls(trust_env),
            "trust_env": trust_env,
        }
        self._own, self._opened = threading.local(), list[_Client]()

    @property
    def _client(self) -> _Client:
        """This thread's client: threads that share one look at all its connections before every request."""
        if not hasattr(self._own, "client"):
            self._own.client = _Client(follow_redirects=False, **self._settings)
            self._opened.append(self._own.client)
        client: _Client = self._own.client
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._opened:
            each.close()

    def send(self, request: Request, *, signed: bool = True) -> Outcome:
        """Send ``request`` once and give its answer, or Lost with what happened instead.

        ``signed=False`` leaves the token out. WrongSettings when the path is a link to a foreign host.
        """
        self._check_link(request.path)
        headers = {"authorization": f"Bearer {self._host.token.reveal()}"} if signed else {}
        headers |= dict(request.headers)
        asked = (request.method, self._address(request.path))
        try:
            with self._client.stream(
                *asked, params=list(request.params) or None, json=request.body, headers=headers
            ) as response:
                response.stream = _Timed(response.stream, self._host.read_seconds, self._now)
                response.read()
        except _NEVER_ARRIVED as error:
            return Lost(reached=False, why=_explain(error))
        except (httpx.TransportError, httpx.DecodingError) as error:
            return Lost(reached=True, why=_explain(error))
        return _answer(response)

    @contextlib.contextmanager
    def stream(self, request: Request) -> Iterator["Stream | Lost"]:
        """Send ``request`` once and give its answer while its body still comes in, or Lost.

        Reading the chunks raises BrokenOffError when the body ends before it should.
        """
        self._check_link(request.path)
        with contextlib.ExitStack() as stack:
            try:
                response = stack.enter_context(self._stream(request))
            except _NEVER_ARRIVED as error:
                yield Lost(reached=False, why=_explain(error))
                return
            except httpx.TransportError as error:
                yield Lost(reached=True, why=_explain(error))
                return
            yield Stream(response)

    def _stream(self, request: Request) -> contextlib.AbstractContextManager[httpx.Response]:
        headers = {"authorization": f"Bearer {self._host.token.reveal()}", "accept": "*/*"} | dict(request.headers)
        if request.session_cookie:
            headers["cookie"] = f"sid={self._host.token.reveal()}"
        return self._client.stream(
            request.method,
            self._address(request.path),
            params=list(request.params) or None,
            json=request.body,
            headers=headers,
        )

    def _address(self, path: str) -> str:
        """Give the whole address: it is read twice as fast as one that is merged with a base."""
        return f"{self._base}{path}" if path.startswith("/") else path

    def _check_link(self, path: str) -> None:
        if path.startswith("/") and not path.startswith("//"):
            return
        link, home = _split(path), urlsplit(self._host.url)
        odd = "\\" in path or link.username is not None or link.password is not None
        same = (link.scheme, link.netloc) == (home.scheme, home.netloc)
        inside = link.scheme == "https" and f".{link.hostname}".endswith(f".{self._host.domain}")
        if odd or not (same or (self._host.domain and inside)):
            raise WrongSettings(
                f"{home.hostname} sent a link to {link.hostname}, which is not its own; it was not followed",
                hint="the token must not leave its host; report this to whoever runs the host",
            )


class _Timed(httpx.SyncByteStream):
    """A body that must be whole in time: the library's own limit is for each piece of it."""

    def __init__(self, stream: Any, seconds: float, now: Callable[[], float]) -> None:
        self._stream, self._seconds, self._now = stream, seconds, now
        self._until = now() + seconds

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield part
            if self._now() > self._until:
                raise httpx.ReadTimeout(f"the body took longer than {self._seconds:g} s")

    def close(self) -> None:
        self._stream.close()


class Stream:
    """An answer whose body is read piece by piece, or all at once when it is an error."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: dict[str, str] = dict(response.headers.items())

    def chunks(self) -> Iterator[bytes]:
        """Give the body's bytes, decompressed, as they come; BrokenOffError when the connection breaks."""
        try:
            yield from self._response.iter_bytes(256 * 1024)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise BrokenOffError(_explain(error)) from error

    def answer(self) -> Outcome:
        """Read the rest of the body and give it as an answer like any other."""
        try:
            self._response.read()
        except (httpx.TransportError, httpx.DecodingError) as error:
            return Lost(reached=True, why=_explain(error))
        return _answer(self._response)


@dataclass(frozen=True, slots=True)
class Grant:
    """What is handed in for a token: the grant's type, the client, and the grant's own parameters."""

    type: str
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    parameters: tuple[tuple[str, Secret], ...] = ()


def fetch_token(url: str, grant: Grant, transport: httpx.BaseTransport | None = None) -> Outcome:
    """Ask an OAuth 2 token endpoint, once. A refusal is an Answer with ``{"error", "error_description"}``."""
    _check_url(url)
    client = OAuth2Client(
        grant.client_id or None,
        grant.client_secret.reveal() or None,
        token_endpoint_auth_method="client_secret_post" if grant.client_secret else "none",
        timeout=TIMEOUT,
        transport=transport,
        trust_env=not _is_loopback(url),
    )
    given = {name: value.reveal() for name, value in grant.parameters}
    try:
        with client:
            token: dict[str, Any] = client.fetch_token(url, grant_type=grant.type, **given)
    except OAuthError as error:
        return Answer(400, {"error": error.error, "error_description": error.description or ""})
    except httpx.HTTPStatusError as error:
        return Answer(error.response.status_code)
    except _NEVER_ARRIVED as error:
        return Lost(reached=False, why=_explain(error))
    except (httpx.TransportError, ValueError) as error:
        return Lost(reached=True, why=_explain(error) if isinstance(error, httpx.TransportError) else "no JSON")
    return Answer(200, dict(token))


def _answer(response: httpx.Response) -> Answer:
    try:
        body = response.json() if response.content else None
    except ValueError:
        body = None
    text = response.text[:500] if body is None or response.is_error else ""
    return Answer(response.status_code, body, text, dict(response.headers.items()))


def _explain(error: Exception) -> str:
    # What a LocalProtocolError says quotes the header that it does not like: the token may stand in it.
    silent = not str(error) or isinstance(error, httpx.LocalProtocolError)
    said = type(error).__name__ if silent else f"{type(error).__name__}: {error}"
    request = getattr(error, "_request", None)
    return f"{request.url.scheme}://{request.url.netloc.decode()} {said}" if request is not None else said


def _check_url(url: str) -> None:
    parts = _split(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongSettings("an address must not carry a user name, a password or anything after the path")
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(url))):
        hint = "look at SF2FRONT_…_URL or the settings; plain http is only for a sandbox on 127.0.0.1"
        raise WrongSettings(f"{url!r} is not an https address", hint=hint)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise WrongSettings(f"{url!r} is not an address: {error}") from None
    return parts


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
