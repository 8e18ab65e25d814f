"""Which cells a spreadsheet would run as a formula: in files for people these begin with an apostrophe. Pure."""

import re

import polars as pl

_STARTS = r"^[=+\-@\t\r\n]"
_NUMBER_OR_PHONE = r"^[+-][0-9][0-9 ().,-]*$"


def is_formula(cell: pl.Expr) -> pl.Expr:
    """Tell of each cell whether it begins like a formula and is neither a plain number nor a phone number."""
    return cell.str.contains(_STARTS) & ~cell.str.contains(_NUMBER_OR_PHONE)


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run."""
    runs = re.search(_STARTS, cell) and not re.fullmatch(_NUMBER_OR_PHONE[1:-1], cell)
    return f"'{cell}" if runs else cell


def harmless_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Do the same to every text cell of a frame."""
    cells = {name: pl.col(name) for name, kind in frame.schema.items() if kind == pl.String}
    return frame.with_columns(
        pl.when(is_formula(cell)).then(pl.lit("'") + cell).otherwise(cell).alias(name) for name, cell in cells.items()
    )
