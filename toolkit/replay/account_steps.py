"""Operations on accounts in requests. Pure.

An account is found by external id, else by domain or name, and then only if it has no other external id
(toolkit.front.accounts has that one rule, for the plan too).
"""

from toolkit.exchange import Request
from toolkit.front.accounts import Accounts, account_names
from toolkit.front.changes import account_changes
from toolkit.front.protocol import account_alias
from toolkit.operation import Op, Operation
from toolkit.replay.order import ACCOUNT
from toolkit.replay.rebase import update_fresh
from toolkit.replay.steps import (
    Asking,
    Effect,
    Ending,
    Item,
    Known,
    Past,
    Steps,
    account_turn,
    every,
    expect,
    let_go,
    members,
    take,
    target,
)

ACCOUNTS = "/accounts"


def create(each: Operation, known: Known, past: Past) -> Steps:
    """Create an account; one that is there already is left as it is."""
    if past.created:
        return Ending(Effect.CREATED, past.created)
    if past.lost:
        known.accounts = None  # what was read before a creation that was lost does not show it
    there = (yield from _find(each.body, known)) if past.lost else None
    if there:
        return Ending(Effect.CREATED, there["id"], certain=False)
    answer = expect((yield Request("POST", ACCOUNTS, each.body, repeatable=False)), 409)
    if answer.ok:
        _made(answer.body, known)
        return Ending(Effect.CREATED, answer.body["id"])
    there = (yield from _find(each.body, known)) or expect(answer).body
    return Ending(Effect.UNCHANGED, there["id"])


def update(each: Operation, known: Known, past: Past) -> Steps:
    """Change an account."""
    account_id = target(each, known, "account")
    known.domains.pop(account_id, None)
    if known.fresh:
        return (yield from update_fresh(each, f"{ACCOUNTS}/{account_id}", known, past))
    expect((yield Request("PATCH", f"{ACCOUNTS}/{account_id}", each.body, before=each.data.get("before"))))
    return Ending(Effect.UPDATED, account_id)


def delete(each: Operation, known: Known, past: Past) -> Steps:
    """Delete an account; its contacts stay. Not repeatable, as with a contact."""
    account_id = target(each, known, "account")
    known.accounts = None
    request = Request("DELETE", f"{ACCOUNTS}/{account_id}", before=each.data.get("before"), repeatable=False)
    if expect((yield request), 404).ok:
        return Ending(Effect.DELETED, account_id)
    return Ending(Effect.DELETED if past.wrote else Effect.UNCHANGED, account_id, certain=not past.wrote)


def change_members(each: Operation, known: Known, _: Past) -> Steps:
    """Put contacts into an account, or take them out."""
    method = "POST" if each.op is Op.ACCOUNT_ADD_CONTACTS else "DELETE"
    account_id = target(each, known, "account")
    return (yield from members(each, known, f"{ACCOUNTS}/{account_id}/contacts", method))


def join(each: Operation, contact_id: str, known: Known) -> Asking:
    """Put an upsert's contact into its account, which is found or created; once a run for each account."""
    wanted = each.data["account"]
    name = next(iter(account_names(wanted)))
    if name not in known.joined:
        yield from account_turn(each, known)
    if name not in known.joined:
        known.joined[name] = yield from _account_id(wanted, known)
    known.order.settle(each.line, ACCOUNT)
    account_id = known.joined[name]
    if not set(wanted.get("domains", ())) <= set(known.domains.get(account_id, ())):
        yield from _add_domains(account_id, wanted["domains"], known)
    expect((yield Request("POST", f"{ACCOUNTS}/{account_id}/contacts", {"contact_ids": [contact_id]})))


def _add_domains(account_id: str, domains: list[str], known: Known) -> Asking:
    """Add what a later upsert says of an account; the rest of it is as the first one said, as in a plan."""
    there = {"id": account_id}
    if account_id not in known.domains:
        there = expect((yield Request("GET", f"{ACCOUNTS}/{account_id}"))).body
    yield from _complete({"domains": domains}, there, known)


def _complete(wanted: Item, there: Item, known: Known) -> Asking:
    """Write what an account lacks, one operation at a time: a PATCH replaces all of its domains."""
    path = f"{ACCOUNTS}/{there['id']}"
    yield from take(path, known)
    try:
        there = there | {"domains": known.domains.get(there["id"], there.get("domains") or [])}
        changes = account_changes(wanted, there)
        if changes:
            expect((yield Request("PATCH", path, changes.body, before=there)))
        known.domains[there["id"]] = (there | changes.body)["domains"]
    finally:
        let_go(path, known)


def _account_id(wanted: Item, known: Known) -> Asking:
    there = yield from _find(wanted, known)
    if there is None:
        read, known.accounts = known.accounts, None  # the answer may be lost: then they are read again
        there = expect((yield Request("POST", ACCOUNTS, wanted, repeatable=False))).body
        known.accounts = read
        _made(there, known)
        known.domains[there["id"]] = wanted.get("domains", [])
    else:
        yield from _complete(wanted, there, known)
    return there["id"]


def _find(wanted: Item, known: Known) -> Asking:
    """Find the account that is meant: by external id in one request, else among all, which are read once a run."""
    if "external_id" in wanted:
        answer = expect((yield Request("GET", account_alias("ext_id", wanted["external_id"]))), 404)
        if answer.ok:
            return answer.body
    return (yield from _accounts(known)).match(wanted)


def _accounts(known: Known) -> Asking:
    """Give all accounts; one operation at a time reads them, the others find them read."""
    if known.accounts is None:
        yield from take(ACCOUNTS, known)
        try:
            yield from _read(known)
        finally:
            let_go(ACCOUNTS, known)
    return known.accounts


def _read(known: Known) -> Asking:
    if known.accounts is None:
        items = yield from every(f"{ACCOUNTS}?limit=100")
        known.accounts = Accounts([*items, *known.made])


def _made(account: Item, known: Known) -> None:
    known.made.append(account)
    if known.accounts is not None:
        known.accounts.add(account)
