"""The stage through its door: counts, files, samples, and what it must leave alone."""

import csv
from pathlib import Path

import pytest

from toolkit.contacts.transform import Target, TransformResult, TransformSettings, run
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs
from toolkit.progress import Progress
from toolkit.schemas import data_folder

SAMPLES = data_folder("samples")
MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles:
    - {source: email, from: Email}
    - {source: facebook, from: Facebook}
    - {source: phone, from: Phone, region: US}
  links: ["https://crm.example.com/{Id}"]
on_bad_value: {email: drop}
"""


def transform(
    source: Path, mapping: Path, output: Path, target: Target, events: list[Progress] | None = None
) -> TransformResult:
    listener = events.append if events is not None else (lambda _: None)
    with Outputs() as outputs:
        result = run(TransformSettings(source, mapping, output, target), outputs, listener)
        outputs.commit()
    return result


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return path


def report(folder: Path, *rows: str) -> Path:
    path = folder / "report.csv"
    path.write_text("\n".join(["Id,Name,Email,Facebook,Phone", *rows]) + "\n")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_samples_give_the_same_files(tmp_path: Path):
    """The report as Salesforce writes it and as Excel saves it give the same contacts, merges and codes."""
    for target in Target:
        for sample in ("contacts", "contacts-excel"):
            transform(SAMPLES / f"{sample}.csv", SAMPLES / "mapping.yaml", tmp_path / sample, target)
    one, other = tmp_path / "contacts", tmp_path / "contacts-excel"
    for name in ("front-import-001.csv", "operations.ndjson", "merges.csv"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    codes = [[row["reject_code"] for row in table(folder / "rejects.csv")] for folder in (one, other)]
    assert codes[0] == codes[1]


def test_sample_counts(tmp_path: Path):
    """The sample's rows end where its dirty rows were made to end."""
    result = transform(SAMPLES / "contacts.csv", SAMPLES / "mapping.yaml", tmp_path, Target.IMPORT)
    expected = (61, 46, 14, 1, 8, 1)
    counts = (result.rows, result.accepted, result.rejected, result.merged, result.rejected_by_fault, result.extensions)
    assert expected == counts
    rejected = {
        "bad-choice": 1, "bad-date": 1, "bad-number": 1, "bad-teammate": 1, "excluded": 6, "missing-key": 1,
        "missing-name": 1, "no-handle": 2,
    }  # fmt: skip
    assert (rejected, {"bad-phone": 1}) == (result.rejected_by_code, result.dropped_by_code)


def test_import_headings_are_fronts_own(tmp_path: Path):
    """The sample's import file has Front's headings and the exact names of the custom fields, nothing else."""
    transform(SAMPLES / "contacts.csv", SAMPLES / "mapping.yaml", tmp_path, Target.IMPORT)
    headings = (tmp_path / "front-import-001.csv").read_text().split("\n")[0]
    expected = (
        "name,email,email2,phone,phone2,link,contactList,contactList2,contactList3,contactList4,contactList5,"
        "description,accountName,Account Owner,Annual Revenue,Renewal,Tier,Salesforce ID,VIP"
    )
    assert expected == headings


def test_import_files_hold_3000_rows(tmp_path: Path, mapping: Path):
    """3,001 contacts take two files, and a column that only the second uses stands only there."""
    rows = [f"{at},Name {at},a{at}@example.com,," for at in range(3000)]
    source = report(tmp_path, *rows, "last,Last,last@example.com,,415 555 2671")
    result = transform(source, mapping, tmp_path / "out", Target.IMPORT)
    expected = [("front-import-001.csv", 3000), ("front-import-002.csv", 1), ("README.txt", None), ("rejects.csv", 0)]
    assert expected == [(each.path.name, each.rows) for each in result.written]
    assert (tmp_path / "out/front-import-001.csv").read_text().startswith("name,email,link\n")
    assert "name,email,phone,link\n" in (tmp_path / "out/front-import-002.csv").read_text()


def test_files_of_an_earlier_run_are_named_stale(tmp_path: Path, mapping: Path):
    """A shorter run names the import files and the merges that it no longer writes."""
    rows = [f"{at},Name {at},a{at}@example.com,," for at in range(3001)]
    long = report(tmp_path, *rows, "twin,Twin,a1@example.com,,")
    expected = ()
    assert expected == transform(long, mapping, tmp_path / "out", Target.IMPORT).stale
    short = report(tmp_path, rows[0])
    result = transform(short, mapping, tmp_path / "out", Target.IMPORT)
    expected = ["front-import-002.csv", "merges.csv"]
    assert expected == [path.name for path in result.stale]


def test_what_the_import_has_no_heading_for_is_counted(tmp_path: Path, mapping: Path):
    """Facebook handles and second links don't vanish without a word; operations carry them."""
    source = report(tmp_path, "a,Ann,ann@example.com,ann.fb,", "b,Ann,ann@example.com,,")
    result = transform(source, mapping, tmp_path / "out", Target.IMPORT)
    expected = {"facebook handles": 1, "further links": 1}
    assert expected == result.left_out
    expected = {}
    assert expected == transform(source, mapping, tmp_path / "out", Target.OPERATIONS).left_out


def test_two_runs_give_identical_bytes(tmp_path: Path):
    """Nothing of a run's time or order gets into the files."""
    for name in ("one", "two"):
        transform(SAMPLES / "contacts.csv", SAMPLES / "mapping.yaml", tmp_path / name, Target.OPERATIONS)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_progress_ends_at_the_total(tmp_path: Path, mapping: Path):
    """The listener hears of all contacts written."""
    events: list[Progress] = []
    source = report(tmp_path, "a,Ann,ann@example.com,,", "b,Bob,bob@example.com,,")
    transform(source, mapping, tmp_path / "out", Target.OPERATIONS, events)
    assert Progress("transform", 2, 2, unit="rows written") == events[-1]


def test_rejects_can_be_their_own_output(tmp_path: Path, mapping: Path):
    """A mended rejects.csv goes in, and the rest of it comes out in the same place."""
    source = report(tmp_path, "a,Ann,bad,,", "b,Bob,worse,,")
    transform(source, mapping, tmp_path, Target.OPERATIONS)
    rejects = tmp_path / "rejects.csv"
    rejects.write_text(rejects.read_text().replace("Bob,worse,", "Bob,bob@example.com,"))
    result = transform(rejects, mapping, tmp_path, Target.OPERATIONS)
    expected = (1, 1)
    assert expected == (result.accepted, result.rejected)
    expected = [("a", "no-handle")]
    assert expected == [(row["Id"], row["reject_code"]) for row in table(rejects)]
    expected = ["Id", "Name", "Email", "Facebook", "Phone", "reject_row", "reject_code", "reject_reason"]
    assert expected == list(table(rejects)[0])


def test_private_files(tmp_path: Path, mapping: Path):
    """What holds people's data can be read by its owner alone."""
    source = report(tmp_path, "a,Ann,ann@example.com,,", "b,Ann,ann@example.com,,")
    result = transform(source, mapping, tmp_path / "out", Target.IMPORT)
    assert {0o600} == {each.path.stat().st_mode & 0o777 for each in result.written}


def test_missing_mapping(tmp_path: Path):
    """A mapping that isn't there is a matter of settings, not of input."""
    with pytest.raises(WrongSettings, match="there is no mapping"):
        transform(report(tmp_path), tmp_path / "none.yaml", tmp_path / "out", Target.IMPORT)


def test_missing_report(tmp_path: Path, mapping: Path):
    """A report that isn't there is refused, and no folder is made."""
    with pytest.raises(InputRefused):
        transform(tmp_path / "none.csv", mapping, tmp_path / "out", Target.IMPORT)
    assert not (tmp_path / "out").exists()


def test_a_strict_cast_names_the_expression(tmp_path: Path):
    """A cell that CAST can't read stops the run with the expression, and leaves no half-written file."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING + "duplicates: {keep: merge}\n")
    mapping.write_text(MAPPING.replace("{key: Id}", "{key: Id, where: CAST(Phone AS DOUBLE) > 1}"))
    with pytest.raises(WrongSettings, match="CAST"):
        transform(report(tmp_path, "a,Ann,a@example.com,,none"), mapping, tmp_path / "out", Target.IMPORT)
    assert not (tmp_path / "out").exists()


def test_import_files_beyond_999_are_named_stale(tmp_path: Path, mapping: Path):
    """A shorter run names the import files of an earlier one whatever their number, and nothing of another name."""
    out = tmp_path / "out"
    out.mkdir()
    for name in ("front-import-999.csv", "front-import-1000.csv", "front-import-mine.csv"):
        (out / name).write_text("name\nAnn\n")
    result = transform(report(tmp_path, "1,Ann,a@example.com,,"), mapping, out, Target.IMPORT)
    assert ["front-import-1000.csv", "front-import-999.csv"] == [path.name for path in result.stale]


def test_a_column_like_a_pattern_is_refused(tmp_path: Path):
    """A heading that polars would take for a pattern of headings is refused by name, before a row is read."""
    (tmp_path / "in.csv").write_text("Id,*,Email\n1,x,a@example.com\n")
    (tmp_path / "m.yaml").write_text(
        'version: 1\nsource: {key: Id}\ncontact: {name: "{*}", handles: [{source: email, from: Email}]}\n'
    )
    with pytest.raises(InputRefused) as refused:
        transform(tmp_path / "in.csv", tmp_path / "m.yaml", tmp_path / "out", Target.IMPORT)
    assert "a column called '*' can't be told from a pattern" in str(refused.value.problems[0])
