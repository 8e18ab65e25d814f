"""When a comparison is a failure: ``removed,changed:Email>10,changed>5%``. Pure.

A limit is a count, ``:`` and a column if it is of one column, and a bound if some are allowed. Without a bound any is
too many. A per cent is of the rows before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.diff.compare import Comparison
from toolkit.errors import WrongSettings
from toolkit.guess import meant

_COUNTED = ("added", "removed", "changed", "repeated", "empty", "columns")
_HINT = f"such as removed,changed:Email>10,changed>5%; what is counted: {', '.join(_COUNTED)}"
_LIMIT = re.compile(
    r"(?P<what>[a-z]+)(?::(?P<column>[^>].*?))?(?:\s*>\s*(?P<most>[0-9]+(?:\.[0-9]+)?)(?P<percent>%?))?"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """More than ``most`` of ``what`` is a failure; ``column`` names one for ``changed``."""

    text: str
    what: str
    column: str = ""
    most: float = 0
    percent: bool = False


def parse_limits(texts: Sequence[str]) -> tuple[Limit, ...]:
    """Read limits, several in a text with commas between them. WrongSettings for what is none."""
    return tuple(_limit(each.strip()) for text in texts for each in _split(text))


def _split(text: str) -> list[str]:
    """Split at commas that a limit follows: a column's name may hold others."""
    return re.split(rf",\s*(?=(?:{'|'.join(_COUNTED)})\s*(?:[:>,]|$))", text)


def _limit(text: str) -> Limit:
    found = _LIMIT.fullmatch(text)
    if not found or found["what"] not in _COUNTED:
        raise WrongSettings(f"{text!r} can't be failed on", hint=_HINT)
    if found["column"] and found["what"] != "changed":
        raise WrongSettings(f"{text!r} can't be failed on: only changed is counted for a column", hint=_HINT)
    if found["percent"] and found["what"] == "columns":
        raise WrongSettings(f"{text!r} can't be failed on: columns are no part of the rows", hint=_HINT)
    return Limit(text, found["what"], found["column"] or "", float(found["most"] or 0), bool(found["percent"]))


def refuse_limits(limits: Sequence[Limit], columns: Sequence[str]) -> None:
    """Raise WrongSettings for a limit on a column that is not compared."""
    for limit in limits:
        if limit.column and limit.column not in columns:
            raise WrongSettings(
                f"{limit.text!r} is about a column that is not compared{meant(limit.column, columns)}",
                hint=f"compared are: {', '.join(columns)}",
            )


def exceeded(limits: Sequence[Limit], comparison: Comparison) -> tuple[str, ...]:
    """Say which limits the comparison is beyond, with the count: ``changed>5%: 612 of 10,000 rows``."""
    return tuple(said for limit in limits if (said := _exceeded(limit, comparison)))


def _exceeded(limit: Limit, comparison: Comparison) -> str:
    count, rows = _count(limit, comparison), comparison.counts.before
    most = limit.most * rows / 100 if limit.percent else limit.most
    if count <= most:
        return ""
    return f"{limit.text}: {count:,} of {rows:,} rows" if limit.percent else f"{limit.text}: {count:,}"


def _count(limit: Limit, comparison: Comparison) -> int:
    if limit.column:
        return comparison.changed_cells.get(limit.column, 0)
    if limit.what == "columns":
        return len(comparison.added_columns) + len(comparison.removed_columns)
    if limit.what in ("repeated", "empty"):
        return max(int(getattr(keys, limit.what)) for keys in (comparison.keys_before, comparison.keys_after))
    return int(getattr(comparison.counts, limit.what))
