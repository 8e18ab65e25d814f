"""What a cleaned column is, and the ways to make one. Pure; which cells are good is for the modules around.

A cleaning function takes a column of tidy text (null = blank) and gives ``Cleaned``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from toolkit.contacts.rejects import RejectCode

Answer = tuple[str | None, str | None]
"""Value and complaint of one cell."""
CELL = "c"
"""How the expressions given to ``by_columns`` name the cells."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``values`` and ``complaints`` run along the rows; at most one of the two is set in a row.

    ``code`` is the reject code of a complaint. ``extensions`` counts the phone extensions left out; ``extended``
    (Boolean along the rows, phones only) tells where.
    """

    values: pl.Series
    complaints: pl.Series
    code: RejectCode
    extensions: int = 0
    extended: pl.Series | None = None


def by_columns(cells: pl.Series | pl.DataFrame, value: pl.Expr, complaint: pl.Expr, code: RejectCode) -> Cleaned:
    """Compute both columns from ``pl.col(CELL)``, or from a frame's columns; a bad cell has no value."""
    frame = cells.alias(CELL).to_frame() if isinstance(cells, pl.Series) else cells
    both = frame.select(value.alias("value"), complaint.cast(pl.String).alias("complaint"))
    if both["complaint"].null_count() == len(cells):
        return Cleaned(both["value"], both["complaint"], code)
    values = both.select(pl.when(pl.col("complaint").is_null()).then("value").alias("value"))["value"]
    return Cleaned(values, both["complaint"], code)


def by_value(cells: pl.Series, settled: pl.Series, clean: Callable[[str], Answer], code: RejectCode) -> Cleaned:
    """Keep what columns ``settled``; call ``clean`` once for each distinct cell that is neither settled nor blank."""
    open_cells = pl.DataFrame({"cell": cells, "settled": settled})
    rest = open_cells.select(pl.when(pl.col("settled").is_null()).then("cell").alias("cell"))
    if rest["cell"].null_count() == len(rest):
        return Cleaned(settled.alias("value"), blanks(len(cells)).alias("complaint"), code)
    answer = distinct(rest, clean)
    return Cleaned(settled.fill_null(answer["value"]).alias("value"), answer["complaint"], code)


def distinct(keys: pl.DataFrame, clean: Callable[..., Answer]) -> pl.DataFrame:
    """Call ``clean`` once for each distinct row of ``keys`` and give ``value, complaint`` along the rows.

    Rows whose first key is null are blank: ``clean`` is not called for them.
    """
    there = keys.select(pl.first().is_not_null()).to_series()
    present = keys.filter(there)
    different = present.unique(maintain_order=True)
    answers = [clean(*row) for row in different.iter_rows()]
    schema = {"value": pl.String, "complaint": pl.String}
    known = pl.concat([different, pl.DataFrame(answers, schema=schema, orient="row")], how="horizontal")
    found = present.join(known, on=keys.columns, how="left", maintain_order="left", nulls_equal=True)
    answered = found.select("value", "complaint")
    return answered if len(found) == len(keys) else spread(answered, there)


def spread(some: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    """Put the rows of ``some`` where ``where`` is true, in their order, and nulls elsewhere."""
    place = pl.select(pl.when(where).then(where.cum_sum() - 1)).to_series()
    return some.select(pl.all().gather(place))


def mended(cells: pl.Series, bad: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Give ``cells`` with those where ``bad`` is true changed; ``change`` sees these alone, in their order."""
    there = bad.fill_null(value=False)
    if not there.any():
        return cells
    changed = change(cells.filter(there)).alias(cells.name)
    if len(changed) == len(cells):
        return changed
    place = pl.when(there).then(there.cum_sum() - 1 + len(cells)).otherwise(pl.int_range(len(cells)))
    return pl.concat([cells, changed]).gather(pl.select(place).to_series())


def where(cells: pl.Series, rest: pl.Series, clean: Callable[[pl.Series], Cleaned], code: RejectCode) -> Cleaned:
    """Keep ``cells`` as they are but for those where ``rest`` is true, which ``clean`` sees alone."""
    there = rest.fill_null(value=False)
    if not there.any():
        return Cleaned(cells, blanks(len(cells)), code)
    cleaned = clean(cells.filter(there))
    complaints = spread(cleaned.complaints.to_frame(), there).to_series()
    return Cleaned(mended(cells, there, lambda _: cleaned.values), complaints, cleaned.code)


def blanks(rows: int) -> pl.Series:
    """Give a column of nulls."""
    return pl.Series([None], dtype=pl.String).new_from_index(0, rows)
