"""The replay stage against the sandbox: results, resuming, lost answers, foreign checkpoints."""

import json
import random
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit.errors import InputRefused, Stopped
from toolkit.files import Outputs
from toolkit.front.client import FrontClient
from toolkit.http import Connection, Host
from toolkit.pacing import Clock
from toolkit.replay.engine import ReplayResult, ReplaySettings, run
from toolkit.replay.journal import Binding, Journal
from toolkit.sandbox.serve import RunningSandbox
from toolkit.settings import FrontSettings, Secret

Lines = list[dict[str, Any]]


def upserts(count: int, lists: bool = True) -> Lines:
    """So many people, on lists and in accounts, each tenth with two handles."""
    lines: Lines = []
    for n in range(count):
        handles = [{"source": "email", "handle": f"person{n}@example.com"}]
        if n % 10 == 0:
            handles.append({"source": "phone", "handle": f"+4420794{n:05}"})
        body: dict[str, Any] = {"name": f"Person {n}", "handles": handles, "custom_fields": {"Annual Revenue": n}}
        if lists:
            body["list_names"] = ["All", f"List {n % 7}"]
        account = {"name": f"Company {n % 11}", "external_id": f"00{n % 11}"}
        lines.append({"key": f"003{n}", "op": "contact.upsert", "body": body, "account": account})
    return lines


def write(folder: Path, lines: Lines, name: str = "operations.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def replay(client: FrontClient, operations: Path, **settings_too: Any) -> ReplayResult:
    settings = ReplaySettings(operations, operations.with_suffix(".checkpoint"), operations.parent, **settings_too)
    with Outputs() as outputs:
        result = run(settings, client, outputs)
        outputs.commit()
    return result


def results(folder: Path, name: str = "operations.results.ndjson") -> Lines:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def without_ids(sandbox: RunningSandbox) -> Lines:
    contacts = [{key: value for key, value in each.items() if key != "id"} for each in sandbox.store.contacts()]
    return sorted(contacts, key=lambda each: str(each["handles"]))


def creates(sandbox: RunningSandbox) -> Counter[str]:
    """Count by handle how often a create of a contact succeeded, by the sandbox's own log."""
    done = (each for each in sandbox.store.requests() if (each["method"], each["path"]) == ("POST", "/contacts"))
    handles = (name for each in done if each["status"] == 201 for name in each["concerns"] if ":" in name)
    return Counter(handles)


def test_upserts_reach_front(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """Contacts with their fields, lists and accounts; a result for every line."""
    result = replay(front, write(tmp_path, upserts(30)))

    assert (result.total, result.refused, result.effects) == (30, 0, {"created": 30})
    assert [(each["line"], each["state"], each["effect"]) for each in results(tmp_path)] == [
        (line, "done", "created") for line in range(1, 31)
    ]
    tenth = next(each for each in sandbox.store.contacts() if each["name"] == "Person 10")
    assert tenth | {"id": ""} == {
        "id": "",
        "name": "Person 10",
        "description": "",
        "account": "Company 10",
        "links": [],
        "custom_fields": {"Annual Revenue": 10},
        "handles": ["email:person10@example.com", "phone:+442079400010"],
        "lists": ["All", "List 3"],
    }


def test_progress_never_shows_more_than_the_share(front: FrontClient, tmp_path: Path):
    """How many requests left in the last minute, not what the first second would come to."""
    notes: list[str] = []
    path = write(tmp_path, upserts(20))
    settings = ReplaySettings(path, path.with_suffix(".checkpoint"), tmp_path)
    with Outputs() as outputs:
        run(settings, front, outputs, lambda progress: notes.append(progress.note))
    found = [re.match(r"\(([\d,]+) of ([\d,]+) requests in the last minute", note) for note in notes if note]
    shown = [(int(each[1].replace(",", "")), int(each[2].replace(",", ""))) for each in found if each]

    assert (20, True) == (len(shown), all(0 < rate <= allowed for rate, allowed in shown))


def test_the_same_command_again_sends_nothing(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """What is done is done: the second run writes the same results without a write to Front."""
    operations = write(tmp_path, upserts(20))
    replay(front, operations)
    before, sent = results(tmp_path), len(sandbox.store.requests())
    result = replay(front, operations)

    assert (result.sent, result.resumed, results(tmp_path)) == (0, 20, before)
    assert {each["method"] for each in sandbox.store.requests()[sent:]} <= {"GET"}


def test_upserts_of_what_is_there_change_nothing(front: FrontClient, tmp_path: Path):
    """A fresh checkpoint over the same contacts finds each unchanged."""
    replay(front, write(tmp_path, upserts(20)))
    again = replay(front, write(tmp_path, upserts(20), "again.ndjson"))

    assert again.effects == {"unchanged": 20}


def test_refused_operations_are_listed_and_can_be_replayed(front: FrontClient, tmp_path: Path):
    """The failures file holds the very operations, and the results say why, in Front's words."""
    lines = upserts(3, lists=False)
    lines[1]["body"]["custom_fields"] = {"No such field": "x"}
    result = replay(front, write(tmp_path, lines))

    assert (result.refused, result.refusals) == (1, {"bad_request": 1})
    assert results(tmp_path, "operations.failures.ndjson") == [lines[1]]
    refused = results(tmp_path)[1]
    assert (refused["state"], refused["status"]) == ("refused", 400)
    assert "No such field" in refused["message"]


def test_a_shared_handle_never_writes_over_another_contact(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """Two people with one office number: the second is refused, also after a resume, and the first stays whole."""
    office = {"source": "phone", "handle": "+442079460000"}
    lines = upserts(2, lists=False)
    for line in lines:
        line["body"]["handles"].append(office)
    result = replay(front, write(tmp_path, lines))

    assert result.refusals == {"shared_handle": 1}
    assert [each["name"] for each in sandbox.store.contacts()] == ["Person 0"]


def test_what_depends_on_a_refused_operation_is_refused_with_it(front: FrontClient, tmp_path: Path):
    """A create that Front refuses, and an account that none of its contacts can join: the run goes on."""
    wrong = {"handles": [{"source": "email", "handle": "a@example.com"}], "custom_fields": {"Nope": 1}}
    lines: Lines = [
        {"key": "a", "op": "account.create", "body": {"name": "Acme"}},
        {"key": "1", "op": "contact.create", "body": wrong},
        {"key": "a", "op": "account.add_contacts", "account": {"ref": "a"}, "contacts": [{"ref": "1"}]},
        {"key": "2", "op": "contact.create", "body": {"handles": [{"source": "email", "handle": "b@example.com"}]}},
    ]
    result = replay(front, write(tmp_path, lines))

    assert result.refusals == {"bad_request": 1, "members_missing": 1}
    assert result.effects == {"created": 2}


class KilledError(BaseException):
    """Stands for SIGKILL: nothing after it is done."""


STEPS = ("sending", "answered", "finish")


@pytest.mark.parametrize("moment", [(step, after) for step in STEPS for after in (False, True)])
def test_a_kill_at_every_step_of_the_journal(
    moment: tuple[str, bool],
    sandbox: RunningSandbox,
    front: FrontClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Killed before and after every write of the journal in turn, one request at a time: the end is the same, and
    nothing is created twice.
    """
    step, after = moment
    lines = upserts(3)
    lines += [
        {"key": "9", "op": "contact.create", "body": {"handles": [{"source": "email", "handle": "z@example.com"}]}}
    ]
    operations = write(tmp_path, lines)
    original, calls = getattr(Journal, step), 0

    def deadly(journal: Journal, *args: Any) -> Any:
        nonlocal calls
        calls += 1
        if not after and calls % 3 == 1:
            raise KilledError
        done = original(journal, *args)
        if after and calls % 3 == 1:
            raise KilledError
        return done

    monkeypatch.setattr(Journal, step, deadly)
    for _ in range(200):
        try:
            result = replay(front, operations, concurrency=1)
            break
        except KilledError:
            continue

    assert (result.refused, len(sandbox.store.contacts())) == (0, 4)
    assert set(creates(sandbox).values()) == {1}
    assert sorted(each["account"] or "" for each in sandbox.store.contacts()) == [
        "",
        *(f"Company {n}" for n in range(3)),
    ]


class Proxy(httpx.BaseTransport):
    """Answers some of the requests itself, as a proxy's sign-in page does."""

    def __init__(self, status: int) -> None:
        self._real, self._status, self._chance = httpx.HTTPTransport(), status, random.Random(2)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._chance.random() < 0.3:
            return httpx.Response(
                self._status, text="<html>sign in</html>", headers={"location": "https://proxy.example"}
            )
        return self._real.handle_request(request)

    def close(self) -> None:
        self._real.close()


@pytest.mark.parametrize("status", [200, 201, 302])
def test_a_page_that_is_not_fronts_is_no_answer(status: int, sandbox: RunningSandbox, tmp_path: Path):
    """A page in place of an answer never counts as done or refused; in the end all is there once."""
    clock = Clock(now=lambda: 0.0, sleep=lambda _: None)
    host = Host(sandbox.url, Secret("sandbox"))
    with FrontClient(FrontSettings(host.token, host.url), Connection(host, Proxy(status)), clock) as client:
        result = replay(client, write(tmp_path, upserts(20)), concurrency=1)

    assert (result.refused, len(sandbox.store.contacts())) == (0, 20)
    assert set(creates(sandbox).values()) == {1}


def test_a_plan_for_another_company_is_refused(sandbox: RunningSandbox, front: FrontClient, tmp_path: Path):
    """What was planned against one company's snapshot is not sent to another."""
    operations = write(tmp_path, upserts(1))
    settings = ReplaySettings(operations, tmp_path / "c", tmp_path, company="cmp_other")

    with pytest.raises(InputRefused, match="was planned for the company cmp_other"), Outputs() as outputs:
        run(settings, front, outputs)
    assert sandbox.store.contacts() == []


def test_a_database_of_somebody_else_is_refused_and_kept(front: FrontClient, tmp_path: Path):
    """Our tables are not written into another program's database."""
    operations = write(tmp_path, upserts(1))
    with sqlite3.connect(operations.with_suffix(".checkpoint")) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()

    with pytest.raises(InputRefused, match="is a database, but not a checkpoint"):
        replay(front, operations)
    with sqlite3.connect(operations.with_suffix(".checkpoint")) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("mine",)]
    db.close()


class Flaky(httpx.BaseTransport):
    """Sends for real, and then loses some of the answers, or never sends."""

    def __init__(self, seed: int) -> None:
        self._real = httpx.HTTPTransport()
        self._chance = random.Random(seed)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        luck = self._chance.random()
        if luck < 0.05:
            raise httpx.ConnectError("never arrived")
        response = self._real.handle_request(request)
        if luck < 0.15:
            response.read()
            raise httpx.ReadError("the answer was lost")
        return httpx.Response(502, text="<html>bad gateway</html>") if luck < 0.2 else response

    def close(self) -> None:
        self._real.close()


def test_lost_answers_create_nothing_twice(sandbox: RunningSandbox, tmp_path: Path):
    """With one in five requests unanswered the result is that of an undisturbed run, and each contact is made once."""
    clock = Clock(now=lambda: 0.0, sleep=lambda _: None)
    host = Host(sandbox.url, Secret("sandbox"))
    with FrontClient(FrontSettings(host.token, host.url), Connection(host, Flaky(1)), clock) as client:
        result = replay(client, write(tmp_path, upserts(200)))

    assert (result.refused, len(sandbox.store.contacts())) == (0, 200)
    assert set(creates(sandbox).values()) == {1}
    assert {each["account"] for each in sandbox.store.contacts()} == {f"Company {n}" for n in range(11)}
    assert all(len(each["lists"]) == 2 for each in sandbox.store.contacts())


def test_a_changed_operations_file_is_refused(front: FrontClient, tmp_path: Path):
    """A checkpoint belongs to one file: another is refused before anything is sent."""
    replay(front, write(tmp_path, upserts(2)))

    with pytest.raises(InputRefused, match="belongs to another operations file") as caught:
        replay(front, write(tmp_path, upserts(3)))
    assert "a name of its own" in caught.value.hint


def test_another_company_is_refused(front: FrontClient, tmp_path: Path):
    """A checkpoint begun for one company does not go on with another."""
    operations = write(tmp_path, upserts(2))
    replay(front, operations)
    with sqlite3.connect(operations.with_suffix(".checkpoint")) as db:
        db.execute("UPDATE meta SET value = 'cmp_other' WHERE name = 'company'")
    db.close()

    with pytest.raises(InputRefused, match="belongs to the Front company cmp_other"):
        replay(front, operations)


def test_a_checkpoint_is_used_by_one_run_at_a_time(tmp_path: Path):
    """A second run on the same checkpoint stops at once."""
    with (
        Journal(tmp_path / "c", lambda: 0.0) as first,
        pytest.raises(Stopped, match="another run is using"),
        Journal(tmp_path / "c", lambda: 0.0),
    ):
        first.bind(Binding("sha256:0", "cmp_1"))


def test_a_file_that_is_no_checkpoint_is_refused_and_kept(front: FrontClient, tmp_path: Path):
    """Naming a wrong file with --checkpoint does not destroy it."""
    operations = write(tmp_path, upserts(1))
    operations.with_suffix(".checkpoint").write_text("my notes, which are dear to me, line by line by line\n" * 100)

    with pytest.raises(InputRefused, match="is not a checkpoint"):
        replay(front, operations)

    assert operations.with_suffix(".checkpoint").read_text().startswith("my notes")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["{}"], "lacks 'key', 'op'"),
        (['{"key": "1", "op": "contact.delete", "contact": "crd_1"}'] * 2, "repeats line 1"),
        (['{"key":"1","op":"contact.delete","contact":{"ref":"9"}}'], "no operation above creates the contact '9'"),
        (["{not json"], ""),
    ],
)
def test_an_invalid_file_is_refused_whole(lines: list[str], sentence: str, front: FrontClient, tmp_path: Path):
    """Nothing is sent and no checkpoint is begun; file and line are named."""
    operations = tmp_path / "operations.ndjson"
    operations.write_text("".join(f"{line}\n" for line in lines))

    with pytest.raises(InputRefused) as caught:
        replay(front, operations)

    assert sentence in caught.value.problems[0].sentence
    assert caught.value.problems[0].file == "operations.ndjson"
    assert not operations.with_suffix(".checkpoint").exists()


def test_a_checkpoint_that_cannot_be_written_stops_before_sending(
    sandbox: RunningSandbox, front: FrontClient, tmp_path: Path
):
    """On a full disk (here: a database that may not grow) nothing leaves that isn't on disk before."""
    operations = write(tmp_path, upserts(200, lists=False))
    with Journal(operations.with_suffix(".checkpoint"), lambda: 0.0) as journal:
        journal._db.execute("PRAGMA journal_mode=WAL")
    original = Journal._open

    def small(journal: Journal) -> None:
        original(journal)
        journal._db.execute("PRAGMA max_page_count=20")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "_open", small)
        with pytest.raises(Stopped, match="can't be written"):
            replay(front, operations)
    cut = len(sandbox.store.contacts())
    result = replay(front, operations)

    assert 0 < cut < 200
    assert (result.refused, len(sandbox.store.contacts())) == (0, 200)
    assert set(creates(sandbox).values()) == {1}
