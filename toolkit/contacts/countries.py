"""Countries by the names that people write, as two-letter codes. Pure; the names are CLDR's, by babel.

Languages are read one after the other, the most used first, and only until every name is found: most files need one.
"""

from functools import cache, lru_cache

import phonenumbers
from babel import Locale

# What people write for a country that no list of country names holds.
_ALSO = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US", "uk": "GB",
    "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "holland": "NL", "the netherlands": "NL", "uae": "AE", "czech republic": "CZ", "korea": "KR", "turkey": "TR",
    "ivory coast": "CI", "hong kong": "HK", "macau": "MO", "macao": "MO", "burma": "MM", "swaziland": "SZ",
    "brasil": "BR", "republic of ireland": "IE", "russian federation": "RU", "viet nam": "VN",
    "korea, republic of": "KR",
}  # fmt: skip
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro", "bg", "el", "tr",
    "ru", "uk", "sr", "hr", "sl", "lt", "lv", "et", "ca", "eu", "gl", "ga", "is", "mt", "ja", "zh", "zh_Hant", "ko",
    "ar", "he", "fa", "hi", "bn", "ta", "th", "vi", "id", "ms", "af", "sw", "sq", "mk", "bs", "ka", "hy", "az", "kk",
)  # fmt: skip


@lru_cache(50_000)
def region(country: str) -> str:
    """Give the two-letter code of a country written as a name or as that code; "" for what is neither.

    A name that two countries share in one language is not guessed.
    """
    code, name = country.strip().upper(), country.casefold().strip()
    if code in _names("en").values() or code in phonenumbers.SUPPORTED_REGIONS:
        return code
    if name in _ALSO:
        return _ALSO[name]
    return next((found for language in _LANGUAGES if (found := _names(language).get(name))), "")


@cache
def _names(language: str) -> dict[str, str]:
    """Map the countries' names in one language, casefolded, to their codes."""
    regions: dict[str, set[str]] = {}
    for code, name in Locale.parse(language).territories.items():
        if len(code) == 2 and code.isalpha():
            regions.setdefault(name.casefold(), set()).add(code)
    return {name: next(iter(codes)) for name, codes in regions.items() if len(codes) == 1}
