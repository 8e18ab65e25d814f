import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.diff.compare import Comparison, Counts, compare, propose_key
from toolkit.errors import WrongSettings

Row = tuple[str | None, ...]
Table = tuple[list[str], list[Row]]
CELL = st.sampled_from([None, "", "a", "b", 'say "hi"', "two\nlines", "NA", "null", "a,b"])
KEY = st.sampled_from([None, "1", "2", "3", "a\nb"])
COLUMNS = ["key", "other key", "name", "row", "change", "position"]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Some of a few columns, in any order and always the two key columns; keys repeat and may be empty."""
    columns = draw(st.permutations([*COLUMNS[:2], *draw(st.lists(st.sampled_from(COLUMNS[2:]), unique=True))]))
    row = st.tuples(*(KEY if "key" in name else CELL for name in columns))
    return columns, draw(st.lists(row, max_size=8))


KEYS = st.sampled_from([["key"], ["other key", "key"]])


def frame(table: Table) -> pl.DataFrame:
    return pl.DataFrame(table[1], schema=dict.fromkeys(table[0], pl.String), orient="row")


def records(table: Table) -> list[dict[str, str | None]]:
    return [dict(zip(table[0], row, strict=True)) for row in table[1]]


def reference(before: Table, after: Table, key: Sequence[str]) -> Counter[tuple[int | None, int | None]]:
    """Find the pairs of row numbers the slow way; None on one side for added and removed rows."""
    groups: dict[Row, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    sides = records(before), records(after)
    shared = [name for name in before[0] if name in after[0]]
    for side, rows in enumerate(sides):
        for number, row in enumerate(rows):
            groups[tuple(row[name] for name in key)][side].append(number)
    pairs: Counter[tuple[int | None, int | None]] = Counter()
    for left, right in groups.values():
        for one in list(left):
            same = [other for other in right if all(sides[0][one][c] == sides[1][other][c] for c in shared)]
            if same:
                pairs[one, same[0]] += 1
                left.remove(one)
                right.remove(same[0])
        pairs.update(zip_longest(left, right))
    return pairs


def applied(before: Table, after: Table, comparison: Comparison) -> Counter[frozenset[tuple[str, str | None]]]:
    """Apply the changed cells to the rows before; columns that one side lacks are null."""
    names = {*before[0], *after[0]}
    rows = dict(enumerate({name: row.get(name) for name in names} for row in records(before)))
    added: dict[int, dict[str, str | None]] = {}
    for cell in comparison.cells().to_dicts():
        if cell["change"] == "removed":
            rows.pop(cell["before_row"], None)
            continue
        keys = {name: cell[f"key_{index}"] for index, name in enumerate(comparison.key)}
        new = added.setdefault(cell["after_row"], dict.fromkeys(names) | keys) if cell["change"] == "added" else None
        row = rows[cell["before_row"]] if new is None else new
        if cell["column"] is not None:
            assert cell["before"] == row[cell["column"]]
            row[cell["column"]] = cell["after"]
    return Counter(frozenset(row.items()) for row in [*rows.values(), *added.values()])


def as_set(table: Table, names: set[str]) -> Counter[frozenset[tuple[str, str | None]]]:
    return Counter(frozenset({name: row.get(name) for name in names}.items()) for row in records(table))


def compared(before: Table, after: Table, key: Sequence[str] = ("key",)) -> Comparison:
    return compare(frame(before), frame(after), key)


quick = settings(deadline=None, max_examples=int(os.environ.get("DIFF_EXAMPLES", "100")))


@quick
@given(tables(), KEYS)
def test_a_table_is_the_same_as_itself(table: Table, key: list[str]) -> None:
    """Nothing differs between a table and itself, repeated and empty keys or not."""
    actual = compared(table, table, key)
    assert (True, len(table[1])) == (actual.same, actual.counts.unchanged)


@quick
@given(tables(), KEYS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_makes_no_difference(table: Table, key: list[str], random: Random) -> None:
    """A shuffled table is the same table."""
    order = random.sample(range(len(table[0])), len(table[0]))
    rows = [tuple(row[index] for index in order) for row in random.sample(table[1], len(table[1]))]
    assert compared(table, ([table[0][index] for index in order], rows), key).same


@quick
@given(tables(), tables(), KEYS)
def test_the_rows_are_those_of_a_slow_reference(before: Table, after: Table, key: list[str]) -> None:
    """The pairs, the changed ones among them, and the counts equal what plain Python finds row by row."""
    pairs = reference(before, after, key)
    wide = [{name: row.get(name) for name in {*before[0], *after[0]}} for row in records(before)]
    wide_after = [{name: row.get(name) for name in {*before[0], *after[0]}} for row in records(after)]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    unchanged = [pair for pair in both if wide[pair[0]] == wide_after[pair[1]]]
    expected = set(pairs) - set(unchanged)
    actual = compared(before, after, key)
    assert expected == set(actual.rows.select("before_row", "after_row").rows())
    removed, added = (sum(pair[side] is None for pair in pairs) for side in (1, 0))
    counts = Counts(len(wide), len(wide_after), added, removed, len(both) - len(unchanged), len(unchanged))
    assert counts == actual.counts


@quick
@given(tables(), tables(), KEYS)
def test_applying_the_changes_gives_the_other_table(before: Table, after: Table, key: list[str]) -> None:
    """Every difference is in the changed cells, and nothing else is."""
    assert as_set(after, {*before[0], *after[0]}) == applied(before, after, compared(before, after, key))


@quick
@given(tables(), tables(), KEYS)
def test_the_comparison_the_other_way_round_is_its_mirror(before: Table, after: Table, key: list[str]) -> None:
    """What was added the one way was removed the other, cell for cell."""
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    one, other = compared(before, after, key), compared(after, before, key)
    keys = [f"key_{index}" for index in range(len(key))]
    shown = one.cells().select("change", "before_row", "after_row", *keys, "column", "before", "after").rows()
    mirror = other.cells().select("change", "after_row", "before_row", *keys, "column", "after", "before").rows()
    assert Counter(shown) == Counter((turned[change], *rest) for change, *rest in mirror)
    assert (one.added_columns, one.changed_cells) == (other.removed_columns, other.changed_cells)


@quick
@given(tables(), tables(), st.integers(0, 9), st.integers(0, 9))
def test_some_of_the_cells_are_a_part_of_all(before: Table, after: Table, start: int, count: int) -> None:
    """Asking for some rows gives the same cells as asking for all."""
    comparison = compared(before, after)
    pieces = [comparison.cells(0, start), comparison.cells(start, count), comparison.cells(start + count)]
    assert comparison.cells().rows() == pl.concat(pieces).rows()


def test_a_row_with_a_repeated_key_is_removed_and_not_lost() -> None:
    """``1,a`` and ``1,b`` against ``1,b``: one row is the same, the other removed."""
    actual = compared((["key", "name"], [("1", "a"), ("1", "b")]), (["key", "name"], [("1", "b")]))
    assert Counts(before=2, after=1, added=0, removed=1, changed=0, unchanged=1) == actual.counts
    assert actual.cells().rows() == [("removed", 0, None, "1", "name", "a", None)]
    assert (actual.keys_before.repeated, actual.keys_before.rows, actual.keys_after.repeated) == (1, 2, 0)


def test_a_table_cut_to_its_headings_has_lost_every_row() -> None:
    """A file without rows is no reason to find nothing."""
    actual = compared((["key", "name"], [("1", "a"), ("2", None)]), (["key", "name"], []))
    assert Counts(before=2, after=0, added=0, removed=2, changed=0, unchanged=0) == actual.counts
    lines = [("removed", 0, None, "1", "name", "a", None), ("removed", 1, None, "2", None, None, None)]
    assert lines == actual.cells().rows()


def test_an_added_column_shows_its_values() -> None:
    """A new column is named, and each of its values is a change."""
    actual = compared((["key"], [("1",), ("2",)]), (["key", "tier"], [("1", "gold"), ("2", None)]))
    assert (actual.added_columns, actual.removed_columns, actual.changed_cells) == (("tier",), (), {"tier": 1})
    assert actual.cells().rows() == [("changed", 0, 0, "1", "tier", None, "gold")]


def test_an_added_column_without_values_is_a_difference_too() -> None:
    """Files with other headings are never the same."""
    actual = compared((["key"], [("1",)]), (["key", "tier"], [("1", None)]))
    assert (actual.same, actual.counts.unchanged) == (False, 1)


def test_parts_of_a_composite_key_are_not_run_together() -> None:
    """``1`` and ``23`` is another key than ``12`` and ``3``."""
    actual = compared((["a", "b"], [("1", "23")]), (["a", "b"], [("12", "3")]), ["a", "b"])
    assert (actual.counts.added, actual.counts.removed, actual.counts.changed) == (1, 1, 0)


def test_rows_are_listed_by_key_and_cells_by_column() -> None:
    """The order of the output rests on the content, empty keys last."""
    before = (["key", "x", "y"], [(None, "1", "1"), ("b", "1", "1"), ("a", "1", "1")])
    after = (["y", "key", "x"], [("2", "a", "2"), ("2", None, "2"), ("2", "b", "2")])
    listed = compared(before, after).cells().select("key_0", "column").rows()
    assert [(key, column) for key in ("a", "b", None) for column in ("x", "y")] == listed


def test_the_values_of_a_column_stand_beside_the_rows_that_differ() -> None:
    """Any column of every row that differs can be had, changed or not: what segments are made of."""
    before = (["key", "x", "y"], [("1", "a", "DE"), ("2", "a", "FR"), ("3", "a", "FR")])
    after = (["key", "x", "y"], [("2", "b", "FR"), ("3", "a", "FR"), ("4", None, "IT")])
    actual = compared(before, after)
    assert [(0, "DE", None), (1, "FR", "FR"), (2, None, "IT")] == actual.row_values("y").rows()
    assert [(0, "1", None), (1, "2", "2"), (2, None, "4")] == actual.row_values("key").rows()


def test_a_key_that_one_table_lacks_is_refused() -> None:
    """The message names the columns that could be a key."""
    with pytest.raises(WrongSettings, match="'id' is not a column") as caught:
        compared((["key", "id"], []), (["key"], []), ["id"])
    assert caught.value.hint == "both have: key"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((["n", "id"], [("1", "x"), ("2", "y")]), (["n", "id"], [("3", "y"), ("4", "x")]), ("id",)),
        ((["n", "id"], [("1", "x"), ("1", "y")]), (["id", "n"], [("y", "1")]), ("id",)),
        ((["id"], [("x",), (None,)]), (["id"], [("x",)]), None),
        ((["a"], [("x",)]), (["b"], [("x",)]), None),
        ((["id", "resource"], [(None, "s"), ("1", "c")]), (["id", "resource"], [("1", "c")]), ("resource", "id")),
    ],
)
def test_the_column_that_names_the_rows_is_proposed(
    before: Table, after: Table, expected: tuple[str, ...] | None
) -> None:
    """A key is full, unique in both tables, and of several the one with most values in common."""
    assert expected == propose_key(frame(before), frame(after))
