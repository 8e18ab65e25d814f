"""The two ways of comparing, by lines and cell by cell, come to what comparing whole tables in memory comes to."""

import os
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.diff import DiffResult, DiffSettings, engine, run
from toolkit.diff.compare import Comparison, Counts, compare
from toolkit.diff.rules import parse_rules
from toolkit.errors import InputRefused
from toolkit.files import Outputs
from toolkit.tables import lines

Row = tuple[str | None, ...]
CELL = st.sampled_from([None, "a", "b", 'say "hi"', "NA", "a,b", "c;d", "é", " x ", "1", "1.0", "x\ty", "'", "\u2028"])
KEY = st.sampled_from([None, "1", "2", "3", "a;b", "a"])
LINE_BREAKS = st.sampled_from([None, "a", "two\nlines", "\n", 'q"\n"', "two\r\nlines"])
BY_LINES = "by their lines"


def rows_of(cells: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.tuples(KEY, cells, KEY, cells, st.just("end")), max_size=8)


COLUMNS = ["key", "name", "other key", "note", "last"]


def write(path: Path, rows: list[Row], delimiter: str = ",", end: str = "\n", quoted: bool = False) -> Path:
    def text(cell: str | None) -> str:
        if cell is None:
            return '""' if quoted else ""
        escaped = cell.replace('"', '""')
        return f'"{escaped}"' if quoted or any(mark in cell for mark in f'{delimiter}"\r\n') else cell

    content = "".join(delimiter.join(map(text, row)) + end for row in [tuple(COLUMNS), *rows])
    path.write_text(content, encoding="utf-8", newline="")
    return path


def diff(*paths: Path, key: tuple[str, ...] = ("key",), rules: tuple[str, ...] = ()) -> DiffResult:
    with Outputs() as outputs:
        return run(DiffSettings(paths[0], paths[1], key=key, rules=rules), outputs)


def seen(comparison: Comparison) -> tuple[object, ...]:
    return (
        comparison.counts,
        comparison.keys_before,
        comparison.keys_after,
        comparison.rows.rows(),
        comparison.cells().rows(),
        comparison.row_values("name").rows(),
    )


def in_memory(before: list[Row], after: list[Row], key: tuple[str, ...], rules: tuple[str, ...] = ()) -> Comparison:
    frames = (pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row") for rows in (before, after))
    return compare(*frames, key, parse_rules(rules, COLUMNS))


EXAMPLES = int(os.environ.get("DIFF_EXAMPLES", "12"))
"""make diff-sweep asks for more."""
slowly = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEYS = st.sampled_from([("key",), ("note",), ("other key", "key")])


@slowly
@given(rows_of(CELL), rows_of(CELL), KEYS, st.booleans())
def test_lines_and_cells_tell_the_same(
    tmp_path: Path, before: list[Row], after: list[Row], key: tuple[str, ...], quoted: bool
) -> None:
    """Rows, cells, counts, keys and row numbers are the same whichever way is taken."""
    first = write(tmp_path / "a.csv", before, quoted=quoted)
    by_lines = diff(first, write(tmp_path / "b.csv", after), key=key)
    by_cells = diff(first, write(tmp_path / "c.csv", after, ";", "\r\n"), key=key)
    expected = seen(in_memory(before, after, key))
    assert (BY_LINES, expected) == (by_lines.way, seen(by_lines.comparison))
    assert (False, expected) == (by_cells.way == BY_LINES, seen(by_cells.comparison))


@slowly
@given(rows_of(LINE_BREAKS), rows_of(LINE_BREAKS), KEYS)
def test_line_breaks_in_cells_change_nothing(
    tmp_path: Path, before: list[Row], after: list[Row], key: tuple[str, ...]
) -> None:
    """A file whose records are not its lines is compared all the same."""
    result = diff(write(tmp_path / "a.csv", before), write(tmp_path / "b.csv", after), key=key)
    assert seen(in_memory(before, after, key)) == seen(result.comparison)


RULES = ("name=case,space,number:0.5", "note=list,empty", "key=case,list:;")


@slowly
@given(rows_of(CELL), rows_of(CELL), KEYS)
def test_rules_hold_on_both_ways(tmp_path: Path, before: list[Row], after: list[Row], key: tuple[str, ...]) -> None:
    """What rules make equal is equal on either way, in keys as in cells."""
    first = write(tmp_path / "a.csv", before)
    expected = seen(in_memory(before, after, key, RULES))
    for second in (write(tmp_path / "b.csv", after), write(tmp_path / "c.csv", after, "\t")):
        assert expected == seen(diff(first, second, key=key, rules=RULES).comparison)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_duplicates_a_cut_file_and_an_added_column(tmp_path: Path, delimiter: str) -> None:
    """What other tools lose: a repeated key, all rows of a file cut to its headings, the values of a new column."""
    first = tmp_path / "a.csv"
    first.write_text("key,name\n1,a\n1,b\n")

    def against(content: str) -> DiffResult:
        second = tmp_path / "b.csv"
        second.write_text(content.replace(",", delimiter))
        return diff(first, second)

    one = against("key,name\n1,b\n")
    assert Counts(before=2, after=1, added=0, removed=1, changed=0, unchanged=1) == one.counts
    assert [("removed", 0, None, "1", "name", "a", None)] == one.comparison.cells().rows()
    assert [("a.csv", "key-repeated")] == [(note.file, note.code) for note in one.notes]
    none = against("key,name\n")
    assert Counts(before=2, after=0, added=0, removed=2, changed=0, unchanged=0) == none.counts
    wider = against("key,name,tier\n1,a,gold\n1,b,\n")
    assert [("changed", 0, 0, "1", "tier", None, "gold")] == wider.comparison.cells().rows()


BROKEN = {
    "a short row": ("key,name,last\n1,a,x\n2,b\n", 3),
    "a short row that ends in a comma": ("key,name,last\n1,a,x\n2,\n", 3),
    "a long row": ("key,name,last\n1,a,x\n2,b,c,d\n", 3),
    **{
        f"a row with {count} empty cells and one too many": (f"key,name,last\n1,a,x\n2,b,c{',' * count},d\n", 3)
        for count in range(2, 6)
    },
    "a torn quote": ('key,name,last\n1,a,x\n2,"b,c\n', 3),
    "a stray quote": ('key,name,last\n1,a,x\n2,b"b,c\n', 3),
    "text after a quote": ('key,name,last\n1,a,x\n2,"b"b,c\n', 3),
    "a lone carriage return": ("key,name,last\n1,a,x\n2,b\rb,c\n", 3),
    "a NUL": ("key,name,last\n1,a,x\n2,b\0,c\n", 3),
    "a byte that is no UTF-8": ("key,name,last\n1,a,x\n2,ü\udc81,c\n" + "4,üäö,x\n" * 9, 3),
}


@pytest.mark.parametrize("side", ["both", "before", "after"])
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_row_is_refused_with_its_line(tmp_path: Path, fault: str, side: str) -> None:
    """Neither way lets pass what is no row, even where both files have the very same line."""
    content, line = BROKEN[fault]
    paths = tmp_path / "before.csv", tmp_path / "after.csv"
    for path in paths:
        whole = content if side in ("both", path.stem) else "key,name,last\n1,a,x\n3,c,d\n"
        path.write_bytes(whole.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputRefused) as caught:
        diff(*paths)
    assert [line] == [problem.line for problem in caught.value.problems]


@pytest.mark.parametrize("end", ["\n\n", "\n,\n", '\n"",\n', "\nConfidential Information - Do Not Distribute\n"])
def test_what_stands_below_the_rows_is_no_row(tmp_path: Path, end: str) -> None:
    """Blank rows and a report's footer at the end are cut, whichever file has them."""
    paths = tmp_path / "before.csv", tmp_path / "after.csv"
    for one, other in (paths, paths[::-1]):
        one.write_text(f"key,name\n1,a\n2,b{end}")
        other.write_text("key,name\n2,b\n1,a")
        result = diff(*paths)
        assert (True, 2) == (result.same, result.counts.unchanged)


def test_rows_are_numbered_as_in_their_files(tmp_path: Path) -> None:
    """Row numbers are those of the file whatever ends its lines, and without a line feed at the very end."""
    for first_end, second_end in (("\n", "\r\n"), ("\r\n", "\n")):
        one, other = tmp_path / "before.csv", tmp_path / "after.csv"
        one.write_text(first_end.join(["key,name", "1,é", '2,"b,b"', "3,c", "4,d"]), newline="", encoding="utf-8")
        other.write_text(
            second_end.join(["key,name", "4,d", '2,"b,B"', "1,é", "5,e", ""]), newline="", encoding="utf-8"
        )
        result = diff(one, other)
        assert result.way == BY_LINES
        expected = [("changed", 1, 1, "2"), ("removed", 2, None, "3"), ("added", None, 3, "5")]
        assert expected == result.comparison.rows.rows()


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_rows_with_the_same_mark_are_not_taken_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    """Marks that fail are found out by a second hash: all is done again with other seeds, on either way."""
    seeds = iter([0, 1, 2, 3])
    monkeypatch.setattr("toolkit.diff.stage.secrets.randbits", lambda _: next(seeds))
    monkeypatch.setattr(lines, "_mark", failing(lines._mark))
    monkeypatch.setattr(engine, "_marks", failing(engine._marks))
    one = write(tmp_path / "a.csv", [("1", "a", None, None, "end")])
    result = diff(one, write(tmp_path / "b.csv", [("1", "b", None, None, "end")], delimiter))
    assert (1, []) == (result.counts.changed, list(seeds))


def test_a_file_that_changes_while_it_is_compared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the rows left out never come to the same, it is not tried for ever."""
    seeds = cycle([0, 1])
    monkeypatch.setattr("toolkit.diff.stage.secrets.randbits", lambda _: next(seeds))
    monkeypatch.setattr(engine, "_marks", failing(engine._marks))
    first = write(tmp_path / "a.csv", [("1", "a", None, None, "end")])
    paths = first, write(tmp_path / "b.csv", [("1", "b", None, None, "end")], ";")
    with pytest.raises(InputRefused, match="changes while it is compared"):
        diff(*paths)


def failing(marks: Callable[..., Any]) -> Callable[..., Any]:
    """Give the same mark to all rows, where the seed is 0."""

    def same(*given: Any) -> Any:
        return marks(*given) * (0 if given[-1] == 0 else 1)

    return same


def test_a_large_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are looked at some at a time; where a piece ends makes no difference."""
    rows: list[Row] = [(str(number), "x" * (number % 70), None, "é", "end") for number in range(900)]
    changed = [(*row[:3], "changed", "end") if number % 100 == 50 else row for number, row in enumerate(rows)]
    paths = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", changed[::-1], end="\r\n")
    whole = seen(diff(*paths).comparison)
    monkeypatch.setattr(lines, "PIECE", 100)
    in_pieces = diff(*paths)
    assert (BY_LINES, 9, whole) == (in_pieces.way, in_pieces.counts.changed, seen(in_pieces.comparison))
