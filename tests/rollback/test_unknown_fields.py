"""Custom fields that the mapping doesn't know stay, all the way: from the CSV to Front and back again."""

from pathlib import Path
from typing import Any

from tests.replay.every_kind import ask, email
from tests.rollback.test_commands import done
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

MAPPING = """
version: 1
source: {key: Id}
contact:
  name: "{Name}"
  handles: [{source: email, from: [Email]}]
  custom_fields: {Tier: {from: Tier, type: enum}}
"""
CONFIG = "front: {rate_limit: {requests: 600000}, lists: [Old], automatic: [{source: email, handle: auto@example.com}]}"
OWN: dict[str, Any] = {"Favourite Color": "blue", "Annual Revenue": 12.5, "VIP": True, "Renewal": 1_767_225_600}
"""What the people who work in Front have written."""


def fields(sandbox: RunningSandbox) -> dict[str, dict[str, Any]]:
    """Give each contact's custom fields by its e-mail address."""
    found = {each["handles"][0]: each["custom_fields"] for each in sandbox.store.contacts()}
    return {handle.removeprefix("email:").removesuffix("@example.com"): each for handle, each in found.items()}


def brought(sandbox: RunningSandbox, folder: Path, tier: str, *options: str) -> None:
    """Bring three people with this tier into Front, from the CSV to the replay, with a folder for the files."""
    folder.mkdir()
    rows = "".join(f"{name},{name.title()},{name}@example.com,{tier}\n" for name in ("ada", "auto", "eve"))
    (folder / "people.csv").write_text(f"Id,Name,Email,Tier\n{rows}")
    (folder / "mapping.yaml").write_text(MAPPING)
    plan, before = folder / "plan.ndjson", folder / "before.ndjson"
    words = ("--mapping", folder / "mapping.yaml", "--to", "operations", "-o", folder)
    done(sandbox, "transform", folder / "people.csv", *words)
    done(sandbox, "snapshot", "--accounts", "-o", before, "--share", 1)
    done(sandbox, "plan", folder / "operations.ndjson", "--against", before, "-o", plan, *options)
    done(sandbox, "replay", plan, "--share", 1)


def taken_back(sandbox: RunningSandbox, folder: Path, code: int = 0) -> None:
    words = ("--live", "--share", 1, "--before", folder / "before.ndjson", "-o", folder / "back.ndjson")
    done(sandbox, "rollback", folder / "plan.checkpoint", *words, code=code)
    done(sandbox, "replay", folder / "back.ndjson", "--share", 1)


def test_fields_that_the_mapping_does_not_know_stay(tmp_path: Path):
    """A contact that is updated, one that only a conflict shows, a new one, one that is deleted: each keeps its own."""
    config = tmp_path / "sandbox.yaml"
    config.write_text(CONFIG)
    with running(SandboxSettings(config=config)) as sandbox:
        ask(sandbox, "POST", "/contacts", {"handles": [email("ada")], "custom_fields": OWN})
        ask(sandbox, "POST", "/contacts", {"handles": [email("old")], "custom_fields": OWN, "list_names": ["Old"]})
        ask(sandbox, "POST", "/accounts", {"name": "Acme"})
        ask(sandbox, "POST", "/accounts/acc_1/contacts", {"contact_ids": ["crd_3"]})
        ask(sandbox, "PATCH", "/contacts/alt:email:auto%40example.com", {"custom_fields": OWN})

        brought(sandbox, tmp_path / "one", "gold", "--delete-missing", "Old")
        gold = OWN | {"Tier": "gold"}
        assert fields(sandbox) == {"ada": gold, "auto": gold, "eve": {"Tier": "gold"}}

        ask(sandbox, "PATCH", "/contacts/alt:email:eve%40example.com", {"custom_fields": gold})
        brought(sandbox, tmp_path / "two", "silver")
        assert fields(sandbox) == dict.fromkeys(("ada", "auto", "eve"), OWN | {"Tier": "silver"})

        taken_back(sandbox, tmp_path / "two")
        assert fields(sandbox) == dict.fromkeys(("ada", "auto", "eve"), gold)

        taken_back(sandbox, tmp_path / "one", code=3)  # eve was changed since she was created, and stays
        assert fields(sandbox) == {"ada": OWN, "auto": OWN, "eve": gold, "old": OWN}
        assert [(each["account"], each["lists"]) for each in sandbox.store.contacts()][-1] == ("Acme", ["Old"])
