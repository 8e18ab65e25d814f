"""Hold the columns' answers about phone numbers against phonenumbers itself, cell by cell: must not differ in one.

Every region's example numbers of each type with their last digits drawn anew, and plain random digits, written in
many ways, most of them odd; read for the number's own region or for another. Prints the differences, and which share
of the valid cells the columns settled (three quarters of these; of numbers in common spellings nearly all: see
tests/contacts/test_phone_plans.py). A million cells take some minutes. Ends with 1 if an answer differs.

    python benchmarks/phone_agreement.py 1000000 --seed 1
"""

import argparse
import random
import sys

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from toolkit.contacts import phone_plans
from toolkit.contacts.phones import PhoneCheck

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]
FORMATS = [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]
BATCH = 50_000


def examples() -> list[phonenumbers.PhoneNumber]:
    found = [phonenumbers.example_number_for_type(region, kind) for region in REGIONS for kind in TYPES]
    codes = phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS
    return [each for each in found if each] + [phonenumbers.example_number_for_non_geo_entity(code) for code in codes]


EXAMPLES = examples()


def number(draw: random.Random) -> phonenumbers.PhoneNumber:
    """Give an example number with some of its last digits drawn anew."""
    example = draw.choice(EXAMPLES)
    digits = phonenumbers.national_significant_number(example)
    kept = draw.randrange(len(digits) + 1)
    drawn = digits[:kept] + "".join(draw.choices("0123456789", k=len(digits) - kept))
    zeros = len(drawn) - len(drawn.lstrip("0"))
    return phonenumbers.PhoneNumber(
        country_code=example.country_code,
        national_number=int(drawn),
        italian_leading_zero=zeros > 0,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def written(draw: random.Random) -> tuple[str, str]:
    """Give a cell and the region that it is read for."""
    if draw.random() < 0.15:
        digits = "".join(draw.choices("0123456789", k=draw.randrange(1, 19)))
        return draw.choice(["", "", "+", "00", "0"]) + digits, draw.choice([*REGIONS, ""])
    found = number(draw)
    text = phonenumbers.format_number(found, draw.choice(FORMATS))
    own = [region for region in phonenumbers.region_codes_for_country_code(found.country_code) if region in REGIONS]
    region = draw.choice(own) if own and draw.random() < 0.8 else draw.choice([*REGIONS, ""])
    return changed(text, region, found.country_code, draw), region


def changed(text: str, region: str, code: int, draw: random.Random) -> str:
    plain = text.removeprefix("+")
    at = draw.randrange(len(text))
    ways = [text] * 6 + [
        text.replace(" ", draw.choice(["-", ".", "", "\u00a0", " - ", "/", "\u2011"])),
        plain,
        f"00{plain}", f"011 {plain}", f"+{text}", f"0{text}", f"1{text}", f"8 {text}", f"{code} {plain}",
        f"+{code}0{plain}",
        f"{phonenumbers.ndd_prefix_for_region(region, True) or ''}{text}" if region else text,
        text.replace(f"+{code} ", f"+{code} (0)"),
        text[:at] + text[at + 1 :],
        text[:at] + draw.choice("0123456789+x#,;/~( )") + text[at:],
        f"{text} ext. 12", f"{text}x3", f"({text})", f"tel:{text}", text[:-1], f"{text}5",
    ]  # fmt: skip
    return draw.choice(ways)


def by_library(cell: str, region: str, check: PhoneCheck) -> str | None:
    try:
        found = phonenumbers.parse(cell, region or None)
    except phonenumbers.NumberParseException:
        return None
    good = phonenumbers.is_valid_number if check is PhoneCheck.VALID else phonenumbers.is_possible_number
    return phonenumbers.format_number(found, PhoneNumberFormat.E164) if good(found) else None


def compare(rows: pl.DataFrame) -> tuple[int, int, pl.DataFrame]:
    """Count the valid cells and the settled ones, and give those that differ."""
    pairs = rows.rows()
    settled = phone_plans.settled(rows.with_row_index("at"))
    expected = rows.with_columns(
        pl.Series("valid", [by_library(*pair, PhoneCheck.VALID) for pair in pairs], dtype=pl.String),
        pl.Series("possible", [by_library(*pair, PhoneCheck.POSSIBLE) for pair in pairs], dtype=pl.String),
    )
    found = expected.with_row_index("at").join(settled, on="at", how="left", maintain_order="left")
    wrong = pl.col("value").is_not_null() & (
        pl.col("value").ne_missing(pl.col("valid")) | pl.col("value").ne_missing(pl.col("possible"))
    )
    return expected["valid"].count(), settled.height, found.filter(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cells", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    valid = settled = wrong = 0
    for start in range(0, options.cells, BATCH):
        size = min(BATCH, options.cells - start)
        rows = pl.DataFrame([written(draw) for _ in range(size)], schema=["cell", "region"], orient="row")
        goods, columns, differing = compare(rows)
        valid, settled, wrong = valid + goods, settled + columns, wrong + differing.height
        for row in differing.head(20).iter_rows(named=True):
            print("differs:", row)
        print(f"{start + size} cells, {valid} valid, {settled / max(valid, 1):.2%} settled, {wrong} differ", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
