"""How fast `sf2front export query` brings a million contacts to disk, beside simple-salesforce's bulk download to file.

    python benchmarks/bulk_export.py [--contacts 1000000] [--turns 3]

Both run in processes of their own against one sandbox in another, by turns; a first turn of each warms the sandbox up
and does not count. sf2front checks every record count, writes one file, syncs it page by page and describes it;
simple-salesforce writes a file a page and waits as long between its polls as sf2front does (its default is 5 s).
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runs import Turn, measure

FIELDS = (
    "Id, FirstName, LastName, Title, Email, Phone, MobilePhone, MailingStreet, MailingCity, MailingCountry, "
    "Account.Name, Owner.Email, CreatedDate, SystemModstamp"
)
SOQL = f"SELECT {FIELDS} FROM Contact"
OTHER = """
import sys
from simple_salesforce.bulk2 import SFBulk2Handler
url, session, soql, folder = sys.argv[1:]
SFBulk2Handler(session, f"{url}/services/data/v68.0/jobs/").Contact.download(soql, folder, wait=0.1)
"""


@contextmanager
def sandbox(contacts: int, folder: Path) -> Iterator[dict[str, str]]:
    """Run a sandbox in a process of its own and give the environment that points at it."""
    config = folder / "sandbox.yaml"
    config.write_text(f"salesforce: {{contacts: {contacts}}}\n")
    command = [sys.executable, "-m", "toolkit", "sandbox", "--config", str(config), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        try:
            yield dict(line.removeprefix("export ").strip().replace("'", "").split("=", 1) for line in lines)
        finally:
            process.terminate()


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description="Bulk export beside simple-salesforce.")
    arguments.add_argument("--contacts", type=int, default=1_000_000)
    arguments.add_argument("--turns", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name, sandbox(given.contacts, Path(name)) as environment:
        out = Path(name) / "out"
        url, session = (environment[f"SF2FRONT_SALESFORCE_{what}"] for what in ("URL", "TOKEN"))
        ours = [sys.executable, "-m", "toolkit", "export", "query", SOQL, "-o", str(out / "contacts.csv"), "--quiet"]
        theirs = [sys.executable, "-c", OTHER, url, session, SOQL, str(out)]
        turns: dict[str, list[Turn]] = {"sf2front": [], "simple-salesforce": []}
        for turn in range(given.turns + 1):
            for tool, command in (("sf2front", ours), ("simple-salesforce", theirs)):
                measured = measure(command, out, environment)
                turns[tool] += [measured] if turn else []
    show(turns, given.contacts)


def show(turns: dict[str, list[Turn]], contacts: int) -> None:
    """Print the table: the median counts."""
    print(f"{contacts:,} contacts of 14 fields: seconds of each turn, their median, rate, processor time, peak memory")
    medians = {tool: statistics.median(turn.seconds for turn in each) for tool, each in turns.items()}
    for tool, each in turns.items():
        seconds = " ".join(f"{turn.seconds:6.2f}" for turn in each)
        peak = max(turn.peak_mb for turn in each)
        row = f"{tool:<18} {seconds}   {medians[tool]:6.2f} s {contacts / medians[tool]:10,.0f}/s"
        row = f"{row}   {statistics.median(turn.cpu for turn in each):.2f} s cpu"
        print(f"{row}   {peak:.0f} MB held   {each[0].written_mb:.0f} MB written")
    print(f"ratio {medians['simple-salesforce'] / medians['sf2front']:.2f}")


if __name__ == "__main__":
    main()
