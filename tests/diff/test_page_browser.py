"""The page about a comparison in a real browser: what a reader sees, filters, searches and opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import BROWSER, Tab
from tests.diff.files import compared
from toolkit.diff import DiffResult
from toolkit.diff.page import page

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium found: install chromium to open the page")

ODD = "<img src=x onerror=alert(1)>"
LONG = "the same words again and again until the very last: "
BEFORE = [
    ["id", "name", "tier", "note"], ["1", "Zoe\u0308", "gold", ""], ["2", "Bo", "gold", "a\nb"], ["3", "Cy", "", ODD],
    ["4", "Di", "gold", f"{LONG}A"], ["5", "Ed", "x", ""], ["6", "Fi", "", "n"],
]  # fmt: skip
AFTER = [
    ["id", "name", "tier", "note"], ["1", "Zo\u00eb", "silver", ""], ["2", "Bo ", "", "a\nc"], ["3", "Cy", "gold", "y"],
    ["4", "Di", "silver", f"{LONG}B"], ["7", "Gu", "y", ODD], ["6", "Fi", "", "n"],
]  # fmt: skip


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with Tab(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def show(tab: Tab, folder: Path, result: DiffResult, width: int = 1280) -> None:
    """Open the page about a comparison, and see that nothing went wrong in it."""
    path = folder / "page.html"
    path.write_bytes(page(result))
    tab.open(path, width=width)
    assert {"rows", "lines"} == set(tab.ask("Object.keys(document.documentElement.dataset)"))


def lines(tab: Tab) -> list[list[str]]:
    """Give the lines that are in the document, each with the texts of its cells."""
    cells = "Array.from(each.children, function (cell) { return cell.textContent; })"
    found: list[list[str]] = tab.ask(
        f"Array.from(document.querySelectorAll('.line'), function (each) {{ return {cells}; }})"
    )
    return found


def told(tab: Tab) -> str:
    """Give what the page says of the number of lines."""
    return str(tab.ask("document.getElementById('shown').textContent"))


def click(tab: Tab, selector: str) -> None:
    tab.ask(f"document.querySelector({selector!r}).click()")


@pytest.fixture
def small(tab: Tab, tmp_path: Path) -> Tab:
    show(tab, tmp_path, compared(tmp_path, BEFORE, AFTER, key=("id",)))
    return tab


def test_the_name_of_a_column_is_not_broken_within_a_word(tab: Tab, tmp_path: Path) -> None:
    """Of a column with several words beside one with long values, in a window that is not wide."""
    before = [["id", "Last Modified Date", "City"], *([str(row), f"{row}", "San Francisco"] for row in range(9))]
    after = [["id", "Last Modified Date", "City"], *([str(row), f"0{row}", "Utrecht"] for row in range(9))]
    show(tab, tmp_path, compared(tmp_path, before, after, key=("id",)), width=1080)
    rows = """(function () {
      var name = document.querySelector('[aria-labelledby=columns] button.link'), range = document.createRange();
      while (name.firstChild) { name = name.firstChild; }
      range.setStart(name, 5), range.setEnd(name, 13);
      return [range.toString(), range.getClientRects().length];
    })()"""

    assert ["Modified", 1] == tab.ask(rows)


def test_every_change_has_a_line_with_both_values(small: Tab) -> None:
    """Each changed cell, and each added and removed row, by key; what can't be seen is written out."""
    expected = [
        ["replaced", "1", "2", "2", "name", "Zoe\u0308", "Zo\u00eb (only the Unicode form differs)"],
        ["replaced", "1", "2", "2", "tier", "gold", "silver"],
        ["replaced", "2", "3", "3", "name", "Bo", "Bo·"],
        ["became empty", "2", "3", "3", "tier", "gold", "(empty)"],
        ["replaced", "2", "3", "3", "note", "a↵b", "a↵c"],
        ["filled", "3", "4", "4", "tier", "(empty)", "gold"],
        ["replaced", "3", "4", "4", "note", ODD, "y"],
        ["replaced", "4", "5", "5", "tier", "gold", "silver"],
        ["replaced", "4", "5", "5", "note", "… very last: A", "… very last: B"],
        ["removed", "5", "6", "", "2 values", "Ed · x", ""],
        ["added", "7", "", "6", "3 values", "", f"Gu · y · {ODD}"],
    ]
    assert expected == lines(small)
    assert "11 lines" == told(small)


def test_filters_by_column_and_kind(small: Tab) -> None:
    """A column shows its own cells alone, an unticked kind leaves, and the counts follow."""
    small.ask("document.getElementById('column').value = '1'")
    small.ask("document.getElementById('column').dispatchEvent(new Event('change'))")
    seen = [(line[0], line[1], line[5], line[6]) for line in lines(small)]
    assert [
        ("replaced", "1", "gold", "silver"), ("became empty", "2", "gold", "(empty)"),
        ("filled", "3", "(empty)", "gold"), ("replaced", "4", "gold", "silver"),
        ("removed", "5", "x", ""), ("added", "7", "", "y"),
    ] == seen  # fmt: skip

    click(small, "#kind-0")
    assert "4 lines of 6" == told(small)
    assert ["2", "1", "1", "1", "1"] == [
        small.ask(f"document.getElementById('count-{kind}').textContent") for kind in range(5)
    ]


def test_a_frequent_change_shows_its_rows(small: Tab) -> None:
    """A click on a change of value above leaves just these cells, and one more click shows all again."""
    click(small, "[data-top]")
    assert ["1", "4"] == [line[1] for line in lines(small)]
    assert "only gold → silver" == small.ask("document.getElementById('pair-words').textContent")

    click(small, "#pair")
    assert "6 lines" == told(small)


def test_search_by_key(small: Tab) -> None:
    """What is typed is looked for in the keys; nothing found says so."""
    small.ask("document.getElementById('search').focus()")
    small.type("4")
    small.wait("document.documentElement.dataset.lines === '2'")
    assert ["4", "4"] == [line[1] for line in lines(small)]

    small.type("xyz")
    small.wait("!document.getElementById('none').hidden")
    assert [] == lines(small)


def test_a_row_opens_with_both_sides_beside_each_other(small: Tab) -> None:
    """The dialog has the key, the rows in both files, each column before and after, and marks what differs."""
    click(small, ".line:nth-child(9) .key")
    texts = small.ask("Array.from(document.querySelectorAll('#row tbody tr'), function (e) { return e.innerText; })")
    marks = small.ask("Array.from(document.querySelectorAll('#row mark'), function (e) { return e.textContent; })")

    assert "changed id 4" == small.ask("document.getElementById('row-title').textContent")
    assert "row 5 before, row 5 after" == small.ask("document.getElementById('row-places').textContent")
    assert ["tier\tgold\tsilver", f"note\t{BEFORE[4][3]}\t{AFTER[4][3]}"] == texts
    assert ["gold", "silver", "A", "B"] == marks


def test_a_hundred_thousand_rows_are_usable(tab: Tab, tmp_path: Path) -> None:
    """Of 300,000 lines only those in sight are in the document, from the first to the last; filters reach all."""
    ids = [f"{each:06}" for each in range(100_000)]
    before = [["id", "a", "b", "tier"], *([each, "1", "1", "gold"] for each in ids)]
    after = [["id", "a", "b", "tier"], *([each, "2", "2", "silver" if int(each) % 3 else ""] for each in ids)]
    show(tab, tmp_path, compared(tmp_path, before, after, key=("id",)))
    nodes, last = "document.querySelectorAll('*').length", "document.querySelector('.line:last-child')"
    assert ("300,000 lines", "000000") == (told(tab), lines(tab)[0][1])
    assert tab.ask(nodes) < 1_500

    tab.ask("document.getElementById('scroller').scrollTop = 1e9")
    tab.wait(f"{last}.dataset.row === '99999'")
    assert [["a", "b", "tier"], ["2", "2", "(empty)"]] == [[line[each] for line in lines(tab)[-3:]] for each in (4, 6)]
    end = "document.getElementById('scroller').getBoundingClientRect().bottom"
    assert abs(tab.ask(f"{last}.getBoundingClientRect().bottom - {end}")) < 3
    assert tab.ask(nodes) < 1_500

    click(tab, "#kind-0")
    assert "33,334 lines of 300,000" == told(tab)
    tab.ask("document.querySelector('.line:nth-child(5) .key').focus()")
    for _ in range(25):
        tab.press("Tab")
        tab.ask("new Promise(function (drawn) { requestAnimationFrame(function () { setTimeout(drawn); }); })")
    focused = "document.activeElement.closest('.line').getAttribute('aria-rowindex')"
    assert "30" == tab.ask(focused)
    tab.ask("document.getElementById('search').focus()")
    tab.type("99999")
    tab.wait("document.documentElement.dataset.lines === '1'")
    assert ["099999"] == [line[1] for line in lines(tab)]


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_its_window(tab: Tab, tmp_path: Path, width: int) -> None:
    """Neither long values and headings nor many columns make the page wider than the window."""
    heads = ["id", "x" * 300, *(f"column {each}" for each in range(60))]
    before = [heads, ["1", "long " * 500, *("a" for _ in range(60))]]
    show(tab, tmp_path, compared(tmp_path, before, [heads, ["1", "y" * 900, *("b" for _ in range(60))]]), width)

    assert tab.ask("document.documentElement.scrollWidth") <= width
    click(tab, ".line .key")
    assert tab.ask("document.getElementById('row').getBoundingClientRect().right") <= width


def test_a_page_without_rows_has_nothing_to_run(tab: Tab, tmp_path: Path) -> None:
    """Equal files: a page that says so, and no script fails in it."""
    path = tmp_path / "page.html"
    path.write_bytes(page(compared(tmp_path, [["id"], ["1"]], [["id"], ["1"]], key=("id",))))
    tab.open(path)

    assert [] == tab.ask("Object.keys(document.documentElement.dataset)")
    assert "None: the rows of both files are the same." in tab.ask("document.body.innerText")
