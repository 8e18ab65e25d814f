"""How long `sf2front plan` takes, beside a bare floor: both files read line by line with orjson, and nothing done.

    python benchmarks/plan.py [--contacts 1000000] [--turns 3] [--changed 8] [--new 2]

As many upserts as contacts in the snapshot, in another order, an e-mail address and a phone number each: of a hundred,
`--changed` differ from their contact in a custom field, `--new` are not in the snapshot, and all others change nothing.

Each run is a process of its own, by turns; the median counts. Peak memory is the process's own.
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from runs import Turn, measure

FLOOR = """
import sys, orjson
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for line in file:
            orjson.loads(line)
"""
FIELDS = {"Account Owner": "teammate", "Annual Revenue": "number", "Renewal": "datetime", "Tier": "string"}


def person(number: int) -> dict[str, Any]:
    """Make what one person is to be."""
    handles = [
        {"source": "email", "handle": f"person{number}@company{number % 5_000}.example"},
        {"source": "phone", "handle": f"+1415{number:07}"},
    ]
    return {
        "name": f"Person {number}", "description": f"Head of Sales at Company {number % 5_000}", "handles": handles,
        "links": [f"https://example.my.salesforce.com/003{number:015}"],
        "custom_fields": {
            "Account Owner": f"owner{number % 20}@example.com", "Annual Revenue": number * 1.5,
            "Renewal": 1_767_225_600 + number, "Tier": "gold",
        },
    }  # fmt: skip


def snapshot(count: int) -> Iterator[dict[str, Any]]:
    """Make the lines of the snapshot; the same in every run."""
    yield {"resource": "snapshot", "version": 1, "company": "cmp_1", "name": "Acme", "accounts": False}
    for number, (name, kind) in enumerate(FIELDS.items()):
        yield {"resource": "custom_field", "id": f"fld_{number}", "name": name, "type": kind}
    yield {"resource": "contact_list", "id": "grp_1", "name": "Salesforce"}
    for number in range(20):
        yield {"resource": "teammate", "id": f"tea_{number}", "email": f"owner{number}@example.com"}
    for number in range(count):
        lists = [{"id": "grp_1", "name": "Salesforce"}]
        yield {"resource": "contact", "id": f"crd_{number:x}", "lists": lists, "is_private": False} | person(number)


def upserts(count: int, changed: int, new: int) -> Iterator[dict[str, Any]]:
    """Make the upserts; the same in every run."""
    order = list(range(count))
    random.Random(5).shuffle(order)
    for at, number in enumerate(order):
        body = person(number + count if at % 100 < new else number) | {"list_names": ["Salesforce"]}
        if new <= at % 100 < new + changed:
            body["custom_fields"]["Tier"] = "silver"
        yield {"key": f"003{number:015}", "op": "contact.upsert", "body": body}


def write(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    """Write one file as the toolkit writes it."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(each, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for each in lines)


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description="Plan beside a bare floor.")
    arguments.add_argument("--contacts", type=int, default=1_000_000)
    arguments.add_argument("--turns", type=int, default=3)
    arguments.add_argument("--changed", type=int, default=8)
    arguments.add_argument("--new", type=int, default=2)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known, wanted, out = (folder / each for each in ("front.ndjson", "operations.ndjson", "out"))
        write(known, snapshot(given.contacts))
        write(wanted, upserts(given.contacts, given.changed, given.new))
        size = (known.stat().st_size + wanted.stat().st_size) / 1e6
        share = f"{given.changed} % changed, {given.new} % new"
        print(f"{given.contacts:,} upserts against {given.contacts:,} contacts, {size:.0f} MB, {share}", flush=True)
        ours = [sys.executable, "-m", "toolkit", "plan", str(wanted), "--against", str(known), "--quiet"]
        commands = {
            "floor": [sys.executable, "-c", FLOOR, str(known), str(wanted)],
            "plan": [*ours, "-o", str(out / "plan.ndjson")],
        }
        turns: dict[str, list[Turn]] = {each: [] for each in commands}
        for _ in range(given.turns):
            for each, measured in turns.items():
                measured.append(measure(commands[each], out))
    show(turns)


def show(turns: dict[str, list[Turn]]) -> None:
    """Print the table: the median counts."""
    medians = {name: statistics.median(turn.seconds for turn in each) for name, each in turns.items()}
    print(f"{'':<8} {'median':>9} {'cpu':>9} {'peak':>9} {'written':>9} {'to floor':>9}")
    for name, each in turns.items():
        cpu = statistics.median(turn.cpu for turn in each)
        peak, ratio = max(turn.peak_mb for turn in each), medians[name] / medians["floor"]
        row = f"{name:<8} {medians[name]:>7.2f} s {cpu:>7.2f} s {peak:>6.0f} MB"
        print(f"{row} {each[0].written_mb:>6.0f} MB {ratio:>9.2f}")


if __name__ == "__main__":
    main()
