"""The stage that starts a mapping: reads a CSV, asks the person if there is one, writes the mapping file.

A mapping is an input that people write and change, so no evidence stands beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from toolkit import schemas
from toolkit.contacts import rejects
from toolkit.contacts.phones import known_region
from toolkit.errors import InputRefused, Problem, WrongSettings
from toolkit.files import Outputs
from toolkit.front.state import read_state
from toolkit.inspect.stage import suspicions
from toolkit.start.fields import FrontField
from toolkit.start.propose import Proposal, Wishes, propose
from toolkit.start.recognise import recognise
from toolkit.start.write import as_yaml
from toolkit.tables import CsvOptions, read_csv, read_ndjson

SCHEMA = "mapping.schema.json"

Ask = Callable[[Proposal, Wishes], Wishes]
"""Shows a person what was proposed and gives their wishes; those that are given already are not asked again."""


@dataclass(frozen=True, slots=True)
class StartSettings:
    """The CSV, the mapping to write, and what is known of both.

    ``fields`` is a snapshot of Front, whose custom fields are filled by name. With ``force`` an existing mapping is
    overwritten; with ``schema`` the mapping's schema is put beside it, for editors.
    """

    source: Path
    output: Path
    fields: Path | None = None
    wishes: Wishes = field(default_factory=Wishes)
    force: bool = False
    schema: bool = False
    csv: CsvOptions = field(default_factory=CsvOptions)


@dataclass(frozen=True, slots=True)
class StartResult:
    """What the mapping says, the files that await the commit, and what reading the CSV settled."""

    proposal: Proposal
    written: tuple[Path, ...]
    notes: tuple[Problem, ...]


def run(settings: StartSettings, outputs: Outputs, ask: Ask | None = None) -> StartResult:
    """Write a first mapping; begun in ``outputs``, not yet committed.

    Raises WrongSettings when the mapping exists already or the region is none, InputRefused for a CSV that can't be
    read or has neither addresses nor numbers, and for a file that is no snapshot.
    """
    _check(settings)
    front = _custom_fields(settings.fields) if settings.fields else ()
    table = read_csv(settings.source, settings.csv)
    findings = recognise(rejects.restore(table.frame))
    proposal = propose(findings, front, settings.wishes)
    if proposal is None:
        raise _no_handles(table.name, table.frame.columns)
    if ask:
        proposal = propose(findings, front, ask(proposal, settings.wishes)) or proposal
    return StartResult(proposal, _write(settings, proposal, outputs), (*table.notes, *suspicions(table)))


def _check(settings: StartSettings) -> None:
    inputs = {each.resolve() for each in (settings.source, settings.fields) if each}
    if settings.output.resolve() in inputs:
        raise WrongSettings(
            f"{settings.output} is an input and would be written over", hint="name another file with -o"
        )
    if settings.output.exists() and not settings.force:
        raise WrongSettings(
            f"{settings.output} exists already", hint="name another file with -o, or overwrite it with --force"
        )
    region = settings.wishes.region
    if region and not known_region(region):
        raise WrongSettings(f"{region!r} is no country that has phone numbers", hint="write it like US or DE")


def _custom_fields(path: Path) -> tuple[FrontField, ...]:
    state = read_state(read_ndjson(path), path.name)
    return tuple(FrontField.of(each) for each in state.custom_fields.values())


def _no_handles(name: str, columns: list[str]) -> InputRefused:
    hint = (
        "a contact of Front needs one of these: add such a column to the report, under a heading like Email or Mobile"
    )
    said = f"{name} has no column with e-mail addresses or phone numbers of contacts"
    return InputRefused(said, hint=hint, problems=(Problem(f"its columns are: {', '.join(columns)}", name),))


def _write(settings: StartSettings, proposal: Proposal, outputs: Outputs) -> tuple[Path, ...]:
    beside = settings.output.with_name(SCHEMA)
    known = SCHEMA if settings.schema or beside.is_file() else ""
    outputs.write(settings.output, as_yaml(proposal, settings.source.name, known).encode())
    if settings.schema:
        outputs.write(beside, (schemas.data_folder("schemas") / SCHEMA).read_bytes())
        return (settings.output, beside)
    return (settings.output,)
