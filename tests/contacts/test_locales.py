"""Locales give the marks of numbers and the order of dates that people there know."""

import polars as pl
import pytest

from toolkit.contacts import dates
from toolkit.contacts.amounts import NumberStyle, numbers
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.locales import date_style, is_locale, number_style


def test_locales_are_known_by_name():
    """Language, script and territory with either dash; nothing else is a locale."""
    names = {
        "de_DE": True, "de-DE": True, "en_US": True, "fr": True, "zh-Hant-TW": True, "es_419": True, "DE_de": True,
        "": False, "zz": False, "de_XX": False, "german": False, "de_DE.UTF-8": False, "de DE": False, "de_": False,
        "../de": False, "de_DE_DE": False,
    }  # fmt: skip
    assert names == {name: is_locale(name) for name in names}


NUMBERS = {
    "en_US": "1,234.5", "de_DE": "1.234,5", "fr_FR": "1 234,5", "de_CH": "1'234.5", "sv_SE": "1 234,5",
    "pt_BR": "1.234,5", "en_IN": "1,234.5",
}  # fmt: skip


@pytest.mark.parametrize("locale", NUMBERS)
def test_numbers_are_read_as_the_locale_writes_them(locale: str):
    """Numbers typed with a keyboard's blanks and apostrophes are read in every locale."""
    assert numbers(pl.Series([NUMBERS[locale]]), number_style(locale)).values.to_list() == ["1234.5"]


def test_marks_are_those_of_the_locale():
    """The marks are CLDR's own."""
    expected = [NumberStyle(",", "\u202f"), NumberStyle(".", "\u2019"), NumberStyle(".", ",")]
    assert expected == [number_style(locale) for locale in ("fr", "de_CH", "ja")]


DATES = {
    "en_GB": "DD/MM/YYYY", "en_US": "MM/DD/YYYY", "de_DE": "DD.MM.YYYY", "fr_FR": "DD/MM/YYYY", "nl_NL": "DD-MM-YYYY",
    "sv_SE": "ISO", "ja_JP": "YYYY/MM/DD", "hu": "YYYY.MM.DD", "en-CA": "ISO", "pt_BR": "DD/MM/YYYY",
    "cs": "DD.MM.YYYY", "ar": "DD/MM/YYYY", "bg": "DD.MM.YYYY",
}  # fmt: skip


def test_dates_are_ordered_as_the_locale_orders_them():
    """Order and separator are those of the locale's short dates, and every style is one that can be read."""
    found = {locale: date_style(locale) for locale in DATES}
    assert found == DATES
    assert set(found.values()) <= set(DateStyle)
    assert dates.seconds(pl.Series(["31/01/2026"]), DateStyle(found["en_GB"])).values.to_list() == [1769817600]


@pytest.mark.parametrize(("locale", "reason"), [("th_TH", "dates as th_TH writes them"), ("zz", "'zz' is no locale")])
def test_locales_that_give_no_style_say_so(locale: str, reason: str):
    """A locale that is unknown or counts other years is refused with a sentence."""
    with pytest.raises(ValueError, match=reason):
        date_style(locale)
