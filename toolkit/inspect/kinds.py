"""What a column likely holds, told by its distinct values and, where these don't tell, by its heading. Pure.

A kind is given when nine values in ten fit it; those that don't are counted. Nothing here changes a cell.
"""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

import polars as pl

from toolkit.contacts import amounts
from toolkit.contacts.amounts import NumberForm, NumberStyle
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.normalise import salesforce_ids
from toolkit.inspect.readings import DATE, NUMBER, Readings, are_dates, are_numbers, date_readings, number_readings
from toolkit.one_line import one_line


class Kind(StrEnum):
    """What a column holds; TEXT is whatever is nothing else."""

    BLANK = "blank"
    SALESFORCE_ID = "Salesforce Id"
    EMAIL = "e-mail"
    PHONE = "phone"
    DATE = "date"
    DATE_AND_TIME = "date and time"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    MULTI_SELECT = "multi-select"
    CURRENCY = "currency code"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``filled`` cells, ``distinct`` values, ``misfits`` filled cells that are not of its kind.

    ``detail`` says more of the kind in words. ``dates`` and ``numbers``: which styles fit, where it holds such.
    ``form``: how a mapping reads its numbers.
    ``partner``: the column that holds these amounts' currency, or the amounts of this currency; else "".
    """

    heading: str
    kind: Kind
    filled: int = 0
    distinct: int = 0
    examples: tuple[str, ...] = ()
    detail: str = ""
    misfits: int = 0
    dates: Readings[DateStyle] = field(default_factory=Readings)
    numbers: Readings[NumberStyle] = field(default_factory=Readings)
    partner: str = ""
    form: NumberForm = NumberForm.PLAIN


_MOST = 0.9
_FEW = 10
_PHONE_HEADING = re.compile(r"phone|telef|t[ée]l[ée]ph|\btel\b|mobil|handy|cell|\bfax", re.IGNORECASE)
_PHONE = r"^(?:\+|\()?[0-9](?:[ \x{A0}().\-/]*[0-9]){6,}(?:\s*(?:x|ext\.?)\s*[0-9]+)?$"
_EMAIL = r"^[^@\s,;]+@[^@\s,;]+\.[^@\s.,;]+$"
_CHECKBOXES = (
    ("1", "0"), ("TRUE", "FALSE"), ("true", "false"), ("True", "False"), ("Yes", "No"), ("yes", "no"), ("Ja", "Nein"),
    ("ja", "nein"), ("WAHR", "FALSCH"), ("Oui", "Non"), ("oui", "non"), ("VRAI", "FAUX"), ("Sí", "No"), ("sí", "no"),
    ("VERDADERO", "FALSO"),
)  # fmt: skip
_ZIP_PLUS_FOUR = "^[0-9]{5}-[0-9]{4}$"
_SHORT_YEAR = r"^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}(?:[^0-9]|$)"
_SIGN = r"[^\w\s.,'()+-]{1,3}"
_SIGN_BEFORE = rf"^(?:[A-Z]{{3}}[ \x{{A0}}]|{_SIGN}[ \x{{A0}}]?)"
_SIGN_BEHIND = rf"(?:[ \x{{A0}}][A-Z]{{3}}|[ \x{{A0}}]?{_SIGN})$"
_LONGEST_CHOICE = 60
_LONGEST_DETAIL = 100
OBJECTS = {
    "001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00D": "Organization", "00G": "Group",
    "00O": "Report", "00Q": "Lead", "00T": "Task", "00U": "Event", "00e": "Profile", "012": "Record Type",
    "500": "Case", "701": "Campaign", "00v": "Campaign Member", "800": "Contract", "02i": "Asset",
}  # fmt: skip
"""The first three characters of an Id tell its object; those of custom objects begin with an ``a``."""


@dataclass(frozen=True, slots=True)
class _Values:
    """The distinct values of a column in the order they appear, and in how many rows each stands."""

    heading: str
    texts: pl.Series
    rows: pl.Series

    def misfits(self, fitting: pl.Series) -> int | None:
        """Count the rows whose value does not fit; None when they are too many for the kind."""
        fits, filled = int(self.rows.filter(fitting).sum()), int(self.rows.sum())
        return filled - fits if fits and fits >= _MOST * filled else None


def column(cells: pl.Series) -> Column:
    """Describe a column of text; its name is the heading."""
    texts = cells.str.strip_chars().alias("text").to_frame().filter(pl.col("text") != "")
    counted = texts.group_by("text", maintain_order=True).agg(rows=pl.len())
    if counted.is_empty():
        return Column(cells.name, Kind.BLANK)
    values = _Values(cells.name, counted["text"], counted["rows"])
    found = next(found for tell in _TELLERS if (found := tell(values)))
    examples = tuple(one_line(value) for value in values.texts.head(2))
    return replace(found, filled=texts.height, distinct=counted.height, examples=examples)


def looks_like_a_value(heading: str) -> bool:
    """Say whether a heading is an address, a date, an Id or a phone number: then it is likely a row of data."""
    likely = (Kind.EMAIL, Kind.DATE, Kind.DATE_AND_TIME, Kind.SALESFORCE_ID, Kind.PHONE)
    return column(pl.Series([heading])).kind in likely


def _checkbox(values: _Values) -> Column | None:
    present = set(values.texts.head(3))
    pair = next((each for each in _CHECKBOXES if present <= set(each)), None)
    return Column(values.heading, Kind.CHECKBOX, detail="/".join(pair)) if pair else None


def _salesforce_id(values: _Values) -> Column | None:
    texts = values.texts
    shaped = texts.str.contains("^[0-9a-zA-Z]{15}(?:[0-9a-zA-Z]{3})?$") & texts.str.contains("[0-9]")
    known = texts.str.contains("^a") | texts.str.slice(0, 3).is_in(list(OBJECTS))
    misfits = values.misfits(shaped & known)
    if misfits is None:
        return None
    return Column(values.heading, Kind.SALESFORCE_ID, detail=_of_ids(texts.filter(shaped & known)), misfits=misfits)


def _of_ids(ids: pl.Series) -> str:
    """Say whose Ids these are, how long, and whether their check characters hold."""
    prefixes = (
        ids.str.slice(0, 3).alias("prefix").value_counts(name="n").sort(["n", "prefix"], descending=[True, False])
    )
    said = [f"{OBJECTS.get(each, 'custom object')} ({each})" for each in prefixes["prefix"].head(3)]
    lengths = ids.str.len_chars()
    said.append(f"{' and '.join(str(each) for each in lengths.unique().sort())} characters")
    if (lengths == 15).any():
        said.append("transform writes all with 18")
    long = ids.filter(lengths == 18)
    wrong = int((salesforce_ids(long.str.slice(0, 15)) != long).sum())
    if wrong:
        said.append(f"{wrong:,} with wrong check characters: upper and lower case were lost")
    return ", ".join(said)


def _email(values: _Values) -> Column | None:
    misfits = values.misfits(values.texts.str.contains(_EMAIL))
    return None if misfits is None else Column(values.heading, Kind.EMAIL, misfits=misfits)


def _date(values: _Values) -> Column | None:
    texts = values.texts
    if values.misfits(texts.str.contains(DATE)) is None:
        return None
    timed = texts.str.contains(r"[0-9][T ,]+[0-9]{1,2}:[0-9]{2}").any()
    found = Column(values.heading, Kind.DATE_AND_TIME if timed else Kind.DATE)
    readings = date_readings(texts)
    if readings.groups:
        misfits = values.misfits(are_dates(texts, readings.choices[0]))
        return None if misfits is None else replace(found, detail=_of_dates(readings), misfits=misfits, dates=readings)
    short = values.misfits(texts.str.contains(_SHORT_YEAR))
    return None if short is None else replace(found, detail="years of two digits: export it with four", misfits=short)


def _of_dates(readings: Readings[DateStyle]) -> str:
    fits = " and ".join(readings.choices)
    return f"ambiguous: every value fits both {fits}" if len(readings.groups) > 1 else f"written as {fits}"


def _phone(values: _Values) -> Column | None:
    misfits = values.misfits(values.texts.str.contains(_PHONE))
    if misfits is None:
        return None
    signs = values.texts.str.contains(r"^[+(0]|[0-9)][\-/][0-9 ]") & ~values.texts.str.contains(_ZIP_PLUS_FOUR)
    told = _PHONE_HEADING.search(values.heading) or signs.sum() * 2 > len(signs)
    return Column(values.heading, Kind.PHONE, misfits=misfits) if told else None


def _number(values: _Values) -> Column | None:
    if values.texts.str.contains("^0[0-9]").any():
        return None
    found = _plain_number(values)
    if found:
        return found
    return _signed(values, NumberForm.PERCENT, "%") or _signed(values, NumberForm.CURRENCY, "currency")


def _signed(values: _Values, form: NumberForm, sign: str) -> Column | None:
    """Tell numbers with a sign before or behind, if a mapping reads them in that form."""
    bare = values.texts.str.replace(_SIGN_BEFORE, "").str.replace(_SIGN_BEHIND, "")
    found = _plain_number(replace(values, texts=bare))
    styles = [each for each in found.numbers.choices if _reads(values, each, form)] if found else []
    if not found or not styles:
        return None
    said = f"with a {sign} sign, {found.detail}" if found.detail else f"with a {sign} sign"
    return replace(found, detail=said, form=form)


def _reads(values: _Values, style: NumberStyle, form: NumberForm) -> bool:
    return values.misfits(amounts.numbers(values.texts, style, form).values.is_not_null()) is not None


def _plain_number(values: _Values) -> Column | None:
    if values.misfits(values.texts.str.contains(NUMBER)) is None:
        return None
    readings = number_readings(values.texts)
    misfits = values.misfits(are_numbers(values.texts, readings.choices[0])) if readings.groups else None
    if misfits is None:
        return None
    return Column(values.heading, Kind.NUMBER, detail=_of_numbers(readings), misfits=misfits, numbers=readings)


def _of_numbers(readings: Readings[NumberStyle]) -> str:
    said = [number_style(each) for each in readings.choices]
    if len(said) > 1:
        return f"ambiguous: every value fits both {' and '.join(said)}"
    return "whole" if {NumberStyle(","), NumberStyle(".")} <= set(readings.styles) else said[0]


def number_style(style: NumberStyle) -> str:
    """Say a style of numbers: its decimal mark, and its thousands mark where it has one."""
    return f'decimal "{style.decimal}"' + (f' with thousands "{style.thousands}"' if style.thousands else "")


def _multi_select(values: _Values) -> Column | None:
    if not values.texts.str.contains(";", literal=True).any():
        return None
    choices = values.texts.str.split(";").explode().str.strip_chars()
    choices = choices.filter(choices != "").unique()
    if len(choices) > len(values.texts) or choices.str.len_chars().gt(_LONGEST_CHOICE).any():
        return None
    return Column(values.heading, Kind.MULTI_SELECT, detail=f"{len(choices):,} choices with ; between")


def _text(values: _Values) -> Column:
    """Name the values of a column that repeats a few."""
    few = len(values.texts) <= _FEW and len(values.texts) * 2 <= values.rows.sum()
    named = ", ".join(one_line(each) for each in values.texts.sort()) if few else ""
    return Column(values.heading, Kind.TEXT, detail=f"one of {one_line(named, _LONGEST_DETAIL)}" if few else "")


_TELLERS = (_checkbox, _salesforce_id, _email, _date, _phone, _number, _multi_select, _text)
"""In this order: a date is also a phone number by its looks, and a phone number a number."""


def with_partners(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Tell amounts and the companion columns that hold their currency: Salesforce calls it "<Field> Currency"."""
    headings = {each.heading for each in columns}
    return tuple(_with_partner(each, headings) for each in columns)


def _with_partner(column: Column, headings: set[str]) -> Column:
    amounts = column.heading.removesuffix(" Currency")
    if amounts != column.heading and amounts in headings:
        return replace(column, kind=Kind.CURRENCY, detail="", partner=amounts)
    currency = f"{column.heading} Currency"
    return replace(column, partner=currency) if currency in headings else column
