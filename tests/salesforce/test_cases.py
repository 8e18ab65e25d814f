"""Each folder tests/cases/report-… is a test: an answer of the Reports API, and the CSV that it must give.

``answer.json`` answers both describe and run; ``expected.csv``, and ``expected-ids.csv`` for ``--ids``.
"""

import json
from pathlib import Path

import httpx
import pytest

from toolkit.files import Outputs
from toolkit.http import Connection, Host
from toolkit.salesforce.auth import SignIn
from toolkit.salesforce.client import SalesforceClient
from toolkit.salesforce.export import ExportSettings, run
from toolkit.settings import SalesforceSettings, Secret, TokenLogin

CASES = sorted((Path(__file__).parent.parent / "cases").glob("report-*/expected*.csv"))


@pytest.mark.parametrize("expected", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_case(expected: Path, tmp_path: Path):
    """The export of the answer is the expected file, byte for byte."""
    answer = json.loads((expected.parent / "answer.json").read_text(encoding="utf-8"))

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"version": "68.0"}] if request.url.path == "/services/data" else answer)

    settings = SalesforceSettings("https://acme.my.salesforce.com", TokenLogin(Secret("t0ken")))
    opened = Connection(Host(settings.url, Secret("t0ken")), httpx.MockTransport(handler))
    wanted = ExportSettings("00O000000000001AAA", tmp_path / "c.csv", ids="ids" in expected.stem)
    with SalesforceClient(SignIn(settings), connect=lambda _: opened) as client, Outputs() as outputs:
        run(wanted, client, outputs)
        outputs.commit()

    assert expected.read_bytes() == (tmp_path / "c.csv").read_bytes()
