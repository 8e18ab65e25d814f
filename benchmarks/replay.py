"""How fast `sf2front replay` sends, beside a bare httpx loop that sends the very same requests and remembers nothing.

    python benchmarks/replay.py [--operations 20000] [--concurrency 8] [--turns 3]

Both against a sandbox without a rate limit, in a process of its own, anew for each turn; both with as many threads.
The floor is a queue, threads and one httpx.Client. The replay is the whole stage, from reading the operations to its
results: checked twice, each request on disk before it leaves. The mix: creates, updates, handles, lists' members.
"""

import argparse
import contextlib
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson

from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.replay.engine import ReplaySettings, run
from toolkit.settings import FrontSettings, Secret

THERE = 1000
"""Contacts that are there before, to be updated."""
MEMBERS = 50


def email(name: str) -> dict[str, str]:
    return {"source": "email", "handle": f"{name}@example.com"}


def operations(count: int) -> Iterator[dict[str, Any]]:
    """Half creates, a quarter updates, a quarter more handles, and a list's members now and then."""
    for n in range(count):
        contact, fields = _id(n % THERE), {"Annual Revenue": n, "Tier": "gold", "Salesforce ID": f"003{n:015}"}
        if n % 100 == 99:
            members = [_id((n // 100 * MEMBERS + each) % THERE) for each in range(MEMBERS)]
            yield {"key": f"list:{n}", "op": "list.add", "list": "All", "contacts": members}
        elif n % 4 == 1:
            yield {"key": f"u{n}", "op": "contact.update", "contact": contact, "body": {"custom_fields": fields}}
        elif n % 4 == 3:
            yield {"key": f"h{n}", "op": "handle.add", "contact": contact, "body": email(f"more{n}")}
        else:
            body = {"name": f"Person {n}", "handles": [email(f"p{n}")], "custom_fields": fields}
            yield {"key": f"c{n}", "op": "contact.create", "body": body}


def _id(number: int) -> str:
    digits, number = "", number + 1
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"crd_{digits}"


def request(each: dict[str, Any]) -> tuple[str, str, Any]:
    """Give an operation's one request."""
    if each["op"] == "contact.create":
        return "POST", "/contacts", each["body"]
    if each["op"] == "contact.update":
        return "PATCH", f"/contacts/{each['contact']}", each["body"]
    if each["op"] == "handle.add":
        return "POST", f"/contacts/{each['contact']}/handles", each["body"]
    return "POST", "/contact_lists/grp_1/contacts", {"contact_ids": each["contacts"]}


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    """Run a sandbox with what the operations need, and give its address."""
    config = folder / "sandbox.yaml"
    config.write_text("front: {rate_limit: {requests: 0}, lists: [All]}\n")
    command = [sys.executable, "-m", "toolkit", "sandbox", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
            said += process.stdout.readline() if process.stdout else ""
        send(found[0], [("POST", "/contacts", {"handles": [email(f"there{n}")]}) for n in range(THERE)], 1)
        try:
            yield found[0]
        finally:
            process.terminate()


def send(url: str, requests: list[tuple[str, str, Any]], concurrency: int) -> float:
    """Send requests from so many threads, in no particular order; give the seconds."""
    waiting: queue.SimpleQueue[tuple[str, str, Any] | None] = queue.SimpleQueue()
    for each in [*requests, *[None] * concurrency]:
        waiting.put(each)
    wrong: list[int] = []
    with httpx.Client(base_url=url, headers={"authorization": "Bearer sandbox"}) as client:

        def work() -> None:
            while (each := waiting.get()) is not None:
                answer = client.request(each[0], each[1], json=each[2])
                if not answer.is_success:
                    wrong.append(answer.status_code)

        started = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(concurrency)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - started
    if wrong:
        sys.exit(f"the floor was answered {wrong[0]}")
    return seconds


def replay(url: str, file: Path, concurrency: int) -> tuple[float, int]:
    """Replay the file; the seconds, and the requests it took."""
    settings = ReplaySettings(file, file.with_suffix(".checkpoint"), file.parent, concurrency=concurrency)
    settings.checkpoint.unlink(missing_ok=True)
    started = time.monotonic()
    with FrontClient(FrontSettings(Secret("sandbox"), url, share=1.0)) as client, Outputs() as outputs:
        client.budget.limit = 1e9
        result = run(settings, client, outputs)
    if result.refused:
        sys.exit(f"refused: {result.refusals}")
    return time.monotonic() - started, result.requests


def main() -> None:
    """Measure in turns and print a table."""
    arguments = argparse.ArgumentParser(description="replay beside a bare httpx loop.")
    arguments.add_argument("--operations", type=int, default=20_000)
    arguments.add_argument("--concurrency", type=int, default=8)
    arguments.add_argument("--turns", type=int, default=3)
    given = arguments.parse_args()
    print("| turn | floor, requests/s | replay, requests/s | ratio |\n| ---: | ---: | ---: | ---: |")
    ratios = []
    for turn in range(given.turns):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = folder / "operations.ndjson"
            file.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in operations(given.operations)))
            with sandbox(folder) as url:
                bare = given.operations / send(
                    url, [request(each) for each in operations(given.operations)], given.concurrency
                )
            with sandbox(folder) as url:
                seconds, requests = replay(url, file, given.concurrency)
            ratios.append(requests / seconds / bare)
            print(f"| {turn + 1} | {bare:,.0f} | {requests / seconds:,.0f} | {ratios[-1]:.0%} |", flush=True)
    print(f"\nbest of {given.turns}: {max(ratios):.0%}, worst {min(ratios):.0%}")


if __name__ == "__main__":
    main()
