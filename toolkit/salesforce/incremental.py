"""The stage that exports contacts that were changed or deleted since the last export, to one CSV.

Its window is ``SystemModstamp`` from a little before the watermark up to a moment that is fixed before the query
runs. A transaction is stamped before it is committed, so what was stamped just before the last export may have become
visible after it: that is what the overlap is for, and why a contact may come twice, in this file and in the last one.
Sources: Object Reference, "System Fields" (SystemModstamp); SOQL's queryAll, which gives deleted records.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from toolkit import files, schemas
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs, Written
from toolkit.progress import Listener, silent
from toolkit.salesforce import query
from toolkit.salesforce.bulk import records_of
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.query import QuerySettings, Via
from toolkit.salesforce.resume import Binding, part_of, state_of
from toolkit.salesforce.soql import check_condition

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=10)
LAG = timedelta(seconds=5)
"""How long before Salesforce's own time the window ends: its servers' clocks differ a little."""
LEADING = ("Id", "SystemModstamp", "IsDeleted")
"""The columns that every file begins with."""
FIELDS = (
    "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "AccountId", "Account.Name", "Owner.Email",
    "MailingStreet", "MailingCity", "MailingCountry", "CreatedDate", "LastModifiedDate",
)  # fmt: skip
"""Standard fields that every org has and hardly any hides: one hidden field would refuse the whole query."""
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_FIELD = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*")


@dataclass(frozen=True, slots=True)
class ContactsSettings:
    """Which contacts' changes, where to, and since when: a moment, or what the file ``state`` remembers.

    ``where`` narrows the contacts (SOQL, as behind WHERE). A ``state`` that is not there yet means every contact.
    ``also``: Ids of contacts that are exported whether they were changed or not.
    """

    output: Path
    since: datetime | None = None
    state: Path | None = None
    fields: tuple[str, ...] = FIELDS
    where: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watermark:
    """Up to when contacts have been exported, and of which org and query (hashes)."""

    query: str
    org: str
    watermark: str


@dataclass(frozen=True, slots=True)
class ContactsResult:
    """What was written: how many of the rows are deleted contacts, how many older versions of a row were left out.

    ``since`` (empty: from the beginning) and ``until`` are the window; ``watermark`` is what the state becomes.
    """

    rows: int
    deleted: int
    repeated: int
    since: str
    until: str
    watermark: Watermark
    headings: tuple[str, ...]
    notes: tuple[str, ...]
    written: tuple[Written, ...]


def run(
    settings: ContactsSettings, client: SalesforceClient, outputs: Outputs, on_progress: Listener = silent
) -> ContactsResult:
    """Write ``settings.output``: Id, SystemModstamp, IsDeleted, then the fields; each contact once, not yet committed.

    InputRefused when the state is another org's or another query's.
    """
    binding = Binding.of((*settings.fields, settings.where), client.url)
    known = _load(settings.state, binding)
    since = _before(settings.since or (_moment(known.watermark) if known else None))
    until = _stamp(datetime.fromtimestamp(client.server_time(), UTC) - LAG)
    if since and since >= until:
        raise InputRefused(
            f"{since} lies after Salesforce's own time, {until}", hint="correct --since, or the state that says so"
        )
    # What a killed run left can't be resumed: its window was another one.
    files.remove((state_of(settings.output),))
    asked = QuerySettings(_soql(settings, since, until), settings.output, all_rows=True, via=Via.BULK)
    found = query.run(asked, client, outputs, on_progress)
    rows, deleted = _keep_newest(settings.output, found.headings, outputs)
    watermark = Watermark(binding.query, binding.org, max(until, known.watermark if known else ""))
    written = (Written(settings.output, rows),)
    return ContactsResult(
        rows, deleted, found.rows - rows, since, until, watermark, found.headings, found.notes, written
    )


def move_forward(settings: ContactsSettings, result: ContactsResult) -> None:
    """Let the next export begin where this one ended. Only once its output is in its place: else it would be lost."""
    if settings.state is not None:
        content = {"object": "Contact"} | asdict(result.watermark)
        files.write(settings.state, json.dumps(content, sort_keys=True).encode() + b"\n")


def read_moment(text: str) -> datetime:
    """Read a moment: ISO 8601, in UTC where it names no zone. WrongSettings for anything else."""
    try:
        return _moment(text)
    except (ValueError, OverflowError):
        raise WrongSettings(f"{text!r} is not a moment", hint="write 2026-11-23 or 2026-11-23T14:00:00Z") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.astimezone(UTC) < EARLIEST:
        raise ValueError(text)
    return moment


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _before(moment: datetime | None) -> str:
    return _stamp(moment - OVERLAP) if moment else ""


def _load(path: Path | None, binding: Binding) -> Watermark | None:
    if path is None or not path.exists():
        return None
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputRefused(f"{path} can't be read: {error}") from None
    wrong = tuple(schemas.problems(data, "watermark", str(path)))
    if wrong:
        raise InputRefused(f"{path} is not the state of an export of contacts", problems=wrong)
    found = Watermark(data["query"], data["org"], data["watermark"])
    if (found.query, found.org) != (binding.query, binding.org):
        what = "fields or another condition" if found.query != binding.query else "org"
        raise InputRefused(f"{path} belongs to another {what}", hint="take another state file for this export")
    return found


def _soql(settings: ContactsSettings, since: str, until: str) -> str:
    for field in settings.fields:
        if not _FIELD.fullmatch(field):
            raise WrongSettings(f"{field!r} is not the name of a field")
    fields = dict.fromkeys((*LEADING, *settings.fields))
    conditions = [_since(since, settings.also)] if since else []
    conditions.append(f"SystemModstamp < {until}")
    if settings.where:
        check_condition(settings.where)
        conditions.append(f"({settings.where})")
    return " ".join(("SELECT", ", ".join(fields), "FROM Contact WHERE", " AND ".join(conditions)))


def _since(since: str, also: tuple[str, ...]) -> str:
    if not also:
        return f"SystemModstamp >= {since}"
    if wrong := next((each for each in also if not _ID.fullmatch(each)), None):
        raise WrongSettings(f"{wrong!r} is not the Id of a record")
    ids = ", ".join(f"'{each}'" for each in also)
    return f"(SystemModstamp >= {since} OR Id IN ({ids}))"


def _keep_newest(output: Path, headings: tuple[str, ...], outputs: Outputs) -> tuple[int, int]:
    """Leave out older versions of a record, if there are any; give the rows that stay, and how many are deleted."""
    if headings[:3] != LEADING:
        raise InputRefused(f"Salesforce gave other columns first than {', '.join(LEADING)}: {', '.join(headings[:3])}")
    downloaded = outputs.staged(output)
    with closing(_Newest()) as newest:
        rows = newest.read(downloaded)
        kept = newest.count()
        if rows == kept:
            return kept, newest.deleted()
        outputs.retire(part_of(output))
        with outputs.open(output) as file:
            file.writelines(newest.kept(downloaded))
        return kept, newest.deleted()


class _Newest:
    """The newest version of each record: in a nameless database on disk, so that memory stays flat."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE newest (id BLOB PRIMARY KEY, stamp BLOB NOT NULL, deleted BLOB NOT NULL,"
            " number INTEGER NOT NULL) STRICT, WITHOUT ROWID"
        )

    def close(self) -> None:
        self._db.close()

    def read(self, path: Path) -> int:
        """Take in every record of the file and give how many there are."""
        number = 0

        def rows() -> Iterator[tuple[bytes, bytes, bytes, int]]:
            nonlocal number
            for number, (identity, stamp, deleted) in enumerate(map(_leading, _records(path)), 1):
                yield identity, stamp, deleted, number

        self._db.executemany(
            "INSERT INTO newest VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp,"
            " deleted = excluded.deleted, number = excluded.number WHERE excluded.stamp > stamp",
            rows(),
        )
        return number

    def kept(self, path: Path) -> Iterator[bytes]:
        """Give the heading line and the records that no newer one replaces, in their order."""
        with path.open("rb") as file:
            yield file.readline()
        for number, record in enumerate(_records(path), 1):
            found = self._db.execute("SELECT number FROM newest WHERE id = ?", _leading(record)[:1])
            if found.fetchone() == (number,):
                yield record

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM newest").fetchone()[0])

    def deleted(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM newest WHERE deleted = CAST('true' AS BLOB)").fetchone()[0])


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.readline()
        yield from records_of(file)


def _leading(record: bytes) -> tuple[bytes, bytes, bytes]:
    """Give Id, stamp and IsDeleted: none of them ever holds a comma or a quote."""
    identity, stamp, deleted = record.split(b",", 3)[:3]
    return identity.strip(b'"'), stamp.strip(b'"'), deleted.strip(b'"\n')
