"""What a summary says at its end of the codes above it."""

import json
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result

from toolkit.cli import cli

ADA, BOB = ({"handle": f"{name}@b.example", "source": "email"} for name in ("ada", "bob"))


def invoke(*words: object, env: dict[str, str]) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], env=env)


def lines(path: Path, *values: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def upsert(key: str, *handles: dict[str, str]) -> dict[str, Any]:
    return {"key": key, "op": "contact.upsert", "body": {"handles": [*handles]}}


def hints(result: Result) -> list[str]:
    """Give the hints of a summary, which is on stderr; the last line must be one of them."""
    found = [line for line in result.stderr.splitlines() if line.startswith("hint: ")]
    assert result.exit_code == 3, result.output
    assert found == result.stderr.splitlines()[-1:]
    return found


def test_rejects_end_with_the_way_to_their_most_frequent_code(tmp_path: Path):
    """What was left out on purpose is no reject to be explained; with --json nothing is added."""
    words = ("transform", "samples/contacts.csv", "--mapping", "samples/mapping.yaml", "--to", "import", "-o", tmp_path)
    shown, as_json = invoke(*words, env={}), invoke(*words, "--json", env={})

    assert json.loads(as_json.stdout)["rejected_by"] == {
        "bad-choice": 1, "bad-date": 1, "bad-number": 1, "bad-teammate": 1, "excluded": 6, "missing-key": 1,
        "missing-name": 1, "no-handle": 2,
    }  # fmt: skip
    assert hints(shown) == ["hint: sf2front explain no-handle"]
    assert "explain" not in as_json.stderr + as_json.stdout


def test_conflicts_differences_refusals_and_what_is_kept_have_their_hint(tokens: dict[str, str], tmp_path: Path):
    """plan, verify, replay and rollback each tell the one code that was met most."""
    front = tmp_path / "front.ndjson"
    invoke("snapshot", "--accounts", "-o", front, env=tokens)
    wanted = lines(tmp_path / "wanted.ndjson", upsert("1", ADA), upsert("2", ADA))
    gone = {"key": "9", "op": "contact.update", "contact": "crd_zzzz", "body": {"name": "Z"}}
    sent = lines(tmp_path / "sent.ndjson", upsert("1", BOB), gone)
    undo = ("rollback", tmp_path / "sent.checkpoint", "--against", front, "-o", tmp_path / "undo.ndjson")

    plan = invoke("plan", wanted, "--against", front, "-o", tmp_path / "plan.ndjson", env=tokens)
    assert hints(plan) == ["hint: sf2front explain handle_claimed_twice"]
    assert hints(invoke("verify", wanted, "--against", front, env=tokens)) == ["hint: sf2front explain 3"]
    assert hints(invoke("replay", sent, "--share", 1, env=tokens)) == ["hint: sf2front explain not_found"]
    change_in_front(tokens)
    invoke("snapshot", "--accounts", "-o", front, env=tokens)
    assert hints(invoke(*undo, env=tokens)) == ["hint: sf2front explain changed_since"]


def change_in_front(tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens['SF2FRONT_FRONT_TOKEN']}"}
    path = f"{tokens['SF2FRONT_FRONT_URL']}/contacts/alt:email:bob%40b.example"
    assert httpx.patch(path, json={"name": "Robert"}, headers=headers).status_code == 204


def test_nothing_to_explain_is_no_hint(tmp_path: Path):
    """A summary without codes ends as it did."""
    upserts = lines(tmp_path / "one.ndjson", upsert("1", ADA))
    snapshot = {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "A", "accounts": False}
    front = lines(tmp_path / "front.ndjson", snapshot)
    result = invoke("plan", upserts, "--against", front, "-o", tmp_path / "plan.ndjson", env={})

    assert (result.exit_code, "hint:" in result.stderr) == (0, False)
