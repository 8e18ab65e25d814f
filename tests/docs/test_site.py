"""``make docs``: the site builds without a warning, is whole, and asks nobody for anything."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import BROWSER, Tab
from tests.page_reader import PageReader

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` does, from a copy: every broken link ends the build."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    line = [Path(sys.executable).parent / "zensical", "build", "--strict"]
    done = subprocess.run(line, cwd=folder, text=True, stdout=-1, stderr=-2, check=False)
    assert done.returncode == 0, done.stdout
    return folder / "site"


def listed(nav: Any) -> Iterator[str]:
    for value in (each for entry in nav for each in entry.values()):
        yield from [value] if isinstance(value, str) else listed(value)


def test_every_page_is_in_the_navigation_once():
    """Pages that nobody can find are no help."""
    pages = [str(each.relative_to(ROOT / "docs")) for each in (ROOT / "docs").rglob("*.md")]

    assert sorted(pages) == sorted(listed(CONFIG["nav"]))


def test_every_page_is_built(site: Path):
    """Each as a file that a browser opens from the disk."""
    assert [] == [page for page in listed(CONFIG["nav"]) if not (site / page).with_suffix(".html").is_file()]


def test_nothing_is_asked_of_anybody(site: Path):
    """No page loads a font, script, style or picture from elsewhere."""
    loading = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "srcset"}
    found = []
    for page in site.rglob("*.html"):
        tags = PageReader(page.read_bytes()).tags
        links = [(tag, attributes.get(loading[tag]) or "") for tag, attributes in tags if tag in loading]
        found += [(page.name, each) for each in links if re.match(r"(https?:)?//", each[1])]
    styles = "".join(each.read_text(encoding="utf-8") for each in site.rglob("*.css"))

    assert found == []
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import[^;]*", styles) == []


def test_a_broken_link_or_anchor_ends_the_build(tmp_path: Path):
    """Both are named; nothing but a mended page lets it pass."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[a](nowhere.md) [b](index.md#nothing)\n")
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "x"\n')
    line = [Path(sys.executable).parent / "zensical", "build", "--strict"]
    done = subprocess.run(line, cwd=tmp_path, text=True, stdout=-1, stderr=-2, check=False)
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)

    assert done.returncode != 0
    assert "nowhere.md" in said
    assert "#nothing" in said


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_the_search_works_from_the_disk(site: Path, tmp_path: Path):
    """Typed in as a reader does, on a page of a folder; what is found leads to the guide."""
    with Tab(tmp_path) as tab:
        tab.open(site / "guides" / "admin.html")
        tab.ask("document.querySelector('.md-search__button').click()")
        tab.wait("document.activeElement.shadowRoot?.querySelector('input')")
        tab.type("several contacts conflict")
        tab.wait(f"{FOUND}.some(each => each.includes('engineer.html'))")


FOUND = "[...document.activeElement.shadowRoot.querySelectorAll('a')].map(each => each.href)"


def test_the_search_finds_every_page(site: Path):
    """Its index, which is loaded from the disk as a script, names each."""
    index = "".join(each.read_text(encoding="utf-8") for each in site.glob("search.*"))

    assert [] == [page for page in listed(CONFIG["nav"]) if Path(page).with_suffix(".html").as_posix() not in index]
