"""The registry of codes holds exactly those that the tree uses."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import toolkit
from toolkit.cli import cli
from toolkit.codes import CODES, Kind
from toolkit.contacts.rejects import RejectCode
from toolkit.errors import ExitCode
from toolkit.replay.rebase import OVERWRITTEN
from toolkit.replay.selection import LEFT_CODES
from toolkit.rollback.work import RollbackCode

PACKAGE = Path(toolkit.__file__).parent
POSITIONS = {"refuse": (Kind.REFUSAL, 0), "Conflict": (Kind.CONFLICT, 2), "Problem": (Kind.PROBLEM, 5)}
"""Which argument of a call is a code, where it is not named ``code=``."""


def text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def codes_of_call(call: ast.Call) -> Iterator[tuple[Kind, str]]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in POSITIONS:
        kind, place = POSITIONS[name]
        named = next((each.value for each in call.keywords if each.arg == "code"), None)
        found = text(named or (call.args[place] if len(call.args) > place else None))
        if found:
            yield kind, found


def codes_by_status(tree: ast.AST) -> Iterator[tuple[Kind, str]]:
    """The words that ``expect`` gives to Front's statuses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "expect":
            words = [text(value) for each in ast.walk(node) if isinstance(each, ast.Dict) for value in each.values]
            yield from ((Kind.REFUSAL, word) for word in [*words, "refused"])


def used() -> set[tuple[Kind, str]]:
    found = {(Kind.REJECT, str(code)) for code in RejectCode} | {(Kind.EXIT, str(int(code))) for code in ExitCode}
    found |= {(Kind.NOTE, OVERWRITTEN)}
    found |= {(Kind.ROLLBACK, str(code)) for code in RollbackCode} | {(Kind.LEFT, code) for code in LEFT_CODES}
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "sandbox"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {code for node in ast.walk(tree) if isinstance(node, ast.Call) for code in codes_of_call(node)}
        found |= set(codes_by_status(tree))
    return found


def test_every_code_has_its_line_and_every_line_its_code():
    """A code that the tree uses is explained, once; what is explained is used."""
    listed = [(each.kind, each.code) for each in CODES if each.kind is not Kind.STATUS]

    assert used() - set(listed) == set(), "codes without a line: add them to toolkit/codes.py"
    assert set(listed) - used() == set(), "lines without a code: take them out of toolkit/codes.py"
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("code", sorted({each.code for each in CODES}))
def test_every_code_is_explained(code: str):
    """explain says meaning, cause and remedy of each."""
    result = CliRunner().invoke(cli, ["explain", code, "--json"])

    assert result.exit_code == 0
    assert all(each["meaning"] and each["cause"] and each["remedy"] for each in json.loads(result.stdout))


@pytest.mark.parametrize(
    ("typed", "found"), [("503", "5xx"), ("no_handle", "no-handle"), ("Shared-Handle", "shared_handle")]
)
def test_a_code_is_found_as_people_meet_or_type_it(typed: str, found: str):
    """Any status of Front's failures; hyphens for underscores and the other way round."""
    result = CliRunner().invoke(cli, ["explain", typed, "--json"])

    assert [found] == [each["code"] for each in json.loads(result.stdout)]


def test_an_unknown_code_is_answered_with_those_like_it():
    """A slip of the pen gets a hint, and the exit code of a wrong command line."""
    result = CliRunner().invoke(cli, ["explain", "shared-handel"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean shared_handle" in result.stderr
