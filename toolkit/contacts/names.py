"""Names of people as people write them: order, blanks and capitals. Pure; only what the mapping asks for is done.

Columns settle most; the names with words that have their own capitals are written by Python, each once.
"""

import re
from enum import StrEnum

import polars as pl

from toolkit.contacts.cleaned import Answer, distinct, mended


class Comma(StrEnum):
    """What is made of ``Doe, Jane``."""

    KEEP = "keep"
    SWAP = "swap"
    """``Jane Doe``, unless a suffix (``Jr.``, ``PhD``, ``Inc.``) stands behind the comma."""


class Capitals(StrEnum):
    """What is made of ``JANE DOE`` and ``jane doe``."""

    KEEP = "keep"
    FIX = "fix"
    """``Jane Doe``; a name in capitals and small letters stays as it is."""


_PARTICLES = ("van", "von", "de", "der", "la", "du", "di", "da", "del", "den", "ter", "bin", "al")
_NUMERALS = ("II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_TITLES = ("MD", "PhD", "DDS", "DVM", "MBA", "CPA", "LLM", "GmbH", "LLC", "LLP", "PLC", "AG", "KG", "BV", "NV", "SA")
_WORDS = {word.casefold(): word for word in (*_NUMERALS, *_TITLES)}
"""Words that have capitals of their own, wherever they stand but at the start."""
_SUFFIX = (
    r"[js]r|ii|iii|iv|m\.?d|ph\.? ?d|d\.?d\.?s|d\.?v\.?m|esq(?:uire)?|mba|cpa|ll\.?m|gmbh|inc(?:orporated)?"
    r"|ltd|limited|l\.?l\.?[cp]|plc|corp|co|ag|kg|b\.?v|n\.?v|s\.?[al]"
)
_TWO_SIDES = r"^([^,]*[^, ]) ?, ?([^, ][^,]*)$"
_BEFORE_SUFFIX = rf"(?i), ?(?:{_SUFFIX})\.?$"
_TWO_CASED = r"[\p{Lu}\p{Ll}].*[\p{Lu}\p{Ll}]"
_APOSTROPHES = ("'", "\u2019")
_OWN_CAPITALS = (
    rf"(?:^|\P{{L}})Mc\p{{L}}|[{''.join(_APOSTROPHES)}]S(?:\P{{L}}|$)"
    rf"|\P{{L}}(?i:{'|'.join((*_PARTICLES, *_WORDS))})(?:\P{{L}}|$)"
)
_WORD = re.compile(r"[^\W\d_]+")


def tidied_names(cells: pl.Series, comma: Comma, capitals: Capitals) -> pl.Series:
    """Give names with one blank between words, and put right what ``comma`` and ``capitals`` ask for.

    A name is in the wrong capitals when it has two letters or more and all are capitals, or all are small.
    """
    names = mended(cells, cells.str.contains(r"\s\s|[^\S ]"), lambda some: some.str.replace_all(r"\s+", " "))
    if comma is Comma.SWAP:
        turned = names.str.contains(_TWO_SIDES) & ~names.str.contains(_BEFORE_SUFFIX)
        names = mended(names, turned, lambda some: some.str.replace(_TWO_SIDES, "$2 $1"))
    if capitals is Capitals.FIX:
        upper, lower = names.str.to_uppercase(), names.str.to_lowercase()
        flat = ((names == upper) | (names == lower)) & names.str.contains(_TWO_CASED)
        names = mended(names, flat, _titled)
    return names


def _titled(names: pl.Series) -> pl.Series:
    # A capital I with a dot is small as i and a combining dot; a sigma at a word's end has its own small letter.
    titled = names.str.to_titlecase().str.replace_all("i\u0307", "i", literal=True)
    titled = titled.str.replace_all(r"\x{3C3}(\P{L}|$)", "\u03c2$1")
    return mended(titled, titled.str.contains(_OWN_CAPITALS), _with_own_capitals)


def _with_own_capitals(names: pl.Series) -> pl.Series:
    return distinct(names.to_frame(), _own_capitals)["value"]


def _own_capitals(name: str) -> Answer:
    return _WORD.sub(lambda found: _word(found[0], name[: found.start()], name[found.end() :]), name), None


def _word(word: str, before: str, behind: str) -> str:
    """Write one word of a name in title case, given what stands before and behind it."""
    small = word.casefold()
    if word == "S" and before.endswith(_APOSTROPHES):
        return "s"
    if small in _PARTICLES and before and re.match(r"[ -]\w", behind):
        return small
    if small in _WORDS and before.endswith((" ", ",")):
        return _WORDS[small]
    if re.match(r"Mc\w", word):
        return f"Mc{word[2].upper()}{word[3:]}"
    return word
