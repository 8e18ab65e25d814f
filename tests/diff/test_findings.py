import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diff.files import Rows, compared
from toolkit.diff import DiffResult, Format, render
from toolkit.diff.compare import compare
from toolkit.diff.findings import Segment, ValueChange, findings

CELL = st.sampled_from([None, "", "a", "b", "c"])
TABLE = st.lists(st.tuples(st.sampled_from("12345678"), CELL, CELL, CELL), max_size=12)
NAMES = ["key", "x", "y", "z"]


@settings(max_examples=60, deadline=None)
@given(TABLE, TABLE)
def test_findings_count_what_the_changed_cells_are(
    before: list[tuple[str | None, ...]], after: list[tuple[str | None, ...]]
) -> None:
    """Changed, emptied and filled of each column, and its changes of value, equal a count cell by cell."""
    frames = [pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String), orient="row") for rows in (before, after)]
    comparison = compare(*frames, ["key"])
    cells = [each for each in comparison.cells().to_dicts() if each["change"] == "changed"]

    for found in findings(comparison):
        mine = [(each["before"], each["after"]) for each in cells if each["column"] == found.column]
        emptied = sum(bool(old) and not new for old, new in mine)
        filled = sum(bool(new) and not old for old, new in mine)
        assert (len(mine), emptied, filled) == (found.changed, found.emptied, found.filled)
        assert {(each.before, each.after): each.rows for each in found.top} == {
            pair: count for pair, count in Counter(mine).most_common() if count > 1
        }
    assert {each.column: each.changed for each in findings(comparison)} == dict(
        Counter(each["column"] for each in cells)
    )


def people(count: int) -> list[list[str]]:
    """Give rows with an id, a country (three of four in Germany), a tier and a name of their own."""
    return [[f"{each:03}", "US" if each % 4 == 0 else "DE", "gold", f"Name {each}"] for each in range(count)]


def diff_of(folder: Path, changed: list[int], before: list[list[str]], after: list[list[str]]) -> DiffResult:
    """Compare people of whom those at the places ``changed`` have another tier."""
    for place in changed:
        after[place][2] = "silver"
    headings = ["id", "country", "tier", "name"]
    return compared(folder, [headings, *before], [headings, *after], key=("id",))


def test_the_segment_of_a_change_is_found(tmp_path: Path) -> None:
    """Tiers changed in Germany alone, names everywhere: the segment is Germany, with both shares."""
    after = people(40)
    for place in range(0, 40, 2):
        after[place][3] = f"Other {place}"
    result = diff_of(tmp_path, [each for each in range(1, 40) if each % 4], people(40), after)

    tier, name = result.findings
    assert tier.segment == Segment("country", "DE", rows=30, changed=30, others=30, differing=40)
    assert (tier.top, name.top, name.segment) == ((ValueChange("gold", "silver", 30),), (), None)


def test_what_all_differing_rows_share_explains_nothing(tmp_path: Path) -> None:
    """A value that rows with the change have no more often than other rows that differ is not shown."""
    german = [row for row in people(80) if row[1] == "DE"]
    after = [list(row) for row in german[:-20]]
    result = diff_of(tmp_path, list(range(15)), german, after)

    assert (result.counts.changed, result.counts.removed, result.findings[0].segment) == (15, 20, None)


def test_where_nothing_else_differs_the_share_is_said_without_a_comparison(tmp_path: Path) -> None:
    """The words name a second share only when there are other rows that differ."""
    result = diff_of(tmp_path, [each for each in range(40) if each % 4], people(40), people(40))

    assert "    100 % of these rows have country = DE\n" in shown(result, Format.TEXT)


def test_a_little_more_than_usual_is_chance(tmp_path: Path) -> None:
    """Of 20 rows 18 are in Germany, of all rows that differ 75 %: as many as 20 taken by chance may be."""
    after = people(100)
    for row in after:
        row[3] = f"Other {row[0]}"
    result = diff_of(tmp_path, [0, 4, *(each for each in range(1, 25) if each % 4)], people(100), after)

    assert (20, None) == (result.findings[1].changed, result.findings[1].segment)


def test_few_rows_are_no_segment(tmp_path: Path) -> None:
    """Nine rows in the same country are chance."""
    result = diff_of(tmp_path, [1, 2, 3, 5, 6, 7, 9, 10, 11], people(40), people(40))

    assert result.findings[0].segment is None


def test_a_value_that_changed_too_is_no_segment(tmp_path: Path) -> None:
    """Rows that moved to Germany as their tier changed were not in Germany."""
    before = people(40)
    for row in before:
        row[1] = f"country {row[0]}"
    result = diff_of(tmp_path, list(range(0, 40, 2)), before, people(40))

    assert next(each for each in result.findings if each.column == "tier").segment is None


MIXED: tuple[Rows, Rows] = (
    [["id", "tier", "mail"], *([f"{each}", "gold", "x"] for each in range(4)), ["4", "", "x"], ["5", "gold", "x"]],
    [["id", "tier", "mail"], *([f"{each}", "silver", "x"] for each in range(3)), ["3", "", "y"], ["4", "=1+1", "x"]],
)


@pytest.fixture
def mixed(tmp_path: Path) -> DiffResult:
    return compared(tmp_path, *MIXED, key=("id",))


def shown(result: DiffResult, wanted: Format) -> str:
    return b"".join(piece.content for piece in render(result, wanted)).decode()


def test_text_says_how_each_column_changed(mixed: DiffResult) -> None:
    """The terminal names the columns, the most changed first, with their kinds and most frequent changes."""
    said = [
        "changed columns: 2",
        "  tier: 5 rows, 3 replaced, 1 became empty, 1 filled",
        "    most often gold → silver: 3",
        "  mail: 1 row, 1 replaced",
    ]
    assert "\n".join(said) in shown(mixed, Format.TEXT)


def test_markdown_says_the_same_in_a_table(mixed: DiffResult) -> None:
    """One line of the table a column."""
    assert "| tier | 5 | 3 | 1 | 1 | gold → silver: 3 |  |\n" in shown(mixed, Format.MARKDOWN)


def test_json_has_the_findings_as_data(mixed: DiffResult) -> None:
    """Programs get the counts, the changes of value and the segment of each column."""
    changes: list[dict[str, Any]] = json.loads(shown(mixed, Format.JSON))["changes"]
    top = [{"before": "gold", "after": "silver", "rows": 3}]
    expected = {"column": "tier", "changed": 5, "replaced": 3, "emptied": 1, "filled": 1, "top": top, "segment": None}
    assert expected == changes[0]
