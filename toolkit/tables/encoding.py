"""Settles how a file's bytes are text: gives every file as UTF-8 whose records end in a line feed. Parses no rows.

A file that is so already is used where it stands; any other is copied to a temporary file, which is removed afterwards.
"""

import codecs
import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import CannotWrite, InputRefused, Problem, WrongSettings
from toolkit.tables import sniffing

CHUNK = 1 << 20

UTF8 = ("utf-8", "utf-8-sig", "ascii")
_CR_ONLY = re.compile(r'(?:"(?:[^"]|"")*"|[^"\r\n])*+\r++(?!\n)')


@dataclass(frozen=True, slots=True)
class Source:
    """A file as UTF-8 text: where it stands, its encoding and byte order mark, and what was settled to get there."""

    path: Path
    encoding: str
    notes: tuple[Problem, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Undecodable(Exception):
    """The first byte that is not text in this encoding; ``around`` are the bytes read with it."""

    encoding: str
    offset: int
    line: int
    around: bytes

    def problem(self, name: str) -> Problem:
        return Problem(f"the byte at offset {self.offset} is not {self.encoding}", name, self.line, code="encoding")


def must_be_file(path: Path) -> None:
    """Refuse what can't be read as a file: missing, a folder, not allowed."""
    try:
        with path.open("rb"):
            return
    except FileNotFoundError:
        raise InputRefused(f"there is no file {path}", hint="check the name and the folder") from None
    except IsADirectoryError:
        raise InputRefused(f"{path} is a folder, not a file", hint="name one file in it") from None
    except OSError as error:
        raise InputRefused(f"{path} can't be opened: {error.strerror or error}") from error


@contextlib.contextmanager
def as_utf8(path: Path, wanted: str | None) -> Iterator[Source]:
    """Give ``path`` as UTF-8 with line feeds; ``wanted`` is the encoding to take instead of the one found.

    Raises InputRefused for no file, an empty one, NUL bytes, an Excel workbook, a web page, or bytes that are not
    text (with offset and line); WrongSettings for an encoding that doesn't exist.
    """
    must_be_file(path)
    head = read_head(path)
    candidates = _named(wanted, head) if wanted else sniffing.candidates(head)
    encoding, first_text = _settle(path, candidates)
    notes = () if wanted or encoding in UTF8 or encoding.startswith("utf-16") else (_guessed(path.name, encoding),)
    mark = sniffing.byte_order_mark(head)
    cr_only = _CR_ONLY.match(first_text) is not None
    if encoding in UTF8 and not cr_only:
        yield Source(path, encoding, notes, mark)
        return
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        _copy(path, encoding, Path(copy.name), cr_only=cr_only)
        yield Source(Path(copy.name), encoding, notes, mark)


def read_head(path: Path) -> bytes:
    """Read the first bytes, and refuse by them what is no CSV at all."""
    with path.open("rb") as file:
        head = file.read(CHUNK // 4)
    if not head:
        raise InputRefused(f"{path.name} is empty", hint="export it again")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputRefused(f"{path.name} is an Excel workbook, not a CSV", hint="save it as “CSV UTF-8” and use that")
    if re.match(rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|html)", head):
        raise InputRefused(f"{path.name} is a web page, not a CSV", hint="the sign-in had expired: export it again")
    if re.match(rb'(\xef\xbb\xbf)?\{"[^"\n]*":', head):
        raise InputRefused(f"{path.name} is NDJSON or JSON, not a CSV", hint="was another file meant?")
    return head


def _named(wanted: str, head: bytes) -> tuple[str, ...]:
    """Give the encoding that a person names; ``utf-16`` without a mark leaves the order of bytes to be found."""
    try:
        b"ab".decode(wanted, "ignore")
        name = codecs.lookup(wanted).name
    except LookupError:
        raise WrongSettings(f"there is no encoding called {wanted}", hint="try utf-8, utf-16 or cp1252") from None
    if name == "utf-16" and not sniffing.byte_order_mark(head):
        return sniffing.utf16(head) or (name,)
    return (name,)


def _settle(path: Path, candidates: tuple[str, ...]) -> tuple[str, str]:
    """Find the first encoding the whole file is text in; gives it with the file's first decoded piece."""
    failures = []
    for encoding in candidates:
        try:
            return encoding, _check(path, encoding)
        except _Undecodable as failure:
            failures.append(failure)
            if encoding == "utf-8" and sniffing.is_mostly_utf8(failure.around):
                break
    tried = ", ".join(failure.encoding for failure in failures)
    hint = "the file is damaged, or its encoding must be named with --encoding"
    problems = (failures[0].problem(path.name),)
    raise InputRefused(f"{path.name} is not text in {tried}", hint=hint, problems=problems)


def _check(path: Path, encoding: str) -> str:
    """Decode the whole file and give its first piece; a NUL anywhere is refused."""
    first, line = "", 1
    for text in pieces(path, encoding):
        if "\0" in text:
            line += text[: text.index("\0")].count("\n")
            problem = Problem("a NUL byte stands here", path.name, line, code="nul")
            hint = "the file is damaged or its encoding is another one: export it again"
            raise InputRefused(f"{path.name} is not plain text", hint=hint, problems=(problem,))
        first, line = first or text, line + text.count("\n")
    return first


def pieces(path: Path, encoding: str) -> Iterator[str]:
    """Decode a file piece by piece; raises _Undecodable with the offset in the file and the line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read, line, around = 0, 1, b""
    with path.open("rb") as file:
        final = False
        while not final:
            chunk = file.read(CHUNK)
            final = not chunk
            around = chunk or around  # half a character at the very end is told apart by what stands before it
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "ignore")
                offset, at = read - waiting + error.start, line + before.count("\n")
                raise _Undecodable(encoding, offset, at, around) from None
            read, line = read + len(chunk), line + text.count("\n")
            yield text


def _guessed(name: str, encoding: str) -> Problem:
    spoken = {"cp932": "Shift_JIS (cp932)"}.get(encoding, encoding)
    return Problem(f"not UTF-8: read as {spoken}; check a name with accents in it", name, code="encoding")


def _copy(path: Path, encoding: str, target: Path, *, cr_only: bool) -> None:
    decoded = pieces(path, encoding)
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            file.writelines([_with_line_feeds("".join(decoded))] if cr_only else decoded)
    except OSError as error:
        hint = "make room there, or name another folder in the environment variable TMPDIR"
        sentence = f"a temporary copy of {path.name} could not be written in {target.parent}: {error.strerror}"
        raise CannotWrite(sentence, hint=hint) from error


def _with_line_feeds(text: str) -> str:
    """End records with a line feed where they ended with a carriage return; cells in quotes keep theirs."""
    parts = text.split('"')
    parts[::2] = [part.replace("\r\n", "\n").replace("\r", "\n") for part in parts[::2]]
    return '"'.join(parts)
