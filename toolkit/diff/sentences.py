"""What is found in a comparison, in words: the same for a terminal, a page and a workbook. Lines are bounded."""

import re
from collections.abc import Iterator

from toolkit.diff.findings import Finding, Segment, ValueChange
from toolkit.diff.result import DiffResult
from toolkit.shares import share

EMPTY = "(empty)"
_LONGEST = 200
# Control characters and those that turn the direction of writing could make a terminal show what isn't there.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def visible(value: str, longest: int = _LONGEST) -> str:
    """Show a text on one line of bounded length, its invisible characters written out."""
    short = value if len(value) <= longest else value[: longest - 1] + "…"
    return _INVISIBLE.sub(lambda found: repr(found[0])[1:-1], short)


def shown_value(value: str | None, longest: int = _LONGEST) -> str:
    """Show a cell: an empty one by a word, a text of no length by its quotes."""
    return EMPTY if value is None else visible(value, longest) or '""'


def kinds(finding: Finding) -> str:
    """Say how the cells of a column changed: ``3 replaced, 2 became empty, 1 filled``."""
    counts = ((finding.replaced, "replaced"), (finding.emptied, "became empty"), (finding.filled, "filled"))
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def value_change(change: ValueChange, longest: int = 40) -> str:
    """Write ``Gold → Silver: 412``."""
    return f"{shown_value(change.before, longest)} → {shown_value(change.after, longest)}: {change.rows:,}"


def shared_by(segment: Segment) -> str:
    """Say which other value the rows of a change share, and how usual it is among all rows that differ."""
    what = f"{visible(segment.column, 40)} = {shown_value(segment.value, 40)}"
    if segment.usual is None:
        return f"{share(segment.rows, segment.changed)} of these rows have {what}"
    usual = share(segment.others, segment.differing)
    return f"{share(segment.rows, segment.changed)} of these rows have {what} ({usual} of all rows that differ)"


def terms_and_columns(result: DiffResult) -> Iterator[str]:
    """Say on which terms the files were compared, and name the columns that only one of them has."""
    yield from result.terms
    for what, names in (("added", result.comparison.added_columns), ("removed", result.comparison.removed_columns)):
        if names:
            yield f"columns {what}: {', '.join(names)}"
