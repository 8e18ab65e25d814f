"""Descriptors that somebody made up, sealed as ours are: whatever stands in them, the walk ends with a verdict."""

import copy
import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from toolkit.errors import InputRefused
from toolkit.evidence.chain import Chain
from toolkit.evidence.package import UNSEALED, seal
from toolkit.evidence.page import page
from toolkit.evidence.walk import walk

VALUES = (
    None, -1, 1.5, "", "\0", "x" * 5000, "../" * 2000, "\ud800", "/dev/zero", "/proc/self/mem", "/", [], {}, ["a"],
    {"a": 1}, {"path": "a", "hash": "b"}, "a\nb",
)  # fmt: skip
EACH = 2
"""Values that each place of a descriptor gets in turn."""

Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Give the place of everything in a descriptor."""
    if at:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*at, key))


def with_value(descriptor: dict[str, Any], at: Place, value: Any) -> bytes:
    """Write a descriptor with another value at one place, sealed where it has a seal."""
    changed = copy.deepcopy(descriptor)
    target: Any = changed
    for key in at[:-1]:
        target = target[key]
    target[at[-1]] = value
    content = json.dumps(changed, indent=2).encode() + b"\n"
    return seal(content) if f'"seal": "{UNSEALED}"'.encode() in content else content


def judged(file: Path) -> Chain | None:
    try:
        chain = walk(file)
    except InputRefused:
        return None
    assert page(chain, "0.1.0")
    return chain


def test_no_descriptor_breaks_the_walk(here: Path, tmp_path: Path):
    """Values of every kind at every place, devices and names too long among them: no crash, no endless reading."""
    descriptor = json.loads((here / "plan.ndjson.datapackage.json").read_text())
    descriptor["sf2front"]["seal"] = UNSEALED
    file = tmp_path / "plan.ndjson"
    file.write_bytes(b"x")
    values, tried = cycle(VALUES), 0
    for at in list(places(descriptor)):
        for value in islice(values, EACH):
            (tmp_path / "plan.ndjson.datapackage.json").write_bytes(with_value(descriptor, at, value))
            chain = judged(file)
            assert chain is None or not chain.whole
            tried += 1

    assert tried > 80


def test_what_may_not_be_read_is_named(here: Path, tmp_path: Path):
    """A device in the place of an input is missing, not read."""
    descriptor = json.loads((here / "plan.ndjson.datapackage.json").read_text())
    descriptor["sf2front"]["seal"] = UNSEALED
    content = with_value(descriptor, ("sf2front", "inputs", 0, "path"), "/dev/zero")
    (tmp_path / "plan.ndjson").write_bytes((here / "plan.ndjson").read_bytes())
    (tmp_path / "plan.ndjson.datapackage.json").write_bytes(content)
    chain = judged(tmp_path / "plan.ndjson")

    assert chain is not None
    assert [each.state for each in chain.broken if each.path.endswith("dev/zero")] == ["missing"]
