"""The export of changed contacts: nothing lost between two exports, each contact once, deleted ones told apart."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.salesforce.bulk_org import Org
from toolkit.errors import InputRefused, Stopped, WrongSettings
from toolkit.files import Outputs
from toolkit.salesforce.incremental import ContactsResult, ContactsSettings, move_forward, read_moment, run

HEADING = '"Id","SystemModstamp","IsDeleted","Name"\n'
STAMP = "2026-11-23T13:00:00.000Z"
FIELDS = ("Name",)
UNTIL = "2026-11-23T13:59:55Z"
"""The mock org's Date is 14:00:00."""


def org_of(*rows: tuple[str, str, str, str]) -> Org:
    lines = ['"' + '","'.join(row) + '"\n' for row in rows]
    return Org(records=len(rows), page=50_000, heading=HEADING, line=lines.__getitem__)


def export(org: Org, settings: ContactsSettings) -> ContactsResult:
    with org.client() as client, Outputs() as outputs:
        result = run(settings, client, outputs)
        outputs.commit()
    move_forward(settings, result)
    return result


def where(org: Org) -> str:
    text: str = org.query["query"].partition(" WHERE ")[2]
    return text


def test_the_window_ends_before_salesforces_time_and_begins_before_the_moment(tmp_path: Path):
    """From ten minutes before the given moment to five seconds before the Date of Salesforce's answer."""
    org = org_of(("003A", STAMP, "false", "Ada"))

    result = export(org, ContactsSettings(tmp_path / "c.csv", datetime(2026, 11, 20, tzinfo=UTC), fields=FIELDS))

    assert where(org) == f"SystemModstamp >= 2026-11-19T23:50:00Z AND SystemModstamp < {UNTIL}"
    assert org.query["operation"] == "queryAll"
    assert (result.since, result.until) == ("2026-11-19T23:50:00Z", UNTIL)


def test_the_first_export_with_a_state_brings_everything_and_the_next_what_changed(tmp_path: Path):
    """No lower bound at first; then the watermark less the overlap."""
    settings = ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS)
    first, second = org_of(("003A", STAMP, "false", "Ada")), org_of()

    export(first, settings)
    state = json.loads((tmp_path / "state").read_text())
    export(second, settings)

    assert where(first) == f"SystemModstamp < {UNTIL}"
    assert state["watermark"] == UNTIL
    assert where(second) == f"SystemModstamp >= 2026-11-23T13:49:55Z AND SystemModstamp < {UNTIL}"


def test_each_contact_comes_once_in_its_newest_version(tmp_path: Path):
    """Older versions are left out wherever they stand; the order of the others stays; the same stamp counts once."""
    later = "2026-11-23T13:00:01.000Z"
    org = org_of(
        ("003A", STAMP, "false", 'Ada\n""Lovelace""'),
        ("003B", later, "false", "Bo, new"),
        ("003A", later, "true", "Ada\n, deleted"),
        ("003B", STAMP, "false", "Bo, old"),
        ("003C", STAMP, "false", "Cy"),
        ("003C", STAMP, "false", "Cy"),
    )

    result = export(org, ContactsSettings(tmp_path / "c.csv", datetime(2026, 11, 20, tzinfo=UTC), fields=FIELDS))

    assert (tmp_path / "c.csv").read_text() == (
        HEADING
        + f'"003B","{later}","false","Bo, new"\n'
        + f'"003A","{later}","true","Ada\n, deleted"\n'
        + f'"003C","{STAMP}","false","Cy"\n'
    )
    assert (result.rows, result.deleted, result.repeated) == (3, 1, 3)
    assert {path.name for path in tmp_path.iterdir()} == {"c.csv"}


def test_without_repetitions_the_file_is_what_salesforce_sent(tmp_path: Path):
    """Byte for byte, and deleted contacts are counted."""
    org = org_of(("003A", STAMP, "true", "Ada"), ("003B", STAMP, "false", "Bo"))

    result = export(org, ContactsSettings(tmp_path / "c.csv", datetime(2026, 11, 20, tzinfo=UTC), fields=FIELDS))

    assert (tmp_path / "c.csv").read_bytes() == org.whole()
    assert (result.rows, result.deleted, result.repeated) == (2, 1, 0)


def test_the_state_stays_when_the_export_fails(tmp_path: Path):
    """An export that stops leaves the watermark where it was, and the next one does not lose its window."""
    settings = ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS)
    export(org_of(), settings)
    before = (tmp_path / "state").read_bytes()
    broken = org_of(("003A", STAMP, "false", "Ada"))
    broken.processed = 2

    with pytest.raises(InputRefused):
        export(broken, settings)

    assert (tmp_path / "state").read_bytes() == before


def test_a_kill_between_output_and_state_loses_nothing(tmp_path: Path):
    """The output is there and the state is not yet: the next export asks for the same window again."""
    settings = ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS)
    export(org_of(), settings)
    killed, following = org_of(("003A", STAMP, "false", "Ada")), org_of(("003A", STAMP, "false", "Ada"))
    with killed.client() as client, Outputs() as outputs:
        run(settings, client, outputs)
        outputs.commit()

    export(following, settings)

    assert where(following) == where(killed)


def test_what_a_killed_run_left_is_started_over(tmp_path: Path):
    """Its window was another one, so it is not gone on with."""
    settings = ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS)
    killed, following = org_of(*ROWS), org_of(*ROWS)
    killed.trouble = lambda request: _refusing(request.url.path)
    with pytest.raises(Stopped):
        export(killed, settings)

    result = export(following, settings)

    assert (tmp_path / "c.csv").read_bytes() == following.whole()
    assert result.notes == ()


ROWS = [("003A", STAMP, "false", "Ada"), ("003B", STAMP, "false", "Bo")]


def _refusing(path: str) -> None:
    if path.endswith("/results"):
        raise Stopped("killed here")


def test_without_salesforces_time_nothing_is_exported(tmp_path: Path):
    """Our own clock may be ahead, and a watermark in the future would lose changes."""
    org = org_of()
    org.trouble = lambda request: _untimed(request.url.path)

    with pytest.raises(Stopped, match="what time it is"):
        export(org, ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS))

    assert not (tmp_path / "state").exists()


def _untimed(path: str) -> httpx.Response | None:
    return httpx.Response(200, json=[{"version": "68.0"}]) if path == "/services/data" else None


@pytest.mark.parametrize("change", [{"fields": ("Email",)}, {"where": "Name != ''"}])
def test_a_state_of_another_question_is_refused(change: dict[str, object], tmp_path: Path):
    """Its watermark says nothing of contacts that were not asked for."""
    export(org_of(), ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS))
    other = {"fields": FIELDS} | change

    with pytest.raises(InputRefused, match="another fields or another condition"):
        export(org_of(), ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", **other))  # type: ignore[arg-type]


def test_a_state_of_another_org_is_refused(tmp_path: Path):
    """A watermark holds in its own org."""
    settings = ContactsSettings(tmp_path / "c.csv", state=tmp_path / "state", fields=FIELDS)
    export(org_of(), settings)
    refused = pytest.raises(InputRefused, match="another org")

    with org_of().client("https://other.my.salesforce.com") as client, Outputs() as outputs, refused:
        run(settings, client, outputs)


def test_the_condition_stays_inside_its_brackets(tmp_path: Path):
    """What is given narrows the window and can't widen it."""
    org = org_of()
    moment = datetime(2026, 11, 20, tzinfo=UTC)

    export(org, ContactsSettings(tmp_path / "c.csv", moment, fields=FIELDS, where="Name LIKE 'A%' OR Name = ')'"))

    assert where(org).endswith(f"SystemModstamp < {UNTIL} AND (Name LIKE 'A%' OR Name = ')')")


@pytest.mark.parametrize(
    "condition", ["Name = 'A') OR (Name != 'A'", "Name = 'A", "(Name = 'A'", "Name = 'A' LIMIT 5", "  "]
)
def test_a_condition_that_is_more_than_one_is_refused(condition: str, tmp_path: Path):
    """Brackets and quotes pair, and no other clause follows."""
    settings = ContactsSettings(tmp_path / "c.csv", datetime(2026, 11, 20, tzinfo=UTC), where=condition)

    with pytest.raises(InputRefused):
        export(org_of(), settings)


def test_a_field_that_is_no_name_is_refused(tmp_path: Path):
    """Fields are names, not SOQL."""
    settings = ContactsSettings(tmp_path / "c.csv", datetime(2026, 11, 20, tzinfo=UTC), fields=("Id FROM Account",))

    with pytest.raises(WrongSettings, match="Id FROM Account"):
        export(org_of(), settings)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T14:00:00Z", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2026-11-23T14:00:00+02:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime):
    """ISO 8601; UTC where no zone is named."""
    assert read_moment(text) == moment


def test_what_is_no_moment_is_refused():
    """Nothing is guessed."""
    with pytest.raises(WrongSettings, match="23/11/2026"):
        read_moment("23/11/2026")
