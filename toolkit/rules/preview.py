"""The preview stage: which contacts of a snapshot a rule would match; with a plan, who starts and who stops.

The files are read in parts, as often as needed: in memory are the contacts that match, and those that the plan names.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.company import CompanyFields, company_fields
from toolkit.documents import parse_yaml
from toolkit.errors import InputRefused
from toolkit.evidence import inputs_of
from toolkit.files import Outputs, Written, sha256
from toolkit.front.state import check_line
from toolkit.operation import checked_operations
from toolkit.progress import Listener, Progress, silent
from toolkit.rules.conditions import Known, Question, read_conditions
from toolkit.rules.outcome import NEW, Line, Outcome, outcome
from toolkit.rules.people import People, accounts_of, readable
from toolkit.rules.where import read_where
from toolkit.settings import read_text
from toolkit.tables import ndjson_line, read_ndjson
from toolkit.tables.formulas import harmless, harmless_cells

CHANGE = "change"
MATCHES, STARTS, STOPS, STAYS = "matches", "starts", "stops", "stays"
CHANGES = (STARTS, STOPS, STAYS)


@dataclass(frozen=True, slots=True)
class PreviewSettings:
    """``conditions`` (a file) or ``where`` (SQL), the snapshot, the plan (None: as it is), and the output: NDJSON when
    its name says so, else CSV.
    """

    conditions: Path | None
    where: str
    snapshot: Path
    plan: Path | None
    output: Path


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """How many contacts there are and match, before and ``after`` (the plan; without one the same).

    ``before = stops + stays``, ``after = starts + stays``; of ``starts`` so many are ``new``, of ``stops`` so many
    ``gone`` (deleted, or merged into another). ``warnings`` are sentences.
    """

    contacts: int
    before: int
    after: int
    changes: dict[str, int]
    new: int
    gone: int
    warnings: tuple[str, ...]
    written: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """The contacts before the plan, or after it: the lines above them, and how to read them."""

    heads: tuple[Line, ...]
    contacts: Callable[[], Iterable[Line]]


@dataclass(slots=True)
class _Found:
    """The rows of contacts (``readable``) that match or that others ask for, and how many contacts were looked at."""

    rows: pl.DataFrame
    ids: set[str] = field(default_factory=set)
    contacts: int = 0


def run(settings: PreviewSettings, outputs: Outputs, on_progress: Listener = silent) -> PreviewResult:
    """Write ``settings.output``; not yet committed. One row for each contact that matches, before or after: ``change``
    (``matches`` without a plan), then what ``readable`` gives, as it is after the plan, or before it of one that is
    gone. By the order of the snapshot, new contacts last.

    WrongSettings for conditions that the snapshot can't answer, InputRefused for a file that is not what it must be.
    """
    lines = partial(_lines, settings.snapshot)
    before, after = _Side(tuple(_heads(lines())), partial(_contacts, lines)), None
    if settings.plan:
        done = _outcome(settings.plan, lines)
        after = _Side(done.heads, done.contacts)
    question = _question(settings, before, after or before)
    was = _matching(before, question, set(), on_progress)
    now = _matching(after, question, was.ids, on_progress) if after else was
    table = _table(was, now) if after else was.rows.select(pl.lit(MATCHES).alias(CHANGE), pl.all())
    written = _write(settings.output, table, outputs)
    changes = {each: int((table[CHANGE] == each).sum()) for each in CHANGES} if after else {}
    new = sum(each.startswith(NEW) for each in now.ids - was.ids)
    gone = len(was.ids - set(now.rows["id"])) if after else 0
    told = tuple(_warnings(settings))
    return PreviewResult(was.contacts, len(was.ids), len(now.ids), changes, new, gone, told, (written,))


def _lines(snapshot: Path) -> Iterator[Line]:
    number = 0
    for number, line in read_ndjson(snapshot):
        check_line(number, line, snapshot.name)
        yield line
    if not number:
        raise InputRefused(f"{snapshot.name} is empty", hint="take one with: sf2front snapshot --accounts")


def _heads(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        if line["resource"] == "contact":
            return  # the last resource, and by far the largest
        yield line


def _contacts(lines: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    return (line for line in lines() if line["resource"] == "contact")


def _outcome(plan: Path, lines: Callable[[], Iterable[Line]]) -> Outcome:
    return outcome(lines, checked_operations(read_ndjson(plan), plan.name))


def _question(settings: PreviewSettings, before: _Side, after: _Side) -> Question:
    known = _known(settings.snapshot.name, before, after)
    if settings.conditions is None:
        return read_where(settings.where, known)
    return read_conditions(parse_yaml(read_text(settings.conditions), settings.conditions.name), known)


def _known(name: str, before: _Side, after: _Side) -> Known:
    """Gather what conditions may name: what is there before the plan or after it."""
    both = (*before.heads, *after.heads)
    lists = dict.fromkeys(each["name"] for each in both if each["resource"] == "contact_list")
    accounts = tuple(dict.fromkeys(each["name"] for each in both if each["resource"] == "account"))
    has_accounts = bool(before.heads[0].get("accounts"))
    return Known(_company(name, before.heads), tuple(lists), accounts if has_accounts else None)


def _company(name: str, heads: Iterable[Line]) -> CompanyFields:
    return company_fields(enumerate(heads, start=1), name)


def _matching(side: _Side, question: Question, others: set[str], on_progress: Listener) -> _Found:
    """Find the contacts that match; rows of ``others`` are kept as well."""
    people = People(accounts_of(side.heads), question.fields)
    found, parts = _Found(pl.DataFrame()), list[pl.DataFrame]()
    for frame in people.frames(side.contacts()):
        marked = frame.with_columns(question.ask(frame).fill_null(value=False).cast(pl.Boolean).alias(_IS_SO))
        found.ids.update(marked.filter(_IS_SO)["id"])
        kept = marked.filter(pl.col(_IS_SO) | pl.col("id").is_in(others))
        parts.append(readable(kept, question.fields))
        found.contacts += len(frame)
        on_progress(Progress("rules preview", found.contacts, None, "contacts"))
    found.rows = pl.concat(parts) if parts else _no_rows(question)
    return found


_IS_SO = "\0is so"


def _no_rows(question: Question) -> pl.DataFrame:
    frames = People({}, question.fields).frames([{"id": "", "handles": (), "lists": ()}])
    return readable(next(frames).clear(), question.fields)


def _table(was: _Found, now: _Found) -> pl.DataFrame:
    """Put both sides together: each contact as it is afterwards, or as it was when it is gone."""
    gone = was.rows.filter(~pl.col("id").is_in(now.rows["id"].to_list()))
    before, after = pl.col("id").is_in(was.ids), pl.col("id").is_in(now.ids)
    change = pl.when(before & after).then(pl.lit(STAYS)).when(after).then(pl.lit(STARTS)).otherwise(pl.lit(STOPS))
    return pl.concat([now.rows, gone]).select(change.alias(CHANGE), pl.all())


def _write(path: Path, table: pl.DataFrame, outputs: Outputs) -> Written:
    with outputs.open(path) as file:
        if path.suffix in (".ndjson", ".jsonl"):
            file.writelines(ndjson_line(each) for each in table.iter_rows(named=True))
        else:
            harmless_cells(table.rename(harmless)).write_csv(file)
    return Written(path, len(table))


def _warnings(settings: PreviewSettings) -> Iterator[str]:
    if settings.plan and (made_from := inputs_of(settings.plan)) and sha256(settings.snapshot) not in made_from:
        yield f"{settings.plan.name} was not made from {settings.snapshot.name}: what it does to it is only likely"


def counts(result: PreviewResult) -> dict[str, Any]:
    """Give what the descriptor tells of it."""
    told = {"contacts": result.contacts, "before": result.before, "after": result.after}
    return told | result.changes
