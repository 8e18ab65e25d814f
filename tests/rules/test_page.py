"""docs/rules.md is true: each command of its recipe, as written, in its order."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from toolkit.cli import cli

ROOT = Path(__file__).parents[2]


def test_the_recipe_goes_well(tokens: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every command succeeds on the sandbox, and whoever was to start to match matches in the end."""
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    for command in (commands := re.findall(r"^\$ (.*)$", page, flags=re.MULTILINE)):
        program, *words = shlex.split(command)
        done = CliRunner().invoke(cli, words, env=tokens)
        assert (program, done.exit_code in (0, 3)) == ("sf2front", True), f"{command}\n{done.output}"
    before, after = ((tmp_path / name).read_text().count("\n") for name in ("gold.csv", "gold-now.csv"))

    assert len(commands) == 10
    assert re.search(r"```yaml\n(.*?)```", page, flags=re.DOTALL)[1] in (ROOT / "samples" / "rule.yaml").read_text()  # type: ignore[index]
    assert before == after > 1
