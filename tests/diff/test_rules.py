"""When values are equal, which columns are compared, and what is too much."""

import polars as pl
import pytest

from toolkit.diff.columns import Choice, lay_out
from toolkit.diff.compare import compare
from toolkit.diff.limits import exceeded, parse_limits, refuse_limits
from toolkit.diff.proposal import renames
from toolkit.diff.rules import parse_rules
from toolkit.errors import WrongSettings

EQUAL = [
    ("case", "ADA@example.com", "ada@Example.com"),
    ("space", " a\u00a0 b ", "a b"),
    ("unicode", "e\u0301", "é"),
    ("empty", "  ", None),
    ("space,case,unicode", " E\u0301 x", "é X"),
    ("number", "1,234.50", "1234.5"),
    ("number", "-0", "0"),
    ("number:0.01", "10.00", "10.01"),
    ("number:0.1", "1.0", "1.1"),
    ("date", "2026-12-31", "2026-12-31T00:00:00Z"),
    ("date", "1798675200", "2026-12-31"),
    ("date:DD/MM/YYYY", "31/12/2026", "2026-12-31"),
    ("date", "2026-12-31T01:00:00+01:00", "2026-12-31"),
    ("id", "0031i000005XyZw", "0031i000005XyZwAAK"),
    ("list", "b; a;a;", "a;b"),
    ("list:|,case", "B|a", "A|b"),
    ("list", '["b", "a"]', "a;b"),
]
UNEQUAL = [
    ("case", "a", "b"),
    ("space", "a b", "ab"),
    ("empty", "0", None),
    ("number", "10.00", "10.01"),
    ("number", "9007199254740993", "9007199254740992"),
    ("number:0.01", "10.00", "10.02"),
    ("number:5", "3", None),
    ("number:5", "x", "y"),
    ("date", "31/12/2026", "2026-12-31"),
    ("date", "x", "y"),
    ("id", "0031i000005XyZw", "0031i000005Xyzw"),
    ("list", "a;b", "a"),
    ("list", "[1]", "[2]"),
]


def differ(rule: str, one: str | None, other: str | None) -> bool:
    values = (pl.Series([each, "same"], dtype=pl.String) for each in (one, other))
    first, second = parse_rules([f"a=b={rule}"], ["a=b"]).differs("a=b", *values)
    assert second is False
    return bool(first)


@pytest.mark.parametrize(("rule", "one", "other"), EQUAL)
def test_a_rule_makes_equal_what_it_says(rule: str, one: str, other: str | None) -> None:
    """The two values are the same, either way round, and without the rule they are not."""
    assert (False, False) == (differ(rule, one, other), differ(rule, other, one))
    assert one != other


@pytest.mark.parametrize(("rule", "one", "other"), UNEQUAL)
def test_a_rule_makes_nothing_else_equal(rule: str, one: str, other: str | None) -> None:
    """What a rule can't read, or what is beyond it, still differs."""
    assert (True, True) == (differ(rule, one, other), differ(rule, other, one))


@pytest.mark.parametrize(
    "text",
    ["a=nope", "b=case", "a", "a=case:x", "a=number:x", "a=number:-1", "a=date:D/M", "a=list:ab", "a=number,date"],
)
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    """Unknown rules, columns and details are a matter of the settings."""
    with pytest.raises(WrongSettings):
        parse_rules([text], ["a"])


def test_rules_of_a_glob_and_a_name_add_up() -> None:
    """A column takes the rules of every text that names it, each once."""
    rules = parse_rules(["*=space", "Email=case", "*=space"], ["Email", "Name"]).by_column
    assert {"Email": ["space", "case"], "Name": ["space"]} == {k: [rule.kind for rule in v] for k, v in rules.items()}


def test_a_rule_holds_for_the_key() -> None:
    """Rows whose keys are equal by a rule are one row, and a key that only looks different is no change."""
    frames = [pl.DataFrame({"Id": [key], "name": [name]}) for key, name in (("ADA", "x"), ("ada", "y"))]
    found = compare(*frames, ["Id"], parse_rules(["Id=case"], ["Id"]))
    assert [("changed", 0, 0, "ADA", "name", "x", "y")] == found.cells().rows()


def test_columns_are_chosen_ignored_and_renamed() -> None:
    """Globs choose and leave out; the key always stays; a renamed column goes by its name after."""
    choice = Choice(("A*", "New"), ("*x",), ("Old=New",), ("Id",))
    layout = lay_out(["Id", "Old", "A", "Ax", "B"], ["A", "Id", "New", "Ay"], choice)
    assert ({"Id": "Id", "Old": "New", "A": "A"}, ["Id", "New", "A", "Ay"]) == (layout.before, layout.names)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(only=("C",)),
        Choice(ignore=("C*",)),
        Choice(rename=("A",)),
        Choice(rename=("C=B",)),
        Choice(rename=("A=C",)),
        Choice(rename=("A=B",)),
        Choice(rename=("A=D", "E=D")),
        Choice(ignore=("A",), key=("A",)),
    ],
)
def test_columns_that_can_not_be_are_refused(choice: Choice) -> None:
    """A name or glob that fits nothing, or a renaming that can't be, is a matter of the settings."""
    with pytest.raises(WrongSettings):
        lay_out(["A", "B", "E"], ["B", "D"], choice)


def test_a_column_with_the_values_of_another_looks_renamed() -> None:
    """The pairs that are alike are proposed; one whose values are others is not."""
    before = pl.DataFrame(
        {"k": ["1", "2", "3"], "mail": ["a", "b", None], "city": ["x", "y", "z"], "old": ["1", "2", "3"]}
    )
    after = pl.DataFrame(
        {"k": ["3", "2", "1"], "Town": ["z", "y", "x"], "E-mail": [None, "b", "a"], "new": ["7", "8", "9"]}
    )
    assert (("mail", "E-mail"), ("city", "Town")) == renames(compare(before, after, ["k"]))


def test_a_renamed_column_is_found_without_common_rows() -> None:
    """Where no row is in both tables the sets of values tell."""
    before, after = pl.DataFrame({"k": ["1", "2"], "a": ["x", "y"]}), pl.DataFrame({"k": ["3", "4"], "b": ["y", "x"]})
    assert (("a", "b"),) == renames(compare(before, after, ["k"]))


BEFORE = pl.DataFrame(
    {"k": ["1", "2", "3", "4", "4"], "v": list("abcde"), "gone": [None] * 5}, schema_overrides={"gone": pl.String}
)
AFTER = pl.DataFrame({"k": ["2", "3", "4", "4", "5"], "v": list("bCDEf")})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("added", ["added: 1"]),
        ("removed,changed>5", ["removed: 1"]),
        ("changed:v>2", ["changed:v>2: 3"]),
        ("changed>60%", []),
        ("changed>59.9%,removed > 20%", ["changed>59.9%: 3 of 5 rows"]),
        ("repeated,empty", ["repeated: 1"]),
        ("columns", ["columns: 1"]),
        ("removed>1, added>1", []),
    ],
)
def test_limits_are_counts_and_parts(text: str, said: list[str]) -> None:
    """Any is too many without a bound; a bound itself is allowed."""
    assert said == list(exceeded(parse_limits([text]), compare(BEFORE, AFTER, ["k"])))


@pytest.mark.parametrize(
    "text", ["", "gone", "changed>", "changed>x", "removed:v", "columns>5%", "changed:>5", "added>5%%"]
)
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    """The message names what can be counted."""
    with pytest.raises(WrongSettings):
        parse_limits([text])


def test_a_limit_on_a_column_with_a_comma_is_one_limit() -> None:
    """Commas part limits only where another limit begins."""
    limits = parse_limits(["changed:City, State>3,removed"])
    assert ["City, State", ""] == [limit.column for limit in limits]
    with pytest.raises(WrongSettings, match="City, State"):
        refuse_limits(limits, ["City"])


@pytest.mark.parametrize(
    ("one", "other", "rule", "changed"),
    [
        ("003A0000012AbCd", "003A0000012AbCdIAK", "id", 0),
        ("003A0000012AbCd", "003A0000012ABCDIAK", "id,case", 1),
        ("003A0000012AbCd", "003a0000012abcd", "id,case", 0),
        ("003A0000012AbCdIAK", "003a0000012abcd", "id,case", 0),
        ("003A0000012AbCdIAK", "003A0000012AbCdZZZ", "id", 1),
        ("ABCDEFGHIJKLMNOPQR", "ABCDEFGHIJKLMNOXYZ", "id", 1),
    ],
)
def test_only_what_tells_the_case_of_an_id_is_left_out(one: str, other: str, rule: str, changed: int) -> None:
    """Eighteen characters whose last three don't belong to the first fifteen are not taken for those fifteen."""
    sides = (pl.DataFrame({"k": ["1"], "v": [value]}) for value in (one, other))
    assert compare(*sides, ("k",), parse_rules(["v=" + rule], ["k", "v"])).counts.changed == changed
