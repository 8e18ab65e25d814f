"""Cells that a spreadsheet would run as a formula: in files for people these begin with an apostrophe."""

import re

import polars as pl

_STARTS = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[0-9]+(?:[.,][0-9]+)*$"


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell that begins like a formula and is no plain number."""
    return f"'{cell}" if re.search(_STARTS, cell) and not re.fullmatch(_NUMBER[1:-1], cell) else cell


def harmless_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Do the same to every text cell of a frame."""
    cells = {name: pl.col(name) for name, kind in frame.schema.items() if kind == pl.String}
    run = {name: cell.str.contains(_STARTS) & ~cell.str.contains(_NUMBER) for name, cell in cells.items()}
    return frame.with_columns(
        pl.when(run[name]).then(pl.lit("'") + cell).otherwise(cell).alias(name) for name, cell in cells.items()
    )
