"""What each operation means in requests. Pure: its driver sends, retries and keeps the journal."""

from collections.abc import Callable

from toolkit.operation import Op, Operation
from toolkit.replay import account_steps, contact_steps, list_steps
from toolkit.replay.steps import NOTHING_YET, Known, Past, Refused, Steps, turn

_INTERPRETERS: dict[Op, Callable[[Operation, Known, Past], Steps]] = {
    Op.CONTACT_UPSERT: contact_steps.upsert,
    Op.CONTACT_CREATE: contact_steps.create,
    Op.CONTACT_UPDATE: contact_steps.update,
    Op.CONTACT_DELETE: contact_steps.delete,
    Op.CONTACT_MERGE: contact_steps.merge,
    Op.HANDLE_ADD: contact_steps.add_handle,
    Op.HANDLE_REMOVE: contact_steps.remove_handle,
    Op.LIST_CREATE: list_steps.create,
    Op.LIST_ADD: list_steps.change_members,
    Op.LIST_REMOVE: list_steps.change_members,
    Op.LIST_DELETE: list_steps.delete,
    Op.ACCOUNT_CREATE: account_steps.create,
    Op.ACCOUNT_UPDATE: account_steps.update,
    Op.ACCOUNT_DELETE: account_steps.delete,
    Op.ACCOUNT_ADD_CONTACTS: account_steps.change_members,
    Op.ACCOUNT_REMOVE_CONTACTS: account_steps.change_members,
}


def interpret(each: Operation, known: Known, past: Past = NOTHING_YET) -> Steps:
    """Interpret one operation, in its turn. It may need no request at all; an ending is always returned."""
    try:
        yield from turn(each, known)
        return (yield from _INTERPRETERS[each.op](each, known, past))
    except Refused as refused:
        return refused.ending
