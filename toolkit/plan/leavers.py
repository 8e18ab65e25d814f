"""Contacts whose record is gone or opted out, found in a snapshot, and the operations that let them leave. Pure.

Only a contact that is ours: on one of the rule's lists, or, where it names none, one that carries the external id. One
that an upsert means, or a row that was rejected, stays as it is. Lists and custom fields that the mapping doesn't name
are never touched, nor is the external id: a record that comes back finds its contact by it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from toolkit.front.changes import Body, contact_changes
from toolkit.front.state import FrontState, external_key, handle_name
from toolkit.leaving import Leaver, Leaving, LeavingRule, Policy, Why
from toolkit.plan.matching import Matching
from toolkit.plan.members import SLICE_OFF, slices


@dataclass(slots=True)
class _Leave:
    """What becomes of one contact."""

    policies: set[Policy] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)


class Leavers:
    """Gathers who leaves: ``take`` every leaver after every upsert, then ask for the operations, once.

    ``left`` are the contacts that leave lists or lose fields, ``deleted`` those that are deleted. ``untold`` counts
    rows of which neither handle nor external id tells whose they are: then nobody is taken for missing.
    """

    def __init__(self, state: FrontState, told: Leaving, matching: Matching) -> None:
        self._state = state
        self._told = told
        self._matching = matching
        self._leaving: dict[str, _Leave] = {}
        self._there: set[str] = set()
        self.left: list[str] = []
        self.deleted: list[str] = []
        self.untold = 0

    @property
    def seeks(self) -> bool:
        """Tell whether something is done with contacts that no row wants."""
        return self._told.rules.missing and bool(self._told.rules.gone.policies)

    def take(self, leaver: Leaver) -> None:
        """Note one leaver; a row that was rejected or merged into another spares its contacts."""
        found = self._found(leaver)
        if leaver.why is not Why.GONE:
            self._there.update(found)
            self.untold += not leaver.external_id and not leaver.handles
        if leaver.why in (Why.REJECTED, Why.MERGED):
            self._matching.spared.update(found)
        rule = self._told.rule(leaver.why)
        for contact_id in found if rule.policies else ():
            if self._is_ours(contact_id, rule):
                self._note(contact_id, rule.policies, leaver.lists)

    def _found(self, leaver: Leaver) -> list[str]:
        """Give the contacts of a row: by its external id, and by handles those that have no other one."""
        external = self._state.by_external.get(leaver.external_id, ()) if leaver.external_id else ()
        owners = [self._state.owner(handle_name(each)) for each in leaver.handles]
        others = [each for each in owners if each and self._external_id(each) in (None, leaver.external_id)]
        return list(dict.fromkeys([*external, *others]))

    def _external_id(self, contact_id: str) -> str | None:
        fields = self._state.contacts[contact_id].get("custom_fields") or {}
        return external_key(fields.get(self._state.external_id))

    def _is_ours(self, contact_id: str, rule: LeavingRule) -> bool:
        if not rule.lists:
            return self._external_id(contact_id) is not None
        return any(each["name"] in rule.lists for each in self._state.contacts[contact_id].get("lists") or [])

    def _note(self, contact_id: str, policies: Collection[Policy], lists: Collection[str] = ()) -> None:
        leave = self._leaving.setdefault(contact_id, _Leave())
        leave.policies.update(policies)
        leave.lists.update(lists)

    def _note_missing(self) -> None:
        """Note each contact of ours that nobody wants, where the rows were all there are."""
        rule = self._told.rules.gone
        if not self.seeks or self.untold:
            return
        ours = (each for ids in self._state.by_external.values() for each in ids)
        for contact_id in self._state.contacts if rule.lists else ours:
            stays = contact_id in self._there or self._stays(contact_id)
            if not stays and self._is_ours(contact_id, rule):
                self._note(contact_id, rule.policies)

    def _stays(self, contact_id: str) -> bool:
        return contact_id in self._matching.claimed or contact_id in self._matching.spared

    def operations(self) -> Iterator[Body]:
        """Give what lets them leave: fields cleared, contacts off lists in slices, deletions."""
        self._note_missing()
        leaving = {key: each for key, each in sorted(self._leaving.items()) if not self._stays(key)}
        off = dict[str, list[str]]()
        for contact_id, leave in leaving.items():
            if Policy.DELETE not in leave.policies:
                yield from self._kept(contact_id, leave, off)
        for name, members in sorted(off.items()):
            for some in slices(members, SLICE_OFF):
                base = {"key": f"list:{name}", "op": "list.remove", "list": name}
                yield base | {"contacts": some, "before": {"contacts": some}}
        for contact_id, leave in leaving.items():
            if Policy.DELETE in leave.policies:
                yield self._deletion(contact_id)

    def _kept(self, contact_id: str, leave: _Leave, off: dict[str, list[str]]) -> Iterator[Body]:
        """Clear a contact's fields, and note in ``off`` which lists it leaves."""
        contact = self._state.contacts[contact_id]
        ours = leave.lists.union(self._told.ours.lists) if Policy.REMOVE_FROM_LISTS in leave.policies else ()
        gone = [name for name in dict.fromkeys(each["name"] for each in contact.get("lists") or []) if name in ours]
        for name in gone:
            off.setdefault(name, []).append(contact_id)
        body = self._cleared(contact) if Policy.CLEAR_FIELDS in leave.policies else {}
        if body:
            yield {"key": f"contact:{contact_id}", "op": "contact.update", "contact": contact_id} | body
        if body or gone:
            self.left.append(contact_id)

    def _cleared(self, contact: Body) -> Body:
        """Give the body that empties our fields, and what they were; nothing where they are empty."""
        fields = contact.get("custom_fields") or {}
        ours = self._told.ours
        clear = [name for name in ours.custom_fields if name in fields and name != ours.external_id]
        changes = contact_changes({}, contact, clear)
        return {"body": changes.body, "before": changes.before} if changes.body else {}

    def _deletion(self, contact_id: str) -> Body:
        self.deleted.append(contact_id)
        before = {key: value for key, value in self._state.contacts[contact_id].items() if key != "resource"}
        return {"key": f"contact:{contact_id}", "op": "contact.delete", "contact": contact_id, "before": before}
