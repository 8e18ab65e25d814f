"""Records that are asked for again: whose turn it is, and which are forgotten."""

from datetime import UTC, datetime, timedelta

from toolkit.sync.remembered import MOST, Row, due_ids, without_lost

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)


def row(number: int, due: datetime) -> Row:
    return Row(f"003{number:012}", refused=False, times=1, due=due.isoformat(timespec="seconds"))


def test_nobody_waits_for_ever_behind_many_others():
    """Of more than one export has room for, those are asked for that have been due for longest."""
    rows = {each.id: each for each in (row(number, NOW - timedelta(hours=1)) for number in range(MOST + 2))}
    first = due_ids(rows, NOW)
    rows |= {each: row(int(each[3:]), NOW) for each in first}

    assert (len(first), due_ids(rows, NOW)[:2]) == (MOST, (f"003{MOST:012}", f"003{MOST + 1:012}"))


def test_a_record_that_is_no_more_is_forgotten():
    """It was asked for, and did not come; one that came has another due."""
    lost, came, other = row(1, NOW), row(2, NOW + timedelta(hours=12)), row(3, NOW)
    rows = {each.id: each for each in (lost, came, other)}

    assert without_lost(rows, {lost.id, came.id}, NOW) == {came.id: came, other.id: other}
