"""Which rules Front has: their names, what their actions do, whose they are. Front shows no conditions.

Source: Front's Core API, ``GET /rules`` (scope ``rules:read``): ``id, name, actions[] (text), is_private``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.front.client import FrontClient
from toolkit.front.state import check_line
from toolkit.tables import read_ndjson


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``private``: it is one teammate's own, not the company's."""

    id: str
    name: str
    actions: tuple[str, ...]
    private: bool


def ask_rules(client: FrontClient) -> tuple[Rule, ...]:
    """Ask Front, by id; SignInRefused when the token may not read rules."""
    return _rules(client.every("/rules"))


def read_rules(snapshot: Path) -> tuple[Rule, ...]:
    """Read them from a snapshot, by id; InputRefused when it is none, or was taken with a token that can't see them."""
    found = []
    for number, line in read_ndjson(snapshot):
        check_line(number, line, snapshot.name)
        if number == 1 and _UNSEEN in line.get("unseen", ()):
            raise InputRefused(
                f"{snapshot.name} has no rules: its token might not read them",
                hint="give the token the scope rules:read, and take a new snapshot",
            )
        if line["resource"] == "contact":
            break
        found += [line] if line["resource"] == "rule" else []
    return _rules(found)


_UNSEEN = "rule"


def _rules(items: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    made = (
        Rule(each["id"], each.get("name") or "", tuple(each.get("actions") or ()), bool(each.get("is_private")))
        for each in items
    )
    return tuple(sorted(made, key=lambda each: each.id))
