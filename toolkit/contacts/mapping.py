"""The mapping file as frozen data: what a mapping can say. Pure; reading the file is ``mapping_file``'s part.

Every name of a column here has been noted with its place in the file (``Mapping.references``), so that one check
before the first row can say which line names a column that the report lacks.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from toolkit.contacts.amounts import PLAIN, NumberForm, NumberStyle
from toolkit.contacts.dates import DateStyle
from toolkit.contacts.expressions import Expression, Unfit, evaluate
from toolkit.contacts.names import Capitals, Comma
from toolkit.contacts.normalise import UnicodeForm
from toolkit.contacts.phones import PhoneCheck
from toolkit.contacts.templates import Template
from toolkit.documents import Document, escape
from toolkit.errors import InputRefused, WrongSettings
from toolkit.guess import near
from toolkit.leaving import Why


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


class Case(StrEnum):
    """What becomes of capitals and small letters in a value."""

    KEEP = "keep"
    LOWER = "lower"
    UPPER = "upper"
    TITLE = "title"


class Extensions(StrEnum):
    """What a phone number's extension does: Front has no place for it."""

    DROP = "drop"
    REJECT = "reject"


class WithoutHandles(StrEnum):
    """What becomes of contacts without any handle in the import files; operations always reject them."""

    REJECT = "reject"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Source:
    """What the report is like. ``key`` are columns, of which the first that is filled names the row.

    ``leaving``: who leaves Front, by reason, as sync's policies say it: no mapping file does.
    """

    key: tuple[str, ...]
    dates: DateStyle = DateStyle.ISO
    timezone: str = "UTC"
    numbers: NumberStyle = PLAIN
    unicode: UnicodeForm = UnicodeForm.NFC
    mojibake: bool = False
    where: Expression | None = None
    leaving: tuple[tuple[Why, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from, exactly one of three: the first filled of ``columns``, templates, or SQL."""

    columns: tuple[str, ...] = ()
    value: tuple[Template, ...] = ()
    sql: Expression | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that the value is made of, each once."""
        written = [column for template in self.value for column in template.columns]
        return tuple(dict.fromkeys([*self.columns, *written, *(self.sql.columns if self.sql else ())]))


@dataclass(frozen=True, slots=True)
class Choices:
    """A value map. ``otherwise`` is for values that are not in it: None makes them bad, no template blank."""

    meanings: tuple[tuple[str, str | None], ...]
    otherwise: tuple[Template, ...] | None = None


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A value: where it comes from, and what is done with it, in the order of these names.

    ``split`` is (text between the parts, which part from 0; -1 is the last).
    """

    origin: Origin
    split: tuple[str, int] | None = None
    case: Case = Case.KEEP
    choices: Choices | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that the value is made of, each once."""
        otherwise = (self.choices.otherwise or ()) if self.choices else ()
        return tuple(dict.fromkeys([*self.origin.reads, *(name for each in otherwise for name in each.columns)]))


@dataclass(frozen=True, slots=True)
class ComputedColumn:
    """A column that the mapping adds to the file's own."""

    name: str
    rule: ValueRule


@dataclass(frozen=True, slots=True)
class NameRule:
    """The contact's name, and how names of other habits are written anew."""

    value: tuple[Template, ...]
    comma: Comma = Comma.KEEP
    capitals: Capitals = Capitals.KEEP


@dataclass(frozen=True, slots=True)
class PhoneRule:
    """How the numbers of a phone handle are read."""

    region: str = ""
    region_from: str | None = None
    check: PhoneCheck = PhoneCheck.VALID
    extensions: Extensions = Extensions.DROP


@dataclass(frozen=True, slots=True)
class HandleRule:
    """Handles of one source: one from *each* column of ``origin``; several from a cell that ``split`` cuts."""

    source: HandleSource
    origin: Origin
    split: str = ""
    case: Case = Case.KEEP
    phone: PhoneRule = PhoneRule()


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list called ``name`` (where ``when`` is true), or lists named by the cells of ``column``."""

    name: str = ""
    when: Expression | None = None
    column: str | None = None
    split: str = ""
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class AccountRule:
    """The contact's account; ``name`` and ``external_id`` are columns, of which the first filled is taken."""

    name: tuple[str, ...]
    external_id: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    description: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One custom field: ``value`` as text, then read as ``type`` says; the other keys are for some types alone.

    ``numbers`` is how the value's numbers are written: as the file writes them, or plainly where SQL or a map made
    them. ``clear``: a blank value is to be cleared in Front, not left alone.
    """

    name: str
    type: FieldType
    value: ValueRule
    numbers: NumberStyle = PLAIN
    format: NumberForm = NumberForm.PLAIN
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    timezone: str = "UTC"
    dates: DateStyle = DateStyle.ISO
    clear: bool = False


@dataclass(frozen=True, slots=True)
class ContactRule:
    """What a contact is made of."""

    handles: tuple[HandleRule, ...]
    name: NameRule | None = None
    description: tuple[Template, ...] = ()
    without_handles: WithoutHandles = WithoutHandles.REJECT
    links: tuple[Template, ...] = ()
    lists: tuple[ListRule, ...] = ()
    account: AccountRule | None = None
    fields: tuple[FieldRule, ...] = ()
    external_id: str = ""

    @property
    def sources(self) -> tuple[HandleSource, ...]:
        """The handle sources in use, in the order of the mapping, each once."""
        return tuple(dict.fromkeys(rule.source for rule in self.handles))

    @property
    def clears(self) -> bool:
        """Tell whether some field is to be cleared where its value is blank."""
        return any(rule.clear for rule in self.fields)


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
    link: OnBad = OnBad.REJECT
    domain: OnBad = OnBad.REJECT
    lists: OnBad = OnBad.REJECT
    custom_fields: OnBad = OnBad.REJECT
    columns: OnBad = OnBad.REJECT


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping.

    ``columns`` are the computed ones, in order. ``references`` are (JSON pointer, column) for each place that names
    a column of the file, ``expressions`` are (JSON pointer, expression, is it a condition) for each that holds SQL.
    """

    source: Source
    columns: tuple[ComputedColumn, ...]
    contact: ContactRule
    duplicates: Duplicates
    on_bad_value: OnBadValue
    references: tuple[tuple[str, str], ...]
    expressions: tuple[tuple[str, Expression, bool], ...]

    @property
    def used(self) -> tuple[str, ...]:
        """Name the file's columns that contacts are made of, each once."""
        return tuple(dict.fromkeys(column for place, column in self.references if place != PREFER))


PREFER = "/duplicates/prefer"
"""The one place whose column ranks rows and goes into no contact."""


def check_columns(mapping: Mapping, document: Document, columns: list[str], file: str) -> None:
    """Refuse a file that lacks a column of the mapping, or has one that the mapping computes.

    Raises InputRefused, with each place and a likely name.
    """
    known, computed = set(columns), [each.name for each in mapping.columns]
    candidates = [*columns, *computed]
    missing = [
        document.problem(
            pointer, f"{file} has no column {column!r}{_said(pointer, column, candidates)}", "unknown-column"
        )
        for pointer, column in mapping.references
        if column not in known
    ]
    twice = [
        document.problem(f"/columns/{escape(name)}", f"{file} has a column {name!r} already; take another name")
        for name in computed
        if name in known
    ]
    missing += [
        document.problem(pointer, f"a column called {column!r} can't be told from a pattern; rename it in {file}")
        for pointer, column in mapping.references
        if column in known and (column == "*" or (column.startswith("^") and column.endswith("$")))
    ]
    if missing or twice:
        said = f"names columns that {file} does not have" if missing else f"computes columns that {file} has already"
        placed = sorted([*missing, *twice], key=lambda each: (each.line or 0, each.column or 0))
        hint = f"the columns of {file} are: {', '.join(columns)}"
        raise InputRefused(f"{document.name} {said}", problems=tuple(placed), hint=hint)


def check_expressions(mapping: Mapping, document: Document, cells: pl.DataFrame) -> None:
    """Refuse expressions whose types don't fit, before a row is looked at: WrongSettings with each place."""
    no_rows = pl.DataFrame(schema=cells.schema | {each.name: pl.String() for each in mapping.columns})
    problems = []
    for pointer, expression, condition in mapping.expressions:
        try:
            evaluate(no_rows, expression, condition=condition)
        except Unfit as error:
            problems.append(document.problem(pointer, f"{error.sentence}: {error.why}", "expression"))
    if problems:
        hint = 'columns are text: TRY_CAST("Column" AS DOUBLE) makes a number, DATE("Column") a date'
        raise WrongSettings(f"{document.name} has expressions that fit no row", problems=tuple(problems), hint=hint)


def _said(pointer: str, column: str, columns: list[str]) -> str:
    """Guess what was meant: another column, or in SQL a text in the wrong quotes."""
    if found := near(column, columns):
        return f"; did you mean {found[0]!r}?"
    in_sql = pointer.endswith(("/sql", "/when", "/where"))
    return f"; if it is a text, SQL wants single quotes: '{column}'" if in_sql else ""
