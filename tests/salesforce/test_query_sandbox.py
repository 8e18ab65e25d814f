"""The export of queries against the sandbox: killed, spoiled, and while contacts change; as people run it."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from toolkit.files import Outputs
from toolkit.http import SYSTEM_CLOCK
from toolkit.pacing import Clock
from toolkit.salesforce import download
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.incremental import ContactsSettings, move_forward
from toolkit.salesforce.incremental import run as run_contacts
from toolkit.salesforce.jobs import QueryJobs
from toolkit.salesforce.query import QueryResult, QuerySettings, Via, run
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import ClientCredentialsLogin, SalesforceSettings, Secret, TokenLogin

SOQL = "SELECT Id, Name, MailingStreet, Description, Account.Name, Owner.Email, CreatedDate FROM Contact"
RECORDS = 60_000
"""More than a page of our own size, so that the pages are those that Salesforce lists."""
KILLS = 5
TOKEN = "00D000000000001!sandbox"
HURRY = Clock(SYSTEM_CLOCK.now, lambda _: None)


@contextmanager
def sandbox_of(folder: Path, salesforce: str, clock: Clock = SYSTEM_CLOCK) -> Iterator[RunningSandbox]:
    config = folder / "sandbox.yaml"
    config.write_text(f"salesforce: {{{salesforce}}}\n")
    with running(SandboxSettings(config=config), clock.now) as sandbox:
        yield sandbox


def export(sandbox: RunningSandbox, output: Path, **how: object) -> QueryResult:
    settings = SalesforceSettings(sandbox.url, ClientCredentialsLogin("3MVG9", Secret("s3cret")))
    with SalesforceClient(SignIn(settings, HURRY)) as client, Outputs() as outputs:
        result = run(QuerySettings(SOQL, output, **how), client, outputs)  # type: ignore[arg-type]
        outputs.commit()
    return result


def written(output: Path) -> int:
    """Say how many records the state of an unfinished export counts."""
    try:
        return int(json.loads(Path(f"{output}.resume.json").read_bytes())["records"])
    except FileNotFoundError:
        return 0


def test_five_kills(tmp_path: Path):
    """SIGKILL at five moments: each run with --resume goes on, and the file is that of an undisturbed export."""
    (tmp_path / "calm").mkdir()
    (tmp_path / "killed").mkdir()
    output = tmp_path / "killed" / "c.csv"
    chance = random.Random()  # other moments each time: the outcome may not depend on them
    with sandbox_of(tmp_path, f"contacts: {RECORDS}, bulk: {{page_records: 1000}}") as sandbox:
        export(sandbox, tmp_path / "calm" / "c.csv")
        environment = os.environ | {"SF2FRONT_SALESFORCE_URL": sandbox.url, "SF2FRONT_SALESFORCE_TOKEN": TOKEN}
        command = [sys.executable, "-m", "toolkit", "export", "query", SOQL, "-o", str(output), "--quiet", "--resume"]
        for mark in sorted(chance.sample(range(1, RECORDS // 2), KILLS)):
            with subprocess.Popen(command, env=environment) as process:
                while written(output) < mark and process.poll() is None:
                    time.sleep(0.0005)
                time.sleep(chance.random() / 100)
                assert process.poll() is None, "the export ended before it could be killed"
                process.send_signal(signal.SIGKILL)
        last = subprocess.run(command, env=environment, check=False)
        jobs = [each for each in sandbox.salesforce.requests() if each["method"] == "POST"]

    assert last.returncode == 0
    assert output.read_bytes() == (tmp_path / "calm" / "c.csv").read_bytes()
    assert {path.name for path in output.parent.iterdir()} == {"c.csv", "c.csv.datapackage.json"}
    assert len([each for each in jobs if each["path"].endswith("/jobs/query")]) == 2


@pytest.mark.parametrize("side_by_side", [False, True], ids=["in turn", "side by side"])
def test_a_spoiled_network_changes_nothing(side_by_side: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Dropped connections, 5xx, 429, pages cut in the middle, HTML, sessions that end: the file is the same."""
    (tmp_path / "calm").mkdir()
    contacts = RECORDS if side_by_side else 20_000
    if not side_by_side:
        monkeypatch.setattr(download, "PAGE_RECORDS", 250)
        monkeypatch.setattr(QueryJobs, "linked", lambda *_: None)
    with sandbox_of(tmp_path, f"contacts: {contacts}") as sandbox:
        export(sandbox, tmp_path / "calm" / "c.csv")
    faults = "faults: {share: 0.25, kinds: [drop, 503, 420, 429, truncated, html], most: 200}"
    with sandbox_of(
        tmp_path, f"contacts: {contacts}, session_requests: 10, bulk: {{page_records: 500}}, {faults}"
    ) as sandbox:
        result = export(sandbox, tmp_path / "c.csv")
        spoiled = sandbox.salesforce.faults

    assert (tmp_path / "c.csv").read_bytes() == (tmp_path / "calm" / "c.csv").read_bytes()
    assert result.rows == contacts
    assert spoiled > 10


def test_bulk_and_rest_give_the_same_cells(tmp_path: Path):
    """The same records by both ways, but for how each writes moments."""
    with sandbox_of(tmp_path, "contacts: 2500, ties: true") as sandbox:
        bulk = export(sandbox, tmp_path / "bulk.csv", via=Via.BULK)
        rest = export(sandbox, tmp_path / "rest.csv", via=Via.REST)

    assert (rest.headings, rest.rows) == (bulk.headings, bulk.rows)
    assert cells(tmp_path / "rest.csv") == cells(tmp_path / "bulk.csv")


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [[cell.replace(".000+0000", ".000Z") for cell in row] for row in csv.reader(file)]


def test_changes_between_two_exports_come_with_the_second(tmp_path: Path):
    """A contact that was changed, one that was deleted and a new one: these three, as they are now."""
    behind = [600.0]  # seconds: minutes pass between an export and a change, as the sandbox sees it
    earlier = Clock(lambda: SYSTEM_CLOCK.now() - behind[0], SYSTEM_CLOCK.sleep)
    fields = ("LastName", "Email", "Account.Name")
    state = tmp_path / "state"
    with sandbox_of(tmp_path, "contacts: 300", earlier) as sandbox:
        settings = SalesforceSettings(sandbox.url, TokenLogin(Secret(TOKEN)))
        first, second = (ContactsSettings(tmp_path / f"{name}.csv", None, state, fields) for name in "ab")
        with SalesforceClient(SignIn(settings, HURRY)) as client:
            assert contacts(first, client) == (300, 0)
            known = [row[0] for row in cells(tmp_path / "a.csv")[1:]]
            behind[0] -= 120
            sandbox.salesforce.change(known[7], LastName="Müller-Lüdenscheidt")
            sandbox.salesforce.delete(known[150])
            added = sandbox.salesforce.add(LastName="Neu", Email="neu@example.com")
            behind[0] -= 120
            assert contacts(second, client) == (3, 1)

    rows = {row[0]: (row[2], row[3]) for row in cells(tmp_path / "b.csv")[1:]}
    gone = next(row[3] for row in cells(tmp_path / "a.csv") if row[0] == known[150])
    assert rows == {
        known[7]: ("false", "Müller-Lüdenscheidt"),
        known[150]: ("true", gone),
        added: ("false", "Neu"),
    }


def contacts(settings: ContactsSettings, client: SalesforceClient) -> tuple[int, int]:
    with Outputs() as outputs:
        result = run_contacts(settings, client, outputs)
        outputs.commit()
    move_forward(settings, result)
    return result.rows, result.deleted
