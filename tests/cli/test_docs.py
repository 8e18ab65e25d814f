"""What the documentation says is what the program does."""

import importlib.util
import re
from pathlib import Path

import pytest

from toolkit.cli import COMMANDS
from toolkit.codes import CODES
from toolkit.errors import ExitCode

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


@pytest.mark.parametrize("page", ["commands.md", "mapping.md", "rejects.md", "codes.md"])
def test_a_generated_page_is_up_to_date(page: str):
    """The pages made from the code are what the code would make now (make reference)."""
    assert (DOCS / page).read_text(encoding="utf-8") == generated()[page]


def test_every_exit_code_is_documented():
    """docs/exit-codes.md has a line for each, and no other."""
    listed = re.findall(r"^\| (\d+) \|", (DOCS / "exit-codes.md").read_text(), flags=re.MULTILINE)

    assert [int(code) for code in listed] == [int(code) for code in ExitCode]


def test_troubleshooting_begins_with_every_exit_code_and_codes_that_there_are():
    """docs/troubleshooting.md: a line for each exit code; each code of its second table is one that explain knows."""
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    exits = {int(code) for code in re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)}
    table = text[text.index("## By code") : text.index("## By what you see")]
    named = re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE)

    assert exits == {int(code) for code in ExitCode}
    assert {code for each in named for code in re.findall(r"`([\w-]+)`", each)} <= {each.code for each in CODES}
    assert len(named) >= 5


def test_every_environment_variable_is_documented():
    """Each SF2FRONT_ variable that the code reads is in docs/environment.md."""
    used = {name for path in (ROOT / "toolkit").rglob("*.py") for name in names(path.read_text(encoding="utf-8"))}

    assert used <= names((DOCS / "environment.md").read_text())


def names(text: str) -> set[str]:
    return set(re.findall(r"\bSF2FRONT_[A-Z_]+\b", text))


def test_every_command_is_in_the_reference():
    """docs/commands.md has a section for each command."""
    text = (DOCS / "commands.md").read_text()

    assert [name for name in COMMANDS if f"## sf2front {name}" not in text] == []


def test_every_dependency_has_its_reason():
    """Each package that pyproject.toml asks for at run time has a line in docs/dependencies.md."""
    project = (ROOT / "pyproject.toml").read_text()
    block = project[project.index("dependencies = [") : project.index("[project.scripts]")]
    asked = set(re.findall(r'"([a-z-]+)>=', block))
    listed = set(re.findall(r"^\| ([a-z-]+) [0-9]", (DOCS / "dependencies.md").read_text(), flags=re.MULTILINE))

    assert asked == listed


PAGES = ["README.md", "CONTRIBUTING.md", *(str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str):
    """Every relative link of a page is a file."""
    path = ROOT / page
    links = re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []
