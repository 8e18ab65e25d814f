"""Compiles upserts and a snapshot into the fewest exact requests. Pure: operations in, operations out.

Order of the plan: contact lists that don't exist, accounts, contacts in the upserts' order, then members of lists
and accounts in slices. A new contact's lists ride in its create; an unchanged contact costs nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import InputRefused
from toolkit.front.accounts import Accounts
from toolkit.front.changes import Body, HandleKey, account_changes, contact_changes, handle_key
from toolkit.front.state import FrontState
from toolkit.operation import Op, Operation
from toolkit.plan.fields import Conflict, FieldCheck

SLICE = 100
"""Contacts in one call to a list or an account: Front's calls are slow and fail whole beyond that."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in the order to replay them; upserts that change nothing, and those in conflict, counted apart."""

    operations: list[Body]
    unchanged: int
    conflicts: list[Conflict]

    def counts(self) -> dict[str, int]:
        """Count the operations by kind."""
        return dict(sorted(Counter(each["op"] for each in self.operations).items()))


@dataclass(slots=True)
class _Work:
    """The plan while it grows: what comes first, the contacts, and who joins what at the end."""

    state: FrontState
    contacts: list[Body] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    claimed: dict[str, Operation] = field(default_factory=dict)
    handles: dict[HandleKey, Operation] = field(default_factory=dict)
    new_lists: dict[str, None] = field(default_factory=dict)
    joining_lists: dict[str, list[str]] = field(default_factory=dict)
    accounts: list["_Account"] = field(default_factory=list)
    known: Accounts = field(default_factory=Accounts)
    unchanged: int = 0


@dataclass(slots=True)
class _Account:
    """One wanted account: where it is (None: to be created), what it is to be, and who joins it."""

    id: str | None
    wanted: Body
    joining: list[Any] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"account:{self.wanted.get('external_id') or self.wanted['name']}"

    @property
    def target(self) -> Any:
        return self.id or {"ref": self.key}


def compile_plan(upserts: Iterable[Operation], state: FrontState) -> Plan:
    """Compile the plan that makes Front what ``upserts`` ask, starting from ``state``.

    InputRefused when an operation is no upsert, when accounts are wanted and the snapshot has none, or when a custom
    field does not exist in Front: definitions can't be made by its API.
    """
    work = _Work(state)
    fields = FieldCheck(state)
    for upsert in upserts:
        if upsert.op is not Op.CONTACT_UPSERT:
            raise InputRefused(
                f"line {upsert.line} is {upsert.op}: only contact.upsert can be planned",
                hint="exact operations are a plan already: replay them",
            )
        if wrong := fields.conflict(upsert):
            work.conflicts.append(wrong)
        else:
            _contact(upsert, work)
    fields.refuse_unknown()
    first = [*_list_creates(work), *_account_operations(work)]
    operations = [*first, *work.contacts, *_list_members(work), *_account_members(work)]
    return Plan(operations, work.unchanged, work.conflicts)


def _contact(upsert: Operation, work: _Work) -> None:
    matches = work.state.matches(upsert.body["handles"])
    if conflict := _conflict(upsert, matches, work):
        work.conflicts.append(conflict)
        return
    count = len(work.contacts)
    contact = work.state.contacts[matches[0]] if matches else None
    joined = _update(upsert, contact, work) if contact else _create(upsert, work)
    joined = _join_account(upsert, contact, work) or joined
    if len(work.contacts) == count and not joined:
        work.unchanged += 1


def _conflict(upsert: Operation, matches: list[str], work: _Work) -> Conflict | None:
    if len(matches) > 1:
        proposal = f"merge {' and '.join(matches)} in Front, or correct the handles at the source"
        return Conflict(upsert.line, upsert.key, "several_contacts", tuple(matches), proposal)
    if other := next((work.claimed[each] for each in matches if each in work.claimed), None):
        proposal = f"line {other.line} ({other.key}) is the same contact in Front: join the two at the source"
        return Conflict(upsert.line, upsert.key, "contact_claimed_twice", tuple(matches), proposal)
    return _shared_handle(upsert, matches, work)


def _shared_handle(upsert: Operation, matches: list[str], work: _Work) -> Conflict | None:
    """Claim the upsert's contact and handles, unless one of the handles is wanted by a line above."""
    handles = [handle_key(each) for each in upsert.body["handles"]]
    for source, handle in handles:
        if other := work.handles.get((source, handle)):
            proposal = f"line {other.line} ({other.key}) wants the {source} {handle} too: leave it out of one of them"
            return Conflict(upsert.line, upsert.key, "handle_claimed_twice", tuple(matches), proposal)
    work.handles |= dict.fromkeys(handles, upsert)
    work.claimed |= dict.fromkeys(matches, upsert)
    return None


def _create(upsert: Operation, work: _Work) -> bool:
    _need_lists(upsert.body.get("list_names", []), work)
    work.contacts.append({"key": upsert.key, "op": "contact.create", "body": upsert.body})
    return True


def _update(upsert: Operation, contact: Body, work: _Work) -> bool:
    changes = contact_changes(upsert.body, contact, upsert.clear)
    base = {"key": upsert.key, "contact": contact["id"]}
    if changes.body:
        work.contacts.append(base | {"op": "contact.update", "body": changes.body, "before": changes.before})
    work.contacts += [base | {"op": "handle.add", "body": handle} for handle in changes.handles]
    _need_lists(changes.lists, work)
    for name in changes.lists:
        work.joining_lists.setdefault(name, []).append(contact["id"])
    return bool(changes)


def _need_lists(names: Iterable[str], work: _Work) -> None:
    for name in names:
        if name not in work.state.lists:
            work.new_lists[name] = None


def _join_account(upsert: Operation, contact: Body | None, work: _Work) -> bool:
    wanted = upsert.data.get("account")
    if not wanted:
        return False
    if work.state.accounts is None:
        raise InputRefused(
            "the operations name accounts, and the snapshot was taken without them",
            hint="take the snapshot again, with --accounts",
        )
    account = _account(wanted, work)
    known = work.state.accounts[account.id]["contacts"] if account.id else []
    if contact and contact["id"] in known:
        return False
    account.joining.append(contact["id"] if contact else {"ref": upsert.key})
    return True


def _account(wanted: Body, work: _Work) -> _Account:
    """Find or add a wanted account: upserts that mean the same one share it, and add to its domains."""
    found = work.known.match(wanted)
    if found is None:
        found = {"account": _Account(work.state.account_for(wanted), dict(wanted))} | wanted
        work.known.add(found)
        work.accounts.append(found["account"])
    account: _Account = found["account"]
    domains = account.wanted.get("domains", [])
    new = [domain for domain in wanted.get("domains", []) if domain not in domains]
    if new:
        account.wanted["domains"] = [*domains, *new]
    return account


def _list_creates(work: _Work) -> Iterator[Body]:
    for name in work.new_lists:
        yield {"key": f"list:{name}", "op": "list.create", "body": {"name": name}}


def _account_operations(work: _Work) -> Iterator[Body]:
    for account in work.accounts:
        if account.id is None:
            yield {"key": account.key, "op": "account.create", "body": account.wanted}
        elif changes := account_changes(account.wanted, (work.state.accounts or {})[account.id]):
            update = {"account": account.id, "body": changes.body, "before": changes.before}
            yield {"key": account.key, "op": "account.update"} | update


def _list_members(work: _Work) -> Iterator[Body]:
    for name, contacts in work.joining_lists.items():
        for members in _slices(contacts):
            yield {"key": f"list:{name}", "op": "list.add", "list": name, "contacts": members}


def _account_members(work: _Work) -> Iterator[Body]:
    for account in work.accounts:
        for members in _slices(account.joining):
            base = {"key": account.key, "op": "account.add_contacts"}
            yield base | {"account": account.target, "contacts": members}


def _slices(members: list[Any]) -> Iterator[list[Any]]:
    return (members[start : start + SLICE] for start in range(0, len(members), SLICE))
