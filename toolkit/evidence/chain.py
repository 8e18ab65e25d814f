"""The chain of files that one file was made from, as it is found to be: data only. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class LinkState(StrEnum):
    """What a link of the chain is found to be."""

    INTACT = "intact"
    GIVEN = "given"
    EDITED = "edited"
    CHANGED = "changed"
    MISSING = "missing"
    UNKNOWN = "unknown"


SOUND = (LinkState.INTACT, LinkState.GIVEN)


class LinkKind(StrEnum):
    """What a link is: a file that the asked one was made from, one written beside such a file, a descriptor."""

    FILE = "file"
    BESIDE = "beside"
    DESCRIPTOR = "descriptor"


class Signed(StrEnum):
    """What is found of a descriptor's signature."""

    BY_KEY = "signed"
    NOT = "unsigned"
    BY_OTHER = "signed by another key"
    BROKEN = "signature does not fit"


@dataclass(frozen=True, slots=True)
class Signature:
    """What was found of a descriptor's signature: by whom (a name and the key's id), and what the signer said."""

    state: Signed
    key: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One file of the chain, ``depth`` stages back: its state, the stage that wrote it, and what else is known.

    ``given``: unchanged since it was read, and written by no stage (a mapping, a report saved from the UI). ``edited``:
    what was read is not what had been written before: somebody mended it between two stages; unchanged since.
    ``unknown``: all that was said of it can't be relied on. ``path`` is relative to the working folder; ``run`` names
    the descriptor of the run that wrote it, ``reader`` that of the one that read it; ``rows`` are rows or lines.
    """

    path: str
    depth: int
    state: LinkState
    stage: str = ""
    detail: str = ""
    kind: LinkKind = LinkKind.FILE
    hash: str = ""
    bytes: int | None = None
    rows: int | None = None
    run: str = ""
    reader: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a stage, as its descriptor tells; ``descriptor`` is where that is, relative to the working folder."""

    descriptor: str
    depth: int
    state: LinkState
    stage: str = ""
    version: str = ""
    command: tuple[str, ...] = ()
    started: str = ""
    created: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain from a file back to its sources, in the order walked, and the runs of stages that made it.

    ``intact`` when no file that the asked one was made from, and no descriptor, was changed since it was read;
    ``whole`` when also none was edited between two stages, nothing written beside them was changed, and, where keys
    were given, every descriptor is signed.
    """

    asked: str
    links: tuple[Link, ...]
    runs: tuple[Run, ...]

    @property
    def broken(self) -> tuple[Link, ...]:
        """The links of the chain that are not what they were, each once."""
        found = (each for each in self._unsound() if each.state is not LinkState.EDITED)
        return tuple(each for each in found if each.kind is not LinkKind.BESIDE)

    @property
    def edited(self) -> tuple[Link, ...]:
        """The files that somebody edited between the stage that wrote them and the one that read them."""
        return tuple(each for each in self._unsound() if each.state is LinkState.EDITED)

    @property
    def changed_beside(self) -> tuple[Link, ...]:
        """The files that were written beside those of the chain and are not what they were."""
        return tuple(each for each in self._unsound() if each.kind is LinkKind.BESIDE)

    @property
    def not_signed(self) -> tuple[Run, ...]:
        """The runs whose descriptors none of the given keys has signed; none where no key was given."""
        return tuple(each for each in self.runs if each.signature and each.signature.state is not Signed.BY_KEY)

    @property
    def intact(self) -> bool:
        """Tell whether every link is what it was when it was written or read, and no signature is broken."""
        return not self.broken and not any(each.signature.state is Signed.BROKEN for each in self.not_signed)  # type: ignore[union-attr]

    @property
    def whole(self) -> bool:
        """Tell whether nothing at all is amiss."""
        return self.intact and not (self.edited or self.changed_beside or self.not_signed)

    def _unsound(self) -> Iterator[Link]:
        return (each for each in self.links if each.state not in SOUND and not each.again)
