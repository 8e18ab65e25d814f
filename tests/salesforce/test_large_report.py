"""A large report with every nastiness, against its source table; with faults; and while it changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import Stopped
from toolkit.files import Outputs
from toolkit.pacing import Clock
from toolkit.progress import Progress
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportResult, ExportSettings, run
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import ClientCredentialsLogin, SalesforceSettings, Secret

WITHOUT_NUMBER = "00O000000000009AAA"
NO_WAIT = Clock(now=lambda: 1_800_000_000.0, sleep=lambda _: None)


@contextmanager
def org(folder: Path, contacts: int, more: str = "") -> Iterator[RunningSandbox]:
    config = folder / "org.yaml"
    config.write_text(f"salesforce: {{contacts: {contacts}, ties: true{more}}}\n")
    with running(SandboxSettings(config=config)) as sandbox:
        yield sandbox


def export(sandbox: RunningSandbox, output: Path, listen: Callable[[Progress], None] = lambda _: None) -> ExportResult:
    login = ClientCredentialsLogin("3MVG9", Secret("s3cret"))
    sign_in = SignIn(SalesforceSettings(sandbox.url, login), NO_WAIT)
    with SalesforceClient(sign_in) as client, Outputs() as outputs:
        result = run(ExportSettings(WITHOUT_NUMBER, output), client, outputs, listen)
        outputs.commit()
    return result


def source(sandbox: RunningSandbox) -> bytes:
    return sandbox.salesforce.source_table(WITHOUT_NUMBER, "CREATED_DATE").csv()


def test_every_row_of_a_large_report(tmp_path: Path):
    """Ties in the creation time, blanks, umlauts, addresses of several lines: byte for byte the source table."""
    with org(tmp_path, 9_000) as sandbox:
        result = export(sandbox, tmp_path / "c.csv")

        assert (result.rows, result.runs, result.paged_by) == (9_000, 6, "Created Date")
        assert (tmp_path / "c.csv").read_bytes() == source(sandbox)


def test_the_same_with_faults(tmp_path: Path):
    """Dropped connections, 503, sessions that end, truncated bodies, pages of HTML: the same file."""
    kinds = "[drop, '503', '420', '429', expired, truncated, html]"
    with org(tmp_path, 9_000, f", faults: {{share: 0.4, kinds: {kinds}, seed: 5, most: 200}}") as sandbox:
        result = export(sandbox, tmp_path / "c.csv")

        assert result.rows == 9_000
        assert (tmp_path / "c.csv").read_bytes() == source(sandbox)
        assert sandbox.salesforce.faults >= 3


@pytest.mark.parametrize("change", ["delete", "add"])
def test_rows_that_come_or_go_while_paging_are_noticed(change: str, tmp_path: Path):
    """A deletion or a new contact between two pages stops the export: no file that is short or double."""
    with org(tmp_path, 7_000) as sandbox:

        def meddle(progress: Progress) -> None:
            if progress.done == 2_000:
                change_org(sandbox, change)

        with pytest.raises(Stopped, match="don't join"):
            export(sandbox, tmp_path / "c.csv", meddle)

    assert not (tmp_path / "c.csv").exists()


def change_org(sandbox: RunningSandbox, change: str) -> None:
    table = sandbox.salesforce.source_table(WITHOUT_NUMBER, "CREATED_DATE")
    if change == "delete":
        sandbox.salesforce.delete(table.rows[5_000][0])
    else:
        fields: dict[str, Any] = {"LastName": "New"}
        sandbox.salesforce.add(**fields)
