"""The plots of a transform's page as plain data for plotly.js. Pure.

Names of lists and fields come from somebody else: plotly.js takes a few tags and entities in its texts, so they are
escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from toolkit.one_line import one_line
from toolkit.pages.parts import Html, html

_LONGEST_LABEL = 24
_BAR, _AROUND = 26, 16
"""Pixels of a bar with its gap, and of what stands around all of them."""

ACCENT, GOOD, BAD, QUIET = "#3b73c4", "#1f8069", "#c23f4b", "#6b7485"
"""Each has a contrast of 4.5 to the white texts inside the bars."""


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
    return escape(one_line(text, most), quote=False)


DRAW = """
(function () {
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var config = {displayModeBar: false, displaylogo: false, showTips: false, doubleClick: false, responsive: true};
  Promise.all(Object.keys(figures).map(function (id) {
    return Plotly.newPlot(id, figures[id].data, figures[id].layout, config);
  })).then(function (drawn) { document.documentElement.dataset.plots = drawn.length; });
})();
""".strip()
"""Draws each plot into its place and notes how many were drawn."""
