"""Rows into accounts, for Front's account import: each account once, whoever works there. Pure.

Accounts are one when their names differ in case alone: so Front links contacts to them (help centre). What several
rows say of one is put together: the first text that is not blank, all the domains. A domain belongs to one account at
most (help centre), so it stays with the first.
"""

from dataclasses import dataclass

import polars as pl

from toolkit.contacts import rejects
from toolkit.contacts.frame import INDEX, KEY
from toolkit.contacts.mapping import AccountRule, Mapping
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.wanted import Wanted, account_of, rows_of

_SAME = "same"
_KNOWN = {
    _SAME: pl.String(), "name": pl.String(), "description": pl.String(), "ids": pl.List(pl.String),
    "domains": pl.List(pl.String),
}  # fmt: skip


def first_look(cells: pl.DataFrame, mapping: Mapping, start: int) -> Wanted:
    """Read the account of each row (all String, the report's columns); a row without one has no place here.

    ``contacts`` of the answer has ``index, key, name, external_id, domains, description``, rows without faults only.
    """
    rows = rows_of(cells, mapping, start)
    account = account_of(rows, mapping.contact.account or AccountRule(())).struct.unnest()
    said = "no account is named: the columns of contact.account.name are blank"
    rows.reject(account["name"].is_null(), RejectCode.NO_ACCOUNT, said)
    found = rejects.together(rows.rejects)
    frame = pl.DataFrame([rows.index, rows.first_filled(mapping.source.key).alias(KEY), *account.iter_columns()])
    return Wanted(
        frame.join(found, on=INDEX, how="anti", maintain_order="left"), found, rejects.together(rows.drops), 0
    )


@dataclass(frozen=True, slots=True)
class AccountTable:
    """The rows of an accounts import, all text (``name, description, domains, externalId``), in the rows' order.

    ``left_out`` counts what an account may have once only, or one account alone.
    """

    rows: pl.DataFrame
    left_out: dict[str, int]


class Accounts:
    """Accounts put together part by part. ``rows`` counts the rows that named one."""

    def __init__(self) -> None:
        self.rows = 0
        self._known = pl.DataFrame(schema=_KNOWN)
        self._waiting: list[pl.DataFrame] = []

    def add(self, part: pl.DataFrame) -> None:
        """Add a part's rows, as ``first_look`` gives them."""
        self.rows += len(part)
        id_ = pl.concat_list("external_id").list.drop_nulls().alias("ids")
        named = part.select(pl.col("name").str.to_lowercase().alias(_SAME), "name", "description", id_, "domains")
        self._waiting.append(named.select(*_KNOWN))
        # Once for as many rows as are known: so the work grows with the rows, not with their square.
        if sum(map(len, self._waiting)) > len(self._known):
            self._unite()

    def _unite(self) -> None:
        texts = [pl.col(each).drop_nulls().first() for each in ("name", "description")]
        lists = [pl.col(each).list.explode(keep_nulls=False, empty_as_null=False) for each in ("ids", "domains")]
        together = pl.concat([self._known, *self._waiting]).group_by(_SAME, maintain_order=True)
        united = together.agg(*texts, *(each.unique(maintain_order=True) for each in lists))
        self._known, self._waiting = united.select(*_KNOWN), []

    def table(self) -> AccountTable:
        """Give all accounts. A domain or id that an earlier account has stays with that one."""
        self._unite()
        domains, foreign = self._own("domains")
        first, others = pl.col("ids").list.first(), pl.col("ids").list.len().cast(pl.Int64) - 1
        further = int(self._known.select(others.clip(lower_bound=0).sum()).item())
        rows = self._known.select(_SAME, "name", "description", first.alias("externalId"))
        own = pl.col("externalId").is_first_distinct()
        shared = rows.filter(~own & pl.col("externalId").is_not_null()).height
        rows = rows.with_columns(pl.when(own).then("externalId").alias("externalId"))
        rows = rows.join(domains, on=_SAME, how="left", maintain_order="left")
        counts = {
            "domains of an earlier account": foreign,
            "further external ids of an account": further,
            "external ids of an earlier account": shared,
        }
        ordered = rows.select("name", "description", "domains", "externalId")
        return AccountTable(ordered, {what: count for what, count in counts.items() if count})

    def _own(self, column: str) -> tuple[pl.DataFrame, int]:
        """Give each account the entries of a list that no earlier one has, as text, and count the others."""
        owned = self._known.select(_SAME, column).explode(column, empty_as_null=False, keep_nulls=False)
        first = owned.filter(pl.col(column).is_first_distinct())
        return first.group_by(_SAME).agg(pl.col(column).str.join(", ")), len(owned) - len(first)
