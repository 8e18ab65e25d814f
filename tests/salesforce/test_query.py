"""The export of a query: every record that Salesforce counts, whatever happens on the way, or an error."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.salesforce.bulk_org import HEADING, Org, Trouble, page_of, record
from toolkit.errors import InputRefused, Stopped
from toolkit.files import Outputs
from toolkit.progress import Progress
from toolkit.salesforce import download
from toolkit.salesforce.query import QueryResult, QuerySettings, run

SOQL = "SELECT Id, Name, Account.Name FROM Contact"


def export(org: Org, output: Path, soql: str = SOQL, **how: object) -> QueryResult:
    with org.client() as client, Outputs() as outputs:
        result = run(QuerySettings(soql, output, **how), client, outputs)  # type: ignore[arg-type]
        outputs.commit()
    return result


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(params=[False, True], ids=["in turn", "side by side"])
def org(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Org:
    """An org of ten records in three pages, with and without Salesforce's list of pages."""
    monkeypatch.setattr(download, "PAGE_RECORDS", 4)
    return Org(links=request.param)


def once(*answers: httpx.Response, path: str = "/results") -> Trouble:
    """Answer the first requests for ``path`` with these, and let the later ones through."""
    rest = iter(answers)
    return lambda request: next(rest, None) if request.url.path.endswith(path) else None


def test_the_result_is_the_records_under_one_heading(org: Org, tmp_path: Path):
    """Three pages become one private file; nothing is left beside it."""
    result = export(org, tmp_path / "c.csv")

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert (result.rows, result.headings, result.notes) == (10, ("Id", "Name", "Account.Name"), ())
    assert names(tmp_path) == {"c.csv"}
    assert stat.S_IMODE((tmp_path / "c.csv").stat().st_mode) == 0o600


def test_the_job_is_asked_with_one_version_for_plain_csv(org: Org, tmp_path: Path):
    """Comma, LF, the query as it was given; every request of the job with the version it was made with."""
    export(org, tmp_path / "c.csv")

    assert org.query == {
        "operation": "query", "query": SOQL, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"
    }  # fmt: skip
    assert {request.url.path.split("/")[3] for request in org.asked if "/jobs/" in request.url.path} == {"v68.0"}


def test_a_result_without_records_is_its_heading(org: Org, tmp_path: Path):
    """No record is not an error."""
    org.records = 0

    assert export(org, tmp_path / "c.csv").rows == 0
    assert (tmp_path / "c.csv").read_text() == HEADING


def third_page_is(answer: Callable[[], httpx.Response]) -> Trouble:
    """Answer every request for the third page with this."""
    return lambda request: answer() if (request.url.path[-8:], request.url.params.get("locator")) == THIRD else None


THIRD = ("/results", "8")
BROKEN = {
    "cut within a value": lambda: page_of((HEADING + record(0))[:-4].encode(), 4, "4"),
    "connection broken": lambda: page_of((HEADING + record(0)).encode(), 4, "4", breaks=True),
    "fewer records than told": lambda: page_of((HEADING + record(0)).encode(), 4, "4"),
    "a web page": lambda: httpx.Response(200, html="<html>maintenance</html>"),
    "503": lambda: httpx.Response(503, html="<html>maintenance</html>"),
    "429": lambda: httpx.Response(429, headers={"retry-after": "1"}),
    "session ended": lambda: httpx.Response(401, json=[{"errorCode": "INVALID_SESSION_ID", "message": "expired"}]),
}


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_page_that_breaks_off_is_fetched_again(org: Org, trouble: str, tmp_path: Path):
    """Whatever goes wrong with a page, what was written of it is cut off and the file ends the same."""
    org.trouble = once(BROKEN[trouble]())

    export(org, tmp_path / "c.csv")

    assert (tmp_path / "c.csv").read_bytes() == org.whole()


def test_a_session_that_ends_is_renewed_once_for_all(org: Org, tmp_path: Path):
    """One new token serves every page that is under way."""
    org.trouble = once(BROKEN["session ended"]())

    export(org, tmp_path / "c.csv")

    assert org.tokens == 2


def test_a_page_that_never_comes_stops_and_is_resumed(org: Org, tmp_path: Path):
    """After the last attempt the pages so far stay, and the next run begins with the missing one."""
    org.trouble = third_page_is(lambda: page_of(b"", 2))
    with pytest.raises(Stopped):
        export(org, tmp_path / "c.csv")
    assert names(tmp_path) == {"c.csv.part", "c.csv.resume.json"}

    org.trouble, org.asked = lambda _: None, []
    result = export(org, tmp_path / "c.csv", resume=True)

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert result.notes == ("resumed after 8 records",)
    assert [request.url.params["locator"] for request in org.asked if request.url.path.endswith("/results")] == ["8"]
    assert names(tmp_path) == {"c.csv"}


def stopped(org: Org, output: Path) -> None:
    """Leave an export of ``org`` that stopped after its second page."""
    org.trouble = third_page_is(lambda: page_of(b"", 2))
    with pytest.raises(Stopped):
        export(org, output)
    org.trouble = lambda _: None


def test_a_torn_page_is_cut_back(org: Org, tmp_path: Path):
    """Bytes behind the recorded size, as a kill leaves them, are not in the result."""
    stopped(org, tmp_path / "c.csv")
    with (tmp_path / "c.csv.part").open("ab") as file:
        file.write(b'"003","torn')

    export(org, tmp_path / "c.csv", resume=True)

    assert (tmp_path / "c.csv").read_bytes() == org.whole()


def test_what_a_kill_left_of_a_state_is_swept_up(org: Org, tmp_path: Path):
    """A kill while the state is renewed leaves a file of its own, which the next run removes; others stay."""
    stopped(org, tmp_path / "c.csv")
    (tmp_path / ".c.csv.resume.json.x1y2.part").write_text("{")
    (tmp_path / ".d.csv.resume.json.x1y2.part").write_text("{")

    export(org, tmp_path / "c.csv", resume=True)

    assert names(tmp_path) == {"c.csv", ".d.csv.resume.json.x1y2.part"}


def test_a_part_that_is_gone_is_downloaded_again_from_the_same_job(org: Org, tmp_path: Path):
    """The state alone brings the same file."""
    stopped(org, tmp_path / "c.csv")
    (tmp_path / "c.csv.part").unlink()
    org.asked = []

    result = export(org, tmp_path / "c.csv", resume=True)

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert "same job" in result.notes[0]
    assert "POST" not in {request.method for request in org.asked}


def test_without_resume_it_starts_over_and_says_so(org: Org, tmp_path: Path):
    """A plain rerun makes a new job and a whole file."""
    stopped(org, tmp_path / "c.csv")

    result = export(org, tmp_path / "c.csv")

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert result.notes == ("an unfinished export of this file was started over; --resume would have gone on",)


def test_resume_without_a_state_starts_from_the_beginning(org: Org, tmp_path: Path):
    """A kill before the first state was written is resumed by the same command too."""
    result = export(org, tmp_path / "c.csv", resume=True)

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert result.notes == ("there was nothing to resume: the export was made from the beginning",)


@pytest.mark.parametrize("change", [{"soql": f"{SOQL} WHERE Name != ''"}, {"all_rows": True}])
def test_the_state_of_another_query_is_refused(org: Org, change: dict[str, object], tmp_path: Path):
    """Neither another text nor another set of rows goes on in the same file."""
    stopped(org, tmp_path / "c.csv")
    before = (tmp_path / "c.csv.part").read_bytes()

    with pytest.raises(InputRefused, match="belongs to another query"):
        export(org, tmp_path / "c.csv", resume=True, **change)  # type: ignore[arg-type]

    assert (tmp_path / "c.csv.part").read_bytes() == before


def test_the_state_of_another_org_is_refused(org: Org, tmp_path: Path):
    """The same query in another org is another export."""
    stopped(org, tmp_path / "c.csv")

    refused = pytest.raises(InputRefused, match="belongs to another org")
    with org.client("https://other.my.salesforce.com") as client, Outputs() as outputs, refused:
        run(QuerySettings(SOQL, tmp_path / "c.csv", resume=True), client, outputs)


def test_a_state_that_is_no_state_is_refused(org: Org, tmp_path: Path):
    """A state file with a hole in it is not guessed at."""
    (tmp_path / "c.csv.resume.json").write_text(json.dumps({"job": "750"}))

    with pytest.raises(InputRefused, match="not the state of an export"):
        export(org, tmp_path / "c.csv", resume=True)


def test_a_job_that_is_gone_is_an_error(org: Org, tmp_path: Path):
    """After seven days Salesforce has forgotten it: the sentence says so, and what to do."""
    stopped(org, tmp_path / "c.csv")
    org.gone = True

    with pytest.raises(InputRefused, match="seven days") as caught:
        export(org, tmp_path / "c.csv", resume=True)

    assert "without --resume" in caught.value.hint


def test_a_query_that_fails_leaves_nothing(org: Org, tmp_path: Path):
    """Salesforce's reason is shown; no file is left that would have to be explained."""
    org.state = "Failed"

    with pytest.raises(InputRefused, match="No such column"):
        export(org, tmp_path / "out" / "c.csv")

    assert names(tmp_path / "out") == set()


def test_a_job_that_counts_other_records_is_an_error(org: Org, tmp_path: Path):
    """Pages that join but hold fewer records than the job processed give no file."""
    org.processed = 11

    with pytest.raises(InputRefused, match="found 11 records, but its pages hold 10"):
        export(org, tmp_path / "c.csv")

    assert not (tmp_path / "c.csv").exists()


def test_pages_that_lead_in_a_circle_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A page that comes again ends the export; it does not write until the disk is full."""
    monkeypatch.setattr(download, "PAGE_RECORDS", 4)
    page = (HEADING + "".join(map(record, range(4)))).encode()
    circle = Org(trouble=lambda r: page_of(page, 4, "4") if r.url.path.endswith("/results") else None)

    with pytest.raises(InputRefused, match="found 10 records, but its pages hold 8"):
        export(circle, tmp_path / "c.csv")


def test_other_columns_in_a_later_page_stop(org: Org, tmp_path: Path):
    """The repeated heading is checked, not only dropped."""
    other = '"Id","Email","Account.Name"\n' + "".join(map(record, range(4, 8)))
    org.trouble = lambda r: page_of(other.encode(), 4, "8") if r.url.params.get("locator") == "4" else None

    with pytest.raises(Stopped, match="different columns"):
        export(org, tmp_path / "c.csv")

    assert not (tmp_path / "c.csv").exists()


def test_nul_bytes_are_told(org: Org, tmp_path: Path):
    """They are out of the file and in the notes."""
    page = (HEADING + "".join(map(record, range(4)))).replace("Ada", "A\0da").encode()
    org.trouble = once(page_of(page, 4, "4"))

    result = export(org, tmp_path / "c.csv")

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert result.notes == ("2 NUL bytes were taken out of the values",)


def test_progress_tells_records_of_how_many(org: Org, tmp_path: Path):
    """While Salesforce works the state is told, then records so far of all."""
    told: list[Progress] = []
    with org.client() as client, Outputs() as outputs:
        run(QuerySettings(SOQL, tmp_path / "c.csv"), client, outputs, told.append)

    assert "UploadComplete" in told[0].note
    assert (told[-1].done, told[-1].total) == (10, 10)


def test_all_rows_asks_for_deleted_ones_and_adds_is_deleted(org: Org, tmp_path: Path):
    """queryAll, and the column that tells deleted records apart."""
    export(org, tmp_path / "c.csv", all_rows=True)

    assert org.query["operation"] == "queryAll"
    assert org.query["query"] == "SELECT Id, Name, Account.Name, IsDeleted FROM Contact"


def test_the_org_keeps_its_share_of_requests(org: Org, tmp_path: Path):
    """Before more than the share is used the export stops, and goes on when there is room again."""
    used = iter(range(6, 100))

    def counted(request: httpx.Request) -> httpx.Response | None:
        org.trouble = lambda _: None
        answer = org._answer(request)
        org.trouble = counted
        answer.headers["sforce-limit-info"] = f"api-usage={next(used)}/10"
        return answer

    org.trouble = counted
    with org.client(max_api_share=0.8) as client, Outputs() as outputs, pytest.raises(Stopped, match="80%"):
        run(QuerySettings(SOQL, tmp_path / "c.csv"), client, outputs)

    assert client.usage == (8, 10)
    assert "--max-api-share" in client_hint(org, tmp_path)


def client_hint(org: Org, folder: Path) -> str:
    with org.client(max_api_share=0.1) as client, Outputs() as outputs, pytest.raises(Stopped) as caught:
        run(QuerySettings(SOQL, folder / "c.csv"), client, outputs)
    return caught.value.hint


def test_a_second_run_on_the_same_file_is_refused(org: Org, tmp_path: Path):
    """While one run writes, another does not touch its file."""

    def meanwhile(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/results"):
            with pytest.raises(Stopped, match="another run is writing"):
                export(Org(), tmp_path / "c.csv")
        return None

    org.trouble = meanwhile
    export(org, tmp_path / "c.csv")

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
