"""How fast `sf2front validate` goes through an operations file, beside jsonschema alone on the same operations.

    python benchmarks/validate.py [--operations 200000] [--sample 2000]

`sf2front validate` is a process of its own, from start to exit, reading included. jsonschema's Draft202012Validator is
asked about each of a sample, parsed beforehand and with its validator made beforehand; its time is scaled up to the
whole file. One operation in fifty is an exact one, as `plan` writes them; the others are upserts of 600 bytes.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
from referencing import Registry, Resource
from runs import measure

from toolkit import schemas


def operations(count: int) -> Iterator[dict[str, Any]]:
    """Make the operations; the same in every run."""
    for number in range(count):
        handles = [
            {"source": "email", "handle": f"person{number}@company{number % 500}.example"},
            {"source": "phone", "handle": f"+1415555{number % 10_000:04}"},
            {"source": "phone", "handle": f"+44207946{number % 10_000:04}"},
        ]
        fields = {"Account Owner": f"owner{number % 20}@example.com", "Annual Revenue": number, "Tier": "gold"}
        body = {
            "name": f"Person {number}", "description": f"Head of Sales at Company {number % 500}", "handles": handles,
            "links": [f"https://example.my.salesforce.com/003{number:015}"], "list_names": ["Salesforce"],
            "custom_fields": fields | {"Renewal": 1_767_225_600 + number},
        }  # fmt: skip
        key = f"003{number:015}"
        if number % 50 == 49:
            yield {"key": key, "op": "contact.create", "body": body}
        else:
            account = {"name": f"Company {number % 500}", "external_id": f"001{number % 500:015}"}
            yield {"key": key, "op": "contact.upsert", "body": body, "account": account}


def jsonschema_alone(sample: list[dict[str, Any]]) -> float:
    """Give the seconds that jsonschema takes for one operation."""
    resources = [
        (schemas.load(each)["$id"], Resource.from_contents(schemas.load(each))) for each in schemas.schema_names()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    valid = jsonschema.Draft202012Validator(schemas.load("operation"), registry=registry).is_valid
    started = time.monotonic()
    if not all(valid(each) for each in sample):
        sys.exit("the operations are not valid")
    return (time.monotonic() - started) / len(sample)


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description="validate beside jsonschema alone.")
    arguments.add_argument("--operations", type=int, default=200_000)
    arguments.add_argument("--sample", type=int, default=2_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        file, out = Path(name) / "operations.ndjson", Path(name) / "out"
        with file.open("wb") as opened:
            opened.writelines(orjson.dumps(each) + b"\n" for each in operations(given.operations))
        print(f"{given.operations:,} operations, {file.stat().st_size / 1e6:.0f} MB", flush=True)
        turn = measure([sys.executable, "-m", "toolkit", "validate", str(file), "--quiet"], out)
    alone = jsonschema_alone(list(operations(given.sample))) * given.operations
    print(f"| {'':28} | seconds | operations/s | peak MB |\n| {'-' * 28} | ------: | -----------: | ------: |")
    for label, seconds, peak in (
        ("sf2front validate", turn.seconds, f"{turn.peak_mb:.0f}"),
        ("jsonschema alone, scaled up", alone, ""),
    ):
        print(f"| {label:28} | {seconds:7.1f} | {given.operations / seconds:12,.0f} | {peak:>7} |")
    print(f"\nratio: {alone / turn.seconds:.0f} (jsonschema was asked about {given.sample:,} operations)")


if __name__ == "__main__":
    main()
