"""The verify stage: is Front, as a new snapshot shows it, what the operations asked?

Every operation is held against the snapshot on its own: what it asked must be there, whatever else is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused, WrongSettings
from toolkit.evidence import inputs_of, times_of
from toolkit.files import Outputs, Written, sha256
from toolkit.front.changes import account_changes, contact_changes, handle_key, same_fields
from toolkit.front.client import FrontClient
from toolkit.front.protocol import aliased
from toolkit.front.state import FrontState
from toolkit.front.stored import open_state
from toolkit.operation import CREATES, Op, Operation, checked_operations, names_account
from toolkit.plan.live import read_live
from toolkit.plan.unlike import unlike
from toolkit.progress import Listener, Progress, silent
from toolkit.replay.rebase import rebase
from toolkit.tables import ndjson_line, read_ndjson

_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """The operations that were replayed, a snapshot taken since (None: ask Front), and where differences are listed.

    ``results`` of the replay: operations that are pending there are not looked at. ``since``: the caller knows that the
    snapshot was taken since, even where nothing was done and it is the same bytes.
    """

    operations: Path
    snapshot: Path | None
    output: Path
    results: Path | None = None
    since: bool = False


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """``operations = verified + different``; one line of the written file for each that is different."""

    operations: int
    verified: int
    different: int
    written: tuple[Written, ...]


def run(
    settings: VerifySettings, outputs: Outputs, on_progress: Listener = silent, client: FrontClient | None = None
) -> VerifyResult:
    """Write ``settings.output``: NDJSON of line, key, op and ``differences`` (sentences); not yet committed.

    Without a snapshot, ``client`` is asked for the contacts concerned. InputRefused for the snapshot that the plan was
    made from.
    """

    def operations() -> Iterator[Operation]:
        every = checked_operations(read_ndjson(settings.operations), settings.operations.name)
        return _sent(every, settings.results) if settings.results else every

    if settings.snapshot is None:
        if client is None:
            raise WrongSettings("verify needs a snapshot or a connection")
        state = read_live(operations, client, on_progress)
        return _report(settings, differences(operations(), state), outputs, on_progress)
    if not settings.since:
        _check_later(settings.operations, settings.snapshot)
    with open_state(settings.snapshot) as state:
        return _report(settings, differences(_seen(operations(), state), state), outputs, on_progress)


def _sent(operations: Iterable[Operation], results: Path) -> Iterator[Operation]:
    """Leave out the operations that the replay left for another time."""
    lines = read_ndjson(results)
    for each in operations:
        result: dict[str, Any] = next(lines, (0, {}))[1]
        if result.get("line") != each.line:
            raise InputRefused(f"{results} are not the results of these operations", hint="name those of their replay")
        if result["state"] != "pending":
            yield each


def _report(
    settings: VerifySettings, found: Iterable[tuple[Operation, list[str]]], outputs: Outputs, on_progress: Listener
) -> VerifyResult:
    """Write the differences that are found, and count."""
    total = different = 0
    with outputs.open(settings.output) as file:
        for each, wrong in found:
            total += 1
            if line := _line(each, wrong):
                different += 1
                file.write(ndjson_line(line))
            if total % _EVERY == 0:
                on_progress(Progress("verify", total, None, "operations"))
    on_progress(Progress("verify", total, total, "operations"))
    return VerifyResult(total, total - different, different, (Written(settings.output, different),))


def _check_later(operations: Path, snapshot: Path) -> None:
    """Refuse the snapshot that the plan was made from: it shows nothing of what was done since.

    A later one may have the same bytes, where nothing was done; its descriptor says so.
    """
    if sha256(snapshot) in inputs_of(operations) and not _is_later(snapshot, operations):
        raise InputRefused(
            f"{snapshot.name} is the snapshot that {operations.name} was made from: it was taken before the replay",
            hint="take a new one, with sf2front snapshot, or ask Front itself with --live",
        )


def _is_later(snapshot: Path, operations: Path) -> bool:
    taken, planned = times_of(snapshot), times_of(operations)
    return taken is not None and planned is not None and taken[0] > planned[1]


def _seen(operations: Iterable[Operation], state: FrontState) -> Iterator[Operation]:
    """Refuse to call verified what can't be seen."""
    for each in operations:
        if state.accounts is None and names_account(each):
            raise InputRefused(
                "the operations name accounts, and the snapshot was taken without them",
                hint="take the snapshot again, with --accounts",
            )
        yield each


def _line(each: Operation, wrong: list[str]) -> dict[str, Any] | None:
    return {"line": each.line, "key": each.key, "op": each.op, "differences": wrong} if wrong else None


def differences(operations: Iterable[Operation], state: FrontState) -> Iterator[tuple[Operation, list[str]]]:
    """Give each operation with what the state lacks of it; an empty list when all is there.

    Operations are walked once, since references point upwards.
    """
    view = _View(state, {})
    for each in state.expecting(operations, lambda each: each.body.get("handles", ())):
        if each.op in CREATES:
            view.created[each.op.partition(".")[0], each.key] = each.body
        yield each, list(_CHECKS[each.op](each, view))


@dataclass(frozen=True, slots=True)
class _View:
    """The state, and the bodies of what references point to."""

    state: FrontState
    created: dict[tuple[str, str], dict[str, Any]]

    def contact(self, target: Any) -> dict[str, Any] | None:
        handle = aliased(target) if isinstance(target, str) else None
        if isinstance(target, str) and not handle:
            return self.state.contacts.get(target)
        matches = self.state.matches([handle] if handle else self.created["contact", target["ref"]]["handles"])
        return self.state.contacts[matches[0]] if len(matches) == 1 else None

    def account(self, target: Any) -> dict[str, Any] | None:
        accounts = self.state.accounts or {}
        if isinstance(target, str):
            return accounts.get(target)
        return accounts.get(self.state.account_for(self.created["account", target["ref"]]) or "")


def _wanted_contact(each: Operation, view: _View) -> Iterator[str]:
    matches = view.state.matches(each.body["handles"])
    if len(matches) != 1:
        yield "no contact has its handles" if not matches else f"its handles belong to {', '.join(matches)}"
        return
    here = view.state.contacts[matches[0]]
    changes = contact_changes(each.body, here, each.clear)
    yield from unlike(changes.body, each.body, here, each.clear)
    yield from (f"the handle {handle['handle']} is missing" for handle in changes.handles)
    yield from (f"it is not on the list {name!r}" for name in changes.lists)
    yield from _wanted_account(each, matches[0], view)


def _wanted_account(each: Operation, contact_id: str, view: _View) -> Iterator[str]:
    wanted = each.data.get("account")
    if not wanted or view.state.accounts is None:
        return
    account = view.state.accounts.get(view.state.account_for(wanted) or "")
    if account is None or contact_id not in account["contacts"]:
        yield f"it is not in the account {wanted['name']!r}"


def _updated_contact(each: Operation, view: _View) -> Iterator[str]:
    target = each.data["contact"]
    contact = view.contact(target)
    if contact is None:
        yield "the contact is not there"
    else:
        yield from _not_updated(each, contact, exact=not (isinstance(target, str) and aliased(target)))


def _not_updated(each: Operation, here: dict[str, Any], *, exact: bool = True) -> Iterator[str]:
    """Hold an update against what is there: what it changes must be so; what others changed besides is theirs.

    Without the value before, nobody knows what it changes: an exact one must then be there as a whole.
    """
    before = each.data.get("before")
    if exact and before is None:
        yield from _inexact(each.body, here)
    else:
        missing = rebase(each.body, before, here).body
        yield from unlike(missing, missing, here)


def _inexact(body: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    """Hold an exact update against what is there: its maps and lists are whole, so nothing more may be there."""
    for key, value in body.items():
        known: Any = here.get(key) or ({} if key == "custom_fields" else [] if key in ("links", "domains") else "")
        same = same_fields(known, value) if key == "custom_fields" else known == value
        if not same:
            yield from unlike((key,), body, here)


def _deleted_contact(each: Operation, view: _View) -> Iterator[str]:
    if view.contact(each.data["contact"]) is not None:
        yield "the contact is still there"


def _merged_contacts(each: Operation, view: _View) -> Iterator[str]:
    if view.contact(each.data["contact"]) is None:
        yield "the contact is not there"
    for other in each.data["contacts"]:
        if view.contact(other) is not None:
            yield f"{_named(other)} is still there by itself"


def _handle(each: Operation, view: _View) -> Iterator[str]:
    contact = view.contact(each.data["contact"])
    there = contact is not None and handle_key(each.body) in {handle_key(known) for known in contact["handles"]}
    if there != (each.op is Op.HANDLE_ADD):
        yield "the handle is still there" if there else "the handle is missing"


def _list(each: Operation, view: _View) -> Iterator[str]:
    if each.body["name"] not in view.state.lists:
        yield "there is no such list"


def _list_members(each: Operation, view: _View) -> Iterator[str]:
    for target in each.data["contacts"]:
        contact = view.contact(target)
        on_list = contact is not None and each.data["list"] in {known["name"] for known in contact["lists"]}
        if on_list != (each.op is Op.LIST_ADD):
            yield f"{_named(target)} is {'still' if on_list else 'not'} on the list"


def _list_deleted(each: Operation, view: _View) -> Iterator[str]:
    if each.data["list"] in view.state.lists:
        yield "the list is still there"


def _account_deleted(each: Operation, view: _View) -> Iterator[str]:
    if view.account(each.data["account"]) is not None:
        yield "the account is still there"


def _account_created(each: Operation, view: _View) -> Iterator[str]:
    account = view.account({"ref": each.key})
    if account is None:
        yield "the account is not there"
    else:
        yield from unlike(account_changes(each.body, account).body, each.body, account, ())


def _account_updated(each: Operation, view: _View) -> Iterator[str]:
    account = view.account(each.data["account"])
    yield from ["the account is not there"] if account is None else _not_updated(each, account)


def _account_members(each: Operation, view: _View) -> Iterator[str]:
    account = view.account(each.data["account"])
    members = account["contacts"] if account else []
    for target in each.data["contacts"]:
        contact = view.contact(target)
        inside = contact is not None and contact["id"] in members
        if inside != (each.op is Op.ACCOUNT_ADD_CONTACTS):
            yield f"{_named(target)} is {'still' if inside else 'not'} in the account"


def _named(target: Any) -> str:
    return target if isinstance(target, str) else str(target["ref"])


_CHECKS: dict[Op, Callable[[Operation, _View], Iterator[str]]] = {
    Op.CONTACT_UPSERT: _wanted_contact,
    Op.CONTACT_CREATE: _wanted_contact,
    Op.CONTACT_UPDATE: _updated_contact,
    Op.CONTACT_DELETE: _deleted_contact,
    Op.CONTACT_MERGE: _merged_contacts,
    Op.HANDLE_ADD: _handle,
    Op.HANDLE_REMOVE: _handle,
    Op.LIST_CREATE: _list,
    Op.LIST_ADD: _list_members,
    Op.LIST_REMOVE: _list_members,
    Op.LIST_DELETE: _list_deleted,
    Op.ACCOUNT_CREATE: _account_created,
    Op.ACCOUNT_UPDATE: _account_updated,
    Op.ACCOUNT_DELETE: _account_deleted,
    Op.ACCOUNT_ADD_CONTACTS: _account_members,
    Op.ACCOUNT_REMOVE_CONTACTS: _account_members,
}
