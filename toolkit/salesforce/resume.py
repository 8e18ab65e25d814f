"""How far an export by query job has come: a small file beside the output, renewed with every page.

It holds no record and no secret: where the job is, the locator of the next page, how much of the partial file counts,
and hashes that bind it to the query and the org. Described by schemas/export-resume.schema.json.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from toolkit import files, schemas
from toolkit.errors import InputRefused
from toolkit.salesforce.bulk import FIRST, LAST, Job

PART, STATE = ".part", ".resume.json"
_START_OVER = "run the command without --resume; it starts over"


@dataclass(frozen=True, slots=True)
class Resume:
    """What of a job has been written: ``size`` bytes, ``records`` of them, ``nuls`` NUL bytes taken out.

    ``locator`` is the next page's, in a row of pages of our size or of Salesforce's (``linked``).
    """

    query: str
    org: str
    job: str
    version: str
    linked: bool = False
    locator: str = FIRST
    heading: str = ""
    size: int = 0
    records: int = 0
    nuls: int = 0

    @property
    def finished(self) -> bool:
        """Tell whether every page has been written."""
        return self.locator == LAST

    def from_the_start(self) -> Self:
        """Give the same job with nothing written yet."""
        return replace(self, linked=False, locator=FIRST, heading="", size=0, records=0, nuls=0)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a resume file belongs to: hashes of the query (with its way of asking) and of the org's address."""

    query: str
    org: str

    @classmethod
    def of(cls, query: Iterable[str], org: str) -> Self:
        """Hash the parts of a query and the org's address."""
        return cls(_hash("\n".join(query)), _hash(org))

    def begin(self, job: Job) -> Resume:
        """Give the state of a job that was just made."""
        return Resume(self.query, self.org, job.id, job.version)


def _hash(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def part_of(output: Path) -> Path:
    """Say where an output grows."""
    return output.with_name(output.name + PART)


def state_of(output: Path) -> Path:
    """Say where the state of an unfinished output stands."""
    return output.with_name(output.name + STATE)


def load(output: Path, binding: Binding) -> Resume | None:
    """Read the state of an unfinished output; None when there is none.

    InputRefused when it is another query's or another org's, or not a state at all.
    """
    path = state_of(output)
    if not path.exists():
        return None
    found = Resume(**_read(path))
    if (found.query, found.org) != (binding.query, binding.org):
        what = "query" if found.query != binding.query else "org"
        raise InputRefused(f"{path} belongs to another {what}", hint=_START_OVER)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputRefused(f"{path} can't be read: {error}", hint=_START_OVER) from None
    wrong = tuple(schemas.problems(data, "export-resume", str(path)))
    if wrong:
        raise InputRefused(f"{path} is not the state of an export", problems=wrong, hint=_START_OVER)
    return data


def save(output: Path, state: Resume) -> None:
    """Write the state, whole or not at all; what it counts must be on the disk before."""
    files.write(state_of(output), json.dumps(asdict(state), sort_keys=True).encode() + b"\n")
