"""What holds for every table: no row is lost, and what is written is valid."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from toolkit import schemas
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.rejects import FAULT, one_each, reject_file, restore
from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.contacts.wanted import want
from toolkit.documents import parse_yaml
from toolkit.errors import ExitCode
from toolkit.evidence import FOLDER_DESCRIPTOR
from toolkit.files import Outputs
from toolkit.tables import reading

HEADINGS = ["Id", "Name", "Email", "Other", "Phone", "Country", "Amount", "Day", "Lists", "Out"]
MAPPING = """
version: 1
source: {{key: Id, where: "COALESCE(Out, '0') <> '1'", numbers: {{thousands: ","}}}}
columns:
  Tag: {{from: [Lists, Other], split: {{by: ";", take: 2}}, case: upper, map: {{X: one, Y: null}}, else: "{{Name}}"}}
  Twice: {{value: "{{Tag}} {{Tag}}"}}
contact:
  name: {{value: "{{Name}}", comma: swap, capitals: fix}}
  handles:
    - {{source: email, from: [Email, Other], split: ";"}}
    - {{source: custom, value: "crm-{{Tag}}"}}
    - {{source: phone, from: Phone, region: US, region_from: Country}}
  links: ["https://crm.example.com/{{Id}}", "{{Other}}"]
  lists: [{{name: All}}, {{name: Big, when: TRY_CAST(Amount AS DOUBLE) > 10}}, {{from: Lists, split: ";"}}]
  account: {{name: Other, domains: Other}}
  custom_fields:
    Amount: {{from: Amount, type: number, format: currency, blank: clear}}
    Twice: {{from: Twice, type: string, blank: clear}}
    Known: {{from: Lists, type: enum, map: {{"1": one, "x;y;x": two}}}}
    Day: {{from: Day, type: datetime, timezone: Europe/London}}
    Big: {{sql: TRY_CAST(Amount AS DOUBLE) * 3 > 10, type: boolean}}
duplicates: {{keep: {keep}{prefer}}}
on_bad_value: {{email: {policy}, phone: {policy}, link: drop, domain: drop, custom_fields: {policy}}}
"""
STRANGE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
USUAL = st.sampled_from(
    ["", "a@example.com", "A@Example.com", "b@example.com", "c@example.org", "+44 20 7946 0958", "020 7946 0958", "UK",
     "1", "0", "1,234.5", "99", "NaN", "2026-03-29 01:30", "2026-02-30", "x;y;x", "=1+1", "'=1", "NA", "example.com"]
)  # fmt: skip
CELLS = st.one_of(USUAL, USUAL, STRANGE)
ROWS = st.lists(st.lists(CELLS, min_size=len(HEADINGS), max_size=len(HEADINGS)), min_size=1, max_size=8)
KEEPS = st.sampled_from(
    [("merge", ""), ("merge", ", prefer: Day"), ("first", ""), ("newest", ", prefer: Day"), ("reject", "")]
)


WRITTEN = {
    Target.OPERATIONS: ("operation", "operations.ndjson"),
    Target.IMPORT: ("import-row", "front-import-001.csv"),
    Target.ACCOUNTS: ("account-import-row", "front-accounts-001.csv"),
}


def numbered(rows: list[list[str]]) -> list[list[str]]:
    """Give each row a last cell that is not blank, so that no row is a blank line or looks like a footer."""
    return [[*row, str(number)] for number, row in enumerate(rows)]


@examples(20)
@given(ROWS, KEEPS, st.sampled_from(["drop", "reject"]), st.sampled_from(list(Target)))
def test_no_row_is_lost_and_what_is_accepted_is_valid(
    rows: list[list[str]], keep: tuple[str, str], policy: str, target: Target
):
    """rows in = accepted + rejected + merged, the files hold just those, and each line written keeps its schema."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "input.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[*HEADINGS, "#"], *numbered(rows)])
        (folder / "mapping.yaml").write_text(MAPPING.format(keep=keep[0], prefer=keep[1], policy=policy))
        with Outputs() as outputs:
            result = run(TransformSettings(folder / "input.csv", folder / "mapping.yaml", folder, target), outputs)
            outputs.commit()
        assert len(rows) == result.rows == result.accepted + result.rejected + result.merged
        written = {path.name: path.read_bytes().decode() for path in folder.iterdir()}
    assert result.rejected == len(table(written["rejects.csv"]))
    if target is not Target.ACCOUNTS:  # that rows name the same account is no news to a person
        assert result.merged == len(table(written.get("merges.csv", "")))
    assert result.accepted == len(valid(written, target))


def all_files(folder: Path, target: Target, part: int) -> dict[str, bytes]:
    """Transform the table in ``folder``, looking at ``part`` bytes at a time, and give the files."""
    with pytest.MonkeyPatch.context() as patch, Outputs() as outputs:
        patch.setattr(reading, "BLOCK", part)
        run(TransformSettings(folder / "input.csv", folder / "mapping.yaml", folder / str(part), target), outputs)
        outputs.commit()
    return {path.name: path.read_bytes() for path in (folder / str(part)).iterdir()}


@examples(8)
@given(ROWS, KEEPS, st.sampled_from(list(Target)), st.sampled_from([1, 60, 150]))
def test_the_size_of_the_parts_changes_nothing(rows: list[list[str]], keep: tuple[str, str], target: Target, part: int):
    """Read a few rows at a time or all at once, a table gives the same bytes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "input.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[*HEADINGS, "#"], *numbered(rows)])
        (folder / "mapping.yaml").write_text(MAPPING.format(keep=keep[0], prefer=keep[1], policy="reject"))
        assert all_files(folder, target, reading.BLOCK) == all_files(folder, target, part)


ALONE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from toolkit.__main__ import main
main()
"""


@pytest.mark.parametrize("target", list(Target))
def test_the_number_of_threads_changes_nothing(tmp_path: Path, target: Target):
    """One thread on one processor writes the bytes that all write, of several parts with many rows that are alike."""
    rows = [
        [str(at), f"Name {at} {'x' * 150}", f"a{at * 7919 % 22_000}@example.com" if at % 99 else "bad", "",
         f"(415) 555-{at:04}" if at < 9_000 else "", "US", str(at), f"20{at % 30:02}-01-31", "x;y", str(at % 50 == 0)]
        for at in range(30_000)
    ]  # fmt: skip
    with (tmp_path / "input.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    (tmp_path / "mapping.yaml").write_text(MAPPING.format(keep="merge", prefer=", prefer: Day", policy="reject"))
    words = ["transform", "input.csv", "--mapping", "mapping.yaml", "--to", target.value, "-o"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    single = {**environment, "POLARS_MAX_THREADS": "1"}
    for start, name, variables in ((["-m", "toolkit"], "all", environment), (["-c", ALONE], "one", single)):
        done = subprocess.run([sys.executable, *start, *words, name], cwd=tmp_path, env=variables, check=False)
        assert ExitCode.SOME_REJECTED == done.returncode
    found = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir() if path.name != FOLDER_DESCRIPTOR}
        for name in ("all", "one")
    ]
    assert found[0] == found[1]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def valid(written: dict[str, str], target: Target) -> list[object]:
    """Give the lines of the target, each of which must keep its schema."""
    schema, name = WRITTEN[target]
    if target is Target.OPERATIONS:
        lines = [json.loads(line) for line in written[name].split("\n")[:-1]]
    else:
        rows = table(written.get(name, ""))
        lines = [{name: cell for name, cell in row.items() if cell} for row in rows]
    assert not [found for line in lines for found in schemas.problems(line, schema)]
    return lines


@examples(12)
@given(ROWS, st.sampled_from(["drop", "reject"]))
def test_each_row_is_read_by_itself(rows: list[list[str]], policy: str):
    """A row becomes the same contact, rejects and drops whatever other rows are read with it."""
    mapping = read_mapping(parse_yaml(MAPPING.format(keep="merge", prefer="", policy=policy), "mapping.yaml"))
    cells = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    whole = want(cells, mapping)
    alone = [want(cells.slice(at, 1), mapping, at) for at in range(len(cells))]
    assert whole.contacts.rows() == pl.concat(one.contacts for one in alone).rows()
    assert sorted(whole.rejects.rows()) == sorted(pl.concat(one.rejects for one in alone).rows())
    assert sorted(whole.drops.rows()) == sorted(pl.concat(one.drops for one in alone).rows())


FORMULA = st.text(st.sampled_from("'=+-@\t\n\r1x "), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(FORMULA, min_size=1, max_size=5), FORMULA)
def test_protected_cells_come_back(cells: list[str], heading: str):
    """Reading a reject file back gives the cells and headings that stood in the report."""
    frame = pl.DataFrame({heading: cells}, schema={heading: pl.String})
    found = pl.DataFrame([(at, "no-handle", "why") for at in range(len(cells))], schema=FAULT, orient="row")
    assert frame.to_dict(as_series=False) == restore(reject_file(frame, one_each(found), 2)).to_dict(as_series=False)
