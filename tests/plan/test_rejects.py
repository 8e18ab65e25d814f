"""Contacts of rejected rows and ``plan --delete-missing``: nobody is deleted for a bad cell at the source."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolkit.cli import cli

MAPPING = """version: 1
source: {key: Id}
contact:
  handles: [{source: email, from: [Email]}]
  custom_fields: {Revenue: {from: Revenue, type: number}}
"""
ON = [{"id": "grp_1", "name": "VIPs"}]
SNAPSHOT = [
    {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": False},
    {"resource": "custom_field", "id": "fld_1", "name": "Revenue", "type": "number"},
    {"resource": "contact_list", "id": "grp_1", "name": "VIPs"},
    {"resource": "contact", "id": "crd_1", "handles": [{"source": "email", "handle": "ada@b.example"}], "lists": ON},
    {"resource": "contact", "id": "crd_2", "handles": [{"source": "email", "handle": "bob@b.example"}], "lists": ON},
    {"resource": "contact", "id": "crd_3", "handles": [{"source": "email", "handle": "cy@b.example"}], "lists": ON},
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot, and upserts of two rows, the second of which was rejected."""
    monkeypatch.chdir(tmp_path)
    Path("front.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in SNAPSHOT))
    Path("mapping.yaml").write_text(MAPPING)
    assert transform("1,ada@b.example,5\n2,bob@b.example,five\n").exit_code == 3


def transform(rows: str) -> Result:
    Path("contacts.csv").write_text(f"Id,Email,Revenue\n{rows}")
    words = ["transform", "contacts.csv", "--mapping", "mapping.yaml", "--to", "operations", "-o", "out"]
    return CliRunner().invoke(cli, words)


def plan(*options: str) -> Result:
    words = ["plan", "out/operations.ndjson", "--against", "front.ndjson", "--delete-missing", "VIPs", *options]
    return CliRunner().invoke(cli, words)


def deleted() -> list[str]:
    lines = map(json.loads, Path("plan.ndjson").read_text().splitlines())
    return [each["contact"] for each in lines if each["op"] == "contact.delete"]


def test_nobody_is_deleted_while_rows_are_rejected(files: None):
    """Exit 6, no plan, and what to do; once the row is right, only who is missing goes."""
    refused = plan()

    assert (refused.exit_code, Path("plan.ndjson").exists()) == (6, False)
    assert "1 row was rejected" in refused.stderr
    assert "rejects.csv" in refused.stderr
    assert transform("1,ada@b.example,5\n2,bob@b.example,4\n").exit_code == 0
    assert (plan().exit_code, deleted()) == (0, ["crd_3"])


def test_rejected_rows_count_as_missing_only_when_told_so(files: None):
    """--despite-rejects takes the upserts as all there is."""
    assert (plan("--despite-rejects").exit_code, deleted()) == (0, ["crd_2", "crd_3"])


def test_upserts_of_which_nothing_is_told_are_planned_with_a_warning(files: None):
    """Without a descriptor nobody knows whether rows were rejected; changed since, the file is refused."""
    Path("out/operations.ndjson").write_bytes(Path("out/operations.ndjson").read_bytes().replace(b"ada@", b"eve@"))
    assert plan().exit_code == 6
    Path("out/datapackage.json").unlink()

    assert "warning: nothing tells whether rows were rejected" in plan().stderr
    assert "warning" not in plan("--despite-rejects").stderr
