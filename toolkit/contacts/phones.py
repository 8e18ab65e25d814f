"""Phone numbers by libphonenumber, in E.164 form. Pure; each distinct number and country is looked at once."""

from enum import StrEnum
from functools import cache

import phonenumbers
import polars as pl
from phonenumbers.geodata.locale import LOCALE_DATA

from toolkit.contacts.normalise import Cleaned, distinct
from toolkit.contacts.rejects import RejectCode


class PhoneCheck(StrEnum):
    """How sure a number must be: in a range that is in use, or merely of a length that its country has."""

    VALID = "valid"
    POSSIBLE = "possible"


# What people write for a country that no list of country names holds.
_ALSO = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US", "uk": "GB",
    "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "holland": "NL", "the netherlands": "NL", "uae": "AE", "czechia": "CZ", "south korea": "KR", "russia": "RU",
}  # fmt: skip


def known_region(region: str) -> bool:
    """Tell whether a two-letter country code has a numbering plan in libphonenumber."""
    return region in phonenumbers.SUPPORTED_REGIONS


def phones(cells: pl.Series, countries: pl.Series | None, region: str, check: PhoneCheck) -> Cleaned:
    """Write numbers in E.164 form; an extension is left out, since Front has no place for it, and counted.

    ``countries`` says a row's country, as a name in any language of libphonenumber or a two-letter code; where it
    is blank (or None) ``region`` holds ("" = only numbers with ``+``). A country that isn't known is not guessed.
    """
    keys = cells.alias("cell").to_frame().with_columns(_regions(cells, countries, region))
    extended: set[tuple[str, str]] = set()

    def clean(cell: str, row_region: str) -> tuple[str | None, str | None]:
        return _phone(cell, row_region, check, extended)

    answer = distinct(keys, clean)
    count = 0
    if extended:
        seen = pl.DataFrame(list(extended), schema={"cell": pl.String, "region": pl.String}, orient="row")
        count = keys.join(seen, on=["cell", "region"], how="semi").height
    return Cleaned(answer["value"], answer["complaint"], RejectCode.BAD_PHONE, count)


def _regions(cells: pl.Series, countries: pl.Series | None, region: str) -> pl.Series:
    if countries is None:
        return pl.Series("region", [region], dtype=pl.String).new_from_index(0, len(cells))
    named = countries.alias("country").to_frame()
    names = {name: _region(name) for name in named["country"].drop_nulls().unique()}
    code = pl.col("country").replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)
    return named.select(pl.when(pl.col("country").is_null()).then(pl.lit(region)).otherwise(code).alias("region"))[
        "region"
    ]


def _phone(cell: str, region: str, check: PhoneCheck, extended: set[tuple[str, str]]) -> tuple[str | None, str | None]:
    try:
        number = phonenumbers.parse(cell, region or None)
    except phonenumbers.NumberParseException as error:
        no_region = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not region
        why = "has no country code, and no region is known for the row" if no_region else "is not a phone number"
        return None, why
    good = phonenumbers.is_valid_number if check is PhoneCheck.VALID else phonenumbers.is_possible_number
    if not good(number):
        place = phonenumbers.region_code_for_number(number) or f"+{number.country_code}"
        return None, f"is not a {check.value} phone number of {place}"
    if number.extension:
        extended.add((cell, region))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), None


def _region(country: str) -> str:
    name = country.casefold().strip()
    code = country.upper()
    return code if code in LOCALE_DATA else _country_names().get(name, "")


@cache
def _country_names() -> dict[str, str]:
    """Map country names in every language there is to regions; a name that two regions share is left out."""
    regions: dict[str, set[str]] = {}
    for region, names in LOCALE_DATA.items():
        for name in names.values():
            if not name.startswith("*"):
                regions.setdefault(name.casefold(), set()).add(region)
    return {name: next(iter(found)) for name, found in regions.items() if len(found) == 1} | _ALSO
