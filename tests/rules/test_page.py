"""docs/rules.md is true: each command of its recipe, as written, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_recipe_goes_well(tokens: dict[str, str], tmp_path: Path):
    """Every command succeeds on the sandbox, and whoever was to start to match matches in the end."""
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    env = os.environ | tokens | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command in (commands := re.findall(r"^\$ (.*)$", page, flags=re.MULTILINE)):
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, text=True, stdout=-1, stderr=-2)  # noqa: PLW1510
        assert done.returncode in (0, 3), f"{command}\n{done.stdout}"
    before, after = ((tmp_path / name).read_text().count("\n") for name in ("gold.csv", "gold-now.csv"))

    assert len(commands) == 10
    assert re.search(r"```yaml\n(.*?)```", page, flags=re.DOTALL)[1] in (ROOT / "samples" / "rule.yaml").read_text()  # type: ignore[index]
    assert before == after > 1
