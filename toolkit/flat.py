"""Judges a table of text by a flat schema (a row is an object of texts) on whole columns, no dict a row. Pure.

Only the keywords below are known here; a flat schema that uses another is a bug, said at once. What is wrong with
the rows found invalid, jsonschema explains (``row_problems``); a test holds the two against each other.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.errors import Problem

NAMES = ("account-import-row", "dropped", "import-row", "merge", "reject")
"""The flat schemas."""

_ANNOTATIONS = frozenset({"$schema", "$id", "title", "description"})
_ROW = _ANNOTATIONS | {"type", "required", "properties", "patternProperties", "additionalProperties"}
CELL = _ANNOTATIONS | {"type", "minLength", "maxLength", "pattern", "enum"}
"""The keywords of a cell's schema that ``failures`` knows."""


def invalid_rows(frame: pl.DataFrame, name: str) -> list[int]:
    """Give the indexes of the rows that are not valid under the flat schema ``name``: mostly none.

    ``frame``: every column String; a blank cell, null or "", is absent from the row. RuntimeError when the schema is
    not flat, or uses a keyword unknown here.
    """
    schema = _flat(name)
    wrong = [*_lacking(frame, schema), *_broken(frame, schema)]
    if not wrong:
        return []
    return frame.select(pl.any_horizontal(wrong).arg_true()).to_series().to_list()


def row_problems(frame: pl.DataFrame, index: int, name: str, file: str = "", row: int | None = None) -> list[Problem]:
    """List what is wrong with one row; ``row`` is its number in ``file``."""
    cells = {heading: cell for heading, cell in frame.row(index, named=True).items() if cell}
    return schemas.problems(cells, name, file, row)


def _lacking(frame: pl.DataFrame, schema: dict[str, Any]) -> Iterator[pl.Expr]:
    for heading in schema.get("required", []):
        if heading in frame.columns:
            yield _blank(pl.col(heading))
        else:
            yield pl.repeat(value=True, n=len(frame))


def _broken(frame: pl.DataFrame, schema: dict[str, Any]) -> Iterator[pl.Expr]:
    for heading in frame.columns:
        cell = pl.col(heading)
        for rules in _rules(schema, heading):
            yield from (~_blank(cell) & each for each in failures(cell, rules))


def _rules(schema: dict[str, Any], heading: str) -> list[Any]:
    """Give the schemas that the cells under a heading must follow: a dict of keywords, true or false."""
    own = [schema["properties"][heading]] if heading in schema.get("properties", {}) else []
    found = own + [
        rules
        for pattern, rules in schema.get("patternProperties", {}).items()
        if re.search(pattern.replace("$", r"\Z"), heading)
    ]
    return found or [schema.get("additionalProperties", True)]


def failures(cell: pl.Expr, rules: Any) -> Iterator[pl.Expr]:
    """Give an expression for each way in which a cell that is not blank can break the rules (keywords: ``CELL``)."""
    if rules is False:
        yield pl.lit(value=True)
    elif rules is not True:
        for keyword, value in rules.items():
            if keyword in _FAILS:
                yield _FAILS[keyword](cell, value)


_FAILS: dict[str, Any] = {
    "minLength": lambda cell, least: cell.str.len_chars() < least,
    "maxLength": lambda cell, most: cell.str.len_chars() > most,
    "pattern": lambda cell, pattern: ~cell.str.contains(pattern),
    "enum": lambda cell, known: ~cell.is_in(known),
}


def _blank(cell: pl.Expr) -> pl.Expr:
    return cell.fill_null("") == ""


@cache
def _flat(name: str) -> dict[str, Any]:
    """Load a schema and see that it is one that the columns can settle."""
    schema = schemas.load(name)
    cells = [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values()]
    cells.append(schema.get("additionalProperties", True))
    unknown = schema.keys() - _ROW
    for rules in cells:
        if isinstance(rules, dict):
            unknown |= rules.keys() - CELL if rules.get("type", "string") == "string" else {"type"}
    if unknown or schema.get("type") != "object":
        raise RuntimeError(f"toolkit/flat.py does not know what {name} says with {sorted(unknown)}")
    return schema
