"""A mass update that takes several nights, on the sandbox, with a clock that leaps from night to night."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.sync.queue_world import DAY, FIRST_NIGHT, World, world
from toolkit.cli import cli
from toolkit.errors import WrongSettings
from toolkit.sync.record import RunState, prune, queue_of, save
from toolkit.sync.settings import read_settings


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[World]:
    """900 contacts; a night is long enough for some 370 requests."""
    with world(tmp_path, 900, limit=6_000, seconds=4) as found:
        yield found


def test_a_mass_update_is_worked_off_in_nights_and_what_comes_meanwhile_joins(nights: World):
    """Held once, let pass once; queued while anything waits; newest values only, none twice; then Front is as asked."""
    assert nights.night().summary.state == "verified"
    nights.mass_update()
    nights.clock.set(FIRST_NIGHT + 2 * DAY)
    held = nights.night()
    assert (held.summary.state, nights.sent.requests) == ("held", 0)

    first = nights.night(approve=held.summary.run)
    sent = nights.sent.contacts
    assert (first.summary.state, first.faults, 0 < sent < 900) == ("queued", 0, True)
    assert first.summary.reason == f"{900 - sent:,} operations wait for the next run"  # all members were sent

    before, waiting = (
        list(nights.sent.by_contact),
        [each for each in nights.versions if each not in nights.sent.by_contact],
    )
    for each in (*before[:20], *waiting[:10], *waiting[-20:]):
        nights.change(each)
    new = [nights.add() for _ in range(3)]
    nights.clock.set(FIRST_NIGHT + 3 * DAY)
    second = nights.night()
    order = list(nights.sent.by_contact)[sent:]
    assert (second.summary.state, order[:3]) == ("queued", new)
    assert set(order[3:]) <= set(waiting)  # those that changed once more are behind who has waited longer

    nights.clock.set(FIRST_NIGHT + 4 * DAY)
    last = [nights.night().summary.state]
    while last[-1] == "queued" and len(last) < 5:
        nights.clock.set(FIRST_NIGHT + (4 + len(last)) * DAY)
        last.append(nights.night().summary.state)
    assert last[-1] == "verified"
    assert (nights.unlike(), nights.sent.wrong) == ([], [])
    assert (nights.overtaken, nights.sent.contacts) == (30, 900 + 20 + 3)

    nights.clock.set(FIRST_NIGHT + 12 * DAY)
    assert nights.night().summary.stages["plan"]["operations"] == {}


def invoke(nights: World, *words: object) -> Result:
    environment = {"SF2FRONT_FRONT_URL": nights.sandbox.url, "SF2FRONT_FRONT_TOKEN": "sandbox"}
    return CliRunner().invoke(cli, [str(each) for each in words], env=environment)


@pytest.fixture
def few(tmp_path: Path) -> Iterator[World]:
    """200 contacts, and nights of a second."""
    with world(tmp_path, 200, limit=6_000, seconds=1) as found:
        yield found


def test_only_a_held_run_can_be_approved_and_a_queue_is_kept(few: World):
    """Another name, or settings that changed, are refused; runs that others wait for are never pruned."""
    nights = few
    nights.night()
    nights.mass_update()
    nights.clock.set(FIRST_NIGHT + 2 * DAY)
    held = nights.night()
    with pytest.raises(WrongSettings, match="no held run 2026"):
        nights.night(approve="2026-01-01T000000Z")
    plan = held.folder / "plan.ndjson"
    left = invoke(nights, "replay", plan, "--for", "0s", "--checkpoint", nights.home / "by-hand", "-o", held.folder)
    assert (left.exit_code, "time_is_up 202" in left.stderr) == (0, True), left.output
    seen = invoke(nights, "verify", plan, "--live", "--results", held.folder / "plan.results.ndjson", "--json")
    assert (seen.exit_code, json.loads(seen.stdout)["operations"]) == (0, 0)
    queued = nights.night(approve=held.summary.run)
    assert invoke(nights, "evidence", queued.folder / "plan.differences.ndjson").exit_code == 0
    settings = read_settings(nights.home / "sync.yaml", None, {})
    assert queued.summary.run not in prune(settings, datetime.fromtimestamp(FIRST_NIGHT + 90 * DAY, UTC))
    shown = CliRunner().invoke(cli, ["runs", str(nights.home / "runs")]).output
    assert "queued     200 rows  202 operations" in shown
    assert "operations wait for the next run" in shown

    given_up = replace(queued.summary, run="2027-02-01T000000Z", state=RunState.GIVEN_UP, stages={})
    save(settings.runs, given_up)
    assert queue_of(settings) == queued.summary.run
    (settings.runs / given_up.run / "plan.checkpoint").touch()  # now it has sent something
    assert queue_of(settings) == given_up.run

    other = replace(queued.summary, run="2027-02-02T000000Z", approved="")
    save(settings.runs, other)
    with pytest.raises(WrongSettings, match="other runs have sent something"):
        nights.night(approve=held.summary.run)
    mapping = nights.home / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace("{LastName}", "{LastName}!"))
    with pytest.raises(WrongSettings, match="changed since"):
        nights.night(approve=held.summary.run)
