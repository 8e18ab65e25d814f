"""What must be known of a SOQL query to choose its way, and REST's nested records as rows in the query's order. Pure.

Source: SOQL and SOSL Reference. Bulk API 2.0 takes no GROUP BY, OFFSET, TYPEOF, aggregates or sub-queries in the
SELECT list; ``queryAll`` gives deleted records too. This reads the outer clauses only; Salesforce judges the rest.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolkit.errors import InputRefused

SMALL = 2000
"""REST gives so many records in one answer."""
_TOKEN = re.compile(r"\s+|'(?:[^'\\]|\\.)*'|[\w.:%-]+|.", re.DOTALL)
_AGGREGATES = frozenset({"count", "count_distinct", "sum", "avg", "min", "max", "grouping"})
_TRANSPARENT = frozenset({"tolabel", "format", "convertcurrency", "converttimezone"})
_BULK_REFUSES = frozenset({"group", "offset", "having"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result: its heading, and the path to its value in a REST record."""

    heading: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A query's text and outer shape; ``columns`` is empty where only the answer tells them (FIELDS(…))."""

    text: str
    columns: tuple[Column, ...]
    from_at: int
    limit: int | None
    needs_rest: bool
    counts_only: bool

    @property
    def small(self) -> bool:
        """Tell whether REST gives the whole result in one answer."""
        return self.limit is not None and self.limit <= SMALL


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    at: int
    depth: int


def read_query(text: str) -> Query:
    """Read a query's outer clauses. InputRefused when it is no ``SELECT … FROM …`` or its brackets don't pair."""
    words = list(_words(text))
    outer = [each for each in words if each.depth == 0]
    select = next(iter(outer), None)
    source = next((each for each in outer if each.text.lower() == "from"), None)
    if select is None or select.text.lower() != "select" or source is None:
        raise InputRefused("this is not a SOQL query: SELECT fields FROM object", hint="quote the whole query")
    items = _items(text, [each for each in words if select.at < each.at < source.at], source.at)
    behind = [each.text for each in outer if each.at > source.at]
    own = {behind[0].lower(), *_aliases(behind)} if behind else set()
    return Query(
        text=text,
        columns=tuple(_columns(items, own)),
        from_at=source.at,
        limit=_limit(behind),
        needs_rest=bool(_BULK_REFUSES & {each.lower() for each in behind[1:]}) or any(map(_refused_by_bulk, items)),
        counts_only=[re.sub(r"\s", "", each).lower() for each in items] == ["count()"],
    )


def _words(text: str) -> Iterator[_Word]:
    depth = 0
    for found in _TOKEN.finditer(text):
        word = found[0]
        depth -= word == ")"
        if word == "'" or depth < 0:
            what = "a quote that is not closed" if word == "'" else "a bracket too many"
            raise InputRefused(f"the query has {what} at character {found.start() + 1}")
        if not word.isspace():
            yield _Word(word, found.start(), depth)
        depth += word == "("
    if depth:
        raise InputRefused("the query has a bracket that is not closed")


def check_condition(text: str) -> None:
    """Refuse what would not stay inside the brackets it is put in, or is more than a condition."""
    outer = {each.text.lower() for each in _words(text) if each.depth == 0}
    barred = sorted({"where", "order", "group", "limit", "offset", "for", "with"} & outer)
    if barred or not outer:
        raise InputRefused(f"a condition can't hold {barred[0].upper() if barred else 'nothing'}", hint=_CONDITION)


_CONDITION = "give what stands behind WHERE, such as \"Account.Industry = 'Energy'\""


def _items(text: str, words: Sequence[_Word], end: int) -> list[str]:
    """Cut the SELECT list at its outer commas; TYPEOF, whose columns differ from row to row, is refused."""
    if any(each.text.lower() == "typeof" for each in words):
        raise InputRefused("TYPEOF gives other columns from record to record", hint="select the fields by name")
    commas = [each.at for each in words if each.text == "," and each.depth == 0]
    starts = [words[0].at if words else end, *(at + 1 for at in commas)]
    return [text[start:stop].strip() for start, stop in zip(starts, [*commas, end], strict=True)]


def _aliases(behind: Sequence[str]) -> set[str]:
    """Find the alias in ``FROM Contact c`` or ``FROM Contact AS c``."""
    rest = [each.lower() for each in behind[1:3]]
    named = rest[1:] if rest[:1] == ["as"] else rest[:1]
    return {each for each in named if each.isidentifier() and each not in _CLAUSES}


_CLAUSES = frozenset({"using", "where", "with", "group", "order", "limit", "offset", "for", "having"})


def _limit(behind: Sequence[str]) -> int | None:
    lowered = [each.lower() for each in behind]
    if "limit" not in lowered[:-1]:
        return None
    number = behind[lowered.index("limit") + 1]
    return int(number) if number.isdecimal() else None


def _refused_by_bulk(item: str) -> bool:
    function = re.match(r"(\w+)\s*\(", item)
    return item.startswith("(") or bool(function and function[1].lower() in _AGGREGATES)


def _columns(items: Sequence[str], own: set[str]) -> Iterator[Column]:
    if any(re.match(r"fields\s*\(", each, re.IGNORECASE) for each in items):
        return
    unnamed = 0
    for item in items:
        column = _column(item, own)
        if column is None:
            yield Column(f"expr{unnamed}", (f"expr{unnamed}",))
            unnamed += 1
        else:
            yield column


def _column(item: str, own: set[str]) -> Column | None:
    """Give an item's column; None for a function without an alias, which Salesforce numbers."""
    called = re.fullmatch(r"(\w+)\s*\((.*)\)\s*(\w*)", item, re.DOTALL)
    if item.startswith("("):
        words = list(_words(item[1:-1]))
        source = next((each for each in words if each.depth == 0 and each.text.lower() == "from"), None)
        named = re.search(r"\w+", item[1 + source.at + 4 :]) if source else None
        if named is None:
            raise InputRefused(f"the query's sub-query {item!r} does not say from what it selects")
        return Column(named[0], (named[0],))
    if called and called[3]:
        return Column(called[3], (called[3],))
    if called and called[1].lower() not in _TRANSPARENT:
        return None
    parts = (called[2] if called else item).split()
    if not parts:
        raise InputRefused("the query selects nothing where a field should stand", hint="a comma too many?")
    name, *alias = parts
    path = tuple(name.split("."))
    path = path[1:] if len(path) > 1 and path[0].lower() in own else path
    return Column(alias[0], (alias[0],)) if alias else Column(".".join(path), path)


def with_is_deleted(query: Query) -> Query:
    """Give the query with IsDeleted as its last column, unless it selects that or counts only."""
    if query.needs_rest or not query.columns or any(each.path[-1].lower() == "isdeleted" for each in query.columns):
        return query
    text = f"{query.text[: query.from_at].rstrip()}, IsDeleted {query.text[query.from_at :]}"
    return read_query(text)


def columns_of(query: Query, records: Sequence[Mapping[str, Any]]) -> Query:
    """Give the query with the columns of its first record, where it names none itself (FIELDS(…))."""
    if query.columns or not records:
        return query
    names = [name for name in records[0] if name != "attributes"]
    return replace(query, columns=tuple(Column(name, (name,)) for name in names))


def row(record: Mapping[str, Any], columns: Sequence[Column]) -> list[str]:
    """Write a REST record as cells in the columns' order; null, and what lies behind a null, is empty."""
    return [_text(_value(record, column.path)) for column in columns]


def _value(record: Any, path: Sequence[str]) -> Any:
    """Follow the path; a grouped ``Account.Name`` comes back as plain ``Name``, without the relationship."""
    if len(path) > 1 and isinstance(record, Mapping) and _key(record, path[0]) is None:
        path = path[-1:]
    for name in path:
        key = _key(record, name) if isinstance(record, Mapping) else None
        if key is None:
            return None
        record = record[key]
    return record


def _key(record: Mapping[str, Any], name: str) -> str | None:
    """Find the key that ``name`` means: SOQL does not mind the case of names."""
    return name if name in record else next((key for key in record if key.lower() == name.lower()), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    """Take ``attributes`` out of nested records; InputRefused when a sub-query's records are not all there."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if "records" in value and not value.get("done", True):
        raise InputRefused("a sub-query has more records than one answer holds", hint="query the child object itself")
    if "records" in value:
        return _plain(value["records"])
    return {key: _plain(each) for key, each in value.items() if key != "attributes"}
