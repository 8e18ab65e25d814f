"""How much a snapshot costs beside the bare requests: seconds of the processor, and memory.

    python benchmarks/snapshot.py [--contacts 200000]

A Front of made-up contacts answers on loopback, from a process of its own, without a limit. The floor is a bare httpx
loop that follows the same pages and writes each contact as a line: unsorted, not resumable. `sf2front snapshot` is a
process of its own, start included; then the same since that snapshot, with one contact in a thousand changed; then
its CSV. Memory must not grow with the contacts but for what a CSV knows of accounts.
"""

import argparse
import multiprocessing
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
from runs import Turn, measure

PAGE = 100
ORDER = 7_368_787
"""A prime: ids come in another order than the contacts were made in."""


def contact(number: int) -> dict[str, Any]:
    """Make one contact as Front answers it."""
    lists = [{"id": "grp_1", "name": "Salesforce", "is_private": False, "_links": {"self": "https://x.example"}}]
    return {
        "_links": {"self": f"https://x.example/contacts/crd_{number}", "related": {"notes": "https://x.example/notes"}},
        "id": f"crd_{number * ORDER % 1_000_000_007:x}", "name": f"Person {number}", "avatar_url": None,
        "description": f"Head of Sales at Company {number % 500}", "groups": lists, "lists": lists,
        "links": [f"https://example.my.salesforce.com/003{number:015}"], "is_private": False,
        "handles": [
            {"source": "email", "handle": f"person{number}@company{number % 500}.example"},
            {"source": "phone", "handle": f"+1{2_000_000_000 + number}"},
        ],
        "custom_fields": {"Annual Revenue": number, "Tier": "gold", "Renewal": 1_767_225_600 + number},
        "updated_at": 1_700_000_000.5 + number,
    }  # fmt: skip


def serve(count: int, port: "multiprocessing.Queue[int]") -> None:
    """Answer on loopback until ended."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = orjson.dumps(self.answer())
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.send_header("x-ratelimit-limit", "1000000000")
            self.end_headers()
            self.wfile.write(content)

        def answer(self) -> dict[str, Any]:
            parts = urlsplit(self.path)
            if parts.path == "/me":
                return {"id": "cmp_1", "name": "Acme"}
            if parts.path != "/contacts":
                return {"_results": []}
            query = parse_qs(parts.query)
            most = count // 1_000 if "q[updated_after]" in query else count
            start = int(query.get("page_token", ["0"])[0])
            rest = "&".join(f"{name}={each[0]}" for name, each in query.items() if name != "page_token")
            link = f"http://{self.headers['host']}/contacts?{rest}&page_token={start + PAGE}"
            results = [contact(number) for number in range(start, min(start + PAGE, most))]
            return {"_results": results, "_pagination": {"next": link if start + PAGE < most else None}}

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def floor(url: str, output: str) -> None:
    """Follow the pages and write each contact as a line: what nothing can do without."""
    link: str | None = f"{url}/contacts?limit={PAGE}"
    with httpx.Client(trust_env=False) as client, Path(output).open("wb") as file:
        while link:
            answer = client.get(link).json()
            file.writelines(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in answer["_results"])
            link = answer["_pagination"]["next"]


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--floor", nargs=2)
    words = parser.parse_args()
    if words.floor:
        floor(*words.floor)
        return
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(words.contacts, port), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        compare(f"http://127.0.0.1:{port.get()}", Path(folder), words.contacts)
    server.terminate()


def compare(url: str, folder: Path, count: int) -> None:
    """Run the floor, then each kind of snapshot."""
    tool, environment = [sys.executable, "-m", "toolkit"], {"SF2FRONT_FRONT_URL": url, "SF2FRONT_FRONT_TOKEN": "t"}
    first, second, view = (str(folder / name / f"{name}.ndjson") for name in ("first", "second", "view"))
    runs = {
        "bare requests": ([sys.executable, __file__, "--floor", url, str(folder / "bare" / "bare.ndjson")], "bare"),
        "snapshot": ([*tool, "snapshot", "--share", "1", "-q", "-o", first], "first"),
        "snapshot --since": ([*tool, "snapshot", "--share", "1", "-q", "--since", first, "-o", second], "second"),
        "snapshot --from --csv": ([*tool, "snapshot", "-q", "--from", first, "--csv", view], "view"),
    }
    print(f"{count:,} contacts")
    bare: Turn | None = None
    for name, (command, place) in runs.items():
        turn = measure(command, folder / place, environment)
        bare = bare or turn
        ratio = f"{turn.cpu / bare.cpu:.2f} times the bare requests" if name == "snapshot" else ""
        print(f"  {name:<22} {turn.seconds:7.1f} s   cpu {turn.cpu:7.1f} s   {turn.peak_mb:6.0f} MB   {ratio}".rstrip())


if __name__ == "__main__":
    main()
