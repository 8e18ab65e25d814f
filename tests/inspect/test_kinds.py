"""What a column is taken for, and in which style it is written."""

import polars as pl
import pytest

from toolkit.contacts.dates import DateStyle
from toolkit.contacts.normalise import NumberStyle
from toolkit.inspect.advice import of_column, source_section
from toolkit.inspect.kinds import Column, Kind, column, looks_like_a_value, with_partners
from toolkit.inspect.readings import common
from toolkit.one_line import one_line


def of(heading: str, *cells: str | None) -> Column:
    return column(pl.Series(heading, cells, dtype=pl.String))


@pytest.mark.parametrize(
    ("heading", "cells", "kind", "detail"),
    [
        ("Ref", ["ABC000000000001", "ABC000000000002"], "text", ""),
        ("E", ["a@example.com", "b.c@example.co.uk"], "e-mail", ""),
        ("P", ["+44 20 7946 0000", "(212) 555-0100 x12"], "phone", ""),
        ("Phone", ["2125550100"], "phone", ""),
        ("Telefon", ["030 1234567"], "phone", ""),
        ("Customer No", ["2125550100"], "number", "whole"),
        ("Zip", ["01234", "94105"], "text", ""),
        ("Zip", ["94105-1234", "94105"], "text", ""),
        ("C", ["1", "0", "1"], "checkbox", "1/0"),
        ("C", ["TRUE", "TRUE"], "checkbox", "TRUE/FALSE"),
        ("C", ["true", "false", None], "checkbox", "true/false"),
        ("M", ["Retail;Wholesale", "Retail", "Wholesale"], "multi-select", "2 choices with ; between"),
        ("M", ["Hello; this is a note, and it goes on for much longer than any choice", "x; y"], "text", ""),
        ("T", ["Gold", "Silver", "Gold", "Silver"], "text", "one of Gold, Silver"),
        ("B", [None, "", "  "], "blank", ""),
    ],
)  # fmt: skip
def test_kinds(heading: str, cells: list[str | None], kind: str, detail: str) -> None:
    """Each kind is told by its values, and by its heading only where these fit two."""
    actual = of(heading, *cells)

    assert (kind, detail) == (actual.kind, actual.detail)


@pytest.mark.parametrize(
    ("cells", "detail"),
    [
        (["003000000000001", "003000000000002"], "Contact (003), 15 characters, transform writes all with 18"),
        (["003000000000001AAA", None], "Contact (003), 18 characters"),
        (
            ["a00000000000001AAA", "001000000000001AAA", "001000000000002AAA"],
            "Account (001), custom object (a00), 18 characters",
        ),
        (
            ["003A00000000001AAA"],
            "Contact (003), 18 characters, 1 with wrong check characters: upper and lower case were lost",
        ),
    ],
)
def test_salesforce_ids(cells: list[str | None], detail: str) -> None:
    """Ids tell their object, their length, and whether their letters' case survived."""
    actual = of("Id", *cells)

    assert (Kind.SALESFORCE_ID, detail) == (actual.kind, actual.detail)


def test_case_matters_in_the_first_characters_of_an_id() -> None:
    """00q is no lead."""
    assert Kind.TEXT is of("Id", "00Q000000000001AAA", "00q000000000001aaa").kind


@pytest.mark.parametrize(
    ("cells", "kind", "detail"),
    [
        (["2026-07-26", "2026-07-27T09:30:00Z"], "date and time", "written as ISO"),
        (["26/07/2026", "05/06/2026"], "date", "written as DD/MM/YYYY"),
        (["7/26/2026", "05/06/2026 9:30 AM"], "date and time", "written as MM/DD/YYYY"),
        (["26.07.2026", "05.06.2026"], "date", "written as DD.MM.YYYY"),
        (["2026/07/26"], "date", "written as YYYY/MM/DD"),
        (["05/06/2026", "07/08/2026"], "date", "ambiguous: every value fits both DD/MM/YYYY and MM/DD/YYYY"),
        (["05-06-2026"], "date", "ambiguous: every value fits both DD-MM-YYYY and MM-DD-YYYY"),
        (["05/05/2026", "07/07/2026"], "date", "written as DD/MM/YYYY"),
        (["26/07/26", "01/02/26"], "date", "written as DD/MM/YY"),
        (["26-07-26", "01-02-26"], "date", "years of two digits: export it with four"),
    ],
)
def test_dates(cells: list[str], kind: str, detail: str) -> None:
    """The column decides; where no value does, both styles are named, unless both read every value alike."""
    actual = of("D", *cells)

    assert (kind, detail, 0) == (actual.kind, actual.detail, actual.misfits)


@pytest.mark.parametrize(
    ("cells", "detail"),
    [
        (["1", "20", "-3"], "whole"),
        (["1.5", "1234.25"], 'decimal "."'),
        (["1,5", "12"], 'decimal ","'),
        (["1,234.50", "5"], 'decimal "." with thousands ","'),
        (["1.234,50", "5,25"], 'decimal "," with thousands "."'),
        (["1'234.50"], 'decimal "." with thousands "\'"'),
        (["1 234,5"], 'decimal "," with thousands " "'),
        (["1,234", "5,678"], 'ambiguous: every value fits both decimal "," and decimal "." with thousands ","'),
        (["1,234", "5,678,000"], 'decimal "." with thousands ","'),
        (["€ 1.234,50", "€ 5,00"], 'with a currency sign, decimal "," with thousands "."'),
        (["5 %", "12.5%"], 'with a % sign, decimal "."'),
        (["EUR 5", "USD 1,200.00"], 'with a currency sign, decimal "." with thousands ","'),
    ],
)
def test_numbers(cells: list[str], detail: str) -> None:
    """Decimal and thousands marks are told from all values together."""
    actual = of("N", *cells)

    assert (Kind.NUMBER, detail) == (actual.kind, actual.detail)


def test_a_few_values_of_another_kind_are_counted_by_cells() -> None:
    """One kind in ten may be wrong; more make the column text."""
    few = of("N", *["5", "7"] * 10, "n/a", None)
    many = of("N", *["5", "7"] * 10, *["n/a"] * 3)

    assert (Kind.NUMBER, 1, 21, 3) == (few.kind, few.misfits, few.filled, few.distinct)
    assert Kind.TEXT is many.kind


def test_a_date_that_does_not_exist_is_a_misfit() -> None:
    """31 February is written like a date and is none."""
    actual = of("D", *[f"2026-01-{day:02}" for day in range(1, 21)], "2026-02-31")

    assert ("written as ISO", 1) == (actual.detail, actual.misfits)


def test_examples_are_short_and_harmless() -> None:
    """A cell can't move the cursor, turn the text around, break the line or fill the screen."""
    actual = of("T", "\x1b[31mred\n\u202eabc", "x" * 100, "third")

    assert ("\ufffd[31mred \ufffdabc", "x" * 27 + "…") == actual.examples


def test_a_currency_column_is_tied_to_its_amounts() -> None:
    """Salesforce writes the currency of "Revenue" into "Revenue Currency"; a column called so alone is text."""
    columns = with_partners((of("Revenue Currency", "EUR"), of("Revenue", "5.5"), of("Base Currency", "EUR")))

    assert [("currency code", "Revenue"), ("number", "Revenue Currency"), ("text", "")] == [
        (each.kind, each.partner) for each in columns
    ]


def test_another_column_settles_what_one_leaves_open() -> None:
    """A file is written in one locale: the style that fits every column is proposed."""
    open_column = of("A", "05/06/2026")
    telling = of("B", "27/08/2026")
    rounded, exact = of("N", "1,234"), of("O", "1,234.5")

    assert (DateStyle.DAY_MONTH_SLASH,) == common([open_column.dates, telling.dates])
    assert (NumberStyle(".", ","),) == common([rounded.numbers, exact.numbers])
    assert () == common([telling.dates, of("C", "08/27/2026").dates])


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (
            2,
            (of("Id", "001000000000001", "001000000000002"), of("Contact ID", "003000000000001", "003000000000002")),
            ("source:", "  key: Contact ID"),
        ),
        (
            2,
            (of("Id", "003000000000001", None), of("E-Mail", "a@example.com", "b@example.com")),
            ("source:", '  key: "E-Mail"'),
        ),
        (
            3,
            (of("Id", "003000000000001", "003000000000002", None),),
            ("source:", "  key: Id  # blank in 1 of 3 rows, which are rejected"),
        ),
        (
            2,
            (of("T", "x", "x"), of("D", "26/07/2026", "05/06/2026")),
            ("source:", '  key: ""  # no column names each row: add the Id to the report', "  dates: DD/MM/YYYY"),
        ),
        (
            2,
            (of("No", "x", "y"), of("N", "1.234,5", "6"), of("D", "05/06/2026", "07/08/2026")),
            (
                "source:",
                "  key: No",
                "  dates: DD/MM/YYYY  # or MM/DD/YYYY: the values fit both, so look where the report was made",
                '  numbers: {decimal: ",", thousands: "."}',
            ),
        ),
        (
            2,
            (of("No", "x", "y"), of("D", "26/07/2026", None), of("E", "2026-07-26", None), of("F", "2026-01-02", None)),
            ("source:", "  key: No", "  dates: ISO  # but some columns are written in another way"),
        ),
    ],
)
def test_the_source_section(rows: int, columns: tuple[Column, ...], expected: tuple[str, ...]) -> None:
    """The mapping's section is made from all columns; what can't be known is said in a comment."""
    assert expected == source_section(columns, rows)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (of("Work E-Mail", "a@example.com"), 'handles: [{source: email, from: "Work E-Mail"}]'),
        (
            of("Fax", "+44 20 7946 0000"),
            "handles: [{source: phone, from: Fax, region: US}]  # the country of those without",
        ),
        (of("N", "5.5"), "{from: N, type: number}"),
        (of("N", "5 %"), "{from: N, type: number, format: percent}"),
        (of("true", "1"), '{from: "true", type: boolean}'),
        (of("M", "a;b", "a", "b"), 'lists: [{from: M, split: ";"}]'),
        (of("D", "26/07/2026"), "{from: D, type: datetime, dates: DD/MM/YYYY}"),
        (of("D", "05/06/2026"), "{from: D, type: datetime, dates: DD/MM/YYYY}  # or MM/DD/YYYY"),
        (of("D", "26/07/26"), "{from: D, type: datetime, dates: DD/MM/YY}"),
        (of("D", "26-07-26"), ""),
        (of("T", "x"), ""),
    ],
)  # fmt: skip
def test_the_line_for_a_column(one: Column, expected: str) -> None:
    """A column of dates that is not written as the file's others gets a style of its own."""
    columns = (one, of("I", "2026-01-01"), of("J", "2026-01-02"))

    assert expected == of_column(one, columns)


@pytest.mark.parametrize(("heading", "expected"), [("a@example.com", True), ("2026-01-01", True), ("Phone 2", False)])
def test_headings_that_are_values(heading: str, expected: bool) -> None:
    """A file without headings is noticed."""
    assert expected is looks_like_a_value(heading)


def test_harmless_keeps_what_people_write() -> None:
    """Letters of every script and single blanks stay."""
    assert "Zoë 名前 😀" == one_line("Zoë \t 名前 😀")
