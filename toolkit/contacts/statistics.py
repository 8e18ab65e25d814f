"""What the page for people counts, added up batch by batch. Pure; keeps counts alone, no cell and no handle.

Memory grows with the columns of the report and with the names of lists, not with the rows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from babel import Locale
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from toolkit.contacts.mapping import HandleSource
from toolkit.contacts.wanted import ACCOUNT, LINKS, LISTS, field_column, handle_column

_FIELD = field_column("")
_PHONE = handle_column(HandleSource.PHONE)
_PARTS = ("name", "description", ACCOUNT, LINKS, LISTS)
_NORTH_AMERICA = 1
_LONGEST_CODE = 3
"""Digits of the longest calling codes (ITU-T E.164)."""


class Tally:
    """How often each text came; kept in columns, since there may be as many texts as rows."""

    def __init__(self) -> None:
        self._total = pl.DataFrame(schema={"text": pl.String, "count": pl.UInt64})
        self._parts: list[pl.DataFrame] = []
        self._waiting = 0

    def add(self, texts: pl.Series) -> None:
        """Count ``texts`` (String, without nulls)."""
        part = texts.alias("text").to_frame().group_by("text").agg(pl.len().cast(pl.UInt64).alias("count"))
        self._parts.append(part)
        self._waiting += part.height
        if self._waiting > max(self._total.height, 10_000):
            self._settle()

    def _settle(self) -> None:
        self._total = pl.concat([self._total, *self._parts]).group_by("text").agg(pl.col("count").sum())
        self._parts, self._waiting = [], 0

    def __len__(self) -> int:
        self._settle()
        return self._total.height

    def top(self, most: int) -> dict[str, int]:
        """Give the ``most`` frequent texts and their counts, the most frequent first, equals by the text."""
        self._settle()
        order = pl.struct(-pl.col("count").cast(pl.Int64), "text")
        first = self._total.bottom_k(most, by=order).sort(order)
        return dict(first.iter_rows())

    def total(self) -> int:
        """Give the sum of all counts."""
        self._settle()
        return int(self._total["count"].sum())


@dataclass(slots=True)
class Statistics:
    """Counts over all batches that were added.

    ``filled``: source column → cells that are not blank, in the order of the report, out of ``rows``;
    ``parts``: name, description, account, links, lists → contacts that have it, out of ``contacts``;
    ``fields``: the same for custom fields, by their names in Front;
    ``handles``: source → handles, and ``having`` → contacts with at least one;
    ``per_contact``: number of handles → contacts; ``calling_codes``: digits → phone numbers, "" = of no known code;
    ``lists``: names and the contacts in each; ``rejects``: code → rows; ``merges``: handle source → merged rows.
    """

    rows: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    contacts: int = 0
    parts: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    handles: dict[str, int] = field(default_factory=dict)
    having: dict[str, int] = field(default_factory=dict)
    per_contact: Counter[int] = field(default_factory=Counter)
    calling_codes: Counter[str] = field(default_factory=Counter)
    lists: Tally = field(default_factory=Tally)
    rejects: Counter[str] = field(default_factory=Counter)
    merges: Counter[str] = field(default_factory=Counter)

    def add_cells(self, cells: pl.DataFrame) -> None:
        """Count the filled cells of the report's columns as they stand (all String); blanks alone are no filling."""
        self.rows += cells.height
        _add(self.filled, cells, {name: _cells_filled(name) for name in cells.columns})

    def add_contacts(self, contacts: pl.DataFrame) -> None:
        """Count what the contacts hold: a contact frame (``toolkit.contacts.wanted``), duplicates united."""
        self.contacts += contacts.height
        columns = contacts.columns
        _add(self.parts, contacts, {name: _present(contacts, name).sum() for name in _PARTS if name in columns})
        fields = [name for name in columns if name.startswith(_FIELD)]
        _add(self.fields, contacts, {name.removeprefix(_FIELD): _present(contacts, name).sum() for name in fields})
        self._add_handles(contacts)
        if LISTS in columns:
            self.lists.add(_entries(contacts, LISTS))

    def _add_handles(self, contacts: pl.DataFrame) -> None:
        sources = [each for each in HandleSource if handle_column(each) in contacts.columns]
        lengths = {each.value: pl.col(handle_column(each)).list.len() for each in sources}
        if not lengths:
            self.per_contact[0] += contacts.height
            return
        _add(self.handles, contacts, {name: length.sum() for name, length in lengths.items()})
        _add(self.having, contacts, {name: (length > 0).sum() for name, length in lengths.items()})
        numbers = contacts.select(pl.sum_horizontal(lengths.values()).alias("handles"))
        self.per_contact.update(dict(numbers.group_by("handles").len().iter_rows()))
        if _PHONE in contacts.columns:
            self._add_phones(_entries(contacts, _PHONE))

    def _add_phones(self, numbers: pl.Series) -> None:
        begin = numbers.str.slice(0, 1 + _LONGEST_CODE).alias("begin").to_frame().group_by("begin").len()
        for digits, count in begin.iter_rows():
            self.calling_codes[_calling_code(digits)] += count

    def add_rejects(self, rejected: pl.DataFrame) -> None:
        """Count rejected rows by code: ``code``, one row a reject, as ``rejects.one_each`` gives them."""
        self.rejects.update(dict(rejected.group_by("code").len().iter_rows()))

    def add_merges(self, by_source: Mapping[str, int]) -> None:
        """Count rows merged into others, by the source of the handle that gave them away."""
        self.merges.update(by_source)


def _add(counts: dict[str, int], frame: pl.DataFrame, of: Mapping[str, pl.Expr]) -> None:
    """Add what each expression counts; all of them in one pass over the frame."""
    if not of:
        return
    sums = frame.select(each.cast(pl.Int64).alias(str(at)) for at, each in enumerate(of.values()))
    for name, count in zip(of, sums.row(0), strict=True):
        counts[name] = counts.get(name, 0) + count


def _cells_filled(name: str) -> pl.Expr:
    """Count the cells that are not blank; only those that begin with no sign of ASCII need trimming, which is slow."""
    cell = pl.col(name)
    sure = cell.is_between(pl.lit("!"), pl.lit("~"))
    return sure.sum() + (cell.filter(~sure & (cell != "")).str.strip_chars() != "").sum()


def _present(contacts: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    return column.list.len() > 0 if isinstance(contacts.schema[name], pl.List) else column.is_not_null()


def _entries(contacts: pl.DataFrame, name: str) -> pl.Series:
    return contacts.select(pl.col(name).list.explode(keep_nulls=False, empty_as_null=False)).to_series()


def _calling_code(begin: str) -> str:
    """Give the calling code with which an E.164 number begins (no code begins with another), or ""."""
    found = (begin[1 : 1 + length] for length in range(1, _LONGEST_CODE + 1))
    known = (each for each in found if each.isascii() and each.isdigit() and int(each) in COUNTRY_CODE_TO_REGION_CODE)
    return next(known, "") if begin.startswith("+") else ""


def country(calling_code: str) -> str:
    """Name the countries of a calling code (libphonenumber's regions, CLDR's English names); no two codes alike."""
    if not calling_code:
        return "No known calling code"
    code, names = int(calling_code), Locale("en").territories
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if code == _NORTH_AMERICA:
        return "United States, Canada and others"
    if regions == ("001",):
        return f"International +{code}"
    *others, last = (names.get(region, region) for region in regions)
    return f"{', '.join(others)} and {last}" if others else str(last)
