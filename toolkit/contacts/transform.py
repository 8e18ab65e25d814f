"""The transform stage: a report and a mapping into the files for Front.

Each row of the report ends as a contact, as a reject with its reason, or merged into the contact of another row;
the sum is checked. The report may be larger than memory: see ``report_rows``.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from toolkit import __version__, company
from toolkit.company import CompanyField, CompanyFields
from toolkit.contacts.leavers import without_leavers
from toolkit.contacts.mapping import Mapping, check_columns, check_expressions
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.outcome import Target, TransformResult, TransformSettings
from toolkit.contacts.report_rows import Source, original_columns
from toolkit.contacts.statistics import Statistics
from toolkit.contacts.writing import Ended, Job, stale, write_accounts, write_contacts
from toolkit.documents import Document, escape, parse_yaml
from toolkit.errors import WrongSettings
from toolkit.files import Outputs, Written
from toolkit.front.fields_file import read_fields
from toolkit.progress import Listener, silent
from toolkit.tables import CsvFile, open_csv, shelf

__all__ = ["Target", "TransformResult", "TransformSettings", "run"]


def run(settings: TransformSettings, outputs: Outputs, on_progress: Listener = silent) -> TransformResult:
    """Transform one report. The files are begun in ``outputs``; the caller commits them.

    Raises InputRefused for a report that can't be read or lacks a column of the mapping, or a snapshot that is none;
    WrongSettings for a mapping that is wrong or does not fit the company's custom fields; CannotWrite.
    """
    document = _document(settings.mapping)
    mapping = read_mapping(document)
    fields = _fields(settings, mapping, document)
    if settings.target is Target.ACCOUNTS and mapping.contact.account is None:
        hint = "say there which column names the account: account: {name: Account Name}"
        raise WrongSettings(f"{document.name} has no contact.account, of which accounts are made", hint=hint)
    with open_csv(settings.source, settings.csv) as file, shelf() as put_aside:
        _check(mapping, document, file)
        if settings.leaving:
            mapping = without_leavers(mapping, settings.leaving, original_columns(file))
        statistics = Statistics() if settings.report else None
        source = Source(file, mapping, put_aside, on_progress, statistics.add_cells if statistics else _unseen)
        job = Job(settings, source, outputs, fields, statistics)
        ended = write_accounts(job) if settings.target is Target.ACCOUNTS else write_contacts(job)
        return _with_page(job, _result(job, ended))


def _unseen(_: pl.DataFrame) -> None:
    """Count nothing."""


def _document(path: Path) -> Document:
    try:
        return parse_yaml(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        raise WrongSettings(f"there is no mapping {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"the mapping {path} can't be read: {error}", hint="save it as UTF-8") from None


def _check(mapping: Mapping, document: Document, file: CsvFile) -> None:
    """Hold the mapping against the headings, before any row is read."""
    columns = original_columns(file)
    check_columns(mapping, document, columns, file.name)
    used = {column: pl.String for _, column in mapping.references}
    check_expressions(mapping, document, pl.DataFrame(schema=used))


def _fields(settings: TransformSettings, mapping: Mapping, document: Document) -> CompanyFields | None:
    """Read the company's custom fields and hold the mapping's against them: exact names, the same types."""
    if settings.fields is None:
        return None
    known = read_fields(settings.fields)
    wanted = {rule.name: rule.type.value for rule in mapping.contact.fields}
    new = [name for name in wanted if name not in known.names] if settings.new_fields else []
    wrong = [each for each in company.check_mapping(wanted, known) if each[0] not in new]
    if wrong:
        place = "/contact/custom_fields/{}"
        problems = [document.problem(place.format(escape(name)), said, "custom-field") for name, said in wrong]
        hint = "make the field in Front and take the snapshot again, or allow new ones with --allow-new-fields"
        sentence = f"{document.name} and the custom fields in {settings.fields.name} differ"
        raise WrongSettings(sentence, problems=tuple(problems), hint=hint)
    return replace(known, fields=(*known.fields, *(CompanyField(name, wanted[name]) for name in new)))


def _result(job: Job, ended: Ended) -> TransformResult:
    rejected = ended.people.rejected.total()
    if ended.rows != ended.accepted + rejected + ended.merged:
        said = f"{ended.accepted} accepted, {rejected} rejected, {ended.merged} merged"
        raise AssertionError(f"{ended.rows} rows, but {said}")
    return TransformResult(
        rows=ended.rows,
        accepted=ended.accepted,
        rejected=rejected,
        merged=ended.merged,
        rejected_by_code=dict(sorted(ended.people.rejected.items())),
        dropped_by_code=dict(sorted(ended.people.dropped.items())),
        extensions=ended.extensions,
        left_out=ended.left_out,
        leavers=ended.leavers,
        written=tuple(ended.written),
        stale=stale(job.settings, ended.written),
        notes=job.source.file.notes,
    )


def _with_page(job: Job, result: TransformResult) -> TransformResult:
    """Begin the HTML page, when one is asked for."""
    path = job.settings.report
    if path is None or job.statistics is None:
        return result
    from toolkit.contacts.page import Facts, page  # noqa: PLC0415 - loads plotly, which only a page needs

    facts = Facts(
        source=job.settings.source.name,
        mapping=job.settings.mapping.name,
        target=job.settings.target.value,
        rows=result.rows,
        accepted=result.accepted,
        rejected=result.rejected,
        merged=result.merged,
        version=__version__,
        dropped=result.dropped_by_code,
        extensions=result.extensions,
        left_out=result.left_out,
        notes=tuple(str(note) for note in result.notes),
        written=tuple((each.path.name, each.rows) for each in result.written if each.rows is not None),
    )
    job.outputs.write(path, page(facts, job.statistics))
    return replace(result, page=Written(path, None))
