"""Compiles upserts and a snapshot into the fewest exact requests. Pure: operations in, operations out.

Order of the plan: contact lists that don't exist, accounts, contacts in the upserts' order (each: merge, update,
handles added, handles removed), members of lists and accounts in slices, deletions. A new contact's lists ride in its
create; an unchanged contact costs nothing. Every operation that changes what is there carries it under ``before``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import InputRefused
from toolkit.front.changes import Body, before_of, contact_changes, handle_key
from toolkit.front.state import FrontState
from toolkit.guess import meant
from toolkit.leaving import Leaving
from toolkit.operation import Op, Operation
from toolkit.plan.fields import Conflict, FieldCheck
from toolkit.plan.guards import Changes, Fate
from toolkit.plan.leavers import Leavers
from toolkit.plan.matching import Matching, Settled
from toolkit.plan.members import Lists, WantedAccounts


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan may do beyond creating and completing; nothing of it unasked.

    ``remove_handles``: handles that an upsert doesn't name, of the sources that it names. ``remove_from_lists``: of the
    lists that any upsert names, contacts leave those that theirs doesn't. ``delete_missing``: contacts on these
    lists that no upsert wants are deleted, with ``despite_rejects`` also where rows were rejected on the way to the
    upserts. ``merge_conflicts``: several contacts for one upsert are merged. ``into``:
    ``{"team": "tim_…"}`` or ``{"teammate": "tea_…"}``, where new contacts are made whose upsert doesn't say it;
    empty: the shared contacts. ``leaving``: what is done with contacts whose record is gone or opted out.
    ``waiting``: keys and contacts (and their ``Fate``) that an earlier plan left unsent, and their places in the queue.
    """

    remove_handles: bool = False
    remove_from_lists: bool = False
    delete_missing: tuple[str, ...] = ()
    despite_rejects: bool = False
    merge_conflicts: bool = False
    into: Mapping[str, str] = field(default_factory=dict)
    leaving: Leaving | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in the order to replay them; upserts that change nothing, and those in conflict, counted apart."""

    operations: list[Body]
    unchanged: int
    conflicts: list[Conflict]

    def counts(self) -> dict[str, int]:
        """Count the operations by kind."""
        return dict(sorted(Counter(each["op"] for each in self.operations).items()))


def compile_plan(upserts: Iterable[Operation], state: FrontState, options: PlanOptions | None = None) -> Plan:
    """Compile the plan that makes Front what ``upserts`` ask, starting from ``state``. Errors: see ``Planner``."""
    planner = Planner(state, options or PlanOptions())
    contacts = [operation for upsert in upserts for operation in planner.take(upsert)]
    operations = [*planner.first(), *contacts, *planner.last()]
    return Plan(operations, planner.unchanged, planner.conflicts)


class Planner:
    """A plan while it grows: ``take`` every upsert, then what comes ``first`` and ``last`` is known too.

    ``leavers`` take every contact that leaves, after the upserts; ``leaving`` gives what that makes. ``changes`` counts
    what is done to contacts that are there, ``waited`` those of it that an earlier plan was to do.
    ``updated`` and ``deleted`` count contacts that are there: changed by the plan, and gone after it (deleted, or
    ``merged`` into another). ``places`` are where contacts are made besides the shared ones: team or teammate, by id.
    InputRefused when an operation is no upsert, when accounts are wanted and the snapshot has none, when a shared
    contact is wanted and the snapshot is of others, when a custom field does not exist in Front (definitions can't be
    made by its API), or a list that contacts are to be deleted from.
    """

    def __init__(self, state: FrontState, options: PlanOptions) -> None:
        self._state = state
        self._options = options
        self._fields = FieldCheck(state)
        self._matching = Matching(state, merge=options.merge_conflicts)
        self.leavers = Leavers(state, options.leaving, self._matching) if options.leaving else None
        self._lists = Lists(state)
        self._accounts = WantedAccounts(state)
        named = {"external_id": state.external_id} if state.external_id else {}
        self._base: Body = {"op": "contact.create"} | named
        self.places = {owner: kind for kind, owner in options.into.items()}
        # Contacts that change in nothing, unless they leave a list that an upsert further down is the first to name.
        self._idle: list[str] = []
        self.conflicts: list[Conflict] = []
        self._waited_updates = self._waited_creates = self.created = 0
        self._taken = self._unchanged = self.updated = self.deleted = self.merged = 0
        for name in options.delete_missing:
            if name not in state.lists:
                said = f"Front has no contact list {name!r}{meant(name, list(state.lists))}"
                raise InputRefused(said, hint="--delete-missing takes the exact name of a list in the snapshot")

    def take(self, upsert: Operation) -> list[Body]:
        """Plan one upsert; give the operations on its contact."""
        if upsert.op is not Op.CONTACT_UPSERT:
            raise InputRefused(
                f"line {upsert.line} is {upsert.op}: only contact.upsert can be planned",
                hint="exact operations are a plan already: replay them",
            )
        return self._planned(upsert)

    @property
    def settle(self) -> Callable[[int, Settled], bool]:
        """Takes an upsert that a glance shows to change nothing (line, what it shows); if it says no: ``take`` it."""
        return self._matching.settle

    @property
    def upserts(self) -> int:
        """How many upserts were taken."""
        return self._taken + self._matching.settled

    @property
    def unchanged(self) -> int:
        """How many of them change nothing."""
        return self._unchanged + self._matching.settled

    def _planned(self, upsert: Operation) -> list[Body]:
        self._taken += 1
        self._lists.named.update(upsert.body.get("list_names", ()))
        if wrong := self._fields.conflict(upsert):
            self._matching.spare(upsert)
            self.conflicts.append(wrong)
            return []
        matched = self._matching.match(upsert)
        if isinstance(matched, Conflict):
            self.conflicts.append(matched)
            return []
        return self._existing(upsert, matched) if matched else self._create(upsert)

    def _create(self, upsert: Operation) -> list[Body]:
        self._lists.need(upsert.body.get("list_names", ()))
        if wanted := upsert.data.get("account"):
            self._accounts.join(wanted, {"ref": upsert.key}, new=True)
        self.created += 1
        self._waited_creates += upsert.key in self._options.waiting
        return [{"key": upsert.key, "body": upsert.body} | self._base | self._place(upsert)]

    def _place(self, upsert: Operation) -> Body:
        into = upsert.data.get("into") or dict(self._options.into)
        for kind, owner in into.items():
            self.places[owner] = kind
        if (scope := self._state.scope) and not into:
            raise InputRefused(
                f"line {upsert.line} makes a shared contact, and the snapshot is of {scope} alone",
                hint=f"add --{'team' if scope.startswith('tim_') else 'teammate'} {scope}, or take a snapshot without",
            )
        return {"into": into} if into else {}

    def _existing(self, upsert: Operation, ids: list[str]) -> list[Body]:
        contacts = [self._state.contacts[each] for each in ids]
        here = _united(contacts) if len(ids) > 1 else contacts[0]
        operations = self._merged(upsert, contacts, here) if len(ids) > 1 else self._completed(upsert, here)
        joined = self._memberships(upsert, here)
        if operations or joined:
            self.updated += 1
            self._waited_updates += upsert.key in self._options.waiting or ids[0] in self._options.waiting
        else:
            self._unchanged += 1
            self._idle += [ids[0]] if self._options.remove_from_lists else []
        return operations

    def _completed(self, upsert: Operation, contact: Body) -> list[Body]:
        changes = contact_changes(upsert.body, contact, upsert.clear)
        self._lists.join(changes.lists, contact["id"])
        operations = self._handles(upsert, contact, changes.handles)
        if changes.body:
            update = {"key": upsert.key, "op": "contact.update", "contact": contact["id"]}
            operations.insert(0, update | {"body": changes.body, "before": changes.before})
        return operations

    def _handles(self, upsert: Operation, contact: Body, new: Iterable[Body]) -> list[Body]:
        before = {"handles": contact.get("handles") or []}
        base = {"key": upsert.key, "contact": contact["id"], "before": before}
        operations = [base | {"op": "handle.add", "body": handle} for handle in new]
        if self._options.remove_handles:
            gone = _unnamed(upsert.body["handles"], before["handles"])
            operations += [base | {"op": "handle.remove", "body": handle} for handle in gone]
        return operations

    def _merged(self, upsert: Operation, contacts: list[Body], left: Body) -> list[Body]:
        """Merge contacts into the first, and make it what was asked: what the merge leaves is only partly known.

        Front's description: handles, lists and links are united; custom fields and name are the most recently updated
        contact's. So name, description and fields are sent whatever they were, the fields as one whole map.
        """
        target, *others = contacts
        whole = [{key: value for key, value in each.items() if key != "resource"} for each in contacts]
        merge = {
            "key": upsert.key,
            "op": "contact.merge",
            "contact": target["id"],
            "contacts": [each["id"] for each in others],
        }
        changes = contact_changes(upsert.body, left, upsert.clear)
        fields = left["custom_fields"] | upsert.body.get("custom_fields", {})
        fields = {name: value for name, value in fields.items() if name not in upsert.clear}
        body = changes.body | ({"custom_fields": fields} if fields else {})
        update = {"key": upsert.key, "op": "contact.update", "contact": target["id"], "body": body}
        self.deleted += len(others)
        self.merged += len(others)
        self._lists.join(changes.lists, target["id"])
        updates = [update | {"before": before_of(body, target)}] if body else []
        return [merge | {"before": {"contacts": whole}}, *updates, *self._handles(upsert, left, changes.handles)]

    def _memberships(self, upsert: Operation, contact: Body) -> bool:
        """Note who joins an account or leaves lists; tell whether anything of it is a change."""
        names = upsert.body.get("list_names", ())
        here = dict.fromkeys(each["name"] for each in contact.get("lists") or [])
        changed = any(name not in here for name in names)
        if self._options.remove_from_lists:
            self._lists.leave((name for name in here if name not in names), contact["id"])
        if wanted := upsert.data.get("account"):
            changed = self._accounts.join(wanted, contact["id"], new=False) or changed
        return changed

    def first(self) -> Iterator[Body]:
        """Give what comes before the contacts: the lists and accounts they need. Only after every upsert."""
        self._fields.refuse_unknown()
        yield from self._lists.creates()
        yield from self._accounts.operations()

    def leaving(self) -> Iterator[Body]:
        """Give what lets those leave whom ``leavers`` took. Only after every upsert."""
        if self.leavers:
            yield from self.leavers.operations()
            self.updated += len(self.leavers.left)
            self.deleted += len(self.leavers.deleted)

    @property
    def waiting(self) -> Mapping[str, int]:
        """Give what an earlier plan left unsent: keys and contacts, and their places in the queue."""
        return self._options.waiting

    @property
    def changes(self) -> Changes:
        """Give how many contacts that are there the plan changes, deletes and lets leave, and how many it makes."""
        return Changes(self.updated, self.deleted, len(self.leavers.left) if self.leavers else 0, self.created)

    @property
    def waited(self) -> Changes:
        """Give how many of them an earlier plan was to change, delete, let leave and make."""
        if not self.leavers:
            return Changes(self._waited_updates, created=self._waited_creates)
        left, deleted = self._waiting(Fate.LEFT, self.leavers.left), self._waiting(Fate.DELETED, self.leavers.deleted)
        return Changes(self._waited_updates + left, deleted, left, self._waited_creates)

    def _waiting(self, fate: Fate, contacts: Iterable[str]) -> int:
        return sum(fate.of(each) in self._options.waiting for each in contacts)

    def last(self) -> Iterator[Body]:
        """Give what comes after the contacts: members of lists and accounts, deletions. Counts those who only leave."""
        leaving = len(self._lists.leavers().intersection(self._idle))
        self.updated, self._unchanged = self.updated + leaving, self._unchanged - leaving
        yield from self._lists.members()
        yield from self._accounts.members()
        if self._options.delete_missing:
            yield from self._deletions()

    def _deletions(self) -> Iterator[Body]:
        lists, wanted = set(self._options.delete_missing), self._matching
        for contact_id, contact in self._state.contacts.items():
            if contact_id in wanted.claimed or contact_id in wanted.spared:
                continue
            if any(each["name"] in lists for each in contact.get("lists") or []):
                self.deleted += 1
                before = {key: value for key, value in contact.items() if key != "resource"}
                base = {"key": f"contact:{contact_id}", "op": "contact.delete"}
                yield base | {"contact": contact_id, "before": before}


def _unnamed(wanted: list[Body], here: list[Body]) -> list[Body]:
    """Give the handles of a contact that an upsert doesn't name, of the sources that it names."""
    named, sources = {handle_key(each) for each in wanted}, {each["source"] for each in wanted}
    gone = (each for each in here if each["source"] in sources and handle_key(each) not in named)
    return [{"source": each["source"], "handle": each["handle"]} for each in gone]


def _united(contacts: list[Body]) -> Body:
    """Give what is known of several contacts merged into the first, before any asking."""
    fields: dict[str, Any] = {}
    for contact in reversed(contacts):
        fields |= {name: value for name, value in (contact.get("custom_fields") or {}).items() if value is not None}
    known: Body = {"id": contacts[0]["id"], "custom_fields": fields}
    for key in ("links", "handles", "lists"):
        known[key] = [each for contact in contacts for each in contact.get(key) or []]
    return known | {"links": list(dict.fromkeys(known["links"]))}
