"""Evidence: what each stage leaves beside its files, and the walk back through it.

A descriptor is a Data Package (v2): each file with its bytes, hash, rows and fields; and under ``sf2front`` the
stage, the tool's version, the command, the inputs with their hashes, the counts and the times. It is called
``NAME.datapackage.json`` beside the stage's first file, ``datapackage.json`` where a folder is the stage's own.
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from toolkit import __version__
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs, Written, sha256

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
FOLDER_DESCRIPTOR = "datapackage.json"
SUFFIX = ".datapackage.json"
_FORMATS = {".csv": ("csv", "text/csv"), ".ndjson": ("ndjson", "application/x-ndjson")}


@dataclass(frozen=True, slots=True)
class Input:
    """A file as it was when a stage began to read it."""

    path: Path
    bytes: int
    hash: str


def taken(*paths: Path) -> tuple[Input, ...]:
    """Hash a stage's inputs: before it reads them, so that what is changed meanwhile is found out."""
    return tuple(Input(path, path.stat().st_size, sha256(path)) for path in paths)


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

    WrongSettings when a file would be written over one of the stage's own inputs.
    """
    _check_outputs(written, provenance)
    folder = descriptor.parent
    package = {
        "$schema": PROFILE,
        "name": provenance.stage,
        "created": _stamp(datetime.now(UTC)),
        "resources": [_resource(each, outputs.staged(each.path), folder) for each in written],
        "sf2front": {
            "stage": provenance.stage,
            "version": __version__,
            "command": list(provenance.command),
            "inputs": [_input(each, folder) for each in provenance.inputs],
            "source": dict(provenance.source),
            "counts": dict(provenance.counts),
            "started": _stamp(provenance.started),
        },
    }
    outputs.write(descriptor, json.dumps(package, indent=2, ensure_ascii=False).encode() + b"\n")


def _check_outputs(written: tuple[Written, ...], provenance: Provenance) -> None:
    inputs = {each.path.resolve() for each in provenance.inputs}
    for each in written:
        if each.path.resolve() in inputs:
            raise WrongSettings(
                f"{each.path} is an input of this {provenance.stage} and would be written over",
                hint="name another place with -o; nothing was changed",
            )


def descriptor_beside(path: Path) -> Path:
    """Give the name of the descriptor of a stage whose first file is ``path``."""
    return path.with_name(path.name + SUFFIX)


def stage_of(descriptor: Path) -> str:
    """Say which stage a descriptor is of; empty when there is none."""
    return str(_Package(descriptor, _read(descriptor), None).about.get("stage", "")) if descriptor.is_file() else ""


def source_of(path: Path) -> dict[str, str]:
    """Say where the data of a file came from, as the descriptor beside it has it; empty when there is none."""
    package = _own_package(path)
    return {str(name): str(value) for name, value in (package.about.get("source") or {}).items()} if package else {}


def told_of(path: Path) -> dict[str, Any]:
    """Give what the stage that wrote a file told of its run: the descriptor's counts; empty when there is none.

    InputRefused when the file is no longer what was written then.
    """
    package = _own_package(path)
    if package is None:
        return {}
    written = next((each["hash"] for each in package.data["resources"] if each["path"] == package.resource), "")
    if written != sha256(path):
        raise InputRefused(f"{path} was changed since it was written", hint=f"sf2front evidence {path} tells more")
    return dict(package.about.get("counts") or {})


def _resource(each: Written, staged: Path, folder: Path) -> dict[str, Any]:
    kind, media = _FORMATS.get(each.path.suffix, ("txt", "text/plain"))
    resource: dict[str, Any] = {
        "name": each.path.stem.lower(),
        "path": _relative(each.path, folder),
        "format": kind,
        "mediatype": media,
        "encoding": "utf-8",
        "bytes": staged.stat().st_size,
        "hash": sha256(staged),
    }
    if each.rows is not None:
        resource["rows"] = each.rows
    return resource | ({"type": "table", "schema": {"fields": _fields(staged)}} if kind == "csv" else {})


def _fields(staged: Path) -> list[dict[str, str]]:
    with staged.open(encoding="utf-8-sig", newline="") as file:
        return [{"name": heading, "type": "string"} for heading in next(csv.reader(file), [])]


def _input(each: Input, folder: Path) -> dict[str, Any]:
    return {"path": _relative(each.path, folder), "bytes": each.bytes, "hash": each.hash}


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class LinkState(StrEnum):
    """What a link of the chain is found to be."""

    INTACT = "intact"
    GIVEN = "given"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Link:
    """One file of the chain, ``depth`` stages back: its state, the stage that wrote it, and what else is known.

    ``given``: unchanged since it was read, and written by no stage (a mapping, a report saved from the UI).
    """

    path: Path
    depth: int
    state: LinkState
    stage: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceResult:
    """The chain from a file back to its sources, in the order walked; ``intact`` when no link was changed."""

    links: tuple[Link, ...]

    @property
    def intact(self) -> bool:
        """Tell whether every link is what it was when it was written or read."""
        return all(link.state in (LinkState.INTACT, LinkState.GIVEN) for link in self.links)


def run(file: Path) -> EvidenceResult:
    """Walk from ``file`` (or a folder with a descriptor) back to where the data came from, hashing every file again.

    InputRefused when nothing describes it.
    """
    target = file / FOLDER_DESCRIPTOR if file.is_dir() else file
    package = _own_package(target)
    if package is None:
        raise InputRefused(f"nothing beside {file} describes it", hint=f"expected {descriptor_beside(file).name}")
    return EvidenceResult(tuple(_walk_package(package, 0, set())))


@dataclass(frozen=True, slots=True)
class _Package:
    """A descriptor that was read, and the resource that was asked for (None: all of them)."""

    path: Path
    data: dict[str, Any]
    resource: str | None

    @property
    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data.get("sf2front") or {}
        return found


def _own_package(target: Path) -> _Package | None:
    """Find the descriptor of a file: its own, the folder's, or any beside it that lists it."""
    if target.name.endswith(FOLDER_DESCRIPTOR):
        return _Package(target, _read(target), None) if target.is_file() else None
    for path in (descriptor_beside(target), *sorted(target.parent.glob(f"*{FOLDER_DESCRIPTOR}"))):
        if path.is_file():
            data = _read(path)
            if any(each.get("path") == target.name for each in data.get("resources", [])):
                return _Package(path, data, target.name)
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefused(f"{path} can't be read as a descriptor: {error}") from error
    if not _is_descriptor(data):
        raise InputRefused(f"{path} is not a Data Package descriptor as sf2front writes it")
    descriptor: dict[str, Any] = data
    return descriptor


def _is_descriptor(data: Any) -> bool:
    """Tell whether a descriptor has what the walk needs; a person may have edited it."""
    about = data.get("sf2front", {}) if isinstance(data, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("source", {}), dict):
        return False
    described = (data.get("resources"), about.get("inputs", []))
    return all(isinstance(each, list) and all(_is_described(item) for item in each) for each in described)


def _is_described(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ("path", "hash"))


def _walk_package(package: _Package, depth: int, seen: set[Path]) -> Iterator[Link]:
    folder = package.path.parent
    for resource in package.data["resources"]:
        if package.resource in (None, resource["path"]):
            yield _link(folder / resource["path"], resource, depth, package)
    if package.path in seen:
        return
    seen.add(package.path)
    for given in package.about.get("inputs", []):
        yield from _walk_input(folder / given["path"], given, depth + 1, seen)


def _walk_input(path: Path, given: Mapping[str, Any], depth: int, seen: set[Path]) -> Iterator[Link]:
    package = _own_package(path)
    if package is None:
        yield _link(path, given, depth, None)
        return
    read = _link(path, given, depth, package)
    chain = list(_walk_package(package, depth, seen))
    if read.state is not chain[0].state:
        yield read
    yield from chain


def _link(path: Path, described: Mapping[str, Any], depth: int, package: _Package | None) -> Link:
    stage = package.about.get("stage", "") if package else ""
    shown = Path(os.path.relpath(path))
    if not path.is_file():
        return Link(shown, depth, LinkState.MISSING, stage, "the file is not there")
    if sha256(path) != described["hash"]:
        return Link(shown, depth, LinkState.CHANGED, stage, "its bytes are not those that were written or read")
    source = package.about.get("source") or {} if package else {}
    detail = ", ".join(f"{name} {value}" for name, value in source.items())
    return Link(shown, depth, LinkState.INTACT if package else LinkState.GIVEN, stage, detail)
