"""The simulated year in short, and what it found: runs of sync by a given clock, on the sandbox."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sync.simulation import HOUR, Plan, Simulation, simulated
from tests.sync.world import created_twice, differences
from toolkit.sandbox import contact_rows
from toolkit.sandbox.config import FaultKind
from toolkit.sync.record import Summary, read_summaries

CALM = Plan(nights=0, contacts=0, seed=7, faults=0.0, speed=1.0)


@contextmanager
def begun(folder: Path, contacts: int, plan: Plan = CALM) -> Iterator[Simulation]:
    """A simulation after its first night, whose Front has all of the contacts."""
    with simulated(plan, folder) as year:
        year.world.begin(contacts)
        year.night(0, "calm")
        assert differences(year.world) == []
        yield year


def last(year: Simulation) -> Summary:
    return read_summaries(year.folder / "runs")[-1]


def asked_since(year: Simulation, seen: int) -> list[tuple[str, str]]:
    return [(each["method"], each["path"]) for each in year.sandbox.store.requests() if each["seq"] > seen]


def row_of(year: Simulation, identity: str) -> tuple[Any, int]:
    address = year.world.records[identity]["Email"]
    with year.sandbox.store.transaction() as db:
        row = contact_rows.owner(db, {"source": "email", "handle": address})
        assert row is not None
        return contact_rows.get(db, row), row


TROUBLE = (
    "calm", "kill replay", "front down all night", "front token refused", "kill after", "salesforce down for minutes",
    "calm",
)  # fmt: skip


@pytest.mark.parametrize("seed", [11])
def test_some_weeks_of_trouble(seed: int, tmp_path: Path):
    """Kills, outages and refused tokens over changing records: at the end Front is what the mapping says.

    No contact is made twice, and nothing that teammates wrote is lost. The whole year: ``make year``.
    """
    with simulated(Plan(nights=7, contacts=100, seed=seed, full_after=5), tmp_path) as year:
        year.world.begin(100)
        for number, trouble in enumerate(TROUBLE):
            if number:
                year.clock.set(year.clock.now() + 8 * HOUR)
                year.world.day(0.06)
                year.world.teammates(5)
            if number == 3:
                year.world.mass_update()
            year.night(number, trouble)

        assert differences(year.world) == []
        assert created_twice(year.world) == []
        assert year.notes == []


def test_a_quiet_night_costs_a_handful_of_requests(tmp_path: Path):
    """Where nothing changed: the company, definitions, lists, and one page of what changed; no list is read whole."""
    with begun(tmp_path, 60) as year:
        seen = year.sandbox.store.request_count()
        year.night(1, "calm")

        paths = ["/me", "/contacts/custom_fields", "/contact_lists", "/contacts"]
        assert asked_since(year, seen) == [("GET", each) for each in paths]


def test_what_others_wrote_while_a_run_lay_still_is_not_written_over(tmp_path: Path):
    """A run stops amid its replay; next evening a new one looks anew, since PATCH sends whole maps of fields."""
    with begun(tmp_path, 12) as year:
        changed = list(year.world.records)
        for identity in changed:
            year.world.change(identity, Account__AnnualRevenue=1.0)
        year.clock.set(year.clock.now() + 20 * HOUR)
        year.sandbox.front.spoil(FaultKind.UNAVAILABLE, 8)
        assert not year.run_once()
        year.sandbox.front.spoil(None)
        for identity in changed:
            contact, row = row_of(year, identity)
            fields = json.loads(contact["custom_fields"]) | {"Favourite Color": "red"}
            with year.sandbox.store.transaction() as db:
                contact_rows.update(db, row, {"custom_fields": fields}, year.clock.now())
        year.night(2, "calm")

        colours = {json.loads(row_of(year, each)[0]["custom_fields"]).get("Favourite Color") for each in changed}
        assert colours == {"red"}
        states = [str(each.state) for each in read_summaries(tmp_path / "runs")]
        assert states == ["verified", "given up", "verified"]


def test_what_others_set_while_a_long_run_sends_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An hour passes amid the replay, and a teammate fills a field of a contact that is still to be updated."""
    with begun(tmp_path, 60) as year:
        changed = list(year.world.records)
        for identity in changed:
            year.world.change(identity, Account__AnnualRevenue=1.0)
        last_one, answer, sent = row_of(year, changed[-1])[1], year.sandbox.front.answer, list[str]()

        def and_meanwhile(handler: Any, call: Any) -> Any:
            sent.extend([call.path] if call.method == "PATCH" else [])
            if call.method == "PATCH" and len(sent) == 3:
                year.clock.sleep(HOUR)
                with year.sandbox.store.transaction() as db:
                    fields = json.loads(contact_rows.get(db, last_one)["custom_fields"]) | {"Favourite Color": "red"}
                    contact_rows.update(db, last_one, {"custom_fields": fields}, year.clock.now())
            return answer(handler, call)

        monkeypatch.setattr(year.sandbox.front, "answer", and_meanwhile)
        year.night(1, "calm")

        fields = json.loads(row_of(year, changed[-1])[0]["custom_fields"])
        assert (fields["Favourite Color"], fields["Annual Revenue"]) == ("red", 1.0)
        assert (str(last(year).state), len(sent)) == ("verified", 60)


def test_a_record_that_front_refuses_holds_nobody_back(tmp_path: Path):
    """The watermark passes it; it is asked for again after 1, 2 … nights, and its mended date arrives at once."""
    with begun(tmp_path, 12) as year:
        refused = year.world.refuse_one()
        sent, exported = [], []
        for number in range(1, 5):
            year.night(number, "calm")
            summary = last(year)
            assert str(summary.state) == "verified"
            sent.append(sum(summary.stages.get("replay", {}).get("refusals", {}).values()))
            exported.append(summary.stages["export"]["rows"])
        assert sent == [1, 1, 0, 1]
        year.world.change(refused, Renewal_Date__c=None)
        year.night(5, "calm")

        assert differences(year.world) == []
        assert json.loads((tmp_path / "runs" / "default.again.json").read_bytes()) == []
    assert exported == [1, 1, 0, 1]


def test_a_conflict_is_looked_at_each_night_until_it_is_over(tmp_path: Path):
    """A record with another's address: it costs Front nothing, and it comes in when the other contact is gone."""
    with begun(tmp_path, 5) as year:
        first = next(iter(year.world.records))
        second = year.world.create(Email=year.world.records[first]["Email"])
        for number in (1, 2):
            year.night(number, "calm")
            assert last(year).stages["plan"]["conflicts"] == {"handle_of_another": 1}
        _, row = row_of(year, first)
        with year.sandbox.store.transaction() as db:
            contact_rows.delete(db, row)
            contact_rows.insert(db, {"handles": [{"source": "twitter", "handle": "@new"}]}, year.clock.now())
        year.world.change(second, Email="own@example.com")
        year.night(3, "calm")

        assert second in {each["custom_fields"].get("Salesforce ID") for each in year.sandbox.store.contacts()}


def test_a_contact_that_a_teammate_deleted_is_made_again(tmp_path: Path):
    """Its update is refused in one night, and says so; in the next it is made anew, though nothing changed since."""
    with begun(tmp_path, 5) as year:
        identity = next(iter(year.world.records))
        _, row = row_of(year, identity)
        with year.sandbox.store.transaction() as db:
            contact_rows.delete(db, row)
        year.world.change(identity, LastName="Neu")
        year.night(1, "calm")
        assert last(year).stages["replay"]["refusals"] == {"not_found": 1}
        year.night(2, "calm")

        assert last(year).stages["plan"]["operations"] == {"contact.create": 1}
        assert differences(year.world) == []


def test_a_deleted_contact_that_was_to_join_a_list_holds_nobody_back(tmp_path: Path):
    """Front refuses its place and its update; the others join, the run is verified, and the next makes it again."""
    with begun(tmp_path, 12) as year:
        plain = [each for each, record in year.world.records.items() if record["Tier__c"] != "Gold"]
        deleted, *others = plain[:4]
        _, row = row_of(year, deleted)
        with year.sandbox.store.transaction() as db:
            contact_rows.delete(db, row)
        year.model.contacts.pop(deleted)
        for identity in (deleted, *others):
            year.world.change(identity, Tier__c="Gold")
        year.night(1, "calm")

        refusals = last(year).stages["replay"]["refusals"]
        assert (str(last(year).state), refusals) == ("verified", {"members_missing": 1, "not_found": 1})
        year.night(2, "calm")
        assert str(last(year).state) == "verified"
        assert differences(year.world) == []


def test_who_joins_a_list_and_no_more_is_seen_there(tmp_path: Path):
    """Front's list of changes need not show it, so such contacts are asked for one by one."""
    with begun(tmp_path, 5) as year:
        identity = next(each for each, record in year.world.records.items() if record["Tier__c"] != "Gold")
        year.world.change(identity, Tier__c="Gold")
        contact, row = row_of(year, identity)
        fields = json.loads(contact["custom_fields"]) | {"Tier": "gold"}
        with year.sandbox.store.transaction() as db:
            contact_rows.update(db, row, {"custom_fields": fields}, year.clock.now())
        year.night(1, "calm")

        summary = last(year)
        assert (str(summary.state), summary.stages["plan"]["operations"]) == ("verified", {"list.add": 1})


def test_another_share_leaves_a_stopped_run_as_it_is(tmp_path: Path):
    """How fast a run goes says nothing of what it wants: within the hour it is gone on with."""
    with begun(tmp_path, 12) as year:
        for identity in list(year.world.records):
            year.world.change(identity, Account__AnnualRevenue=1.0)
        year.clock.set(year.clock.now() + 22 * HOUR)
        year.sandbox.front.spoil(FaultKind.UNAVAILABLE, 8)
        year.run_once()
        year.sandbox.front.spoil(None)
        settings = tmp_path / "sync.yaml"
        settings.write_text(settings.read_text().replace("share: 1", "share: 0.9"))
        year.run_once()

        summary = last(year)
        assert (str(summary.state), summary.resumed, len(read_summaries(tmp_path / "runs"))) == ("verified", 1, 2)


def test_everything_is_looked_at_once_in_a_while(tmp_path: Path):
    """After ``full_after`` all records are held against a whole snapshot: what others took away comes back."""
    with begun(tmp_path, 12) as year:
        identity = next(iter(year.world.records))
        _, row = row_of(year, identity)
        with year.sandbox.store.transaction() as db:
            contact_rows.delete(db, row)
        year.night(50, "calm")
        assert last(year).stages["export"]["rows"] == 0
        year.night(91, "calm")

        assert last(year).stages["export"]["rows"] == 12
        assert differences(year.world) == []
