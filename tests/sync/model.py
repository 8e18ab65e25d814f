"""What Front must be, and the fewest requests that make it so: plain Python, none of the toolkit's.

A ``Contact`` here is what the mapping ``MAPPING`` makes of a record, plus what others wrote. Handles and lists only
ever grow; a custom field that the mapping fills is set, or cleared where its cell is blank and the mapping says so.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

Record = dict[str, Any]
FIELDS = (
    "FirstName", "LastName", "Title", "Email", "Phone", "Owner.Email", "Tier__c", "Account.AnnualRevenue",
    "Renewal_Date__c",
)  # fmt: skip
MAPPING = """\
version: 1
source: {key: Id, dates: ISO, where: LOWER("IsDeleted") = 'false'}
contact:
  name: "{FirstName} {LastName}"
  description: "{Title}"
  handles:
    - {source: email, from: [Email]}
    - {source: phone, from: [Phone], region: US}
  links: ["https://example.my.salesforce.com/{Id}"]
  lists:
    - {name: Salesforce}
    - {name: Gold, when: Tier__c = 'Gold'}
  external_id: Salesforce ID
  custom_fields:
    Account Owner: {from: Owner.Email, type: teammate}
    Annual Revenue: {from: Account.AnnualRevenue, type: number}
    Renewal: {from: Renewal_Date__c, type: datetime, timezone: UTC, blank: clear}
    Tier: {from: Tier__c, type: enum, map: {Gold: gold, Silver: silver, Bronze: bronze}}
    Salesforce ID: {from: Id, type: string}
duplicates: {by: [twitter]}
on_bad_value: {email: drop, phone: drop, custom_fields: reject}
"""
PAGE = AT_ONCE = 100
"""Contacts on a page, and contacts that one request puts on a list."""
NEVER_ENDS = date(9999, 12, 31)
"""A renewal that Front refuses: it is taken for a time in milliseconds."""


@dataclass
class Contact:
    """A contact as it must be in Front."""

    name: str = ""
    description: str = ""
    handles: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    fields: dict[str, Any] = field(default_factory=dict)


def wanted(record: Record) -> Contact:
    """Say what the mapping makes of a record; a custom field that is None is to be cleared."""
    handles = {f"email:{record['Email']}"} | ({f"phone:{record['Phone']}"} if record["Phone"] else set())
    day = record["Renewal_Date__c"]
    renewal = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() if day else None
    return Contact(
        name=f"{record['FirstName']} {record['LastName']}",
        description=record["Title"],
        handles=handles,
        links={f"https://example.my.salesforce.com/{record['Id']}"},
        lists={"Salesforce"} | ({"Gold"} if record["Tier__c"] == "Gold" else set()),
        fields={
            "Account Owner": record["Owner.Email"],
            "Annual Revenue": record["Account.AnnualRevenue"],
            "Renewal": renewal,
            "Tier": record["Tier__c"].lower(),
            "Salesforce ID": record["Id"],
        },
    )


class Model:
    """Front as it must be after each night that went well, and what that took at least.

    ``contacts`` by Salesforce Id, ``by_hand`` by e-mail address those that teammates made, ``ghosts`` those that
    teammates deleted, of which nothing tells until something is to be changed in them. ``moved`` are the contacts whose
    change Front's list of changes shows since somebody last looked.
    """

    def __init__(self) -> None:
        self.contacts: dict[str, Contact] = {}
        self.by_hand: dict[str, Contact] = {}
        self.ghosts: dict[str, Contact] = {}
        self.writes: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.moved: set[str] = set()
        self.lists: set[str] = set()
        self._owners: dict[str, str] = {}

    def night(self, records: list[Record], *, whole: bool) -> int:
        """Let a night go well over these records, which changed since the last one; give the fewest writes it takes."""
        before = self.writes.total()
        here = len(self.contacts) + len(self.by_hand)
        self.reads["whole snapshots" if whole else "changes"] += max(
            1, ceil((here if whole else len(self.moved)) / PAGE)
        )
        self.reads["custom fields"] += 1
        self.moved, joined = set(), Counter[str]()
        for record in records:
            if not self._is_refused(record) and (whole or not self._is_unseen(record)):
                joined.update(self._apply(record))
        for count in joined.values():
            self.writes["onto lists"] += ceil(count / AT_ONCE)
        return self.writes.total() - before

    def _is_refused(self, record: Record) -> bool:
        """Tell whether Front, or the plan, must refuse it: an impossible date, a handle that is another record's."""
        owners = {self._owners.get(each, record["Id"]) for each in wanted(record).handles}
        return record["Renewal_Date__c"] == NEVER_ENDS or owners != {record["Id"]}

    def _is_unseen(self, record: Record) -> bool:
        """Tell whether a record's contact was deleted in Front, and what is known of it there is as it should be."""
        want, ghost = wanted(record), self.ghosts.get(record["Id"])
        if ghost is None:
            return False
        fields = {name: value for name, value in (ghost.fields | want.fields).items() if value is not None}
        said = (want.name, want.description, fields) == (ghost.name, ghost.description, ghost.fields)
        return said and want.handles <= ghost.handles and want.links <= ghost.links and want.lists <= ghost.lists

    def _apply(self, record: Record) -> set[str]:
        """Bring one contact up to date; give the lists that it joins by a request of their own."""
        want, key = wanted(record), record["Id"]
        self.ghosts.pop(key, None)
        here = self.contacts.get(key) or self.by_hand.pop(record["Email"], None)
        self._owners |= dict.fromkeys(want.handles, key)
        for name in want.lists - self.lists:
            self.lists.add(name)
            self.writes["lists"] += 1
        if here is None:
            self.contacts[key] = want
            want.fields = {name: value for name, value in want.fields.items() if value is not None}
            self.writes["creates"] += 1
            self.moved.add(key)
            return set()
        self.contacts[key] = here
        return self._complete(key, here, want)

    def _complete(self, key: str, here: Contact, want: Contact) -> set[str]:
        fields = {name: value for name, value in (here.fields | want.fields).items() if value is not None}
        said = (here.name, here.description, here.links, here.fields)
        here.name, here.description, here.links, here.fields = (
            want.name,
            want.description,
            here.links | want.links,
            fields,
        )
        changed = said != (here.name, here.description, here.links, here.fields)
        new, joins = want.handles - here.handles, want.lists - here.lists
        self.writes["updates"] += changed
        self.writes["handles"] += len(new)
        here.handles |= new
        here.lists |= joins
        if changed or new:
            self.moved.add(key)
        return joins
