"""How a snapshot reads Front's contacts: in walks, each page kept in the part file before the next is asked for.

A walk goes through one of Front's lists by its ``next`` links. A whole snapshot walks through all contacts, oldest
first: the order of creation, since what changes meanwhile then stays in its place. Page tokens are no resume point
across days, so a link is followed again only while it is fresh. After that, contacts that were read are called old
and the walk begins at the other end, newest first, until it meets them; what changed among the old ones is asked for
by ``q[updated_after]``; and whether being put on a list counts as a change is not known, so each list is read too
(after a stop only where that costs less than half of reading all again).
A snapshot since an earlier one is the same thing: all of the earlier one's contacts are old.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.errors import Stopped, WrongSettings
from toolkit.exchange import Answer, Request
from toolkit.front.client import PAGE, FrontClient, page_of
from toolkit.front.part import Part
from toolkit.front.state import kept
from toolkit.progress import Listener, Progress

FRESH = 3600.0
"""Seconds for which a link to a next page is followed after a stop."""
OVERLAP = 600.0
"""Seconds by which changes are asked for from before: clocks differ, and a change may be seen a little later."""
LONG = 600.0
"""Seconds after which what changed while the contacts were read is asked for at the end."""
ALL, NEWEST, CHANGED, LISTS, LIST = "all", "newest", "changed", "lists", "list:"
_WALKS = {ALL: "", NEWEST: "of the newest", CHANGED: "that changed", LIST: "of lists"}
_GONE = frozenset({400, 404, 410})
_MEETINGS = 2
"""Pages in a row that hold nothing but old contacts: one could be contacts of the same moment in another order."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose contacts: the company's shared ones (``""``), a workspace's (``tim_…``) or a teammate's (``tea_…``)."""

    id: str = ""

    def path(self, what: str) -> str:
        """Write the path of this scope's ``contacts`` or ``contact_lists``."""
        owners = {"tim": "teams", "tea": "teammates"}
        return f"/{owners[self.id[:3]]}/{self.id}/{what}" if self.id else f"/{what}"

    def missing(self) -> WrongSettings:
        """Say that Front answers 404 for it."""
        hint = "the ids are on the lines team and teammate of a snapshot without --team and --teammate"
        return WrongSettings(f"Front shows no contacts of {self.id or 'the company'}: it answered 404", hint=hint)


class ContactWalks:
    """Reads the contacts of one scope into a part file, in the walks that its ``todo`` names, the first of them first.

    The part also notes ``link`` (to the next page of that walk), ``link_at`` and ``read_from`` (our clock), ``since``
    (Front's clock: from when on changes are asked for), and ``relisted`` (the lists whose members were all read).
    """

    def __init__(self, part: Part, client: FrontClient, scope: Scope, on_progress: Listener) -> None:
        self._part = part
        self._client = client
        self._scope = scope
        self._on_progress = on_progress
        self._resumed = False
        self._links: set[str] = set()
        self._read, self._reading = 0, ""

    def go_on(self) -> None:
        """Settle where a stopped run is gone on with."""
        todo, now = self._part.get("todo"), self._client.clock.now()
        self._resumed = bool(self._part.get("link")) and now - self._part.get("link_at") < FRESH
        if not self._resumed and todo:
            self._give_up_link(todo)
        elif not todo or todo == [ALL]:
            self._part.note(todo=[*todo, CHANGED])

    def _give_up_link(self, todo: list[str]) -> None:
        """Begin the walk again, but for what an unfinished one through all contacts has read."""
        with self._part.transaction():
            if todo[0] == ALL and self._part.count("contact"):
                self._part.age()
                many = self._part.memberships() > self._part.count("contact") / 2
                self._part.note(merged=True, lists_unread=many)
                todo = [NEWEST, CHANGED, *([] if many else [LISTS])]
            self._part.note(todo=todo, link="", meetings=0)
        self._resumed = False

    def run(self) -> None:
        """Read until there is nothing more to do."""
        while todo := self._part.get("todo"):
            if todo[0] == LISTS:
                self._part.note(todo=[*self._lists(), *todo[1:]])
            else:
                self._read_page(todo)

    def _lists(self) -> list[str]:
        lists = self._part.ids("contact_list")
        if self._part.get("keep_members"):
            names = {line["id"]: line["name"] for line in map(orjson.loads, self._part.texts("contact_list"))}
            lists = [each for each in lists if names[each] in self._part.get("relist", ())]
        self._part.note(relisted=lists)
        return [f"{LIST}{each}" for each in lists]

    def _read_page(self, todo: list[str]) -> None:
        link = self._part.get("link", "")
        if not link:
            self._links.clear()
        answer = self._client.ask(Request("GET", link) if link else self._first(todo[0]))
        if self._resumed and answer.status in _GONE:
            self._give_up_link(todo)
        elif not link and answer.status == 404:
            self._miss(todo)
        else:
            self._take(todo, answer)
            self._resumed = False

    def _take(self, todo: list[str], answer: Answer) -> None:
        items, following = page_of(answer)
        if following in self._links:
            raise Stopped("the pages of contacts lead back to each other", hint="run the same command again")
        if following:
            self._links.add(following)
        known = self._part.known({each["id"] for each in items})
        with self._part.transaction():
            following = "" if todo[0] == NEWEST and self._has_met(items, known) else following
            # Contacts of other scopes may be on a list too.
            belonging = known if todo[0].startswith(LIST) else {each["id"] for each in items}
            self._part.add(kept("contact", each) for each in items if each["id"] in belonging)
            self._part.note(link=following, link_at=self._client.clock.now())
            self._part.note(todo=todo if following else self._rest(todo))
        self._tell(LIST if todo[0].startswith(LIST) else todo[0], len(items))

    def _tell(self, walk: str, count: int) -> None:
        """Tell how many contacts have been read, and in which walk; the first goes on from what was there."""
        if walk != self._reading:
            self._read = self._part.count("contact") - count if walk == ALL else 0
            self._reading = walk
        self._read += count
        self._on_progress(Progress("snapshot", self._read, None, "contacts", _WALKS[walk]))

    def _rest(self, todo: list[str]) -> list[str]:
        long = todo == [ALL] and self._client.clock.now() - self._part.get("read_from") > LONG
        return [*todo[1:], *([CHANGED] if long else [])]

    def _has_met(self, items: list[dict[str, Any]], known: dict[str, bool]) -> bool:
        if not items:
            return False
        old = all(known.get(each["id"]) for each in items)
        meetings = self._part.get("meetings", 0) + 1 if old else 0
        self._part.note(meetings=meetings)
        return meetings >= _MEETINGS

    def _first(self, walk: str) -> Request:
        limit = ("limit", PAGE)
        if walk.startswith(LIST):
            return Request("GET", f"/contact_lists/{walk.removeprefix(LIST)}/contacts", params=(limit,))
        order = (("sort_by", "created_at"), ("sort_order", "desc" if walk == NEWEST else "asc"))
        since = self._part.get("since") - self._part.get("overlap", OVERLAP)
        changed = (("q[updated_after]", str(int(since))),) if walk == CHANGED else ()
        return Request("GET", self._scope.path("contacts"), params=(limit, *order, *changed))

    def _miss(self, todo: list[str]) -> None:
        """Pass over a list that was deleted a moment ago; anything else that is not there is a wrong setting."""
        if todo[0].startswith(LIST):
            self._part.note(todo=todo[1:])
            return
        raise self._scope.missing()
