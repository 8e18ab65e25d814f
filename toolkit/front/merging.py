"""Brings contacts that were not read again up to date, as far as what was read tells of them.

Such a contact is *old*: it stems from an earlier snapshot, or from a run that stopped long ago. Two things tell more
of it: a list all of whose members were read without it does not have it any more; and a handle that another contact
has now can't be its own any more, so it was deleted, merged or changed: Front is asked which (``disputed``).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.exchange import Request
from toolkit.front.changes import handle_key
from toolkit.front.client import FrontClient, explain
from toolkit.front.part import Part
from toolkit.front.state import kept
from toolkit.tables import ndjson_line


@dataclass(frozen=True, slots=True)
class Lists:
    """The contact lists as they are now: ``names`` by id, and the ids that no old contact is on any more.

    ``same``: all are called as they were, and none was left.
    """

    names: dict[str, str]
    left: frozenset[str]
    same: bool

    @classmethod
    def of(cls, part: Part) -> "Lists":
        """Read them out of a part file: a list is left when all its members were read, or when it is gone."""
        names = {line["id"]: line["name"] for line in map(orjson.loads, part.texts("contact_list"))}
        gone = set(part.get("lists", ())) - names.keys()
        left = frozenset(gone | set(part.get("relisted", ())))
        return cls(names, left, not left and part.get("list_names") == names)

    def mend(self, text: bytes) -> bytes:
        """Give the line of an old contact with the lists that it is still on, under their names of now."""
        if self.same or b'"lists":[]' in text:
            return text
        line = orjson.loads(text)
        still = [each for each in line["lists"] if each["id"] not in self.left]
        lists = [{"id": each["id"], "name": self.names.get(each["id"], each["name"])} for each in still]
        return ndjson_line(line | {"lists": lists})


def contact_lines(part: Part) -> Iterator[bytes]:
    """Give the contacts' lines by id."""
    lists = Lists.of(part)
    for text, old in part.lines("contact"):
        yield lists.mend(text) if old else text


def settle_disputes(part: Part, client: FrontClient) -> int:
    """Ask for each old contact one of whose handles another has now; give how many are gone."""
    gone = [each for each in list(_disputed(part)) if not _is_there(each, part, client)]
    with part.transaction():
        part.forget_contacts(gone)
    return len(gone)


def ask_again(part: Part, client: FrontClient, wanted: Collection[str]) -> int:
    """Ask for each of these contacts that was not read again; give how many are gone."""
    known = part.known(wanted) if wanted else {}
    gone = [each for each, old in known.items() if old and not _is_there(each, part, client)]
    with part.transaction():
        part.forget_contacts(gone)
    return len(gone)


def _disputed(part: Part) -> Iterator[str]:
    fresh = {key for text, old in part.lines("contact") if not old for key in _handles(orjson.loads(text))}
    for text, old in part.lines("contact") if fresh else ():
        if old:
            line = orjson.loads(text)
            if not fresh.isdisjoint(_handles(line)):
                yield line["id"]


def _handles(line: dict[str, Any]) -> Collection[int]:
    return {hash(handle_key(each)) for each in line["handles"]}


def _is_there(contact: str, part: Part, client: FrontClient) -> bool:
    answer = client.ask(Request("GET", f"/contacts/{contact}"))
    if answer.status == 404:
        return False
    if not answer.ok:
        raise explain(answer)
    if answer.body["id"] != contact:
        return False  # it was merged into another, and answers as that
    part.add([kept("contact", answer.body)])
    return True
