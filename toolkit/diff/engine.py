"""Compares two tables that may be larger than memory: by marks of all their rows first, then the rows that differ.

There are two ways to the same result. *By lines*: raw lines are hashed and only those that differ are parsed, for two
CSVs with the same columns whose records are lines. *By cells*: every row is parsed, for everything else. Neither holds
more of a row that is the same on both sides than some twenty bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from toolkit.ahead import ahead
from toolkit.diff.compare import Comparison, KeyCheck, Rows, aligned_names, compare_rows
from toolkit.diff.picking import picked
from toolkit.diff.rules import Rules
from toolkit.diff.sides import Reader
from toolkit.diff.sift import Marked, Sifted, sift
from toolkit.tables.lines import Hashed, Hashing, LineFile, NotLines, fetch, hash_lines

_MANY = 4
"""When more than one row in so many differs, columns left out or rules may be why: cells are compared then."""
_FEW = 10_000
"""Of so few rows all may differ."""
_MOST = 1 << 64


class CollidedError(Exception):
    """Two different rows had the same mark: to be tried again with other seeds."""


@dataclass(frozen=True, slots=True)
class Task:
    """How two tables are compared.

    ``before`` and ``after``: the name each column is compared by, by its own; ``key``: by the names they are compared
    by. ``seeds`` make the marks: fresh ones each time, so that nobody can prepare rows that have the same.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    key: tuple[str, ...]
    rules: Rules
    seeds: tuple[int, int]

    def mark_keys(self, frame: pl.DataFrame) -> pl.Series:
        """Make marks of the keys in a frame of the key's columns, in the key's order."""
        named = frame.rename(dict(zip(frame.columns, self.key, strict=True)))
        return _marks(self.rules.forms(named), self.seeds[0])

    @property
    def empty_key(self) -> int:
        """Give the mark of a key that is empty."""
        nothing = pl.DataFrame({name: [None] for name in self.key}, schema=dict.fromkeys(self.key, pl.String))
        return int(self.mark_keys(nothing)[0])


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows that are looked at, and the sum of the second hashes of all the others."""

    rows: Rows
    others: int


def _marks(frame: pl.DataFrame, seed: int) -> pl.Series:
    """Make a mark of each row: 64 bits, of which the lowest is 0."""
    hashed = (pl.struct(pl.all()) if frame.width > 1 else pl.first()).hash(seed)
    return frame.select((hashed - hashed % 2).alias("mark")).to_series()


def _compared(before: _Kept, after: _Kept, task: Task) -> Comparison:
    """Compare the rows that were kept, once it is proved that the others are the same."""
    if before.others != after.others:
        raise CollidedError
    return compare_rows(before.rows, after.rows, task.key, task.rules)


def by_lines(before: LineFile, after: LineFile, task: Task) -> Comparison:
    """Compare two CSVs by their raw lines. Raises NotLines where that can't be done, CollidedError."""
    columns = list(_named(before.columns, task.before))
    if before.delimiter != after.delimiter or columns != list(_named(after.columns, task.after)):
        raise NotLines("the two files have other columns, another order of them, or another delimiter")
    places = tuple(columns.index(name) for name in task.key)
    one = _Lines(before, hash_lines(before, Hashing(task.seeds, places, task.mark_keys)), task.before, task)
    other = _Lines(after, hash_lines(after, Hashing(task.seeds)), task.after, task)
    sifted = sift(Marked(one.hashed.marks, other.hashed.marks, one.keys(), other.keys_of, task.empty_key))
    return _compared(one.kept(sifted.before, sifted), other.kept(sifted.after, sifted), task)


def _named(columns: Sequence[str], names: Mapping[str, str]) -> Iterator[str]:
    """Give the name each column is compared by; one that is left out keeps its own, marked."""
    return (names.get(column, f"\0{column}") for column in columns)


@dataclass(slots=True)
class _Lines:
    """One side by its lines."""

    file: LineFile
    hashed: Hashed
    names: Mapping[str, str]
    task: Task
    last: tuple[pl.Series, pl.DataFrame, int] | None = None

    def keys(self) -> pl.Series:
        if self.hashed.keys is None:
            raise RuntimeError(f"the keys of {self.file.name} were not asked for")
        return self.hashed.keys

    def keys_of(self, rows: pl.Series) -> pl.Series:
        self._refuse_many(rows)
        frame, _ = self._fetched(rows)
        return self.task.mark_keys(picked(frame, self.task.key))

    def kept(self, rows: pl.Series, sifted: Sifted) -> _Kept:
        self._refuse_many(rows)
        frame, check = self._fetched(rows)
        keys = sifted.keys_before if self.hashed.keys is not None else sifted.keys_after
        return _Kept(Rows(frame, rows, len(self.hashed.marks), keys), (self.hashed.check - check) % _MOST)

    def _fetched(self, rows: pl.Series) -> tuple[pl.DataFrame, int]:
        """Parse lines; the same are often asked for twice."""
        if self.last is None or not self.last[0].equals(rows):
            frame, check = fetch(self.file, self.hashed, rows, Hashing(self.task.seeds))
            self.last = rows, picked(frame, self.names), check
        return self.last[1], self.last[2]

    def _refuse_many(self, rows: pl.Series) -> None:
        loose = self.task.rules or len(self.names) < len(self.file.columns)
        if loose and len(rows) > max(_FEW, len(self.hashed.marks) // _MANY):
            raise NotLines("very many lines differ, perhaps only in what is not compared")


def by_cells(before: Reader, after: Reader, task: Task) -> Comparison:
    """Compare any two tables by their cells. Raises InputRefused, CollidedError."""
    names = aligned_names(list(task.before.values()), list(task.after.values()))
    one, other = (_Cells(reader, own, names, task) for reader, own in ((before, task.before), (after, task.after)))
    sifted = sift(Marked(one.marks, other.marks, one.keys, other.keys.gather, task.empty_key))
    return _compared(one.kept(sifted.before, sifted.keys_before), other.kept(sifted.after, sifted.keys_after), task)


class _Cells:
    """One side by its cells: the marks of its rows and keys."""

    def __init__(self, reader: Reader, own: Mapping[str, str], names: Sequence[str], task: Task) -> None:
        self._reader, self._own, self._names, self._task = reader, own, names, task
        marked = list(ahead(self._mark, self._batches()))
        whole = pl.concat([frame for frame, _ in marked], rechunk=True)
        self.marks, self.keys = whole["mark"], whole["key"]
        self._check = sum(check for _, check in marked)

    def _batches(self) -> Iterator[pl.DataFrame]:
        for batch in self._reader.batches():
            yield picked(batch, self._own)

    def _mark(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        keys = self._task.mark_keys(picked(batch, self._task.key))
        first, second = (self._marks(batch, seed) for seed in self._task.seeds)
        return pl.DataFrame({"mark": first, "key": keys}), int(second.sum())

    def _marks(self, batch: pl.DataFrame, seed: int) -> pl.Series:
        """Make marks of rows; a column that only the other side has is empty here, so that its values differ."""
        absent = [pl.lit(None, pl.String).alias(name) for name in self._names if name not in batch.columns]
        return _marks(self._task.rules.forms(picked(batch.with_columns(absent), self._names)), seed)

    def kept(self, rows: pl.Series, keys: KeyCheck) -> _Kept:
        frames, begin = [], 0
        for batch in self._batches():
            here = rows.filter(rows.is_between(begin, begin + batch.height, closed="left"))
            frames.append(batch[(here - begin)])
            begin += batch.height
        frame = pl.concat(frames, rechunk=True)
        check = int(self._marks(frame, self._task.seeds[1]).sum())
        return _Kept(Rows(frame, rows, begin, keys), (self._check - check) % _MOST)
