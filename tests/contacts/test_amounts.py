"""Numbers, money and percentages become plain decimal text; what doesn't fit its column's style is told."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.contacts.amounts import PLAIN, NumberForm, NumberStyle, numbers

ENGLISH, GERMAN = NumberStyle(".", ","), NumberStyle(",", ".")


def read(cells: list[str | None], style: NumberStyle = PLAIN, form: NumberForm = NumberForm.PLAIN) -> list[str | None]:
    return numbers(pl.Series(cells, dtype=pl.String), style, form).values.to_list()


PLAIN_NUMBERS = {
    "0": "0", "-0": "0", "-0.00": "0", "+7": "7", "-7": "-7", "007": "7", "-007.50": "-7.5", "1234.5": "1234.5",
    "0.0": "0", "0.10": "0.1", "10": "10", "100.00": "100", "123456789012345": "123456789012345",
    "1234567890123456": None, "1e3": None, "NaN": None, "inf": None, ".5": None, "5.": None, "--5": None, "1,000": None,
    "(5)": None, "$5": None, "5%": None, "1 000": None, "": None, "-": None, "٣": None, None: None,
}  # fmt: skip


def test_plain_numbers():
    """Signs, leading and trailing noughts go; exponents, marks not declared and too many digits are refused."""
    expected = list(PLAIN_NUMBERS.values())
    assert expected == read(list(PLAIN_NUMBERS))


def test_a_complaint_stands_where_no_value_does():
    """Every bad cell has a sentence, no good or blank one has."""
    cells = pl.Series(["1", None, "1,5", "12345678901234567", "-0"])
    expected = [
        None,
        None,
        "is not a number as source.numbers declares them (decimal mark '.', no thousands mark)",
        "has more than the 15 digits that a JSON number keeps",
        None,
    ]
    assert expected == numbers(cells).complaints.to_list()


@pytest.mark.parametrize("mark", ["'", "\u2019", " ", "\xa0", "\u202f"])
def test_marks_that_look_alike_are_read_alike(mark: str):
    """An apostrophe or blank declared between thousands stands for the others of its family, and for no other mark."""
    apostrophes, blanks = ["1'234.50", "1\u2019234.50"], ["1 234.50", "1\xa0234.50", "1\u202f234.50"]
    found = read([*apostrophes, *blanks], NumberStyle(".", mark))
    theirs = mark in "'\u2019"
    expected = ["1234.5" if theirs else None] * 2 + [None if theirs else "1234.5"] * 3
    assert expected == found


CURRENCY = {
    "$1,234.50": "1234.5", "€ 1": "1", "1 €": "1", "1\xa0€": "1", "USD 5,000.00": "5000", "5 USD": "5", "USD5": "5",
    "-$5": "-5", "$-5": "-5", "$ -5": "-5", "-5 €": "-5", "+$5": "5", "($1,234.50)": "-1234.5", "(1,234.50)": "-1234.5",
    "$ (5)": "-5", "(5 USD)": "-5", "(5) USD": "-5", "(0.00)": "0", "US$ 5": "5", "₹1,000": "1000", "\uff045": "5",
    "5": "5", "1,234": "1234", "usd 5": None, "$5 USD": None, "5 dollars": None, "(-5)": None, "-(5)": None, "$": None,
    "(5": None, "5)": None, "5-": None, "$1.234,50": None, "USDX 5": None, "5%": None, "-$-5": None, None: None,
}  # fmt: skip


def test_amounts_of_money():
    """A currency's sign or code before or behind goes; a minus around it or parentheses make it negative."""
    expected = list(CURRENCY.values())
    assert expected == read(list(CURRENCY), ENGLISH, NumberForm.CURRENCY)


def test_amounts_of_money_in_german():
    """The marks of the column's style hold for money too."""
    cells = ["1.234,50 €", "EUR 1.234,50", "-7,00 €", "1.234", "1,234.50"]
    assert ["1234.5", "1234.5", "-7", "1234", None] == read(cells, GERMAN, NumberForm.CURRENCY)


def test_percentages():
    """60% is 60, with a blank or without, and a number without the sign is the same."""
    cells = ["60%", "60 %", "60\xa0%", "60", "-2.50%", "1,234.5%", "%60", "60%%", "60 percent"]
    expected = ["60", "60", "60", "60", "-2.5", "1234.5", None, None, None]
    assert expected == read(cells, ENGLISH, NumberForm.PERCENT)


def test_fractions():
    """60% is 0.6; a number without the sign is a fraction already."""
    cells = ["60%", "0.6", "5 %", "100%", "0%", "-0.5%", "1234.5%", "0.07%", "-0%", "1", "x%"]
    expected = ["0.6", "0.6", "0.05", "1", "0", "-0.005", "12.345", "0.0007", "0", "1", None]
    assert expected == read(cells, PLAIN, NumberForm.FRACTION)


@given(st.lists(st.decimals(-(10**6), 10**6, places=6), min_size=1, max_size=20))
def test_no_digit_is_lost(values: list[Decimal]):
    """Numbers and hundredths are what decimal arithmetic says, digit by digit."""
    cells = [format(value, "f") for value in values]
    assert values == [Decimal(value or "x") for value in read(cells)]
    hundredths = read([f"{cell}%" for cell in cells], PLAIN, NumberForm.FRACTION)
    assert [value / 100 for value in values] == [Decimal(value or "x") for value in hundredths]
