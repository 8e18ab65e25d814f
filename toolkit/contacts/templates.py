"""Text with columns in it: ``"{First Name} {Last Name}"``. Pure: templates and cells in, a column out.

``{{`` and ``}}`` are literal braces. Runs of blanks become one, each line is trimmed. A template whose columns
are all blank is blank; a text without any column is a constant.
"""

import re
from dataclasses import dataclass

import polars as pl

from toolkit.contacts.cleaned import mended

MAX_COLUMNS = 100
"""Places of one template that name a column: what it makes is at most so many times as long as the cells."""
_PART = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]|[^{}]+")


@dataclass(frozen=True, slots=True)
class Template:
    """One template: ``parts`` are (text, is_column) in order."""

    parts: tuple[tuple[str, bool], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it uses, in order, each once."""
        return tuple(dict.fromkeys(text for text, is_column in self.parts if is_column))


def parse(text: str) -> Template:
    """Read one template. Raises ValueError with a sentence when a brace has no partner."""
    parts: list[tuple[str, bool]] = []
    for match in _PART.finditer(text):
        if match[0] in ("{", "}"):
            raise ValueError(f"has a {match[0]} without its partner at character {match.start() + 1}")
        is_column = match[1] is not None
        parts.append((match[1].strip() if is_column else match[0].replace("{{", "{").replace("}}", "}"), is_column))
    if sum(is_column for _, is_column in parts) > MAX_COLUMNS:
        raise ValueError(f"names columns in more than {MAX_COLUMNS} places")
    return Template(tuple(parts))


def filled(cells: pl.DataFrame, choices: tuple[Template, ...]) -> pl.Series:
    """Give the text of the first of ``choices`` whose columns all have a value; else of the last, blanks left empty."""
    last = _written(choices[-1])
    some = [pl.col(name).is_not_null() for name in choices[-1].columns]
    answer: pl.Expr = pl.when(pl.any_horizontal(some)).then(last) if some else last
    for choice in reversed(choices[:-1]):
        complete = pl.all_horizontal([pl.lit(value=True), *(pl.col(name).is_not_null() for name in choice.columns)])
        answer = pl.when(complete).then(_written(choice)).otherwise(answer)
    text = cells.with_columns(answer.alias(_TEXT)).get_column(_TEXT)
    return _collapsed(text)


_TEXT = "\0text"
"""A heading that no report has."""
_LOOSE = r"[ \t\x{A0}]{2}|[\t\x{A0}]| \n|\n |^\s|\s$|^$"
"""Text that ``_collapsed`` may change."""


def _written(template: Template) -> pl.Expr:
    pieces = [pl.col(text) if is_column else pl.lit(text) for text, is_column in template.parts]
    return pl.concat_str([*pieces, pl.lit("")], ignore_nulls=True)


def _collapsed(text: pl.Series) -> pl.Series:
    return mended(text, text.str.contains(_LOOSE), _tidied)


def _tidied(text: pl.Series) -> pl.Series:
    plain = text.str.replace_all(r"[ \t\x{A0}]+", " ").str.replace_all(r" ?\n ?", "\n").str.strip_chars()
    return pl.select(pl.when(plain != "").then(plain)).to_series()
