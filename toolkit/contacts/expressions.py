"""SQL conditions and computed values of a mapping, over one row: what is checked and how it is computed. Pure.

The text of an expression comes from somebody else; toolkit/contacts/sql.py checks it and writes the SQL that polars
gets. It is loaded only for a mapping that has an expression.
"""

from dataclasses import dataclass

import polars as pl

from toolkit.errors import Problem, WrongSettings


class NotAllowed(ValueError):
    """The expression is broken or uses what is not on the list; the text says what."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: ``sql`` is written by us, for polars; ``columns`` are those it reads."""

    text: str
    sql: str
    columns: tuple[str, ...]


class Unfit(WrongSettings):
    """A checked expression that the columns don't fit; ``why`` in a few words."""

    def __init__(self, expression: Expression, why: str) -> None:
        hint = "columns are text; TRY_CAST gives null for a cell that CAST and DATE can't read"
        super().__init__(f"the expression {expression.text!r} can't be computed", hint=hint, problems=(Problem(why),))
        self.why = why


def evaluate(frame: pl.DataFrame, expression: Expression, *, condition: bool = False) -> pl.Series:
    """Compute the expression for each row of ``frame``; a ``condition`` gives true, false or null.

    Raises Unfit when the expression's types don't fit, or a strict CAST or DATE meets a cell it can't read.
    """
    name = "\0expression"
    try:
        answer = frame.with_columns(pl.sql_expr(expression.sql).alias(name)).get_column(name)
    except (pl.exceptions.PolarsError, OverflowError) as error:
        raise Unfit(expression, str(error).split("\n", maxsplit=1)[0]) from None
    if condition and answer.dtype not in (pl.Boolean, pl.Null):
        raise Unfit(expression, "a condition must be true or false; compare it with something")
    return answer


def holds(frame: pl.DataFrame, condition: Expression) -> pl.Series:
    """Tell for each row whether a condition is true; null is not. Raises Unfit as ``evaluate``."""
    return evaluate(frame, condition, condition=True).cast(pl.Boolean).fill_null(value=False)
