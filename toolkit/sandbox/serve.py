"""The sandbox's door: runs it in the foreground for people, or in a thread for tests and the demo.

It listens on 127.0.0.1 and nowhere else. Importing this module needs neither Starlette nor uvicorn; serving does.
"""

import importlib
import importlib.util
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import WrongSettings
from toolkit.sandbox.config import SandboxConfig, SandboxSettings, load
from toolkit.sandbox.request_log import Append, appending
from toolkit.sandbox.store import Store

if TYPE_CHECKING:  # They need polars, which this door does not.
    from toolkit.sandbox.front import Front
    from toolkit.sandbox.salesforce import Salesforce

__all__ = ["HOST", "RunningSandbox", "SandboxSettings", "run", "running"]

HOST = "127.0.0.1"
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that is up: its address, Front's state to be asked (``contacts()``, ``requests()``), Salesforce to be
    asked and changed (``requests()``, ``faults``, ``change()``, ``change_all()``, ``delete()``, ``add()``), and Front's
    door, whose ``token`` may be changed. Both doors can be spoiled for a while (``spoil()``).
    """

    url: str
    store: Store
    salesforce: "Salesforce"
    front: "Front"


def run(settings: SandboxSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted; ``on_ready`` gets the address (``http://127.0.0.1:PORT``) once requests are taken.

    Raises WrongSettings for a bad configuration, a port that is taken, or when the extra ``sandbox`` isn't installed.
    """
    config = load(settings.config)
    with _served(settings, config, time.time) as (server, listener, _):
        on_ready(_address(listener))
        server.run(sockets=[listener])


@contextmanager
def running(settings: SandboxSettings | None = None, clock: Clock = time.time) -> Iterator[RunningSandbox]:
    """Serve from a thread while the ``with`` block runs; ``clock`` gives Unix seconds."""
    settings = settings or SandboxSettings()
    config = load(settings.config)
    with _served(settings, config, clock) as (server, listener, store):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
        thread.start()
        try:
            doors = server.config.app.state
            yield RunningSandbox(_address(listener), store, doors.salesforce, doors.front)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _served(
    settings: SandboxSettings, config: SandboxConfig, clock: Clock
) -> Iterator[tuple[Any, socket.socket, Store]]:
    """Give the server that is to be run, the socket it listens on, and Front's state."""
    with _store(settings) as store, appending(settings.log) as append, _listening(settings.port) as listener:
        yield _server(config, store, clock, append), listener, store


@contextmanager
def _store(settings: SandboxSettings) -> Iterator[Store]:
    store = Store(settings.state)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # The protocol is named so that asyncio turns Nagle's delay off: without it each answer takes 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            hint = "end a sandbox that still runs (Ctrl-C), choose another port, or leave --port out for a free one"
            raise WrongSettings(f"the sandbox can't listen on port {port}: {error}", hint=hint) from error
        # From here on a client's connection waits in line, so the address may be told before the server runs.
        listener.listen(128)
        yield listener


def _address(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _server(config: SandboxConfig, store: Store, clock: Clock, append: Append | None) -> Any:
    """Make the uvicorn server of the application, quiet but for warnings."""
    for name in ("starlette", "uvicorn"):
        if importlib.util.find_spec(name) is None:
            raise WrongSettings(f"the sandbox needs {name}", hint="pip install 'sf2front[sandbox]'")
    # Imported here and by name, so that everything else works without the optional extra.
    app, hang_up = (importlib.import_module(f"toolkit.sandbox.{room}") for room in ("app", "hang_up"))
    uvicorn = importlib.import_module("uvicorn")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    options: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "date_header": False,
        "lifespan": "off",
        "ws": "none",
        "loop": "asyncio",
        # Clients that wait for a query job ask every five seconds, which is when uvicorn would hang up.
        "timeout_keep_alive": 60,
    }
    application = app.build(config, store, clock, append)
    return uvicorn.Server(uvicorn.Config(application, timeout_graceful_shutdown=1, http=hang_up.Protocol, **options))
