"""Rows into accounts, for Front's account import: each account once, whoever works there. Pure.

Accounts are one when their names differ in case alone: so Front links contacts to them (help centre). What several
rows say of one is put together: the first text that is not blank, all the domains. A domain belongs to one account at
most (help centre), so it stays with the first.
"""

import polars as pl

from toolkit.contacts import rejects
from toolkit.contacts.frame import INDEX, KEY
from toolkit.contacts.mapping import AccountRule, Mapping
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.wanted import Wanted, account_of, rows_of

_SAME = "same"
_TEXTS = ("name", "external_id", "description")


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


class Accounts:
    """Accounts put together part by part. ``rows`` counts the rows that named one."""

    def __init__(self) -> None:
        self.rows = 0
        self._known = pl.DataFrame()

    def add(self, part: pl.DataFrame) -> None:
        """Add a part's rows, as ``first_look`` gives them."""
        self.rows += len(part)
        named = part.select(pl.col("name").str.to_lowercase().alias(_SAME), *_TEXTS, "domains")
        texts = [pl.col(each).drop_nulls().first() for each in _TEXTS]
        domains = pl.col("domains").list.explode(keep_nulls=False, empty_as_null=False).unique(maintain_order=True)
        both = pl.concat([self._known, named]) if len(self._known) else named
        self._known = both.group_by(_SAME, maintain_order=True).agg(*texts, domains)

    def __len__(self) -> int:
        return len(self._known)

    def import_rows(self) -> tuple[pl.DataFrame, int]:
        """Give the rows of the import, all text (``name, description, domains, externalId``), in the rows' order.

        And the number of domains that were left out since an earlier account has them.
        """
        owned = self._known.select(_SAME, "domains").explode("domains", empty_as_null=False, keep_nulls=False)
        first = owned.filter(pl.col("domains").is_first_distinct())
        listed = first.group_by(_SAME).agg(pl.col("domains").str.join(", "))
        rows = self._known.drop("domains").join(listed, on=_SAME, how="left", maintain_order="left")
        ordered = rows.select("name", "description", "domains", pl.col("external_id").alias("externalId"))
        return ordered, len(owned) - len(first)
