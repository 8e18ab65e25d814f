"""The diff stage: reads two files, settles the key, compares, and writes what differs when a file is asked for."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from toolkit.diff.compare import KeyCheck, compare, propose_key
from toolkit.diff.files import Wanted, apart, format_of, named_rightly, write_all
from toolkit.diff.findings import findings
from toolkit.diff.result import DiffResult, Format
from toolkit.diff.sides import Side, read_side
from toolkit.errors import Problem, WrongSettings
from toolkit.files import Outputs
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import CsvOptions


@dataclass(frozen=True, slots=True)
class DiffSettings:
    """The two files and how they are compared.

    ``key``: the columns that name a row; without any one is proposed. ``ignore``: columns left out. ``format``: as
    what ``out`` is written; without it its suffix says so, and text is what no suffix says. ``html``, ``xlsx``: where
    the page and the workbook are written, beside ``out`` or without it.
    """

    before: Path
    after: Path
    key: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    out: Path | None = None
    format: Format | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)
    html: Path | None = None
    xlsx: Path | None = None

    @property
    def files(self) -> tuple[Wanted, ...]:
        """Give each file that is asked for, and what is to be written into it. WrongSettings for names amiss."""
        asked = [(self.out, self.format or format_of(self.out))] if self.out else []
        pages = ((self.html, Format.HTML), (self.xlsx, Format.XLSX))
        return apart([*asked, *(named_rightly(path, wanted) for path, wanted in pages if path)])


def run(settings: DiffSettings, outputs: Outputs, on_progress: Listener = silent) -> DiffResult:
    """Compare the two files; the files of ``settings``, if any, are written but not yet committed.

    Raises InputRefused for a file that can't be read, WrongSettings for a key or an ignored column that isn't there.
    """
    files = settings.files
    before, after = (read_side(path, settings.csv) for path in (settings.before, settings.after))
    on_progress(Progress("diff", before.frame.height + after.frame.height, unit="rows read"))
    before, after = _without(before, after, settings)
    key = settings.key or _proposed(before, after)
    comparison = compare(before.frame, after.frame, key)
    notes = (
        *before.notes,
        *after.notes,
        *_about_key(settings, key),
        *_about_rows(before, comparison.keys_before),
        *_about_rows(after, comparison.keys_after),
    )
    result = DiffResult(before, after, comparison, notes, findings(comparison), _terms(settings))
    return replace(result, written=write_all(result, files, outputs))


def _without(before: Side, after: Side, settings: DiffSettings) -> tuple[Side, Side]:
    """Leave the ignored columns out of both sides."""
    known = {*before.frame.columns, *after.frame.columns}
    for name in settings.ignore:
        if name not in known:
            raise WrongSettings(f"the ignored column {name!r} is in neither file", hint="check its exact heading")
        if name in settings.key:
            raise WrongSettings(f"the column {name!r} can't be both key and ignored")
    first, second = (replace(side, frame=side.frame.drop(settings.ignore, strict=False)) for side in (before, after))
    return first, second


def _proposed(before: Side, after: Side) -> tuple[str, ...]:
    key = propose_key(before.frame, after.frame)
    if key is None:
        sentence = f"no column names each row of {before.name} and {after.name}"
        raise WrongSettings(sentence, hint="name the columns that do, together, with --key")
    return key


def _terms(settings: DiffSettings) -> tuple[str, ...]:
    """Say what was asked for beside the key."""
    return (f"columns left out: {', '.join(settings.ignore)}",) if settings.ignore else ()


def _about_key(settings: DiffSettings, key: tuple[str, ...]) -> tuple[Problem, ...]:
    if settings.key:
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
