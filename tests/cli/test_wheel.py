"""The wheel works alone: built, installed into an empty environment, run from another folder."""

import os
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.docs.pages import blocks
from tests.docs.walk import alike

ROOT = Path(__file__).parents[2]


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run([*map(str, words)], cwd=cwd, env=clean, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it, with the sandbox, into an environment of its own; give its folder.

    Beside it stands what it says that it needs, and what that needs, and nothing else: taken from this environment,
    which the lock has made, since downloading and unpacking it all again would take a minute.
    """
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", "--no-deps")
    result = run(*pip, next(folder.glob("*.whl")), cwd=folder)
    assert result.returncode == 0, result.stderr
    site = next((folder / "env" / "lib").glob("python*/site-packages"))
    needed: set[str] = set()
    need(next(metadata.distributions(name="sf2front", path=[str(site)])), {"sandbox"}, needed)
    for name in needed:
        link(metadata.distribution(name), site)
    return folder


def need(package: metadata.Distribution, extras: set[str], known: set[str]) -> None:
    """Add to ``known`` the names of all packages that one needs."""
    for each in map(Requirement, package.requires or ()):
        wanted = not each.marker or any(each.marker.evaluate({"extra": extra}) for extra in extras | {""})
        if wanted and each.name not in known:
            known.add(each.name)
            found = metadata.distribution(each.name)
            assert each.specifier.contains(found.version, prereleases=True), (each, found.version)
            need(found, each.extras, known)


def link(package: metadata.Distribution, site: Path) -> None:
    """Put the files of a package, as links, beside ours."""
    for part in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        if not (site / part).exists():
            (site / part).symlink_to(Path(str(package.locate_file(part))))


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path):
    """From a folder that knows nothing of the checkout, the demo does its whole job, and says what README shows."""
    result = run(installed / "env" / "bin" / "sf2front", "demo", "-o", "demo-out", cwd=tmp_path)
    (shown,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "text")

    assert result.returncode == 0, result.stderr
    assert "nothing was lost, nothing was sent twice" in result.stderr
    assert alike(tuple(shown.text.splitlines()), tuple(result.stderr.splitlines()), numbers=False), result.stderr


def test_schemas_and_samples_are_inside(installed: Path, tmp_path: Path):
    """They are found in the package, not in the checkout."""
    code = "from toolkit.schemas import data_folder, schema_names; print(data_folder('samples')); print(schema_names())"
    result = run(installed / "env" / "bin" / "python", "-c", code, cwd=tmp_path)

    folder, names = result.stdout.splitlines()
    assert Path(folder).is_relative_to(installed / "env")
    assert (Path(folder) / "mapping.yaml").is_file()
    assert "operation" in names


def test_without_the_extra_the_sandbox_says_what_is_missing(installed: Path, tmp_path: Path):
    """A person who installed without the sandbox gets the command to mend it."""
    python = installed / "env" / "bin" / "python"
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'uvicorn' else find(name, *a)\n"
        "sys.argv = ['sf2front', 'sandbox']\n"
        "from toolkit.__main__ import main; main()"
    )
    result = run(python, "-c", code, cwd=tmp_path)

    assert (result.returncode, "pip install 'sf2front[sandbox]'" in result.stderr) == (2, True)
