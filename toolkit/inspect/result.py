"""What an inspection gives: plain data, between the stage that finds it and those who show it. Pure."""

from dataclasses import dataclass

from toolkit.errors import Problem
from toolkit.inspect.form import Form
from toolkit.inspect.kinds import Column


@dataclass(frozen=True, slots=True)
class InspectResult:
    """What a CSV is. ``heading_row`` and the places in ``notes`` count as a spreadsheet does.

    ``notes``: what reading it settled and how (the codes of ``Table.notes``), and what a person should look at
    (headings-like-values, shortened, blank-rows-inside).
    ``source_section``: the lines of the mapping's section ``source`` that fit this file, as YAML.
    """

    name: str
    form: Form
    rows: int
    heading_row: int
    notes: tuple[Problem, ...]
    columns: tuple[Column, ...]
    source_section: tuple[str, ...]
