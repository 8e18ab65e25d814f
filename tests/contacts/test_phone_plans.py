"""Phone numbers: the columns' answers are libphonenumber's, in every region and every way of writing."""

from concurrent.futures import ThreadPoolExecutor

import phonenumbers
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from toolkit.contacts import phone_plans
from toolkit.contacts.phones import PhoneCheck, phones

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]
Cell = tuple[str, str]
"""What is written, and the region it is read for; "" = none."""


def examples() -> list[tuple[PhoneNumber, str]]:
    kinds = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]
    found = [(phonenumbers.example_number_for_type(region, kind), region) for region in REGIONS for kind in kinds]
    unlike = {(str(number), region): (number, region) for number, region in found if number}
    codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    return [*unlike.values(), *((phonenumbers.example_number_for_non_geo_entity(code), "CH") for code in codes)]


EXAMPLES = examples()
WRITTEN = [(phonenumbers.format_number(number, way), region) for number, region in EXAMPLES for way in FORMATS]


def ways(number: PhoneNumber, region: str) -> list[Cell]:
    """Write a number as people do, and as they shouldn't."""
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL).removeprefix("+")
    other = REGIONS[(REGIONS.index(region) + 7) % len(REGIONS)]
    prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or "0"
    texts = [f"{prefix}{national}", national.removeprefix(prefix), national[:-1], f"{national}0", f"({national})"]
    texts += [abroad, f"00{abroad}", f"011-{abroad}", f"+{abroad[:-1]}", f"+ {abroad.replace(' ', ' (0) ', 1)}"]
    return [(national, other), (f"+{abroad}", ""), (national, ""), *((text, region) for text in texts)]


def library(cell: str, region: str, check: PhoneCheck) -> str | None:
    try:
        found = phonenumbers.parse(cell, region or None)
    except phonenumbers.NumberParseException:
        return None
    good = phonenumbers.is_valid_number if check is PhoneCheck.VALID else phonenumbers.is_possible_number
    return phonenumbers.format_number(found, PhoneNumberFormat.E164) if good(found) else None


def columns(cells: list[Cell], check: PhoneCheck = PhoneCheck.VALID) -> list[str | None]:
    frame = pl.DataFrame(cells, schema={"cell": pl.String, "region": pl.String}, orient="row")
    cleaned = phones(frame["cell"], frame["region"].replace("", None), "", check)
    assert (cleaned.values.is_null() == cleaned.complaints.is_not_null()).all()
    return cleaned.values.to_list()


def differing(cells: list[Cell], check: PhoneCheck = PhoneCheck.VALID) -> list[tuple[Cell, str | None, str | None]]:
    both = [(cell, library(*cell, check), value) for cell, value in zip(cells, columns(cells, check), strict=True)]
    return [each for each in both if each[1] != each[2]]


def test_example_numbers_are_read_as_the_library_reads_them():
    """Numbers of each type and region, written in E.164, internationally and nationally."""
    expected = []
    assert expected == differing(WRITTEN)


@pytest.mark.parametrize("half", [0, 1])
def test_odd_ways_of_writing_are_read_as_the_library_reads_them(half: int):
    """Prefixes doubled or missing, digits too few or too many, exit codes, codes without plus, other regions."""
    cells = [cell for number, region in EXAMPLES[half::2] for cell in ways(number, region)]
    expected = []
    assert expected == differing(cells)


def test_possible_numbers_are_read_as_the_library_reads_them():
    """The milder check has the library's answer too."""
    cells = [cell for number, region in EXAMPLES[::4] for cell in ways(number, region)]
    expected = []
    assert expected == differing(cells, PhoneCheck.POSSIBLE)


CELLS = st.tuples(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(
            ["", "+", "00", "011", "0", "1", "8", "(", "+1 ", "+44(0)", "+7", "+39 0", "44", "54 9", "0015"]
        ),
        st.text(st.sampled_from("0123456789"), min_size=1, max_size=18),
        st.text(st.sampled_from("0123456789 -.()/+x#~\u00a0\u2011\uff10"), max_size=4),
    ),
    st.sampled_from([*REGIONS, ""]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=60))
@example([("0" * 250 + "20 7946 0958", "GB"), (" " * 249 + "+442079460958", "GB"), ("+", "GB"), ("()", "GB")])
@example([("0011", "SG"), ("00000000", "AU"), ("+0 44 20 7946 0958", "GB"), ("+999 123456", ""), ("\u0660", "EG")])
def test_any_digits_are_read_as_the_library_reads_them(cells: list[Cell]):
    """Digits at random after what numbers begin with, and characters that change a number's meaning."""
    expected = []
    assert expected == differing(cells)


def test_columns_settle_nearly_all_valid_numbers():
    """Of valid numbers in common spellings fewer than three in a hundred cost the library's time."""
    rows = pl.DataFrame(WRITTEN, schema=["cell", "region"], orient="row").with_row_index("at")
    valid = sum(library(*cell, PhoneCheck.VALID) is not None for cell in WRITTEN)
    assert phone_plans.settled(rows).height > 0.97 * valid


def test_extensions_are_told_of_row_by_row():
    """An extension is left out, and the row says so."""
    cells = pl.Series(["(415) 555-2671", "415-555-2672 ext. 12", None, "+44 20 7946 0958 x3", "ext. 12"])
    cleaned = phones(cells, None, "US", PhoneCheck.VALID)
    assert ["+14155552671", "+14155552672", None, "+442079460958", None] == cleaned.values.to_list()
    assert ([False, True, False, True, False], 2) == (cleaned.extended.to_list(), cleaned.extensions)


def test_batches_in_threads_are_read_alike():
    """Two batches that are cleaned at the same time don't disturb each other."""
    expected = columns(WRITTEN)
    with ThreadPoolExecutor(2) as pool:
        assert [expected, expected] == list(pool.map(columns, [WRITTEN, WRITTEN]))
