"""Expressions are data from somebody else: what they may do, and what never happens."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.contacts.expressions import Expression, NotAllowed, Unfit, evaluate
from toolkit.contacts.sql import MAX_LENGTH, parse

CELLS = pl.DataFrame(
    {
        "text": ["one", "Two ", None, "it's"],
        "number": ["1", "-2.5", "NaN", "1e999"],
        "day": ["2026-01-31", "2026-07-01", None, "2027-12-31"],
        'odd "name"': ["a", "b", "c", "d"],
    }
)


ATTACKS = [
    "text IN (SELECT * FROM read_csv('{address}'))",
    "(SELECT 1 FROM read_csv('{address}')) = 1",
    "EXISTS (SELECT 1 FROM read_parquet('{address}'))",
    "text = ANY (SELECT text FROM read_json('{address}'))",
    "read_csv('{address}')",
    "CASE WHEN text = 'x' THEN (SELECT 1 FROM '{address}') END",
    "COALESCE(text, (SELECT a FROM read_ndjson('{address}')))",
    "text = 'x'; SELECT * FROM read_csv('{address}')",
    "text = 'x' UNION SELECT * FROM read_csv('{address}')",
    "text = '\\' OR text IN (SELECT * FROM read_csv('{address}')) --'",
    "text = '\\'' OR text IN (SELECT * FROM read_csv('{address}')) --'",
    "text /* */ IN (SELECT column_1 FROM read_csv('{address}'))",
]
OURS = """
import sys, polars as pl
from toolkit.contacts.expressions import NotAllowed, Unfit, evaluate
from toolkit.contacts.sql import parse
for text in sys.argv[1:]:
    try:
        evaluate(pl.DataFrame({"text": ["a"]}), parse(text))
    except (NotAllowed, Unfit):
        pass
"""
POLARS = """
import sys, polars as pl
pl.DataFrame({"text": ["a"]}).select(pl.sql_expr(sys.argv[1]))
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on loopback where somebody may knock; polars waits there for ever, so it is asked in another process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def attacks(listener: socket.socket) -> list[str]:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.csv"
    return [attack.format(address=address) for attack in ATTACKS]


def test_nobody_knocks(listener: socket.socket):
    """Expressions that would open an address are refused, or are harmless text, and the address hears nothing."""
    subprocess.run([sys.executable, "-c", OURS, *attacks(listener)], check=True, timeout=60)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_the_listener_hears(listener: socket.socket):
    """The proof above can fail: polars, given such a text itself, does knock."""
    listener.settimeout(60)
    with subprocess.Popen([sys.executable, "-c", POLARS, attacks(listener)[0]]) as asking:
        connection, _ = listener.accept()
        asking.kill()
    connection.close()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SUM(number)", "SUM"),
        ("COUNT(*) > 1", "COUNT"),
        ("ROW_NUMBER() OVER ()", "OVER"),
        ("REPEAT(text, 1000000)", "REPEAT"),
        ("LPAD(text, 1000000)", "PAD"),
        ("REPLACE(text, 'o', 'oooooooooo')", "longer"),
        ("REPLACE(text, '', 'x')", "longer"),
        ("REPLACE(text, text, 'x')", "plain texts"),
        ("REGEXP_LIKE(text, '(a+)+$')", "REGEXP_LIKE"),
        ("text ~ '(a+)+$'", "REGEXP_LIKE"),
        ("text LIKE number", "pattern"),
        ("RANDOM() > 0", "RAND"),
        ("CURRENT_DATE > DATE '2026-01-01'", "CURRENT_DATE"),
        ("other.text = 'x'", "table"),
        ("* = 'x'", "Star"),
        ("text = 'x", "quotes"),
        ("no_such_function(text)", "NO_SUCH_FUNCTION"),
        ("TRY_CAST(text AS DATE)", "DATE()"),
        ("TRIM(BOTH 'x' FROM text)", "not allowed here"),
        ("number > 1e5", "plainly"),
        ("text IN (number)", "list of texts"),
        ("(" * 40 + "text" + ")" * 40, "nested"),
        ("NOT " * 60 + "TRUE", "nested"),
        (" OR ".join(["text = 'x'"] * 400), "longer than"),
        ("1/(1/(1/(1/(1/(1/(1/(1/number)))))))", "too large"),
    ],
)
def test_refused(text: str, word: str):
    """What is not on the list is refused with a word that says what it was."""
    with pytest.raises(NotAllowed, match=word.replace("(", r"\(").replace(")", r"\)")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("text = 'one'", [True, False, None, False]),
        ("text = 'it''s'", [False, False, None, True]),
        ('"odd ""name""" = \'a\'', [True, False, False, False]),
        ("NOT text = 'one'", [False, True, None, True]),
        ("text <> 'one' OR text IS NULL", [False, True, True, True]),
        ("COALESCE(text, '') NOT IN ('one', 'it''s')", [False, True, True, False]),
        ("text NOT LIKE 'o%'", [False, True, None, True]),
        ("text ILIKE 'ONE'", [True, False, None, False]),
        ("TRY_CAST(number AS DOUBLE) > 0", [True, False, None, None]),
        ("TRY_CAST(number AS DOUBLE) / 0", [None, None, None, None]),
        ("TRY_CAST(number AS BIGINT) + 1", [2, None, None, None]),
        ("TRY_CAST(number AS DOUBLE) BETWEEN -3 AND 0", [False, True, None, None]),
        ("CASE WHEN text = 'one' THEN 'first' ELSE number END", ["first", "-2.5", "NaN", "1e999"]),
        ("CASE text WHEN 'one' THEN 'first' END", ["first", None, None, None]),
        ("IF(text = 'one', 'yes', 'no')", ["yes", "no", "no", "no"]),
        ("NULLIF(text, 'one')", [None, "Two ", None, "it's"]),
        ("UPPER(TRIM(text)) || '!'", ["ONE!", "TWO!", None, "IT'S!"]),
        ("REPLACE(REPLACE(text, 'o', ''), 'n', 'm')", ["me", "Tw ", None, "it's"]),
        ("SUBSTR(text, 2, 1)", ["n", "w", None, "t"]),
        ("LENGTH(text)", [3, 4, None, 4]),
        ("STARTS_WITH(text, 'o')", [True, False, None, False]),
        ("DATE(day) >= DATE '2026-07-01'", [False, True, None, True]),
        ("EXTRACT(YEAR FROM DATE(day))", [2026, 2026, None, 2027]),
        ("ROUND(TRY_CAST(number AS DOUBLE) * 2, 0)", [2.0, -5.0, None, None]),
        ("TRUE", [True, True, True, True]),
    ],
)
def test_computed(text: str, values: list[object]):
    """What is on the list means what SQL means by it, with null for blank and no NaN or infinity."""
    assert values == evaluate(CELLS, parse(text)).to_list()


def test_columns_are_named():
    """An expression tells which columns it reads, each once."""
    expected = ("number", "text")
    assert expected == parse("number > text AND LOWER(number) = 'x'").columns


def test_a_condition_must_be_true_or_false():
    """A text is no condition."""
    with pytest.raises(Unfit, match="can't be computed"):
        evaluate(CELLS, parse("text"), condition=True)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
LITERALS = TEXTS.map(lambda text: "'" + text.replace("'", "''") + "'")
OPERANDS = st.one_of(st.sampled_from(["text", "number", "day", "1", "0", "2.5", "NULL", "TRUE"]), LITERALS)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    functions = st.sampled_from(["LOWER", "LENGTH", "TRIM", "ABS", "COALESCE", "CONCAT", "LEFT", "SUBSTR", "STRPOS"])
    operators = st.sampled_from(["=", "<", "+", "-", "*", "/", "%", "AND", "OR", "||", "LIKE"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("{}({})".format, functions, inner),
        st.builds("{}({}, {})".format, functions, inner, inner),
        st.builds("TRY_CAST({} AS {})".format, inner, st.sampled_from(["DOUBLE", "BIGINT", "VARCHAR"])),
        st.builds("CASE WHEN {} THEN {} END".format, inner, inner),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(OPERANDS, larger, max_leaves=6))
def test_whatever_passes_can_be_computed_or_is_unfit(text: str):
    """A checked expression gives a value a row or a clear refusal, never a crash."""
    try:
        answer = evaluate(CELLS, parse(text))
    except (NotAllowed, Unfit):
        return
    assert len(CELLS) == len(answer)


@given(TEXTS)
def test_a_literal_stays_what_it_is(text: str):
    """No text breaks out of its quotes on the way to polars."""
    expression: Expression = parse("'" + text.replace("'", "''") + "'")
    assert [text] * len(CELLS) == evaluate(CELLS, expression).to_list()


def test_length_is_bounded():
    """One character too many is refused before it is parsed."""
    with pytest.raises(NotAllowed, match="longer than"):
        parse("'" + "x" * (MAX_LENGTH - 1) + "'")
