"""Numbering plans on whole columns: which cells are surely valid phone numbers, by libphonenumber's metadata. Pure.

It only ever says yes. ``settled`` gives the numbers that ``phonenumbers`` finds valid, in the form it writes; any
other cell is left to the library, which can say why a number is bad. The steps and their order are those of
``phonenumberutil.parse`` and ``is_valid_number``, and the patterns are the library's own, so that its new releases
need no change here. tests/contacts/test_phone_plans.py and benchmarks/phone_agreement.py hold both side by side.

A row's text begins with the key of its plan (``GB02079460958``), and one pattern holds that of every plan in the
batch (``^(?:GB(?:…)|FR(?:…))``): as fast as the pattern of one plan, and no plan costs a query of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from string import ascii_uppercase

import polars as pl
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumberDesc,
)

# What libphonenumber skips around the digits, after at most one plus. Letters, full-width digits and the marks of
# an extension (# ~ , ; x) change what a number means, so they are not plain.
_MARKS = r" ./()\[\]\-\x{A0}\x{2010}-\x{2015}\x{2212}"
_PLAIN = rf"^[{_MARKS}]*\+?[{_MARKS}0-9]*$"
_LONGEST_CELL = 250
"""Bytes; a cell of more characters than that is too long for the library."""
_LONGEST = 17
"""Digits of a national number; up to three of the country code stand before it."""
_NO_DIGIT = bytes(set(range(256)) - set(b"0123456789\n"))
_NEVER = "[^A-Z0-9]"
_LETTERS = pl.Series(list(ascii_uppercase))
_NOTHING = pl.Series([""])
_TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip
_KEY, _CODE, _DIGITS, _NUMBER = pl.col("key"), pl.col("code"), pl.col("digits"), pl.col("number")


def settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give ``at, value`` (E.164) of the rows (``at, cell, region``) whose number is surely valid and possible."""
    plain = _plain(rows)
    coded, home = _read(plain.filter(~pl.col("plus")))
    abroad = _with_plan(pl.concat([plain.filter("plus").select("at", "digits"), coded]))
    sure, rest = _asked(_without_prefix(pl.concat([home, abroad])))
    weighed, rest = _asked(_weighed(rest))
    value = pl.concat_str(pl.lit("+"), "code", "digits").alias("value")
    return pl.concat([group.select("at", value) for group in (sure, weighed, *_elsewhere(rest))])


def _asked(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part numbers that are surely those of their plan, the main one of a country code, from the others."""
    patterns = _patterns(rows)
    rows = rows.with_columns(_number("digits").alias("number"))
    sure = rows.select(pl.all_horizontal(_NUMBER.str.contains(each) for each in patterns.asked)).to_series()
    return rows.filter(sure), rows.filter(~sure).drop("number")


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    cell = pl.col("cell")
    plain = rows.filter(cell.str.contains(_PLAIN) & (cell.str.len_bytes() <= _LONGEST_CELL))
    plus = cell.str.contains("+", literal=True).alias("plus")
    digits = plain.select("at", pl.col("region").alias("key"), plus, _digits(plain["cell"]).alias("digits"))
    return digits.filter(_DIGITS.str.len_bytes().is_between(4, _LONGEST + 3))


def _digits(cells: pl.Series) -> pl.Series:
    """Leave out all but the digits; the column as one text takes a tenth of the time of its cells one by one."""
    if cells.is_empty():
        return cells
    text = cells.str.join("\n").item().encode().translate(None, _NO_DIGIT).decode()
    return pl.Series([text]).str.split("\n").explode()


def _read(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part what is written without plus: ``at, digits`` with a country code; ``at, key, code, digits`` of the region.

    The digits may begin with the exit code (0044 …), which a country code follows, or with the region's own code
    alone: then the code is meant if the rest fits the plan and the whole doesn't, and isn't if the whole fits
    (_maybe_extract_country_code); else it isn't sure.
    """
    codes = {key: str(plan.code) for key in rows["key"].unique() if (plan := _region_plan(key))}
    code = _KEY.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.String).alias("code")
    rows = rows.select("at", "key", code, "digits").filter(_CODE.is_not_null())
    patterns = _patterns(rows)
    leaves = rows.select(pl.concat_str("key", "digits").str.contains(patterns.leave)).to_series()
    left = rows.filter(leaves).select(
        "at", pl.concat_str("key", "digits").str.replace(patterns.leave, "").alias("digits")
    )
    rows = rows.filter(~leaves)
    doubtful = rows.filter(_DIGITS.str.starts_with(_CODE))
    after = _DIGITS.str.strip_prefix(_CODE).alias("after")
    fits = _number(after).str.contains(patterns.general) & ~_number("digits").str.contains(patterns.shape)
    unprefixed = pl.concat_str("key", after).str.replace(patterns.prefix, "") == after
    own = doubtful.filter(_number("digits").str.contains(patterns.general))
    coded = [left, doubtful.filter(fits & unprefixed).select("at", "digits")]
    return pl.concat(coded), pl.concat([rows.filter(~_DIGITS.str.starts_with(_CODE)), own])


def _with_plan(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the country code off and name its main plan: ``at, key, code, digits``; rows without such a code go."""
    start = _DIGITS.str.head(3).cast(pl.UInt32, strict=False)
    key, code = (pl.lit(_mains()[name]).gather(start).alias(name) for name in ("key", "code"))
    rows = rows.select("at", key, code, "digits").filter(_CODE.is_not_null())
    return rows.with_columns(_DIGITS.str.strip_prefix(_CODE))


@cache
def _mains() -> pl.DataFrame:
    """List ``key, code`` of the main plan for each three first digits; no code starts with 0 or with another code."""
    found: dict[int, tuple[str | None, str | None]] = dict.fromkeys(range(1000), (None, None))
    for code in COUNTRY_CODE_TO_REGION_CODE:
        free = 10 ** (3 - len(str(code)))
        found |= dict.fromkeys(range(code * free, (code + 1) * free), (_keys(code)[0], str(code)))
    return pl.DataFrame(list(found.values()), schema={"key": pl.String, "code": pl.String}, orient="row")


def _keys(code: int) -> list[str]:
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    return [str(code) if region == REGION_CODE_FOR_NON_GEO_ENTITY else region for region in regions]


def _without_prefix(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the national prefix off and name the code's main plan: ``at, key, code, dialled, digits``.

    Numbers of other plans are weighed already; those of the main plan need it only if they aren't surely its own.
    """
    patterns = _patterns(rows)
    rewritten = [_rewritten(rows.filter(_KEY.eq(plan.key)), plan) for plan in patterns.plans if plan.rewritten]
    if rewritten:
        rows = rows.join(pl.concat(rewritten), on="at", how="anti")
    rest = pl.concat_str("key", "digits").str.replace(patterns.prefix, "").alias("digits")
    rows = rows.select("at", "key", "code", _DIGITS.alias("dialled"), rest)
    mains = {plan.key: _code_plans(plan.code)[0].key for plan in patterns.plans}
    others = [key for key, main in mains.items() if key != main]
    if not others:
        return rows
    here = _weighed(rows.filter(_KEY.is_in(others))).with_columns(_KEY.replace_strict(mains, return_dtype=pl.String))
    return pl.concat([rows.filter(~_KEY.is_in(others)), here.with_columns(_DIGITS.alias("dialled"))])


def _weighed(rows: pl.DataFrame) -> pl.DataFrame:
    """Put a national prefix back where it belongs to the number (_maybe_strip_national_prefix_carrier_code, parse).

    It does if the number fits the plan with it and not without it. What the plan has no length for goes.
    """
    patterns = _patterns(rows)
    without, dialled = _number("digits"), _number("dialled")
    off = without.str.contains(patterns.shape) | ~dialled.str.contains(patterns.shape)
    rows = rows.filter((pl.col("dialled") == _DIGITS) | ~off | without.str.contains(patterns.lengths))
    return rows.with_columns(pl.when(off).then("digits").otherwise("dialled").alias("digits"))


def _rewritten(rows: pl.DataFrame, plan: "Plan") -> pl.DataFrame:
    return rows.filter(_DIGITS.str.extract(f"^(?:{plan.prefix})", plan.rewritten).is_not_null()).select("at")


def _elsewhere(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Ask all the regions of a country code in the library's order (_region_code_for_number_from_list)."""
    for code in rows["code"].unique():
        plans = _code_plans(int(code))
        if len(plans) > 1:
            here = rows.filter(_CODE.eq(code)).with_columns(_sized("digits").alias("number"))
            yield from _claimed(plans, here.filter(_NUMBER.str.contains(f"^{plans[0].possible}")))


def _claimed(plans: tuple["Plan", ...], rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for plan in plans:
        if rows.is_empty():
            break
        valid = _whole(plan.general) & _whole(plan.kinds)
        claimed = rows.select(_NUMBER.str.contains(f"^(?:{plan.claim})") if plan.claim else valid).to_series()
        if claimed.any():
            yield rows.filter(claimed).filter(valid)
        rows = rows.filter(~claimed)


def _whole(pattern: str) -> pl.Expr:
    return _NUMBER.str.contains(f"^(?:{pattern})$")


def _sized(digits: pl.Expr | str) -> pl.Expr:
    """Put the letter of its length (A = 0) before a number, so that one pattern can ask for both."""
    text = pl.col(digits) if isinstance(digits, str) else digits
    return pl.concat_str(pl.lit(_LETTERS).gather(text.str.len_bytes()), text)


def _number(digits: pl.Expr | str) -> pl.Expr:
    return pl.concat_str("key", _sized(digits))


@dataclass(frozen=True, slots=True)
class Plan:
    """A region's numbering plan, as patterns: on digits, or on numbers, which have the letter of their length first."""

    key: str
    code: int
    leave: str
    """What is dialled before a country code; on digits."""
    prefix: str
    """What is dialled before a number inside the country, "" = nothing; on digits."""
    rewritten: int
    """The group of ``prefix`` that, where it took part, has the library rewrite the number; 0 = none."""
    shape: str
    """The plan's numbers, of any length."""
    general: str
    """The plan's numbers."""
    kinds: str
    """The numbers of the plan's types (fixed line, mobile …), which must match ``general`` too."""
    possible: str
    """The lengths that is_possible_number takes."""
    lengths: str
    """The lengths of a whole number, with its area code."""
    claim: str
    """How numbers begin that are this region's, valid or not, among those of its code; "" = the valid ones are."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns of several plans as one, each after its plan's key; ``leave`` and ``prefix`` take the key along."""

    plans: tuple[Plan, ...]
    leave: str
    prefix: str
    shape: str
    general: str
    lengths: str
    asked: tuple[str, ...]
    """All that a number must match to be surely one of the plan's."""


def _patterns(rows: pl.DataFrame) -> _Patterns:
    return _joined(tuple(sorted(rows["key"].unique())))


@lru_cache(64)
def _joined(keys: tuple[str, ...]) -> _Patterns:
    plans = tuple(plan for key in keys if (plan := _plan(key)) and _code_plans(plan.code))

    def joined(name: str, some: str = "", end: str = "") -> str:
        each = "|".join(f"{plan.key}(?:{getattr(plan, name)}){some}" for plan in plans)
        return f"^(?:{each or _NEVER}){end}"

    shape, general, kinds = (joined(name, end="$") for name in ("shape", "general", "kinds"))
    asked = (general, kinds, joined("claim")) if any(plan.claim for plan in plans) else (general, kinds)
    return _Patterns(plans, joined("leave"), joined("prefix", some="?"), shape, general, joined("lengths"), asked)


def _region_plan(region: str) -> Plan | None:
    """Give a region's plan; None if the library has none, or one whose patterns polars can't read."""
    return _plan(region) if region in SUPPORTED_REGIONS else None


@cache
def _code_plans(code: int) -> tuple[Plan, ...]:
    """Give the plans of a country code, the main one first; none if polars can't read one of them."""
    plans = [_plan(key) for key in _keys(code)]
    return tuple(plan for plan in plans if plan) if all(plans) else ()


@cache
def _plan(key: str) -> Plan | None:
    """Give the plan of a region, or of a code that is no country's (``800``)."""
    code, region = (int(key), REGION_CODE_FOR_NON_GEO_ENTITY) if key.isdigit() else (0, key)
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if metadata is None or metadata.general_desc is None or metadata.country_code is None:
        return None
    plan = _built(key, metadata.country_code, metadata, metadata.general_desc)
    patterns = [plan.leave, plan.prefix, plan.shape, plan.general, plan.kinds, plan.possible, plan.lengths, plan.claim]
    try:
        _NOTHING.str.contains("|".join(f"(?:{pattern})" for pattern in patterns))
    except pl.exceptions.ComputeError:
        return None
    return plan


def _built(key: str, code: int, metadata: PhoneMetadata, general: PhoneNumberDesc) -> Plan:
    prefix = metadata.national_prefix_for_parsing or ""
    skipped = "mobile" if metadata.same_mobile_and_fixed_line_pattern else ""
    kinds = "|".join(filter(None, [_described(getattr(metadata, kind)) for kind in _TYPES if kind != skipped]))
    return Plan(
        key=key,
        code=code,
        leave=_ascii(metadata.international_prefix or _NEVER),
        prefix=_ascii(prefix),
        rewritten=re.compile(prefix).groups if metadata.national_prefix_transform_rule else 0,
        shape=f"[A-Z](?:{_ascii(general.national_number_pattern or _NEVER)})",
        general=_described(general) or _NEVER,
        kinds=kinds or _NEVER,
        possible=_lengths((*general.possible_length, *general.possible_length_local_only)),
        lengths=_lengths(general.possible_length),
        claim=f"[A-Z](?:{_ascii(metadata.leading_digits)})" if metadata.leading_digits else "",
    )


def _described(desc: PhoneNumberDesc | None) -> str:
    """Join a description's lengths and pattern, as _is_number_matching_desc asks for both; "" = no number has it."""
    if desc is None or not desc.national_number_pattern:
        return ""
    return f"{_lengths(desc.possible_length)}(?:{_ascii(desc.national_number_pattern)})"


def _lengths(lengths: tuple[int, ...]) -> str:
    """Write lengths as a class of letters; none given = any, and -1 = a type that the region doesn't have."""
    letters = "".join(ascii_uppercase[length] for length in lengths if 0 < length <= _LONGEST)
    return f"[{letters}]" if letters else _NEVER if lengths else f"[{ascii_uppercase[: _LONGEST + 1]}]"


def _ascii(pattern: str) -> str:
    """Read ``\\d`` as the ten digits that are left here, which makes a pattern a good deal faster than Unicode's."""
    return pattern.replace(r"\d", "[0-9]")
