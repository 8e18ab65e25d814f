"""The CSV of a snapshot, for people and for diff."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.front.company import Company, take
from toolkit.cli import cli
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.front.view import write_view
from toolkit.tables import ndjson_line

HEAD = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": True}
BLANK = {"resource": "contact", "name": "", "description": "", "handles": [], "links": [], "lists": []}


def view(tmp_path: Path, *lines: dict[str, object], head: dict[str, object] = HEAD) -> list[dict[str, str]]:
    """Make a snapshot of some lines, and read its CSV."""
    snapshot = tmp_path / "s.ndjson"
    snapshot.write_bytes(b"".join(map(ndjson_line, [head, *lines])))
    with Outputs() as outputs:
        write_view(snapshot, snapshot.name, tmp_path / "s.csv", outputs)
        outputs.commit()
    with (tmp_path / "s.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_contact(tmp_path: Path):
    """Handles as in Front's contact import, each custom field a column, lists joined, the account by its name."""
    handles = [("email", "a@x.example"), ("email", "b@x.example"), ("phone", "+4930123"), ("custom", "42")]
    rows = view(
        tmp_path,
        {"resource": "custom_field", "id": "fld_1", "name": "Since", "type": "datetime"},
        {"resource": "custom_field", "id": "fld_2", "name": "Size", "type": "number"},
        {"resource": "custom_field", "id": "fld_3", "name": "name", "type": "string"},
        {"resource": "account", "id": "acc_1", "name": "Acme", "contacts": ["crd_1"]},
        BLANK | {
            "id": "crd_1", "name": "Ada", "description": "two\nlines", "links": ["https://a.example"],
            "handles": [{"source": source, "handle": handle} for source, handle in handles],
            "lists": [{"id": "grp_2", "name": "B"}, {"id": "grp_1", "name": "A"}],
            "custom_fields": {"Since": 1798761600, "Size": 1.5, "name": "field", "Gone": True},
        },
        BLANK | {"id": "crd_2", "custom_fields": {}},
    )  # fmt: skip

    assert rows == [
        {
            "id": "crd_1", "name": "Ada", "description": "two\nlines", "email": "a@x.example", "email2": "b@x.example",
            "phone": "+4930123", "custom": "42", "link": "https://a.example", "lists": "A; B", "account": "Acme",
            "Since": "2027-01-01T00:00:00Z", "Size": "1.5", "name (2)": "field", "Gone": "true",
        },
        dict.fromkeys(rows[0], "") | {"id": "crd_2"},
    ]  # fmt: skip


def test_formulas_are_made_harmless(tmp_path: Path):
    """Cells and headings that a spreadsheet would run begin with an apostrophe; phone numbers stay."""
    handles = [{"source": "phone", "handle": "+4930123"}]
    contact = BLANK | {"id": "crd_1", "name": "=cmd()", "handles": handles, "custom_fields": {"@x": "-1+2", "n": -5}}
    rows = view(tmp_path, contact, head=HEAD | {"accounts": False})

    assert rows == [{
        "id": "crd_1", "name": "'=cmd()", "description": "", "email": "", "phone": "+4930123", "link": "", "lists": "",
        "'@x": "'-1+2", "n": "-5",
    }]  # fmt: skip


def test_what_is_no_snapshot_is_refused(tmp_path: Path):
    """Operations, for example."""
    with pytest.raises(InputRefused, match="is not a snapshot"):
        view(tmp_path, head={"op": "contact.upsert"})


def test_a_csv_is_made_of_a_snapshot_without_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """--from needs neither token nor network, and its evidence names the snapshot."""
    monkeypatch.chdir(tmp_path)
    front = Company()
    front.add(1)
    take(front, Path("s.ndjson"))
    made = CliRunner().invoke(cli, ["snapshot", "--from", "s.ndjson", "--csv", "s.csv"], env={})
    walked = CliRunner().invoke(cli, ["evidence", "s.csv"])

    assert (made.exit_code, made.stdout) == (0, "")
    assert (
        Path("s.csv").read_text() == "id,name,description,email,phone,link,lists,Tier\ncrd_1,P1,,p1@example.com,,,,\n"
    )
    assert [line.split() for line in walked.stdout.splitlines()][:2] == [
        ["s.csv", "intact", "snapshot"], ["s.ndjson", "intact", "snapshot"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "--from s.ndjson", "--from s.ndjson --csv a.csv --accounts", "--team tim_1 --teammate tea_1",
        "--full-after 7d", "--keep-members", "--since s.ndjson -o s.ndjson", "--team tea_1",
        "--since s.ndjson --full-after week",
    ],
)  # fmt: skip
def test_options_that_make_no_sense_together_are_refused(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Before anything is asked."""
    monkeypatch.chdir(tmp_path)
    Path("s.ndjson").write_bytes(ndjson_line(HEAD))

    assert CliRunner().invoke(cli, ["snapshot", *words.split()]).exit_code == 2
