"""YAML by the rules of YAML 1.2, with places."""

import pytest

from toolkit.documents import parse_yaml
from toolkit.errors import WrongSettings
from toolkit.schemas import check_document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("2024-01-31", "2024-01-31"), ("012", 12), ("1:30", "1:30"),
        ("0x1F", "0x1F"), ("1e3", 1000.0), ("1.5", 1.5), ("true", True), ("~", None), ("", None), ("'1'", "1"),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(text: str, expected: object):
    """Country codes and dates stay text; only true and false are booleans."""
    value = parse_yaml(f"a: {text}", "m.yaml").data["a"]

    assert (value, type(value)) == (expected, type(expected))


def test_keys_are_text_as_written():
    """A map of codes may have numbers and words for keys; they stay apart and are never numbers."""
    expected = {"1": "one", "01": "also one", "true": "yes", "1.0": "point"}
    assert expected == parse_yaml("{1: one, 01: also one, true: yes, 1.0: point}", "m.yaml").data


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n? [b, c]\n: 2", 2, "a key must be"),
        ("a: 1\nb: [1,\nc: 2", 3, "expected"),
        ("a: 1\nb: 2\na: 3", 3, "stands here twice"),
        ("a:\n\t- b", 2, "character"),
        ("a: *nobody", 1, "undefined alias"),
    ],
)
def test_a_broken_line_is_named(text: str, line: int, words: str):
    """What is not YAML gives the file and the line."""
    with pytest.raises(WrongSettings) as caught:
        parse_yaml(text, "m.yaml")

    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("m.yaml", line)
    assert words in problem.sentence


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\t- b", "no tabs"),
        ("where: \"Tier\" = 'Gold'", "quotes around all of it"),
        ("a: 1\n  b: 2", "indentation"),
    ],
)
def test_a_broken_line_is_told_with_its_remedy(text: str, hint: str):
    """What people who don't know YAML do most."""
    with pytest.raises(WrongSettings) as caught:
        parse_yaml(text, "m.yaml")

    assert hint in caught.value.hint


def test_a_text_with_quotes_around_all_of_it_is_the_sql_meant():
    """The hint's own example."""
    assert parse_yaml("where: '\"Tier\" = ''Gold'''", "m.yaml").data == {"where": "\"Tier\" = 'Gold'"}


def test_a_key_with_nothing_behind_it_is_told_as_such():
    """A heading in the mapping that was switched on alone, or what belongs to it not indented."""
    with pytest.raises(WrongSettings) as caught:
        check_document(parse_yaml("version: 1\nsource: {key: Id}\ncontact:\n  custom_fields:\n", "m.yaml"), "mapping")

    assert "nothing behind it" in caught.value.hint


def test_aliases_that_unfold_without_end_are_refused():
    """A file of nested aliases is refused instead of filling the memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(WrongSettings, match="can't be read"):
        parse_yaml("\n".join(lines), "m.yaml")


def test_a_problem_points_to_the_nearest_place():
    """A problem at a key that is missing is shown at the mapping that lacks it."""
    document = parse_yaml("a:\n  b:\n    c: 1\n", "m.yaml")

    assert str(document.problem("/a/b/d", "is missing")) == "m.yaml:3:5 /a/b/d: is missing"
