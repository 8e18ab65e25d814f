"""How the bytes of a file are a table, in words: its encoding and how sure that is, delimiter, line ends. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Sureness(StrEnum):
    """How sure an encoding is."""

    NAMED = "as named"
    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "a guess"


@dataclass(frozen=True, slots=True)
class Form:
    """``encoding`` in people's words, ``byte_order_mark`` as the first bytes declare it or "", ``why`` it is so sure.

    ``delimiter`` is the character; ``line_ends`` names what the rows end in, the commonest first.
    """

    encoding: str
    sureness: Sureness
    why: str
    byte_order_mark: str
    delimiter: str
    line_ends: str


_SPOKEN = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "ascii": "ASCII", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252 (cp1252)", "iso8859-1": "Latin-1 (ISO-8859-1)", "cp932": "Shift_JIS (cp932)",
    "shift_jis": "Shift_JIS",
}  # fmt: skip


def spoken(encoding: str, mark: str) -> str:
    """Call an encoding, given by Python's name, as people do; ``mark`` is the byte order mark's."""
    return mark if encoding == "utf-16" and mark else _SPOKEN.get(encoding, encoding)


def sureness(encoding: str, mark: str, *, named: bool, beyond_ascii: bool) -> tuple[Sureness, str]:
    """Say how sure an encoding is that the reader found or was told, and why."""
    if named:
        return Sureness.NAMED, "by --encoding"
    if mark:
        return Sureness.CERTAIN, "it has a byte order mark"
    if not beyond_ascii:
        return Sureness.CERTAIN, "nothing in it is beyond ASCII"
    if encoding == "utf-8":
        return Sureness.CERTAIN, "text in another encoding is hardly ever valid UTF-8"
    if encoding == "cp1252":
        return Sureness.GUESS, "it is not UTF-8; check a name with accents, or name another with --encoding"
    return Sureness.LIKELY, "told by its bytes; check a name, or name another with --encoding"


def line_ends(lf: int, crlf: int, cr: int, *, in_cells: bool) -> str:
    """Name the ends of the rows: ``LF``, ``CRLF and LF (mixed)``; and whether cells hold line ends too."""
    found = sorted(((count, name) for count, name in ((lf, "LF"), (crlf, "CRLF"), (cr, "CR")) if count), reverse=True)
    names = " and ".join(name for _, name in found) or "none"
    mixed = f"{names} (mixed)" if len(found) > 1 else names
    return f"{mixed}; quoted cells hold line ends too" if in_cells else mixed
