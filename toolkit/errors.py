"""The one tree of errors, and the exit codes. Nothing here prints or exits.

::

    ToolkitError                 a sentence, where it applies, a hint             exit code
    ├── WrongSettings            command line, mapping, settings or environment        2
    ├── SignInRefused            a token, key or permission was refused                4
    ├── Stopped                  stopped part way; run the same command again          5
    │   └── CannotWrite          the disk is full, the folder read-only …              5
    └── InputRefused             a file is not what it must be; nothing was done       6

A stage that finishes but rejects or refuses some rows raises nothing: its result says so (3).
An exception outside this tree is a bug of ours (1); Ctrl-C is 130.
"""

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process answers; documented in docs/exit-codes.md."""

    DONE = 0
    BUG = 1
    WRONG_SETTINGS = 2
    SOME_REJECTED = 3
    SIGN_IN_REFUSED = 4
    STOPPED = 5
    INPUT_REFUSED = 6
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of an input.

    ``line`` and ``column`` count from 1; ``pointer`` is a JSON pointer (RFC 6901) into the document
    that stands there; ``code`` is one word out of a closed list, where the problem has one.
    """

    sentence: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    code: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (f"{place} {self.pointer}".strip(), self.sentence) if part)


class ToolkitError(Exception):
    """Anything a person can act on: what is wrong, where (``problems``), what to do (``hint``)."""

    exit_code = ExitCode.BUG

    def __init__(self, sentence: str, *, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.problems = problems


class WrongSettings(ToolkitError):
    """The command line, a mapping, a settings file or the environment asks for something impossible."""

    exit_code = ExitCode.WRONG_SETTINGS


class SignInRefused(ToolkitError):
    """Salesforce or Front does not accept the token, or the token may not do this."""

    exit_code = ExitCode.SIGN_IN_REFUSED


class Stopped(ToolkitError):
    """Stopped part way with everything so far kept; the same command goes on from there."""

    exit_code = ExitCode.STOPPED


class CannotWrite(Stopped):
    """A file could not be written; the one that stood there before still does."""


class InputRefused(ToolkitError):
    """A file is not what it must be. Nothing was done with it."""

    exit_code = ExitCode.INPUT_REFUSED
