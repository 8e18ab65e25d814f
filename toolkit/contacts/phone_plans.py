"""Numbering plans on whole columns: which cells are surely valid phone numbers, by libphonenumber's metadata. Pure.

It only ever says yes. ``settled`` gives the numbers that ``phonenumbers`` finds valid, in the form it writes; any
other cell is left to the library, which can say why a number is bad. The steps and their order are those of
``phonenumberutil.parse`` and ``is_valid_number``, and the patterns are the library's own, so that its new releases
need no change here. tests/contacts/test_phone_plans.py and benchmarks/phone_agreement.py hold both side by side.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase
from typing import Any

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata, PhoneNumberDesc

# What libphonenumber skips around the digits, after at most one plus. Letters, full-width digits and the marks of
# an extension (# ~ , ; x) change what a number means, so they are not plain.
_MARKS = r" ./()\[\]\-\x{A0}\x{2010}-\x{2015}\x{2212}"
_PLAIN = rf"^[{_MARKS}]*\+?[{_MARKS}0-9]*$"
_LONGEST_CELL = 250
"""Bytes; a cell of more characters than that is too long for the library."""
_LONGEST = 17
"""Digits of a national number; up to three of the country code stand before it."""
_NO_DIGIT = bytes(set(range(256)) - set(b"0123456789\n"))
_LETTERS = pl.Series(list(ascii_uppercase))
_TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip
_DIGITS, _NUMBER = pl.col("digits"), pl.col("number")


def settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give ``at, value`` (E.164) of the rows (``at, cell, region``) whose number is surely valid and possible.

    Three queries a batch, however many regions it has: a query of polars' costs as much as a thousand numbers.
    """
    plain = _plain(rows)
    inland = [(region_plan(region), group.lazy()) for region, group in _groups(plain.filter(~pl.col("plus")), "region")]
    read = [plan.read(group) for plan, group in inland if plan]
    none = plain.clear().lazy().select("at", "digits")
    coded, own = pl.collect_all([
        pl.concat([plain.lazy().filter("plus").select("at", "digits"), *(coded for coded, _ in read)]),
        pl.concat([none.select("at", _number(_DIGITS), pl.lit(0, pl.UInt16).alias("code")), *(own for _, own in read)]),
    ], engine="in-memory")
    numbers = _numbers(_with_code(coded), own)
    surely = numbers.filter("valid")
    return pl.concat([surely.select("at", _e164()), *_elsewhere(numbers.filter(~pl.col("valid")))])


def _numbers(coded: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Read what has a country code, add it to the others, and ask the code's main plan: ``at, number, code, valid``."""
    parts: dict[int, list[pl.LazyFrame]] = defaultdict(list)
    for code, group in _groups(own, "code"):
        parts[code].append(group.lazy())
    for code, group in _groups(coded, "code"):
        for main in code_plans(code)[:1]:
            national = group.lazy().select("at", _DIGITS.str.slice(len(str(code))))
            parts[code].append(main.without_prefix(national))
    asked = [pl.concat(each).with_columns(code_plans(code)[0].sure()) for code, each in parts.items() if code_plans(code)]
    none = own.lazy().clear().with_columns(pl.lit(value=False).alias("valid"))
    return pl.concat([none, *asked]).collect(engine="in-memory")


def _elsewhere(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Ask all the regions of the codes that have several."""
    several = [code for code in rows["code"].unique() if len(code_plans(code)) > 1]
    for code, group in _groups(rows.filter(pl.col("code").is_in(several)), "code"):
        yield _valid(code_plans(code), group)


def _e164() -> pl.Expr:
    return pl.concat_str(pl.lit("+"), "code", _NUMBER.str.slice(1)).alias("value")


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    cell = pl.col("cell")
    plain = rows.filter(cell.str.contains(_PLAIN) & (cell.str.len_bytes() <= _LONGEST_CELL))
    plus = cell.str.contains("+", literal=True).alias("plus")
    digits = plain.select("at", "region", plus, _digits(plain["cell"]).alias("digits"))
    return digits.filter(_DIGITS.str.len_bytes().is_between(4, _LONGEST + 3))


def _digits(cells: pl.Series) -> pl.Series:
    """Leave out all but the digits; the column as one text takes a tenth of the time of its cells one by one."""
    if cells.is_empty():
        return cells
    text = cells.str.join("\n").item().encode().translate(None, _NO_DIGIT).decode()
    return pl.Series([text]).str.split("\n").explode()


def _groups(rows: pl.DataFrame, name: str) -> Iterator[tuple[Any, pl.DataFrame]]:
    for group in rows.partition_by(name):
        yield group[name][0], group


def _with_code(rows: pl.DataFrame) -> pl.DataFrame:
    code = pl.lit(_codes()).gather(_DIGITS.str.head(3).cast(pl.UInt32, strict=False)).alias("code")
    return rows.with_columns(code).filter(pl.col("code").is_not_null())


@cache
def _codes() -> pl.Series:
    """List the country code of each three first digits; the library takes the shortest, and none starts with 0."""
    starts = [(at // 100, at // 10, at) if at >= 100 else () for at in range(1000)]
    codes = [next((code for code in start if code in COUNTRY_CODE_TO_REGION_CODE), None) for start in starts]
    return pl.Series(codes, dtype=pl.UInt16)


def _number(digits: pl.Expr) -> pl.Expr:
    """Put the letter of its length (A = 0) before a number, so that one pattern can ask for both."""
    return (pl.lit(_LETTERS).gather(digits.str.len_bytes()) + digits).alias("number")


def _begins(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.starts_with(pattern) if pattern.isdigit() else text.str.contains(f"^(?:{pattern})")


def _without(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.strip_prefix(pattern) if pattern.isdigit() else text.str.replace(f"^(?:{pattern})", "")


def _valid(plans: tuple["Plan", ...], rows: pl.DataFrame) -> pl.DataFrame:
    """Ask the regions of a country code in the library's order, as _region_code_for_number_from_list does."""
    rows = rows.filter(_NUMBER.str.contains(plans[0].possible))
    found = [rows.clear()]
    for plan in plans:
        if rows.is_empty():
            break
        claimed = rows.select(_NUMBER.str.contains(plan.claim) if plan.claim else plan.valid()).to_series()
        found.append(rows.filter(claimed).filter(plan.valid()) if plan.claim else rows.filter(claimed))
        rows = rows.filter(~claimed)
    return pl.concat(found).select("at", _e164())


@dataclass(frozen=True, slots=True)
class Plan:
    """A region's numbering plan, as patterns on ``digits`` and on ``number`` (see _number)."""

    code: int
    leave: str
    """What is dialled before a country code; on digits."""
    prefix: str
    """What is dialled before a number inside the country, "" = nothing; on digits."""
    rewritten: int
    """The group of ``prefix`` that, where it took part, has the library rewrite the number; 0 = none."""
    shape: str
    """The plan's numbers by their digits alone."""
    general: str
    """The plan's numbers by digits and length."""
    kinds: str
    """The numbers of the plan's types (fixed line, mobile …), which must match ``general`` too."""
    possible: str
    """The lengths that is_possible_number takes."""
    claim: str
    """Numbers that are this region's, valid or not, among those of its country code; "" = the valid ones are."""

    def patterns(self) -> list[str]:
        """Give all the patterns that the plan has."""
        found = [self.leave, self.prefix, self.shape, self.general, self.kinds, self.possible, self.claim]
        return [pattern for pattern in found if pattern]

    def read(self, rows: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        """Part what is written without plus: ``at, digits`` with a country code; ``at, number, code`` of this country.

        First digits like the country's code are it if the digits fit the plan without them and not with them, and
        aren't if they fit with them (_maybe_extract_country_code); else it isn't sure.
        """
        leaves = _begins(_DIGITS, self.leave)
        bare = _DIGITS.str.starts_with(str(self.code)) & ~leaves
        after = _DIGITS.str.slice(len(str(self.code)))
        prefixed = _begins(after, self.prefix) if self.prefix else pl.lit(value=False)
        fits = _number(after).str.contains(self.general) & ~prefixed & ~_number(_DIGITS).str.contains(self.shape)
        rows = rows.select("at", "digits")
        doubtful = rows.filter(bare)
        left = rows.filter(leaves).with_columns(_without(_DIGITS, self.leave))
        home = [rows.filter(~leaves & ~bare), doubtful.filter(_number(_DIGITS).str.contains(self.general))]
        return pl.concat([left, doubtful.filter(fits)]), self.without_prefix(pl.concat(home))

    def without_prefix(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Take the national prefix off (_maybe_strip_national_prefix_carrier_code), where sure: ``at, number, code``.

        It is sure if what remains is a number of the plan; else the library weighs whether the prefix belongs to it.
        """
        code = pl.lit(self.code, pl.UInt16).alias("code")
        if not self.prefix:
            return rows.select("at", _number(_DIGITS), code)
        if self.rewritten:
            rows = rows.filter(_DIGITS.str.extract(f"^(?:{self.prefix})", self.rewritten).is_null())
        whole = ~_begins(_DIGITS, self.prefix)
        rows = rows.select("at", _number(_without(_DIGITS, self.prefix)), code, whole.alias("whole"))
        return rows.filter(pl.col("whole") | _NUMBER.str.contains(self.general)).select("at", "number", "code")

    def valid(self) -> pl.Expr:
        """Ask whether numbers are of one of the plan's types (_number_type_helper)."""
        return _NUMBER.str.contains(self.general) & _NUMBER.str.contains(self.kinds)

    def sure(self) -> pl.Expr:
        """Ask, as ``valid``, whether numbers are this region's, valid and possible, where it is its code's first."""
        mine = _NUMBER.str.contains(self.claim) if self.claim else pl.lit(value=True)
        return (mine & self.valid()).alias("valid")


def region_plan(region: str) -> Plan | None:
    """Give a region's plan; None if the library has none, or one whose patterns polars can't read."""
    metadata = PhoneMetadata.metadata_for_region(region) if region in SUPPORTED_REGIONS else None
    return _plan(region, metadata.country_code) if metadata and metadata.country_code else None


@cache
def code_plans(code: int) -> tuple[Plan, ...]:
    """Give the plans of a country code, the main one first; none if polars can't read one of them."""
    plans = [_plan(region, code) for region in COUNTRY_CODE_TO_REGION_CODE[code]]
    return tuple(plan for plan in plans if plan) if all(plans) else ()


@cache
def _plan(region: str, code: int) -> Plan | None:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if metadata is None or metadata.general_desc is None:
        return None
    plan = _built(code, metadata, metadata.general_desc)
    try:
        for pattern in plan.patterns():
            pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return None
    return plan


def _built(code: int, metadata: PhoneMetadata, general: PhoneNumberDesc) -> Plan:
    prefix = metadata.national_prefix_for_parsing or ""
    skipped = "mobile" if metadata.same_mobile_and_fixed_line_pattern else ""
    kinds = "|".join(filter(None, [_sized(getattr(metadata, kind)) for kind in _TYPES if kind != skipped]))
    never = "[^A-Z0-9]"
    return Plan(
        code=code,
        leave=_ascii(metadata.international_prefix or never),
        prefix=_ascii(prefix),
        rewritten=re.compile(prefix).groups if metadata.national_prefix_transform_rule else 0,
        shape=f"^[A-Z](?:{_ascii(general.national_number_pattern or never)})$",
        general=f"^(?:{_sized(general) or never})$",
        kinds=f"^(?:{kinds or never})$",
        possible=f"^{_lengths((*general.possible_length, *general.possible_length_local_only))}",
        claim=f"^[A-Z](?:{_ascii(metadata.leading_digits)})" if metadata.leading_digits else "",
    )


def _sized(desc: PhoneNumberDesc | None) -> str:
    """Join a description's lengths and pattern, as _is_number_matching_desc asks for both; "" = no number has it."""
    if desc is None or not desc.national_number_pattern:
        return ""
    return f"{_lengths(desc.possible_length)}(?:{_ascii(desc.national_number_pattern)})"


def _lengths(lengths: tuple[int, ...]) -> str:
    """Write lengths as a class of letters; none given = any, and -1 = a type that the region doesn't have."""
    letters = "".join(ascii_uppercase[length] for length in lengths if 0 < length <= _LONGEST)
    return f"[{letters}]" if letters else "[a-z]" if lengths else "[A-Z]"


def _ascii(pattern: str) -> str:
    """Read ``\\d`` as the ten digits that are left here, which makes a pattern a good deal faster than Unicode's."""
    return pattern.replace(r"\d", "[0-9]")
