"""What is wrong with a row, out of a closed list, and the file in which a person mends it. Pure.

A fault is one thing wrong with one row; a row with several faults is one reject. The reject file holds the
original cells under the original headings, so that after mending it is an input like any other.

Cells that a spreadsheet would run as a formula get a leading apostrophe in the files for people. So that
reading them back gives the same cells, one apostrophe is also put before a cell that already looks so
protected; ``restore`` takes exactly one away.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import polars as pl

from toolkit.tables.formulas import is_formula


class RejectCode(StrEnum):
    """Why a row became no contact; ``MEANINGS`` explains each."""

    EXCLUDED = "excluded"
    MISSING_KEY = "missing-key"
    REPEATED_KEY = "repeated-key"
    MISSING_NAME = "missing-name"
    NO_HANDLE = "no-handle"
    NO_ACCOUNT = "no-account"
    BAD_EMAIL = "bad-email"
    BAD_PHONE = "bad-phone"
    BAD_DOMAIN = "bad-domain"
    BAD_LINK = "bad-link"
    BAD_DATE = "bad-date"
    BAD_NUMBER = "bad-number"
    BAD_BOOLEAN = "bad-boolean"
    BAD_CHOICE = "bad-choice"
    BAD_TEAMMATE = "bad-teammate"
    BAD_INBOX = "bad-inbox"
    DUPLICATE = "duplicate"
    SCHEMA = "schema"


def by_fault(counts: Mapping[str, int]) -> dict[str, int]:
    """Keep of the counts by code those of faults: rows that the mapping's ``where`` leaves out have none."""
    return {code: count for code, count in counts.items() if code != RejectCode.EXCLUDED}


MEANINGS: dict[RejectCode, str] = {
    RejectCode.EXCLUDED: "The mapping's source.where is false or unknown for the row: left out on purpose.",
    RejectCode.MISSING_KEY: "The column named by source.key is blank, so nothing could name the row later.",
    RejectCode.REPEATED_KEY: "An earlier row has the same key, which names one contact alone: give this one its own.",
    RejectCode.MISSING_NAME: "The contact has no name, which Front's contact import requires.",
    RejectCode.NO_ACCOUNT: "The row names no account, which is what an accounts import is made of.",
    RejectCode.NO_HANDLE: "No handle is left: Front has no contact without an address, number or user name.",
    RejectCode.BAD_EMAIL: "An e-mail address breaks the rules of addresses.",
    RejectCode.BAD_PHONE: "A phone number is not one in its region, or has no country code and no region.",
    RejectCode.BAD_DOMAIN: "A website gives no domain name.",
    RejectCode.BAD_LINK: "A link is no web address that others can open: http or https, and a host with a dot.",
    RejectCode.BAD_DATE: "A date is not written in the style that the mapping declares, or is not in the calendar.",
    RejectCode.BAD_NUMBER: "A number is not written as the mapping declares, or has more digits than JSON keeps.",
    RejectCode.BAD_BOOLEAN: "A value is none of true, false, yes, no, 1, 0 or the like, or of the mapping's own words.",
    RejectCode.BAD_CHOICE: "A value is not in the custom field's map.",
    RejectCode.BAD_TEAMMATE: "A teammate is not given by an e-mail address.",
    RejectCode.BAD_INBOX: "An inbox is not given by its id in Front (inb_…).",
    RejectCode.DUPLICATE: "The row shares a handle with others, and the mapping rejects duplicates.",
    RejectCode.SCHEMA: "What would be written breaks its schema, or is not what the company's custom fields take.",
}

ROW, CODE, REASON = "reject_row", "reject_code", "reject_reason"
COLUMNS = (ROW, CODE, REASON)
FAULT = {"index": pl.UInt32(), "code": pl.String(), "sentence": pl.String()}

_PROTECTED = r"^'+[=+\-@\t\r\n]"


def faults(indexes: pl.Series, code: RejectCode, sentences: pl.Series | str) -> pl.DataFrame:
    """Give one fault (``index, code, sentence``) for each of ``indexes``, the rows' places in the file from 0."""
    frame = pl.DataFrame({"index": indexes.cast(pl.UInt32)})
    return frame.select("index", pl.lit(code.value).alias("code"), pl.lit(sentences, dtype=pl.String).alias("sentence"))


def together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put faults one under the other; an empty frame of faults when there are none."""
    return pl.concat([pl.DataFrame(schema=FAULT), *parts])


def one_each(found: pl.DataFrame) -> pl.DataFrame:
    """Give one row an index, sorted: the first fault's code, and all sentences, each once."""
    joined = pl.col("sentence").unique(maintain_order=True).str.join("; ")
    return found.group_by("index", maintain_order=True).agg(pl.col("code").first(), joined).sort("index")


def reject_file(cells: pl.DataFrame, rejected: pl.DataFrame, first_row: int) -> pl.DataFrame:
    """Give rejects.csv: the original columns, then ``reject_row, reject_code, reject_reason``.

    ``rejected`` is what ``one_each`` gives; ``reject_row`` counts as a spreadsheet does, headings being row 1.
    """
    rows = cells[rejected["index"]] if len(cells) else cells
    reasons = rejected.select(
        (pl.col("index").cast(pl.Int64) + first_row).cast(pl.String).alias(ROW),
        pl.col("code").alias(CODE),
        pl.col("sentence").alias(REASON),
    )
    return protect(pl.concat([rows, reasons], how="horizontal"))


def protect(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before each cell and heading that a spreadsheet would take for a formula."""
    headings = _protected(pl.Series(frame.columns, dtype=pl.String))
    # The columns are laid end to end: an expression for each takes half a minute when there are 100,000.
    end_to_end = [pl.Series(dtype=pl.String), *(each.rename("") for each in frame.get_columns())]
    cells = _protected(pl.concat(end_to_end, rechunk=True))
    columns = (cells.slice(at * frame.height, frame.height) for at in range(frame.width))
    return pl.DataFrame([cell.alias(name) for name, cell in zip(headings, columns, strict=True)])


def _protected(cells: pl.Series) -> pl.Series:
    cell = pl.col("cell")
    risky = is_formula(cell) | cell.str.contains(_PROTECTED)
    safe = pl.when(risky).then(pl.lit("'") + cell).otherwise(cell)
    return cells.alias("cell").to_frame().select(safe.alias("cell"))["cell"]


def restore(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the cells of a reject file as they were before ``protect``, without the three reject columns.

    A file without all three is no reject file: its cells are data and stay as they are.
    """
    rest = frame.drop(COLUMNS, strict=False)
    if rest.width > frame.width - len(COLUMNS):
        return rest
    cell = pl.all()
    bare = rest.select(pl.when(cell.str.contains(_PROTECTED)).then(cell.str.slice(1)).otherwise(cell).name.keep())
    bare.columns = restored_headings(frame.columns)
    return bare


def restored_headings(headings: Sequence[str]) -> list[str]:
    """Give the headings that ``restore`` gives for a file with these."""
    rest = [heading for heading in headings if heading not in COLUMNS]
    if len(rest) > len(headings) - len(COLUMNS):
        return rest
    return [heading[1:] if re.match(_PROTECTED, heading) else heading for heading in rest]
