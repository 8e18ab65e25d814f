"""The choices that a file leaves open: its key, its styles of dates and numbers, the country of its numbers. Pure.

Each is made the likelier way, with what else it could be and why, unless a person has decided.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import babel
import phonenumbers

from toolkit.contacts.dates import DateStyle
from toolkit.contacts.normalise import NumberStyle
from toolkit.contacts.phones import known_region
from toolkit.inspect.advice import source_dates, source_numbers
from toolkit.inspect.kinds import Kind
from toolkit.inspect.readings import NUMBER_STYLES
from toolkit.one_line import one_line
from toolkit.start.recognise import Findings, Seen
from toolkit.start.vocabulary import PHONES, Language, Meaning

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """What was chosen, what else it could be (nothing: nobody need be asked), and why, in words for a comment."""

    value: T
    others: tuple[T, ...] = ()
    why: str = ""


def key(findings: Findings, handles: Sequence[str], wish: str | None) -> Choice[str]:
    """Choose the column that names the rows: Ids of people, what a heading calls an Id, other Ids, else a handle."""
    ids = _keys(findings)
    every = [each.heading for each in (*ids, *(() if ids else _perhaps(findings)))]
    every = every if ids else [handles[0], *every]
    chosen = wish if wish in every else every[0]
    found = next(each for each in findings.seen if each.heading == chosen)
    why = _blanks(found, findings.rows) if ids or wish else _NO_ID
    return Choice(chosen, tuple(each for each in every if each != chosen), why)


_NO_ID = "no column has an Id for each row: better add one to the report, and name it here"
_MOST_OTHERS = 5


def _perhaps(findings: Findings) -> list[Seen]:
    """Give columns that might name the rows, for a person to say so: filled in each row, and never the same."""
    return [
        each
        for each in findings.seen
        if each.meaning is Meaning.OTHER and each.column.filled == each.column.distinct == findings.rows > 0
    ][:_MOST_OTHERS]


def _blanks(seen: Seen, rows: int) -> str:
    blank, again = rows - seen.column.filled, seen.column.filled - seen.column.distinct
    said = [f"blank in {blank:,} of {rows:,} rows"] if blank else []
    said += [f"the same again in {again:,} rows"] if again else []
    return f"{' and '.join(said)}, which are rejected" if said else ""


def _keys(findings: Findings) -> list[Seen]:
    """Give the columns with Ids that name the rows. An account's does where the file has no people."""
    people_too = findings.of(Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME)
    theirs = (Meaning.KEY, Meaning.OTHER) if people_too else (Meaning.KEY, Meaning.OTHER, Meaning.ACCOUNT_ID)
    ids = [each for each in findings.seen if each.meaning in theirs and _names_rows(each, findings)]
    people = [each for each in ids if each.column.detail.startswith(("Contact (", "Lead ("))]
    named = [each for each in findings.of(Meaning.KEY) if _nearly_names_rows(each, findings)]
    return list({each.heading: each for each in (*people, *named, *ids)}.values())


def _names_rows(seen: Seen, findings: Findings) -> bool:
    unique = seen.column.kind is Kind.SALESFORCE_ID and seen.column.distinct == seen.column.filled
    return unique and seen.column.filled * 2 > findings.rows


def _nearly_names_rows(seen: Seen, findings: Findings) -> bool:
    """A heading that says Id is believed though some rows repeat one: a report may show a contact twice."""
    filled = seen.column.filled
    return not findings.rows or (filled * 2 > findings.rows and seen.column.distinct * 2 > filled)


def prefer(findings: Findings) -> Seen | None:
    """Find the column that says when a row was changed last."""
    found = findings.first(Meaning.MODIFIED)
    return found if found and not found.blank else None


def dates(findings: Findings, region: str, wish: DateStyle | None) -> Choice[DateStyle] | None:
    """Choose how the file writes dates; None when it has none. What ``duplicates.prefer`` names must be read so."""
    styles = source_dates([each.column for each in findings.seen])
    newest = prefer(findings)
    if newest and not set(styles) <= set(newest.column.dates.styles):
        styles = newest.column.dates.choices
    if not styles:
        return None
    if wish in styles:
        return Choice(wish)
    chosen = likelier(styles, month_first=month_first(region))
    others = tuple(each for each in styles if each is not chosen)
    why = f"or {' or '.join(others)}: every date of the file fits both, so look where it was made" if others else ""
    return Choice(chosen, others, why)


def month_first(region: str) -> bool:
    """Say whether a country writes the month before the day."""
    return region == "US"


def likelier(choices: Sequence[DateStyle], *, month_first: bool) -> DateStyle:
    """Choose between styles that fit equally."""
    return next((each for each in choices if each.startswith("MM") is month_first), choices[0])


def numbers(findings: Findings) -> Choice[NumberStyle] | None:
    """Choose how the file writes numbers; None when it has none, or only whole ones without any mark."""
    columns = [each.column for each in findings.seen]
    styles = source_numbers(columns)
    if all(not each.numbers.groups or each.numbers.styles == NUMBER_STYLES for each in columns):
        return None
    mark = "." if findings.language is Language.ENGLISH else ","
    chosen = next((each for each in styles if each.decimal == mark), styles[0])
    others = tuple(each for each in styles if each is not chosen)
    return Choice(chosen, others, "the values fit another style too, so look where the file was made" if others else "")


_AT_HOME = {Language.ENGLISH: "US", Language.GERMAN: "DE", Language.FRENCH: "FR", Language.SPANISH: "ES"}


def region(findings: Findings, wish: str) -> Choice[str]:
    """Choose the country of numbers without a country code: that of most rows, of most numbers, of the headings."""
    if wish:
        return Choice(wish)
    country = findings.first(Meaning.COUNTRY)
    found = next(filter(None, map(_region, country.values if country else ())), "")
    if country and found:
        return Choice(found, why=f"a guess: the most frequent in {one_line(country.heading, 40)}")
    found = _region_of_numbers(findings)
    if found:
        return Choice(found, why="a guess: the country of most numbers that begin with +")
    said = f"a guess: the headings are {findings.language.spoken}"
    return Choice(_AT_HOME[findings.language], why=said)


_SHORT = {"usa": "US", "uk": "GB", "united states of america": "US", "great britain": "GB", "england": "GB"}


def _region(country: str) -> str:
    """Give the two-letter code of a country, by its name in a known language or by its code; "" when not known."""
    name, code = country.casefold().strip(), country.strip().upper()
    if known_region(code):
        return code
    if name in _SHORT:
        return _SHORT[name]
    territories = (babel.Locale.parse(language).territories for language in Language)
    found = (code for each in territories for code, called in each.items() if called.casefold() == name)
    return next(filter(known_region, found), "")


def _region_of_numbers(findings: Findings) -> str:
    texts = (text for seen in findings.of(*PHONES) for text in seen.values if text.startswith("+"))
    counts = Counter(filter(None, map(_region_of_number, texts)))
    return max(counts, key=lambda each: counts[each]) if counts else ""


def _region_of_number(text: str) -> str:
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return ""
    return found if found and known_region(found) else ""
