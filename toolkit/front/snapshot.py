"""The snapshot stage: all that we may ever write to in Front, into one NDJSON file.

The first line says which company it is; then custom fields, contact lists, teammates, inboxes, rules, workspaces
(Front's API calls them teams), accounts (when asked, each with the ids of its contacts) and contacts, each with its
lists: so members of lists stand there once, and cost no request. Sorted by id within each resource, and without any
time, so that two snapshots of the same state are the same bytes. A contact made by Front itself from a conversation
is in no list and so not here.

What has been read stands in a part file beside the output (``part``), and the same command goes on with it. How
contacts are read, and read since an earlier snapshot, is ``reading``'s part; what becomes of those that were not read
again, ``merging``'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from toolkit.errors import WrongSettings
from toolkit.exchange import Request
from toolkit.files import Outputs, Written, sha256
from toolkit.front.client import PAGE, Company, FrontClient, page_of
from toolkit.front.earlier import Earlier, read_earlier, stamp
from toolkit.front.merging import ask_again, contact_lines, settle_disputes
from toolkit.front.part import Part, part_of
from toolkit.front.reading import ALL, CHANGED, FRESH, LISTS, OVERLAP, ContactWalks, Scope
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
SPARABLE = frozenset({"account_custom_field", "inbox", "rule", "team"})
"""What no plan needs: a token that may not read them does not end the snapshot, and the snapshot says so."""
RESOURCES = frozenset(_RESOURCES)
KEPT = 7 * 86_400.0
"""Seconds for which an unfinished snapshot is gone on with: what is deleted meanwhile can't be seen."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotSettings:
    """Where to write, and whether accounts and their members come along (a request for each account).

    ``scope``: a workspace or a teammate, whose contacts are taken in place of the company's shared ones. ``since``:
    an earlier snapshot, to be brought up to date, unless its last whole one is older than ``full_after`` (seconds).
    ``overlap``: by how many seconds from before it changes are asked for. ``keep_members``: members of lists and
    accounts as they were in it. ``keep``: resources (of RESOURCES) that are
    taken over from it unread. ``relist``: names of lists whose members are read all the same; ``again``: ids of
    contacts and accounts that are asked for by themselves where nothing else told of them: what was done to lists and
    members may leave no other trace. ``restart``: don't go on with what an unfinished run has left; ``alone``: nor with
    what is of another kind, since nobody is there to be told.
    """

    output: Path
    accounts: bool = False
    scope: Scope = field(default_factory=Scope)
    since: Path | None = None
    full_after: float | None = None
    keep_members: bool = False
    overlap: float = OVERLAP
    keep: frozenset[str] = frozenset()
    relist: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    restart: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """Whose snapshot it is, and how many of each resource were written.

    ``began`` and ``whole`` are moments (Unix seconds, Front's clock): the next snapshot since this one asks for
    changes from the first on; what was deleted has been seen up to the second. ``unseen`` are codes of what it can't
    show (docs/files.md), ``notes`` sentences that a person should know.
    """

    company: Company
    counts: dict[str, int]
    requests: int
    written: tuple[Written, ...]
    began: float = 0.0
    whole: float = 0.0
    unseen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scope: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """What the descriptor tells of it: the next snapshot is made since this one by these times."""
        times = {"began": stamp(self.began), "whole": stamp(self.whole), "unseen": list(self.unseen)}
        scope = {"scope": self.scope} if self.scope else {}
        return self.counts | {"company": self.company.id} | scope | times


def run(
    settings: SnapshotSettings, client: FrontClient, outputs: Outputs, on_progress: Listener = silent
) -> SnapshotResult:
    """Write ``settings.output`` (NDJSON, one line an item, see docs/files.md); not yet committed.

    Stopped, or any other end before the commit, leaves what has been read in the part file: the same run goes on.
    InputRefused when ``since`` can't be gone on from.
    """
    company = client.whose()
    with Part(part_of(settings.output)) as part:
        making = _Making(settings, client, company, part)
        making.read(on_progress)
        counts = making.write(outputs)
        outputs.retire(part.path)
        times = part.get("began"), part.get("whole")
        unseen, notes = making.unseen, tuple(making.notes)
    written = (Written(settings.output, sum(counts.values()) + 1),)
    scope = settings.scope.id
    return SnapshotResult(company, counts, client.requests, written, *times, unseen=unseen, notes=notes, scope=scope)


class _Making:
    """One snapshot being made: read into the part file, then written out of it."""

    def __init__(self, settings: SnapshotSettings, client: FrontClient, company: Company, part: Part) -> None:
        self._settings = settings
        self._client = client
        self._company = company
        self._part = part
        self._now = company.now or client.clock.now()
        self.notes: list[str] = []

    def read(self, on_progress: Listener) -> None:
        """Read everything into the part file."""
        since = self._since()
        fields = self._resource("custom_field", since)
        walks = ContactWalks(self._part, self._client, self._settings.scope, on_progress)
        if not self._go_on(fields, walks):
            self._begin(fields, since)
        since = since if self._part.get("taken") else None
        self._keep({"custom_field": fields} | {each: self._resource(each, since) for each in self._others})
        if self._settings.accounts:
            self._read_accounts(on_progress)
        walks.run()
        if self._part.get("merged"):
            gone = settle_disputes(self._part, self._client)
            self.notes += [f"contacts that are gone, since others have their handles now: {gone:,}"] if gone else []
            gone = ask_again(self._part, self._client, self._settings.again)
            self.notes += [f"contacts that are gone, as asking for them showed: {gone:,}"] if gone else []

    @property
    def _others(self) -> Iterator[str]:
        accounts = self._settings.accounts
        return (each for each in _RESOURCES if each != "custom_field" and (accounts or each != "account_custom_field"))

    def _resource(self, resource: str, since: Earlier | None) -> list[Line] | None:
        """Read a whole list, or take it over from the earlier snapshot; None when it can't be read and needn't."""
        if since and resource in self._settings.keep:
            return None if resource in since.unseen else list(since.lines(resource))
        path = self._settings.scope.path("contact_lists") if resource == "contact_list" else _RESOURCES[resource]
        return self._read_resource(resource, path)

    def _read_resource(self, resource: str, path: str) -> list[Line] | None:
        """Read a whole list; None when the token may not, and no plan needs it."""
        answer = self._client.ask(Request("GET", path))
        if resource in SPARABLE and answer.status in (403, 404):
            what = resource.replace("_", " ")
            self.notes.append(f"lines of the kind {what} are missing: Front answered {answer.status} to {path}")
            return None
        if answer.status == 404 and resource == "contact_list":
            raise self._settings.scope.missing()
        items, link = page_of(answer)
        return [kept(resource, each) for each in [*items, *(self._client.every(link) if link else ())]]

    def _go_on(self, fields: list[Line] | None, walks: ContactWalks) -> bool:
        """Go on with what an unfinished run has left, if it is of the same snapshot and not too old."""
        bound, settings = self._part.get("binding"), self._settings
        if not bound:
            return False
        began = self._part.get("began")
        other_kind = bound != self._binding
        if other_kind and not (settings.restart or settings.alone):
            other = " and ".join(name.replace("_", " ") for name in bound if bound[name] != self._binding.get(name))
            raise WrongSettings(
                f"an unfinished snapshot is here, of another kind: {other}",
                hint="go on with the command that it was begun with, or give it up with --restart",
            )
        if settings.restart or other_kind or self._now - began > KEPT:
            self.notes.append("what an unfinished snapshot had left was given up, and this one begun anew")
            return False
        if renamed(self._part.get("fields"), fields):
            self.notes.append("custom fields were renamed or removed meanwhile: begun anew")
            return False
        self.notes.append(f"gone on with what was read from {stamp(began)} on")
        if self._now - began > FRESH and self._part.has_members():
            self._part.note(members_old=True)
        walks.go_on()
        return True

    @cached_property
    def _binding(self) -> Line:
        """What an unfinished snapshot must have in common with this one to be gone on with."""
        settings = self._settings
        since = sha256(settings.since) if settings.since else ""
        binding = {"company": self._company.id, "scope": settings.scope.id, "since": since}
        return binding | {"accounts": settings.accounts, "keep_members": settings.keep_members}

    def _begin(self, fields: list[Line] | None, since: Earlier | None) -> None:
        """Begin with nothing, or with the contacts of an earlier snapshot."""
        earlier = self._fit(since, fields)
        with self._part.transaction():
            self._part.clear()
            self._part.note(binding=self._binding, keep_members=self._settings.keep_members)
            self._part.note(relist=sorted(self._settings.relist), overlap=self._settings.overlap)
            self._part.note(fields={each["id"]: each["name"] for each in fields or ()})
            self._part.note(began=self._now, read_from=self._client.clock.now())
            self._part.note(since=self._now, whole=self._now, todo=[ALL], merged=False, taken=bool(earlier), lists=[])
            if earlier:
                self._take(earlier)

    def _take(self, earlier: Earlier) -> None:
        self._part.note(since=earlier.began, whole=earlier.whole, todo=[CHANGED, LISTS], merged=True)
        names = {each["id"]: each["name"] for each in earlier.lines("contact_list")}
        self._part.note(lists=list(names), list_names=names)
        self._part.add(earlier.lines("contact"), old=True)
        if not self._settings.keep_members and self._part.memberships() > self._part.count("contact"):
            self.notes.append("reading the members of all lists costs more than a whole snapshot; see --keep-members")
        if self._settings.keep_members:
            for each in earlier.lines("account"):
                if each["id"] not in self._settings.again:
                    self._part.add_members(each["id"], each["contacts"])

    def _since(self) -> Earlier | None:
        since = self._settings.since
        return read_earlier(since, self._company.id, self._settings.scope.id) if since else None

    def _fit(self, earlier: Earlier | None, fields: list[Line] | None) -> Earlier | None:
        """Give the snapshot to go on from; None when a whole one is to be made, and then say why."""
        settings = self._settings
        if earlier is None or settings.since is None:
            return None
        if settings.full_after is not None and self._now - earlier.whole > settings.full_after:
            self.notes.append(f"the last whole snapshot is of {stamp(earlier.whole)}: this is a whole one again")
            return None
        if renamed({each["id"]: each["name"] for each in earlier.lines("custom_field")}, fields):
            self.notes.append(f"custom fields were renamed or removed since {settings.since.name}: this is a whole one")
            return None
        return earlier

    def _keep(self, found: dict[str, list[Line] | None]) -> None:
        with self._part.transaction():
            for resource in _RESOURCES:
                self._part.drop(resource)
                self._part.add(found.get(resource) or ())
            self._part.note(lists=sorted({*self._part.get("lists"), *self._part.ids("contact_list")}))
            self._part.note(refused=[resource for resource, lines in found.items() if lines is None])

    def _read_accounts(self, on_progress: Listener) -> None:
        """List the accounts, and ask for the members of those of which they are not known yet."""
        pages = self._client.every("/accounts", limit=PAGE, sort_by="created_at", sort_order="asc")
        accounts = [kept("account", each) for each in pages]
        with self._part.transaction():
            self._part.drop("account")
            self._part.add(accounts)
        for done, account in enumerate(sorted(each["id"] for each in accounts), start=1):
            if self._part.members(account) is None:
                members = self._client.every(f"/accounts/{account}/contacts", limit=PAGE)
                self._part.add_members(account, sorted({each["id"] for each in members}))
            on_progress(Progress("snapshot", done, len(accounts), "accounts"))

    @property
    def unseen(self) -> tuple[str, ...]:
        """Give the codes of what this snapshot can't show: it may not read it, or it happened without a trace."""
        part, kept_ones = self._part, self._part.get("merged") and self._settings.keep_members
        codes = {
            "deleted": part.get("merged"),
            "list_members": kept_ones or part.get("lists_unread"),
            "account_members": self._settings.accounts and (kept_ones or part.get("members_old")),
        }
        return (*(code for code, holds in codes.items() if holds), *part.get("refused"))

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
        head = {"resource": "snapshot", "version": 1, "company": self._company.id, "name": self._company.name}
        scope = {"scope": self._settings.scope.id} if self._settings.scope.id else {}
        unseen = {"unseen": list(self.unseen)} if self.unseen else {}
        return head | {"accounts": self._settings.accounts} | scope | unseen

    def _lines(self) -> Iterator[tuple[str, bytes]]:
        for resource in _RESOURCES:
            yield from ((resource, text) for text in self._part.texts(resource))
        for line in map(orjson.loads, self._part.texts("account")):
            yield "account", ndjson_line(line | {"contacts": self._part.members(line["id"])})
        yield from (("contact", text) for text in contact_lines(self._part))


def renamed(before: dict[str, str], now: list[Line] | None) -> bool:
    """Tell whether a custom field was renamed or removed: contacts then change, and no change is to be seen of it."""
    names = {each["id"]: each["name"] for each in now or ()}
    return any(names.get(key) != name for key, name in before.items())
