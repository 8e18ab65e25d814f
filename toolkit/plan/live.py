"""What operations are about, read from Front itself: the contacts they name, and lists and accounts where need be."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from toolkit.exchange import Answer, Request
from toolkit.front.client import PAGE, FrontClient, explain
from toolkit.front.protocol import alias, contact_path
from toolkit.front.state import FrontState, kept
from toolkit.operation import CREATES, Op, Operation, names_account
from toolkit.progress import Listener, Progress

Paths = tuple[str, ...]


def read_live(operations: Callable[[], Iterable[Operation]], client: FrontClient, on_progress: Listener) -> FrontState:
    """Read what the operations are about: a request for each contact, one or more for its handles when it was created.

    ``operations`` gives them anew each time. Lists and accounts are read when an operation names one: all accounts, 100
    a request, and the members of those that contacts were put into or taken out of, a request each.
    """
    state = FrontState(company=client.company().id)
    if any(each.op.startswith("list.") for each in operations()):
        add_all(state, "contact_list", client.every("/contact_lists"))
    if any(names_account(each) for each in operations()):
        state.accounts = {}
        for account in client.every("/accounts", limit=PAGE):
            state.add(kept("account", account) | {"contacts": []})
        for number in _joined(operations(), state):
            members = client.every(f"/accounts/{number}/contacts", limit=PAGE)
            state.accounts[number]["contacts"] = [each["id"] for each in members]
    wanted = dict.fromkeys(paths for each in operations() for paths in _contacts(each))
    for done, paths in enumerate(wanted, start=1):
        read_one(state, paths, client)
        on_progress(Progress("verify", done, len(wanted), "contacts read"))
    return state


def _joined(operations: Iterable[Operation], state: FrontState) -> Iterator[str]:
    """Give each account, once, that operations put contacts into or take them out of, where it is there."""
    created: dict[str, dict[str, Any]] = {}
    found: dict[str | None, None] = {}
    for each in operations:
        target = each.data.get("account")
        if each.op is Op.ACCOUNT_CREATE:
            created[each.key] = each.body
        elif isinstance(target, dict):
            wanted = created.get(target["ref"], {}) if "ref" in target else target
            found[state.account_for(wanted)] = None
        elif target and "contacts" in each.data:
            found[target] = None
    return (each for each in found if each in (state.accounts or {}))


def add_all(state: FrontState, resource: str, items: Iterable[dict[str, Any]]) -> None:
    """Take Front's answers into the state."""
    for item in items:
        state.add(kept(resource, item))


def _contacts(each: Operation) -> Iterator[Paths]:
    """Give where an operation's contacts are read: by id, or by one handle after the other until one is found."""
    if each.op in CREATES and each.op.startswith("contact."):
        yield tuple(alias(handle["source"], handle["handle"]) for handle in each.body["handles"])
    for target in (each.data.get("contact"), *each.data.get("contacts", ())):
        if isinstance(target, str):
            yield (contact_path(target),)


def read_one(state: FrontState, paths: Paths, client: FrontClient, resource: str = "contact") -> bool:
    """Read what is found at the first of these paths; False when nothing is at any."""
    for path in paths:
        answer: Answer = client.ask(Request("GET", path))
        if answer.ok:
            state.add(kept(resource, answer.body))
            return True
        if answer.status != 404:
            raise explain(answer)
    return False
