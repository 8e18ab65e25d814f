"""The top of a CSV: the delimiter, the heading record, and unique headings from it. Reads no data rows."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import InputRefused, WrongSettings

DELIMITERS = ",;\t"
"""Those that are looked for, the likeliest first; any other must be named."""

_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Top:
    """The top of a file: its ``delimiter``, its ``headings`` as they stand, and what stands above them.

    ``lines_above`` counts lines of text, ``rows_above`` those a spreadsheet shows, which Excel's ``sep=`` is not.
    """

    delimiter: str
    headings: tuple[str, ...]
    lines_above: int
    rows_above: int


def read_top(path: Path, delimiter: str | None, name: str) -> Top:
    """Find the headings of the UTF-8 file ``path``: its first record that is not blank.

    Raises InputRefused when there is none or it is all blank, WrongSettings for an impossible delimiter.
    """
    if delimiter is not None:
        _refuse_delimiter(delimiter)
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        rows_above, lines = 0, iter(file)
        blank = re.compile(rf'(?:(?:"")?[{re.escape(delimiter or DELIMITERS)}])*(?:"")?')
        for above, line in enumerate(lines):
            text = line.strip("\r\n")
            said = _SEP.fullmatch(text) if above == 0 else None
            if said:
                delimiter = delimiter or said[1]
            elif not blank.fullmatch(text):
                record = _record(line, lines).rstrip("\r\n")
                return _top(record, delimiter, (above, rows_above))
            else:
                rows_above += 1
    raise InputRefused(f"{name} has no headings: it is blank", hint="export it again")


def _refuse_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n\0 ':
        raise WrongSettings(f"{delimiter!r} can't delimit cells", hint="use a comma, a semicolon, a tab or a |")


def _record(first: str, rest: Iterator[str]) -> str:
    record = first
    while record.count('"') % 2 and (more := next(rest, "")):
        record += more
    return record


def _top(record: str, delimiter: str | None, above: tuple[int, int]) -> Top:
    outside = _QUOTED.sub("", record)
    found = delimiter or max(DELIMITERS, key=outside.count)
    return Top(found, tuple(split_cells(record, found)), *above)


def split_cells(record: str, delimiter: str) -> list[str]:
    """Split one well-formed record into its cells, quotes undone; any other record is split somehow."""
    mark = re.escape(delimiter)
    found = re.finditer(rf"(?:^|{mark})({_QUOTED.pattern}|)([^{mark}]*)", record)
    return [cell[1][1:-1].replace('""', '"') + cell[2] for cell in found]


def unique(headings: Sequence[str]) -> list[str]:
    """Make headings unique: a repeated ``Name`` becomes ``Name (2)``, or the next number no other heading has."""
    taken, counts, result = set(headings), Counter[str](), []
    for heading in headings:
        counts[heading] += 1
        name = heading
        while counts[heading] > 1 and name in taken:
            name = f"{heading} ({counts[heading]})"
            counts[heading] += name in taken
        taken.add(name)
        result.append(name)
    return result
