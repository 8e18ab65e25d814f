"""Salesforce's record Ids: 18 characters that stand for a row's number. Pure.

Three characters of the kind (``003`` is a contact), twelve of base 62, three of checksum: the letters' case matters
in the first fifteen, and the last three say which of them are capitals.
"""

import polars as pl

SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in BASE62 for second in BASE62]
MOST_ROWS = len(_PAIRS) ** 2 - 1
"""``id_column`` numbers rows in four places of base 62."""


def salesforce_id(prefix: str, number: int) -> str:
    """Write a number as a record Id of the kind ``prefix``."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    short = prefix + digits.rjust(12, "0")
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(SUFFIX[_capitals(block)] for block in blocks)


def row_of(prefix: str, identity: str) -> int | None:
    """Read the number out of an Id of 15 or 18 characters; None when it is not one of this kind."""
    if len(identity) not in (15, 18) or not identity.startswith(prefix):
        return None
    number = 0
    for digit in identity[len(prefix) : 15]:
        place = BASE62.find(digit)
        if place < 0:
            return None
        number = number * 62 + place
    return number if salesforce_id(prefix, number)[: len(identity)] == identity else None


def id_column(prefix: str, number: pl.Expr) -> pl.Expr:
    """Write a column of numbers up to ``MOST_ROWS`` as Ids, all at once."""
    high, low = number // len(_PAIRS), number % len(_PAIRS)
    pairs = pl.lit(pl.Series(_PAIRS))
    weights = pl.lit(pl.Series([_capitals(pair) for pair in _PAIRS], dtype=pl.UInt32))
    last = weights.gather(high) * 2 + weights.gather(low) * 8
    head = salesforce_id(prefix, 0)
    suffix = pl.lit(pl.Series(list(SUFFIX))).gather(last)
    return pl.concat_str(pl.lit(head[:11]), pairs.gather(high), pairs.gather(low), pl.lit(head[15:17]), suffix)


def _capitals(text: str) -> int:
    return sum(1 << place for place, each in enumerate(text) if each.isupper())
