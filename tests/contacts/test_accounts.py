"""Accounts for Front's account import: each once, and nothing lost without a word."""

import csv
from pathlib import Path

from toolkit.contacts.transform import Target, TransformResult, TransformSettings, run
from toolkit.files import Outputs

MAPPING = """
version: 1
source: {key: Id}
columns:
  Firm: {value: "{Company}"}
contact:
  name: "{Id}"
  handles: [{source: email, from: Email}]
  account: {name: Firm, external_id: Account ID, domains: Website}
"""


def accounts(folder: Path, *rows: str) -> tuple[TransformResult, list[dict[str, str]]]:
    (folder / "in.csv").write_text("\n".join(["Id,Email,Company,Account ID,Website", *rows, ""]), encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING)
    settings = TransformSettings(folder / "in.csv", folder / "mapping.yaml", folder / "out", Target.ACCOUNTS)
    with Outputs() as outputs:
        result = run(settings, outputs)
        outputs.commit()
    file = folder / "out/front-accounts-001.csv"
    return result, list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.exists() else []


def test_computed_columns_name_accounts(tmp_path: Path):
    """An account may be named by a column that the mapping computes."""
    _, rows = accounts(tmp_path, "1,,Acme,,acme.org")
    assert [{"name": "Acme", "domains": "acme.org"}] == rows


def test_no_rows_are_no_accounts(tmp_path: Path):
    """A file of headings alone ends as it does for the other targets: nothing in, nothing out."""
    result, rows = accounts(tmp_path)
    assert (0, 0, []) == (result.rows, result.accepted, rows)


def test_an_id_names_one_account(tmp_path: Path):
    """A second id of one account, and an id that an earlier account has, are left out and counted."""
    result, rows = accounts(tmp_path, "1,,Acme,A1,", "2,,ACME,A2,", "3,,Other,A1,")
    assert [{"name": "Acme", "externalId": "A1"}, {"name": "Other", "externalId": ""}] == rows
    assert {"further external ids of an account": 1, "external ids of an earlier account": 1} == result.left_out
    assert result.rows == result.accepted + result.rejected + result.merged


def test_a_domain_belongs_to_one_account(tmp_path: Path):
    """A domain stays with the account that has it first; the others' are counted."""
    result, rows = accounts(tmp_path, "1,,Acme,,acme.org", "2,,Other,,acme.org", "3,,acme,,acme.com")
    assert ["acme.org, acme.com", ""] == [row["domains"] for row in rows]
    assert {"domains of an earlier account": 1} == result.left_out
