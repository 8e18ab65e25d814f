"""A simulated year of sync: ``python -m tests.sync.year``, 365 nights over 20,000 contacts that change.

Each night is a run of sync, 24 simulated hours after the one before. By day records of Salesforce are changed (name,
address, phone, owner, tier, value, date), made and deleted; fields that the mapping doesn't read are changed too;
teammates and other integrations write into Front: custom fields of their own, handles, lists, names, contacts by hand
that Salesforce has later, contacts deleted, and before whole snapshots contacts taken off a list of ours (nothing else
is sure to see that). One night nearly all records were changed at once. In a quarter of the nights something goes
wrong: SIGKILL at a random moment of a stage that is drawn, Front or Salesforce down for minutes or all night, Front's
token refused; all the time one request in 2,000 goes wrong, and a session of Salesforce ends after six requests.

At the end Front must be what ``model`` says (plain Python that shares nothing with the toolkit), no contact made
twice, nothing of others lost; and the requests that Front received, read from the sandbox's own log, are held against
the fewest possible. Those are, strictly:

- writes: one create for each new contact, its lists in it; one PATCH for each contact and night in which anything but
  handles and lists changed; one for each new handle; one for every 100 contacts that join a list, and one for a
  new list. Each night that goes well counts by itself; what a night that didn't had already sent counts as waste
  where the record changed again before the next.
- reads without which nobody could know: for each night that goes well one page of a hundred of the contacts that
  changed since the last look, ours and others', and at least one page; a whole reading where ``full_after`` asks
  for one, since no list of changes shows what was deleted; and the definitions of the custom fields once a night,
  since a PATCH sends the whole map by name and a field renamed by somebody would be erased.

Not among the fewest, and counted against us: everything in nights that came to nothing, retries, ``GET /me`` (which
company the token writes to), the lists and the teammates by name, and the price of proof: the pages by which a run
sees afterwards that all it wrote is there.

Without accounts: those cost Front a request for each account and whole snapshot.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.sync.simulation import Plan, Simulation, salesforce_requests, simulated
from tests.sync.world import created_twice, differences


def live(year: Simulation, *, every: int = 0, said: bool = False) -> list[str]:
    """Let all nights pass; give what is wrong at the end; every so many nights a note says what is wrong then."""
    plan, world = year.plan, year.world
    begun, mass, refused = time.monotonic(), plan.nights // 2, ""
    world.begin(plan.contacts)
    for number in range(plan.nights):
        calm = number < 2 or number >= plan.nights - 3 or number % (plan.full_after + 1) == 0
        if number:
            year.clock.set(year.clock.now() + 8 * 3_600)
            world.day(plan.share)
            world.teammates(max(1, round(plan.contacts * 0.002)))
            if number % 10 == 5 and number < plan.nights - 15:
                world.delete_in_front()
            if number % (plan.full_after + 1) == 0:
                world.leave_lists(10)
            if number == mass:
                world.mass_update()
            refused = _refusals(year, number, refused)
        year.night(number, "calm" if calm else year.trouble())
        if every and number % every == 0:
            year.notes += [f"after night {number}: {each}" for each in _unsettled(year)]
        if said:
            _tell(year, number, time.monotonic() - begun)
    return _wrong(year)


def _tell(year: Simulation, number: int, spent: float) -> None:
    while year.notes:
        print(year.notes.pop(0), flush=True)
    if number % 10 == 0:
        parts = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in year.durations.items())
        print(f"night {number}: {year.tally.received.total():,} requests, {spent:,.0f} s ({parts})", flush=True)


def _refusals(year: Simulation, number: int, refused: str) -> str:
    """Let a record be one that Front refuses, and a month later be mended; and another be in conflict for good."""
    world, nights = year.world, year.plan.nights
    if number == nights // 5:
        return world.refuse_one()
    if number == nights // 3 and refused in world.records:
        world.change(refused, Renewal_Date__c=None)
    if number == nights // 4:
        world.repeat_one()
    if number == nights * 2 // 3:
        world.refuse_one()
    return refused


def _unsettled(year: Simulation) -> list[str]:
    """Say what is wrong with contacts in whose records nothing is under way."""
    pending = year.world.dirty | year.world.ended.keys()
    return [each for each in differences(year.world) if each.partition(":")[0].split()[0] not in pending]


def _wrong(year: Simulation) -> list[str]:
    twice = [f"{each} was created twice" for each in created_twice(year.world)]
    left = [f"{each} never came to Front" for each in year.world.dirty]
    return [*differences(year.world), *twice, *left]


WRITES = ("creates", "updates", "handles", "onto lists", "lists")


def table(year: Simulation) -> str:
    """Write what Front received beside the fewest possible."""
    received, model = year.tally.received, year.model
    lines = [f"{'requests to Front':<34} {'fewest':>9} {'received':>9}"]

    def row(name: str, fewest: int, got: int) -> None:
        lines.append(f"{name:<34} {fewest:>9,} {got:>9,}")

    for name in WRITES:
        row(name, model.writes[name], received[name])
    others = {name: count for name, count in received.items() if name not in WRITES}
    writes, reads = model.writes.total(), model.reads.total()
    row("writes", writes, sum(received[name] for name in WRITES))
    for name, count in sorted(model.reads.items()):
        row(f"needed: {name}", count, 0)
    for name, count in sorted(others.items()):
        row(name, 0, count)
    row("reads and lost requests", reads, sum(others.values()))
    row("all", writes + reads, received.total())
    lines.append(f"all received / fewest: {received.total() / (writes + reads):.4f}")
    return "\n".join(lines)


def main() -> None:
    """Live the year, and say how it went."""
    given = _arguments()
    plan = Plan(given.nights, given.contacts, given.seed, given.share, given.trouble, full_after=given.full_after)
    print(f"seed {plan.seed}: {plan.nights} nights, {plan.contacts:,} contacts, {plan.share:.2%} a day", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        with simulated(plan, folder) as year:
            wrong = live(year, every=given.every, said=True)
            print(table(year))
            print(f"nights: {dict(year.tally.nights)}\nkills amid: {dict(year.tally.kills)}")
            print(f"requests to Salesforce: {salesforce_requests(year.sandbox):,}; {time.monotonic() - begun:,.0f} s")
            print("\n".join(wrong[:40]) or "Front is what Salesforce is, under the mapping")
    sys.exit(bool(wrong))


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--nights", type=int, default=365)
    arguments.add_argument("--contacts", type=int, default=20_000)
    arguments.add_argument("--share", type=float, default=0.0125, help="of the records, changed each day")
    arguments.add_argument("--trouble", type=float, default=0.25, help="share of nights in which something goes wrong")
    arguments.add_argument("--full-after", type=int, default=90, help="days")
    arguments.add_argument("--seed", type=int, default=random.Random().randrange(10**6))
    arguments.add_argument("--every", type=int, default=0, help="hold Front against the model every so many nights")
    arguments.add_argument("--folder", type=Path, help="keep the files here")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
