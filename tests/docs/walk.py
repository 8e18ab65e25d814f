"""Walks a page as its reader does: every block in order, as written, in a folder with the samples.

A sandbox that the page starts runs as a process of its own, on a free port, which the page's own stands for in all that
is typed and printed. Plain ``sf2front`` lines run in this process, everything else in bash.
"""

import contextlib
import csv
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from click.testing import CliRunner

from tests.docs.pages import Block, Mended, Typed, doings, typed
from toolkit.cli import cli

ROOT = Path(__file__).parents[2]
SHOWN_URL = "http://127.0.0.1:8765"
FINE = (0, 3)
SETTING_UP = ("make ", ". .venv/", "git clone ", "pip install ")
"""What begins a line that makes a machine ready; the one that runs the tests is, and other tests do the same."""
_EXIT_CODE = "echo $?"
_BIN = Path(sys.executable).parent
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """What was typed, what it printed (lines, without blanks at their ends), and how it ended.

    ``asked``: the next line asks for the exit code, so that the page shows it.
    """

    typed: Typed
    printed: tuple[str, ...]
    code: int
    block: Block
    asked: bool

    @property
    def fault(self) -> str:
        """Say in what the page is wrong about this step; empty when it is right."""
        if self.typed.shown is None:
            return "" if self.code in FINE else f"ended with {self.code}: {self.text}"
        if not alike(self.typed.shown, self.printed, numbers=not self.typed.varies):
            return f"printed:\n{self.text}"
        told = self.asked or any(line.startswith(("error:", "^C")) for line in self.typed.shown)
        return "" if self.code in FINE or told else f"ended with {self.code}, and the page does not say so"

    @property
    def text(self) -> str:
        """What was printed, as it would be shown."""
        return "\n".join(self.printed)


class Walk:
    """A reader at work in ``folder``, with the samples beside; the sandbox ends with the walk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("SF2FRONT_")}
        self._environment["PATH"] = f"{_BIN}{os.pathsep}{os.environ['PATH']}"
        self._sandbox: _Sandbox | None = None
        self._code = 0
        shutil.copytree(ROOT / "samples", folder / "samples")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sandbox:
            self._sandbox.stop()

    def through(self, page: str) -> Iterator[Step]:
        """Do what a page says, step by step."""
        for doing in doings(page):
            if isinstance(doing, Mended):
                self._mend(doing)
            elif doing.kind in ("console", "sh"):
                lines = typed(doing)
                for number, line in enumerate(lines, start=1):
                    printed = self._type(self._real(line.command), line)
                    asked = lines[number:] and lines[number].command == _EXIT_CODE
                    yield Step(line, _lines(self._as_shown(printed)), self._code, doing, bool(asked))
            elif doing.title:
                self._edit(doing)

    def _type(self, command: str, line: Typed) -> str:
        if command.startswith(SETTING_UP):
            return self._set_up(command)
        if command == _EXIT_CODE:
            code, self._code = self._code, 0
            return str(code)
        if command.startswith("export "):
            self._environment |= dict(word.split("=", 1) for word in shlex.split(command)[1:])
            return ""
        if command.startswith("sf2front sandbox"):
            return self._start_sandbox(command)
        if line.shown and "^C" in line.shown:
            return self._interrupted(command)
        return self._in_process(shlex.split(command)[1:]) if _plain(command) else self._in_bash(command)

    def _set_up(self, command: str) -> str:
        known = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        missing = command.startswith("make ") and command.split()[1] not in known
        self._code = 2 if missing else 0
        return ""

    def _start_sandbox(self, command: str) -> str:
        if self._sandbox:
            self._sandbox.stop()
        self._sandbox = _Sandbox(shlex.split(command)[1:], self._folder)
        self._environment |= self._sandbox.environment
        self._code = 0
        return self._sandbox.printed

    def _in_process(self, words: list[str]) -> str:
        with contextlib.chdir(self._folder):
            result = CliRunner().invoke(cli, words, env=self._environment, prog_name="sf2front")
        self._code = result.exit_code
        return result.output

    def _in_bash(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self._folder, env=self._all(), text=True, stdout=-1, stderr=-2, check=False
        )
        self._code = done.returncode
        return done.stdout

    def _interrupted(self, command: str) -> str:
        """Press Ctrl-C once a dozen requests of it have come in."""
        assert self._sandbox, "the page starts no sandbox"
        before = self._sandbox.requests()
        with subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=self._folder, env=self._all(), text=True, stdout=-1, stderr=-2
        ) as process:
            patience = time.monotonic() + _PATIENCE_SECONDS
            while self._sandbox.requests() < before + 12 and time.monotonic() < patience:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate()
        self._code = process.returncode
        return f"^C\n{printed}"

    def _all(self) -> dict[str, str]:
        changed = os.environ | self._environment
        return {name: value for name, value in changed.items() if value is not None}

    def _edit(self, block: Block) -> None:
        """Write the file that a block is, change the one that it changes, or find the one that it is a part of."""
        path, text = self._folder / block.title, self._real(block.text)
        if block.kind == "diff":
            changed = path.read_text(encoding="utf-8")
            old, new = ("".join(_side(text, sign)) for sign in "-+")
            assert changed.count(old) == 1, f"{block.title} does not have once:\n{old}"
            path.write_text(changed.replace(old, new), encoding="utf-8")
        elif path.exists():
            assert block.text in path.read_text(encoding="utf-8"), f"{block.title} is another:\n{block.text}"
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _mend(self, mended: Mended) -> None:
        """Mend a cell and save the file as Excel does in much of Europe: semicolons, cp1252, CR LF."""
        path = self._folder / mended.file
        raw = path.read_bytes()
        by_excel = raw.partition(b"\n")[0].endswith(b"\r")
        text = raw.decode("cp1252" if by_excel else "utf-8")
        headings, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if by_excel else ",")
        (row,) = [each for each in rows if each[0] == mended.key]
        row[headings.index(mended.column)] = mended.value
        with path.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerows([headings, *rows])

    def _real(self, text: str) -> str:
        return text.replace(SHOWN_URL, self._sandbox.url) if self._sandbox else text

    def _as_shown(self, text: str) -> str:
        plain = text.replace(str(self._folder), ".")
        return plain.replace(self._sandbox.url, SHOWN_URL) if self._sandbox else plain


class _Sandbox:
    """A sandbox in a process of its own, begun as the page has it but for the port, and its log of requests."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._log = folder / words[words.index("--log") + 1] if "--log" in words else folder / ".requests.ndjson"
        if "--port" in words:
            words[words.index("--port") + 1] = "0"
        line = [sys.executable, "-m", "toolkit", *words, "--log", str(self._log)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(line, cwd=folder, env=environment, text=True, stdout=-1, stderr=-2)
        assert self._process.stdout
        self.printed = ""
        while not (found := re.search(r"ready at (http://\S+);.*\n", self.printed)):
            self.printed += self._process.stdout.readline() or self._ended()
        self.url = found[1]
        self.environment = {
            name: value.strip("'") for name, value in re.findall(r"^export (\w+)=(.*)$", self.printed, re.MULTILINE)
        }

    def _ended(self) -> str:
        raise AssertionError(f"the sandbox does not start: {self.printed}")

    def requests(self) -> int:
        return self._log.read_bytes().count(b"\n") if self._log.exists() else 0

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=_PATIENCE_SECONDS)


def _plain(command: str) -> bool:
    """Tell whether a line is our program and its words alone: no pipe, no file, no variable."""
    words = list(shlex.shlex(command, posix=True, punctuation_chars=True))
    marks = {each for each in words if set(each) <= set("|&;<>()")}
    return command.startswith("sf2front ") and not marks and "$" not in command


def _side(text: str, sign: str) -> Iterator[str]:
    return (line[1:] for line in text.splitlines(keepends=True) if line[0] in (" ", sign))


_PROGRESS = re.compile(r"^\w+: [\d,]+ (of [\d,]+ )?[a-z]+")
"""A line that a command writes every few seconds: on a slow machine there may be some, a page shows none."""


def _lines(printed: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in printed.splitlines() if not _PROGRESS.match(line))


_OF_THIS_RUN = tuple(
    re.compile(each)
    for each in (
        r"\b\d{4}-\d\d-\d\dT\d{6}Z",  # a run of sync, called by its moment
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",  # a line of a log
        r"(?<=last whole one) +\S+",  # when a snapshot was begun
        r"(?<=signed by engineer, )\S+",
        r"(?<=, seen )\S+",  # when a plan's snapshot was begun
        r"(?<= operations  )\d+ s\b",  # how long a run took, as runs has it
        r"\bours is \d+ s (ahead|behind)",  # a clock
        r"\bcrd_\d+",  # a contact: Front counts them as they come, several at once
        r"\b[0-9A-F]{16}\b",  # the id of a key
    )
)


def alike(shown: tuple[str, ...], printed: tuple[str, ...], *, numbers: bool = True) -> bool:
    """Tell whether a page shows what was printed, but for times, durations and ids.

    ``…`` on a line of its own stands for any lines. Without ``numbers`` any number stands for any other.
    """
    wanted = [_without(line, numbers=numbers) for line in shown]
    found = [_without(line, numbers=numbers) for line in printed]
    pattern = "\n".join(r"(?:.*\n)*?.*" if line == "…" else re.escape(line) for line in wanted)
    return re.fullmatch(pattern, "\n".join(found)) is not None


def _without(line: str, *, numbers: bool) -> str:
    for each in _OF_THIS_RUN:
        line = each.sub("…of this run…", line)
    return line if numbers else re.sub(r" +", " ", re.sub(r"\d[\d,]*", "0", line))
