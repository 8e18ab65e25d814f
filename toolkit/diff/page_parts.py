"""What the page about a comparison says, section by section."""

from collections.abc import Sequence

import polars as pl

from toolkit.diff.compare import Change
from toolkit.diff.findings import Finding
from toolkit.diff.result import DiffResult
from toolkit.diff.sentences import shared_by, terms_and_columns, value_change
from toolkit.pages.parts import Cell, Html, html, join, name, paragraph, section, table

_MOST_FINDINGS, _MOST_NOTES = 1_000, 100
_BINS = 120
_NOTHING = Html("")
_KINDS = ("replaced", "became empty", "filled", "added", "removed")
_FOUND = ("Column", "How", "Rows", "Replaced", "Became empty", "Filled", "Most frequent changes", "What they share")
_HEADINGS = ("What", "Key", "Row before", "Row after", "Column", "Before", "After")


def columns_section(result: DiffResult) -> Html:
    """Draw and count how each column changed, with its most frequent changes and what its rows share."""
    found = result.findings[:_MOST_FINDINGS]
    if not found:
        return section("columns", "Columns", paragraph("No value of a row that is in both files changed."))
    most = max(each.changed for each in found)
    places = {each: place for place, each in enumerate(result.comparison.columns)}
    rows = [_column(each, places[each.column], most) for each in found]
    shown = table("Rows in which each column changed, the most changed first", _FOUND, rows)
    legend = _legend((("replaced", "replaced"), ("emptied", "became empty"), ("filled", "filled")))
    left = len(result.findings) - len(found)
    return section("columns", "Columns that changed", legend, shown, *_said(f"And {left:,} more." if left else ""))


def _column(finding: Finding, place: int, most: int) -> tuple[Cell, ...]:
    counts = (finding.replaced, finding.emptied, finding.filled)
    tops = [
        Html(f"<li>{_link(html(value_change(each)), place, number)}</li>") for number, each in enumerate(finding.top)
    ]
    shared = html(shared_by(finding.segment)) if finding.segment else _NOTHING
    frequent = Html(f'<ul class="tops">{join(tops)}</ul>') if tops else _NOTHING
    return _link(name(finding.column), place), _bar(counts, most), finding.changed, *counts, frequent, shared


def _link(text: Html, place: int, top: int | None = None) -> Html:
    """Write what asks for the rows of a column, or of one of its most frequent changes."""
    more = "" if top is None else f' data-top="{top}"'
    return Html(f'<button type="button" class="link" data-column="{place}"{more}>{text}</button>')


def _bar(counts: Sequence[int], most: int) -> Html:
    parts = zip(("replaced", "emptied", "filled"), counts, strict=True)
    drawn = "".join(
        f'<span class="{kind}" style="width:{100 * count / most:.2f}%"></span>' for kind, count in parts if count
    )
    return Html(f'<div class="bar" aria-hidden="true">{drawn}</div>')


def _legend(kinds: Sequence[tuple[str, str]]) -> Html:
    items = "".join(f'<li><span class="{kind}"></span>{word}</li>' for kind, word in kinds)
    return Html(f'<ul class="legend">{items}</ul>')


def places_section(result: DiffResult) -> Html:
    """Draw where in either file the rows that differ stand: a file that was cut off shows at its end."""
    if not len(result.comparison.rows):
        return _NOTHING
    counts = result.counts
    drawn = [
        _places(result, f"In {result.before.name}", ("before_row", Change.REMOVED), counts.before),
        _places(result, f"In {result.after.name}", ("after_row", Change.ADDED), counts.after),
    ]
    legend = _legend((("changed-fill", "changed"), ("added-fill", "added"), ("removed-fill", "removed")))
    return section("places", "Where in the files", legend, *drawn)


def _places(result: DiffResult, title: str, which: tuple[str, Change], height: int) -> Html:
    column, whole = which
    each = max(1, -(-height // _BINS))
    bins = max(1, -(-height // each))
    place = (pl.col(column) // each).alias("bin")
    found = result.comparison.rows.filter(pl.col(column).is_not_null()).group_by(place, "change").len().sort("bin")
    counts = {(at, change): number for at, change, number in found.iter_rows()}
    stacks = [(counts.get((at, Change.CHANGED.value), 0), counts.get((at, whole.value), 0)) for at in range(bins)]
    most = max(map(sum, stacks), default=0)
    if not most:
        return paragraph(f"{title}: none.")
    bars = "".join(_stack(at, stack, most, whole.value) for at, stack in enumerate(stacks))
    of = f"{each:,} rows" if each > 1 else "row"
    said = f"{title}, from the first row to the last: a bar for each {of}; in the highest {most:,} differ."
    return Html(
        f'<figure>\n<svg class="places" role="img" aria-label="{html(said)}" viewBox="0 0 {bins} 100" '
        f'preserveAspectRatio="none">{bars}</svg>\n<figcaption>{html(said)}</figcaption>\n</figure>'
    )


def _stack(at: int, stack: tuple[int, int], most: int, whole: str) -> str:
    changed, other = (100 * each / most for each in stack)
    bars = (("changed", changed, 100 - changed), (whole, other, 100 - changed - other))
    return "".join(
        f'<rect class="{kind}-fill" x="{at}" y="{top:.1f}" width="0.9" height="{tall:.1f}"/>'
        for kind, tall, top in bars
        if tall
    )


def rows_section(result: DiffResult, shown: Sequence[int]) -> Html:
    """Write the place of the rows that differ, which the script fills; ``shown``: changed, added, removed ones."""
    if not len(result.comparison.rows):
        return section("rows", "Rows that differ", paragraph("None: the rows of both files are the same."))
    bounded = _bounded(result, shown)
    plain = Html("<noscript><p>The rows are shown by a script, which this browser does not run.</p></noscript>")
    kinds = "".join(_KIND.format(number, word) for number, word in enumerate(_KINDS))
    headings = "".join(f'<div class="{_look(each)}">{each}</div>' for each in _HEADINGS)
    return section("rows", "Rows that differ", paragraph(bounded, "soft"), plain, Html(_ROWS.format(kinds, headings)))


def _bounded(result: DiffResult, shown: Sequence[int]) -> str:
    counts, differing = result.counts, len(result.comparison.rows)
    if sum(shown) == differing:
        return f"All {differing:,} rows, by key."
    kinds = zip(shown, (counts.changed, counts.added, counts.removed), ("changed", "added", "removed"), strict=True)
    parts = [f"{some:,} of {all_of_them:,} {kind}" for some, all_of_them, kind in kinds if all_of_them]
    return (
        f"This page has the first rows of each kind, by key: {', '.join(parts)}. A .csv or .ndjson file has them all."
    )


def _look(heading: str) -> str:
    return "number" if heading.startswith("Row ") else ""


_KIND = '<label><input type="checkbox" id="kind-{0}" checked> {1} <span class="soft" id="count-{0}"></span></label>'
_ROWS = """\
<div id="table" hidden>
<div class="controls">
<label>Key contains <input type="search" id="search" autocomplete="off" spellcheck="false"></label>
<label>Column <select id="column"><option value="-1">all columns</option></select></label>
<fieldset aria-label="What happened">{}</fieldset>
<button type="button" id="pair" hidden><span id="pair-words"></span> <span aria-hidden="true">✕</span></button>
<span class="soft" id="shown" role="status"></span>
</div>
<div class="headings" aria-hidden="true">{}</div>
<div id="scroller" tabindex="0" role="table" aria-label="Rows that differ">
<div id="space"></div><div id="layer" role="rowgroup"></div>
</div>
<p id="none" hidden>No row is like this.</p>
<dialog id="row" aria-labelledby="row-title">
<header><h2 id="row-title"></h2><button type="button" id="row-close">Close</button></header>
<p class="soft" id="row-places"></p>
<table>
<thead><tr><th scope="col">Column</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
<tbody id="row-cells"></tbody>
</table>
</dialog>
</div>"""


def notes_section(result: DiffResult) -> Html:
    """List the terms of the comparison, and what was settled in reading the files and in naming their rows."""
    notes = [*terms_and_columns(result), *map(str, result.notes)]
    if not notes:
        return _NOTHING
    items = [Html(f"<li>{html(each)}</li>") for each in notes[:_MOST_NOTES]]
    left = len(notes) - len(items)
    return section(
        "notes",
        "How they were compared",
        Html(f"<ul>\n{join(items)}\n</ul>"),
        *_said(f"And {left:,} more." if left else ""),
    )


def _said(text: str) -> list[Html]:
    return [paragraph(text, "soft")] if text else []
