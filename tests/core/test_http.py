"""Tokens go to their own host; failures come back as data."""

from collections.abc import Iterator

import httpx
import pytest

from toolkit.errors import WrongSettings
from toolkit.exchange import Answer, Lost, Request
from toolkit.http import Connection, Host
from toolkit.settings import Secret

HOST = Host("https://api2.frontapp.com", Secret("t0ken"), "frontapp.com")


def connection(handler, host: Host = HOST) -> Connection:
    return Connection(host, httpx.MockTransport(handler))


def test_the_token_rides_along_and_the_json_comes_back():
    """A request carries the bearer token; the answer's JSON and headers are data."""

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"seen": request.headers["authorization"]}, headers={"x-ratelimit-limit": "50"})

    answer = connection(handler).send(Request("GET", "/me"))

    assert isinstance(answer, Answer)
    assert (answer.body, answer.headers["x-ratelimit-limit"]) == ({"seen": "Bearer t0ken"}, "50")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectError("no route"), Lost(reached=False, why="ConnectError: no route")),
        (httpx.ReadTimeout("slow"), Lost(reached=True, why="ReadTimeout: slow")),
        (httpx.RemoteProtocolError("cut"), Lost(reached=True, why="RemoteProtocolError: cut")),
    ],
)
def test_a_failure_of_the_network_is_data(raised: Exception, expected: Lost):
    """Whether the request may have arrived is what matters afterwards."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise raised

    outcome = connection(handler).send(Request("POST", "/contacts", {}))

    assert isinstance(outcome, Lost)
    assert (outcome.reached, outcome.why.removeprefix("https://api2.frontapp.com ")) == (expected.reached, expected.why)


def test_a_redirect_is_not_followed():
    """A redirect is an answer like any other: the token does not go to the new place."""
    visited = []

    def handler(request: httpx.Request) -> httpx.Response:
        visited.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://evil.example/"})

    answer = connection(handler).send(Request("GET", "/me"))

    assert isinstance(answer, Answer)
    assert (answer.status, visited) == (302, ["api2.frontapp.com"])


def test_a_next_link_on_the_companys_host_is_followed():
    """Front's next links stand on the company's own host below its domain."""
    link = "https://acme.api.frontapp.com/contacts?page_token=1"
    answer = connection(lambda request: httpx.Response(200, json=request.url.host)).send(Request("GET", link))

    assert isinstance(answer, Answer)
    assert answer.body == "acme.api.frontapp.com"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/contacts",
        "https://evilfrontapp.com/contacts",
        "https://frontapp.com.evil.example/",
        "http://api2.frontapp.com/contacts",
        "https://api2.frontapp.com@evil.example/",
        "//evil.example/contacts",
        "https://evil.example\\.frontapp.com/",
        "https://user:pw@api2.frontapp.com/contacts",
    ],
)
def test_a_foreign_link_is_refused(link: str):
    """A link to anywhere else raises before anything is sent."""
    with pytest.raises(WrongSettings, match="was not followed"):
        connection(lambda _: pytest.fail("sent")).send(Request("GET", link))


@pytest.mark.parametrize(
    "url",
    [
        "http://api2.frontapp.com",
        "ftp://x",
        "api2.frontapp.com",
        "https://u:p@host/",
        "https://",
        "https://h/?sid=1",
        "https://host:port",
    ],
)
def test_an_address_must_be_https_without_credentials(url: str):
    """Plain http is only for loopback."""
    with pytest.raises(WrongSettings):
        Connection(Host(url, Secret("t0ken")))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_loopback_may_be_plain(url: str):
    """A sandbox needs no certificate."""
    with Connection(Host(url, Secret("t0ken"))) as opened:
        assert opened is not None


def test_a_page_that_is_not_json_is_kept_as_text():
    """An HTML page in place of an answer has no body, and a short text to show."""
    answer = connection(lambda _: httpx.Response(200, text="<html>maintenance</html>")).send(Request("GET", "/me"))

    assert isinstance(answer, Answer)
    assert (answer.body, answer.text) == (None, "<html>maintenance</html>")


def test_what_the_library_says_of_a_bad_header_is_not_repeated():
    """Its words quote the header, and so the token."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer t0ken'")

    outcome = connection(handler).send(Request("GET", "/me"))

    assert isinstance(outcome, Lost)
    assert "t0ken" not in outcome.why


class Dripping(httpx.SyncByteStream):
    """A body that comes byte by byte, half a second each."""

    def __init__(self, seconds: list[float]) -> None:
        self._seconds = seconds
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for each in b'{"id":"crd_1"}':
            self._seconds[0] += 0.5
            yield bytes([each])

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("read_seconds", [1.0, 60.0])
def test_a_body_that_drips_is_given_up(read_seconds: float):
    """``read_seconds`` is for the whole body, however short the silence between its pieces; the connection is freed."""
    seconds = [0.0]
    body = Dripping(seconds)
    host = Host("https://api2.frontapp.com", Secret("t0ken"), read_seconds=read_seconds)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))

    outcome = Connection(host, transport, lambda: seconds[0]).send(Request("GET", "/contacts/crd_1"))

    assert isinstance(outcome, Lost) == (seconds[0] < 7) == (read_seconds < 7)
    assert body.closed
    if isinstance(outcome, Lost):
        assert outcome.reached
        assert "the body took longer than 1 s" in outcome.why
