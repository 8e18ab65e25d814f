"""Puts both halves on one port: turns HTTP into calls and replies into HTTP. The only room that knows Starlette."""

import asyncio
import base64
import binascii
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote

import orjson
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from toolkit.errors import WrongSettings
from toolkit.sandbox import company, front, report_calls, request_log, salesforce
from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.config import FaultKind, SandboxConfig
from toolkit.sandbox.front import Front
from toolkit.sandbox.report import Report, from_answer
from toolkit.sandbox.salesforce import Salesforce
from toolkit.sandbox.store import Store

Clock = Callable[[], float]
Endpoint = Callable[[Request], Awaitable[Response]]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOSTS = ("127.0.0.1", "localhost")
"""A request that names another host is refused: a web page must not reach the sandbox under a name of its own."""


def build(
    config: SandboxConfig, store: Store, clock: Clock = time.time, append: request_log.Append | None = None
) -> Starlette:
    """Make the application; ``clock`` gives Unix seconds, ``append`` takes the lines of the log.

    The two halves are in its ``state``: ``front`` and ``salesforce``.
    """
    front_door = Front(company.found(config.front, store, clock))
    salesforce_door = Salesforce(config.salesforce, [*map(_report, config.salesforce.answers)], clock)
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False), Middleware(RawPath)]
    middleware.append(Middleware(Dated, clock))
    if append:
        middleware.insert(0, Middleware(request_log.RequestLog, append, clock))
    routes = [*_salesforce_routes(salesforce_door), *_front_routes(front_door)]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers={ClientDisconnect: _left_alone})
    app.router.redirect_slashes = False
    app.state.front, app.state.salesforce = front_door, salesforce_door
    return app


class RawPath:
    """Routes by the path as it was sent: a handle may hold an encoded slash. Salesforce minds no slash at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with its undecoded path."""
        raw = scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
        raw = raw.rstrip("/") if raw.startswith("/services/") else raw
        await self._app({**scope, "path": raw} if raw else scope, receive, send)


class Dated:
    """Says in every answer what time it is: by the sandbox's clock, which is not always that of the machine."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and put ``Date`` on what is answered."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._clock(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date)]
            await send(message)

        await self._app(scope, receive, dated)


class ReportId(Convertor[str]):
    """The Id of a report as a whole path: Salesforce's UI exports a report from there."""

    regex = "00O[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?"

    def convert(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Write it as it is."""
        return value


register_url_convertor("report", ReportId())


CUT_OFF = (FaultKind.DROP, FaultKind.RESET, FaultKind.TRUNCATED)


class CutOff(Response):
    """An answer that breaks off: nothing at all arrives of it, or the first half."""

    def __init__(self, response: Response, fault: FaultKind) -> None:
        super().__init__(response.body, response.status_code, dict(response.headers))
        self._half = fault is FaultKind.TRUNCATED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to arrive and close the connection; the server puts ``hang_up`` into the state."""
        if self._half:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            half = bytes(self.body[: len(self.body) // 2])
            await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["hang_up"]()
        await receive()


async def _left_alone(_: Request, __: Exception) -> Response:
    """Answer nothing to a client that was gone before its request had come whole: a program killed while it sends."""
    return CutOff(Response(), FaultKind.DROP)


async def _slowly(response: Response, seconds: float) -> Response:
    """Let the first half of an answer arrive at once, the rest after so many seconds; one without a body comes late."""
    body = bytes(response.body)
    if len(body) < 2:
        await asyncio.sleep(seconds)
        return response

    async def halves() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        await asyncio.sleep(seconds)
        yield body[len(body) // 2 :]

    return StreamingResponse(halves(), response.status_code, response.headers)


def _report(path: Path) -> Report:
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise WrongSettings(f"the report answer {path} can't be read: {error}") from error
    return from_answer(data, str(path))


def _front_routes(door: Front) -> list[Route]:
    routes = [Route(path, _front(door, handler), methods=[method]) for method, path, handler in front.ROUTES]
    taken = {path: [method for method, other, _ in front.ROUTES if other == path] for _, path, _ in front.ROUTES}
    refusing = [Route(path, _front(door, front.no_such_method(*taken[path])), methods=METHODS) for path in taken]
    return [*routes, *refusing, Route("/{rest:path}", _front(door, front.no_such_route), methods=METHODS)]


def _salesforce_routes(door: Salesforce) -> list[Route]:
    async def versions(_: Request) -> Response:
        return _response(door.versions())

    async def token(request: Request) -> Response:
        return _response(door.sign_in(await _call(request, _client(request))))

    async def soap(request: Request) -> Response:
        return _response(door.soap(await _call(request)))

    async def ui(request: Request) -> Response:
        return _response(door.page(report_calls.ui_csv, await _call(request)))

    return [
        Route("/services/data", versions),
        Route("/services/oauth2/token", token, methods=["POST"]),
        Route("/services/Soap/u/{version}", soap, methods=["POST"]),
        *(Route(path, _salesforce(door, handler), methods=[method]) for method, path, handler in salesforce.ROUTES),
        Route("/services/{rest:path}", _salesforce(door, salesforce.no_such_route), methods=METHODS),
        Route("/{report_id:report}", ui),
    ]


def _front(door: Front, handler: front.Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        reply, fault = door.answer(handler, await _call(request))
        if door.latency_seconds:
            await asyncio.sleep(door.latency_seconds)
        return await _on_its_way(_response(reply), fault, door.slow_seconds)

    return endpoint


async def _on_its_way(response: Response, fault: FaultKind | None, slow_seconds: float) -> Response:
    if fault is FaultKind.SLOW:
        return await _slowly(response, slow_seconds)
    return CutOff(response, fault) if fault in CUT_OFF else response


def _salesforce(door: Salesforce, handler: salesforce.Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        reply, fault = door.answer(handler, await _call(request))
        return await _on_its_way(_response(reply), fault, door.slow_seconds)

    return endpoint


async def _call(request: Request, params: dict[str, str] | None = None) -> Call:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return Call(
        method=request.method,
        path=request.scope["path"],
        base=f"{request.url.scheme}://{request.url.netloc}",
        params=params or {name: unquote(value) for name, value in request.path_params.items() if name != "rest"},
        query=dict(request.query_params),
        token=token.strip() if kind.lower() in ("bearer", "oauth") else "",
        content=await request.body(),
        headers=dict(request.headers),
    )


def _client(request: Request) -> dict[str, str]:
    """Read a client's id and secret from HTTP Basic, the other way OAuth clients send them."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(text).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return {}
    name, _, secret = decoded.partition(":")
    return {"client_id": unquote(name), "client_secret": unquote(secret)} if name else {}


def _response(reply: Reply) -> Response:
    if reply.data is None:
        return Response(status_code=reply.status, headers=reply.headers)
    if isinstance(reply.data, bytes):
        return Response(reply.data, reply.status, reply.headers)
    content = orjson.dumps(reply.data)
    return Response(content, reply.status, reply.headers, media_type="application/json")
