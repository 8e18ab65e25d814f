"""Reads SOQL: text into a Query. Pure; what a query finds stands in ``soql_records``.

Played here: ``SELECT fields | COUNT() FROM object [WHERE …] [ORDER BY … [ASC|DESC] [NULLS FIRST|LAST], …]
[LIMIT n] [OFFSET n]`` with ``= != <> < <= > >= LIKE IN NOT IN INCLUDES EXCLUDES``, AND, OR, NOT and parentheses.
Salesforce wants parentheses where AND and OR stand side by side, and so does this.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

Value = str | float | bool | date | datetime | None


class SoqlError(Exception):
    """Salesforce would refuse the query with 400; ``code`` is its errorCode."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value``; several values for IN, NOT IN, INCLUDES and EXCLUDES."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by one word, AND or OR."""

    word: str
    conditions: tuple["Condition", ...]


Condition = Comparison | Not | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    field: str
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was read; ``fields`` is empty for ``SELECT COUNT()``. Names are as they were written."""

    fields: tuple[str, ...]
    object: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    names: tuple[str, ...] = field(default=())


_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')"
    r"|(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+ -][0-9]{2}:?[0-9]{2}))?)"
    r"|(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))",
    re.DOTALL,
)
_SIGNS = ("=", "!=", "<>", "<", "<=", ">", ">=")
_LISTS = ("IN", "NOT IN", "INCLUDES", "EXCLUDES")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_KEYWORDS = frozenset({
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "BY", "LIMIT", "OFFSET", "ASC", "DESC",
})  # fmt: skip


def parse(text: str) -> Query:
    """Read a query; SoqlError (MALFORMED_QUERY) when it isn't one that is played here."""
    return _Reader(text).query()


class _Reader:
    """The tokens of one query, and the place in them."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ("end", "")]
        self._place = 0

    def query(self) -> Query:
        self._expect("SELECT")
        fields = self._selected()
        self._expect("FROM")
        query_object = self._name()
        where = self._joined() if self._take("WHERE") else None
        order = tuple(self._orders()) if self._take("ORDER") else ()
        limit = self._whole() if self._take("LIMIT") else None
        offset = self._whole() if self._take("OFFSET") else 0
        if self._kind() != "end":
            raise self._unexpected()
        names = (*fields, *_fields_of(where), *(each.field for each in order))
        return Query(fields, query_object, where, order, limit, offset, tuple(dict.fromkeys(names)))

    def _selected(self) -> tuple[str, ...]:
        first = self._name()
        if first.upper() == "COUNT" and self._take("("):
            self._expect(")")
            return ()
        fields = [first]
        while self._take(","):
            fields.append(self._name())
        repeated = next((each for each in fields if [one.lower() for one in fields].count(each.lower()) > 1), None)
        if repeated:
            raise SoqlError(f"duplicate field selected: {repeated}")
        return tuple(fields)

    def _joined(self) -> Condition:
        conditions, word = [self._condition()], ""
        while self._peek() in ("AND", "OR"):
            if word and self._peek() != word:
                raise self._unexpected()
            word = self._next()[1].upper()
            conditions.append(self._condition())
        return Junction(word, tuple(conditions)) if word else conditions[0]

    def _condition(self) -> Condition:
        if self._take("NOT"):
            return Not(self._condition())
        if self._take("("):
            inside = self._joined()
            self._expect(")")
            return inside
        name = self._name()
        sign = self._operator()
        values = self._list() if sign in _LISTS else (self._value(),)
        return Comparison(name, "!=" if sign == "<>" else sign, values)

    def _operator(self) -> str:
        sign = self._next()[1].upper()
        if sign == "NOT":
            self._expect("IN")
            return "NOT IN"
        if sign in _SIGNS or sign in _LISTS or sign == "LIKE":
            return sign
        self._place -= 1
        raise self._unexpected()

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        kind, text = self._next()
        match kind:
            case "text":
                return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1], flags=re.DOTALL)
            case "number":
                return float(text)
            case "moment":
                return _moment(text)
            case "word" if text.upper() in ("TRUE", "FALSE", "NULL"):
                return {"TRUE": True, "FALSE": False, "NULL": None}[text.upper()]
        self._place -= 1
        raise self._unexpected()

    def _orders(self) -> Iterator[Order]:
        self._expect("BY")
        while True:
            name = self._name()
            descending = bool(self._take("DESC")) or (self._take("ASC") and False)
            nulls_last = self._nulls() if self._take("NULLS") else False
            yield Order(name, descending, nulls_last)
            if not self._take(","):
                return

    def _nulls(self) -> bool:
        last = self._take("LAST")
        if not last:
            self._expect("FIRST")
        return last

    def _whole(self) -> int:
        kind, text = self._next()
        if kind != "number" or not text.isdigit():
            self._place -= 1
            raise self._unexpected()
        return int(text)

    def _name(self) -> str:
        kind, text = self._next()
        if kind != "word" or text.upper() in _KEYWORDS:
            self._place -= 1
            raise self._unexpected()
        return text

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected()

    def _take(self, word: str) -> bool:
        if self._kind() not in ("word", "sign") or self._peek() != word:
            return False
        self._place += 1
        return True

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _peek(self) -> str:
        return self._tokens[self._place][1].upper()

    def _kind(self) -> str:
        return self._tokens[self._place][0]

    def _unexpected(self) -> SoqlError:
        return SoqlError(f"unexpected token: '{self._tokens[self._place][1] or '<EOF>'}'")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise SoqlError(f"unexpected token: '{text[place:].strip()[:20]}'")
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()


def _moment(text: str) -> date | datetime:
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        # A plus sign that was not percent-encoded arrives as a space.
        return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
    except ValueError:
        raise SoqlError(f"invalid date: {text}") from None


def _fields_of(condition: Condition | None) -> Iterator[str]:
    match condition:
        case Comparison(name):
            yield name
        case Not(inside):
            yield from _fields_of(inside)
        case Junction(_, conditions):
            for each in conditions:
                yield from _fields_of(each)
