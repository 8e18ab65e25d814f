"""Bulk API 2.0's answers as data: jobs, heads, links, and pages of CSV that come in pieces."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputRefused, Stopped
from toolkit.exchange import BrokenOffError
from toolkit.salesforce.bulk import (
    LAST,
    Job,
    JobState,
    PageHead,
    PageLinks,
    PageRows,
    read_job,
    read_links,
    read_page_head,
)

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ['a"\n"b', '"', '""', "\n", "\r\n", ',"\n', "Straße 1\nKöln"]
)


def page(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2)), st.integers(1, 40), st.booleans())
def test_records_are_counted_wherever_the_page_is_cut(rows: list[list[str]], size: int, ended: bool):
    """Any cells, any size of piece, with or without the last line end: the bytes and the count are the rows'."""
    whole = page([["Id", "Name"], *rows])
    sent = whole if ended else whole[:-1]
    taken = PageRows()

    pieces = [taken.take(sent[at : at + size]) for at in range(0, len(sent), size)] + [taken.end(len(rows))]

    assert taken.heading == b'"Id","Name"'
    assert b"".join(pieces) == page(rows)
    assert taken.records == len(rows)


def test_nul_bytes_are_taken_out_and_counted():
    """NUL bytes leave nothing behind but their number."""
    taken = PageRows()

    rows = taken.take(b'"Id","N\0ame"\n"1","a\0\0"\n')

    assert (taken.heading, rows, taken.nuls) == (b'"Id","Name"', b'"1","a"\n', 3)


def test_a_page_with_other_columns_stops():
    """Every page repeats the heading line, and it must be the same line."""
    with pytest.raises(Stopped, match="different columns"):
        PageRows(b'"Id","Name"').take(b'"Id","Email"\n"1","a"\n')


@pytest.mark.parametrize("sent", [b'"Id"\n"1"\n', b'"Id"\n"1"\n"2', b'"Id"\n"1"\n"2"\n"3"\n', b"", b'"Id"'])
def test_a_page_of_other_than_the_promised_records_is_broken(sent: bytes):
    """Too few, too many, cut within a value, no body at all: never taken for whole."""
    taken = PageRows()
    taken.take(sent)

    with pytest.raises(BrokenOffError):
        taken.end(2)


def test_a_page_without_records_is_its_heading():
    """No record and no line end is a whole page too."""
    taken = PageRows()

    assert taken.take(b'"Id","Name"') + taken.end(0) == b""
    assert taken.heading == b'"Id","Name"'


def test_a_job_is_read():
    """The Id, the state, and how many records it found once it tells."""
    answer = {"id": "750R0000000zxr8IAA", "state": "JobComplete", "numberRecordsProcessed": 12}

    assert read_job(answer, "68.0") == Job("750R0000000zxr8IAA", "68.0", JobState.JOB_COMPLETE, 12)
    assert read_job({"id": "750R", "state": "InProgress"}, "68.0").complete is False


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_a_job_that_was_given_up_is_refused_in_salesforces_words(state: str):
    """The reason is shown, and what else may work."""
    with pytest.raises(InputRefused, match="No such column") as caught:
        read_job({"id": "750R", "state": state, "errorMessage": "INVALID_FIELD: No such column"}, "68.0")

    assert "--via rest" in caught.value.hint


def test_a_state_that_nobody_knows_stops():
    """A word that is not in the guide is not waited for."""
    with pytest.raises(Stopped, match="'Paused'"):
        read_job({"id": "750R", "state": "Paused"}, "68.0")


@pytest.mark.parametrize(
    ("headers", "head"),
    [
        ({"sforce-locator": "MTAw", "sforce-numberofrecords": "10", "content-type": "text/csv"}, PageHead("MTAw", 10)),
        ({"sforce-locator": "null", "sforce-numberofrecords": "0"}, PageHead(LAST, 0)),
        ({"sforce-numberofrecords": "3", "content-type": "text/csv; charset=UTF-8"}, PageHead(LAST, 3)),
    ],
)
def test_a_page_head_is_read(headers: dict[str, str], head: PageHead):
    """No charset is UTF-8; the text null, or nothing, is the end."""
    assert read_page_head(headers) == head


def test_a_web_page_is_no_page_of_records():
    """HTML with status 200 counts as an answer that broke off, so it is asked for again."""
    with pytest.raises(BrokenOffError, match="text/html"):
        read_page_head({"content-type": "text/html"})


def test_another_charset_is_refused():
    """Bytes that say they are not UTF-8 are not written as if they were."""
    with pytest.raises(InputRefused, match="iso-8859-1"):
        read_page_head({"sforce-numberofrecords": "1", "content-type": "text/csv; charset=ISO-8859-1"})


BASE = "/services/data/v68.0/jobs/query/750R/results"


@pytest.mark.parametrize(
    ("answer", "links"),
    [
        (
            {"resultPages": [{"resultUrl": f"{BASE}?locator=a"}], "nextRecordsUrl": "/n", "done": False},
            PageLinks(("a",), "/n"),
        ),
        ({"resultPages": [{"resultLink": f"{BASE}?locator=b%3D"}], "nextRecordUrl": "/n"}, PageLinks(("b=",), "/n")),
        ({"resultChunks": [{"resultLink": BASE}], "nextRecordsUrl": None, "done": True}, PageLinks(("",), "")),
        ({"resultPages": [], "nextRecordsUrl": "/n", "done": True}, PageLinks((), "")),
    ],
)
def test_page_links_are_read_in_any_spelling(answer: dict[str, Any], links: PageLinks):
    """The guide and the servers disagree on the names."""
    assert read_links(answer) == links
