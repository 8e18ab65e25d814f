"""The top of a CSV: the delimiter, the heading record, and unique headings from it. Reads no data rows."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import InputRefused, Problem, WrongSettings
from toolkit.tables import preamble
from toolkit.tables.cells import DELIMITERS, count_cells, likeliest_delimiter, split_cells

_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

MOST_COLUMNS = 200_000
LONGEST_HEADING = 32_767
"""Characters, as many as a spreadsheet's cell can hold."""
_LONGEST_RECORD = 1 << 20
"""Characters up to which the lines of a quoted cell are put together: a quote that never closes fills no memory."""


@dataclass(frozen=True, slots=True)
class Top:
    """The top of a file: its ``delimiter``, its ``headings`` as they stand, and what stands above them.

    ``lines_above`` counts lines of text, ``rows_above`` those a spreadsheet shows, which Excel's ``sep=`` is not;
    ``titles`` are the texts among them: a report's name, its filters.
    """

    delimiter: str
    headings: tuple[str, ...]
    lines_above: int
    rows_above: int
    titles: tuple[str, ...] = ()


def read_top(path: Path, delimiter: str | None, name: str) -> Top:
    """Find the headings of the UTF-8 file ``path``: its first record that is not blank, nor a report's title.

    Raises InputRefused when there is none or it is all blank, WrongSettings for an impossible delimiter.
    """
    if delimiter is not None:
        _refuse_delimiter(delimiter)
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        records = _records(file)
        first = next(records, "")
        said = _SEP.fullmatch(first.strip("\r\n"))
        delimiter = delimiter or (said[1] if said else None)
        blank = re.compile(rf'(?:(?:"")?[{re.escape(delimiter or DELIMITERS)}])*+(?:"")?[\r\n]*')
        above = [first] if said else []
        for record in records if said else itertools.chain([first], records):
            if not blank.fullmatch(record):
                problem = _no_headings(record, delimiter)
                if not problem:
                    return _top(above, [record, *_below(records)], delimiter, sep=bool(said))
                line = 1 + sum(each.count("\n") for each in above)
                problems = (Problem(problem, name, line, code="headings"),)
                hint = "the first row must name the columns, and a quote that opens a cell must be closed"
                raise InputRefused(f"{name} has no headings that could be used", hint=hint, problems=problems)
            above.append(record)
    raise InputRefused(f"{name} has no headings: it is blank", hint="export it again")


def _refuse_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n\0 ':
        raise WrongSettings(f"{delimiter!r} can't delimit cells", hint="use a comma, a semicolon, a tab or a |")


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Put lines together that one quoted cell holds; each record keeps its line end."""
    for line in lines:
        parts, odd = [line], line.count('"') % 2
        size = len(line)
        while odd and size < _LONGEST_RECORD and (more := next(lines, "")):
            parts.append(more)
            size += len(more)
            odd ^= more.count('"') % 2
        yield "".join(parts)


def _below(records: Iterator[str]) -> Iterator[str]:
    """Give the few records that show whether the first is a title; one that is huge shows nothing."""
    few = itertools.islice(records, preamble.LOOKED_AT)
    return itertools.takewhile(lambda record: len(record) < _LONGEST_RECORD, few)


def _no_headings(record: str, delimiter: str | None) -> str:
    """Say why a record can't be the headings of any table, or "": what is taken for them could take minutes."""
    if record.count('"') % 2:
        return "a quoted heading is not closed"
    cells = count_cells(record, delimiter or likeliest_delimiter(record))
    if cells > MOST_COLUMNS:
        return f"there are {cells:,} columns, {MOST_COLUMNS:,} at most"
    longest = max(map(len, split_cells(record, delimiter or likeliest_delimiter(record))))
    if longest > LONGEST_HEADING:
        return f"a heading has {longest:,} characters, {LONGEST_HEADING:,} at most"
    return ""


def _top(above: list[str], looked_at: list[str], delimiter: str | None, *, sep: bool) -> Top:
    texts = [record.rstrip("\r\n") for record in looked_at]
    passed, titles = preamble.titles(texts, delimiter)
    skipped = [*above, *looked_at[:passed]]
    found = delimiter or likeliest_delimiter(texts[passed])
    lines = sum(record.count("\n") for record in skipped)
    return Top(found, tuple(split_cells(texts[passed], found)), lines, len(skipped) - sep, titles)


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
