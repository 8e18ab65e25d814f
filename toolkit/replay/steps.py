"""What interpretations of operations are made of: endings, what is known, and how an answer is judged. Pure.

An interpretation is a generator: it yields requests, gets answers, and returns how the operation ended.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from toolkit.exchange import Answer, Request
from toolkit.front.accounts import Accounts
from toolkit.front.protocol import refusal
from toolkit.operation import Operation
from toolkit.pacing import is_lost
from toolkit.replay.order import ACCOUNT, Blocker, Order

Steps = Generator["Request | Wait", Answer, "Ending"]
Asking = Generator["Request | Wait", Answer, Any]
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Yielded in place of a request: another operation stands in the way. Go on when that has moved."""

    blocker: Blocker


class OnExisting(StrEnum):
    """What to do when the contact to be created is there already."""

    UPDATE = "update"
    SKIP = "skip"
    FAIL = "fail"


class OnConflict(StrEnum):
    """What to do when what an update changes was changed in Front too, since the plan was made."""

    REFUSE = "refuse"
    PLAN = "plan"


class Effect(StrEnum):
    """What an operation did in Front."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operation ended: an effect and the id concerned, or a refusal with status, code and Front's words.

    ``certain`` is False when an answer was lost and what was asked for is there (or gone): whether this run did it
    or it was so all along can't be told, so a rollback must not undo it unasked.
    """

    effect: Effect | None = None
    id: str = ""
    status: int = 0
    code: str = ""
    message: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal says was sent for an operation before.

    ``lost``: a create was sent and its answer is not known. ``created``: it was answered with this id.
    ``existed``: it was answered with a conflict. ``wrote``: a change of what exists was sent.
    """

    lost: bool = False
    created: str = ""
    existed: bool = False
    wrote: bool = False


NOTHING_YET = Past()


@dataclass(slots=True)
class Known:
    """What the run has learnt: the ids that its operations brought, by kind and key, and whose each contact is.

    A contact has one owner, the key of the operation that brought it: another operation that meets it by a shared
    handle must not write over it. ``lists`` are ids by name, ``accounts`` all accounts of Front as they were read,
    None before, ``made`` those that this run has made; ``joined`` are account ids by external id or name, ``domains``
    what the joined accounts have by now, by id. ``order`` says who may go on, of the operations that are under way at
    once; what is ``taken`` one of them has to itself.
    ``fresh``: read before an update; ``changed``: the contacts that are read before it anyway, since they were changed.
    """

    created: dict[tuple[str, str], str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    lists_read: bool = False
    accounts: Accounts | None = None
    made: list[Item] = field(default_factory=list)
    joined: dict[tuple[str, str], str] = field(default_factory=dict)
    domains: dict[str, list[str]] = field(default_factory=dict)
    on_existing: OnExisting = OnExisting.UPDATE
    fresh: bool = False
    changed: set[str] = field(default_factory=set)
    on_conflict: OnConflict = OnConflict.REFUSE
    order: Order = field(default_factory=Order)
    taken: set[str] = field(default_factory=set)

    def learn(self, op: str, key: str, brought: str) -> None:
        """Remember the id that the operation with this key brought."""
        kind = op.partition(".")[0]
        self.created[kind, key] = brought
        if kind == "contact":
            self.owners.setdefault(brought, key)

    def id_of(self, kind: str, target: str | dict[str, str]) -> str:
        """Give the id that a target stands for; empty when its creation was refused."""
        return target if isinstance(target, str) else self.created.get((kind, target["ref"]), "")


class Refused(Exception):
    """Ends an interpretation from within with a refusal; never leaves this package."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.message)
        self.ending = ending


def expect(answer: Answer, *also: int) -> Answer:
    """Let an answer pass that is fine or has one of these statuses; refuse the operation otherwise.

    After a server's error it may have been done all the same.
    """
    if answer.ok or answer.status in also:
        return answer
    codes = {404: "not_found", 409: "conflict", 403: "forbidden", 400: "bad_request", 500: "server_error"}
    lost = is_lost(answer.status)
    code = codes.get(500 if lost else answer.status, "refused")
    raise Refused(Ending(status=answer.status, code=code, message=refusal(answer).message, certain=not lost))


def refuse(code: str, message: str) -> Refused:
    """Make the refusal of an operation that Front was not asked about."""
    return Refused(Ending(code=code, message=message))


def target(each: Operation, known: Known, kind: str) -> str:
    """Give the id of the operation's contact or account; refuse it when that was not created."""
    found = known.id_of(kind, each.data[kind])
    if not found:
        raise refuse("depends_on_refused", f"the {kind} {each.data[kind]['ref']!r} was not created")
    return found


def turn(each: Operation, known: Known) -> Asking:
    """Wait until nothing above stands in the way; True when that took waiting.

    What the references stand for is known by then, and claimed too.
    """
    waited = yield from _unhindered(each, known)
    targets = [each.data["contact"]] if "contact" in each.data else each.data.get("contacts", [])
    if any(isinstance(named, dict) for named in targets):
        found = [known.id_of("contact", named) for named in targets]
        waited = (yield from claim(each, [contact_id for contact_id in found if contact_id], known)) or waited
    return waited


def claim(each: Operation, contact_ids: list[str], known: Known) -> Asking:
    """Say which contacts an operation comes to, and wait until nobody above works on them; True when that took long."""
    known.order.claim(each.line, contact_ids)
    return (yield from _unhindered(each, known))


def take(thing: str, known: Known) -> Asking:
    """Wait until nobody has ``thing``, and take it; ``let_go`` must follow."""
    while thing in known.taken:
        yield Wait(thing)
    known.taken.add(thing)


def let_go(thing: str, known: Known) -> None:
    """Let others have ``thing``."""
    known.taken.discard(thing)
    known.order.moved.append(thing)


def account_turn(each: Operation, known: Known) -> Asking:
    """Wait until every account that was asked for above is found or created: the first one decides what it is."""
    while (blocker := known.order.unsettled_before(each.line, ACCOUNT)) is not None:
        yield Wait(blocker)


def _unhindered(each: Operation, known: Known) -> Asking:
    waited = False
    while (blocker := known.order.blocker(each.line)) is not None:
        waited = True
        yield Wait(blocker)
    return waited


def every(path: str) -> Asking:
    """Read a list of Front's to its end: all of its items."""
    items: list[Item] = []
    following: str | None = path
    while following:
        body = expect((yield Request("GET", following))).body
        items += body["_results"]
        following = (body.get("_pagination") or {}).get("next")
    return items


def members(each: Operation, known: Known, path: str, method: str) -> Steps:
    """Send the members whose ids are known, together; when Front refuses one of them, in ever smaller parts.

    Those that were not created or are not there make the operation refused, with their names; the others are done.
    """
    wanted = [(known.id_of("contact", each_target), each_target) for each_target in each.data["contacts"]]
    missing = [str(each_target["ref"]) for found, each_target in wanted if not found]
    present = [found for found, _ in wanted if found]
    if present:
        answer = expect((yield Request(method, path, {"contact_ids": present})), 404)
        if not answer.ok:
            missing += yield from _without_missing(present, path, method, answer)
    if missing:
        raise refuse("members_missing", f"{len(missing)} of its {len(wanted)} contacts are not there: {_some(missing)}")
    return Ending(Effect.UPDATED)


def _without_missing(present: list[str], path: str, method: str, refused: Answer) -> Asking:
    """Send those that are there, after Front refused the whole call; give the others."""
    missing = yield from _halves(present, path, method)
    if len(missing) == len(present):
        expect(refused)
    return missing


def _halves(refused: list[str], path: str, method: str) -> Asking:
    """Send each half of what was refused; one contact that is refused alone is not there.

    When the first half went well the second holds what is missing: that needs no asking.
    """
    if len(refused) == 1:
        return refused
    middle = len(refused) // 2
    missing = yield from _part(refused[:middle], path, method)
    second = _part if missing else _halves
    return [*missing, *(yield from second(refused[middle:], path, method))]


def _part(contact_ids: list[str], path: str, method: str) -> Asking:
    answer = expect((yield Request(method, path, {"contact_ids": contact_ids})), 404)
    return [] if answer.ok else (yield from _halves(contact_ids, path, method))


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
