"""The pieces of the page for people: texts made safe, tables, sections, plots as plain data. Pure.

Names of columns, lists and fields come from somebody else. In HTML they are escaped; in a plot they are escaped too,
because plotly.js takes a few tags and entities in its texts; in the data block nothing can end the script element.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import orjson

from toolkit.inspect.kinds import harmless

_LONGEST, _LONGEST_LABEL = 300, 24
_LONG = 30
"""Rows from which on a table scrolls within itself."""
_BAR, _AROUND = 26, 16
"""Pixels of a bar with its gap, and of what stands around all of them."""

ACCENT, GOOD, BAD, QUIET = "#3b73c4", "#1f8069", "#c23f4b", "#6b7485"
"""Each has a contrast of 4.5 to the white texts inside the bars."""


class Html(str):
    """A text that is HTML already and is written as it is; every other text is escaped."""

    __slots__ = ()


Cell = str | int
"""An int is written with thousands apart and to the right."""


def html(value: Cell) -> Html:
    """Write a value as HTML."""
    if isinstance(value, Html):
        return value
    return Html(f"{value:,}" if isinstance(value, int) else escape(harmless(value, _LONGEST)))


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


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from top to bottom: what each is called, how long it is, what is written at its end.

    ``shares`` are added when a reader points at a bar; ``full`` is the length of the axis, when it isn't that of the
    longest bar.
    """

    labels: Sequence[str]
    lengths: Sequence[float]
    texts: Sequence[str]
    colours: Sequence[str] | str = ACCENT
    shares: Sequence[str] = ()
    full: float | None = None


def plot(anchor: str, label: str, bars: Bars) -> Html:
    """Write the place of a plot, which ``figure`` fills; the page shows it only when scripts run."""
    height = _height(bars)
    said = html(f"Bar chart: {label}. The table of this section has the same numbers.")
    return Html(f'<div class="plot" id="{anchor}" role="img" aria-label="{said}" style="height:{height}px"></div>')


def _height(bars: Bars) -> int:
    return _BAR * len(bars.labels) + _AROUND


def figure(bars: Bars) -> dict[str, Any]:
    """Give ``data`` and ``layout`` as plotly.js takes them; bars are placed by number, so equal names stay apart."""
    names = [_plot_text(each, _LONGEST_LABEL) for each in bars.labels]
    most = bars.full or max(bars.lengths, default=0) or 1
    sides = ["inside" if 2 * each >= most else "outside" for each in bars.lengths]
    trace = {
        "type": "bar", "orientation": "h", "x": list(bars.lengths), "y": list(range(len(names))),
        "text": list(bars.texts), "textposition": sides, "insidetextanchor": "end", "constraintext": "none",
        "textangle": 0, "cliponaxis": False, "hoverinfo": "text", "hovertext": _pointed_at(bars),
        "marker": {"color": bars.colours if isinstance(bars.colours, str) else list(bars.colours)},
    }  # fmt: skip
    return {"data": [trace], "layout": _layout(_height(bars), names, most)}


def _pointed_at(bars: Bars) -> list[str]:
    shares = [f" ({each})" for each in bars.shares] or ["" for _ in bars.labels]
    parts = zip(bars.labels, bars.texts, shares, strict=True)
    return [f"{_plot_text(label, 80)}: {text}{part}" for label, text, part in parts]


def _layout(height: int, names: list[str], most: float) -> dict[str, Any]:
    places = list(range(len(names)))
    x_axis = {
        "range": [0, most], "fixedrange": True, "showgrid": False, "showticklabels": False, "zeroline": False,
    }  # fmt: skip
    y_axis = {
        "tickmode": "array", "tickvals": places, "ticktext": names, "range": [len(names) - 0.5, -0.5],
        "fixedrange": True, "automargin": True, "showgrid": False, "zeroline": False, "ticklabelstandoff": 6,
    }  # fmt: skip
    return {
        "height": height, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "bargap": 0.35, "dragmode": False,
        "xaxis": x_axis, "yaxis": y_axis, "showlegend": False, "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)", "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#5a6272"},
        "hoverlabel": {"bgcolor": "#1d2430", "bordercolor": "#1d2430", "font": {"color": "#ffffff"}},
    }  # fmt: skip


def _plot_text(text: str, most: int) -> str:
    return escape(harmless(text, most), quote=False)


def data_block(value: Any) -> str:
    """Write JSON for a script element: no sign in it can end the element or begin a comment."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
