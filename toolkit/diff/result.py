"""What a comparison comes to: the data that ``stage`` gives and ``render`` shows. Does neither."""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

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
    of each column come to. ``terms``: what was asked for beside the key, in words, so that a reader can defend the
    result; ``way``: how the rows were compared, by lines or cell by cell, and why. ``renames``: columns of the first
    that the second seems to have under another name: old, new. ``written``: the files with the changes, if any was
    asked for; their rows are the lines of CSV and NDJSON, else the rows that differ.
    """

    before: Side
    after: Side
    comparison: Comparison
    notes: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()
    terms: tuple[str, ...] = ()
    written: tuple[Written, ...] = ()
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

    def numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn ``before_row`` and ``after_row``, counted from 0, into the rows (CSV) or lines of the files."""
        return rows.with_columns(
            pl.col("before_row") + self.before.first_row, pl.col("after_row") + self.after.first_row
        )
