"""The cells of a contact import against the company's custom fields: text that Front would read as the type. Pure.

Front's help centre, by type: True, False, Yes, No; a number; ``2020-01-01 09:24:15``, ``2020-01-01``,
``2020-01-25T09:24:15``, RFC 1123 (``Wed, 01 Jan 2020 09:24:15 GMT``) or Unix milliseconds; a teammate's e-mail
address. How it reads a dropdown or an inbox is not told: a dropdown's values and labels pass, and an inbox's id, or any
text where the inboxes are not known.
"""

from collections.abc import Callable

import polars as pl

from toolkit.company import CompanyField, CompanyFields, is_heading

BOOLEANS = ("True", "False", "Yes", "No")
FAULT = {"index": pl.UInt32(), "heading": pl.String(), "sentence": pl.String()}

_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_MILLISECONDS = r"^-?[0-9]+$"
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%a, %d %b %Y %H:%M:%S GMT")


_AT = "\0index"
"""A name that no custom field has."""


def cell_faults(frame: pl.DataFrame, company: CompanyFields) -> pl.DataFrame:
    """Give one row (``index, heading, sentence``) for each cell that is not of its custom field's type, by index.

    ``frame``: an import file, every column String; a blank cell, null or "", is no fault. Headings that are not the
    company's fields are passed over: ``unknown_headings`` names them.
    """
    rules = {each.name: each for each in company.fields if each.name in frame.columns and not is_heading(each.name)}
    parts = [_faults(frame, field, company) for field in rules.values() if field.type in _FITS]
    return pl.concat([pl.DataFrame(schema=FAULT), *parts]).sort("index", maintain_order=True)


def _faults(frame: pl.DataFrame, field: CompanyField, company: CompanyFields) -> pl.DataFrame:
    """Judge the distinct values of one column, and find the rows of the bad ones."""
    fits, kind = _FITS[field.type]
    cell = pl.col(field.name)
    values = frame.select(cell.unique()).filter(cell.fill_null("") != "")
    bad = values.filter(~fits(cell, field, company))
    rows = frame.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(_AT), cell).join(bad, on=field.name, how="semi")
    shown = pl.format("{} is not {}", cell.str.head(60), pl.lit(kind)).alias("sentence")
    return rows.select(pl.col(_AT).alias("index"), pl.lit(field.name).alias("heading"), shown)


Fits = Callable[[pl.Expr, CompanyField, CompanyFields], pl.Expr]


def _boolean(cell: pl.Expr, _: CompanyField, __: CompanyFields) -> pl.Expr:
    return cell.is_in(BOOLEANS)


def _number(cell: pl.Expr, _: CompanyField, __: CompanyFields) -> pl.Expr:
    return cell.str.contains(_NUMBER)


def _datetime(cell: pl.Expr, _: CompanyField, __: CompanyFields) -> pl.Expr:
    times = [cell.str.to_datetime(form, strict=False).is_not_null() for form in _TIMES]
    return pl.any_horizontal(cell.str.contains(_MILLISECONDS), *times)


def _teammate(cell: pl.Expr, _: CompanyField, company: CompanyFields) -> pl.Expr:
    known = [each.lower() for each in company.teammates]
    return cell.str.to_lowercase().is_in(known) if known else pl.lit(value=True)


def _enum(cell: pl.Expr, field: CompanyField, _: CompanyFields) -> pl.Expr:
    known = [text for choice in field.choices for text in choice]
    return cell.is_in(known) if known else pl.lit(value=True)


def _inbox(cell: pl.Expr, _: CompanyField, company: CompanyFields) -> pl.Expr:
    return cell.is_in(list(company.inboxes)) if company.inboxes else pl.lit(value=True)


_FITS: dict[str, tuple[Fits, str]] = {
    "boolean": (_boolean, "True, False, Yes or No"),
    "number": (_number, "a number such as 1234.5"),
    "datetime": (_datetime, "a time such as 2020-01-01 09:24:15"),
    "teammate": (_teammate, "the e-mail address of a teammate"),
    "enum": (_enum, "one of the field's choices"),
    "inbox": (_inbox, "the id of an inbox"),
}
