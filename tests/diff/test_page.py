"""The page about a comparison as a file: the same bytes, nothing from elsewhere, no text of the data taken for code."""

import json
import re
from pathlib import Path

import pytest

from tests.diff.files import compared
from tests.page_reader import PageReader
from toolkit.diff import DiffResult, page_data
from toolkit.diff.page import page

HOSTILE = (
    "</script><script>alert(1)</script>", "<!-- <script>", "<img src=https://evil.example onerror=alert(1)>",
    "line\u2028separator\u2029 \" ' & &lt;b&gt;", "=cmd|' /C calc'!A0",
)  # fmt: skip


def diff_of(folder: Path, names: tuple[str, ...]) -> DiffResult:
    """Compare tables whose columns, keys and values are ``names``."""
    heads = ["id", *(f"{name} " for name in names)]
    before = [heads, *([name, *names] for name in names), ["gone", *names]]
    after = [heads, *([name, *reversed(names)] for name in names), ["new", *names]]
    return compared(folder, before, after, key=("id",))


@pytest.fixture
def plain(tmp_path: Path) -> PageReader:
    return PageReader(page(diff_of(tmp_path, ("Ada", "Bo", "Cy", "Di", "Ed"))))


@pytest.fixture
def hostile(tmp_path: Path) -> PageReader:
    return PageReader(page(diff_of(tmp_path, HOSTILE)))


def test_nothing_is_loaded_from_elsewhere(hostile: PageReader) -> None:
    """No tag names another file or address, and the policy forbids every connection and every other script."""
    places = {name for _, attributes in hostile.tags for name in attributes}
    policy = hostile.named("meta")[1]["content"] or ""

    assert places.isdisjoint({"src", "href", "srcset", "action", "data", "poster", "onerror", "onclick"})
    assert not {"a", "link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in hostile.tags}
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")


def test_hostile_texts_add_no_tag(plain: PageReader, hostile: PageReader) -> None:
    """Values that look like tags give the same elements and the same scripts as plain ones."""
    assert 3 == len(plain.scripts) == len(hostile.scripts)
    assert [plain.scripts[0], plain.scripts[2]] == [hostile.scripts[0], hostile.scripts[2]]
    assert {tag for tag, _ in plain.tags} == {tag for tag, _ in hostile.tags}
    assert not re.search("[<>&\u2028\u2029]", hostile.scripts[1])


def test_the_data_are_the_changes(tmp_path: Path) -> None:
    """The lists of the page's data hold each row and each of its cells, with the row numbers of the files."""
    before = [["id", "a", "b"], ["1", "x", "y"], ["2", "x", ""]]
    after = [["id", "a", "b"], ["1", "x", "z"], ["3", "", "w"]]
    data = json.loads(PageReader(page(compared(tmp_path, before, after, key=("id",)))).scripts[1])

    assert {
        "columns": ["a", "b"], "key": ["id"], "keys": [["1", "2", "3"]], "change": [0, 2, 1], "start": [0, 1, 2, 3],
        "before": [2, 3, None], "after": [2, None, 3], "column": [1, 0, 1],
        "old": ["y", "x", None], "new": ["z", None, "w"], "longer": {}, "tops": {"1": []},
    } == data  # fmt: skip


def test_the_plots_and_counts_need_no_script(plain: PageReader) -> None:
    """The counts are texts, the bars of columns and places are drawn in the file itself."""
    cards = ["5", "1", "1", "0"]

    assert cards == [text for text in plain.texts if text.isdigit()][:4]
    assert 2 == len(plain.named("svg"))
    assert all(each["aria-label"] for each in plain.named("svg"))
    assert plain.named("noscript")


def test_a_page_is_bounded_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many rows the first of each kind are in the page, and it says of how many."""
    monkeypatch.setattr(page_data, "MOST_ROWS", 9)
    before = [["id", "a"], *([f"{each:02}", "x"] for each in range(30)), *([f"gone {each}", "x"] for each in range(5))]
    after = [["id", "a"], *([f"{each:02}", "y"] for each in range(30)), ["new", "x"]]
    read = PageReader(page(compared(tmp_path, before, after, key=("id",))))
    said = "4 of 30 changed, 1 of 1 added, 4 of 5 removed"

    assert any(said in text for text in read.texts)
    assert [0, 0, 0, 0, 2, 2, 2, 2, 1] == json.loads(read.scripts[1])["change"]


def test_long_values_are_cut_with_their_length(tmp_path: Path) -> None:
    """A value above 2,000 characters is cut in the page, which keeps how long it is."""
    read = PageReader(
        page(compared(tmp_path, [["id", "a"], ["1", "x" * 5_000]], [["id", "a"], ["1", "y"]], key=("id",)))
    )
    data = json.loads(read.scripts[1])

    assert (2_000, {"0": [5_000, 1]}) == (len(data["old"][0]), data["longer"])


def test_equal_files_have_a_page(tmp_path: Path) -> None:
    """Nothing differs: the page says so, and has no table to fill."""
    read = PageReader(page(compared(tmp_path, [["id"], ["1"]], [["id"], ["1"]], key=("id",))))

    assert "None: the rows of both files are the same." in read.texts
    assert not read.named("dialog")
