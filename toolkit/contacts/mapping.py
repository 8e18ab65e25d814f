"""The mapping file as frozen data: what a mapping can say. Pure; reading the file is ``mapping_file``'s part.

Every name of a column here has been noted with its place in the file (``Mapping.references``), so that one check
before the first row can say which line names a column that the report lacks.
"""

import difflib
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from toolkit.contacts.dates import DateStyle
from toolkit.contacts.expressions import Expression, Unfit, evaluate
from toolkit.contacts.normalise import PLAIN, NumberStyle
from toolkit.contacts.phones import PhoneCheck
from toolkit.contacts.templates import Template
from toolkit.documents import Document
from toolkit.errors import InputRefused, WrongSettings


class HandleSource(StrEnum):
    """Where a handle lives (Front's Core API, handle.source)."""

    EMAIL = "email"
    PHONE = "phone"
    TWITTER = "twitter"
    FACEBOOK = "facebook"
    INTERCOM = "intercom"
    FRONT_CHAT = "front_chat"
    CUSTOM = "custom"


class FieldType(StrEnum):
    """The types of Front's custom fields."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEAMMATE = "teammate"
    ENUM = "enum"
    INBOX = "inbox"


class Keep(StrEnum):
    """What becomes of rows that share a handle."""

    MERGE = "merge"
    FIRST = "first"
    NEWEST = "newest"
    REJECT = "reject"


class OnBad(StrEnum):
    """What a bad value does to its row."""

    DROP = "drop"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Source:
    """What the report is like."""

    key: str
    dates: DateStyle = DateStyle.ISO
    numbers: NumberStyle = PLAIN
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class HandleRule:
    """Handles of one source: one from each of ``columns``."""

    source: HandleSource
    columns: tuple[str, ...]
    region: str = ""
    region_from: str | None = None
    check: PhoneCheck = PhoneCheck.VALID


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list called ``name`` (where ``when`` is true), or lists named by the cells of ``column``."""

    name: str = ""
    when: Expression | None = None
    column: str | None = None
    split: str = ""


@dataclass(frozen=True, slots=True)
class AccountRule:
    """The columns of the contact's account."""

    name: str
    external_id: str | None = None
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One custom field: its value comes from exactly one of ``column``, ``value`` and ``sql``."""

    name: str
    type: FieldType
    column: str | None = None
    value: tuple[Template, ...] = ()
    sql: Expression | None = None
    timezone: str = "UTC"
    dates: DateStyle = DateStyle.ISO
    meanings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ContactRule:
    """What a contact is made of."""

    handles: tuple[HandleRule, ...]
    name: tuple[Template, ...] = ()
    description: tuple[Template, ...] = ()
    links: tuple[Template, ...] = ()
    lists: tuple[ListRule, ...] = ()
    account: AccountRule | None = None
    fields: tuple[FieldRule, ...] = ()

    @property
    def sources(self) -> tuple[HandleSource, ...]:
        """The handle sources in use, in the order of the mapping, each once."""
        return tuple(dict.fromkeys(rule.source for rule in self.handles))


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Which handles make rows one contact, and what then becomes of them."""

    by: tuple[HandleSource, ...]
    keep: Keep = Keep.MERGE
    prefer: str | None = None


@dataclass(frozen=True, slots=True)
class OnBadValue:
    """What a bad value does to its row, by the kind of value."""

    email: OnBad = OnBad.REJECT
    phone: OnBad = OnBad.REJECT
    domain: OnBad = OnBad.REJECT
    custom_fields: OnBad = OnBad.REJECT


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping.

    ``references`` are (JSON pointer, column) for each place that names a column, ``expressions`` are (JSON pointer,
    expression, is it a condition) for each that holds SQL.
    """

    source: Source
    contact: ContactRule
    duplicates: Duplicates
    on_bad_value: OnBadValue
    references: tuple[tuple[str, str], ...]
    expressions: tuple[tuple[str, Expression, bool], ...]


def check_columns(mapping: Mapping, document: Document, columns: list[str], file: str) -> None:
    """Refuse a file that lacks a column of the mapping: InputRefused, with each place and a likely name."""
    known = set(columns)
    missing = [(pointer, column) for pointer, column in mapping.references if column not in known]
    if missing:
        problems = tuple(
            document.problem(pointer, f"{file} has no column {column!r}{_likely(column, columns)}", "unknown-column")
            for pointer, column in missing
        )
        hint = f"the columns of {file} are: {', '.join(columns)}"
        raise InputRefused(f"{document.name} names columns that {file} does not have", problems=problems, hint=hint)


def check_expressions(mapping: Mapping, document: Document, cells: pl.DataFrame) -> None:
    """Refuse expressions whose types don't fit, before a row is looked at: WrongSettings with each place."""
    problems = []
    for pointer, expression, condition in mapping.expressions:
        try:
            evaluate(cells.clear(), expression, condition=condition)
        except Unfit as error:
            problems.append(document.problem(pointer, f"{error.sentence}: {error.why}", "expression"))
    if problems:
        hint = 'columns are text: TRY_CAST("Column" AS DOUBLE) makes a number, DATE("Column") a date'
        raise WrongSettings(f"{document.name} has expressions that fit no row", problems=tuple(problems), hint=hint)


def _likely(column: str, columns: list[str]) -> str:
    folded = {name.casefold(): name for name in columns}
    close = difflib.get_close_matches(column.casefold(), list(folded), n=1)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""
