"""The page for people about a comparison: one HTML file that needs nothing else. Opens nothing; bytes out.

What changed is drawn and counted above; below are the rows that differ, to be filtered and searched. The counts are of
all rows; the rows are bounded (``page_data``), and the page says so. The page forbids itself every connection.
"""

from toolkit import __version__
from toolkit.diff.page_data import LONGEST, page_data
from toolkit.diff.page_look import STYLE
from toolkit.diff.page_parts import columns_section, notes_section, places_section, rows_section
from toolkit.diff.page_script import SCRIPT
from toolkit.diff.result import DiffResult
from toolkit.pages.document import document
from toolkit.pages.parts import Html, html, join, name
from toolkit.shares import share


def page(result: DiffResult) -> bytes:
    """Write the page about one comparison, in UTF-8."""
    data = page_data(result)
    rows = rows_section(result, [data["change"].count(kind) for kind in range(3)])
    sections = [columns_section(result), places_section(result), rows, notes_section(result)]
    body = join([_header(result), Html("<main>"), *(each for each in sections if each), Html("</main>"), _footer()])
    title = f"{result.before.name} and {result.after.name}"
    if not len(result.comparison.rows):
        return document(title, body, {}, (), STYLE).encode()
    return document(title, body, {"changes": data | {"tops": _tops(result)}}, (SCRIPT,), STYLE).encode()


def _tops(result: DiffResult) -> dict[str, list[tuple[str | None, str | None]]]:
    """Give, by the column's place, the changes of value that a reader can ask for."""
    places = {each: str(place) for place, each in enumerate(result.comparison.columns)}
    return {
        places[each.column]: [
            (top.before and top.before[:LONGEST], top.after and top.after[:LONGEST]) for top in each.top
        ]
        for each in result.findings
    }


def _header(result: DiffResult) -> Html:
    counts, before, after = result.counts, result.before.name, result.after.name
    cards = [
        _card("warm", "Changed", counts.changed, f"{share(counts.changed, counts.before or 1)} of the rows before"),
        _card("good", "Added", counts.added, f"of {counts.after:,} rows after"),
        _card("bad", "Removed", counts.removed, f"of {counts.before:,} rows before"),
        _card("quiet", "Unchanged", counts.unchanged, "the same in both"),
    ]
    key = Html(", ").join(name(each) for each in result.comparison.key)
    return Html(
        f"<header>\n<h1>{name(before)} → {name(after)}</h1>\n"
        f'<p class="soft">Rows are compared by {key}.</p>\n<dl class="cards">\n{join(cards)}\n</dl>\n</header>'
    )


def _card(tone: str, label: str, count: int, said: str) -> Html:
    return Html(f'<div class="{tone}"><dt>{label}</dt><dd>{count:,}</dd><dd class="share">{html(said)}</dd></div>')


def _footer() -> Html:
    return Html(
        f"<footer><p>Written by sf2front {html(__version__)}. This page needs no network. "
        "It holds values of the files: keep it as you keep them.</p></footer>"
    )
