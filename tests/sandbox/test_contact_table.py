"""The contacts of the sandbox's Salesforce: made up small and large, and changed from outside."""

from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from toolkit.sandbox import crowd
from toolkit.sandbox.contact_fields import SCHEMA
from toolkit.sandbox.contact_table import ContactTable
from toolkit.sandbox.record_ids import id_column, row_of, salesforce_id

NOW = 1_700_000_000
MOMENT = datetime.fromtimestamp(NOW, UTC)
ALL = tuple(SCHEMA)


def table(count: int, *, ties: bool = False) -> ContactTable:
    return ContactTable(count, lambda: NOW + 0.7, ties=ties)


@pytest.mark.parametrize("number", [0, 1, 35, 61, 62, 3_843, 3_844, 238_328, 1_000_000])
def test_ids_are_the_same_one_by_one_and_all_at_once(number: int):
    """A column of Ids is what each number's Id is, and each Id leads back to its number."""
    frame = pl.DataFrame({"row": [number]}, schema={"row": pl.UInt64}).select(id_column("003", pl.col("row")))

    identity = salesforce_id("003", number)
    assert frame.item() == identity
    assert (row_of("003", identity), row_of("003", identity[:15])) == (number, number)


@pytest.mark.parametrize("text", ["", "003", "001000000000001AAA", "003000000000001AAB", "00300000000000-AAA"])
def test_other_ids_lead_nowhere(text: str):
    """An Id of another kind, of another length or with a wrong checksum is nobody's."""
    assert row_of("003", text) is None


def test_a_crowd_is_the_same_from_wherever_it_is_read():
    """A block made in one go is that made in two; a few columns are those of all."""
    whole = crowd.block(999, 1_010, ALL)

    assert_frame_equal(pl.concat([crowd.block(999, 1_003, ALL), crowd.block(1_003, 1_010, ALL)]), whole)
    assert_frame_equal(crowd.block(999, 1_010, ["Email"]), whole.select("row", "Email"))
    assert whole.schema == {"row": pl.UInt64(), **SCHEMA}


def test_a_crowd_is_there_at_once_and_nobody_twice():
    """A million contacts need no time to begin; any of them can be read."""
    contacts = table(1_000_000)

    last = contacts.view().block(999_999, 1_000_001, ["Id", "Contact_Number__c", "Email"])

    assert last.rows() == [
        (999_999, salesforce_id("003", 999_999), "C-999999", "contact999999@example.com"),
        (1_000_000, salesforce_id("003", 1_000_000), "C-1000000", "contact1000000@example.com"),
    ]


def test_ties_share_seconds_and_leave_cells_blank():
    """Up to 40 neighbours have one CreatedDate, accounts and first names are missing, a NUL stands in a description."""
    frame = table(2_500, ties=True).view().block(1, 2_501, ALL)

    runs = Counter(frame["CreatedDate"])
    assert max(runs.values()) == 40
    assert len(runs) < 200
    nulls = frame.null_count().row(0, named=True)
    assert [nulls[name] > 100 for name in ("FirstName", "Account.Name", "Email", "MailingStreet")] == [True] * 4
    assert frame["Description"].drop_nulls().to_list() == ['She said "call me",\nthen left.\x00'] * 3
    assert frame["MailingStreet"].str.contains("\n").sum() > 100


def test_a_change_moves_the_stamps():
    """What is set is set, what isn't stays, and both stamps are now."""
    contacts = table(10)
    before = contacts.view().block(2, 3, ALL).row(0, named=True)

    contacts.change("003000000000002AAA", LastName="New", Account__Name="Acme", Tier__c=None)

    after = contacts.view().block(2, 3, ALL).row(0, named=True)
    changed = {"LastName": "New", "Account.Name": "Acme", "Tier__c": None}
    assert after == before | changed | {"LastModifiedDate": MOMENT, "SystemModstamp": MOMENT}
    assert contacts.view().block(1, 11, ["Id"])["row"].to_list() == list(range(1, 11))


def test_a_new_contact_comes_last():
    """An added contact has the next number, an Id of its own and now as its date."""
    contacts = table(3)

    identity = contacts.add(LastName="Late", Email="late@example.com")

    last = contacts.view().block(4, 5, ["Id", "LastName", "CreatedDate", "IsDeleted"]).row(0)
    assert last == (4, identity, "Late", MOMENT, False)
    assert identity == salesforce_id("003", 4)


def test_a_view_stays_as_it_was():
    """What changes later does not reach a view that was made before."""
    contacts = table(3)
    view = contacts.view()

    contacts.delete("003000000000001AAA")
    contacts.add(LastName="Late")

    assert [frame["IsDeleted"].to_list() for frame in view.blocks(1, ["IsDeleted"], 10)] == [[False] * 3]
    assert contacts.view().block(1, 5, ["IsDeleted"])["IsDeleted"].to_list() == [True, False, False, False]


@pytest.mark.parametrize("identity", ["003000000000004AAA", "003000000000000AAA", "nobody"])
def test_nobody_else_can_be_changed(identity: str):
    """An Id that isn't there is a KeyError, as is a field that isn't."""
    with pytest.raises(KeyError):
        table(3).delete(identity)
    with pytest.raises(KeyError):
        table(3).change("003000000000001AAA", Nope=1)
