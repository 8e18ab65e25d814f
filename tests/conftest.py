"""What tests of several rooms share: a running sandbox and clients of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.front.client import FrontClient
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import FrontSettings, SalesforceSettings, Secret, TokenLogin

CONFIG = "front: {rate_limit: {requests: 600000}}\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A fresh sandbox without a limit that a test would feel."""
    config = tmp_path / "sandbox.yaml"
    config.write_text(CONFIG)
    with running(SandboxSettings(config=config)) as started:
        yield started


@pytest.fixture
def front(sandbox: RunningSandbox) -> Iterator[FrontClient]:
    """A client of the sandbox's Front."""
    with FrontClient(FrontSettings(Secret("sandbox"), sandbox.url, share=1.0)) as client:
        yield client


@pytest.fixture
def salesforce(sandbox: RunningSandbox) -> SalesforceSettings:
    """Where the sandbox's Salesforce is."""
    return SalesforceSettings(sandbox.url, TokenLogin(Secret("00D000000000001!sandbox")))


@pytest.fixture
def tokens(sandbox: RunningSandbox) -> dict[str, str]:
    """The environment that points a command line at the sandbox."""
    return {
        "SF2FRONT_FRONT_URL": sandbox.url,
        "SF2FRONT_FRONT_TOKEN": "sandbox",
        "SF2FRONT_SALESFORCE_URL": sandbox.url,
        "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox",
    }
