"""What each column of a CSV is to a contact: by its heading, and by its values where these know better. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from toolkit.inspect.kinds import Column, Kind, column, with_partners
from toolkit.start.vocabulary import PHONES, Language, Meaning, Product, Word, is_elsewhere, look_up

MOST_VALUES = 200
"""So many different values of a column are kept, the most frequent first; a column with more is no dropdown."""


class By(StrEnum):
    """How a meaning is known."""

    HEADING = "heading"
    VALUES = "values"


@dataclass(frozen=True, slots=True)
class Seen:
    """One column: what it holds, what it means, ``rank`` (0: its heading names that best), its frequent values."""

    column: Column
    meaning: Meaning
    by: By
    rank: int
    values: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The column's heading, exactly as the file has it."""
        return self.column.heading

    @property
    def blank(self) -> bool:
        """Whether no cell of it is filled."""
        return self.column.kind is Kind.BLANK


@dataclass(frozen=True, slots=True)
class Findings:
    """The columns of a file in their order, how many rows it has, and who likely wrote it."""

    seen: tuple[Seen, ...]
    rows: int
    language: Language
    product: Product

    def of(self, *meanings: Meaning) -> tuple[Seen, ...]:
        """Give the columns of these meanings: filled ones first, then by meaning, rank and place."""
        found = [(at, each) for at, each in enumerate(self.seen) if each.meaning in meanings]
        found.sort(key=lambda one: (one[1].blank, meanings.index(one[1].meaning), one[1].rank, one[0]))
        return tuple(each for _, each in found)

    def first(self, *meanings: Meaning) -> Seen | None:
        """Give the column that has one of these meanings best; None when there is none."""
        return next(iter(self.of(*meanings)), None)


def recognise(cells: pl.DataFrame) -> Findings:
    """Tell the meanings of the columns of ``cells``, all String."""
    columns = with_partners(tuple(column(each) for each in cells.iter_columns()))
    words = [look_up(each.heading) for each in columns]
    seen = tuple(_seen(each, word, _frequent(cells[each.heading])) for each, word in zip(columns, words, strict=True))
    spoken = Counter(speaker for word in words if word for speaker in word.spoken_by)
    return Findings(seen, cells.height, _language(spoken), _product(words))


def _frequent(cells: pl.Series) -> tuple[str, ...]:
    texts = cells.str.strip_chars().alias("text").to_frame().filter(pl.col("text") != "")
    counted = texts.group_by("text", maintain_order=True).agg(rows=pl.len())
    return tuple(counted.sort("rows", descending=True, maintain_order=True)["text"].head(MOST_VALUES))


def _language(spoken: Counter[Language | Product]) -> Language:
    return max(Language, key=lambda language: spoken[language])


def _product(words: Iterable[Word | None]) -> Product:
    """Name the product that has most headings to itself."""
    alone = Counter(speaker for word in words if word and len(word.spoken_by) == 1 for speaker in word.spoken_by)
    found = max(Product, key=lambda product: alone[product])
    return found if alone[found] else Product.SALESFORCE


def _seen(column: Column, word: Word | None, values: tuple[str, ...]) -> Seen:
    if word:
        meaning = _refined(word.meaning, column)
        if meaning is not Meaning.OTHER or word.meaning is Meaning.OTHER:
            return Seen(column, meaning, By.HEADING, word.rank, values)
    return Seen(column, _by_values(column, values), By.VALUES, MOST_VALUES, values)


_TEXT = frozenset({Kind.TEXT, Kind.BLANK})
_FITTING = {
    Meaning.EMAIL: _TEXT | {Kind.EMAIL},
    **dict.fromkeys(PHONES, _TEXT | {Kind.PHONE, Kind.NUMBER}),
    Meaning.COUNTRY: _TEXT,
    Meaning.WEBSITE: _TEXT,
    Meaning.OPT_OUT: _TEXT | {Kind.CHECKBOX},
    Meaning.ACCOUNT_ID: _TEXT | {Kind.SALESFORCE_ID, Kind.NUMBER},
    Meaning.MODIFIED: {Kind.BLANK, Kind.DATE, Kind.DATE_AND_TIME},
    Meaning.OWNER_EMAIL: {Kind.BLANK, Kind.EMAIL},
    Meaning.FIRST_NAME: _TEXT,
    Meaning.LAST_NAME: _TEXT,
    Meaning.FULL_NAME: _TEXT,
    Meaning.ACCOUNT: _TEXT | {Kind.NUMBER, Kind.MULTI_SELECT},
}
"""The kinds that go with a meaning, where not every kind does; a column of another kind means something else."""
_RATHER = {
    (Meaning.OWNER, Kind.EMAIL): Meaning.OWNER_EMAIL,
    (Meaning.OWNER_EMAIL, Kind.TEXT): Meaning.OWNER,
    (Meaning.ACCOUNT, Kind.SALESFORCE_ID): Meaning.ACCOUNT_ID,
    (Meaning.FULL_NAME, Kind.SALESFORCE_ID): Meaning.KEY,
}
"""What a column is whose heading says the first, but whose values are of the second."""


def _refined(meaning: Meaning, column: Column) -> Meaning:
    """Hold a heading's meaning against the values."""
    if (meaning, column.kind) in _RATHER:
        return _RATHER[meaning, column.kind]
    if column.kind not in _FITTING.get(meaning, {column.kind}):
        return Meaning.OTHER
    unreadable = meaning is Meaning.MODIFIED and column.kind is not Kind.BLANK and not column.dates.groups
    return Meaning.OTHER if unreadable else meaning


_SPOKEN_OF = re.compile(r"phone|telef|t[ée]l[ée]ph|\btel\b|mobil|handy|cell", re.IGNORECASE)
_OWN = 0.8
"""Under a heading that is not known, addresses that fewer rows than this share have to themselves are not theirs."""
_DIALLED = re.compile(r"^\+|^\(|[0-9)][ /-]+[0-9(]")


def _by_values(column: Column, values: tuple[str, ...]) -> Meaning:
    """Tell addresses and numbers by their looks. Digits alone are a number to call only when the heading says so."""
    if column.kind not in (Kind.EMAIL, Kind.PHONE):
        return Meaning.OTHER
    if is_elsewhere(column.heading) or column.distinct < _OWN * column.filled:
        return Meaning.ELSEWHERE
    if column.kind is Kind.EMAIL:
        return Meaning.EMAIL
    dialled = sum(1 for each in values if _DIALLED.search(each))
    told = _SPOKEN_OF.search(column.heading) or dialled * 2 > len(values)
    return Meaning.OTHER_PHONE if told else Meaning.OTHER
