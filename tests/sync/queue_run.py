"""A mass update that takes many nights, shown: sync on the sandbox, with a clock that leaps from night to night.

    python -m tests.sync.queue_run [--contacts 500000] [--nights 14]

Every contact in Salesforce changes at once. Front takes 100 requests a minute, and a night is as long as it takes to
send the changes in so many nights. By day one contact in two hundred changes once more, and one in 5,000 is new. The
first run is held, a person lets its plan pass, and the nights that follow work it off. At the end Front has what
Salesforce has, no version of a contact was sent twice, and none after a newer one; exit 1 when that is not so.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.sync.queue_world import DAY, FIRST_NIGHT, World, world
from toolkit.sync.stage import SyncResult

LIMIT = 100
"""Requests a minute of Front's middle plan; the sync of this run may use them all."""
HEAD = "| night | state | to send | sent | waiting | new | changed by day | overtaken | requests | seconds |"


class Report:
    """Lets nights pass, and prints a line of each."""

    def __init__(self, found: World, contacts: int) -> None:
        self._world, self._contacts = found, contacts
        self._chance = random.Random(7)
        self._number = 0
        self.requests = 0

    def day(self) -> tuple[int, int]:
        """Let contacts change and come; give how many."""
        known = list(self._world.versions)
        self._world.clock.set(FIRST_NIGHT + (self._number + 0.5) * DAY)
        changed = self._chance.sample(known, self._contacts // 200)
        for each in changed:
            self._world.change(each)
        new = [self._world.add() for _ in range(self._contacts // 5_000)]
        return len(changed), len(new)

    def night(self, approve: str = "", changed: int = 0) -> SyncResult:
        """Let sync run, and print what it did."""
        self._number += not approve
        self._world.clock.set(FIRST_NIGHT + self._number * DAY)
        before, asked, started = self._world.sent.requests, self._world.sandbox.store.request_count(), time.monotonic()
        known = len(self._world.sent.by_contact)
        result = self._world.night(approve)
        requests = self._world.sandbox.store.request_count() - asked
        self.requests += requests
        planned = result.summary.stages["plan"]["operations"]
        sent = self._world.sent.requests - before
        made = sum(1 for each in list(self._world.sent.by_contact.items())[known:] if each[1][0] == 0)
        cells = (
            self._number, result.summary.state, sum(planned.values()), sent, result.summary.waiting, made, changed,
            self._world.overtaken, requests, round(time.monotonic() - started),
        )  # fmt: skip
        print(f"| {' | '.join(f'{each:,}' if isinstance(each, int) else str(each) for each in cells)} |", flush=True)
        return result


def main() -> None:
    """Let the nights pass until nothing waits, and judge."""
    arguments = argparse.ArgumentParser(description="A mass update over many nights, on the sandbox.")
    arguments.add_argument("--contacts", type=int, default=500_000)
    arguments.add_argument("--nights", type=int, default=14)
    given = arguments.parse_args()
    seconds = given.contacts * 60 // LIMIT // given.nights
    print(f"{given.contacts:,} contacts, {LIMIT} requests a minute, {seconds / 3_600:.1f} hours of sending a night\n")
    print(f"{HEAD}\n| ---: | --- |{' ---: |' * 8}", flush=True)
    with (
        tempfile.TemporaryDirectory() as name,
        world(Path(name), given.contacts, limit=LIMIT, seconds=seconds) as found,
    ):
        report = Report(found, given.contacts)
        report.night()
        found.mass_update()
        result = report.night(approve=report.night().summary.run)
        while result.summary.state == "queued":
            changed, _ = report.day()
            result = report.night(changed=changed)
        unlike = found.unlike()
        writes = f"{found.sent.requests:,} that write, to {found.sent.contacts:,} contacts"
        print(f"\nrequests {report.requests:,}, of them {writes}")
        print(f"versions overtaken before they were sent, and never sent: {found.overtaken:,}")
        print(f"sent twice or after a newer one: {len(found.sent.wrong):,}; Front unlike Salesforce: {len(unlike):,}")
        sys.exit(1 if unlike or found.sent.wrong or result.summary.state != "verified" else 0)


if __name__ == "__main__":
    main()
