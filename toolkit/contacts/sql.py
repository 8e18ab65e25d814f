"""Checks an expression of a mapping and writes it anew, as SQL that polars may have. Pure.

An expression is text from somebody else, and polars' SQL can open files and addresses as soon as it parses one.
So polars never sees that text. sqlglot parses it; each node that stands in the tables below is written anew, from
its parts, as SQL for polars; any other node is refused: sub-queries, table functions, aggregates, windows,
patterns of regular expressions, and functions that can grow a cell beyond what was put in.

NaN and infinities are not numbers: a cast that would give one gives null, and so does a division by zero.
"""

import re
from collections.abc import Callable
from typing import cast

import sqlglot
from sqlglot import expressions as exp

from toolkit.contacts.expressions import Expression, NotAllowed

MAX_LENGTH = 2_000
"""Characters of one expression."""
MAX_DEPTH = 30
"""How deep the parts of one expression may stand in each other."""
MAX_WEIGHT = 2_000
"""Steps of one expression, the ones that polars computes twice counted twice."""
MAX_COLUMNS = 100
"""Places of one expression that name a column: what it makes is at most so many times as long as the cells."""


def parse(text: str) -> Expression:
    """Check one expression. Raises NotAllowed with a sentence; reads and opens nothing."""
    if len(text) > MAX_LENGTH:
        raise NotAllowed(f"is longer than {MAX_LENGTH} characters")
    tree = _tree(text)
    _weigh(tree, MAX_DEPTH)
    sql = _write(tree)
    columns = [column.name for column in tree.find_all(exp.Column)]
    if len(columns) > MAX_COLUMNS:
        raise NotAllowed(f"names columns in {len(columns)} places; {MAX_COLUMNS} at most")
    return Expression(text, sql, tuple(dict.fromkeys(columns)))


def _tree(text: str) -> exp.Expression:
    try:
        return cast("exp.Expression", sqlglot.parse_one(text, dialect="postgres"))
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {}
        place = f" near character {first['col']}" if first.get("col") else ""
        said = f"is not an SQL expression: {first.get('description', 'it breaks off')}{place}"
        raise NotAllowed(f"{said}; headings stand in double quotes, texts in single ones") from None
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise NotAllowed("is not an SQL expression: check the quotes and the parentheses") from None


_TWICE = (exp.Div, exp.Cast, exp.TryCast, exp.Nullif, exp.Between, exp.Right, exp.StrPosition)


def _weigh(node: exp.Expression, depth: int) -> int:
    """Bound the work before anything is written: polars repeats the operands of some steps."""
    if depth == 0:
        raise NotAllowed(f"is nested deeper than {MAX_DEPTH} levels")
    parts = sum(_weigh(child, depth - 1) for child in node.iter_expressions())
    weight = 1 + parts * (3 if isinstance(node, _TWICE) else 1)
    if weight > MAX_WEIGHT:
        raise NotAllowed("is too large; split it into several fields or lists")
    return weight


_INFIX: dict[type[exp.Expression], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    exp.And: "AND", exp.Or: "OR", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Mod: "%", exp.DPipe: "||",
}  # fmt: skip

# The function's name in polars and its arguments in order, by sqlglot's names for them.
_FUNCTIONS: dict[type[exp.Expression], tuple[str, tuple[str, ...]]] = {
    exp.Lower: ("LOWER", ("this",)),
    exp.Upper: ("UPPER", ("this",)),
    exp.Length: ("LENGTH", ("this",)),
    exp.Left: ("LEFT", ("this", "expression")),
    exp.Right: ("RIGHT", ("this", "expression")),
    exp.Substring: ("SUBSTR", ("this", "start", "length")),
    exp.StrPosition: ("STRPOS", ("this", "substr")),
    exp.StartsWith: ("STARTS_WITH", ("this", "expression")),
    exp.EndsWith: ("ENDS_WITH", ("this", "expression")),
    exp.Concat: ("CONCAT", ("expressions",)),
    exp.Coalesce: ("COALESCE", ("this", "expressions")),
    exp.Nullif: ("NULLIF", ("this", "expression")),
    exp.Abs: ("ABS", ("this",)),
    exp.Ceil: ("CEIL", ("this",)),
    exp.Floor: ("FLOOR", ("this",)),
    exp.Round: ("ROUND", ("this", "decimals")),
    exp.Date: ("DATE", ("this", "zone")),
    exp.Year: ("YEAR", ("this",)),
    exp.Month: ("MONTH", ("this",)),
    exp.Day: ("DAY", ("this",)),
}

# Settings that the parser adds about the dialect, without a meaning for polars.
_SILENT = {"safe", "coalesce", "ignore_nulls", "_type", "nested", "quoted", "is_string", "dialect"}


def _write(node: exp.Expression) -> str:
    """Write one node as SQL for polars; whatever no table knows is refused here."""
    if type(node) in _INFIX:
        _only(node, "this", "expression")
        return f"({_write(node.this)} {_INFIX[type(node)]} {_write(node.expression)})"
    if type(node) in _FUNCTIONS:
        return _function(node)
    writer = _WRITERS.get(type(node))
    if writer is None:
        raise NotAllowed(_refusal(node))
    return writer(node)


def _refusal(node: exp.Expression) -> str:
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return "holds a sub-query; an expression may use only the columns of its row"
    if isinstance(node, exp.AggFunc | exp.Window):
        return (
            f"uses {node.sql_name() if isinstance(node, exp.Func) else 'OVER'} over many rows; it may use only its own"
        )
    if isinstance(node, exp.Anonymous):
        return f"uses {node.name.upper()}, which is not on the list of allowed functions"
    name = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
    return f"uses {name}, which is not on the list of what an expression may use"


def _only(node: exp.Expression, *allowed: str) -> None:
    """Refuse a node that carries more than we write: what is not written must not be silently lost."""
    extra = [key for key, value in node.args.items() if value and key not in allowed and key not in _SILENT]
    if extra:
        raise NotAllowed(f"uses {type(node).__name__} with {extra[0]!r}, which is not allowed here")


def _function(node: exp.Expression) -> str:
    name, order = _FUNCTIONS[type(node)]
    _only(node, *order)
    arguments: list[exp.Expression] = []
    for key in order:
        value = node.args.get(key)
        arguments += value if isinstance(value, list) else [value] if value is not None else []
    return f"{name}({', '.join(_write(each) for each in arguments)})"


def _column(node: exp.Expression) -> str:
    _only(node, "this")
    if not isinstance(node.this, exp.Identifier):
        raise NotAllowed("uses *; name the columns one by one")
    return '"' + node.name.replace('"', '""') + '"'


def _literal(node: exp.Expression) -> str:
    text = str(node.this)
    if node.is_string:
        return "'" + text.replace("'", "''") + "'"
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", text):
        raise NotAllowed(f"holds the number {text}; write it plainly, with at most 18 digits")
    return text


def _boolean(node: exp.Expression) -> str:
    return "TRUE" if node.this else "FALSE"


def _null(_: exp.Expression) -> str:
    return "NULL"


def _paren(node: exp.Expression) -> str:
    return f"({_write(node.this)})"


def _not(node: exp.Expression) -> str:
    return f"(NOT ({_write(node.this)}))"


def _neg(node: exp.Expression) -> str:
    return f"(- {_write(node.this)})"


def _negated(node: exp.Expression, sql: str) -> str:
    return f"(NOT {sql})" if node.args.get("negate") else sql


def _is(node: exp.Expression) -> str:
    _only(node, "this", "expression", "negate")
    if not isinstance(node.expression, exp.Null | exp.Boolean):
        raise NotAllowed("uses IS with something else than NULL, TRUE or FALSE")
    return _negated(node, f"({_write(node.this)} IS {_write(node.expression)})")


def _in(node: exp.Expression) -> str:
    if node.args.get("query"):
        raise NotAllowed("holds a sub-query; an expression may use only the columns of its row")
    _only(node, "this", "expressions", "negate")
    if not all(isinstance(each, exp.Literal | exp.Null) for each in node.expressions):
        raise NotAllowed("uses IN with something else than a list of texts or numbers")
    listed = ", ".join(_write(each) for each in node.expressions)
    return _negated(node, f"({_write(node.this)} IN ({listed}))")


def _between(node: exp.Expression) -> str:
    _only(node, "this", "low", "high", "negate")
    low, high = _write(node.args["low"]), _write(node.args["high"])
    return _negated(node, f"({_write(node.this)} BETWEEN {low} AND {high})")


def _like(node: exp.Expression) -> str:
    _only(node, "this", "expression", "negate")
    if not (isinstance(node.expression, exp.Literal) and node.expression.is_string):
        raise NotAllowed("uses LIKE with a pattern that is not a plain text")
    word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
    return _negated(node, f"({_write(node.this)} {word} {_write(node.expression)})")


def _case(node: exp.Expression) -> str:
    _only(node, "this", "ifs", "default")
    subject = f" {_write(node.this)}" if node.this else ""
    branches = "".join(f" WHEN {_write(each.this)} THEN {_write(each.args['true'])}" for each in node.args["ifs"])
    default = node.args.get("default")
    return f"(CASE{subject}{branches} ELSE {_write(default) if default else 'NULL'} END)"


def _if(node: exp.Expression) -> str:
    _only(node, "this", "true", "false")
    otherwise = node.args.get("false")
    then = _write(node.args["true"])
    return f"(CASE WHEN {_write(node.this)} THEN {then} ELSE {_write(otherwise) if otherwise else 'NULL'} END)"


def _div(node: exp.Expression) -> str:
    _only(node, "this", "expression", "typed")
    return f"({_write(node.this)} / NULLIF({_write(node.expression)}, 0))"


def _concat_ws(node: exp.Expression) -> str:
    """A separator that is a column would be repeated: nested, its text would multiply without bound."""
    _only(node, "expressions")
    separator, *others = node.expressions
    if not (isinstance(separator, exp.Literal) and separator.is_string):
        raise NotAllowed("uses CONCAT_WS with a separator that is not a plain text")
    return f"CONCAT_WS({', '.join(_write(each) for each in (separator, *others))})"


def _trim(node: exp.Expression) -> str:
    _only(node, "this", "position")
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(str(node.args.get("position") or ""), "TRIM")
    return f"{name}({_write(node.this)})"


def _initcap(node: exp.Expression) -> str:
    return f"INITCAP({_write(node.this)})"


def _replace(node: exp.Expression) -> str:
    """A replacement may not grow its text: nested growth would multiply without bound."""
    _only(node, "this", "expression", "replacement")
    old, new = node.expression, node.args["replacement"]
    if not all(isinstance(each, exp.Literal) and each.is_string for each in (old, new)):
        raise NotAllowed("uses REPLACE with something else than plain texts")
    if not old.name or len(new.name.encode()) > len(old.name.encode()):
        raise NotAllowed("uses REPLACE with a new text longer than the old one")
    return f"REPLACE({_write(node.this)}, {_write(old)}, {_write(new)})"


def _extract(node: exp.Expression) -> str:
    part = str(node.this.name).upper()
    if part not in ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY"):
        raise NotAllowed(f"uses EXTRACT of {part}; it knows YEAR, QUARTER, MONTH, WEEK and DAY")
    return f"EXTRACT({part} FROM {_write(node.expression)})"


_WHOLE = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT}
_FLOATS = {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}
_TEXTS = {exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR}
_LARGEST = "1.7976931348623157e308"


def _cast(node: exp.Expression) -> str:
    _only(node, "this", "to")
    kind = node.args["to"]
    if kind.this == exp.DataType.Type.DATE and isinstance(node.this, exp.Literal):
        return _date(str(node.this.this))
    word = "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
    if kind.expressions or kind.this not in _WHOLE | _FLOATS | _TEXTS:
        raise NotAllowed(f"casts to {kind.sql()}; it may cast to DOUBLE, BIGINT or VARCHAR, and read dates with DATE()")
    if kind.this in _FLOATS:
        number = f"{word}({_write(node.this)} AS DOUBLE)"
        return f"(CASE WHEN {number} BETWEEN -{_LARGEST} AND {_LARGEST} THEN {number} ELSE NULL END)"
    return f"{word}({_write(node.this)} AS {'BIGINT' if kind.this in _WHOLE else 'VARCHAR'})"


def _date(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise NotAllowed(f"holds the date {text!r}; write it as DATE '2026-01-31'")
    return f"DATE '{text}'"


_WRITERS: dict[type[exp.Expression], Callable[[exp.Expression], str]] = {
    exp.Column: _column, exp.Literal: _literal, exp.Boolean: _boolean, exp.Null: _null, exp.Paren: _paren,
    exp.Not: _not, exp.Neg: _neg, exp.Is: _is, exp.In: _in, exp.Between: _between, exp.Like: _like, exp.ILike: _like,
    exp.Case: _case, exp.If: _if, exp.Div: _div, exp.Trim: _trim, exp.Initcap: _initcap, exp.Replace: _replace,
    exp.Extract: _extract, exp.Cast: _cast, exp.TryCast: _cast, exp.ConcatWs: _concat_ws,
}  # fmt: skip
