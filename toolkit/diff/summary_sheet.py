"""The first sheet of a workbook about a comparison: what was compared, the counts, the columns, what is left out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from toolkit.diff.findings import Finding
from toolkit.diff.result import DiffResult
from toolkit.diff.sentences import shared_by, terms_and_columns, value_change, visible

_MOST_FINDINGS, _MOST_NOTES = 1_000, 200
_FOUND = ("Column", "Rows changed", "Replaced", "Became empty", "Filled", "Most frequent changes", "What they share")
_WIDTHS = (28, 14, 12, 14, 12, 60, 60)
_LONGEST = 2_000


@dataclass(slots=True)
class _Page:
    """The sheet as it is being written, from top to bottom; every text is written as a text."""

    sheet: Any
    looks: dict[str, Any]
    row: int = 0

    def line(self, *cells: str | int, look: str = "text") -> None:
        """Write a row; the look is that of its texts."""
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                self.sheet.write_number(self.row, column, cell, self.looks["number"])
            elif cell:
                self.sheet.write_string(self.row, column, plain(visible(cell, _LONGEST)), self.looks[look])
        self.row += 1

    def heading(self, *cells: str) -> None:
        """Write the headings of a table below an empty row."""
        self.row += 1
        self.line(*cells, look="heading")


def plain(text: str) -> str:
    """Give a text that XlsxWriter takes for nothing but a text: it writes ``<r>…</r>`` as it is, for rich texts."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def write_summary(book: Any, result: DiffResult, left_out: Sequence[str]) -> None:
    """Add the sheet Summary to a workbook of XlsxWriter; ``left_out`` says what the other sheets don't show."""
    page = _Page(book.add_worksheet("Summary"), _looks(book))
    page.sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for column, width in enumerate(_WIDTHS):
        page.sheet.set_column(column, column, width)
    page.line(f"{result.before.name} → {result.after.name}", look="title")
    page.line(f"Compared by {', '.join(result.comparison.key)}.")
    page.heading("Rows", "Count")
    for name, count in asdict(result.counts).items():
        page.line(name.capitalize(), count)
    if result.findings:
        _write_findings(page, result.findings)
    said = [*left_out, *terms_and_columns(result), *map(str, result.notes)]
    if said:
        page.heading("Notes")
    for note in said[:_MOST_NOTES]:
        page.line(note)
    if len(said) > _MOST_NOTES:
        page.line(f"and {len(said) - _MOST_NOTES:,} more notes")


def _write_findings(page: _Page, found: Sequence[Finding]) -> None:
    page.heading(*_FOUND)
    for each in found[:_MOST_FINDINGS]:
        most = "; ".join(map(value_change, each.top))
        shared = shared_by(each.segment) if each.segment else ""
        page.line(each.column, each.changed, each.replaced, each.emptied, each.filled, most, shared)
    if len(found) > _MOST_FINDINGS:
        page.line(f"and {len(found) - _MOST_FINDINGS:,} more columns")


def _looks(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "heading": book.add_format({"bold": True, "bg_color": "#E8ECF2", "bottom": 1}),
        "number": book.add_format({"num_format": "#,##0"}),
        "text": book.add_format(),
    }
