"""The columns of a contact frame: their names, their types, and how several values become one cell of a list. Pure.

``wanted`` says what each column holds.
"""

import polars as pl

from toolkit.contacts.mapping import ContactRule, FieldType, HandleSource

INDEX, KEY, ACCOUNT, LINKS, LISTS, CLEAR = "index", "key", "account", "links", "lists", "clear"
_LIST = pl.List(pl.String())
_ACCOUNT = pl.Struct(
    {"name": pl.String(), "external_id": pl.String(), "domains": _LIST, "description": pl.String()}
)  # fmt: skip
EXACT = (HandleSource.CUSTOM, HandleSource.FRONT_CHAT, HandleSource.INTERCOM)
"""Sources whose handles differ when their case differs; all others are compared without it, as plan and replay do."""
_FIELDS: dict[FieldType, pl.DataType] = {FieldType.BOOLEAN: pl.Boolean(), FieldType.DATETIME: pl.Int64()}


def handle_column(source: HandleSource) -> str:
    """Name the column with the handles of ``source``."""
    return f"handle {source}"


def field_column(name: str) -> str:
    """Name the column of a custom field."""
    return f"field {name}"


def field_name(column: str) -> str:
    """Name the custom field of a column; "" for any other column."""
    return column.removeprefix("field ") if column.startswith("field ") else ""


def contact_schema(rule: ContactRule) -> dict[str, pl.DataType]:
    """Give the columns of the contacts that ``rule`` makes, in order, with their types."""
    parts: list[tuple[object, dict[str, pl.DataType]]] = [
        (True, {INDEX: pl.UInt32(), KEY: pl.String()}),
        (rule.name, {"name": pl.String()}),
        (rule.description, {"description": pl.String()}),
        (True, {handle_column(source): _LIST for source in rule.sources}),
        (rule.links, {LINKS: _LIST}),
        (rule.lists, {LISTS: _LIST}),
        (rule.account, {ACCOUNT: _ACCOUNT}),
        (True, {field_column(each.name): _FIELDS.get(each.type, pl.String()) for each in rule.fields}),
        (rule.clears, {CLEAR: _LIST}),
    ]
    return {name: kind for there, columns in parts if there for name, kind in columns.items()}


def united(columns: list[pl.Series], name: str) -> pl.Series:
    """Put columns (of text, or of lists of it) side by side into one of lists, without blanks and repeats.

    The values go through one long frame: polars' concat_list and list.drop_nulls take ten times as long.
    """
    if len(columns) == 1 and columns[0].dtype != _LIST:
        return _single(columns[0], name)
    row = pl.int_range(len(columns[0]), dtype=pl.UInt32, eager=True).alias("row")
    long = pl.concat(_long(row, column) for column in columns).sort("row", maintain_order=True)
    grouped = _without_repeats(long, name).group_by("row", maintain_order=True).agg("value")
    whole = row.to_frame().join(grouped, on="row", how="left", maintain_order="left")
    return whole.select(pl.col("value").fill_null([]).alias(name)).to_series()


def pieces(cells: pl.Series, between: str) -> pl.DataFrame:
    """Cut each cell at the text ``between``: ``row`` (UInt32, from 0) and ``value``, trimmed, without blanks."""
    row = pl.int_range(len(cells), dtype=pl.UInt32, eager=True).alias("row")
    trimmed = pl.col("value").str.strip_chars()
    return _long(row, cells.str.split(between)).select("row", trimmed).filter(pl.col("value") != "")


def _single(column: pl.Series, name: str) -> pl.Series:
    value = pl.when(pl.col("value").is_not_null()).then(pl.concat_list("value"))
    return column.alias("value").to_frame().select(value.otherwise(pl.lit([], dtype=_LIST)).alias(name)).to_series()


def _long(row: pl.Series, column: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame([row, column.alias("value")])
    if column.dtype == _LIST:
        frame = frame.explode("value", empty_as_null=False, keep_nulls=False)
    return frame.filter(pl.col("value").is_not_null())


def _without_repeats(long: pl.DataFrame, name: str) -> pl.DataFrame:
    """Keep the first of equal values of a row; only rows with several are looked at. ``long`` is sorted by row."""
    row = pl.col("row")
    several = ((row == row.shift(1)) | (row == row.shift(-1))).fill_null(value=False)
    repeated = pl.struct(row, _same(pl.col("value"), name)).is_first_distinct()
    first = long.filter(several).with_columns(repeated.alias("first"))
    if first["first"].all():
        return long
    alone = long.filter(~several).with_columns(first=True)
    return pl.concat([alone, first]).filter("first").sort("row", maintain_order=True).drop("first")


def each_once(name: str) -> pl.Expr:
    """Leave blanks and repeats out of the lists of a column; addresses that differ in case alone are one."""
    if name not in _folded():
        return pl.col(name).list.drop_nulls().list.unique(maintain_order=True)
    item = pl.element()
    return pl.col(name).list.eval(item.filter(item.is_not_null() & _same(item, name).is_first_distinct()))


def _folded() -> frozenset[str]:
    return frozenset(handle_column(each) for each in HandleSource if each not in EXACT)


def _same(value: pl.Expr, name: str) -> pl.Expr:
    """Give what is compared when values of a column are the same."""
    return value.str.to_lowercase() if name in _folded() else value
