"""Descriptors read: what stands in one, whether it can be relied on, and which one is a file's own."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.files import sha256

FOLDER_DESCRIPTOR = "datapackage.json"
SUFFIX = ".datapackage.json"
UNSEALED = "sha256:" + "0" * 64
"""What stands in the place of the seal while the seal is reckoned."""

_MOST_BYTES = 100_000_000
_SEAL = re.compile(rb'"seal": "(sha256:[0-9a-f]{64})"\s*\}\s*\}\s*\Z')


def seal(content: bytes) -> bytes:
    """Put the seal into the bytes of a descriptor: their own hash, reckoned with ``UNSEALED`` in its place.

    It tells of a change that somebody made by accident. Who changes a descriptor on purpose can seal it again: that is
    what the hashes of descriptors in later ones, and signatures, are for.
    """
    place = _SEAL.search(content)
    if place is None:
        raise AssertionError("a descriptor without a place for its seal")
    return content[: place.start(1)] + _hash(content).encode() + content[place.end(1) :]


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _broken_seal(content: bytes) -> bool:
    place = _SEAL.search(content)
    if place is None:
        return True
    unsealed = content[: place.start(1)] + UNSEALED.encode() + content[place.end(1) :]
    return place[1].decode() != _hash(unsealed)


@dataclass(frozen=True, slots=True)
class Package:
    """A descriptor that was read; ``fault`` says why nothing that it says can be relied on, and is mostly empty."""

    path: Path
    hash: str
    data: dict[str, Any]
    fault: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What is ours in it; empty in somebody else's Data Package."""
        found: dict[str, Any] = self.data.get("sf2front") or {}
        return found

    @property
    def stage(self) -> str:
        """The stage that wrote it."""
        return str(self.about.get("stage", ""))

    @property
    def resources(self) -> tuple[dict[str, Any], ...]:
        """The files that it describes."""
        return tuple(self.data.get("resources", ()))

    def resource(self, path: Path) -> dict[str, Any] | None:
        """Give what is said of a file; None when nothing is."""
        place = path.resolve()
        return next((each for each in self.resources if (self.path.parent / each["path"]).resolve() == place), None)


def stands(path: Path) -> bool:
    """Tell whether a file is there: a real one, no device or pipe that a name in somebody's descriptor leads to."""
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long
        return False


def read_package(path: Path) -> Package:
    """Read a descriptor; one that can't be read, or was changed, has a fault."""
    if not stands(path):
        return Package(path, "", {}, "it is not there")
    try:
        if path.stat().st_size > _MOST_BYTES:
            return Package(path, "", {}, "it is too large for a descriptor")
        content = path.read_bytes()
    except OSError as error:
        return Package(path, "", {}, f"it can't be read: {error.strerror}")
    try:
        data = json.loads(content)
    except ValueError:
        return Package(path, _hash(content), {}, "it is no JSON")
    if not _is_descriptor(data):
        return Package(path, _hash(content), {}, "it is not a Data Package descriptor as sf2front writes it")
    ours = "sf2front" in data or _SEAL.search(content)  # one of the two may be what was changed
    changed = ours and _broken_seal(content)
    return Package(path, _hash(content), data, "it is not what was written: its seal does not fit" if changed else "")


def _is_descriptor(data: Any) -> bool:
    """Tell whether a descriptor has what the walk needs; it may be anybody's."""
    about = data.get("sf2front", {}) if isinstance(data, dict) else None
    kinds = {"source": dict, "counts": dict, "command": list}
    if not isinstance(about, dict) or not all(isinstance(about.get(key, kind()), kind) for key, kind in kinds.items()):
        return False
    described = (data.get("resources"), about.get("inputs", []))
    return all(isinstance(each, list) and all(_is_described(item) for item in each) for each in described)


def _is_described(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("hash"), str) or not _is_path(item.get("path")):
        return False
    return "descriptor" not in item or _is_described(item["descriptor"])


def _is_path(text: Any) -> bool:
    """Tell whether a text can be the name of a file at all."""
    if not isinstance(text, str) or "\0" in text:
        return False
    try:
        return bool(os.fsencode(text))
    except UnicodeEncodeError:
        return False


def descriptor_beside(path: Path) -> Path:
    """Give the name of the descriptor of a stage whose first file is ``path``."""
    return path.with_name(path.name + SUFFIX)


def own_package(path: Path) -> Package | None:
    """Find the descriptor of a file: its own, the folder's, or any beside it that lists it; None when there is none.

    One of somebody else with a hash of another kind than ours (the standard's default is MD5) is passed over.
    """
    for each in _near(path):
        package = read_package(each)
        resource = package.resource(path)
        if resource and resource["hash"].startswith("sha256:"):
            return package
    return None


def faulty_near(path: Path) -> tuple[Package, ...]:
    """Give the descriptors that may be the file's own and can't be relied on."""
    return tuple(each for each in map(read_package, _near(path)) if each.fault)


def _near(path: Path) -> tuple[Path, ...]:
    own = (descriptor_beside(path), path.parent / FOLDER_DESCRIPTOR)
    others = (each for each in sorted(path.parent.glob(f"*{SUFFIX}")) if each not in own)
    return tuple(each for each in (*own, *others) if each.is_file())


@dataclass(frozen=True, slots=True)
class Input:
    """A file as it was when a stage began to read it, and the descriptor that it then had (None: looked for later)."""

    path: Path
    bytes: int
    hash: str
    package: Package | None = None


def taken(*paths: Path) -> tuple[Input, ...]:
    """Hash a stage's inputs: before it reads them, so that what is changed meanwhile is found out."""
    return tuple(Input(path, path.stat().st_size, sha256(path), own_package(path)) for path in paths)


def stage_of(descriptor: Path) -> str:
    """Say which stage a descriptor is of; empty when there is none. InputRefused when it can't be read."""
    if not descriptor.is_file():
        return ""
    package = read_package(descriptor)
    if not package.data:
        raise InputRefused(f"{descriptor} can't be used: {package.fault}")
    return package.stage


def source_of(path: Path) -> dict[str, str]:
    """Say where the data of a file came from, as the descriptor beside it has it; empty when there is none.

    InputRefused when the descriptor was changed.
    """
    package = _reliable(path)
    return {str(name): str(value) for name, value in package.about.get("source", {}).items()} if package else {}


def told_of(path: Path) -> dict[str, Any]:
    """Give what the stage that wrote a file told of its run: the descriptor's counts; empty when there is none.

    InputRefused when the file or its descriptor is no longer what was written then.
    """
    package = _reliable(path)
    if package is None:
        return {}
    resource = package.resource(path)
    if resource is None or resource["hash"] != sha256(path):
        raise InputRefused(f"{path} was changed since it was written", hint=f"sf2front evidence {path} tells more")
    return dict(package.about.get("counts", {}))


def _reliable(path: Path) -> Package | None:
    beside = descriptor_beside(path)
    package = own_package(path) or (read_package(beside) if beside.is_file() else None)
    if package and package.fault:
        hint = f"sf2front evidence {path} tells more; without the descriptor the file is taken as anybody's"
        raise InputRefused(f"{package.path} can't be relied on: {package.fault}", hint=hint)
    return package
