"""The inspect stage: reads a CSV as every command does and describes it. Writes nothing, changes nothing."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from toolkit.errors import Problem
from toolkit.inspect import advice, form
from toolkit.inspect.form import Form
from toolkit.inspect.kinds import column, looks_like_a_value, with_partners
from toolkit.inspect.result import InspectResult
from toolkit.tables import CsvOptions, Table, count_line_ends, read_csv

_SHOWN = 10
_SHORTENED = r"^\s*(?:[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}|#{4,})\s*$"


@dataclass(frozen=True, slots=True)
class InspectSettings:
    """Which CSV, and what a person knows better than the file shows."""

    source: Path
    csv: CsvOptions = field(default_factory=CsvOptions)


def run(settings: InspectSettings) -> InspectResult:
    """Describe a CSV; InputRefused and WrongSettings as every command that reads one."""
    table = read_csv(settings.source, settings.csv)
    columns = with_partners(tuple(column(cells) for cells in table.frame.iter_columns()))
    return InspectResult(
        name=table.name,
        form=_form(settings, table),
        rows=table.frame.height,
        heading_row=table.first_row - 1,
        notes=(*table.notes, *suspicions(table), *_blank_rows(table)),
        columns=columns,
        source_section=advice.source_section(columns, table.frame.height),
    )


def _form(settings: InspectSettings, table: Table) -> Form:
    ends = count_line_ends(settings.source, table.encoding)
    sure, why = form.sureness(
        table.encoding,
        table.byte_order_mark,
        named=settings.csv.encoding is not None,
        beyond_ascii=_is_beyond_ascii(table),
    )
    return Form(
        encoding=form.spoken(table.encoding, table.byte_order_mark),
        sureness=sure,
        why=why,
        byte_order_mark=table.byte_order_mark,
        delimiter=table.delimiter,
        line_ends=form.line_ends(ends.lf, ends.crlf, ends.cr, in_cells=ends.in_cells),
    )


def _is_beyond_ascii(table: Table) -> bool:
    said = (*table.frame.columns, *(note.sentence for note in table.notes))
    beyond = table.frame.select(pl.any_horizontal(pl.all().str.contains(r"[^\x00-\x7F]").any()))
    return not all(each.isascii() for each in said) or bool(beyond.item())


def suspicions(table: Table) -> tuple[Problem, ...]:
    """Tell of what a file should not have, and no reader refuses: values as headings, cells that were shortened."""
    return (*_headings(table), *_shortened(table))


def _shortened(table: Table) -> tuple[Problem, ...]:
    """Tell of cells as a spreadsheet shows long numbers and narrow columns: what was there is lost."""
    hits = ((each.name, each.filter(each.str.contains(_SHORTENED))) for each in table.frame.iter_columns())
    found = [f"{name} ({cells[0]})" for name, cells in hits if len(cells)]
    if not found:
        return ()
    said = f"a spreadsheet has shortened cells as it saved them; what was there is lost: {', '.join(found)}"
    return (Problem(said, table.name, code="shortened"),)


def _headings(table: Table) -> tuple[Problem, ...]:
    """Tell of headings that are values: the file has none then, and its first row is taken for them."""
    found = [heading for heading in table.frame.columns if looks_like_a_value(heading)]
    if not found:
        return ()
    said = f"do headings stand in row {table.first_row - 1}? It looks like data: {', '.join(found)}"
    return (Problem(said, table.name, code="headings-like-values"),)


def _blank_rows(table: Table) -> tuple[Problem, ...]:
    """Tell of rows without any value between others: they stay, and transform rejects them."""
    blank = table.frame.select(pl.all_horizontal(pl.all().is_null())).to_series().arg_true() + table.first_row
    if not len(blank):
        return ()
    rows = ", ".join(map(str, blank.head(_SHOWN)))
    more = f" and {len(blank) - _SHOWN:,} more" if len(blank) > _SHOWN else ""
    word = "row" if len(blank) == 1 else "rows"
    said = f"blank rows inside the table stay, and transform rejects them as missing-key: {word} {rows}{more}"
    return (Problem(said, table.name, code="blank-rows-inside"),)
