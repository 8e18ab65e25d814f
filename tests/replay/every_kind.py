"""A plan with every kind of operation, the Front that it is for, and a picture of what it leaves there."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

Lines = list[dict[str, Any]]


def email(name: str) -> dict[str, str]:
    return {"source": "email", "handle": f"{name}@example.com"}


def ask(sandbox: RunningSandbox, method: str, path: str, body: Any = None) -> Any:
    answer = httpx.request(method, sandbox.url + path, json=body, headers={"authorization": "Bearer sandbox"})
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def furnish(sandbox: RunningSandbox) -> None:
    """Four contacts (crd_1 to crd_4), a list with two of them, an account with one; a list and an account to spare."""
    for name in ("ada", "bob", "cid", "dot"):
        fields = {"Favourite Color": f"{name}'s", "VIP": True}
        handles = [email(name), {"source": "twitter", "handle": f"{name}_old"}]
        ask(sandbox, "POST", "/contacts", {"name": name, "handles": handles, "custom_fields": fields})
    ask(sandbox, "POST", "/contact_lists", {"name": "Old"})
    ask(sandbox, "POST", "/contact_lists/grp_1/contacts", {"contact_ids": ["crd_2", "crd_3"]})
    ask(sandbox, "POST", "/accounts", {"name": "Acme", "domains": ["acme.example"]})
    ask(sandbox, "POST", "/accounts/acc_1/contacts", {"contact_ids": ["crd_3"]})
    ask(sandbox, "POST", "/contact_lists", {"name": "Spare"})
    ask(sandbox, "POST", "/accounts", {"name": "Spare"})


def every_kind(people: int = 6) -> Lines:
    """Every operation at least once, what depends on another included, and some upserts that could go at once."""
    account = {"name": "Yorp", "external_id": "001Y"}
    fields = {"Favourite Color": "bob's", "VIP": True}
    after = fields | {"Tier": "gold"}
    lines: Lines = [
        {"op": "list.create", "key": "list:New", "body": {"name": "New"}},
        {"op": "account.create", "key": "account:X", "body": {"name": "Xcorp", "external_id": "001X"}},
        {"op": "contact.create", "key": "new", "body": {"handles": [email("new")], "list_names": ["New"]}},
        {"op": "contact.upsert", "key": "up", "body": {"handles": [email("up")], "list_names": ["Two"]}}
        | {"account": account},
        {"op": "contact.upsert", "key": "ada"}
        | {"body": {"name": "Ada L.", "handles": [email("ada"), email("ada2")], "custom_fields": {"Tier": "gold"}}}
        | {"account": account, "clear": ["VIP"]},
        {"op": "contact.update", "key": "bob", "contact": "crd_2", "body": {"custom_fields": after}}
        | {"before": {"custom_fields": fields}},
        {"op": "handle.add", "key": "bob", "contact": "crd_2", "body": email("bob2")},
        {"op": "handle.remove", "key": "bob", "contact": "crd_2", "body": {"source": "twitter", "handle": "bob_old"}},
        {"op": "contact.update", "key": "new2", "contact": {"ref": "new"}, "body": {"name": "New one"}},
        {"op": "list.add", "key": "list:New", "list": "New", "contacts": [{"ref": "up"}, "crd_3"]},
        {"op": "list.remove", "key": "list:Old", "list": "Old", "contacts": ["crd_2"]},
        {"op": "account.update", "key": "account:A", "account": "acc_1", "body": {"description": "updated"}},
        {"op": "account.add_contacts", "key": "account:X", "account": {"ref": "account:X"}}
        | {"contacts": [{"ref": "new"}, "crd_2"]},
        {"op": "account.remove_contacts", "key": "account:A", "account": "acc_1", "contacts": ["crd_3"]},
        {"op": "contact.create", "key": "cid2", "body": {"handles": [email("cid2")]}},
        {"op": "contact.merge", "key": "cid", "contact": "crd_3", "contacts": [{"ref": "cid2"}]},
        {"op": "list.delete", "key": "list:Spare", "list": "Spare"},
        {"op": "account.delete", "key": "account:Spare", "account": "acc_2"},
        {"op": "account.create", "key": "account:S", "body": {"name": "Spare", "external_id": "001S"}},
        {"op": "contact.delete", "key": "dot", "contact": "crd_4"},
        {"op": "contact.create", "key": "dot2", "body": {"name": "Dot again", "handles": [email("dot")]}},
    ]
    for n in range(people):
        body = {"name": f"Person {n}", "handles": [email(f"p{n}")], "list_names": [f"List {n % 2}"]}
        lines.append({"op": "contact.upsert", "key": f"p{n}", "body": body, "account": {"name": f"Firm {n % 3}"}})
    return lines


def write(path: Path, lines: Lines) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def picture(sandbox: RunningSandbox) -> dict[str, Any]:
    """Show contacts, lists and accounts without ids, and how often each creation succeeded since ``furnish``."""
    contacts = [{key: value for key, value in each.items() if key != "id"} for each in sandbox.store.contacts()]
    lists = sorted(each["name"] for each in ask(sandbox, "GET", "/contact_lists")["_results"])
    accounts = ask(sandbox, "GET", "/accounts?limit=100")["_results"]
    keys = ("name", "description", "domains", "external_id", "custom_fields")
    return {
        "contacts": sorted(contacts, key=lambda each: str(each["handles"])),
        "lists": lists,
        "accounts": sorted(str({key: each.get(key) for key in keys}) for each in accounts),
        "created": created(sandbox),
    }


def created(sandbox: RunningSandbox) -> dict[str, int]:
    """Count the creations that succeeded: contacts by handle, lists and accounts by number."""
    counts: Counter[str] = Counter()
    for each in sandbox.store.requests():
        if each["method"] == "POST" and each["path"] in ("/contacts", "/contact_lists", "/accounts"):
            names = [name for name in each["concerns"] if ":" in name] or [each["path"]]
            counts.update(names if 200 <= each["status"] < 300 else ())
    return dict(sorted(counts.items()))


@contextmanager
def furnished(folder: Path) -> Iterator[RunningSandbox]:
    """Run a sandbox with what the plan is for."""
    with started(folder) as sandbox:
        furnish(sandbox)
        yield sandbox


@contextmanager
def started(folder: Path, state: Path | None = None, faults: str = "{share: 0}") -> Iterator[RunningSandbox]:
    """Run a sandbox without a limit that a test would feel; ``faults`` as its file has them."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "sandbox.yaml"
    config.write_text(f"front: {{rate_limit: {{requests: 600000}}, faults: {faults}}}\n")
    with running(SandboxSettings(config=config, state=state)) as sandbox:
        yield sandbox
