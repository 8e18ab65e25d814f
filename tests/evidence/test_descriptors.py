"""The descriptors as others read them: Data Packages (v2), which frictionless holds against the files."""

import json
from pathlib import Path
from typing import Any

import frictionless

from tests.evidence.whole_way import flipped, invoke
from toolkit.diff.result import Format

SUFFIXES = {Format.TEXT: "txt", Format.MARKDOWN: "md"}


def refused(descriptor: Path) -> list[Any]:
    """What frictionless has against a descriptor and its files."""
    report = frictionless.Package(str(descriptor)).validate()
    return [*report.errors, *report.flatten(["type", "message"])]


def test_frictionless_accepts_every_stage(here: Path):
    """Each descriptor of a whole way, with bytes, hash, rows and columns of each file; and finds a changed byte."""
    descriptors = [path.relative_to(here) for path in sorted(here.rglob("*datapackage.json"))]
    stages = {json.loads(path.read_text())["sf2front"]["stage"] for path in descriptors}

    assert {str(path): refused(path) for path in descriptors} == {str(path): [] for path in descriptors}
    assert stages == {
        "export", "transform to import", "transform to operations", "snapshot", "plan", "replay", "verify", "diff",
        "rollback",
    }  # fmt: skip
    for changed in ("contacts.csv", "plan.ndjson"):
        with flipped(Path(changed), 99):
            assert refused(Path(f"{changed}.datapackage.json"))


def test_frictionless_accepts_every_format(here: Path, tmp_path: Path):
    """A comparison in each of its formats, and the page about a chain."""
    for each in Format:
        output = tmp_path / f"changes.{SUFFIXES.get(each, each.value)}"
        done = invoke("diff", "before.ndjson", "after.ndjson", "--key", "id", "-o", output, "--format", each.value)
        assert done.exit_code == 0, done.stderr
    assert invoke("evidence", "plan.ndjson", "--html", tmp_path / "page.html").exit_code == 0

    descriptors = sorted(tmp_path.glob("*.datapackage.json"))
    assert {path.name: refused(path) for path in descriptors} == {path.name: [] for path in descriptors}
    assert len(descriptors) == len(Format) + 1


def test_every_file_has_a_descriptor_in_its_folder(here: Path):
    """Whatever a command writes is described beside it, in other folders too; lines say which schema they follow."""
    described: dict[str, dict[str, Any]] = {}
    for path in here.rglob("*datapackage.json"):
        resources = json.loads(path.read_text())["resources"]
        described |= {str((path.parent / each["path"]).relative_to(here)): each for each in resources}
    written = {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()}

    assert {each for each in written if "datapackage.json" not in each} - {"mapping.yaml", "plan.checkpoint"} == set(
        described
    )
    counted = {path: each["lines"] for path, each in described.items() if "lines" in each}
    assert counted == {path: len((here / path).read_bytes().splitlines()) for path in counted}
    schemas = {path: each["jsonSchema"].split("/")[-1] for path, each in described.items() if "jsonSchema" in each}
    operations = ("api/operations.ndjson", "plan.ndjson", "plan.failures.ndjson", "rollback.ndjson")
    assert schemas == dict.fromkeys(operations, "operation.schema.json") | {"plan.results.ndjson": "result.schema.json"}
