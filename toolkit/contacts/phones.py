"""Phone numbers as libphonenumber reads them, in E.164 form. Pure.

Columns settle the plain, valid ones (phone_plans); the library looks at each of the rest once.
"""

from enum import StrEnum
from functools import lru_cache

import phonenumbers
import polars as pl

from toolkit.contacts import phone_plans
from toolkit.contacts.countries import region as region_of
from toolkit.contacts.normalise import Cleaned
from toolkit.contacts.rejects import RejectCode


class PhoneCheck(StrEnum):
    """How sure a number must be: in a range that is in use, or merely of a length that its country has."""

    VALID = "valid"
    POSSIBLE = "possible"


_REMEMBERED = 50_000
"""Cells that only the library could settle, kept from one batch of rows to the next: some 20 MB."""
_ANSWER = {"value": pl.String, "complaint": pl.String, "extended": pl.Boolean}


def known_region(region: str) -> bool:
    """Tell whether a two-letter country code has a numbering plan in libphonenumber."""
    return region in phonenumbers.SUPPORTED_REGIONS


def phones(cells: pl.Series, countries: pl.Series | None, region: str, check: PhoneCheck) -> Cleaned:
    """Write numbers in E.164 form; an extension is left out, since Front has no place for it, and told of.

    ``countries`` says a row's country, as a name in some fifty languages or a two-letter code; where it
    is blank (or None) ``region`` holds ("" = only numbers with ``+``). A country that isn't known is not guessed.
    """
    rows = cells.alias("cell").to_frame().with_columns(_regions(cells, countries, region)).with_row_index("at")
    settled = phone_plans.settled(rows.filter(pl.col("cell").is_not_null()))
    rest = _by_library(rows.filter(pl.col("cell").is_not_null()).join(settled, on="at", how="anti"), check)
    answer = pl.concat([settled, rest], how="diagonal")
    along = rows.select("at").join(answer, on="at", how="left", maintain_order="left")
    extended = along["extended"].fill_null(value=False)
    return Cleaned(along["value"], along["complaint"], RejectCode.BAD_PHONE, int(extended.sum()), extended)


def _by_library(rows: pl.DataFrame, check: PhoneCheck) -> pl.DataFrame:
    different = rows.select("cell", "region").unique(maintain_order=True)
    answers = [_phone(cell, region, check) for cell, region in different.iter_rows()]
    known = pl.concat([different, pl.DataFrame(answers, schema=_ANSWER, orient="row")], how="horizontal")
    return rows.join(known, on=["cell", "region"]).select("at", *_ANSWER)


def _regions(cells: pl.Series, countries: pl.Series | None, region: str) -> pl.Series:
    if countries is None:
        return pl.Series("region", [region], dtype=pl.String).new_from_index(0, len(cells))
    named = countries.alias("country").to_frame()
    names = {name: region_of(name) for name in named["country"].drop_nulls().unique()}
    code = pl.col("country").replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)
    return named.select(pl.when(pl.col("country").is_null()).then(pl.lit(region)).otherwise(code).alias("region"))[
        "region"
    ]


@lru_cache(_REMEMBERED)
def _phone(cell: str, region: str, check: PhoneCheck) -> tuple[str | None, str | None, bool]:
    try:
        number = phonenumbers.parse(cell, region or None)
    except phonenumbers.NumberParseException as error:
        no_region = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not region
        why = "has no country code, and no region is known for the row" if no_region else "is not a phone number"
        return None, why, False
    good = phonenumbers.is_valid_number if check is PhoneCheck.VALID else phonenumbers.is_possible_number
    if not good(number):
        place = phonenumbers.region_code_for_number(number) or f"+{number.country_code}"
        return None, f"is not a {check.value} phone number of {place}", False
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return value, None, bool(number.extension)
