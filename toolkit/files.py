"""The only place that opens a file for writing.

A file appears whole or not at all: it is written beside its place under a temporary name, synced, renamed over
the old one, and the folder is synced. A stage that writes several files commits them together at its end.
Files that hold personal data are created for their owner alone (mode 0600).
"""

import contextlib
import errno
import fcntl
import glob
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from toolkit.errors import CannotWrite, WrongSettings

PRIVATE, PUBLIC = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a stage writes, and how many rows (records, lines) it holds without its headings; None: a text.

    ``schema`` is the one of ``schemas/`` that each line of an NDJSON file follows, where there is one.
    """

    path: Path
    rows: int | None
    schema: str = ""


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
        self._places: set[Path] = set()
        self._adopted: set[Path] = set()
        self._retired: list[Path] = []
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary in set(self._begun.values()) - self._adopted:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self._begun.clear()
        self._held.close()

    def hold(self, file: "GrowingFile") -> "GrowingFile":
        """Keep a growing file locked until these outputs are done with: committed, or given up."""
        return self._held.enter_context(file)

    @contextlib.contextmanager
    def open(self, path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
        """Give a binary file that will become ``path``; its folder is made when missing.

        WrongSettings for a file that was begun already: one of the two would be lost.
        """
        if path.resolve() in self._places:
            raise WrongSettings(f"{path} would be written twice", hint="name another file; nothing was changed")
        self._places.add(path.resolve())
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            self._begun[path] = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                yield file
                file.flush()
                os.fsync(descriptor)

    def write(self, path: Path, content: bytes) -> None:
        """Begin ``path`` with ``content`` in one go."""
        with self.open(path) as file:
            file.write(content)

    def adopt(self, path: Path, grown: Path) -> None:
        """Let ``grown``, a file that stands in the same folder, become ``path``; without a commit it stays."""
        self._begun[path] = grown
        self._adopted.add(grown)

    def retire(self, path: Path) -> None:
        """Remove a file once everything is committed: it was needed only until then."""
        self._retired.append(path)

    def staged(self, path: Path) -> Path:
        """Say where the bytes of ``path`` stand until the commit, for hashing and counting."""
        return self._begun[path]

    def commit(self) -> None:
        """Put every file in its place, in the order they were begun, and sync their folders.

        Each file is complete on disk before the first is renamed; a folder that stands where a file is to go is
        noticed before, too.
        """
        for path in self._begun:
            if path.is_dir():
                raise CannotWrite(f"{path} could not be written: a folder of that name is there", hint=_UNCHANGED)
        for path, temporary in self._begun.items():
            with _explained(path):
                temporary.replace(path)
        for folder in {path.parent for path in self._begun}:
            _sync(folder)
        self._begun.clear()
        remove(tuple(self._retired))


class GrowingFile:
    """A private file that grows over several runs. What was written after the last recorded size is cut off.

    One run at a time may hold it; CannotWrite when another does, or when the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        claim(path)
        with _explained(path):
            self._file = path.open("r+b", buffering=0)
            self._lock()
            # Between opening and locking, another run may have put the file in its place under its own name.
            if not path.exists() or os.fstat(self._file.fileno()).st_ino != path.stat().st_ino:
                self._file.close()
                raise CannotWrite(f"another run has just finished {path}", hint="run the same command again")

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise CannotWrite(f"another run is writing {self._path}", hint="wait until it has ended") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def cut(self, size: int) -> bool:
        """Go on writing at ``size`` and cut off what lies behind; False when the file is not that long."""
        with _explained(self._path):
            if self._file.seek(0, os.SEEK_END) < size:
                return False
            self._file.truncate(size)
            self._file.seek(size)
        return True

    def append(self, content: bytes) -> None:
        """Write ``content`` at the end."""
        with _explained(self._path):
            rest = memoryview(content)
            while rest:
                rest = rest[self._file.write(rest) :]

    def sync(self) -> int:
        """Wait until everything is on the disk, and say how long the file is."""
        with _explained(self._path):
            os.fsync(self._file.fileno())
            return self._file.tell()


def write(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write one file, whole or not at all; ``PUBLIC`` where it holds nobody's data and others are to read it."""
    with Outputs() as outputs:
        with outputs.open(path, mode) as file:
            file.write(content)
        outputs.commit()


@contextlib.contextmanager
def spool() -> Iterator[BinaryIO]:
    """Give a file without a name for what must be seen whole before it is written; it is gone afterwards."""
    with _explained(Path(tempfile.gettempdir())), tempfile.TemporaryFile() as file:
        yield file


@contextlib.contextmanager
def scratch(chunks: Iterable[bytes]) -> Iterator[Path]:
    """Give a temporary file that holds ``chunks``, for a reader that wants a path; it is gone afterwards."""
    with contextlib.ExitStack() as stack:
        with _explained(Path(tempfile.gettempdir())):
            file = stack.enter_context(tempfile.NamedTemporaryFile())
            file.writelines(chunks)
            file.flush()
        yield Path(file.name)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a private temporary folder for what a stage puts aside while it works; it is gone afterwards."""
    with contextlib.ExitStack() as stack:
        with _explained(Path(tempfile.gettempdir())):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sf2front-"))
        yield Path(folder)


def claim(path: Path) -> None:
    """Make an empty private file for a library that keeps the file itself (SQLite); an existing one stays."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=PRIVATE)


def sweep(path: Path) -> None:
    """Remove what killed runs left of ``path`` under temporary names. Only for a file that one run at a time writes."""
    remove(tuple(path.parent.glob(f".{glob.escape(path.name)}.*.part")))


def remove(paths: tuple[Path, ...]) -> None:
    """Remove files that an earlier run of the same stage wrote and this one no longer does."""
    for path in paths:
        with _explained(path):
            path.unlink(missing_ok=True)


_UNCHANGED = "make room or choose another place, and run the same command again"
_LOCKED = "choose another place for it, or make that one writable"


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = _LOCKED if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else _UNCHANGED
        raise CannotWrite(f"{path} could not be written: {error.strerror or error}", hint=hint) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
