"""Which contact in Front an upsert means, and who has claimed it: by external id, then by handles. Pure.

A contact is wanted by one upsert, and a handle by one upsert: what is claimed twice is a conflict, with a proposal.
"""

from array import array
from collections.abc import Iterable

from toolkit.front.state import FrontState, external_key, handle_name
from toolkit.operation import Operation
from toolkit.plan.fields import Conflict

Settled = tuple[str, str]
"""An upsert that changes nothing, as a glance shows: its key, and the id of the contact that it means."""
SHARED_BY = 2
"""Contacts that may share an external id and still be merged for it alone: one person who is there twice."""
MERGED_AT_ONCE = 50
"""Contacts in one merge, the one they are merged into included (Front Core API)."""


class Matching:
    """Finds contacts and claims them, upsert by upsert. ``spared`` are those that upserts in conflict want."""

    def __init__(self, state: FrontState, *, merge: bool = False) -> None:
        self._state = state
        self._merge = merge
        # Two plain lists, not one of tuples: a million of those keep the garbage collector busy.
        self._keys: list[str] = []
        self._lines = array("Q")
        self._handles: dict[str, int] = {}
        self.claimed: dict[str, int] = {}
        self.settled = 0
        self.spared: set[str] = set()

    def settle(self, line: int, settled: Settled) -> bool:
        """Take an upsert that a glance shows to change nothing; False, if its contact is claimed: ``match`` it."""
        key, contact_id = settled
        number = len(self._keys)
        if self.claimed.setdefault(contact_id, number) != number:
            return False
        self._keys.append(key)
        self._lines.append(line)
        self.settled += 1
        return True

    def match(self, upsert: Operation) -> list[str] | Conflict:
        """Give the ids of the contacts that an upsert means, and claim them with its handles, or say why not.

        None: it is to be created. One: to be updated. Several, only where conflicts are to be merged: to be merged into
        the first.
        """
        names = [handle_name(each) for each in upsert.body["handles"]]
        found = self._found(upsert, names)
        if conflict := self._conflict(upsert, found, names):
            self.spared.update(found)
            return conflict
        # A handle that is somebody's in Front is claimed with its contact.
        if new := [each for each in names if self._state.owner(each) is None]:
            self._handles |= dict.fromkeys(new, len(self._keys))
        self.claimed |= dict.fromkeys(found, len(self._keys))
        self._keys.append(upsert.key)
        self._lines.append(upsert.line)
        return found

    def spare(self, upsert: Operation) -> None:
        """Remember what an upsert that can't be planned means: nothing else may be done to it for want of a wish."""
        self.spared.update(self._found(upsert, [handle_name(each) for each in upsert.body["handles"]]))

    def _found(self, upsert: Operation, names: Iterable[str]) -> list[str]:
        found = [owner for name in names if (owner := self._state.owner(name))]
        external = self._state.by_external.get(_external(upsert, self._state), ()) if self._state.external_id else ()
        return list(dict.fromkeys([*external, *found])) if external or len(found) > 1 else found

    def _conflict(self, upsert: Operation, found: list[str], names: list[str]) -> Conflict | None:
        if found and (conflict := self._foreign(upsert, found) or self._several(upsert, found)):
            return conflict
        for each in found:
            if each in self.claimed:
                proposal = (
                    f"{self._claimant(self.claimed[each])} is the same contact in Front: join the two at the source"
                )
                return Conflict(upsert.line, upsert.key, "contact_claimed_twice", tuple(found), proposal)
        for name in names:
            if name in self._handles:
                what = f"wants the {name.replace(chr(10), ' ')} too: leave it out of one of them"
                proposal = f"{self._claimant(self._handles[name])} {what}"
                return Conflict(upsert.line, upsert.key, "handle_claimed_twice", tuple(found), proposal)
        return None

    def _claimant(self, number: int) -> str:
        return f"line {self._lines[number]} ({self._keys[number]})"

    def _foreign(self, upsert: Operation, found: list[str]) -> Conflict | None:
        """Say which contacts have another external id than the upsert, or, where it has none, several."""
        wanted = _external(upsert, self._state)
        ours = self._state.by_external.get(wanted, ()) if wanted is not None else ()
        if not self._state.external_id or (wanted is None and len(found) == 1) or set(ours).issuperset(found):
            return None
        ids = {each: key for each in found if (key := external_key(self._external_of(each))) not in (None, wanted)}
        if not ids or (wanted is None and len(set(ids.values())) == 1):
            return None
        proposal = f"of another external ID: {', '.join(ids)}; correct the handles at the source, or the ids in Front"
        return Conflict(upsert.line, upsert.key, "handle_of_another", tuple(found), proposal)

    def _several(self, upsert: Operation, found: list[str]) -> Conflict | None:
        """Say what is wrong with several contacts for one upsert; None when they are to be merged."""
        shared = self._shared(upsert)
        if len(found) == 1 or (self._merge and not shared and len(found) <= MERGED_AT_ONCE):
            return None
        proposal = shared or f"merge {' and '.join(found)} in Front, or correct the handles at the source"
        return Conflict(upsert.line, upsert.key, "several_contacts", tuple(found), proposal)

    def _shared(self, upsert: Operation) -> str:
        """Say that the contacts share the external id with too many for it to name one person; mostly empty.

        A merge can't be undone, and a field of choices taken for the external id would merge strangers. Contacts that
        the upsert's own handles name may be merged however many they are.
        """
        wanted = _external(upsert, self._state) if self._state.external_id else None
        ours = self._state.by_external.get(wanted, ()) if wanted is not None else ()
        if len(ours) <= SHARED_BY or set(self._state.matches(upsert.body["handles"])).issuperset(ours):
            return ""
        field = self._state.external_id
        return f"{len(ours)} contacts share the value of {field!r}: that names no one person, so none are merged for it"

    def _external_of(self, contact_id: str) -> object:
        fields = self._state.contacts[contact_id].get("custom_fields") or {}
        return fields.get(self._state.external_id)


def _external(upsert: Operation, state: FrontState) -> str | None:
    return external_key(upsert.body.get("custom_fields", {}).get(state.external_id))
