"""A client that others wrote, simple-salesforce, works on the sandbox as it does on Salesforce."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, bulk2
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceMalformedRequest

from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import RunningSandbox, running

REPORT = "analytics/reports/00O000000000001AAA"


class ToSandbox(HTTPAdapter):
    """The client insists on https and Salesforce's own address; the sandbox has neither."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert request.url
        request.url = f"{self._address}/{request.url.split('/', 3)[3]}"
        return super().send(request, *args, **options)


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    config = tmp_path_factory.mktemp("sandbox") / "sandbox.yaml"
    config.write_text("salesforce: {contacts: 4100, bulk: {polls: 0}}\n")
    with running(SandboxSettings(config=config)) as started:
        yield started


@pytest.fixture
def session(org: RunningSandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("https://", ToSandbox(org.url))
        yield session


@pytest.fixture
def client(org: RunningSandbox, session: requests.Session) -> Salesforce:
    address = org.url.replace("http:", "https:")
    return Salesforce(instance_url=address, session_id="00D000000000001!sandbox", session=session, version="68.0")


def test_it_logs_in_with_a_password(org: RunningSandbox, session: requests.Session):
    """SOAP login gives the session and the sandbox's address; a wrong password is refused."""
    client = Salesforce(username="ada@example.com", password="pw", security_token="t", session=session, version="68.0")

    assert (client.session_id, client.sf_instance) == ("00D000000000001!sandbox", org.url.removeprefix("http://"))
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        Salesforce(username="ada@example.com", password="wrong", security_token="t", session=session)


def test_it_logs_in_with_client_credentials(session: requests.Session):
    """The token endpoint takes what it sends."""
    client = Salesforce(consumer_key="key", consumer_secret="s", domain="acme.my", session=session, version="68.0")

    assert client.session_id == "00D000000000001!sandbox"


def test_it_queries_page_by_page(client: Salesforce):
    """All 4,100 contacts come, over three pages, each once; related records nest."""
    query = "SELECT Id, Name, Account.Name FROM Contact"

    everything = client.query_all(query)
    one_by_one = list(client.query_all_iter(query))

    assert everything["totalSize"] == len(everything["records"]) == 4_100
    assert [each["Id"] for each in one_by_one] == [each["Id"] for each in everything["records"]]
    assert len({each["Id"] for each in one_by_one}) == 4_100
    assert one_by_one[0]["Account"]["attributes"]["type"] == "Account"


def test_a_bad_query_is_its_own_error(client: Salesforce):
    """What Salesforce calls malformed the client calls malformed."""
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        client.query("SELECT Nope FROM Contact")


def test_it_runs_a_report(client: Salesforce):
    """A run by restful() has 2,000 rows and says that there are more."""
    answer = client.restful(REPORT, params={"includeDetails": "true"})

    assert answer is not None
    assert (len(answer["factMap"]["T!T"]["rows"]), answer["allData"]) == (2_000, False)


def test_it_describes_contacts_and_reads_limits(client: Salesforce):
    """describe tells the types of fields, limits what is left."""
    fields = {field["name"]: field["type"] for field in client.Contact.describe()["fields"]}
    limits = client.limits()

    assert (fields["Id"], fields["CreatedDate"], fields["Tier__c"]) == ("id", "datetime", "picklist")
    assert limits["DailyApiRequests"]["Remaining"] < limits["DailyApiRequests"]["Max"] == 100_000


def test_it_queries_in_bulk(client: Salesforce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A Bulk 2.0 query in memory and the same to files have every contact once."""
    monkeypatch.setattr(bulk2, "sleep", lambda _: None)
    query = "SELECT Id, LastName, MailingStreet FROM Contact"

    texts = list(client.bulk2.Contact.query(query, max_records=1_500))
    files = client.bulk2.Contact.download(query, path=str(tmp_path), max_records=1_500)

    in_memory = [row["Id"] for text in texts for row in csv.DictReader(text.splitlines(keepends=True))]
    in_files = []
    for each in files:
        with Path(each["file"]).open(encoding="utf-8", newline="") as file:
            in_files += [row["Id"] for row in csv.DictReader(file)]
    assert [len(texts), len(files), len(in_memory), len(set(in_memory))] == [3, 3, 4_100, 4_100]
    assert in_files == in_memory
