"""A report's cells into text, as the report shows them. Pure.

A lookup's value is a record Id and its label the text; a date's value is ISO and its label written the user's way; a
currency's value may be ``{"amount", "currency"}``; null has the label ``-``; addresses carry ``<br>``. Newer answers
add ``recordId`` and more: all optional.
"""

import re
from collections.abc import Mapping
from typing import Any

Cell = Mapping[str, Any]

RAW_KINDS = frozenset({"date", "datetime", "time", "currency", "percent", "double", "int", "boolean"})
"""Data types whose label is written for the user's locale, and whose value isn't."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_RECORD_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def text(cell: Cell, kind: str) -> str:
    """Give the text that the report shows, but the value where the label depends on the locale; null is empty."""
    value, label = cell.get("value"), cell.get("label")
    if value is None:
        return ""
    if kind in RAW_KINDS:
        amount = value.get("amount") if isinstance(value, dict) else value
        return "" if amount is None else plain(amount)
    return _BREAK.sub("\n", str(value if label is None else label))


def record_id(cell: Cell, kind: str) -> str:
    """Give the Id of the record that a lookup or name cell stands for; empty for any other cell."""
    found = cell.get("recordId") or cell.get("value")
    if kind in RAW_KINDS or not isinstance(found, str) or found == cell.get("label"):
        return ""
    return found if _RECORD_ID.fullmatch(found) else ""


def currency(cell: Cell, kind: str) -> str:
    """Give the ISO code of a currency cell that has one of its own (an org with several currencies)."""
    value = cell.get("value")
    if kind != "currency" or not isinstance(value, dict) or value.get("amount") is None:
        return ""
    return str(value.get("currency") or "")


def filter_value(cell: Cell) -> str:
    """Give a cell's value as a filter takes it; empty for null."""
    value = cell.get("value")
    return "" if value is None else plain(value)


def plain(value: object) -> str:
    """Write a value without the marks of a locale: ``true``, ``1250``, ``12.5``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
