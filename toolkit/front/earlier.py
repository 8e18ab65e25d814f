"""An earlier snapshot, into which what changed since is merged: is it one, of the same company, and when was it made?

Its times stand in the descriptor beside it, as all times do: two snapshots of the same state are the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.evidence import descriptor_beside, told_of
from toolkit.evidence.package import own_package
from toolkit.tables import read_ndjson

Line = dict[str, Any]
_HINT = "leave --since out: a whole snapshot needs no earlier one"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A snapshot: when it was begun, and when the last whole one was (Unix seconds, Front's clock).

    ``unseen`` are the codes of what it can't show.
    """

    path: Path
    began: float
    whole: float
    unseen: tuple[str, ...] = ()

    def lines(self, resource: str) -> Iterator[Line]:
        """Give the lines of one resource; contacts stand last, and are most of the file."""
        for _, line in read_ndjson(self.path):
            if line["resource"] == resource:
                yield line
            elif line["resource"] == "contact":
                return


def read_earlier(path: Path, company: str, scope: str) -> Earlier:
    """Look at an earlier snapshot; InputRefused when it can't be gone on from."""
    head: Any = next(read_ndjson(path), (1, {}))[1]
    if not isinstance(head, dict) or head.get("resource") != "snapshot":
        raise InputRefused(f"{path} is not a snapshot of Front", hint=_HINT)
    if head["company"] != company:
        raise InputRefused(f"{path} is of the company {head['company']}, the token is for {company}", hint=_HINT)
    if head.get("scope", "") != scope:
        whose = head.get("scope") or "the company's shared contacts"
        raise InputRefused(f"{path} is of other contacts: {whose}", hint=_HINT)
    told = told_of(path)
    try:
        return Earlier(path, read_stamp(told["began"]), read_stamp(told["whole"]), tuple(head.get("unseen", ())))
    except (KeyError, ValueError, TypeError):
        beside = descriptor_beside(path).name
        raise InputRefused(f"nothing beside {path} says when it was made ({beside})", hint=_HINT) from None


def seen_in(snapshot: Path) -> dict[str, str]:
    """Say for a plan's descriptor when Front was as a snapshot shows it (``seen``), and of whose contacts it is
    (``scope``, where not the company's shared ones); empty when no descriptor tells.
    """
    package = own_package(snapshot)
    counts = package.about.get("counts", {}) if package and package.stage == "snapshot" else {}
    named = {"seen": counts.get("began"), "scope": counts.get("scope")}
    return {name: str(value) for name, value in named.items() if value}


def stamp(moment: float) -> str:
    """Write a moment (Unix seconds) for a descriptor: ``2026-11-24T09:30:00Z``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> float:
    """Read it again; ValueError when it is none."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
