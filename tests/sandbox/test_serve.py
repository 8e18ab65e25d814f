"""The sandbox on a real socket: it starts, keeps its state over a kill, and stops cleanly."""

import contextlib
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from toolkit.errors import WrongSettings
from toolkit.sandbox import serve
from toolkit.sandbox.serve import SandboxSettings, run, running
from toolkit.sandbox.store import Store

TOKEN = {"Authorization": "Bearer sandbox"}
CONTACT = {"name": "Ada", "handles": [{"source": "email", "handle": "ada@example.com"}]}
PROGRAM = """
import sys
from pathlib import Path
from toolkit.sandbox.serve import SandboxSettings, run
run(SandboxSettings(state=Path(sys.argv[1])), lambda address: print(address, flush=True))
"""


@contextmanager
def process(state):
    with subprocess.Popen([sys.executable, "-W", "error", "-c", PROGRAM, str(state)], stdout=-1, stderr=-1) as started:
        try:
            yield started, started.stdout.readline().decode().strip()
        finally:
            started.kill()


def test_state_survives_a_kill(tmp_path):
    """After SIGKILL the file holds what was answered, and the next sandbox goes on from it."""
    state = tmp_path / "state.sqlite"
    with process(state) as (started, address):
        created = httpx.post(f"{address}/contacts", json=CONTACT, headers=TOKEN).json()["id"]
        started.send_signal(signal.SIGKILL)
        started.wait()

    with running(SandboxSettings(state=state)) as again:
        assert httpx.get(f"{again.url}/contacts/{created}", headers=TOKEN).json()["name"] == "Ada"
        assert httpx.post(f"{again.url}/contacts", json=CONTACT, headers=TOKEN).status_code == 409
        assert [each["status"] for each in again.store.requests()] == [201, 200, 409]


def test_interrupt_stops_it_cleanly(tmp_path):
    """Ctrl-C ends the process by KeyboardInterrupt, with nothing else said."""
    with process(tmp_path / "state.sqlite") as (started, address):
        httpx.get(f"{address}/me", headers=TOKEN)
        started.send_signal(signal.SIGINT)
        _, said = started.communicate()

    assert said.decode().splitlines()[-1] == "KeyboardInterrupt"
    assert "Warning" not in said.decode()


def test_a_client_that_goes_amid_its_request_is_no_fault(tmp_path):
    """A program killed while it sends: the sandbox goes on, and says nothing of it."""
    with process(tmp_path / "state.sqlite") as (started, address):
        with socket.create_connection((serve.HOST, httpx.URL(address).port)) as client:
            client.sendall(b"POST /contacts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        answered = httpx.get(f"{address}/me", headers=TOKEN).status_code
        started.send_signal(signal.SIGINT)
        _, said = started.communicate()

    assert answered == 200
    assert "Disconnect" not in said.decode()
    assert "Exception in ASGI" not in said.decode()


def test_the_state_is_for_its_owner_alone(tmp_path):
    """The file of the state is created with mode 0600."""
    Store(tmp_path / "state.sqlite").close()

    assert stat.S_IMODE((tmp_path / "state.sqlite").stat().st_mode) == 0o600


def test_it_listens_on_loopback_only():
    """The address told is 127.0.0.1, and the port is closed after the block."""
    with running() as sandbox:
        address = httpx.URL(sandbox.url)
        assert httpx.get(f"{sandbox.url}/me", headers=TOKEN).json()["name"] == "Sandbox Company"

    assert address.host == "127.0.0.1"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/me")


def test_the_clock_is_handed_in():
    """Front's half tells the time it is given."""
    with running(clock=lambda: 1_700_000_000.0) as sandbox:
        answer = httpx.get(f"{sandbox.url}/me", headers=TOKEN)

    assert answer.headers["x-ratelimit-reset"] == "1700000040.000"


def test_a_taken_port_is_told():
    """A port in use is WrongSettings that names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WrongSettings, match=f"port {port}"):
            run(SandboxSettings(port=port), print)


@pytest.mark.parametrize("state", ["missing/state.sqlite", "text.sqlite"])
def test_a_state_that_cannot_be_kept_is_told(tmp_path, state):
    """A folder that isn't there, or a file that is no database, is WrongSettings."""
    (tmp_path / "text.sqlite").write_text("not a database\n" * 100)

    with pytest.raises(WrongSettings, match="state"):
        run(SandboxSettings(state=tmp_path / state), print)


def test_a_missing_extra_is_told(monkeypatch):
    """Without uvicorn the hint says what to install."""
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None if name == "uvicorn" else object())

    with pytest.raises(WrongSettings, match="needs uvicorn") as refused:
        run(SandboxSettings(), print)

    assert refused.value.hint == "pip install 'sf2front[sandbox]'"


def test_importing_the_door_needs_no_extra():
    """toolkit.sandbox.serve can be imported without Starlette and uvicorn."""
    program = (
        "import sys; import toolkit.sandbox.serve; sys.exit('starlette' in sys.modules or 'uvicorn' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], env=os.environ, check=False).returncode == 0


def test_the_state_of_another_version_is_refused(tmp_path):
    """A state that an older sandbox began lacks what this one keeps: it says so, in place of answering 500."""
    state = tmp_path / "state.sqlite"
    Store(state).close()
    with contextlib.closing(sqlite3.connect(state)) as db:
        db.execute("PRAGMA user_version=1")

    with pytest.raises(WrongSettings, match="of another version"):
        Store(state)
