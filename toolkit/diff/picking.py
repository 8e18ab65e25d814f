"""Columns of a table by their exact names: polars takes some names (``*``, ``^a$``) for patterns. Pure."""

from collections.abc import Iterable, Mapping

import polars as pl


def picked(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Give the columns ``names`` of a frame; of a mapping the columns that are its keys, by the names it gives them."""
    given = names if isinstance(names, Mapping) else {name: name for name in names}
    return pl.DataFrame([frame.get_column(own).alias(name) for own, name in given.items()])


def values_of(frame: pl.DataFrame, name: str) -> pl.Series:
    """Give one column, called ``value``: whatever is done with it, its own name is taken for no pattern."""
    return frame.get_column(name).alias("value")
