"""Any file of ours against its schema."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit import validate
from toolkit.errors import InputRefused, WrongSettings

GOOD: dict[str, Any] = {
    "key": "1", "op": "contact.upsert", "body": {"handles": [{"source": "email", "handle": "a@b.example"}]},
}  # fmt: skip


def ndjson(path: Path, *lines: Any) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    return path


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name,email\nAda,a@b.example\n", "import-row"),
        ("name,domains\nShop,shop.example\n", "account-import-row"),
        ("name,externalId\nShop,001\n", "account-import-row"),
        ("Email,reject_row,reject_code,reject_reason\nx,2,bad-email,no\n", "reject"),
        ("kept_row,merged_row,kept_key,merged_key,source,handle\n2,3,a,b,email,a@b\n", "merge"),
        ("row,key,code,reason\n2,a,bad-email,no address\n", "dropped"),
    ],
)
def test_a_csv_shows_by_its_headings_what_it_is(text: str, kind: str, tmp_path: Path):
    """Each CSV that transform writes is held against its own schema without being told which."""
    file = tmp_path / "x.csv"
    file.write_text(text)

    assert validate.run(file) == validate.ValidateResult(kind, 1, 0, ())


def test_each_bad_line_is_named(tmp_path: Path):
    """Invalid lines of an operations file are told with their numbers, the others are only counted."""
    file = ndjson(tmp_path / "x.ndjson", GOOD, GOOD | {"body": {}}, GOOD, GOOD | {"key": ""})

    result = validate.run(file)

    assert (result.kind, result.checked, result.invalid) == ("operation", 4, 2)
    assert [str(each) for each in result.problems] == [
        "x.ndjson:2 /body: lacks 'handles'",
        "x.ndjson:4 /key: must not be empty",
    ]


def test_lines_are_numbered_on_from_part_to_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file that is read in many parts names the same lines."""
    monkeypatch.setattr(validate, "_CHUNK", 100)
    file = ndjson(tmp_path / "x.ndjson", *[GOOD] * 9, {"op": "x"}, *[GOOD] * 9)

    result = validate.run(file)

    assert (result.checked, [each.line for each in result.problems]) == (19, [10])


def test_a_field_is_not_set_and_cleared_at_once(tmp_path: Path):
    """An upsert that clears a custom field which its body sets contradicts itself, and is named."""
    fields = {"handles": GOOD["body"]["handles"], "custom_fields": {"Tier": "gold"}}
    both = GOOD | {"body": fields, "clear": ["Region", "Tier"]}
    file = ndjson(tmp_path / "x.ndjson", GOOD | {"clear": ["Tier"]}, both)

    assert [str(each) for each in validate.run(file).problems] == [
        "x.ndjson:2 /clear/1: 'Tier' is to be set in the body too"
    ]


def test_what_is_kept_of_problems_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All invalid lines are counted, and only the first are explained."""
    monkeypatch.setattr(validate, "MOST", 3)
    file = ndjson(tmp_path / "x.ndjson", GOOD, *[{"op": "x"}] * 10)

    result = validate.run(file)

    assert (result.invalid, len(result.problems), result.unexplained) == (10, 3, 7)


def test_rows_are_named_as_a_spreadsheet_counts(tmp_path: Path):
    """A bad cell of an import file is told with its row and heading."""
    file = tmp_path / "front-import-001.csv"
    file.write_text("name,phone\nAda,\n,+14155550123\nBo,0151\n")

    assert [str(each) for each in validate.run(file).problems] == [
        "front-import-001.csv:3: lacks 'name'",
        'front-import-001.csv:4 /phone: "0151" is not a phone number in E.164 form, such as +14155550123',
    ]


def test_lines_that_are_no_json_are_problems_with_their_place(tmp_path: Path):
    """A blank line and one torn off part way are named; the lines between them are still checked."""
    good = json.dumps(GOOD).encode()
    file = tmp_path / "x.ndjson"
    file.write_bytes(b"\xef\xbb\xbf" + good + b"\n\n" + good + b"\n" + good[:20])

    result = validate.run(file)

    assert (result.checked, result.invalid) == (4, 2)
    assert [(each.line, each.code) for each in result.problems] == [(2, "json"), (4, "json")]


@pytest.mark.parametrize(
    ("name", "text", "kind", "error"),
    [
        ("x.ndjson", "[1\n", None, InputRefused),
        ("x.ndjson", "", None, WrongSettings),
        ("x.ndjson", '{"resource": "snapshot"}\n', None, WrongSettings),
        ("x.csv", "Contact ID,Email\n003,a@b.example\n", None, WrongSettings),
        ("x.csv", "name\nAda\n", "operation", WrongSettings),
        ("x.csv", "name\nAda\n", "nonsense", WrongSettings),
    ],
)
def test_a_file_that_no_schema_fits_is_refused(name: str, text: str, kind: str | None, error: type, tmp_path: Path):
    """What can't be judged is refused with a reason, never called valid."""
    (tmp_path / name).write_text(text)

    with pytest.raises(error):
        validate.run(tmp_path / name, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("contact: {name: A}\n", "mapping"),
        ("contacts: {name: A}\nduplicates: {by: [email]}\n", "mapping"),
        ("source: {report: A}\nmapping: m.yaml\n", "sync"),
        ("front: {share: 0.5}\n", "settings"),
        ("all: []\n", "rule-preview"),
    ],
)
def test_a_yaml_file_shows_by_its_keys_what_it_is(text: str, kind: str, tmp_path: Path):
    """Also one with a slip in it."""
    (tmp_path / "x.yaml").write_text(text)

    assert validate.run(tmp_path / "x.yaml").kind == kind


FIELDS = [
    {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Shop", "accounts": False},
    {"resource": "custom_field", "id": "fld_1", "name": "Tier", "type": "enum", "values": [{"value": "gold"}]},
]


def test_operations_are_held_against_the_companys_fields(tmp_path: Path):
    """With a snapshot, a value that no choice of the field allows is named, with its line."""
    bad = GOOD | {"body": GOOD["body"] | {"custom_fields": {"Tier": "silver"}}}
    fields, file = ndjson(tmp_path / "front.ndjson", *FIELDS), ndjson(tmp_path / "x.ndjson", GOOD, bad)

    assert validate.run(file).invalid == 0
    assert [str(each) for each in validate.run(file, fields=fields).problems] == [
        "x.ndjson:2 /body/custom_fields/Tier: 'silver' is not one of its choices: gold"
    ]


def test_import_files_are_held_against_the_companys_fields(tmp_path: Path):
    """With a snapshot, headings that Front would not know and cells of another type are named."""
    fields, file = ndjson(tmp_path / "front.ndjson", *FIELDS), tmp_path / "x.csv"
    file.write_text("name,Teir,Tier\nAda,,gold\nBo,,silver\n,,bronze\n")

    result = validate.run(file, fields=fields)

    assert (result.checked, result.invalid) == (3, 2)
    assert [str(each) for each in result.problems] == [
        "x.csv:1: 'Teir' is neither a heading of Front's import nor a custom field: did you mean 'Tier'?",
        "x.csv:3 /Tier: silver is not one of the field's choices",
        "x.csv:4: lacks 'name'",
        "x.csv:4 /Tier: bronze is not one of the field's choices",
    ]


def test_fields_that_would_be_passed_over_are_refused(tmp_path: Path):
    """A snapshot named for a file that has no custom fields is a mistake, and said to be one."""
    fields, file = ndjson(tmp_path / "front.ndjson", *FIELDS), tmp_path / "merges.csv"
    file.write_text("kept_row,merged_row\n2,3\n")

    with pytest.raises(WrongSettings, match="custom fields say nothing of a file of the kind merge"):
        validate.run(file, fields=fields)
