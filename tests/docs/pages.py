"""The fenced blocks of a page of ours, and what in them a reader types. Text in, data out: nothing is run here.

- ``console``: lines behind ``$`` are typed, those below are what it prints; a line ``…`` stands for any lines.
- ``sh``: lines that are typed; what they print is not shown.
- ``diff title="FILE"``: what the reader changes in a file.
- Any other kind with ``title="FILE"``: a file that the reader writes, or a part of one that is there.
- ``<!-- by hand: FILE, KEY, COLUMN: VALUE -->``: a cell that the reader mends in a spreadsheet, as the text says.
- ``<!-- numbers vary -->`` above a block: what is shown differs from run to run in its numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCED = re.compile(r"^( *)```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
_BY_HAND = re.compile(r"<!-- by hand: (\S+), (\S+), ([^:]+): (.*?) -->")
_VARIES = re.compile(r"<!-- numbers vary -->\s*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind, the file it is (or empty), its text without indent, and where that stands."""

    kind: str
    title: str
    text: str
    indent: str
    start: int
    end: int
    varies: bool


@dataclass(frozen=True, slots=True)
class Mended:
    """A cell that the reader is told to mend: of the row whose first cell is ``key``."""

    file: str
    key: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that the reader types, and the lines that the page shows below it (None: it shows none).

    ``written``: the line as the page has it, over several lines where it is long.
    """

    command: str
    shown: tuple[str, ...] | None
    varies: bool = False
    written: str = ""


def blocks(page: str, *kinds: str) -> tuple[Block, ...]:
    """Give the blocks of a page in their order, or those of some kinds alone."""
    every = (_block(found, page) for found in _FENCED.finditer(page))
    return tuple(each for each in every if not kinds or each.kind in kinds)


def _block(found: re.Match[str], page: str) -> Block:
    indent, kind, title, text = found[1], found[2], found[3] or "", found[4]
    plain = "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
    varies = bool(_VARIES.search(page[: found.start()]))
    return Block(kind, title, plain, indent, found.start(4), found.end(4), varies)


def doings(page: str) -> Iterator[Block | Mended]:
    """Give what the reader does, in the order of the page: blocks, and cells mended by hand."""
    mended = [(found.start(), Mended(*found.groups())) for found in _BY_HAND.finditer(page)]
    yield from (each for _, each in sorted([*mended, *((each.start, each) for each in blocks(page))], key=_place))


def _place(doing: tuple[int, Block | Mended]) -> int:
    return doing[0]


def typed(block: Block) -> tuple[Typed, ...]:
    """Give what is typed in a ``console`` or ``sh`` block; lines that end in a backslash go on in the next."""
    if block.kind == "sh":
        lines = block.text.replace("\\\n", "").splitlines()
        wanted = (line.partition(" #")[0].strip() for line in lines)
        return tuple(Typed(line, None) for line in wanted if line and not line.startswith("#"))
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block.text, flags=re.MULTILINE)
    return tuple(
        Typed(written.replace("\\\n", ""), tuple(map(str.rstrip, shown.splitlines())), block.varies, written)
        for written, shown in commands
    )
