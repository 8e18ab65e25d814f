"""Pages of a list: reads limit, order and page token out of a query, and writes the link to the next page.

Pages go on from the last row seen, not from a count, so what is added or deleted in between shifts nothing.
"""

import base64
import binascii
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from toolkit.sandbox.calls import Call, Refused, Reply

DEFAULT_PAGE, MOST_PAGE = 50, 100
ORDERS = {"asc": (">", "ASC"), "desc": ("<", "DESC")}
COLUMNS = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: a table with ``seq, created_at, updated_at``, which rows, and how one row is written."""

    table: str
    write: Callable[[sqlite3.Row], dict[str, Any]]
    where: str = "1"
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What the query asks for; ``after`` is the last row of the page before: (time, seq)."""

    limit: int
    column: str
    order: str
    after: tuple[float, int] | None


def page(db: sqlite3.Connection, listing: Listing, call: Call) -> Reply:
    """Answer one page: ``_pagination.next`` is an absolute address or null. Newest first unless asked otherwise."""
    wanted = _wanted(call.query)
    rows = _rows(db, listing, wanted)
    more = rows[wanted.limit :]
    shown = rows[: wanted.limit]
    following = _link(call, wanted, shown[-1]) if more else None
    results = [listing.write(row) for row in shown]
    links = {"self": f"{call.base}{call.path}"}
    return Reply(200, {"_pagination": {"next": following}, "_links": links, "_results": results})


def _rows(db: sqlite3.Connection, listing: Listing, wanted: Page) -> list[sqlite3.Row]:
    comparison, direction = ORDERS[wanted.order]
    where, values = listing.where, listing.values
    if wanted.after:
        where, values = f"{where} AND ({wanted.column}, seq) {comparison} (?, ?)", (*values, *wanted.after)
    # Every piece of this text is a constant of this package; what the caller sent is bound as a value.
    statement = (
        f"SELECT * FROM {listing.table} WHERE {where} "  # noqa: S608
        f"ORDER BY {wanted.column} {direction}, seq {direction} LIMIT ?"
    )
    return db.execute(statement, (*values, wanted.limit + 1)).fetchall()


def _wanted(query: dict[str, str]) -> Page:
    limit = query.get("limit", str(DEFAULT_PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_PAGE):
        raise Refused(400, "Invalid query", [f"limit: should be a whole number from 1 to {MOST_PAGE}"])
    column, order = query.get("sort_by", COLUMNS[0]), query.get("sort_order", "desc")
    if column not in COLUMNS:
        raise Refused(400, "Invalid query", [f"sort_by: should be one of {', '.join(COLUMNS)}"])
    if order not in ORDERS:
        raise Refused(400, "Invalid query", ["sort_order: should be asc or desc"])
    return Page(int(limit), column, order, _after(query.get("page_token")))


def _after(token: str | None) -> tuple[float, int] | None:
    if token is None:
        return None
    try:
        time, seq = json.loads(base64.urlsafe_b64decode(token.encode()))
        return float(time), int(seq)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise Refused(400, "Invalid query", ["page_token: is not one that was given out here"]) from None


def _link(call: Call, wanted: Page, last: sqlite3.Row) -> str:
    token = base64.urlsafe_b64encode(json.dumps([last[wanted.column], last["seq"]]).encode()).decode()
    return f"{call.base}{call.path}?{urlencode(call.query | {'page_token': token})}"
