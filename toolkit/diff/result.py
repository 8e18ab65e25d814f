"""What a comparison comes to: the data that ``stage`` gives and ``render`` shows. Does neither."""

from dataclasses import dataclass
from enum import StrEnum

from toolkit.diff.compare import Comparison, Counts
from toolkit.diff.findings import Finding
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
    HTML = "html"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class DiffResult:
    """Two files compared.

    ``notes``: what was settled in reading them and how well the key names their rows. ``findings``: what the changes
    of each column come to. ``written``: the files with the changes, if any was asked for; their rows are the lines of
    CSV and NDJSON, else the rows that differ.
    """

    before: Side
    after: Side
    comparison: Comparison
    notes: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()
    written: tuple[Written, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs."""
        return self.comparison.same

    @property
    def counts(self) -> Counts:
        """Give the counts of rows."""
        return self.comparison.counts
