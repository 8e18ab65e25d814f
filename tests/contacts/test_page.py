"""The page for people as a file: the same bytes, nothing from elsewhere, and no text of the data taken for code."""

import dataclasses
import json
import re

import polars as pl
import pytest

from tests.contacts.page_samples import FACTS, HOSTILE, statistics
from tests.page_reader import PageReader
from toolkit.contacts.page import page
from toolkit.contacts.rejects import MEANINGS, RejectCode
from toolkit.contacts.statistics import Statistics


class Read(PageReader):
    """The page of a transform: the data of its plots too."""

    @property
    def figures(self) -> dict[str, dict[str, list[dict[str, object]]]]:
        return json.loads(self.scripts[1])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def plain() -> Read:
    return Read(page(FACTS, statistics()))


@pytest.fixture(scope="module")
def hostile() -> Read:
    facts = dataclasses.replace(
        FACTS, source=HOSTILE[0], mapping=HOSTILE[4], notes=HOSTILE, written=[(HOSTILE[2], 1)], left_out={HOSTILE[0]: 1}
    )
    return Read(page(facts, statistics(HOSTILE)))


def test_two_runs_give_the_same_bytes():
    """The page of the same counts is the same file, however the lists came in."""
    assert page(FACTS, statistics()) == page(FACTS, statistics())


def test_the_page_is_bounded():
    """With 1,500 columns, notes and lists the page stays under 6 MB, and says what it does not show."""
    wide = statistics(tuple(f"column {number} of a very wide report" for number in range(1_500)))
    written = page(dataclasses.replace(FACTS, notes=["a note"] * 1_500), wide)

    assert len(written) < 6_000_000
    assert b"1,500 columns: the first 30 are in the plot, the first 1,000 in the table." in written
    assert b"1,480 more lists together" in written
    assert b"And 1,450 more." in written


def test_nothing_is_loaded_from_elsewhere(plain: Read, hostile: Read):
    """No tag of the page names another file or address, and the policy forbids every connection."""
    for read in (plain, hostile):
        places = {name for _, attributes in read.tags for name in attributes}
        assert places.isdisjoint({"src", "href", "srcset", "action", "data", "poster", "background", "onerror"})
        assert not {"a", "link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in read.tags}
    policy = plain.named("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")


def test_hostile_names_add_no_tag(plain: Read, hostile: Read):
    """Names that look like tags give the same elements as plain ones: same scripts, no more kinds of tags."""
    assert len(plain.scripts) == len(hostile.scripts) == 4
    assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in plain.tags}
    assert [plain.scripts[each] for each in (0, 2, 3)] == [hostile.scripts[each] for each in (0, 2, 3)]


def test_hostile_names_are_shown_as_they_are(hostile: Read):
    """A name that looks like a tag is read as that text; what would hide or turn signs round is replaced."""
    shown = set(hostile.texts)

    assert set(HOSTILE[:3]) <= shown
    assert "]]> ${x} %{y} {{z}} \N{REPLACEMENT CHARACTER}gnp.exe" in shown


def test_data_block_holds_no_sign_that_ends_it(hostile: Read):
    """The data of the plots hold no angle bracket, ampersand or line separator, and no text of a plot has a tag."""
    assert not re.search("[<>&\u2028\u2029]", hostile.scripts[1])
    for figure in hostile.figures.values():
        texts = json.dumps([figure["data"][0]["hovertext"], figure["layout"]])
        assert "<" not in texts


def test_plots_say_no_more_than_the_tables(plain: Read):
    """Each number at the end of a bar stands in a table too, and each plot has a place with a label."""
    places = {each["id"]: each["aria-label"] for each in plain.named("div") if each.get("role") == "img"}
    texts = set(plain.texts)

    assert set(plain.figures) == set(places)
    assert all(label and label.startswith("Bar chart: ") for label in places.values())
    for figure in plain.figures.values():
        assert set(figure["data"][0]["text"]) <= texts  # type: ignore[call-overload]


def test_tables_can_be_read_aloud(plain: Read):
    """The page has a language and one main heading; each table has a caption, and its region the same name."""
    tags = [tag for tag, _ in plain.tags]
    regions = [each["aria-label"] for each in plain.named("div") if each.get("role") == "region"]

    assert "en" == plain.named("html")[0]["lang"]
    assert 1 == tags.count("h1")
    assert tags.count("table") == tags.count("caption") == len(regions)
    assert set(regions) <= set(plain.texts)
    assert all(each["scope"] in {"col", "row"} for each in plain.named("th"))


def test_rejects_say_what_to_do(plain: Read):
    """Each code of a reject is explained, and the page says how rejected rows become contacts."""
    text = " ".join("".join(plain.texts).split())

    assert MEANINGS[RejectCode.BAD_EMAIL] in text
    assert "Mend the cells there" in text
    assert "sf2front transform rejects.csv" in text


def test_the_sum_is_told(plain: Read):
    """The page says that rows in are accepted, rejected and merged rows together."""
    assert "1,240 rows in = 1,201 accepted + 30 rejected + 9 merged." in plain.texts


def test_equal_short_names_stay_apart():
    """Names that are alike up to where a plot cuts them are bars of their own."""
    names = ("A very long name of a list, north", "A very long name of a list, south")
    figure = Read(page(FACTS, statistics(names))).figures["plot-lists"]

    assert [0, 1] == figure["data"][0]["y"]


def test_a_transform_of_nothing_has_a_page():
    """A report without rows gives a page that says so, without a plot of nothing."""
    none = dataclasses.replace(FACTS, rows=0, accepted=0, rejected=0, merged=0, dropped={}, extensions=0, left_out={})
    said = Statistics()
    said.add_cells(pl.DataFrame(schema={"Id": pl.String}))
    read = Read(page(none, said))

    assert {"plot-outcome", "plot-columns"} == set(read.figures)
    assert {"No row was rejected.", "No row was merged into another."} <= set(read.texts)
