"""Plan, replay and verify against the sandbox: a plan of what is there already is empty."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.plan.test_compile import email, upsert
from toolkit.cli import cli
from toolkit.exchange import Request
from toolkit.front.client import FrontClient

UPSERTS = [
    upsert(
        "1", "a@b.example", name="Ada", links=["https://a.example"], list_names=["All"], custom_fields={"VIP": True}
    ),
    upsert("2", "b@b.example", "two@b.example", name="Bob", account={"name": "Acme", "external_id": "001"}),
    upsert("3", "c@b.example", "d@b.example", name="Cy", description="Buyer", list_names=["All", "VIPs"]),
    upsert("4", "e@b.example", name="Eve"),
]
OPTIONS = ("--merge-conflicts", "--remove-handles", "--remove-from-lists", "--delete-missing", "Old")


@pytest.fixture
def there(front: FrontClient) -> None:
    """What Front has before: others on the lists, two contacts that are one, handles and fields of its own."""
    for name in ("Old", "All"):
        front.send(Request("POST", "/contact_lists", {"name": name}))
    for body in (
        {"handles": [email("a@b.example"), email("old@b.example")], "custom_fields": {"Favourite Color": "blue"}},
        {"handles": [email("c@b.example")], "list_names": ["Old"], "description": "Seller"},
        {"handles": [email("d@b.example")], "name": "Dee"},
        {"handles": [email("e@b.example")], "name": "Eve", "list_names": ["All"]},
        {"handles": [email("gone@b.example")], "list_names": ["Old"]},
    ):
        assert front.send(Request("POST", "/contacts", body)).status == 201  # type: ignore[union-attr]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_plan_of_what_was_replayed_is_empty(
    there: None, tokens: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Merged, removed, deleted, created: after the replay verify finds no difference, and the same plan has nothing."""
    monkeypatch.chdir(tmp_path)
    Path("wanted.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in UPSERTS))

    def command(*words: str) -> Result:
        return CliRunner().invoke(cli, words, env=tokens)

    assert command("snapshot", "--accounts", "-o", "before.ndjson").exit_code == 0
    made = command("plan", "wanted.ndjson", "--against", "before.ndjson", *OPTIONS)
    assert (made.exit_code, {each["op"] for each in lines(Path("plan.ndjson"))}) == (
        0,
        {
            "account.create", "account.add_contacts", "contact.create", "contact.delete", "contact.merge",
            "contact.update", "handle.remove", "list.add", "list.create", "list.remove",
        },
    )  # fmt: skip
    assert re.search(r"contacts merged away +1   which can.t be undone", made.stderr)
    assert command("verify", "plan.ndjson", "--live").exit_code == 3
    assert command("replay", "plan.ndjson").exit_code == 0
    assert command("verify", "plan.ndjson", "--live").exit_code == 0
    assert command("snapshot", "--accounts", "-o", "after.ndjson").exit_code == 0
    assert command("verify", "plan.ndjson", "--against", "after.ndjson").exit_code == 0
    assert command("plan", "wanted.ndjson", "--against", "after.ndjson", *OPTIONS).exit_code == 0
    assert lines(Path("plan.ndjson")) == []


def test_a_plan_that_is_too_large_is_refused_and_not_written(
    there: None, tokens: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Exit 6, the numbers said, and no file."""
    monkeypatch.chdir(tmp_path)
    Path("wanted.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in UPSERTS[:1]))
    CliRunner().invoke(cli, ["snapshot", "-o", "before.ndjson"], env=tokens)
    words = ["plan", "wanted.ndjson", "--against", "before.ndjson", "--delete-missing", "Old", "--max-deletes", "1"]
    refused = CliRunner().invoke(cli, words)

    assert refused.exit_code == 6
    assert "delete 2 of 5 contacts (40.0%); --max-deletes 1 lets 1 pass" in refused.stderr
    assert not Path("plan.ndjson").exists()
