"""What a comparison comes to: the data that ``stage`` gives and ``render`` shows. Does neither."""

from dataclasses import dataclass
from enum import StrEnum

from toolkit.diff.compare import Comparison, Counts
from toolkit.diff.sides import Side
from toolkit.errors import Problem
from toolkit.files import Written


class Format(StrEnum):
    """How a comparison can be written."""

    TEXT = "text"
    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class DiffResult:
    """Two files compared.

    ``notes``: what was settled in reading them and how well the key names their rows. ``terms``: what was asked for
    beside the key, in words, so that a reader can defend the result; ``way``: how the rows were compared, by lines or
    cell by cell, and why. ``renames``: columns of the first that the second seems to have under another name: old,
    new. ``written``: the file with the changes, if one was asked for; its rows are the lines of CSV and NDJSON, else
    the rows that differ.
    """

    before: Side
    after: Side
    comparison: Comparison
    notes: tuple[Problem, ...]
    written: tuple[Written, ...] = ()
    terms: tuple[str, ...] = ()
    way: str = ""
    renames: tuple[tuple[str, str], ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs."""
        return self.comparison.same

    @property
    def counts(self) -> Counts:
        """Give the counts of rows."""
        return self.comparison.counts
