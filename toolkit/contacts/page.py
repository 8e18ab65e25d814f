"""The page for people about one transform: one HTML file that needs nothing else. Pure; bytes out.

It holds counts and the names of columns, lists and custom fields: no cell, no handle, no time, so that two runs give
the same bytes. All that the plots show stands in tables too, which need no script. The page forbids itself every
connection, and every script but the three that were written into it (Content-Security-Policy with their hashes).
"""

from collections.abc import Mapping

from plotly.offline import get_plotlyjs  # type: ignore[import-untyped] # plotly ships no types

from toolkit.contacts.page_plots import DRAW, Bars, figure
from toolkit.contacts.page_sections import Facts, Page, sections
from toolkit.contacts.statistics import Statistics
from toolkit.pages.document import document
from toolkit.pages.parts import Html, html, join, name
from toolkit.shares import share

__all__ = ["Facts", "page"]

_TARGETS = {"import": "files for Front's contact import", "operations": "operations for Front's API"}


def page(facts: Facts, statistics: Statistics) -> bytes:
    """Write the page about one transform, in UTF-8."""
    made = Page(facts, statistics)
    body = join([_header(facts), Html("<main>"), *sections(made), Html("</main>"), _footer(facts)])
    return _document(facts, body, made.plots).encode()


def _document(facts: Facts, body: Html, plots: Mapping[str, Bars]) -> str:
    library = str(get_plotlyjs()).replace("\r\n", "\n")  # a browser hashes what it read, and reads no CR
    figures = {anchor: figure(bars) for anchor, bars in plots.items()}
    return document(f"Transform of {facts.source}", body, {"figures": figures}, (library, DRAW))


def _header(facts: Facts) -> Html:
    target = html(_TARGETS.get(facts.target, facts.target))
    cards = [
        _card("rows", "Rows in", facts.rows, "none is lost"),
        _card("good", "Contacts accepted", facts.accepted, _of_rows(facts.accepted, facts)),
        _card("bad" if facts.rejected else "quiet", "Rows rejected", facts.rejected, _of_rows(facts.rejected, facts)),
        _card("quiet", "Rows merged", facts.merged, _of_rows(facts.merged, facts)),
    ]
    return Html(
        f"<header>\n<h1>Transform of {name(facts.source)}</h1>\n"
        f'<p class="soft">Into {target}, by the mapping {name(facts.mapping)}.</p>\n'
        f'<dl class="cards">\n{join(cards)}\n</dl>\n</header>'
    )


def _of_rows(count: int, facts: Facts) -> str:
    return f"{share(count, facts.rows)} of the rows"


def _card(tone: str, label: str, count: int, said: str) -> Html:
    return Html(f'<div class="{tone}"><dt>{label}</dt><dd>{count:,}</dd><dd class="share">{said}</dd></div>')


def _footer(facts: Facts) -> Html:
    return Html(
        f"<footer><p>Written by sf2front {html(facts.version)}. This page needs no network. It holds counts and the "
        "names of columns, lists and custom fields; no contact.</p></footer>"
    )
