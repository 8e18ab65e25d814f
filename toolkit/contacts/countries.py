"""Countries by the names that people write, as two-letter codes. Pure; the names are CLDR's, by babel.

Languages are read one after the other, the most used first, and only until every name is found: most files need one.
"""

import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

# What people and CRMs write for a country that no list of country names holds; written as _folded gives it.
_ALSO = {
    "u s a": "US", "u s": "US", "united states of america": "US", "america": "US", "uk": "GB", "u k": "GB",
    "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "grossbritannien": "GB", "grande bretagne": "GB", "gran bretana": "GB", "holland": "NL", "the netherlands": "NL",
    "uae": "AE", "czech republic": "CZ", "tschechische republik": "CZ", "republique tcheque": "CZ",
    "republica checa": "CZ", "korea": "KR", "republic of korea": "KR", "korea democratic people s republic of": "KP",
    "turkey": "TR", "ivory coast": "CI", "hong kong": "HK", "macau": "MO", "macao": "MO", "burma": "MM",
    "swaziland": "SZ", "brasil": "BR", "republic of ireland": "IE", "russian federation": "RU", "viet nam": "VN",
    "macedonia": "MK", "east timor": "TL", "syrian arab republic": "SY", "libyan arab jamahiriya": "LY",
    "congo": "CG", "congo the democratic republic of the": "CD", "lao people s democratic republic": "LA",
    "brunei darussalam": "BN", "holy see vatican city state": "VA", "palestine": "PS", "cabo verde": "CV",
}  # fmt: skip
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro", "bg", "el", "tr",
    "ru", "uk", "sr", "hr", "sl", "lt", "lv", "et", "ca", "eu", "gl", "ga", "is", "mt", "ja", "zh", "zh_Hant", "ko",
    "ar", "he", "fa", "hi", "bn", "ta", "th", "vi", "id", "ms", "af", "sw", "sq", "mk", "bs", "ka", "hy", "az", "kk",
)  # fmt: skip


@lru_cache(50_000)
def region(country: str) -> str:
    """Give the two-letter code of a country that has phone numbers, by its name or ISO code; "" for anything else.

    A name that two countries share in one language is not guessed. "Iran, Islamic Republic of", as CRMs' lists have
    it, is looked up without its tail when the whole is not known.
    """
    code = country.strip().upper()
    code = (get_global("territory_aliases").get(code) or [code])[0] if len(code) == _LONG else code
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    head, comma, tail = country.partition(",")
    ruled = comma and re.search(r"\b(republic|state|states|province|kingdom)\b", tail, re.IGNORECASE)
    return _named(_folded(country)) or (_named(_folded(head)) if ruled else "")


_LONG = 3


def _named(name: str) -> str:
    found = _ALSO.get(name) or next((known for each in _LANGUAGES if (known := _names(each).get(name))), "")
    return found if found in phonenumbers.SUPPORTED_REGIONS else ""


@cache
def _names(language: str) -> dict[str, str]:
    """Map the countries' names in one language, folded, to their codes."""
    regions: dict[str, set[str]] = {}
    for code, name in Locale.parse(language).territories.items():
        if len(code) == len("US") and code.isalpha():
            regions.setdefault(_folded(name), set()).add(code)
    return {name: next(iter(codes)) for name, codes in regions.items() if len(codes) == 1}


def _folded(name: str) -> str:
    """Write a name without case, Latin accents and punctuation: ``Cote d'Ivoire`` as ``cote d ivoire``."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name.casefold()) if not "\u0300" <= each <= "\u036f")
    return " ".join(re.sub(r"[^\w]+", " ", plain.replace("&", " and ")).split())
