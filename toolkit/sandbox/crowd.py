"""Makes up contacts by the million: each field is an expression over the row's number. Pure.

The few made-up people of ``people.py`` are drawn one by one and know of each other; these are drawn column by column,
need no memory and can begin at any row. They share words, Ids and habits, not names.
"""

import hashlib
from collections.abc import Sequence

import polars as pl

from toolkit.sandbox.contact_fields import NASTY_TEXT, SCHEMA
from toolkit.sandbox.countries import COMPANY_FIRST, COMPANY_SECOND, COUNTRIES, OWNERS, SEGMENTS, TIERS, TITLES
from toolkit.sandbox.record_ids import id_column, salesforce_id

_ROW = pl.col("row")
_FIRST_DAY = pl.datetime(2019, 1, 7, 8, time_zone="UTC")
_MINUTES = 60 * 24 * 365 * 6
_FIRST = tuple(dict.fromkeys(name for country in COUNTRIES for name in country.first_names))
_LAST = tuple(dict.fromkeys(name for country in COUNTRIES for name in country.last_names))
_STREETS = tuple(street.format(7).replace("<br>", "\n") for country in COUNTRIES for street in country.streets)
_CITIES = tuple(city for country in COUNTRIES for city in country.cities)
_COMPANIES = tuple(f"{first} {second}" for first in COMPANY_FIRST for second in COMPANY_SECOND)


def block(start: int, stop: int, names: Sequence[str]) -> pl.DataFrame:
    """Make the contacts of rows ``start`` to ``stop`` (from 1, without ``stop``): ``row`` and the named fields."""
    rows = pl.int_range(start, stop, dtype=pl.UInt64, eager=True).alias("row").to_frame()
    return rows.select(_ROW, *(EXPRESSIONS[name].cast(SCHEMA[name]).alias(name) for name in names if name != "row"))


def _draw(what: str, size: int) -> pl.Expr:
    """Give a number below ``size``: another for each row and each ``what``, the same for ever."""
    digest = hashlib.blake2b(what.encode(), digest_size=8).digest()
    first, second = (int.from_bytes(part, "big") % 2**30 * 2 + 1 for part in (digest[:4], digest[4:]))
    mixed = _ROW * first
    return (mixed ^ (mixed // 2**13)) * second // 2**16 % size


def _pick(what: str, words: Sequence[str], size: int = 0) -> pl.Expr:
    """Pick one of the words; beyond the last word, up to ``size``, there is nothing."""
    return pl.lit(pl.Series([*words, *[None] * (size - len(words))])).gather(_draw(what, max(size, len(words))))


_ACCOUNT = _draw("company", len(_COMPANIES))
_OWNER = _draw("owner", len(OWNERS))
_CREATED = _FIRST_DAY + pl.duration(minutes=_draw("created", _MINUTES), seconds=_draw("second", 60))
_UPDATED = _CREATED + pl.duration(minutes=_draw("updated", 60 * 24 * 200))
_NAME = pl.concat_str(_pick("first", _FIRST), pl.lit(" "), _pick("last", _LAST))

EXPRESSIONS: dict[str, pl.Expr] = {
    "Id": id_column("003", _ROW),
    "Contact_Number__c": pl.concat_str(pl.lit("C-"), _ROW.cast(pl.String).str.zfill(6)),
    "FirstName": _pick("first", _FIRST),
    "LastName": _pick("last", _LAST),
    "Name": _NAME,
    "Title": _pick("title", TITLES, 12),
    "AccountId": id_column("001", _ACCOUNT + 1),
    "Account.Name": pl.lit(pl.Series(_COMPANIES)).gather(_ACCOUNT),
    "Account.AnnualRevenue": pl.when(_ACCOUNT % 4 > 0).then((_ACCOUNT + 5) * 1_000),
    "Email": pl.concat_str(pl.lit("contact"), _ROW.cast(pl.String), pl.lit("@example.com")),
    "Secondary_Email__c": pl.when(_draw("second mail", 5) == 0).then(
        pl.concat_str(pl.lit("c"), _ROW.cast(pl.String), pl.lit("@example.net"))
    ),
    "Phone": pl.concat_str(pl.lit("(212) 555-01"), (_ROW % 100).cast(pl.String).str.zfill(2)),
    "MobilePhone": pl.when(_ROW % 2 == 0).then(
        pl.concat_str(pl.lit("+44 20 7946 0"), (_ROW % 1000).cast(pl.String).str.zfill(3))
    ),
    "MailingStreet": _pick("street", _STREETS),
    "MailingCity": _pick("city", _CITIES),
    "MailingCountry": _pick("country", [country.name for country in COUNTRIES]),
    "OwnerId": id_column("005", _OWNER + 1),
    "Owner.Email": pl.lit(pl.Series([each.email for each in OWNERS])).gather(_OWNER),
    "Owner.Name": pl.lit(pl.Series([f"{each.first_name} {each.last_name}" for each in OWNERS])).gather(_OWNER),
    "Tier__c": _pick("tier", TIERS, 4),
    "Segment__c": _pick("segment", [*SEGMENTS, ";".join(SEGMENTS[:2]), ";".join(SEGMENTS[1:])], 8),
    "Renewal_Date__c": pl.when(_draw("renews", 3) > 0).then(
        pl.date(2026, 1, 1) + pl.duration(days=_draw("renewal", 900))
    ),
    "HasOptedOutOfEmail": _draw("opted", 12) == 0,
    "Description": pl.when(_ROW % 1_000 == 7).then(pl.lit(NASTY_TEXT)),
    "CreatedById": pl.lit(salesforce_id("005", 1)),
    "CreatedBy.Name": pl.lit(f"{OWNERS[0].first_name} {OWNERS[0].last_name}"),
    "CreatedDate": _CREATED,
    "LastModifiedDate": _UPDATED,
    "SystemModstamp": _UPDATED,
    "IsDeleted": pl.lit(value=False),
}
