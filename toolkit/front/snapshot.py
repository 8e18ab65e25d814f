"""The snapshot stage: all that we may ever write to in Front, into one NDJSON file.

The first line says which company it is; then custom fields, contact lists, teammates, accounts (when asked,
each with the ids of its contacts) and contacts. Sorted by id within each resource, so that two snapshots of the same
state are the same bytes. A contact made by Front itself from a conversation is in no list and so not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.files import Outputs, Written
from toolkit.front.client import PAGE, Company, FrontClient
from toolkit.front.state import kept
from toolkit.progress import Listener, Progress, silent
from toolkit.tables import ndjson_line

_RESOURCES = (
    ("custom_field", "/contacts/custom_fields"),
    ("contact_list", "/contact_lists"),
    ("teammate", "/teammates"),
)


@dataclass(frozen=True, slots=True)
class SnapshotSettings:
    """Where to write, and whether accounts and their members come along (a request for each account)."""

    output: Path
    accounts: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """Whose snapshot it is, and how many of each resource were written."""

    company: Company
    counts: dict[str, int]
    requests: int
    written: tuple[Written, ...]


def run(
    settings: SnapshotSettings, client: FrontClient, outputs: Outputs, on_progress: Listener = silent
) -> SnapshotResult:
    """Write ``settings.output`` (NDJSON, one line an item, schema in docs/files.md); not yet committed."""
    company = client.company()
    counts: dict[str, int] = {}
    with outputs.open(settings.output) as file:
        head = {"resource": "snapshot", "version": 1, "company": company.id, "name": company.name}
        file.write(ndjson_line(head | {"accounts": settings.accounts}))
        for line in _lines(settings, client, on_progress):
            counts[line["resource"]] = counts.get(line["resource"], 0) + 1
            file.write(ndjson_line(line))
    written = (Written(settings.output, sum(counts.values()) + 1),)
    return SnapshotResult(company, counts, client.requests, written)


def _lines(settings: SnapshotSettings, client: FrontClient, on_progress: Listener) -> Iterator[dict[str, Any]]:
    for resource, path in _RESOURCES:
        yield from _sorted(resource, client.every(path))
    if settings.accounts:
        yield from _accounts(client, on_progress)
    yield from _contacts(client, on_progress)


def _sorted(resource: str, items: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {item["id"]: kept(resource, item) for item in items}
    return [by_id[key] for key in sorted(by_id)]


def _accounts(client: FrontClient, on_progress: Listener) -> Iterator[dict[str, Any]]:
    accounts = _sorted("account", client.every("/accounts", limit=PAGE))
    for done, account in enumerate(accounts, start=1):
        members = sorted(each["id"] for each in client.every(f"/accounts/{account['id']}/contacts", limit=PAGE))
        yield account | {"contacts": members}
        on_progress(Progress("snapshot", done, len(accounts), "accounts"))


def _contacts(client: FrontClient, on_progress: Listener) -> list[dict[str, Any]]:
    """Read the list by creation time: a contact that changes meanwhile can't slip from an unread page to a read one."""
    by_id: dict[str, dict[str, Any]] = {}
    for page in client.pages("/contacts", limit=PAGE, sort_by="created_at", sort_order="asc"):
        by_id |= {item["id"]: kept("contact", item) for item in page}
        on_progress(Progress("snapshot", len(by_id), None, "contacts"))
    return [by_id[key] for key in sorted(by_id)]
