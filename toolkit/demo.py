"""The demo: the main job on a sandbox of its own, command by command as a person would type them.

Every stage runs as a process of its own, so that one of them can be killed for real. The demo only starts them,
reads their summaries (--json) and counts in the sandbox's own log what was sent.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.errors import Stopped, WrongSettings
from toolkit.files import Outputs
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.schemas import data_folder
from toolkit.tables import ndjson_line, read_ndjson

REPORT = "Contacts for Front"
ALREADY_THERE = 300
"""Contacts that Front has before: with an older name, and a custom field that the mapping doesn't know."""
CONFIG = b"front: {rate_limit: {requests: 120000}} # for a quick demo; a real company's is 50 to 200 a minute\n"
_FINE = (0, 3)
_PATIENCE_SECONDS = 50.0


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Each command's summary by the demo's own name for it, and what the sandbox's log says of the sending.

    ``creates`` reached it from the replay, of which ``created_twice`` were repetitions; ``lost`` never did.
    """

    folder: Path
    summaries: dict[str, dict[str, Any]]
    killed_after: int
    creates: int
    created_twice: int
    lost: int
    seconds: float

    @property
    def sound(self) -> bool:
        """Tell whether the rehearsal proved what it set out to: nothing lost, nothing twice, all verified."""
        nothing_left = sum(self.summaries["plan again"].get("requests_by", {}).values()) == 0
        return not (self.created_twice or self.lost or self.summaries["verify"]["different"]) and nothing_left


@dataclass(slots=True)
class _Demo:
    """The demo on its way: the folder, the sandbox, who is told each command, and the summaries so far."""

    folder: Path
    sandbox: RunningSandbox
    tell: Callable[[str], None]
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def command(self, name: str, *words: str) -> None:
        """Run one command to its end and keep its summary."""
        with self.started(*words) as process:
            out, err = process.communicate()
        if process.returncode not in _FINE:
            raise Stopped(f"the demo's {name} ended with exit code {process.returncode}: {err.strip()}")
        self.summaries[name] = json.loads(out)

    @contextmanager
    def started(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """Start one command in the demo's folder, with the sandbox's tokens in its environment."""
        self.tell(f"$ {shlex.join(('sf2front', *words))}")
        line = [sys.executable, "-m", "toolkit", *words, "--json"]
        tokens = {
            "SF2FRONT_FRONT_URL": self.sandbox.url,
            "SF2FRONT_FRONT_TOKEN": "sandbox",
            "SF2FRONT_SALESFORCE_URL": self.sandbox.url,
            "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox",
        }
        with subprocess.Popen(  # noqa: S603 - our own command line
            line, cwd=self.folder, env=os.environ | tokens, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def run(folder: Path, tell: Callable[[str], None]) -> DemoResult:
    """Do the main job in ``folder``, which must be new or empty; ``tell`` gets each command as it is run."""
    if folder.exists() and any(folder.iterdir()):
        raise WrongSettings(f"{folder} is not empty", hint="name a new folder with -o")
    started = time.monotonic()
    config = folder / "sandbox.yaml"
    with Outputs() as outputs:
        outputs.write(config, CONFIG)
        outputs.write(folder / "mapping.yaml", (data_folder("samples") / "mapping.yaml").read_bytes())
        outputs.commit()
    with running(SandboxSettings(config=config, state=folder / "sandbox.sqlite")) as sandbox:
        demo = _Demo(folder, sandbox, tell)
        _prepare(demo)
        before = len(_creates(sandbox))
        killed_after = _interrupted_replay(demo)
        _check(demo)
        creates = _creates(sandbox)[before:]
        lost = demo.summaries["plan"]["requests_by"].get("contact.create", 0) - len(set(creates))
        twice = sum(count - 1 for count in Counter(creates).values())
    seconds = time.monotonic() - started
    return DemoResult(folder, demo.summaries, killed_after, len(creates), twice, lost, seconds)


def _prepare(demo: _Demo) -> None:
    demo.command("export", "export", "report", REPORT, "-o", "contacts.csv")
    to = ("transform", "contacts.csv", "--mapping", "mapping.yaml", "--to")
    demo.command("import files", *to, "import", "-o", "import")
    demo.command("operations", *to, "operations", "-o", "api")
    _write_seed(demo.folder)
    demo.command("seed", "replay", "already-there.ndjson", "--share", "1")
    demo.command("snapshot before", "snapshot", "--accounts", "-o", "before.ndjson", "--share", "1")
    demo.command("plan", "plan", "api/operations.ndjson", "--against", "before.ndjson", "-o", "plan.ndjson")


def _write_seed(folder: Path) -> None:
    """Write what Front has before the upload: some of the same people, as somebody else typed them in."""
    upserts = [line for _, line in read_ndjson(folder / "api" / "operations.ndjson")][:ALREADY_THERE]
    with Outputs() as outputs:
        with outputs.open(folder / "already-there.ndjson") as file:
            file.writelines(ndjson_line(_older(line)) for line in upserts)
        outputs.commit()


def _older(upsert: dict[str, Any]) -> dict[str, Any]:
    body = {"name": upsert["body"]["handles"][0]["handle"], "handles": upsert["body"]["handles"][:1]}
    return {"key": upsert["key"], "op": "contact.create", "body": body | {"custom_fields": {"Favourite Color": "blue"}}}


def _interrupted_replay(demo: _Demo) -> int:
    """Replay the plan, kill it with SIGKILL about half way, and run the same command again; say when it was killed."""
    words = ("replay", "plan.ndjson", "--share", "1")
    half = sum(demo.summaries["plan"]["requests_by"].values()) // 2 + len(demo.sandbox.store.requests())
    with demo.started(*words) as process:
        patience = time.monotonic() + _PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < patience and demo.sandbox.store.request_count() < half:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    demo.tell("  killed with SIGKILL in the middle; now the same command again")
    demo.command("replay", *words)
    return int(demo.summaries["replay"]["done_before"])


def _check(demo: _Demo) -> None:
    demo.command("snapshot after", "snapshot", "--accounts", "-o", "after.ndjson", "--share", "1")
    demo.command("verify", "verify", "plan.ndjson", "--against", "after.ndjson")
    again = ("api/operations.ndjson", "--against", "after.ndjson", "-o", "plan-again.ndjson")
    demo.command("plan again", "plan", *again)
    demo.command("diff", "diff", "before.ndjson", "after.ndjson", "--key", "id")
    demo.command("evidence", "evidence", "plan.ndjson")


def _creates(sandbox: RunningSandbox) -> list[str]:
    """List what the sandbox's log says of every create that reached it, answered or not: the handles in it."""
    return [
        json.dumps(sorted(concerned for concerned in each["concerns"] if ":" in concerned))
        for each in sandbox.store.requests()
        if each["method"] == "POST" and each["path"] == "/contacts"
    ]
