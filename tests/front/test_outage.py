"""Several threads of one client while Front is down: one tries, the others wait, and end with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replay.test_engine import replay, upserts, write
from tests.sync.clock import SharedClock
from toolkit.errors import Stopped
from toolkit.front.client import FrontClient
from toolkit.front.outage import AFTER
from toolkit.pacing import MAX_ATTEMPTS
from toolkit.replay.engine import CONCURRENCY
from toolkit.sandbox.config import FaultKind, SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running
from toolkit.settings import FrontSettings, Secret


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[tuple[RunningSandbox, FrontClient]]:
    """A sandbox and a client by a clock for which waiting costs no time."""
    clock, config = SharedClock.begun(tmp_path / "clock", 1_800_000_000.0, 1.0), tmp_path / "sandbox.yaml"
    config.write_text("front: {rate_limit: {requests: 600000}}\n")
    with running(SandboxSettings(config=config), clock.now) as sandbox:
        settings = FrontSettings(Secret("sandbox"), sandbox.url, share=1.0)
        with FrontClient(settings, clock=clock.clock) as client:
            yield sandbox, client


def lost(sandbox: RunningSandbox) -> int:
    return sum(each["status"] >= 500 for each in sandbox.store.requests())


def test_a_company_that_is_down_is_asked_by_one(hurried: tuple[RunningSandbox, FrontClient], tmp_path: Path):
    """The run stops after the attempts of one request, not of each; when Front is well it goes on to the end."""
    sandbox, client = hurried
    operations = write(tmp_path, upserts(200, lists=False))
    sandbox.front.spoil(FaultKind.UNAVAILABLE, wait=50)
    with pytest.raises(Stopped, match="Front answered 503"):
        replay(client, operations)
    asked = lost(sandbox)
    sandbox.front.spoil(None)
    result = replay(client, operations)

    # Who was under way meets it, then one asks at a time: a create whose answer is lost by reading.
    assert AFTER <= asked <= 3 * CONCURRENCY + MAX_ATTEMPTS
    assert (result.refused, len(sandbox.store.contacts())) == (0, 200)


def test_an_outage_that_ends_is_sat_out(hurried: tuple[RunningSandbox, FrontClient], tmp_path: Path):
    """Where Front is well again within the attempts, the run goes on by itself, with all of its threads."""
    sandbox, client = hurried
    operations = write(tmp_path, upserts(200, lists=False))
    sandbox.front.spoil(FaultKind.UNAVAILABLE, wait=50, seconds=20)
    result = replay(client, operations)

    assert (result.refused, len(sandbox.store.contacts())) == (0, 200)
    assert lost(sandbox) <= 3 * CONCURRENCY + MAX_ATTEMPTS
