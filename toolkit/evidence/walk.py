"""The walk from a file back to where its data came from, hashing every file again."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.evidence.chain import SOUND, Chain, Link, LinkKind, LinkState, Run
from toolkit.evidence.package import (
    FOLDER_DESCRIPTOR,
    Package,
    descriptor_beside,
    faulty_near,
    own_package,
    read_package,
    stands,
)
from toolkit.files import sha256


def walk(file: Path) -> Chain:
    """Walk from ``file`` (or a folder with a descriptor) back to where the data came from, hashing every file again.

    InputRefused when nothing describes it.
    """
    target = file / FOLDER_DESCRIPTOR if file.is_dir() else file
    found = _Walk()
    todo = [_start(file, target)]
    while todo:  # not by recursion: a chain of daily snapshots may be longer than Python's stack
        todo += reversed(list(found.look(todo.pop())))
    return found.result(target)


@dataclass(frozen=True, slots=True)
class _Visit:
    """A file to look at, the descriptor of the run that wrote it, and the run that read it with what it says of it.

    ``path`` is None where all files of the descriptor are asked for.
    """

    path: Path | None
    depth: int
    package: Package | None
    reader: Package | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        """Why nothing that the descriptor says can be relied on; empty when it can."""
        if self.package is None or self.package.fault:
            return self.package.fault if self.package else ""
        found = self.said.get("descriptor", {}).get("hash", self.package.hash)
        return "" if found == self.package.hash else f"it is not the one that {_stage(self.reader)} found here"


def _start(file: Path, target: Path) -> _Visit:
    if target.name.endswith(FOLDER_DESCRIPTOR) and target.is_file():
        return _Visit(None, 0, read_package(target))
    if package := own_package(target):
        return _Visit(target, 0, package)
    if near := faulty_near(target):
        return _Visit(target, 0, near[0])
    beside = descriptor_beside(target)
    if beside.is_file():  # both were given another name
        return _Visit(None, 0, read_package(beside))
    raise InputRefused(
        f"nothing beside {file} describes it",
        hint=f"expected {beside.name}; a checkpoint has none: walk from its results",
    )


def _input(reader: Package, said: Mapping[str, Any], depth: int) -> _Visit:
    folder = reader.path.parent
    described = said.get("descriptor")
    package = read_package(folder / described["path"]) if described else None
    return _Visit(folder / said["path"], depth, package, reader, said)


@dataclass(slots=True)
class _Walk:
    """What has been found so far; each file is hashed once."""

    links: list[Link] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    hashes: dict[Path, str] = field(default_factory=dict)
    seen: set[tuple[str, LinkState, str]] = field(default_factory=set)

    def look(self, visit: _Visit) -> Iterator[_Visit]:
        """Look at one file and its descriptor, and give the inputs to be looked at next."""
        if visit.path:
            self._add(self._file(visit))
        package = visit.package
        if package is None:
            return
        known = shown(package.path) in self.runs
        self._add_descriptor(package, visit)
        if visit.fault or known:
            return
        for resource in package.resources:
            if visit.path is None or package.resource(visit.path) is not resource:
                self._add(self._written(resource, package, visit))
        for said in package.about.get("inputs", []):
            yield _input(package, said, visit.depth + 1)

    def result(self, asked: Path) -> Chain:
        """Give what was found; what stands in the chain itself is not said to be beside it."""
        inside = {each.path for each in self.links if each.kind is LinkKind.FILE}
        kept = [each for each in self.links if each.kind is not LinkKind.BESIDE or each.path not in inside]
        return Chain(shown(asked), tuple(kept), tuple(self.runs.values()))

    def _add(self, link: Link) -> None:
        key = (link.path, link.state, link.detail)
        self.links.append(replace(link, again=key in self.seen))
        self.seen.add(key)

    def _add_descriptor(self, package: Package, visit: _Visit) -> None:
        path, state = shown(package.path), self._descriptor_state(package, visit)
        link = Link(path, visit.depth, state, package.stage, visit.fault, LinkKind.DESCRIPTOR, package.hash, run=path)
        if (path, state, visit.fault) not in self.seen:
            self._add(link)
        if path not in self.runs or state not in SOUND:
            self.runs[path] = _run(package, visit.depth, state)

    def _descriptor_state(self, package: Package, visit: _Visit) -> LinkState:
        if not visit.fault:
            return LinkState.INTACT
        return LinkState.CHANGED if stands(package.path) else LinkState.MISSING

    def _file(self, visit: _Visit) -> Link:
        """Judge a file of the chain by what the run that wrote it and the one that read it say of it."""
        path, package = visit.path or Path(), visit.package
        written = package.resource(path) if package and not visit.fault else None
        records = _Records(written, visit.said or None, _stage(package), _stage(visit.reader))
        state, detail = self._judge(path, records)
        if state is LinkState.INTACT and not _stage(package):
            state, detail = LinkState.GIVEN, "its descriptor is one that no stage wrote" if package else ""
        link = self._link(path, visit, written or visit.said)
        return replace(link, state=state, detail=detail or _source(package), reader=shown_path(visit.reader))

    def _written(self, resource: Mapping[str, Any], package: Package, visit: _Visit) -> Link:
        """Judge a file that a run wrote besides the one that led here."""
        path = package.path.parent / resource["path"]
        state, detail = self._judge(path, _Records(resource, None, package.stage, ""))
        kind = LinkKind.BESIDE if visit.path else LinkKind.FILE
        return replace(self._link(path, visit, resource), state=state, detail=detail or _source(package), kind=kind)

    def _link(self, path: Path, visit: _Visit, said: Mapping[str, Any]) -> Link:
        rows, size = said.get("rows", said.get("lines")), said.get("bytes")
        return Link(
            shown(path), visit.depth, LinkState.UNKNOWN, _stage(visit.package),
            hash=said.get("hash", ""), bytes=size if isinstance(size, int) else None,
            rows=rows if isinstance(rows, int) else None, run=shown_path(visit.package),
        )  # fmt: skip

    def _judge(self, path: Path, records: "_Records") -> tuple[LinkState, str]:
        if not stands(path):
            return LinkState.MISSING, self._elsewhere(path, records)
        try:
            if path not in self.hashes:
                self.hashes[path] = sha256(path)
        except OSError as error:
            return LinkState.UNKNOWN, f"it can't be read: {error.strerror}"
        return records.judge(self.hashes[path])

    def _elsewhere(self, path: Path, records: "_Records") -> str:
        """Say under which name the bytes of a missing file stand in its folder."""
        known = records.written or records.read or {}
        try:
            for each in sorted(path.parent.glob("*")):
                if each.is_file() and each.stat().st_size == known.get("bytes") and sha256(each) == known["hash"]:
                    return f"its bytes stand there as {each.name}"
        except OSError:  # a folder or file that may not be read: then it is not known
            pass
        return "the file is not there"


@dataclass(frozen=True, slots=True)
class _Records:
    """What the run that wrote a file and the one that read it say of it, as far as both can be relied on."""

    written: Mapping[str, Any] | None
    read: Mapping[str, Any] | None
    writer: str
    reader: str

    def judge(self, found: str) -> tuple[LinkState, str]:
        """Hold the hash that was found against them; say what is wrong, or nothing."""
        fits = [None if each is None else each["hash"] == found for each in (self.written, self.read)]
        if fits == [None, None]:
            return LinkState.UNKNOWN, "what is said of it can't be relied on"
        if False not in fits:
            return LinkState.INTACT, ""
        wrote, read = f"{self.writer or 'its descriptor'} wrote", f"{self.reader} read"
        if fits == [False, True]:
            return LinkState.EDITED, f"it was changed after {wrote} it and before {read} it"
        return LinkState.CHANGED, self._changed(fits, wrote, read)

    def _changed(self, fits: list[bool | None], wrote: str, read: str) -> str:
        if fits == [True, False]:
            return f"{read} other bytes than {wrote}, and than stand there now"
        both = {(False, False): f"{wrote} and {read}", (False, None): wrote, (None, False): read}
        return f"its bytes are not those that {both[fits[0], fits[1]]}"


def _run(package: Package, depth: int, state: LinkState) -> Run:
    about = package.about if state is LinkState.INTACT else {}
    return Run(
        descriptor=shown(package.path),
        depth=depth,
        state=state,
        stage=_stage(package),
        version=str(about.get("version", "")),
        command=tuple(str(each) for each in about.get("command", ())),
        started=str(about.get("started", "")),
        created=str(package.data.get("created", "")),
        source=about.get("source", {}),
        counts=about.get("counts", {}),
    )


def _source(package: Package | None) -> str:
    source = package.about.get("source", {}) if package and not package.fault else {}
    return ", ".join(f"{name} {value}" for name, value in source.items())


def _stage(package: Package | None) -> str:
    return package.stage if package else ""


def shown_path(package: Package | None) -> str:
    """Write where a descriptor is; nothing when there is none."""
    return shown(package.path) if package else ""


def shown(path: Path) -> str:
    """Write a path as seen from the working folder."""
    return os.path.relpath(path)
