"""rules preview and rules list, through the command line and against the sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.replay.test_engine import replay, write
from tests.rollback.test_rollback import every_kind, lines, snapshot, there, without_ids
from toolkit.cli import cli
from toolkit.front.client import FrontClient
from toolkit.operation import checked_operations
from toolkit.rules.outcome import outcome
from toolkit.tables import ndjson_line, read_ndjson


def contact(number: int, **more: Any) -> dict[str, Any]:
    handles = [{"source": "email", "handle": f"P{number}@example.com"}]
    base = {"id": f"crd_{number}", "name": f"Person {number}", "handles": handles, "lists": [], "custom_fields": {}}
    return {"resource": "contact"} | base | more


FIELDS = {
    "Revenue": "number", "Renewal": "datetime", "VIP": "boolean", "Tier": "enum", "Color": "string", "Owner": "teammate"
}  # fmt: skip
PEOPLE = [
    contact(1, lists=[{"id": "grp_1", "name": "VIPs"}], custom_fields={"Revenue": 10, "VIP": True, "Tier": "gold"}),
    contact(2, custom_fields={"Revenue": 20.5, "Renewal": 1767225600, "Color": "Dark Red"}),  # 2026-01-01
    contact(3, handles=[{"source": "phone", "handle": "+442079460000"}], custom_fields={"Owner": "ada@example.com"}),
    contact(4, name="=1+1", custom_fields={"VIP": False, "Tier": "silver"}),
]


def made_up(path: Path) -> Path:
    heads: list[dict[str, Any]] = [
        {"resource": "snapshot", "version": 1, "company": "cmp_1", "accounts": True},
        *(
            {"resource": "custom_field", "id": f"fld_{name}", "name": name, "type": kind}
            | ({"values": [{"value": "gold"}, {"value": "silver"}]} if kind == "enum" else {})
            for name, kind in FIELDS.items()
        ),
        {"resource": "contact_list", "id": "grp_1", "name": "VIPs"},
        {"resource": "teammate", "id": "tea_1", "email": "ada@example.com"},
        {"resource": "rule", "id": "rul_1", "name": "Gold first", "actions": ["Tag with Gold"], "is_private": True},
        {"resource": "account", "id": "acc_1", "name": "Acme", "contacts": ["crd_2"]},
    ]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in [*heads, *PEOPLE]))
    return path


def preview(folder: Path, *words: str) -> tuple[Result, list[dict[str, Any]]]:
    output = folder / "found.ndjson"
    command = ["rules", "preview", *words, "--against", str(made_up(folder / "front.ndjson")), "-o", str(output)]
    result = CliRunner().invoke(cli, [*command, "--json"])
    return result, lines(output) if output.exists() else []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("list: {is: VIPs}", "1"),
        ("list: {is_not: VIPs}", "234"),
        ("list: {empty: true}", "234"),
        ("handle: {source: phone}", "3"),
        ("handle: {source: email, contains: p2@}", "2"),
        ("handle: {is: p1@EXAMPLE.com}", "1"),
        ("account: {is: acme}", "2"),
        ("account: {empty: true}", "134"),
        ("name: {contains: person}", "123"),
        ("custom_field: {field: Revenue, greater: 10}", "2"),
        ("custom_field: {field: Revenue, less: 20.5}", "1"),
        ("custom_field: {field: Revenue, is: [10, 20.5]}", "12"),
        ("custom_field: {field: Revenue, is_not: 10}", "234"),
        ("custom_field: {field: Renewal, is: 2026-01-01}", "2"),
        ("custom_field: {field: Renewal, before: 2026-01-01}", ""),
        ("custom_field: {field: Renewal, after: 2025-12-31}", "2"),
        ("custom_field: {field: Renewal, after: 2026-01-01}", ""),
        ("custom_field: {field: VIP, is: false}", "4"),
        ("custom_field: {field: Tier, is: gold}", "1"),
        ("custom_field: {field: Tier, empty: true}", "23"),
        ("custom_field: {field: Color, contains: red}", "2"),
        ("custom_field: {field: Owner, is: ada@example.com}", "3"),
        ("any: [list: {is: VIPs}, account: {is: Acme}]", "12"),
        ("none: [list: {is: VIPs}, account: {is: Acme}]", "34"),
    ],
)
def test_a_condition_matches_those_of_whom_it_is_true(condition: str, found: str, tmp_path: Path):
    """Each subject and word, alone."""
    (tmp_path / "rule.yaml").write_text(f"all:\n  - {condition}\n")

    result, rows = preview(tmp_path, str(tmp_path / "rule.yaml"))

    assert result.exit_code == 0, result.output
    assert "".join(each["id"][-1] for each in rows) == found


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("list: {is: VIP}", "there is no contact list 'VIP': did you mean 'VIPs'?"),
        ("custom_field: {field: Teir, is: gold}", "Front has no custom field 'Teir': did you mean 'Tier'?"),
        ("custom_field: {field: Tier, is: golden}", "there is no choice of 'Tier' 'golden': did you mean 'gold'?"),
        ("custom_field: {field: Tier, greater: 1}", "which is asked with: is, is_not, empty, not_empty"),
        ("custom_field: {field: Revenue, is: many}", "'Revenue' holds numbers"),
        ("custom_field: {field: Renewal, after: soon}", "'Renewal' holds times"),
        ("custom_field: {field: Owner, is: eda@example.com}", "did you mean 'ada@example.com'?"),
        ("account: {is: Acne}", "there is no account 'Acne': did you mean 'Acme'?"),
        ("lists: {is: VIPs}", "has no place for 'lists'"),
    ],
)
def test_what_the_snapshot_does_not_know_is_refused_with_its_place(condition: str, said: str, tmp_path: Path):
    """Unknown names and values of another type: exit code 2, line and column, what was probably meant."""
    (tmp_path / "rule.yaml").write_text(f"all:\n  - {condition}\n")

    result, _ = preview(tmp_path, str(tmp_path / "rule.yaml"))

    assert result.exit_code == 2
    assert said in result.stderr
    assert "rule.yaml:2:" in result.stderr


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ('"Revenue" > 10', "2"),
        ("\"Renewal\" >= '2026-01-01' AND account = 'Acme'", "2"),
        ("lists LIKE '%VIPs%' OR phone IS NOT NULL", "13"),
        ('"VIP"', "1"),
    ],
)
def test_sql_asks_the_same_columns(sql: str, found: str, tmp_path: Path):
    """--where in place of a file; null is not true."""
    result, rows = preview(tmp_path, "--where", sql)

    assert result.exit_code == 0, result.output
    assert "".join(each["id"][-1] for each in rows) == found


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("id IN (SELECT id FROM read_csv('x'))", "holds a sub-query"),
        ('"Revenu" > 1', "there is no column 'Revenu': did you mean 'Revenue'?"),
        ("name", "a condition must be true or false"),
    ],
)
def test_sql_that_is_not_allowed_is_refused(sql: str, said: str, tmp_path: Path):
    """The allowed list of a mapping's expressions holds here too."""
    result, rows = preview(tmp_path, "--where", sql)

    assert (result.exit_code, rows) == (2, [])
    assert said in result.stderr


def test_a_csv_for_people_runs_no_formula_and_has_evidence(tmp_path: Path):
    """A name that a spreadsheet would run has an apostrophe before it."""
    output = tmp_path / "found.csv"
    command = ["rules", "preview", "--where", "id = 'crd_4'", "--against", str(made_up(tmp_path / "front.ndjson"))]

    assert CliRunner().invoke(cli, [*command, "-o", str(output)]).exit_code == 0
    assert "matches,crd_4,'=1+1," in output.read_text()
    assert (tmp_path / "found.csv.datapackage.json").exists() or list(tmp_path.glob("found*.datapackage.json"))


def test_before_and_after_a_plan(tmp_path: Path):
    """Who starts (a new contact among them), who stops (a deleted one among them), who stays."""
    new = {"handles": [{"source": "email", "handle": "new@example.com"}], "list_names": ["VIPs"]}
    operations = [
        {"key": "k", "op": "contact.create", "body": new},
        {"key": "l", "op": "list.add", "list": "VIPs", "contacts": ["crd_2", "crd_3"]},
        {"key": "d", "op": "contact.delete", "contact": "crd_1"},
    ]
    plan = write(tmp_path, operations, "plan.ndjson")
    (tmp_path / "rule.yaml").write_text("all: [list: {is: VIPs}]\n")

    result, rows = preview(tmp_path, str(tmp_path / "rule.yaml"), "--plan", str(plan))

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {key: told[key] for key in ("match", "match_after", "start", "stop", "stay")} == {
        "match": 1, "match_after": 3, "start": 3, "stop": 1, "stay": 0
    }  # fmt: skip
    assert {(each["id"], each["change"]) for each in rows} == {
        ("crd_2", "starts"), ("crd_3", "starts"), ("new:k", "starts"), ("crd_1", "stops")
    }  # fmt: skip


def test_rules_are_listed_alike_from_front_and_from_a_snapshot(tokens: dict[str, str], tmp_path: Path):
    """A table for people; private rules are called so."""
    asked = CliRunner().invoke(cli, ["rules", "list"], env=tokens)
    read = CliRunner().invoke(cli, ["rules", "list", "--from", str(made_up(tmp_path / "front.ndjson"))])

    assert "company  Gold contacts first  Assign to Priority; Tag with Gold" in asked.stdout
    assert read.stdout.splitlines()[1] == "rul_1  private  Gold first  Tag with Gold"


def test_the_outcome_is_what_a_replay_makes(front: FrontClient, tmp_path: Path):
    """A snapshot after a replay of every kind of operation is the one before with the plan applied, but for ids."""
    replay(front, write(tmp_path, [there(n) for n in range(8)], "there.ndjson"))
    before = snapshot(front, tmp_path / "before.ndjson")
    plan = write(tmp_path, every_kind(before, 60), "plan.ndjson")
    done = outcome(lambda: lines(before), checked_operations(read_ndjson(plan), plan.name))
    expected = tmp_path / "outcome.ndjson"
    expected.write_bytes(b"".join(map(ndjson_line, [*done.heads, *done.contacts()])))

    assert replay(front, plan).refused == 0
    assert without_ids(expected) == without_ids(snapshot(front, tmp_path / "after.ndjson"))


def removals(before: Path) -> list[dict[str, Any]]:
    """Operations that take away, and those that mean what was taken away, or what has its handles now."""
    people = sorted((each for each in lines(before) if each["resource"] == "contact"), key=lambda each: each["name"])
    one, two, three, four, five, six, *_ = [each["id"] for each in people if each["name"].startswith("There")]
    account = next(each["id"] for each in lines(before) if each.get("name") == "Old 1")
    mail = [{"source": "email", "handle": f"there{n}@example.com"} for n in range(8)]
    phone = {"source": "phone", "handle": "+442079460000"}
    operations: list[dict[str, Any]] = [
        {"op": "handle.add", "contact": two, "body": phone},
        {"op": "contact.update", "contact": one, "body": {"description": "updated last"}},
        {"op": "contact.merge", "contact": one, "contacts": [two]},
        {"op": "contact.delete", "contact": three},
        {"op": "contact.upsert", "body": {"handles": [mail[1]], "name": "Found by a handle that came with a merge"}},
        {"op": "contact.upsert", "body": {"handles": [mail[2]], "name": "Made again", "list_names": ["Old", "New"]}},
        {"op": "handle.remove", "contact": one, "body": mail[0]},
        {"op": "handle.remove", "contact": four, "body": mail[3]},
        {"op": "contact.update", "contact": f"alt:email:{mail[4]['handle']}", "body": {"name": "By its alias"}},
        {"op": "list.remove", "list": "Old", "contacts": [five]},
        {"op": "list.add", "list": "New", "contacts": [five, six]},
        {"op": "account.delete", "account": account},
        {"op": "contact.upsert", "body": {"handles": [mail[6]]}, "account": {"name": "Old 1", "external_id": "old1"}},
        {"op": "list.delete", "list": "Old"},
        {"op": "contact.upsert", "body": {"handles": [mail[7]], "list_names": ["Old"]}},
        {"op": "contact.upsert", "body": {"handles": [phone, mail[5]], "name": "Would be two contacts"}},
        {"op": "contact.delete", "contact": six},
    ]
    return [each | {"key": f"k{n}"} for n, each in enumerate(operations)]


def test_the_outcome_of_what_removes_is_what_a_replay_makes(front: FrontClient, tmp_path: Path):
    """Merges, deletions of contacts, lists and accounts, last handles taken off, contacts meant by an alias."""
    replay(front, write(tmp_path, [there(n) for n in range(8)], "there.ndjson"))
    before = snapshot(front, tmp_path / "before.ndjson")
    plan = write(tmp_path, removals(before), "plan.ndjson")
    done = outcome(lambda: lines(before), checked_operations(read_ndjson(plan), plan.name))
    expected = tmp_path / "outcome.ndjson"
    expected.write_bytes(b"".join(map(ndjson_line, [*done.heads, *done.contacts()])))

    assert replay(front, plan, concurrency=1).refused == 2  # the last handle stays, and nobody is two contacts
    assert without_ids(expected) == without_ids(snapshot(front, tmp_path / "after.ndjson"))
