"""What a SOQL query finds, as frames: conditions become expressions over columns. Pure.

As in Salesforce, text compares without case, an Id by its first fifteen characters and with case, and blank cells
sort first. A comparison with a value of another kind, or on a field that can't be filtered, is refused.
"""

import functools
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from toolkit.sandbox.contact_fields import Field, FieldKind
from toolkit.sandbox.soql import Comparison, Condition, Junction, Not, Query, SoqlError, Value

_COMPARE: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_IDS = (FieldKind.ID, FieldKind.REFERENCE)
_WRITTEN: dict[FieldKind, tuple[type, ...]] = {
    FieldKind.CURRENCY: (float,),
    FieldKind.DATE: (date,),
    FieldKind.DATETIME: (datetime,),
    FieldKind.BOOLEAN: (bool,),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A query whose names are those of an object's fields: what to show, to read, to keep and to sort by."""

    query: Query
    shown: tuple[Field, ...]
    needed: tuple[str, ...]
    keep: pl.Expr
    by: tuple[pl.Expr, ...]

    @property
    def whole(self) -> bool:
        """Tell whether all that is found must be held at once: to sort it, or to count off from its beginning."""
        return bool(self.query.order or self.query.limit is not None or self.query.offset)


def bind(query: Query, fields: Iterable[Field], *, deleted: bool) -> Bound:
    """Find the query's names among the fields; SoqlError INVALID_FIELD for one that isn't there.

    Without ``deleted`` (query, not queryAll) records in the recycle bin are left out.
    """
    known = {field.name.lower(): field for field in fields}
    named = {name: _known(name, known, query.object) for name in query.names}
    bin_of = ["IsDeleted"] if "isdeleted" in known else []
    conditions = [_expression(query.where, named)] if query.where else []
    conditions += [~pl.col(name) for name in bin_of if not deleted]
    return Bound(
        query,
        tuple(named[name] for name in query.fields),
        tuple(dict.fromkeys([*(field.name for field in named.values()), *bin_of])),
        functools.reduce(operator.and_, conditions, pl.lit(value=True)),
        tuple(_folded(named[order.field]) for order in query.order),
    )


def sort_and_cut(bound: Bound, frame: pl.DataFrame) -> pl.DataFrame:
    """Bring all that was found into the query's order, and cut it to its OFFSET and LIMIT."""
    orders = bound.query.order
    if orders:
        descending = [order.descending for order in orders]
        nulls_last = [order.nulls_last for order in orders]
        frame = frame.sort(bound.by, descending=descending, nulls_last=nulls_last, maintain_order=True)
    return frame.slice(bound.query.offset, bound.query.limit)


def _folded(field: Field) -> pl.Expr:
    column = pl.col(field.name)
    return column if field.kind in _WRITTEN or field.kind in _IDS else column.str.to_lowercase()


def _known(name: str, known: dict[str, Field], query_object: str) -> Field:
    field = known.get(name.lower())
    if field is None:
        raise SoqlError(f"No such column '{name}' on entity '{query_object}'", "INVALID_FIELD")
    return field


def _expression(condition: Condition, named: dict[str, Field]) -> pl.Expr:
    match condition:
        case Comparison():
            return _comparison(condition, named[condition.field])
        case Not(inside):
            return ~_expression(inside, named)
        case Junction(word, conditions):
            join = operator.and_ if word == "AND" else operator.or_
            return functools.reduce(join, [_expression(each, named) for each in conditions])


def _comparison(comparison: Comparison, field: Field) -> pl.Expr:
    column, sign = _comparable(pl.col(field.name), field), comparison.operator
    if (sign in ("INCLUDES", "EXCLUDES")) != (field.kind is FieldKind.MULTIPICKLIST and sign not in ("=", "!=")):
        raise SoqlError(f"{field.name}: invalid operator {sign}", "INVALID_QUERY_FILTER_OPERATOR")
    values = [_value(each, field) for each in comparison.values]
    match sign:
        case "IN" | "NOT IN":
            found = functools.reduce(operator.or_, [_equal(column, value) for value in values])
            return found if sign == "IN" else ~found
        case "INCLUDES" | "EXCLUDES":
            found = functools.reduce(operator.or_, [_includes(column, str(value)) for value in values])
            return found if sign == "INCLUDES" else ~found
        case "LIKE":
            return _like(column, values[0], field)
        case "=":
            return _equal(column, values[0])
        case "!=":
            return ~_equal(column, values[0])
    if values[0] is None or field.kind is FieldKind.BOOLEAN:
        raise SoqlError(f"{field.name}: invalid operator {sign}", "INVALID_QUERY_FILTER_OPERATOR")
    return _COMPARE[sign](column, pl.lit(values[0])).fill_null(value=False)


def _comparable(column: pl.Expr, field: Field) -> pl.Expr:
    if field.kind in _IDS:
        return column.str.head(15)
    return column if field.kind in _WRITTEN else column.str.to_lowercase()


def _value(value: Value, field: Field) -> Value:
    wanted = _WRITTEN.get(field.kind, (str,))
    exact = isinstance(value, datetime) == (wanted == (datetime,)) if isinstance(value, date) else True
    if value is not None and not (isinstance(value, wanted) and exact):
        raise SoqlError(f"value of filter criterion for field '{field.name}' must be of type {field.kind}",
                        "INVALID_FIELD")  # fmt: skip
    if not isinstance(value, str):
        return value
    return value[:15] if field.kind in _IDS else value.lower()


def _equal(column: pl.Expr, value: Value) -> pl.Expr:
    return column.is_null() if value is None or value == "" else column.eq_missing(pl.lit(value))


def _includes(column: pl.Expr, value: str) -> pl.Expr:
    together = [column.str.split(";").list.contains(part.strip()) for part in value.split(";")]
    return functools.reduce(operator.and_, together).fill_null(value=False)


def _like(column: pl.Expr, value: Value, field: Field) -> pl.Expr:
    if not isinstance(value, str) or field.kind in _IDS:
        raise SoqlError(f"{field.name}: invalid operator LIKE", "INVALID_QUERY_FILTER_OPERATOR")
    pattern = re.escape(value).replace("%", ".*").replace("_", ".")
    return column.str.contains(f"(?s)^{pattern}$").fill_null(value=False)
