"""Takes the pictures of README and guides: ``make screenshots``. It needs Chromium; what is in them is made up.

Each page is made as a user makes it, on a sandbox, and looked at in a window of a usual size.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from tests.browser import BROWSER, Tab
from tests.docs.walk import ROOT
from toolkit.cli import cli
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "report.html": ("transform-report.png", 720),
    "changes.html": ("diff-page.png", 720),
    "evidence.html": ("evidence-page.png", 1120),
}
"""Of each page the picture, and how high the window is."""
WIDTH = 1080
CONFIG = "front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 400}\n"
SAMPLE = "samples/contacts.csv"
MAPPING = ("--mapping", "samples/mapping.yaml")


def main() -> None:
    """Make the pages in a folder that goes away, and their pictures in docs/images."""
    if BROWSER is None:
        sys.exit("there is no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        _pages(folder)
        with Tab(folder / "browser") as tab:
            for page, (picture, height) in PICTURES.items():
                tab.open(folder / page, width=WIDTH, height=height)
                tab.look(IMAGES / picture, whole=False)
                sys.stderr.write(f"written: docs/images/{picture}\n")


def _pages(folder: Path) -> None:
    shutil.copytree(ROOT / "samples", folder / "samples")
    config = folder / "sandbox.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    with running(SandboxSettings(config=config)) as sandbox:
        environment = {
            "SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_FRONT_TOKEN": "sandbox",
            "SF2FRONT_SALESFORCE_URL": sandbox.url, "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox",
        }  # fmt: skip
        for words in _lines(sandbox):
            done = CliRunner().invoke(cli, list(words), env=environment)
            assert done.exit_code in (0, 3), f"{words}\n{done.output}"


def _lines(sandbox: RunningSandbox) -> Iterator[tuple[str, ...]]:
    """Give each command; between the first upload and the second, Salesforce changes."""
    yield "transform", SAMPLE, *MAPPING, "--to", "import", "-o", "import", "--report", "report.html"
    yield "export", "report", "Contacts for Front", "-o", "monday.csv"
    yield from _upload("monday.csv", "monday", "before.ndjson")
    _change(sandbox)
    yield "export", "report", "Contacts for Front", "-o", "contacts.csv"
    yield from _upload("contacts.csv", "api", "after.ndjson")
    ways = ("--key", "Contact ID", "--ignore", "Last *")
    yield "diff", "monday.csv", "contacts.csv", *ways, "--html", "changes.html", "-o", "changes.csv"
    yield "evidence", "plan.differences.ndjson", "--html", "evidence.html"


def _upload(report: str, api: str, after: str) -> Iterator[tuple[str, ...]]:
    yield "transform", report, *MAPPING, "--to", "operations", "-o", api
    yield "snapshot", "--accounts", "-o", "front.ndjson", "--share", "1"
    yield "plan", f"{api}/operations.ndjson", "--against", "front.ndjson", "-o", "plan.ndjson"
    yield "replay", "plan.ndjson", "--share", "1", "--checkpoint", f"{api}.checkpoint"
    yield "snapshot", "--accounts", "-o", after, "--share", "1"
    yield "verify", "plan.ndjson", "--against", after


def _change(sandbox: RunningSandbox) -> None:
    """Let some people in Salesforce become less or more important, move, or get a new number; one is new."""
    report = (row.split(",")[0] for row in Path("monday.csv").read_text(encoding="utf-8").splitlines())
    people = [each for each in report if each.startswith("003")][:90]
    for number, person in enumerate(people):
        if number % 2:
            sandbox.salesforce.change(person, Tier__c="Silver")
        elif number % 3:
            sandbox.salesforce.change(person, MailingCity="Utrecht")
        elif number % 5:
            sandbox.salesforce.change(person, MobilePhone="+31 6 12345678")
    sandbox.salesforce.add(FirstName="Noor", LastName="de Vries", Email="noor.devries@example.com")


if __name__ == "__main__":
    main()
