"""The files of a transform that are meant for people: rejects.csv, merges.csv, dropped.csv. Frames; no file is opened.

They come part by part, in the order of the rows, and no cell of theirs is one that a spreadsheet would run.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import polars as pl

from toolkit.contacts import rejects
from toolkit.contacts.report_rows import Part, ReportRows
from toolkit.contacts.sorting import Late, rejected
from toolkit.contacts.wanted import INDEX


class PeopleFiles:
    """What a person is to see of the rows that did not simply become contacts.

    ``rejected`` and ``dropped`` count by code: rejected rows, and bad values left out of rows that were kept.
    ``on_rejected`` is shown the rejects of each part (``index, code, sentence``).
    """

    def __init__(
        self, rows: ReportRows, late: Late, first_row: int, on_rejected: Callable[[pl.DataFrame], None] | None = None
    ) -> None:
        self._rows = rows
        self._late = late
        self._first_row = first_row
        self.rejected: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        for part in rows.parts:
            found = self._rejected(part)
            self.rejected.update(found["code"].to_list())
            if on_rejected:
                on_rejected(found)
            self.dropped.update(self._dropped(part)["code"].to_list())

    def _faults(self, part: Part) -> pl.DataFrame:
        late = self._late.faults.filter(pl.col(INDEX).is_between(part.start, part.start + part.rows - 1))
        return rejects.together([self._rows.faults(part), late])

    def _rejected(self, part: Part) -> pl.DataFrame:
        return rejected(self._faults(part), self._rows.drops(part))

    def _dropped(self, part: Part) -> pl.DataFrame:
        return self._rows.drops(part).join(self._faults(part), on=INDEX, how="anti", maintain_order="left")

    def rejects(self) -> Iterator[pl.DataFrame]:
        """Give the rows of rejects.csv: the original columns, then ``reject_row, reject_code, reject_reason``.

        The first frame has the headings and no row. The file is read anew only when there are rejects.
        """
        headings = pl.DataFrame(schema=dict.fromkeys(self._rows.columns, pl.String))
        yield rejects.reject_file(headings, rejects.one_each(rejects.together([])), self._first_row)
        for part, cells in self._rows.cells() if self.rejected else ():
            found = self._rejected(part)
            if len(found):
                here = found.with_columns(pl.col(INDEX) - part.start)
                yield rejects.reject_file(cells, here, self._first_row + part.start)

    def merges(self) -> pl.DataFrame:
        """Give ``kept_row, merged_row, kept_key, merged_key, source, handle``, all text, as merges.csv has them."""
        row = (pl.col("kept", "merged").cast(pl.Int64) + self._first_row).cast(pl.String).name.suffix("_row")
        others = ("kept_key", "merged_key", "source", "handle")
        return rejects.protect(self._late.merges.select(row, *others))

    def values_dropped(self) -> Iterator[pl.DataFrame]:
        """Give ``row, key, code, reason`` of each bad value that was left out of a row that was kept, all text."""
        for part in self._rows.parts:
            found = self._dropped(part).sort(INDEX, maintain_order=True)
            if len(found):
                keyed = found.join(self._rows.keys(part), on=INDEX, how="left", maintain_order="left")
                row = (pl.col(INDEX).cast(pl.Int64) + self._first_row).cast(pl.String).alias("row")
                yield rejects.protect(keyed.select(row, "key", "code", pl.col("sentence").alias("reason")))
