"""What a rollback must know of Front now, read from Front itself: what the checkpoint names, and no more."""

from dataclasses import dataclass, field

from toolkit.front.client import PAGE, FrontClient
from toolkit.front.protocol import alias
from toolkit.front.state import FrontState, kept
from toolkit.plan.live import add_all, read_one
from toolkit.progress import Listener, Progress
from toolkit.replay.history import Write, settled
from toolkit.replay.record import Record
from toolkit.rollback.work import joined

_On = dict[str, None]
"""Names in the order found, each once."""


@dataclass(slots=True)
class _Named:
    """Ids of contacts and accounts, names of lists, handles to be given back; ``lists`` are those that were made,
    ``leaving`` the contacts that may have been in other accounts before.
    """

    contacts: _On = field(default_factory=dict)
    leaving: _On = field(default_factory=dict)
    handles: _On = field(default_factory=dict)
    lists: _On = field(default_factory=dict)
    accounts: _On = field(default_factory=dict)


def read_now(record: Record, before: FrontState | None, client: FrontClient, on_progress: Listener) -> FrontState:
    """Read the contacts that were written to, a request each but for the members of lists and accounts that were made.

    Of accounts only those that were written to, or that the contacts concerned were in before.
    """
    state, steps = FrontState(company=record.company), settled(record.writes)
    named = _named(steps, before)
    add_all(state, "contact_list", client.every("/contact_lists"))
    for name in named.lists:
        if name in state.lists:
            add_all(state, "contact", client.every(f"/contact_lists/{state.lists[name]}/contacts", limit=PAGE))
    if named.accounts:
        state.accounts = {}
    for number in named.accounts:
        _read_account(state, number, client)
    paths = [f"/contacts/{each}" for each in named.contacts if each not in state.contacts] + list(named.handles)
    for done, path in enumerate(paths, start=1):
        read_one(state, (path,), client)
        on_progress(Progress("rollback", done, len(paths), "contacts read"))
    return state


def _read_account(state: FrontState, number: str, client: FrontClient) -> None:
    if read_one(state, (f"/accounts/{number}",), client, "account"):
        members = [kept("contact", each) for each in client.every(f"/accounts/{number}/contacts", limit=PAGE)]
        (state.accounts or {})[number]["contacts"] = sorted(each["id"] for each in members)
        for each in members:
            state.add(each)


def _named(writes: list[Write], before: FrontState | None) -> _Named:
    found = _Named()
    for each in writes:
        if each.place[0] == "contacts":
            _name_contact(each, found, before)
        else:
            _name_group(each, found, before)
    if found.leaving and before is not None:
        was_in = joined(before)
        found.accounts |= {account: None for each in found.leaving for account in sorted(was_in.get(each, ()))}
    return found


def _name_contact(write: Write, found: _Named, before: FrontState | None) -> None:
    """Name a contact, and of one that was deleted, or lost a handle, the handles that others may have now."""
    _, number, inner = write.place
    if write.method != "DELETE":
        found.contacts |= {number: None} if number else {}
    elif inner:
        found.contacts[number] = None
        found.handles[alias(write.body["source"], write.body["handle"])] = None
    else:
        was = write.before or (before.contacts.get(number) if before else None) or {"handles": ()}
        found.handles |= {alias(each["source"], each["handle"]): None for each in was["handles"]}
        found.leaving[number] = None


def _name_group(write: Write, found: _Named, before: FrontState | None) -> None:
    """Name a list or an account, and who was put into it, taken out of it, or was in it when it was deleted."""
    kind, number, inner = write.place
    if inner:
        found.contacts |= dict.fromkeys(write.body["contact_ids"])
    elif write.method == "DELETE":
        found.contacts |= dict.fromkeys(_members_before(write, before))
    elif kind == "contact_lists":
        found.lists[write.body["name"]] = None
    if kind == "accounts" and number:
        found.accounts[number] = None
        found.leaving |= dict.fromkeys(write.body["contact_ids"] if inner else ())


def _members_before(write: Write, before: FrontState | None) -> list[str]:
    """Give who was on a list, or in an account, that was deleted."""
    kind, number, _ = write.place
    was = write.before or {}
    if kind == "accounts":
        known = (before.accounts or {}).get(number, {}) if before else {}
        return list((was or known).get("contacts", ()))
    on_it = before.contacts.values() if before else ()
    return [each["id"] for each in on_it if was.get("name") in {known["name"] for known in each["lists"]}]
