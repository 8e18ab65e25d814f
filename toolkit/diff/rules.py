"""When two values of a column count as equal. Pure: columns of text in, columns of text out.

A rule gives each value a *form*; two values are equal when their forms are. What a rule can't read keeps its text,
so nothing is equal by being unreadable. Only a number's tolerance looks at two values together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import orjson
import polars as pl

from toolkit.errors import WrongSettings
from toolkit.guess import meant

if TYPE_CHECKING:
    from toolkit.contacts.dates import DateStyle


class Kind(StrEnum):
    """What a rule does, in the order in which several of a column are taken."""

    UNICODE = "unicode"
    SPACE = "space"
    ID = "id"  # before case: the case of its letters is what the last three of eighteen are held against
    CASE = "case"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    EMPTY = "empty"


_VALUES = (Kind.NUMBER, Kind.DATE, Kind.ID, Kind.LIST)
"""A column holds one of these."""
_HINT = "write COLUMN=RULE,RULE: unicode, space, case, empty, number[:TOLERANCE], date[:STYLE], id, list[:DELIMITER]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a column and what stands behind its colon, "" for nothing."""

    kind: Kind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of each column that has any, by its name."""

    by_column: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_column)

    def form(self, name: str, values: pl.Series) -> pl.Series:
        """Give what the values of the column ``name`` are compared by; null is an empty cell."""
        values = values.alias("value")  # polars takes some names of strangers for patterns
        for rule in self.by_column.get(name, ()):
            values = _FORMS[rule.kind](values, rule.detail).alias("value")
        return values

    def forms(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give ``form`` of each column."""
        named = self.by_column.keys() & set(frame.columns)
        return frame.with_columns(self.form(name, frame[name]).alias(name) for name in sorted(named))

    def differs(self, name: str, before: pl.Series, after: pl.Series) -> pl.Series:
        """Say of each pair of values whether they are not equal."""
        one, other = self.form(name, before), self.form(name, after)
        unequal = one.ne_missing(other)
        tolerance = next((each.detail for each in self.by_column.get(name, ()) if each.kind is Kind.NUMBER), "")
        return _beyond(one, other, unequal, Decimal(tolerance)) if tolerance and unequal.any() else unequal


NO_RULES = Rules()


def parse_rules(texts: Iterable[str], columns: Sequence[str]) -> Rules:
    """Read texts such as ``Amount=number:0.01`` or ``*Id=id,space`` for the columns that are compared.

    The part before the last ``=`` is a column's name, or a glob for several. WrongSettings for a rule that isn't one
    and for a name that no column has.
    """
    given: dict[str, list[Rule]] = {}
    for text in texts:
        name, _, rules = text.rpartition("=")
        found = [column for column in columns if column == name] or [
            each for each in columns if fnmatchcase(each, name)
        ]
        if not found:
            sentence = f"the rule {text!r} is for no column that is compared{meant(name, columns)}"
            raise WrongSettings(sentence, hint=_HINT)
        parsed = [_rule(each.strip(), text) for each in rules.split(",")]
        for column in found:
            given.setdefault(column, []).extend(parsed)
    return Rules({column: _ordered(column, rules) for column, rules in given.items()})


def _rule(said: str, text: str) -> Rule:
    kind, _, detail = said.partition(":")
    if kind not in {each.value for each in Kind} or (detail and Kind(kind) not in _DETAILS):
        raise WrongSettings(f"{said!r} in the rule {text!r} is no rule", hint=_HINT)
    if detail:
        _DETAILS[Kind(kind)](detail)
    return Rule(Kind(kind), detail)


def _ordered(column: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    unique = sorted(dict.fromkeys(rules), key=lambda rule: list(Kind).index(rule.kind))
    values = [rule for rule in unique if rule.kind in _VALUES]
    if len(values) > 1:
        both = " and ".join(":".join(filter(None, (rule.kind.value, rule.detail))) for rule in values)
        raise WrongSettings(f"the column {column!r} can't be compared as {both} at once", hint=_HINT)
    return tuple(unique)


def _check_tolerance(detail: str) -> None:
    try:
        good = Decimal(detail) >= 0
    except InvalidOperation:
        good = False
    if not good:
        raise WrongSettings(f"{detail!r} is no tolerance", hint="such as number:0.01")


def _check_style(detail: str) -> None:
    _style(detail)


def _check_delimiter(detail: str) -> None:
    if len(detail) != 1:
        raise WrongSettings(f"{detail!r} can't delimit the items of a list", hint="one character, such as list:|")


_DETAILS: dict[Kind, Callable[[str], None]] = {
    Kind.NUMBER: _check_tolerance, Kind.DATE: _check_style, Kind.LIST: _check_delimiter
}  # fmt: skip


def _style(detail: str) -> "DateStyle":
    from toolkit.contacts.dates import DateStyle  # noqa: PLC0415 - only a rule for dates needs it

    try:
        return DateStyle(detail or DateStyle.ISO)
    except ValueError:
        styles = ", ".join(DateStyle)
        raise WrongSettings(f"{detail!r} is no style of dates", hint=f"one of {styles}") from None


def _expression(make: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Series, str], pl.Series]:
    def form(values: pl.Series, _: str) -> pl.Series:
        return values.alias("value").to_frame().select(make(pl.col("value"))).to_series()

    return form


def _number(values: pl.Series, _: str) -> pl.Series:
    from toolkit.contacts.amounts import NumberStyle, numbers  # noqa: PLC0415 - only a rule for numbers needs it

    read = numbers(values.str.strip_chars(), NumberStyle(".", ",")).values
    return read.zip_with(read.is_not_null(), values)


def _date(values: pl.Series, detail: str) -> pl.Series:
    """Read ISO dates and times, Unix seconds and the style that is named, as Unix seconds in UTC."""
    from toolkit.contacts.dates import DateStyle, seconds  # noqa: PLC0415 - only a rule for dates needs it

    form, trimmed = values, values.str.strip_chars()
    for style in dict.fromkeys((DateStyle.UNIX, DateStyle.ISO, _style(detail))):
        read = seconds(trimmed, style).values.cast(pl.String)
        form = read.zip_with(read.is_not_null(), form)
    return form


_CASES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
"""Each of the last three characters of a Salesforce Id tells which of five others are capitals, the first as 1."""


def _fifteen(value: pl.Expr) -> pl.Expr:
    """Leave out the last three of eighteen characters where they only tell the case of the first fifteen (Salesforce).

    Where they don't it is no Id, or not the one it was.
    """
    text = value.str.strip_chars()
    is_long = text.str.contains("^[0-9A-Za-z]{15}[0-9A-Z]{3}$")
    told = pl.concat_str(_told(text, start) for start in (0, 5, 10))
    return pl.when(is_long & (text.str.slice(15) == told)).then(text.str.slice(0, 15)).otherwise(text)


def _told(text: pl.Expr, start: int) -> pl.Expr:
    capitals = (text.str.slice(start + place, 1).str.contains("[A-Z]").cast(pl.Int8) * 2**place for place in range(5))
    return pl.sum_horizontal(capitals).replace_strict(list(range(32)), list(_CASES), default=None)


def _list(values: pl.Series, detail: str) -> pl.Series:
    """Sort the items of a list, each once: of a JSON array, or of a text with delimiters."""
    arrays = values.str.starts_with("[").fill_null(value=False)
    items = pl.col("value").str.split(detail or ";").list.eval(pl.element().str.strip_chars())
    some = items.list.eval(pl.element().filter(pl.element() != ""))
    form = pl.when(pl.col("value").is_not_null()).then(some)
    split = values.alias("value").to_frame().select(form).to_series()
    if arrays.any():
        split = split.zip_with(~arrays, values.map_elements(_array, return_dtype=pl.List(pl.String)))
    return split.list.unique().list.sort().list.join("\x1f")


def _array(text: str) -> list[str]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [text]
    return [
        each if isinstance(each, str) else orjson.dumps(each, option=orjson.OPT_SORT_KEYS).decode() for each in found
    ]


_FORMS: dict[Kind, Callable[[pl.Series, str], pl.Series]] = {
    Kind.UNICODE: _expression(lambda value: value.str.normalize("NFC")),
    Kind.SPACE: _expression(lambda value: value.str.replace_all(r"\s+", " ").str.strip_chars()),
    Kind.CASE: _expression(lambda value: value.str.to_lowercase()),
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.ID: _expression(_fifteen),
    Kind.LIST: _list,
    Kind.EMPTY: _expression(lambda value: pl.when(value.str.strip_chars() != "").then(value)),
}


def _beyond(before: pl.Series, after: pl.Series, unequal: pl.Series, tolerance: Decimal) -> pl.Series:
    """Of the pairs that are unequal, keep those further apart than ``tolerance``, reckoned in decimals."""
    places = unequal.arg_true()
    pairs = zip(before.gather(places), after.gather(places), strict=True)
    near = [_near(one, other, tolerance) for one, other in pairs]
    return unequal.scatter(places.filter(pl.Series(near, dtype=pl.Boolean)), values=False)


def _near(one: str | None, other: str | None, tolerance: Decimal) -> bool:
    try:
        return abs(Decimal(one or "") - Decimal(other or "")) <= tolerance
    except InvalidOperation:
        return False
