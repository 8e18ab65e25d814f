"""Undoes what a replay did to contact lists, accounts and their members. Pure."""

from collections.abc import Iterator

from toolkit.replay.history import Write
from toolkit.rollback.values import put_back, unlike, values_before
from toolkit.rollback.work import NAME_BEFORE, Body, KeepError, RollbackCode, Work, copied


def list_members(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Put the contacts on the list, or take them off, as before."""
    name = work.lists.get(number)
    if name is None:
        raise KeepError(RollbackCode.GONE, f"the contact list {number} is not there any more")
    there = [each for each in write.body["contact_ids"] if each in work.contacts or each in work.again]
    moves: dict[str, list[str]] = {"list.add": [], "list.remove": []}
    for contact in there:
        had = name in {each["name"] for each in work.contact_before(contact, write)["lists"]}
        if had != (name in {each["name"] for each in work.contact(contact)["lists"]}):
            moves["list.add" if had else "list.remove"].append(contact)
    for op, contacts in moves.items():
        _move(contacts, {"id": number, "name": name}, op, work)
        if contacts:
            yield {"key": write.key, "op": op, "list": name, "contacts": [work.target(each) for each in contacts]}


def _move(contacts: list[str], which: Body, op: str, work: Work) -> None:
    for number in contacts:
        contact = work.contact(number)
        others = [each for each in contact["lists"] if each["name"] != which["name"]]
        contact["lists"] = [*others, which] if op == "list.add" else others


def created_list(write: Write, _: str, work: Work) -> Iterator[Body]:
    """Delete a list that the replay created, if nobody is on it."""
    name = write.body["name"]
    if name not in work.now.lists:
        return
    on_it = [key for key, each in work.contacts.items() if name in {known["name"] for known in each["lists"]}]
    if on_it:
        sentence = f"contacts are on the list {name!r} since: {', '.join(on_it[:5])}"
        work.allow(RollbackCode.CHANGED, sentence)
    del work.now.lists[name]
    yield {"key": write.key, "op": "list.delete", "list": name}


def deleted_list(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Create a deleted list again, with those who were on it."""
    name = (write.before or {}).get("name")
    if not name or work.before is None:
        raise KeepError(RollbackCode.UNKNOWN, f"who was on the list {number} is not known: {NAME_BEFORE}")
    work.rely()
    if name not in work.now.lists:
        yield {"key": write.key, "op": "list.create", "body": {"name": name}}
    work.now.lists[name], work.lists[number] = number, name
    on_it = {key for key, each in work.before.contacts.items() if name in {known["name"] for known in each["lists"]}}
    missing = [key for key in sorted(on_it) if key in work.contacts]
    missing = [key for key in missing if name not in {each["name"] for each in work.contacts[key]["lists"]}]
    _move(missing, {"id": number, "name": name}, "list.add", work)
    if missing:
        yield {"key": write.key, "op": "list.add", "list": name, "contacts": missing}


def created_account(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Delete an account that the replay created, if it is as it was created and empty."""
    here = work.accounts().get(number)
    if here is None:
        return
    if wrong := list(unlike(write.body, here)):
        work.allow(RollbackCode.CHANGED, f"the account {number} was changed since: {', '.join(wrong)}")
    if here["contacts"]:
        work.allow(
            RollbackCode.CHANGED, f"contacts are in the account {number}: {', '.join(sorted(here['contacts'])[:5])}"
        )
    del work.accounts()[number]
    yield {"key": write.key, "op": "account.delete", "account": number, "before": work.found(number)}


def deleted_account(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Create a deleted account again, with those who were in it; it gets another id."""
    was = write.before or ((work.before.accounts or {}).get(number) if work.before else None)
    if not was:
        raise KeepError(RollbackCode.UNKNOWN, f"what the account {number} was is not known: {NAME_BEFORE}")
    keys = ("name", "description", "domains", "external_id", "custom_fields")
    work.again[number] = copied(was) | {"contacts": set()}
    yield {"key": number, "op": "account.create", "body": {key: was[key] for key in keys if was.get(key)}}
    if members := [each for each in was.get("contacts", []) if each in work.contacts]:
        work.again[number]["contacts"] |= set(members)
        yield {"key": write.key, "op": "account.add_contacts", "account": {"ref": number}, "contacts": members}


def account_members(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Put the contacts into the account, or take them out, as before; those it took from another go back there."""
    account = work.account(number)
    there = [each for each in write.body["contact_ids"] if each in work.contacts or each in work.again]
    before = {each: work.accounts_before(each) for each in there}
    leaving = [each for each in there if each in account["contacts"] and number not in before[each]]
    account["contacts"] -= set(leaving)
    for each in leaving:
        work.joined.get(each, set()).discard(number)
    if leaving:
        base = {"key": write.key, "op": "account.remove_contacts", "account": work.target(number)}
        yield base | {"contacts": [work.target(each) for each in leaving]}
    for each in there:
        yield from joined_again(write.key, each, before[each], work)


def changed_account(write: Write, number: str, work: Work) -> Iterator[Body]:
    """Put an account's values back."""
    was = values_before(write, number, (work.before.accounts or {}) if work.before else {}, work)
    body, had = put_back(write, was, work.account(number), work)
    if body:
        yield {"key": write.key, "op": "account.update", "account": work.target(number), "body": body, "before": had}


def joined_again(key: str, contact: str, accounts: set[str], work: Work) -> Iterator[Body]:
    """Put a contact into the accounts that it was in."""
    for number in sorted(accounts):
        account = work.again.get(number) or work.accounts().get(number)
        if account is not None and contact not in account["contacts"]:
            account["contacts"].add(contact)
            work.joined.setdefault(contact, set()).add(number)
            base = {"key": key, "op": "account.add_contacts", "account": work.target(number)}
            yield base | {"contacts": [work.target(contact)]}
