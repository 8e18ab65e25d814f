"""Which account of Front an account of the CRM is: the one rule for plan, replay and verify. Pure.

Front's own import links ``accountName`` to the oldest account of that name, whatever the case. An account that
carries the external id of another account of the CRM is never the one, however alike their names.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Item = dict[str, Any]
Name = tuple[str, str]


def account_names(account: Mapping[str, Any]) -> Iterator[Name]:
    """Give all that an account may be found by, surest first: external id, domains, name."""
    if account.get("external_id"):
        yield "external_id", str(account["external_id"])
    for domain in account.get("domains") or []:
        yield "domain", str(domain).lower()
    if account.get("name"):
        yield "name", str(account["name"]).casefold()


def may_be_one(wanted: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    """Tell whether two accounts can be the same: not when both have an external id and these differ."""
    ids = {str(each["external_id"]) for each in (wanted, account) if each.get("external_id")}
    return len(ids) < 2


class Accounts:
    """Accounts found by what they are called; of several with one name the first is taken, as Front does."""

    def __init__(self, accounts: Iterable[Item] = ()) -> None:
        self._by_name: dict[Name, list[Item]] = {}
        for account in accounts:
            self.add(account)

    def add(self, account: Item) -> None:
        """Take one account."""
        for name in account_names(account):
            self._by_name.setdefault(name, []).append(account)

    def match(self, wanted: Mapping[str, Any]) -> Item | None:
        """Give the account that ``wanted`` is, or None."""
        for name in account_names(wanted):
            for account in self._by_name.get(name, []):
                if may_be_one(wanted, account):
                    return account
        return None
