"""The pieces of pages for people: texts made safe, tables, sections, data for scripts. Pure.

What comes from somebody else is escaped in HTML; in a block of data nothing can end the script element.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import orjson

from toolkit.one_line import one_line

_LONGEST = 300
_LONG = 30
"""Rows from which on a table scrolls within itself."""


class Html(str):
    """A text that is HTML already and is written as it is; every other text is escaped."""

    __slots__ = ()


Cell = str | int
"""An int is written with thousands apart and to the right."""


def html(value: Cell) -> Html:
    """Write a value as HTML."""
    if isinstance(value, Html):
        return value
    return Html(f"{value:,}" if isinstance(value, int) else escape(one_line(value, _LONGEST)))


def name(text: str) -> Html:
    """Write a name out of the data, whose direction of writing is its own."""
    return Html(f"<bdi>{html(text)}</bdi>")


def code(word: str, meaning: str = "") -> Html:
    """Write a code, and below it what it means."""
    below = f'<br><span class="soft">{html(meaning)}</span>' if meaning else ""
    return Html(f"<code>{html(word)}</code>{below}")


def join(parts: Sequence[Html]) -> Html:
    """Put pieces one after the other."""
    return Html("\n".join(parts))


def paragraph(text: Cell, kind: str = "") -> Html:
    """Write a paragraph; ``kind`` is a class of the style sheet."""
    return Html(f'<p class="{kind}">{html(text)}</p>' if kind else f"<p>{html(text)}</p>")


def section(anchor: str, title: str, *parts: Html) -> Html:
    """Write a section with its heading."""
    head = f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{html(title)}</h2>'
    return join([Html(head), *parts, Html("</section>")])


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Html:
    """Write a table of one row or more; its first column names the rows, and a long one scrolls within itself."""
    kinds = [_kind(cell) for cell in rows[0]]
    head = "".join(f'<th scope="col"{kind}>{html(each)}</th>' for kind, each in zip(kinds, headings, strict=True))
    body = "\n".join(_row(row) for row in rows)
    label, kind = html(caption), "scroll long" if len(rows) > _LONG else "scroll"
    return Html(
        f'<div class="{kind}" tabindex="0" role="region" aria-label="{label}">\n<table>\n<caption>{label}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _kind(cell: Cell) -> str:
    number = isinstance(cell, int) or cell.endswith("%")
    return ' class="number"' if number else ""


def _row(row: Sequence[Cell]) -> str:
    first, *rest = row
    cells = "".join(f"<td{_kind(each)}>{html(each)}</td>" for each in rest)
    return f'<tr><th scope="row">{html(first)}</th>{cells}</tr>'


def beside(plot: Html, words: Html) -> Html:
    """Put a plot and its table side by side where the screen is wide enough."""
    return Html(f'<div class="pair">\n{plot}\n{words}\n</div>')


def data_block(value: Any) -> str:
    """Write JSON for a script element: no sign in it can end the element or begin a comment."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
