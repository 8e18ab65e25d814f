"""How a locale writes numbers and dates, out of CLDR by babel. Pure; imports babel at its top.

So that a start without locales doesn't pay for babel, callers import this module only when a mapping names a locale.
"""

import re

from babel import Locale, UnknownLocaleError
from babel.dates import get_date_format
from babel.numbers import get_decimal_symbol, get_group_symbol

from toolkit.contacts.amounts import NumberStyle
from toolkit.contacts.dates import DateStyle

_NAME = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z]{4})?(?:[_-](?:[A-Za-z]{2}|[0-9]{3}))?")
"""Language, then perhaps script and territory."""
_OTHER_YEARS = frozenset({"fa", "lrc", "mzn", "ps", "th"})
"""Languages whose calendars count other years than the Gregorian one (CLDR's calendar preferences)."""
_PART = {"d": "DD", "M": "MM", "y": "YYYY"}


def is_locale(text: str) -> bool:
    """Say whether CLDR knows the locale, written like ``de``, ``de_DE`` or ``zh-Hant-TW``."""
    try:
        _locale(text)
    except ValueError:
        return False
    return True


def number_style(locale: str) -> NumberStyle:
    """Give the marks between decimals and thousands. Raises ValueError when the locale is unknown."""
    found = _locale(locale)
    return NumberStyle(get_decimal_symbol(found), get_group_symbol(found))


def date_style(locale: str) -> str:
    """Give the DateStyle with the order and separator of the locale's short dates, the year in four digits.

    Blanks behind a separator and a last dot ("2026. 01. 31.") are not part of a style. Raises ValueError when the
    locale is unknown or no style is like its dates.
    """
    found = _locale(locale)
    pattern = re.sub(r"[^dMy./-]", "", get_date_format("short", found).pattern).rstrip(".")
    style = re.sub(r"d+|M+|y+", lambda part: _PART[part[0][0]], pattern)
    if style == "YYYY-MM-DD":
        style = DateStyle.ISO
    if style not in set(DateStyle) or found.language in _OTHER_YEARS:
        raise ValueError(f"dates as {locale} writes them are none that can be read here; name a style of dates instead")
    return str(DateStyle(style))


def _locale(text: str) -> Locale:
    try:
        if _NAME.fullmatch(text):
            return Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        pass
    raise ValueError(f"{text!r} is no locale that is known; write it like en_GB or de")
