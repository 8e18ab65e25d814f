"""Text with columns in it: ``"{First Name} {Last Name}"``. Pure: templates in, column expressions out.

``{{`` and ``}}`` are literal braces. Runs of blanks become one, each line is trimmed. A template whose columns
are all blank is blank; a text without any column is a constant.
"""

import re
from dataclasses import dataclass

import polars as pl

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
    return Template(tuple(parts))


def filled(choices: tuple[Template, ...]) -> pl.Expr:
    """Give the text of the first of ``choices`` whose columns all have a value; else of the last, blanks left empty."""
    last = _written(choices[-1])
    some = [pl.col(name).is_not_null() for name in choices[-1].columns]
    text = pl.when(pl.any_horizontal(some)).then(last) if some else pl.when(pl.lit(True)).then(last)
    answer: pl.Expr = text.otherwise(None)
    for choice in reversed(choices[:-1]):
        complete = pl.all_horizontal([pl.lit(True), *(pl.col(name).is_not_null() for name in choice.columns)])
        answer = pl.when(complete).then(_written(choice)).otherwise(answer)
    return _collapsed(answer)


def _written(template: Template) -> pl.Expr:
    pieces = [pl.col(text) if is_column else pl.lit(text) for text, is_column in template.parts]
    return pl.concat_str([*pieces, pl.lit("")], ignore_nulls=True)


def _collapsed(text: pl.Expr) -> pl.Expr:
    single = text.str.replace_all(r"[ \t\x{A0}]+", " ").str.replace_all(r" ?\n ?", "\n").str.strip_chars()
    return pl.when(single != "").then(single)
