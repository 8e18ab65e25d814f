"""The page about a chain: the same bytes each time, nothing from elsewhere, and drawn by a real browser."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.browser import BROWSER, Tab
from tests.evidence.whole_way import flipped, invoke
from toolkit.evidence.chain import Chain, Link, LinkState, Run
from toolkit.evidence.layout import Size, place
from toolkit.evidence.page import page
from toolkit.evidence.walk import walk

HOSTILE = '<img src=x onerror=alert(1)>&"\u202e'
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


def written(head: str) -> str:
    return page(walk(Path(head)), "0.1.0").decode()


def test_two_runs_give_the_same_page(here: Path):
    """No time of its own is in it, and the picture is laid out the same."""
    assert written("plan.differences.ndjson") == written("plan.differences.ndjson")


def test_the_picture_shows_the_chain(here: Path):
    """A box for each run and one for given files, all files in them, an arrow for each input; nothing outside of it."""
    drawn = ET.fromstring(SVG.findall(written("plan.differences.ndjson"))[0])
    titles = [each.text for each in drawn.iter("text") if each.get("class") == "title"]
    texts = {"".join(each.itertext()) for each in drawn.iter("text")}

    assert sorted(map(str, titles)) == [
        "export", "given", "plan", "snapshot", "snapshot", "transform to operations", "verify",
    ]  # fmt: skip
    assert len([each for each in drawn.iter("path") if each.get("class") == "arrow"]) == 6
    for name in ("contacts.csv", "mapping.yaml", "before.ndjson", "after.ndjson", "plan.ndjson"):
        assert any(name in text for text in texts), name
    numbers = [float(each) for each in str(drawn.get("viewBox")).split()]
    for box in drawn.iter("g"):
        left, top = map(float, re.findall(r"[-\d.]+", str(box.get("transform"))))
        assert 0 <= left <= numbers[2] - 240
        assert 0 <= top <= numbers[3]


def test_what_is_wrong_stands_out(here: Path):
    """A changed file has its word, its mark and its box; the verdict says that the chain is broken."""
    with flipped(Path("contacts.csv"), 99):
        text = written("plan.ndjson")

    assert "The chain is broken" in text
    assert 'class="run wrong"' in text
    assert "\N{BALLOT X} contacts.csv" in text
    assert "its bytes are not those that export wrote and transform to operations read" in text
    assert "The chain is broken" not in written("plan.ndjson")


def test_the_command_writes_it_with_its_own_evidence(here: Path, tmp_path: Path):
    """--html writes the page whole, also of a broken chain; evidence of the page leads on into the chain."""
    output = tmp_path / "page.html"
    done = invoke("evidence", "plan.ndjson", "--html", output)
    again = invoke("evidence", output)
    with flipped(Path("contacts.csv"), 99):
        broken = invoke("evidence", "plan.ndjson", "--html", output)

    assert (done.exit_code, again.exit_code, broken.exit_code) == (0, 0, 6)
    assert re.search(r"plan\.ndjson +intact +plan", again.stdout)
    assert "The chain is broken" in output.read_text()


def test_the_page_takes_no_place_of_the_chain(here: Path):
    """--html refuses the name of a file of the chain, and of another kind of file."""
    before = Path("pages/import.html").read_bytes()
    for name in ("pages/import.html", "contacts.csv", "evidence.txt"):
        refused = invoke("evidence", "pages/import.html", "--html", name)
        assert (refused.exit_code, "--html" in refused.stderr) == (2, True)
    assert Path("pages/import.html").read_bytes() == before


def test_hostile_names_stay_texts():
    """Names and values out of somebody else's descriptor add no tag and no script."""
    told = {"source": {HOSTILE: HOSTILE}, "counts": {"a": HOSTILE}}
    run = Run(HOSTILE, 0, LinkState.INTACT, HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, **told)
    link = Link(HOSTILE, 0, LinkState.CHANGED, HOSTILE, HOSTILE, hash=HOSTILE, run=HOSTILE, reader=HOSTILE)
    text = page(Chain(HOSTILE, (link,), (run,)), "0.1.0").decode()

    assert "<img" not in text
    assert len(re.findall("<script", text)) == 1


def test_boxes_keep_apart():
    """Whatever is joined to what: no two boxes overlap, sources stand above, long arrows go between boxes."""
    names = [f"{number}" for number in range(24)]
    edges = [(names[each], names[each // step]) for each in range(1, 24) for step in (2, 3, 7) if each // step != each]
    placed = place(dict.fromkeys(names, Size(100, 40)), [*edges, ("0", "5")])

    assert placed == place(dict.fromkeys(names, Size(100, 40)), [*edges, ("0", "5")])
    spots = [(top, left) for left, top in placed.places.values()]
    pairs = zip(sorted(spots), sorted(spots)[1:], strict=False)
    assert all(b_top > a_top or b_left >= a_left + 100 for (a_top, a_left), (b_top, b_left) in pairs)
    assert ("0", "5") not in placed.arrows
    for source, made in placed.arrows:
        assert placed.places[source][1] < placed.places[made][1]
    for points in placed.arrows.values():
        for x, y in points[1:-1]:
            assert not any(left < x < left + 100 and top < y < top + 40 for left, top in placed.places.values())


@pytest.mark.skipif(BROWSER is None, reason="no Chromium found: install chromium to open the page")
def test_a_browser_draws_it(here: Path, tmp_path: Path):
    """No script fails, the page's policy had nothing to forbid, every box is drawn, and no text sticks out of it."""
    path = tmp_path / "page.html"
    path.write_text(written("plan.differences.ndjson"))
    with Tab(tmp_path / "profile") as tab:
        tab.open(path)
        noted = tab.ask("Object.fromEntries([...document.documentElement.attributes].map(a => [a.name, a.value]))")
        rooms = tab.ask(ROOMS)

    assert noted == {"lang": "en", "class": "scripted"}
    assert len(rooms) == 7
    assert all(left >= 0 and right >= 0 for left, right in rooms), rooms


ROOMS = """
[...document.querySelectorAll(".picture g")].map(function (box) {
  var edge = box.querySelector("rect").getBoundingClientRect();
  var texts = [...box.querySelectorAll("text")].map(text => text.getBoundingClientRect());
  var left = Math.min(...texts.map(each => each.left - edge.left));
  return [left, Math.min(...texts.map(each => edge.right - each.right))];
})
"""
"""How much room the texts of each box leave to its left and right edge."""
