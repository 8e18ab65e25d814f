"""How long `sf2front diff` takes, beside compara, DuckDB, datacompy and csv-diff in the same run.

    python benchmarks/diff.py [--rows 1000000] [--turns 3] [--only sf2front,compara] [--quoted]

Two files of 12 columns and 175 bytes a row, each shuffled: 1 % of the rows are changed in one cell, 0.5 % are added,
0.5 % removed. One row in six has a cell in quotes, or with --quoted every cell of every row, as Salesforce writes them.

Each tool says how many rows were added, removed and changed, and that is checked. The peers live in a virtual
environment of their own, made when it is not there yet (build/diff-peers). csv-diff takes a minute and
gigabytes for a million rows: it has one turn, and none beyond that.

Each run is a process of its own, by turns; the median counts. "itself" is the whole process less the start-up of
Python with polars imported, which has a line of its own.
"""

import argparse
import compileall
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from runs import Turn, measure

import toolkit

KEY = "Contact ID"
PEERS = Path("build/diff-peers")
PACKAGES = ("compara==0.6.0", "duckdb==2.0.1", "datacompy==1.1.0", "csv-diff==1.2")
MOST_FOR_CSV_DIFF = 1_000_000

DUCKDB = """
import sys, duckdb
before, after, key = sys.argv[1:]
one, other = (duckdb.read_csv(path, all_varchar=True) for path in (before, after))
print(*duckdb.sql(f'''
    SELECT count(*) FILTER (WHERE one."{key}" IS NULL), count(*) FILTER (WHERE other."{key}" IS NULL),
           count(*) FILTER (WHERE one."{key}" = other."{key}")
    FROM one FULL JOIN other ON one."{key}" = other."{key}" WHERE one IS DISTINCT FROM other
''').fetchall()[0])
"""
DATACOMPY = """
import sys, datacompy, polars as pl
before, after, key = sys.argv[1:]
one, other = (pl.read_csv(path, infer_schema=False) for path in (before, after))
found = datacompy.PolarsCompare(one, other, join_columns=key, cast_column_names_lower=False)
shared = found.intersect_rows.height
print(found.df2_unq_rows.height, found.df1_unq_rows.height, shared - found.count_matching_rows())
"""


def peers() -> Path:
    """Give the folder of the peers' programs; they are installed the first time."""
    if not (PEERS / "ready").exists():
        venv.create(PEERS, clear=True, with_pip=True)
        subprocess.run([PEERS / "bin/pip", "install", "--quiet", *PACKAGES], check=True)
        (PEERS / "ready").touch()
    return PEERS / "bin"


def commands(before: Path, after: Path) -> dict[str, list[str]]:
    """Name the programs and their command lines."""
    bin_folder, paths = peers(), [str(before), str(after)]
    python = str(bin_folder / "python")
    return {
        "python": [sys.executable, "-c", "pass"],
        "polars": [sys.executable, "-c", "import polars"],
        "sf2front": [sys.executable, "-m", "toolkit", "diff", *paths, "--key", KEY, "--json"],
        "compara": [str(bin_folder / "compara"), "compare", *paths, "-k", KEY, "--summary", "--exit-zero"],
        "duckdb": [python, "-c", DUCKDB, *paths, KEY],
        "datacompy": [python, "-c", DATACOMPY, *paths, KEY],
        "csv-diff": [str(bin_folder / "csv-diff"), *paths, "--key", KEY],
    }


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description="Diff beside its peers.")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--turns", type=int, default=3)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--quoted", action="store_true")
    given = arguments.parse_args()
    compileall.compile_dir(Path(toolkit.__file__).parent, quiet=1)  # as it is in an installation
    with tempfile.TemporaryDirectory() as name:
        # In a process of its own: what this one holds would count as its children's.
        flags = ["--quoted"] if given.quoted else []
        subprocess.run([sys.executable, "benchmarks/diff_files.py", name, str(given.rows), *flags], check=True)
        paths = Path(name) / "before.csv", Path(name) / "after.csv"
        print(f"{given.rows:,} rows, {paths[0].stat().st_size / 1e6:.0f} MB each", flush=True)
        programs = commands(*paths)
        wanted = {"python", "polars", *(given.only.split(",") if given.only else programs)}
        turns: dict[str, list[Turn]] = {each: [] for each in programs if each in wanted}
        for turn in range(given.turns):
            for each, measured in turns.items():
                if each != "csv-diff" or (turn == 0 and given.rows <= MOST_FOR_CSV_DIFF):
                    output = Path(name) / "said.txt"
                    measured.append(measure(programs[each], Path(name) / "out", said=output))
                    check(each, given.rows, output.read_text(encoding="utf-8"))
    show({name: each for name, each in turns.items() if each})


def check(program: str, rows: int, said: str) -> None:
    """End all unless a program found what there is."""
    added = rows // 200
    expected = (added, added, sum(1 for each in range(0, rows, 100) if each < rows - added))
    found = {
        "sf2front": f'"added": {expected[0]}, "after": {rows}, "before": {rows}, "changed": {expected[2]}, "removed"',
        "compara": f"(changed {expected[2]:,}) | added {expected[0]:,} | removed {expected[1]:,}",
        "duckdb": " ".join(map(str, expected)),
        "datacompy": " ".join(map(str, expected)),
        "csv-diff": f"{expected[2]} rows changed, {expected[0]} rows added, {expected[1]} rows removed",
    }.get(program, "")
    if found not in said:
        sys.exit(f"{program} was to find {found!r} and said {said[:300]!r}")


def show(turns: dict[str, list[Turn]]) -> None:
    """Print the table: the median counts."""
    medians = {name: statistics.median(turn.seconds for turn in each) for name, each in turns.items()}
    print(f"{'':<10} {'median':>9} {'itself':>9} {'to compara':>10} {'cpu':>9} {'peak':>9}  each turn")
    for name, each in turns.items():
        itself = f"{medians[name] - medians['polars']:.2f} s" if name == "sf2front" else ""
        ratio = f"{medians[name] / medians['compara']:.2f}" if "compara" in medians else ""
        cpu = statistics.median(turn.cpu for turn in each)
        row = f"{name:<10} {medians[name]:>7.2f} s {itself:>9} {ratio:>10} {cpu:>7.2f} s"
        print(
            f"{row} {max(turn.peak_mb for turn in each):>6.0f} MB  {' '.join(f'{turn.seconds:.2f}' for turn in each)}"
        )


if __name__ == "__main__":
    main()
