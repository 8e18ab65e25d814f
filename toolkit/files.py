"""The only place that opens a file for writing.

A file appears whole or not at all: it is written beside its place under a temporary name, synced, renamed over
the old one, and the folder is synced. A stage that writes several files commits them together at its end.
Files that hold personal data are created for their owner alone (mode 0600).
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from toolkit.errors import CannotWrite

PRIVATE, PUBLIC = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a stage writes, and how many rows (records, lines) it holds without its headings."""

    path: Path
    rows: int


def sha256(path: Path) -> str:
    """Hash the file: ``sha256:`` and 64 hex digits, as a Data Package descriptor writes it."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


class Outputs:
    """The files one stage writes: all of them appear at ``commit``, or none.

    Leaving the ``with`` block without a commit, or by an exception, removes what was begun and leaves
    every older file as it stood. OSErrors of writing come out as CannotWrite, naming the file.
    """

    def __init__(self) -> None:
        self._begun: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary in self._begun.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self._begun.clear()

    @contextlib.contextmanager
    def open(self, path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
        """Give a binary file that will become ``path``; its folder is made when missing."""
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            self._begun[path] = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                yield file
                file.flush()
                os.fsync(descriptor)

    def write(self, path: Path, content: bytes, mode: int = PRIVATE) -> None:
        """Begin ``path`` with ``content`` in one go."""
        with self.open(path, mode) as file:
            file.write(content)

    def staged(self, path: Path) -> Path:
        """Say where the bytes of ``path`` stand until the commit, for hashing and counting."""
        return self._begun[path]

    def commit(self) -> None:
        """Put every file in its place, in the order they were begun, and sync their folders."""
        for path, temporary in self._begun.items():
            with _explained(path):
                temporary.replace(path)
        for folder in {path.parent for path in self._begun}:
            _sync(folder)
        self._begun.clear()


def write(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write one file, whole or not at all."""
    with Outputs() as outputs:
        outputs.write(path, content, mode)
        outputs.commit()


@contextlib.contextmanager
def spool() -> Iterator[BinaryIO]:
    """Give a file without a name for what must be seen whole before it is written; it is gone afterwards."""
    with tempfile.TemporaryFile() as file:
        yield file


def claim(path: Path) -> None:
    """Make an empty private file for a library that keeps the file itself (SQLite); an existing one stays."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=PRIVATE)


def remove(paths: tuple[Path, ...]) -> None:
    """Remove files that an earlier run of the same stage wrote and this one no longer does."""
    for path in paths:
        with _explained(path):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "nothing was changed; make room or choose another place, and run the same command again"
        raise CannotWrite(f"{path} could not be written: {error.strerror or error}", hint=hint) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
