"""The rows at work: their cells, and what has been found wrong with them so far. Pure.

What several rules of a mapping ask for, the same template or the same SQL, is computed once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from toolkit.contacts import rejects, templates
from toolkit.contacts.cleaned import Cleaned
from toolkit.contacts.expressions import Expression, evaluate, holds
from toolkit.contacts.mapping import OnBad, OnBadValue
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.templates import Template

_MOST = 60
"""Characters of a cell that a sentence repeats."""


@dataclass(slots=True)
class Rows:
    """``cells`` are tidy text, ``index`` the rows' places in the file; ``tidy`` makes computed text tidy as well.

    ``spoiled`` tells for a computed column in which rows its value was bad: blank there means nothing.
    """

    cells: pl.DataFrame
    index: pl.Series
    policy: OnBadValue
    tidy: Callable[[pl.DataFrame], pl.DataFrame]
    rejects: list[pl.DataFrame] = field(default_factory=list)
    drops: list[pl.DataFrame] = field(default_factory=list)
    extensions: int = 0
    spoiled: dict[str, pl.Series] = field(default_factory=dict)
    _known: dict[object, pl.Series] = field(default_factory=dict)

    def accept(self, label: str, cells: pl.Series, cleaned: Cleaned, on_bad: OnBad = OnBad.REJECT) -> pl.Series:
        """Note what is wrong in a cleaned column and give its values."""
        return self.accept_at(self.index, label, cells, cleaned, on_bad)

    def accept_at(
        self, index: pl.Series, label: str, cells: pl.Series, cleaned: Cleaned, on_bad: OnBad
    ) -> pl.Series:  # fmt: skip
        """Do the same where ``cells`` do not run along the rows; ``index`` says whose each is."""
        self.extensions += cleaned.extensions
        if cleaned.complaints.null_count() < len(cells):
            bad = pl.DataFrame({"index": index, "cell": cells.cast(pl.String), "why": cleaned.complaints})
            bad = bad.filter(pl.col("why").is_not_null()).with_columns(_sentence(label))
            found = rejects.faults(bad["index"], cleaned.code, bad["sentence"])
            (self.rejects if on_bad is OnBad.REJECT else self.drops).append(found)
        return cleaned.values

    def reject(self, where: pl.Series, code: RejectCode, sentence: str) -> None:
        """Reject the rows where ``where`` is true."""
        self.rejects.append(rejects.faults(self.index.filter(where), code, sentence))

    def add(self, name: str, values: pl.Series, spoiled: pl.Series | None) -> None:
        """Add a computed column to the cells."""
        self.cells = self.cells.with_columns(values.alias(name))
        if spoiled is not None:
            self.spoiled[name] = spoiled

    def first_filled(self, columns: tuple[str, ...]) -> pl.Series:
        """Give each row the first of its cells in ``columns`` that is not blank."""
        if len(columns) == 1:
            return self.cells[columns[0]]
        return self.cells.select(pl.coalesce(columns).alias(columns[0])).to_series()

    def written(self, choices: tuple[Template, ...]) -> pl.Series:
        """Give the text of templates."""
        return self._once(choices, lambda: templates.filled(self.cells, choices))

    def computed(self, sql: Expression) -> pl.Series:
        """Give what SQL computes, as text."""
        return self._once(sql, lambda: self._text(evaluate(self.cells, sql)))

    def holds(self, condition: Expression) -> pl.Series:
        """Tell where a condition is true; null is not."""
        return self._once(("condition", condition), lambda: holds(self.cells, condition))

    def _text(self, values: pl.Series) -> pl.Series:
        text = values.cast(pl.String)
        return self.tidy(text.to_frame()).to_series() if values.dtype == pl.String else text

    def _once(self, what: object, compute: Callable[[], pl.Series]) -> pl.Series:
        if what not in self._known:
            self._known[what] = compute()
        return self._known[what]


def _sentence(label: str) -> pl.Expr:
    cell = pl.col("cell").str.replace_all("\n", " ", literal=True)
    short = pl.when(cell.str.len_chars() > _MOST).then(cell.str.slice(0, _MOST) + "…").otherwise(cell)
    return pl.concat_str(pl.lit(f'"{label}" has "'), short, pl.lit('", which '), pl.col("why")).alias("sentence")
