"""The page for people in a real browser: the plots are drawn, nothing goes wrong, nothing is asked of a network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import BROWSER, Tab
from tests.contacts.page_samples import FACTS, HOSTILE, statistics
from toolkit.contacts.page import page

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium found: install chromium to open the page")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with Tab(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def opened(tab: Tab, folder: Path, names: tuple[str, ...]) -> str:
    """Open a page with columns, lists and fields called ``names``, and give what the browser made of it."""
    path = folder / "report.html"
    path.write_bytes(page(FACTS, statistics(names)))
    tab.open(path, width=1200, height=2400)
    tab.wait("document.documentElement.matches('[data-plots], [data-error]')")
    return str(tab.ask("document.documentElement.outerHTML"))


def root(dom: str) -> dict[str, str]:
    """Give the attributes of the root element, on which the page notes what happened."""
    found = re.search("<html([^>]*)>", dom)
    return dict(re.findall(r'([\w-]+)="([^"]*)"', found[1] if found else ""))


@pytest.mark.parametrize("names", [("Salesforce", "VIPs"), HOSTILE], ids=["plain", "hostile"])
def test_every_plot_is_drawn(tab: Tab, tmp_path: Path, names: tuple[str, ...]):
    """Each plot of the page is drawn, no script fails, and the page's policy had nothing to forbid."""
    dom = opened(tab, tmp_path, names)
    places = re.findall(r'<div class="plot[^"]*" id="([\w-]+)"', dom)
    drawn = [
        each for each in dom.split('<div class="plot')[1:] if 'class="main-svg"' in each and 'class="point"' in each
    ]

    assert {"lang": "en", "class": "scripted", "data-plots": str(len(places))} == root(dom)
    assert len(places) == len(drawn) == 9
    for number in ("1,240", "1,201", "30", "9"):
        assert f"<dd>{number}</dd>" in dom


def test_hostile_names_stay_texts_in_plots(tab: Tab, tmp_path: Path):
    """A list called like a link or a script gives no link and no script in the drawn plots."""
    dom = opened(tab, tmp_path, HOSTILE)

    scripts = re.findall(r"<script[ >].*?</script>", dom, re.DOTALL)
    rest = re.sub(r"<script[ >].*?</script>", "", dom, flags=re.DOTALL)

    assert 4 == len(scripts)
    assert [] == re.findall(r"<(?:a|img|script)[ >]|xlink:href=.https?:", rest)
    assert 'class="point"' in rest
