"""README and the guides are true: a reader who types every line as written sees what is shown."""

from pathlib import Path

import pytest

from tests.docs.pages import blocks, typed
from tests.docs.renew import renewed
from tests.docs.walk import ROOT, Walk, alike

GUIDES = tuple(f"docs/guides/{who}.md" for who in ("admin", "engineer", "auditor"))
PAGES = ("README.md", "docs/index.md", "docs/rules.md", *GUIDES)


@pytest.mark.parametrize("page", PAGES)
def test_every_line_prints_what_the_page_shows(page: str, tmp_path: Path):
    """Each command of the page, in a folder with the samples and with the sandbox that the page starts."""
    with Walk(tmp_path) as walk:
        steps = list(walk.through((ROOT / page).read_text(encoding="utf-8")))
    wrong = [f"$ {each.typed.command}\n{each.fault}" for each in steps if each.fault]

    assert not wrong, "\n".join(wrong)
    assert steps


def test_every_guide_is_walked():
    """A new guide is in the list above."""
    assert {f"docs/guides/{each.name}" for each in (ROOT / "docs" / "guides").glob("*.md")} == set(GUIDES)


WRONG = {
    "another output": "```console\n$ echo one\ntwo\n```\n",
    "a line too few": "```console\n$ printf 'one\\ntwo\\n'\none\n```\n",
    "a failure that is not shown": "```sh\nsf2front explain no-such-code\n```\n",
    "an exit code": "```console\n$ sf2front explain no-such-code\n…\n$ echo $?\n0\n```\n",
    "a target that there is not": "```sh\nmake coffee\n```\n",
    "a failure that is shown as if it were none": "```console\n$ bash -c 'exit 7'\n```\n",
}


@pytest.mark.parametrize("page", WRONG.values(), ids=WRONG)
def test_a_page_that_is_wrong_is_found_out(page: str, tmp_path: Path):
    """Each of these has one fault."""
    with Walk(tmp_path) as walk:
        assert [True] == [bool(each.fault) for each in walk.through(page) if each.fault]


def test_files_that_a_page_shows_are_written_and_changed(tmp_path: Path):
    """A file with a title is written; a diff changes it; what is another than the file is found out."""
    page = (
        '```yaml title="a.yaml"\none: 1\ntwo: 2\n```\n```diff title="a.yaml"\n one: 1\n-two: 2\n+two: 3\n```\n'
        '```yaml title="a.yaml"\ntwo: 3\n```\n```console\n$ cat a.yaml\none: 1\ntwo: 3\n```\n'
    )
    with Walk(tmp_path) as walk:
        assert [""] == [each.fault for each in walk.through(page)]
        with pytest.raises(AssertionError, match="is another"):
            list(walk.through('```yaml title="a.yaml"\ntwo: 2\n```\n'))
        with pytest.raises(AssertionError, match="does not have once"):
            list(walk.through('```diff title="a.yaml"\n-two: 2\n```\n'))


def test_a_cell_mended_by_hand_is_saved_as_excel_does(tmp_path: Path):
    """Semicolons, cp1252, CR LF; twice in the same file."""
    (tmp_path / "a.csv").write_text('Id,Name\n1,"Zoë, née"\n2,Ann\n')
    with Walk(tmp_path) as walk:
        list(walk.through("<!-- by hand: a.csv, 1, Name: Chloé; née -->\n<!-- by hand: a.csv, 2, Name: Bob -->\n"))

    assert (tmp_path / "a.csv").read_bytes() == 'Id;Name\r\n1;"Chloé; née"\r\n2;Bob\r\n'.encode("cp1252")


def test_what_differs_from_run_to_run_may_differ():
    """Times of runs, durations, hashes; numbers only where the page says so; everything else counts."""
    shown = ("2026-11-24T020000Z  rehearsal  verified   117 rows  0 operations  3 s",)
    same = ("2027-01-01T121314Z  rehearsal  verified   117 rows  0 operations  12 s",)
    other = ("2027-01-01T121314Z  rehearsal  verified   118 rows  0 operations  12 s",)

    assert alike(shown, same)
    assert not alike(shown, other)
    assert alike(shown, other, numbers=False)
    assert alike(("a", "…", "d"), ("a", "b", "c", "d"))
    assert not alike(("a", "…", "d"), ("a", "b", "c"))


def test_a_page_is_renewed_where_it_is_wrong_alone():
    """What is shown becomes what is printed; the command stays as it is written."""
    page = "a\n```console\n$ echo \\\n  one\ntwo\n$ echo x\nx\n```\nb\n```console\n$ echo three\n…\n```\nc\n"

    assert renewed(page) == page.replace("two", "one")


def test_every_line_of_readme_and_guides_can_be_typed():
    """Every block of commands has some, and there is none in another form than these."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        assert [] == [each for each in blocks(text, "console", "sh") if not typed(each)]
        assert [] == [each.kind for each in blocks(text, "bash", "shell", "terminal", "shellsession")]
