"""The snapshot stage: all that we may ever write to in Front, into one NDJSON file.

The first line says which company it is; then custom fields, contact lists, teammates, inboxes, rules, workspaces
(Front's API calls them teams), accounts (when asked, each with the ids of its contacts) and contacts, each with its
lists: so members of lists stand there once, and cost no request. Sorted by id within each resource, and without any
time, so that two snapshots of the same state are the same bytes. A contact made by Front itself from a conversation
is in no list and so not here.

What has been read stands in a part file beside the output (``part``); the same command goes on with it. How contacts
are read, and read since an earlier snapshot, is ``reading``'s part.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from toolkit.exchange import Request
from toolkit.files import Outputs, Written
from toolkit.front.client import PAGE, Company, FrontClient
from toolkit.front.earlier import Earlier, read_earlier, stamp
from toolkit.front.part import Part, part_of
from toolkit.front.reading import ALL, CHANGED, LISTS, ContactWalks, Scope, page_of
from toolkit.front.state import kept
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import ndjson_line

_RESOURCES = {
    "custom_field": "/contacts/custom_fields",
    "account_custom_field": "/accounts/custom_fields",
    "contact_list": "/contact_lists",
    "teammate": "/teammates",
    "inbox": "/inboxes",
    "rule": "/rules",
    "team": "/teams",
}
"""What is read in one go, in the order of the file; accounts and contacts follow."""
_SPARABLE = frozenset({"account_custom_field", "inbox", "rule", "team"})
"""What no plan needs: a token that may not read them (403) does not end the snapshot, it says so."""
KEPT = 7 * 86_400.0
"""Seconds for which an unfinished snapshot is gone on with: what is deleted meanwhile can't be seen."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotSettings:
    """Where to write, and whether accounts and their members come along (a request for each account).

    ``scope``: a workspace or a teammate, whose contacts are taken in place of the company's shared ones. ``since``:
    an earlier snapshot, to be brought up to date, unless its last whole one is older than ``full_after`` (seconds).
    ``keep_members``: members of lists and accounts as they were in it. ``restart``: don't go on with what an
    unfinished run has left.
    """

    output: Path
    accounts: bool = False
    scope: Scope = field(default_factory=Scope)
    since: Path | None = None
    full_after: float | None = None
    keep_members: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """Whose snapshot it is, and how many of each resource were written.

    ``began`` and ``whole`` are moments (Unix seconds, Front's clock): the next snapshot since this one asks for
    changes from the first on; what was deleted has been seen up to the second. ``unseen`` names what it can't show.
    ``notes`` are sentences that a person should know.
    """

    company: Company
    counts: dict[str, int]
    requests: int
    written: tuple[Written, ...]
    began: float = 0.0
    whole: float = 0.0
    unseen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, Any]:
        """What the descriptor tells of it: the next snapshot is made since this one by these times."""
        times = {"began": stamp(self.began), "whole": stamp(self.whole), "unseen": list(self.unseen)}
        return self.counts | {"company": self.company.id} | times


def run(
    settings: SnapshotSettings, client: FrontClient, outputs: Outputs, on_progress: Listener = silent
) -> SnapshotResult:
    """Write ``settings.output`` (NDJSON, one line an item, see docs/files.md); not yet committed.

    Stopped, or any other end before the commit, leaves what has been read in the part file: the same run goes on.
    """
    company = client.company()
    with Part(part_of(settings.output)) as part:
        making = _Making(settings, client, company, part)
        making.read(on_progress)
        counts = making.write(outputs)
        outputs.retire(part.path)
        written = (Written(settings.output, sum(counts.values()) + 1),)
        times = part.get("began"), part.get("whole")
        unseen, notes = making.unseen, tuple(making.notes)
    return SnapshotResult(company, counts, client.requests, written, *times, unseen=unseen, notes=notes)


class _Making:
    """One snapshot being made."""

    def __init__(self, settings: SnapshotSettings, client: FrontClient, company: Company, part: Part) -> None:
        self._settings = settings
        self._client = client
        self._company = company
        self._part = part
        self._now = company.now or client.clock.now()
        self._refused: list[str] = []
        self.notes: list[str] = []

    def read(self, on_progress: Listener) -> None:
        """Read everything into the part file."""
        found = {resource: lines for resource in self._wanted() if (lines := self._read_resource(resource)) is not None}
        walks = ContactWalks(self._part, self._client, self._settings.scope, on_progress)
        self._begin(found, walks)
        with self._part.transaction():
            for resource in _RESOURCES:
                self._part.drop(resource)
                self._part.add(found.get(resource, ()))
            known = {*self._part.get("lists"), *self._part.ids("contact_list")}
            self._part.note(lists=sorted(known))
        if self._settings.accounts:
            self._read_accounts(on_progress)
        walks.run()

    def _wanted(self) -> Iterator[str]:
        return (each for each in _RESOURCES if each != "account_custom_field" or self._settings.accounts)

    def _read_resource(self, resource: str) -> list[Line] | None:
        scoped = resource == "contact_list"
        path = self._settings.scope.path("contact_lists") if scoped else _RESOURCES[resource]
        answer = self._client.ask(Request("GET", path))
        if resource in _SPARABLE and answer.status in (403, 404):
            self._refused.append(resource)
            self.notes.append(f"no {resource.replace('_', ' ')} could be read: Front answered {answer.status}")
            return None
        items, link = page_of(answer)
        return [kept(resource, each) for each in [*items, *(self._client.every(link) if link else ())]]

    def _begin(self, found: dict[str, list[Line]], walks: ContactWalks) -> None:
        """Go on with what is there, or begin: with nothing, or with the contacts of an earlier snapshot."""
        earlier = self._earlier()
        binding = {
            "company": self._company.id, "scope": self._settings.scope.id, "accounts": self._settings.accounts,
            "since": earlier.hash if earlier else "", "keep_members": self._settings.keep_members,
            "fields": sorted((each["id"], each["name"]) for each in found["custom_field"]),
        }  # fmt: skip
        bound = self._part.get("binding")
        if bound == orjson.loads(orjson.dumps(binding)) and not self._settings.restart and self._is_young():
            self.notes.append(f"gone on with what was read since {stamp(self._part.get('began'))}")
            walks.go_on()
            return
        if bound:
            self.notes.append("what an unfinished snapshot had left was given up, and begun again")
        with self._part.transaction():
            self._part.clear()
            self._start(earlier)
            self._part.note(binding=binding)

    def _is_young(self) -> bool:
        return bool(self._now - self._part.get("began") < KEPT)

    def _earlier(self) -> Earlier | None:
        settings = self._settings
        if settings.since is None:
            return None
        earlier = read_earlier(settings.since, self._company.id, settings.scope.id)
        if settings.full_after is not None and self._now - earlier.whole > settings.full_after:
            self.notes.append(f"the last whole one is of {stamp(earlier.whole)}: this is a whole one again")
            return None
        return earlier

    def _start(self, earlier: Earlier | None) -> None:
        now = self._client.clock.now()
        whole = earlier.whole if earlier else self._now
        since = earlier.began if earlier else self._now
        todo = [CHANGED, LISTS] if earlier else [ALL]
        self._part.note(began=self._now, whole=whole, since=since, todo=todo, read_from=now, merged=bool(earlier))
        self._part.note(keep_members=self._settings.keep_members, lists=[])
        if earlier:
            self._part.note(lists=[each["id"] for each in earlier.lines("contact_list")])
            self._part.add(earlier.lines("contact"), old=True)
            if self._settings.keep_members:
                for each in earlier.lines("account"):
                    self._part.add_members(each["id"], each["contacts"])

    def _read_accounts(self, on_progress: Listener) -> None:
        """List the accounts, and ask for the members of those of which they are not known yet."""
        accounts = [kept("account", each) for each in self._client.every("/accounts", limit=PAGE)]
        with self._part.transaction():
            self._part.drop("account")
            self._part.add(accounts)
        for done, account in enumerate(sorted(each["id"] for each in accounts), start=1):
            if self._part.members(account) is None:
                pages = self._client.every(f"/accounts/{account}/contacts", limit=PAGE)
                self._part.add_members(account, sorted(each["id"] for each in pages))
            on_progress(Progress("snapshot", done, len(accounts), "accounts"))

    @property
    def unseen(self) -> tuple[str, ...]:
        """Name what this snapshot can't show: what it could not read, and what happened unnoticed meanwhile."""
        merged = self._part.get("merged")
        old = ["deleted contacts"] if merged else []
        members = ["members of lists and accounts"] if merged and self._settings.keep_members else []
        return (*old, *members, *self._refused)

    def write(self, outputs: Outputs) -> dict[str, int]:
        """Write the head line, then everything by resource and id; give how many of each."""
        counts: dict[str, int] = {}
        with outputs.open(self._settings.output) as file:
            file.write(ndjson_line(self._head()))
            for resource, text in self._lines():
                counts[resource] = counts.get(resource, 0) + 1
                file.write(text)
        return counts

    def _head(self) -> Line:
        settings = self._settings
        head = {"resource": "snapshot", "version": 1, "company": self._company.id, "name": self._company.name}
        head |= {"accounts": settings.accounts}
        head |= {"scope": settings.scope.id} if settings.scope.id else {}
        return head | ({"unseen": list(self.unseen)} if self.unseen else {})

    def _lines(self) -> Iterator[tuple[str, bytes]]:
        for resource in _RESOURCES:
            yield from ((resource, text) for text, _ in self._part.lines(resource))
        for text, _ in self._part.lines("account"):
            line = orjson.loads(text)
            yield "account", ndjson_line(line | {"contacts": self._part.members(line["id"])})
        names = {line["id"]: line["name"] for line in map(orjson.loads, self._texts("contact_list"))}
        gone = (set(self._part.get("lists")) - names.keys()) | set(self._part.get("relisted", ()))
        for text, old in self._part.lines("contact"):
            yield "contact", _with_lists(text, names, gone) if old else text

    def _texts(self, resource: str) -> Iterable[bytes]:
        return (text for text, _ in self._part.lines(resource))


def _with_lists(text: bytes, names: dict[str, str], gone: set[str]) -> bytes:
    """Bring the lists of an old contact up to date: it is on none of which all members were read, or that is gone."""
    line = orjson.loads(text)
    lists = [{"id": each["id"], "name": names.get(each["id"], each["name"])} for each in line["lists"]]
    return ndjson_line(line | {"lists": [each for each in lists if each["id"] not in gone]})
