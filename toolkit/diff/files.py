"""The files that a comparison is written into: which are asked for, what goes into each."""

from collections.abc import Sequence
from pathlib import Path

from toolkit.ahead import ahead
from toolkit.diff.render import render
from toolkit.diff.result import DiffResult, Format
from toolkit.errors import WrongSettings
from toolkit.files import Outputs, Written

_SUFFIXES = {
    ".csv": Format.CSV, ".ndjson": Format.NDJSON, ".jsonl": Format.NDJSON, ".json": Format.JSON, ".md": Format.MARKDOWN,
    ".html": Format.HTML, ".htm": Format.HTML, ".xlsx": Format.XLSX,
}  # fmt: skip
_KINDS = {Format.HTML: "an HTML page", Format.XLSX: "an Excel workbook"}
Wanted = tuple[Path, Format]


def format_of(path: Path) -> Format:
    """Give the format that the suffix of a file says; text is what no suffix says."""
    return _SUFFIXES.get(path.suffix.lower(), Format.TEXT)


def named_rightly(path: Path, wanted: Format) -> Wanted:
    """Give the file back; WrongSettings for a name that would open it in another program."""
    if format_of(path) is not wanted:
        hint = f"call it changes.{wanted.value}"
        raise WrongSettings(f"--{wanted.value} writes {_KINDS[wanted]}, and {path} is not called so", hint=hint)
    return path, wanted


def apart(wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """Give the files back; WrongSettings when two are one: they are written at once, and one would be lost."""
    if len({path.resolve() for path, _ in wanted}) < len(wanted):
        names = ", ".join(str(path) for path, _ in wanted)
        raise WrongSettings(f"of {names} one would be written twice", hint="name another file; nothing was changed")
    return tuple(wanted)


def write_all(result: DiffResult, wanted: Sequence[Wanted], outputs: Outputs) -> tuple[Written, ...]:
    """Write the comparison into each file, several at once; nothing is committed."""
    return tuple(ahead(lambda each: _write(result, *each, outputs), wanted))


def _write(result: DiffResult, path: Path, wanted: Format, outputs: Outputs) -> Written:
    rows = 0
    with outputs.open(path) as file:
        for piece in render(result, wanted):
            file.write(piece.content)
            rows += piece.rows
    return Written(path, rows)
