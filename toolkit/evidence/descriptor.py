"""Descriptors written: put among a stage's outputs, to be committed with them and after them."""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit import __version__
from toolkit.errors import WrongSettings
from toolkit.evidence.package import UNSEALED, Input, descriptor_beside, own_package, seal
from toolkit.files import Outputs, Written, sha256

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SCHEMAS = "https://sf2front.example/schemas/{}.schema.json"
"""The ``$id`` of the files in schemas/."""

_FORMATS = {
    ".csv": ("csv", "text/csv"),
    ".html": ("html", "text/html"),
    ".json": ("json", "application/json"),
    ".md": ("md", "text/markdown"),
    # Not "ndjson" and "xlsx": readers of Data Packages take these for one table, whose rows all have the columns of the
    # first. Ours are lines of several kinds and workbooks of several sheets.
    ".ndjson": ("jsonlines", "application/x-ndjson"),
    ".xlsx": ("workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_BINARY = ("workbook",)


@dataclass(frozen=True, slots=True)
class Provenance:
    """How files came to be: stage, command, input files, and where else data came from (an org, a company)."""

    stage: str
    command: tuple[str, ...]
    started: datetime
    inputs: tuple[Input, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)


def attach(outputs: Outputs, written: tuple[Written, ...], descriptor: Path, provenance: Provenance) -> None:
    """Put the descriptor of ``written`` among the outputs, to be committed with them and after them.

    Files in another folder get one of their own, beside them: there it is looked for, and the standard lets no
    descriptor name what is above it. WrongSettings when a file would be written over one of the stage's own inputs.
    """
    _check_outputs(written, provenance)
    folders: dict[Path, list[Written]] = {}
    for each in written:
        folders.setdefault(each.path.parent.resolve(), []).append(each)
    for folder, files in folders.items():
        place = descriptor if folder == descriptor.parent.resolve() else descriptor_beside(files[0].path)
        outputs.write(place, _content(outputs, files, place.parent, provenance))


def _content(outputs: Outputs, written: Iterable[Written], folder: Path, provenance: Provenance) -> bytes:
    package = {
        "$schema": PROFILE,
        "name": provenance.stage.replace(" ", "-"),
        "created": _stamp(datetime.now(UTC)),
        "resources": _named([_resource(each, outputs.staged(each.path), folder) for each in written]),
        "sf2front": {
            "stage": provenance.stage,
            "version": __version__,
            "command": list(provenance.command),
            "inputs": [_input(each, folder) for each in provenance.inputs],
            "source": dict(provenance.source),
            "counts": dict(provenance.counts),
            "started": _stamp(provenance.started),
            "seal": UNSEALED,
        },
    }
    # A name of a file that is not UTF-8 has lone surrogates in it, which JSON can hold escaped.
    return seal(json.dumps(package, indent=2, ensure_ascii=False).encode(errors="backslashreplace") + b"\n")


def _check_outputs(written: tuple[Written, ...], provenance: Provenance) -> None:
    inputs = {each.path.resolve() for each in provenance.inputs}
    for each in written:
        if each.path.resolve() in inputs:
            raise WrongSettings(
                f"{each.path} is an input of this {provenance.stage} and would be written over",
                hint="name another place with -o; nothing was changed",
            )


def _named(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name each resource as its file without the suffix, or with it where two would be called the same."""
    stems = Counter(Path(each["path"]).stem.lower() for each in resources)
    return [{"name": _name(Path(each["path"]), stems)} | each for each in resources]


def _name(path: Path, stems: Mapping[str, int]) -> str:
    return path.stem.lower() if stems[path.stem.lower()] == 1 else path.as_posix()


def _resource(each: Written, staged: Path, folder: Path) -> dict[str, Any]:
    kind, media = _FORMATS.get(each.path.suffix, ("txt", "text/plain"))
    resource: dict[str, Any] = {"path": _relative(each.path, folder), "format": kind, "mediatype": media}
    if kind not in _BINARY:
        resource["encoding"] = "utf-8"
    resource |= {"bytes": staged.stat().st_size, "hash": sha256(staged)}
    if kind == "csv":
        return resource | _rows(each.rows) | {"type": "table", "schema": {"fields": _fields(staged)}}
    schema = {"jsonSchema": SCHEMAS.format(each.schema)} if each.schema else {}
    return resource | ({} if each.rows is None else {"lines": each.rows}) | schema


def _rows(rows: int | None) -> dict[str, int]:
    return {} if rows is None else {"rows": rows}


def _fields(staged: Path) -> list[dict[str, str]]:
    with staged.open(encoding="utf-8-sig", newline="") as file:
        return [{"name": heading, "type": "string"} for heading in next(csv.reader(file), [])]


def _input(each: Input, folder: Path) -> dict[str, Any]:
    given = {"path": _relative(each.path, folder), "bytes": each.bytes, "hash": each.hash}
    package = each.package or own_package(each.path)
    if package is None:
        return given
    return given | {"descriptor": {"path": _relative(package.path, folder), "hash": package.hash}}


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
