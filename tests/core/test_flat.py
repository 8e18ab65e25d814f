"""Tables of text judged on whole columns."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit import flat, schemas

HEADINGS = [
    "name", "email", "email2", "email1", "email20", "phone", "phone3", "contactList", "contactList2", "link", "twitter",
    "description", "accountName", "domains", "externalId", "kept_row", "merged_row", "row", "code", "reason", "Tier",
    "reject_row", "reject_code", "reject_reason", "email\n",
]  # fmt: skip
CELL = st.sampled_from([
    None, "", " ", "a", "a@b", "a@b\n", "+14155550123", "+1415555012\n", "0", "12", "excluded", "no-handle", "a.b",
    "a.b,c.d", "a.b, c.d", "é", "\U0001f600",
]) | st.text(max_size=3)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    headings = draw(st.lists(st.sampled_from(HEADINGS), unique=True, min_size=1))
    height = draw(st.integers(0, 4))
    columns = {each: draw(st.lists(CELL, min_size=height, max_size=height)) for each in headings}
    return pl.DataFrame(columns, schema=dict.fromkeys(headings, pl.String))


@pytest.mark.parametrize("name", flat.NAMES)
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None
)  # the first text drawn may take seconds
@given(frame=frames())
def test_columns_and_rows_are_judged_alike(frame: pl.DataFrame, name: str):
    """The rows found invalid on whole columns are exactly those that jsonschema refuses one by one."""
    rows = [{heading: cell for heading, cell in row.items() if cell} for row in frame.iter_rows(named=True)]

    expected = [index for index, row in enumerate(rows) if not schemas.judge(name).explain.is_valid(row)]
    assert expected == flat.invalid_rows(frame, name)


@pytest.mark.parametrize("name", flat.NAMES)
def test_every_flat_schema_is_known_whole(name: str):
    """The schemas of tables use no keyword that the columns would pass over."""
    assert flat.invalid_rows(pl.DataFrame(), name) == []


@pytest.mark.parametrize("cell", [{"type": "string", "format": "email"}, {"type": "integer"}])
def test_an_unknown_keyword_is_a_bug_said_at_once(cell: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    """A flat schema that says more than the columns understand is never half obeyed."""
    monkeypatch.setattr(schemas, "load", lambda _: {"type": "object", "properties": {"a": cell}})
    flat._flat.cache_clear()

    with pytest.raises(RuntimeError, match="does not know what reject says"):
        flat.invalid_rows(pl.DataFrame({"a": ["1"]}), "reject")

    flat._flat.cache_clear()


def test_a_row_is_explained_by_itself():
    """What is wrong with an invalid row is told with its place and the cell's heading."""
    frame = pl.DataFrame({"name": ["Ada", "Bo"], "phone": [None, "0151"]})

    (index,) = flat.invalid_rows(frame, "import-row")
    assert [str(each) for each in flat.row_problems(frame, index, "import-row", "x.csv", 3)] == [
        'x.csv:3 /phone: "0151" is not a phone number in E.164 form, such as +14155550123'
    ]
