"""Writes into pages what their commands print now: ``make shown``, or ``python -m tests.docs.renew PAGE…``.

A block whose commands print what it shows is left alone; so are those that show nothing.
"""

import sys
import tempfile
from itertools import groupby
from pathlib import Path

from tests.docs.walk import Step, Walk


def renewed(page: str) -> str:
    """Give the page with what its commands print."""
    with tempfile.TemporaryDirectory() as folder, Walk(Path(folder)) as walk:
        steps = list(walk.through(page))
    by_block = [list(some) for _, some in groupby(steps, lambda each: each.block.start)]
    for group in reversed(by_block):
        block = group[0].block
        if block.kind == "console" and any(each.fault for each in group):
            text = "".join(_shown(each) for each in group)
            lines = "".join(f"{block.indent}{line}".rstrip(" ") for line in text.splitlines(keepends=True))
            page = page[: block.start] + lines + page[block.end :]
    for each in steps:
        if each.code not in (0, 3):
            sys.stderr.write(f"exit code {each.code}: {each.typed.command}\n{each.text}\n")
    return page


def _shown(step: Step) -> str:
    return f"$ {step.typed.written}\n" + "".join(f"{line}\n" for line in step.printed)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
