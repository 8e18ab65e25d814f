"""Runs every benchmark, one after the other, and writes docs/benchmarks.md: what they print, on which machine, of what.

    python benchmarks/page.py [--only diff,plan]

Takes about half an hour, and wants a machine that does nothing else. With --only nothing is written: a page that is
shown is made in one run.
"""

import argparse
import ast
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
PACKAGES = (
    "polars", "orjson", "jsonschema", "jsonschema-rs", "httpx", "phonenumbers", "simple-salesforce", "uvicorn",
)  # fmt: skip
TOP = """# Benchmarks

`make bench` runs all of them, one after the other, and writes this page: each table as it was printed. Times are
compared with a peer or a floor in the same run, since no two machines are alike; a floor is a bare program that does
the least that the job needs, and no checks. Fewer seconds are better, and a ratio of 1.00 is as fast as the floor.
An aim is what we work towards: not all are met.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One section: its heading, the script, what it is called with, and what was aimed at."""

    title: str
    script: str
    turns: tuple[tuple[str, ...], ...]
    aim: str


PARTS = (
    Part(
        "Transform", "transform",
        ((), ("--rows", "1000", "--turns", "5"), ("--rows", "5000000", "--turns", "1")),
        "Operations in at most twice the floor's time, import files in 1.5 times; under 600 MB, and under 1 GB at "
        "5,000,000 rows; 1,000 rows in less than a second.",
    ),
    Part("Validate", "validate", (("--operations", "1000000"),), "30 times as fast as jsonschema alone."),
    Part("Export from Salesforce", "bulk_export", ((),), "As fast as simple-salesforce."),
    Part("Snapshot of Front", "snapshot", ((),), "Memory that does not grow with the contacts."),
    Part(
        "Plan", "plan", ((), ("--changed", "50", "--turns", "1")),
        "1,000,000 upserts against 1,000,000 contacts in 20 s and 1.5 GB.",
    ),
    Part("Replay", "replay", ((),), "60 % of what a bare loop sends in the same time."),
    Part(
        "Rate limit", "budget_run", ((),),
        "99 % of the share used when alone, 95 % of what is left beside another client, and nobody answered 429.",
    ),
    Part(
        "Diff", "diff",
        ((), ("--quoted", "--only", "python,polars,sf2front,compara"), ("--rows", "1000", "--turns", "5", "--only",
         "python,polars,sf2front,compara"), ("--rows", "10000000", "--turns", "1", "--only",
         "python,polars,sf2front,compara,duckdb")),
        "The comparison itself in the whole time of compara, the fastest tool found, and no more memory; under 2 GB at "
        "10,000,000 rows; 1,000 rows in 0.9 s.",
    ),
)  # fmt: skip


def main() -> None:
    """Run the benchmarks and write the page; those of ``--only`` are printed and no more."""
    arguments = argparse.ArgumentParser(description="Write docs/benchmarks.md.")
    arguments.add_argument("--only", help="names of scripts, with commas between them")
    only = arguments.parse_args().only
    sections = ["".join(_section(part)) for part in PARTS if only is None or part.script in only.split(",")]
    if only is None:
        PAGE.write_text("\n".join([TOP + _machine(), *sections]), encoding="utf-8")


def _section(part: Part) -> Iterator[str]:
    yield f"## {part.title}\n\n{_about(part.script)}\n\nThe aim: {part.aim}\n"
    for turn in part.turns:
        words = ["python", f"benchmarks/{part.script}.py", *turn]
        print("$", *words, flush=True)
        done = subprocess.run(
            [sys.executable, *words[1:]], cwd=HERE.parent, capture_output=True, text=True, check=False
        )
        print(done.stdout, done.stderr, flush=True)
        said = done.stdout.rstrip() if done.returncode in (0, 1) and done.stdout else f"failed: exit {done.returncode}"
        yield f"\n```console\n$ {' '.join(words)}\n{said}\n```\n"


def _about(script: str) -> str:
    """Give what the script says of itself, but for how it is called."""
    text = ast.get_docstring(ast.parse((HERE / f"{script}.py").read_text(encoding="utf-8"))) or ""
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith("    python "))


def _machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=True
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"""
| | |
| --- | --- |
| made | {datetime.now(UTC):%Y-%m-%d}, from the commit {commit.stdout.strip()} |
| machine | {_processor()}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()} |
| Python | {platform.python_version()} |
| packages | {versions} |
| peers of diff | {_peers()} |
"""


def _processor() -> str:
    known = (
        re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) if Path("/proc/cpuinfo").exists() else None
    )
    return known[1] if known else platform.processor()


def _peers() -> str:
    packages = re.search(r"^PACKAGES = \((.*)\)", (HERE / "diff.py").read_text(encoding="utf-8"), re.MULTILINE)
    return packages[1].replace('"', "").replace("==", " ") if packages else ""


if __name__ == "__main__":
    main()
