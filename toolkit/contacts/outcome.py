"""What a transform is asked and what it answers: plain data, between the stage, its writers and the command."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from toolkit.contacts.rejects import by_fault
from toolkit.errors import Problem
from toolkit.files import Written
from toolkit.leaving import LeavingRules
from toolkit.tables import CsvOptions

_DETECT = CsvOptions()


class Target(StrEnum):
    """What transform writes for Front: files for its contact or account import, or operations for its API."""

    IMPORT = "import"
    OPERATIONS = "operations"
    ACCOUNTS = "accounts-import"


@dataclass(frozen=True, slots=True)
class TransformSettings:
    """The report, the mapping, the folder for the files, and what is known of the report's encoding.

    ``fields``: a snapshot, against whose custom fields the mapping and every value is held; ``new_fields``: custom
    fields that it lacks are let pass. ``report``: the HTML page to write. ``leaving``: which rows leave Front: they
    become no operations, and stand in leavers.ndjson.
    """

    source: Path
    mapping: Path
    output: Path
    target: Target
    csv: CsvOptions = _DETECT
    fields: Path | None = None
    new_fields: bool = False
    report: Path | None = None
    leaving: LeavingRules | None = None


@dataclass(frozen=True, slots=True)
class TransformResult:
    """What became of the rows, and the files that await the commit; ``rows == accepted + rejected + merged``.

    ``dropped_by_code`` counts bad values left out of rows that were kept, ``extensions`` phone extensions left out,
    ``left_out`` what the import file has no place for, ``leavers`` the rows that leave, by reason. ``stale`` are files
    of an earlier run that this one does not write: to be removed after the commit. ``page`` is the HTML page, which no
    descriptor lists.
    """

    rows: int
    accepted: int
    rejected: int
    merged: int
    rejected_by_code: dict[str, int]
    dropped_by_code: dict[str, int]
    extensions: int
    left_out: dict[str, int]
    written: tuple[Written, ...]
    stale: tuple[Path, ...]
    notes: tuple[Problem, ...]
    page: Written | None = None
    leavers: dict[str, int] = field(default_factory=dict)

    @property
    def rejected_by_fault(self) -> int:
        """Count the rejects that the mapping's ``where`` did not ask for: they make the exit code 3."""
        return sum(by_fault(self.rejected_by_code).values())
