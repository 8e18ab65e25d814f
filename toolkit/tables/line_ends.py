"""Counts how the rows of a file end, as they stand in its bytes. Reads nothing else out of it."""

from dataclasses import dataclass
from pathlib import Path

from toolkit.tables.encoding import pieces


@dataclass(frozen=True, slots=True)
class LineEnds:
    """How many rows end in which way, and whether quoted cells hold line ends of their own."""

    lf: int = 0
    crlf: int = 0
    cr: int = 0
    in_cells: bool = False


def count_line_ends(path: Path, encoding: str) -> LineEnds:
    """Count the line ends outside quotes of a file that ``read_csv`` has read in ``encoding`` (Python's name)."""
    counts, in_cells, quotes, held = {"lf": 0, "crlf": 0, "cr": 0}, False, 0, ""
    for piece in pieces(path, encoding):
        # A carriage return may be the first half of a pair: it waits for what comes after it.
        text = held + piece
        held = "\r" if piece and text.endswith("\r") else ""
        text = text.removesuffix(held)
        parts = text.split('"')
        outside = "\0".join(parts[quotes % 2 :: 2])
        in_cells = in_cells or any(text.count(end) > outside.count(end) for end in ("\n", "\r"))
        pairs = outside.count("\r\n")
        counts["crlf"] += pairs
        counts["lf"] += outside.count("\n") - pairs
        counts["cr"] += outside.count("\r") - pairs
        quotes += len(parts) - 1
    return LineEnds(**counts, in_cells=in_cells)
