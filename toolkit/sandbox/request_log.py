"""The sandbox's log for people: a line of NDJSON for each request that came in, whichever half it was for.

What is sent with a request (token, query, body) is not in it, but paths hold handles: the file is for its owner alone.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from toolkit.files import GrowingFile

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Append = Callable[[bytes], None]


class RequestLog:
    """Notes each request when it has been answered: time, method, path, status, remaining, client.

    ``status`` is null when the connection was closed without an answer, ``remaining`` what Front's answer says is left
    (null: it says nothing), ``client`` the program that asked, as it calls itself.
    """

    def __init__(self, app: App, append: Append, clock: Callable[[], float]) -> None:
        self._app = app
        self._append = append
        self._clock = clock

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand the request on and note how it was answered."""
        begun, started = self._clock(), dict[str, Any]()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._append(_line(scope, started, begun))


def _line(scope: Message, started: Message, begun: float) -> bytes:
    asked, answered = _headers(scope), _headers(started)
    remaining = answered.get("x-ratelimit-remaining")
    line = {
        "time": datetime.fromtimestamp(begun, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1").partition("?")[0],
        "status": started.get("status"),
        "remaining": None if remaining is None else int(remaining),
        "client": asked.get("user-agent", "")[:100],
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _headers(message: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())}


@contextlib.contextmanager
def appending(path: Path | None) -> Iterator[Append | None]:
    """Give what appends to the file, below what earlier runs wrote; a line that was torn off is cut. None: no log."""
    if path is None:
        yield None
        return
    with GrowingFile(path) as file:
        file.cut(path.read_bytes().rfind(b"\n") + 1)
        yield file.append
