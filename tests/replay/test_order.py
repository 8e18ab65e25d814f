"""Several operations at once end as one after the other would."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.replay.every_kind import ask, email, every_kind, furnished, picture, write
from tests.replay.test_engine import replay, results
from toolkit.front.client import FrontClient
from toolkit.operation import operation
from toolkit.replay.order import Order
from toolkit.settings import FrontSettings, Secret


def tangled(seed: int) -> list[dict[str, Any]]:
    """Upserts that share handles, lists and accounts, with each other and with contacts that are there, and more."""
    chance, lines = random.Random(seed), list[dict[str, Any]]()
    for n in range(60):
        body: dict[str, Any] = {"name": f"Person {n}", "custom_fields": {"Annual Revenue": n}}
        body["handles"] = [email(f"p{each}") for each in chance.sample(range(50), chance.choice((1, 1, 2)))]
        body["handles"] += [email(chance.choice(("ada", "bob")))] if chance.random() < 0.1 else []
        body["list_names"] = [f"List {chance.randrange(3)}"]
        line = {"key": f"k{n}", "op": "contact.upsert", "body": body}
        if chance.random() < 0.7:
            number = chance.randrange(6)
            line["account"] = {"name": f"Firm {number}", "domains": [f"d{chance.randrange(8)}.example"]}
        lines.append(line)
        if chance.random() < 0.3:
            lines.append(
                {"key": f"n{n}", "op": "contact.update", "contact": {"ref": f"k{n}"}, "body": {"name": f"N{n}"}}
            )
        if chance.random() < 0.2:
            target = chance.choice(("crd_1", "crd_2", "crd_3"))
            lines.append({"key": f"h{n}", "op": "handle.add", "contact": target, "body": email(f"p{n}")})
    return lines


def ended(lines: list[dict[str, Any]], concurrency: int, folder: Path) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    with furnished(folder) as sandbox:
        operations = write(folder / "operations.ndjson", lines)
        with FrontClient(FrontSettings(Secret("sandbox"), sandbox.url, share=1.0)) as front:
            replay(front, operations, concurrency=concurrency)
        told = [(each["key"], each.get("effect"), each.get("code")) for each in results(folder)]
        return picture(sandbox), told


@pytest.mark.parametrize("seed", [1, 2])
def test_at_once_ends_as_one_after_the_other(seed: int, tmp_path: Path):
    """The same contacts, lists and accounts, the same refusals, whoever shares what with whom."""
    assert ended(tangled(seed), 8, tmp_path / "at once") == ended(tangled(seed), 1, tmp_path / "one by one")


def test_fields_that_nobody_named_stay(tmp_path: Path):
    """An upsert and an update of contacts that are there keep the custom fields that they don't mention."""
    with furnished(tmp_path) as sandbox:
        operations = write(tmp_path / "operations.ndjson", every_kind())
        with FrontClient(FrontSettings(Secret("sandbox"), sandbox.url, share=1.0)) as front:
            result = replay(front, operations)
        fields = [ask(sandbox, "GET", f"/contacts/crd_{n}")["custom_fields"] for n in (1, 2, 3)]

    assert result.refused == 0
    assert fields == [
        {"Favourite Color": "ada's", "Tier": "gold"},
        {"Favourite Color": "bob's", "VIP": True, "Tier": "gold"},
        {"Favourite Color": "cid's", "VIP": True},
    ]


def line(number: int, op: str, **data: Any) -> Any:
    return operation(number, {"key": f"k{number}", "op": op, **data})


def test_who_waits_for_whom():
    """A shared handle, a reference, a contact that a conflict may still name; a list's members don't wait."""
    order = Order()
    for each in (
        line(1, "contact.create", body={"handles": [email("a")], "list_names": ["L"]}),
        line(2, "contact.upsert", body={"handles": [email("A"), email("b")], "list_names": ["L"]}),
        line(3, "contact.update", contact={"ref": "k1"}, body={"name": "x"}),
        line(4, "contact.update", contact="crd_9", body={"name": "x"}),
        line(5, "contact.create", body={"handles": [email("c")], "list_names": ["L"]}),
        line(6, "contact.delete", contact="crd_8"),
    ):
        order.enter(each)
    first = [order.blocker(number) for number in range(1, 7)]
    order.claim(1, ["crd_1"])
    order.leave(1)
    order.claim(2, ["crd_9"])
    order.settle(3, "contact")
    second = [order.blocker(number) for number in range(2, 6)]

    assert first == [None, 1, 1, 1, None, 1]
    assert second == [None, None, 2, None]
