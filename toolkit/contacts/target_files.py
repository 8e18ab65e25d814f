"""What the rows become for Front, part by part: lines of operations for its API, or rows of its contact import.

Every contact is held against the target's schema as it will be written, and against the company's own custom fields
where they are known; one that does not pass is given back as a fault, and is not among what is to be written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from toolkit import company, company_cells, flat, schemas
from toolkit.ahead import ahead
from toolkit.company import CompanyFields
from toolkit.contacts import rejects, sure
from toolkit.contacts.frame import INDEX
from toolkit.contacts.import_file import import_rows
from toolkit.contacts.mapping import Mapping
from toolkit.contacts.operations import as_bytes, lines
from toolkit.contacts.rejects import RejectCode
from toolkit.contacts.report_rows import ContactRows, Part
from toolkit.contacts.sorting import Finished

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passed(Generic[T]):
    """What a part of the rows becomes: its ``contacts``, the same as the target wants them, and faults of the rest."""

    part: Part
    contacts: pl.DataFrame
    written: T
    faults: pl.DataFrame


@dataclass(frozen=True, slots=True)
class TargetFiles:
    """Makes what is written. ``fields``: the company's custom fields, where a snapshot of them was given."""

    rows: ContactRows
    mapping: Mapping
    fields: CompanyFields | None = None

    def operations(self) -> Iterator[Passed[bytes]]:
        """Give the operations of each part as NDJSON."""
        return ahead(self._operations, self.rows.parts)

    def import_texts(self) -> Iterator[Passed[pl.DataFrame]]:
        """Give the rows of the contact import of each part: all columns text, blank = null."""
        return ahead(self._import_texts, self.rows.parts)

    def _operations(self, part: Part) -> Passed[bytes]:
        found = self.rows.contacts(part, name_needed=False)
        text = lines(found.contacts, self.mapping)
        content = as_bytes(text)
        judge = company.operation_judge(self.fields) if self.fields else schemas.judge("operation")
        asked = list(range(len(text))) if self.fields else sure.unsure(found.contacts, self.mapping)
        whole = content.splitlines() if asked else []
        wrong = [asked[at] for at in judge.invalid_lines(whole[at] for at in asked)]
        if not wrong:
            return Passed(part, found.contacts, content, found.faults)
        said = {at: "; ".join(str(each) for each in judge.line_problems(text[at].encode())) for at in wrong}
        kept, faults = _without(found, said)
        others = b"".join(f"{line}\n".encode() for line in _others(text.to_frame(), wrong).to_series())
        return Passed(part, kept, others, faults)

    def _import_texts(self, part: Part) -> Passed[pl.DataFrame]:
        found = self.rows.contacts(part, name_needed=True)
        text = import_rows(found.contacts, self.mapping)
        said = self._wrong_cells(text)
        if not said:
            return Passed(part, found.contacts, text, found.faults)
        kept, faults = _without(found, said)
        return Passed(part, kept, _others(text, list(said)), faults)

    def _wrong_cells(self, text: pl.DataFrame) -> dict[int, str]:
        """Say of each row of an import that is not as it must be what is wrong, by its place."""
        wrong = flat.invalid_rows(text, "import-row")
        said = {at: "; ".join(str(each) for each in flat.row_problems(text, at, "import-row")) for at in wrong}
        if self.fields:
            for at, heading, sentence in company_cells.cell_faults(text, self.fields).iter_rows():
                said[at] = "; ".join(filter(None, [said.get(at), f"{heading}: {sentence}"]))
        return said


def _others(items: pl.DataFrame, wrong: Sequence[int]) -> pl.DataFrame:
    return items.filter(~pl.int_range(pl.len()).is_in(wrong))


def _without(found: Finished, said: dict[int, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the contacts at those places out, and add their faults."""
    index, sentences = found.contacts[INDEX].gather(list(said)), pl.Series(list(said.values()), dtype=pl.String)
    faults = rejects.faults(index, RejectCode.SCHEMA, sentences)
    kept = found.contacts.join(faults, on=INDEX, how="anti", maintain_order="left")
    return kept, rejects.together([found.faults, faults])
