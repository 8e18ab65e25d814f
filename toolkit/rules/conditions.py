"""The conditions of a rule, as a person wrote them down, into one question to columns of contacts. Pure.

Every name and value is held against what the snapshot knows: its custom fields with their types and choices, contact
lists, accounts, teammates. Two-valued: what a contact has not is not true of it, so ``is_not`` and ``none`` hold for a
blank field, and ``greater``, ``less``, ``before`` and ``after`` don't. Texts are compared without regard to case (how
Front compares them is not known); lists and choices by their exact names.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from toolkit.company import CompanyField, CompanyFields, lacking
from toolkit.documents import Document, escape
from toolkit.errors import Problem, WrongSettings
from toolkit.guess import meant
from toolkit.rules.people import BETWEEN, field_column
from toolkit.schemas import check_document

SCHEMA = "rule-preview"
_BY_TYPE = {
    "number": ("is", "is_not", "greater", "less"),
    "datetime": ("is", "is_not", "before", "after"),
    "boolean": ("is", "is_not"),
    "enum": ("is", "is_not"),
    "teammate": ("is", "is_not"),
    "inbox": ("is", "is_not"),
}
_OF_TEXT = ("is", "is_not", "contains")
_ALWAYS = ("empty", "not_empty")
_DAY = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Known:
    """What conditions may name: custom fields, contact lists, and accounts (None: the snapshot has none)."""

    company: CompanyFields
    lists: tuple[str, ...] = ()
    accounts: tuple[str, ...] | None = None

    def field(self, name: str) -> CompanyField | None:
        """Give the custom field of that name."""
        return next((each for each in self.company.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Question:
    """``ask`` tells of each contact of a frame (``people``) with the custom ``fields`` whether it is so (null: no)."""

    ask: Callable[[pl.DataFrame], pl.Series]
    fields: tuple[CompanyField, ...] = ()


def read_conditions(document: Document, known: Known) -> Question:
    """Make the question of the conditions in ``document``; WrongSettings names each place that is wrong."""
    check_document(document, SCHEMA)
    reading = _Reading(document, known, [], {})
    expr = reading.group(document.data, "")
    if reading.problems:
        raise WrongSettings(
            f"{document.name} asks for what the snapshot does not have",
            hint="names are those of Front, exactly as it spells them; docs/rules.md shows every condition",
            problems=tuple(reading.problems),
        )
    return Question(lambda frame: frame.select(expr.alias("so"))["so"], tuple(reading.fields.values()))


_NEVER = pl.lit(value=False)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file being read: what is wrong so far, and the custom fields that it asks for."""

    document: Document
    known: Known
    problems: list[Problem]
    fields: dict[str, CompanyField]

    def wrong(self, pointer: str, sentence: str) -> pl.Expr:
        self.problems.append(self.document.problem(pointer, sentence))
        return _NEVER

    def group(self, data: Mapping[str, Any], pointer: str) -> pl.Expr:
        parts: list[pl.Expr] = []
        for word, join in (("all", and_), ("any", or_), ("none", or_)):
            members = [self.one(each, f"{pointer}/{word}/{n}") for n, each in enumerate(data.get(word, ()))]
            if members:
                joined = reduce(join, members)
                parts.append(~joined if word == "none" else joined)
        return reduce(and_, parts)

    def one(self, data: Mapping[str, Any], pointer: str) -> pl.Expr:
        ((subject, asked),) = data.items()
        if subject in ("all", "any", "none"):
            return self.group(data, pointer)
        return _SUBJECTS[subject](self, asked, f"{pointer}/{subject}")

    def names(self, asked: Mapping[str, Any], pointer: str, known: Sequence[str], what: str) -> None:
        """Note each name that nothing has."""
        for word in ("is", "is_not"):
            for name in _several(asked.get(word, ())):
                if name not in known:
                    self.wrong(f"{pointer}/{word}", f"there is no {what} {name!r}{meant(name, known)}")

    def list(self, asked: Mapping[str, Any], pointer: str) -> pl.Expr:
        self.names(asked, pointer, self.known.lists, "contact list")
        return _all(_of_several(pl.col("lists"), asked, fold=False))

    def account(self, asked: Mapping[str, Any], pointer: str) -> pl.Expr:
        if self.known.accounts is None:
            return self.wrong(pointer, "the snapshot has no accounts: take it with sf2front snapshot --accounts")
        folded = {each.casefold() for each in self.known.accounts}
        known = [*self.known.accounts, *(each for each in _named(asked) if each.casefold() in folded)]
        self.names(asked, pointer, known, "account")
        return _all(_of_several(pl.col("accounts"), asked))

    def handle(self, asked: Mapping[str, Any], _: str) -> pl.Expr:
        item, source = pl.element(), f"{asked.get('source', '')}{BETWEEN}"
        handles = pl.col("handles")
        if "source" in asked:
            handles = handles.list.eval(item.filter(item.str.starts_with(source)))
        handles = handles.list.eval(item.str.split_exact(BETWEEN, 1).struct.field("field_1"))
        words = {key: value for key, value in asked.items() if key != "source"} or {"not_empty": True}
        return _all(_of_several(handles, words))

    def name(self, asked: Mapping[str, Any], _: str) -> pl.Expr:
        return _all(_of_text(pl.col("name"), asked))

    def custom_field(self, asked: Mapping[str, Any], pointer: str) -> pl.Expr:
        name = asked["field"]
        field = self.known.field(name)
        if field is None:
            return self.wrong(f"{pointer}/field", lacking(name, self.known.company))
        self.fields[name] = field
        words = {key: value for key, value in asked.items() if key != "field"}
        before = len(self.problems)
        for word, value in words.items():
            self._check(field, word, value, f"{pointer}/{escape(word)}")
        if len(self.problems) > before:
            return _NEVER
        return _all(_OF_FIELD.get(field.type, _of_text)(pl.col(field_column(name)), words))

    def _check(self, field: CompanyField, word: str, value: Any, pointer: str) -> None:
        """Hold one word with its value against the field's type."""
        words = (*_BY_TYPE.get(field.type, _OF_TEXT), *_ALWAYS)
        if word not in words:
            listed = ", ".join(words)
            self.wrong(pointer, f"{field.name!r} is of the type {field.type}, which is asked with: {listed}")
        elif word not in _ALWAYS:
            for each in _several(value):
                if said := _unfit(field, each, self.known.company):
                    self.wrong(pointer, said)


_SUBJECTS: dict[str, Callable[[_Reading, Mapping[str, Any], str], pl.Expr]] = {
    "list": _Reading.list,
    "account": _Reading.account,
    "handle": _Reading.handle,
    "name": _Reading.name,
    "custom_field": _Reading.custom_field,
}


def _unfit(field: CompanyField, value: Any, company: CompanyFields) -> str:
    """Say why a value can never be the field's; empty when it can."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.type == "number":
        return "" if is_number else f"{field.name!r} holds numbers, and {value!r} is none"
    if field.type == "boolean":
        return "" if isinstance(value, bool) else f"{field.name!r} is true or false, and {value!r} is neither"
    if field.type == "datetime":
        return "" if _moment(value) else f"{field.name!r} holds times: write 2026-01-31 or 2026-01-31T09:30:00Z"
    if not isinstance(value, str):
        return f"{field.name!r} holds texts: write {str(value)!r} in quotes"
    return _not_among(field, value, company)


def _not_among(field: CompanyField, value: str, company: CompanyFields) -> str:
    choices = {
        "enum": [each for each, _ in field.choices],
        "teammate": [value, *company.teammates] if value.lower() in _lower(company.teammates) else company.teammates,
        "inbox": company.inboxes,
    }.get(field.type, ())
    if not choices or value in choices:
        return ""
    what = {"enum": f"choice of {field.name!r}", "teammate": "teammate", "inbox": "inbox"}[field.type]
    return f"there is no {what} {value!r}{meant(value, sorted(choices))}"


def _lower(texts: Iterable[str]) -> set[str]:
    return {each.lower() for each in texts}


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _named(asked: Mapping[str, Any]) -> list[str]:
    return [each for word in ("is", "is_not") for each in _several(asked.get(word, ()))]


def _all(parts: Iterable[pl.Expr]) -> pl.Expr:
    """Join what is asked of one subject; what is unknown of a contact is not true of it."""
    return reduce(and_, (part.fill_null(value=False) for part in parts))


def _of_several(texts: pl.Expr, asked: Mapping[str, Any], *, fold: bool = True) -> Iterator[pl.Expr]:
    """Ask a column of several texts: it is so when one of them is so."""
    item = pl.element().str.to_lowercase() if fold else pl.element()
    for word, value in asked.items():
        if word in _ALWAYS:
            yield texts.list.len() == 0 if word == "empty" else texts.list.len() > 0
        elif word == "contains":
            yield texts.list.eval(item.str.contains(value.lower(), literal=True)).list.any()
        else:
            wanted = [each.lower() if fold else each for each in _several(value)]
            found = texts.list.eval(item.is_in(wanted)).list.any().fill_null(value=False)
            yield found if word == "is" else ~found


def _of_text(text: pl.Expr, asked: Mapping[str, Any]) -> Iterator[pl.Expr]:
    for word, value in asked.items():
        if word == "contains":
            yield text.str.to_lowercase().str.contains(value.lower(), literal=True)
        else:
            yield _equal(text.str.to_lowercase(), word, [str(each).lower() for each in _several(value)])


def _of_choice(value: pl.Expr, asked: Mapping[str, Any]) -> Iterator[pl.Expr]:
    for word, wanted in asked.items():
        if word in ("greater", "less"):
            yield value > wanted if word == "greater" else value < wanted
        else:
            yield _equal(value, word, _several(wanted))


def _equal(value: pl.Expr, word: str, wanted: list[Any]) -> pl.Expr:
    if word in _ALWAYS:
        return value.is_null() if word == "empty" else value.is_not_null()
    found: pl.Expr = reduce(or_, (value == each for each in wanted)).fill_null(value=False)
    return found if word == "is" else ~found


def _of_moment(seconds: pl.Expr, asked: Mapping[str, Any]) -> Iterator[pl.Expr]:
    for word, wanted in asked.items():
        if word in _ALWAYS:
            yield _equal(seconds, word, [])
            continue
        spans = [span for each in _several(wanted) if (span := _moment(each))]
        if word == "before":
            yield seconds < spans[0][0]
        elif word == "after":
            yield seconds > spans[0][1]
        else:
            found = reduce(or_, ((seconds >= first) & (seconds <= last) for first, last in spans))
            yield found.fill_null(value=False) if word == "is" else ~found.fill_null(value=False)


_OF_FIELD: dict[str, Callable[[pl.Expr, Mapping[str, Any]], Iterator[pl.Expr]]] = {
    "number": _of_choice,
    "boolean": _of_choice,
    "enum": _of_choice,
    "inbox": _of_choice,
    "datetime": _of_moment,
}


def _moment(value: Any) -> tuple[int, int] | None:
    """Give the first and the last second (Unix) of a day or a moment, UTC unless it says otherwise; None: neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    start = read if read.tzinfo else read.replace(tzinfo=UTC)
    length = timedelta(days=1, seconds=-1) if len(value) == _DAY else timedelta()
    return int(start.timestamp()), int((start + length).timestamp())
