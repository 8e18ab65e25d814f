"""The made-up people as Contact records: a row of ``contact_fields.SCHEMA`` each. Pure.

With ``ties`` the table is nastier: runs of up to 40 contacts share the second they were created in, and many cells
are blank, account and first name among them.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from toolkit.sandbox.contact_fields import NASTY_TEXT, SCHEMA
from toolkit.sandbox.countries import OWNERS
from toolkit.sandbox.people import Person, people
from toolkit.sandbox.record_ids import salesforce_id

LONGEST_RUN = 40
_BLANK_IN_TIES = {
    "FirstName": 15, "Title": 3, "Email": 9, "MailingStreet": 7, "MailingCity": 8, "MailingCountry": 8,
    "Owner.Email": 30, "Segment__c": 4,
}  # fmt: skip
_WITH_ACCOUNT = ("AccountId", "Account.Name", "Account.AnnualRevenue")
_OWNERS = {owner.email: (number, owner) for number, owner in enumerate(OWNERS, 1)}

Record = dict[str, Any]


@lru_cache(maxsize=2)
def contacts(count: int, *, ties: bool) -> pl.DataFrame:
    """Make ``count`` contacts as a frame: ``row`` (from 1) and every field of SCHEMA."""
    records = list(map(_record, people(count)))
    if ties:
        _tie(records)
    rows = pl.int_range(1, count + 1, dtype=pl.UInt64, eager=True).alias("row").to_frame()
    return rows.with_columns(pl.DataFrame(records, schema=SCHEMA))


def _record(person: Person) -> Record:
    number, owner = _OWNERS[person.account.owner_email]
    return {
        "Id": person.contact_id,
        "Contact_Number__c": person.number,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Name": f"{person.first_name} {person.last_name}",
        "Title": person.title or None,
        "AccountId": person.account.account_id,
        "Account.Name": person.account.name,
        "Account.AnnualRevenue": None if person.revenue is None else float(person.revenue),
        "Email": person.email or None,
        "Secondary_Email__c": person.second_email or None,
        "Phone": person.phone or None,
        "MobilePhone": person.mobile or None,
        "MailingStreet": person.street.replace("<br>", "\n"),
        "MailingCity": person.city,
        "MailingCountry": person.account.country.name,
        "OwnerId": salesforce_id("005", number),
        "Owner.Email": owner.email,
        "Owner.Name": f"{owner.first_name} {owner.last_name}",
        "Tier__c": person.tier or None,
        "Segment__c": ";".join(person.segments) or None,
        "Renewal_Date__c": person.renewal,
        "HasOptedOutOfEmail": person.opted_out,
        "Description": None,
        "CreatedById": salesforce_id("005", 1),
        "CreatedBy.Name": f"{OWNERS[0].first_name} {OWNERS[0].last_name}",
        "CreatedDate": person.created,
        "LastModifiedDate": person.updated,
        "SystemModstamp": person.updated,
        "IsDeleted": False,
    }


def _tie(records: list[Record]) -> None:
    moments = _shared_seconds(records)
    for row, (record, moment) in enumerate(zip(records, moments, strict=True), 1):
        later = record["LastModifiedDate"] - record["CreatedDate"]
        record.update({"CreatedDate": moment, "LastModifiedDate": moment + later, "SystemModstamp": moment + later})
        record.update({name: None for name, share in _BLANK_IN_TIES.items() if not _draw(row, name, share)})
        if not _draw(row, "account", 12):
            record.update(dict.fromkeys(_WITH_ACCOUNT))
        if record["FirstName"] is None:
            record["Name"] = record["LastName"]
        if row % 1_000 == 7:
            record["Description"] = NASTY_TEXT


def _shared_seconds(records: list[Record]) -> Iterator[datetime]:
    """Give each run of neighbours one second; no two runs share theirs."""
    row, taken = 0, set[datetime]()
    while row < len(records):
        length, moment = 1 + _draw(row, "run", LONGEST_RUN), records[row]["CreatedDate"]
        while moment in taken:
            moment += timedelta(seconds=1)
        taken.add(moment)
        yield from [moment] * min(length, len(records) - row)
        row += length


def _draw(row: int, what: str, size: int) -> int:
    digest = hashlib.blake2b(f"ties/{what}/{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size
