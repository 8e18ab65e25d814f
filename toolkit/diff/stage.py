"""The diff stage: settles columns and key, compares two tables, and writes what differs when a file is asked for."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from toolkit.diff import engine
from toolkit.diff.columns import Choice, Layout, lay_out
from toolkit.diff.compare import NOTHING_SHARED, Comparison, KeyCheck, Rows, compare_rows, refuse_key
from toolkit.diff.engine import CollidedError, Task
from toolkit.diff.files import Wanted, apart, format_of, named_rightly, write_all
from toolkit.diff.findings import findings
from toolkit.diff.limits import Limit, refuse_limits
from toolkit.diff.picking import picked
from toolkit.diff.proposal import key_of, renames
from toolkit.diff.result import DiffResult, Format
from toolkit.diff.rules import parse_rules
from toolkit.diff.sides import OTHER_FORMATS, Parts, Side, open_side
from toolkit.errors import InputRefused, Problem, WrongSettings
from toolkit.files import Outputs
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import CsvOptions
from toolkit.tables.lines import LineFile, NotLines, open_lines

_BY_LINES = "by their lines"
_SHORT_ID, _LONG_ID = 15, 18
_TRIES = 3


@dataclass(frozen=True, slots=True)
class DiffSettings:
    """The two tables and how they are compared.

    ``before``, ``after``: a file, or the parts of a table in their order. ``key``: the columns that name a row;
    without any one is proposed. ``ignore``, ``columns``: names or globs of columns left out, and of those to compare
    (none: all). ``rename``: texts ``old=new``. ``rules``: texts such as ``Amount=number:0.01``. ``limits``: what the
    caller will hold the comparison against; here only their columns are checked, before anything is written.
    ``mapping``: by which ``before``, a report, asks for contacts in ``after``, a snapshot.
    ``format``: as what ``out`` is written; without it its suffix says so, and text is what no suffix says.
    ``html``, ``xlsx``: where the page and the workbook are written, beside ``out`` or without it.
    """

    before: Path | tuple[Path, ...]
    after: Path | tuple[Path, ...]
    key: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    out: Path | None = None
    format: Format | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)
    html: Path | None = None
    xlsx: Path | None = None
    columns: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    mapping: Path | None = None

    @property
    def choice(self) -> Choice:
        """Give what is said of the columns."""
        return Choice(self.columns, self.ignore, self.rename, self.key)

    @property
    def files(self) -> tuple[Wanted, ...]:
        """Give each file that is asked for, and what is to be written into it. WrongSettings for names amiss."""
        asked = [(self.out, self.format or format_of(self.out))] if self.out else []
        pages = ((self.html, Format.HTML), (self.xlsx, Format.XLSX))
        return apart([*asked, *(named_rightly(path, wanted) for path, wanted in pages if path)])


def run(settings: DiffSettings, outputs: Outputs, on_progress: Listener = silent) -> DiffResult:
    """Compare the two tables; the files of ``settings``, if any, are written but not yet committed.

    Raises InputRefused for a file that can't be read, WrongSettings for a key, column or rule that can't be.
    """
    files = settings.files
    result = _compared(settings)
    refuse_limits(settings.limits, result.comparison.columns)
    counts = result.counts
    on_progress(Progress("diff", counts.before + counts.after, unit="rows read"))
    return replace(result, written=write_all(result, files, outputs))


def _compared(settings: DiffSettings) -> DiffResult:
    if settings.mapping is not None:
        return _reconciled(settings, settings.mapping)
    try:
        return _by_lines(settings)
    except NotLines as why:
        return _by_cells(settings, str(why))


def _by_lines(settings: DiffSettings) -> DiffResult:
    """Compare by lines. NotLines where that can't be done; without a key the cells must be looked at to propose one."""
    before, after = (_lines(paths, settings.csv) for paths in (settings.before, settings.after))
    if not settings.key:
        raise NotLines("no key was named")
    layout = lay_out(before.columns, after.columns, settings.choice)
    comparison = _tried(settings, layout, lambda task: engine.by_lines(before, after, task))
    one, other = (Side(file.name, file.first_row, (), ((file.name, 0),)) for file in (before, after))
    return _result(settings, (one, other), comparison, _BY_LINES)


def _lines(paths: Path | tuple[Path, ...], options: CsvOptions) -> LineFile:
    path, *others = _paths(paths)
    if others:
        raise NotLines(f"{path.name} is one of several parts")
    if path.suffix.lower() in OTHER_FORMATS:
        raise NotLines  # nobody expects it of another format: no reason is said
    return open_lines(path, options)


def _by_cells(settings: DiffSettings, why: str) -> DiffResult:
    with ExitStack() as held:
        before, after = (
            held.enter_context(open_side(_paths(paths), settings.csv)) for paths in (settings.before, settings.after)
        )
        key = settings.key or _proposed(before, after, settings)
        layout = lay_out(before.columns, after.columns, replace(settings.choice, key=key))
        comparison = _tried(settings, layout, lambda task: engine.by_cells(before, after, task))
        return _result(
            settings, (before.side(), after.side()), comparison, f"cell by cell: {why}" if why else "cell by cell"
        )


def _reconciled(settings: DiffSettings, mapping: Path) -> DiffResult:
    """Compare what a report asks for with what a snapshot shows."""
    from toolkit.diff.reconcile import KEY, reconcile  # noqa: PLC0415 - loads all of transform

    if settings.key or settings.rename:
        raise WrongSettings("with a mapping there is no other key, and nothing to rename", hint="leave --key out")
    (report, *more), (snapshot, *others) = _paths(settings.before), _paths(settings.after)
    if more or others:
        raise WrongSettings("with a mapping one report is compared with one snapshot")
    before, after = reconcile(report, snapshot, mapping, settings.csv)
    layout = lay_out(before.frame.columns, after.frame.columns, replace(settings.choice, key=(KEY,)))
    rules = parse_rules(settings.rules, layout.names)
    one, other = (
        Rows(picked(side.frame, layout.names), side.numbers, side.frame.height, KeyCheck(0, 0, 0))
        for side in (before, after)
    )
    comparison = compare_rows(one, other, (KEY,), rules)
    return _result(settings, (before.side, after.side), comparison, f"as {mapping.name} asks for it")


def _paths(paths: Path | tuple[Path, ...]) -> tuple[Path, ...]:
    return paths if isinstance(paths, tuple) else (paths,)


def _tried(settings: DiffSettings, layout: Layout, compare: Callable[[Task], Comparison]) -> Comparison:
    """Compare with fresh seeds until no two different rows have the same mark: nobody will live to see a second try.

    InputRefused when it never ends well: then a file is being written.
    """
    refuse_key([*layout.before.values()], [*layout.after.values()], layout.key)
    rules = parse_rules(settings.rules, layout.names)
    for _ in range(_TRIES):
        seeds = secrets.randbits(64), secrets.randbits(64)
        try:
            return compare(Task(layout.before, layout.after, layout.key, rules, seeds))
        except CollidedError:
            continue
    raise InputRefused("a file changes while it is compared", hint="wait until it is whole, or copy it")


def _proposed(before: Parts, after: Parts, settings: DiffSettings) -> tuple[str, ...]:
    """Propose a key among all columns but those ignored; that of the columns to compare need not be one."""
    layout = lay_out(before.columns, after.columns, replace(settings.choice, only=()))
    key = key_of(before, after, (layout.before, layout.after))
    if key is None:
        sentence = f"no column names each row of {before.name} and {after.name}"
        shared = set(layout.before.values()) & set(layout.after.values())
        hint = "name the columns that do, together, with --key" if shared else NOTHING_SHARED
        raise WrongSettings(sentence, hint=hint)
    return key


def _result(settings: DiffSettings, sides: tuple[Side, Side], comparison: Comparison, way: str) -> DiffResult:
    before, after = sides
    renamed = renames(comparison)
    notes = (
        *before.notes,
        *after.notes,
        *_about_key(settings, comparison.key),
        *_about_rows(before, comparison.keys_before),
        *_about_rows(after, comparison.keys_after),
        *_about_ids(comparison),
        *(_about_renaming(old, new) for old, new in renamed),
    )
    return DiffResult(
        before, after, comparison, notes, findings(comparison), _terms(settings, way), way=way, renames=renamed
    )


def _terms(settings: DiffSettings, way: str) -> tuple[str, ...]:
    """Say what was asked for beside the key, and how it was done."""
    said = (
        ("columns compared", settings.columns),
        ("columns left out", settings.ignore),
        ("renamed", settings.rename),
        ("rules", settings.rules),
        ("mapping", [settings.mapping.name] if settings.mapping else []),
    )
    return (*(f"{what}: {', '.join(texts)}" for what, texts in said if texts), f"compared {way}")


def _about_key(settings: DiffSettings, key: tuple[str, ...]) -> tuple[Problem, ...]:
    if settings.key or settings.mapping:
        return ()
    said = f"compared by {' and '.join(key)}, which no two rows of a file share; name another key with --key"
    return (Problem(said, code="key-proposed"),)


def _about_rows(side: Side, check: KeyCheck) -> tuple[Problem, ...]:
    notes = []
    if check.repeated:
        said = f"keys that stand more than once: {check.repeated:,}, in {check.rows:,} rows; compared as groups"
        notes.append(Problem(said, side.name, code="key-repeated"))
    if check.empty:
        notes.append(
            Problem(f"rows without a key: {check.empty:,}; compared as one group", side.name, code="key-empty")
        )
    return tuple(notes)


def _about_ids(comparison: Comparison) -> tuple[Problem, ...]:
    """Tell of a key that has Salesforce Ids of 15 characters in one table and of 18 in the other."""
    if len(comparison.key) > 1 or comparison.counts.unchanged or comparison.counts.changed:
        return ()
    keys = comparison.row_values(comparison.key[0])
    lengths = [keys[side].drop_nulls().str.len_chars().unique().to_list() for side in ("before", "after")]
    if sorted(lengths) != [[_SHORT_ID], [_LONG_ID]]:
        return ()
    said = (
        f"the keys have 15 characters in one file and 18 in the other; if they are Ids: --rule {comparison.key[0]}=id"
    )
    return (Problem(said, code="id-lengths"),)


def _about_renaming(old: str, new: str) -> Problem:
    said = f"the columns {old!r} and {new!r} hold the same values; compare them as one with --rename {old}={new}"
    return Problem(said, code="rename-proposed")
