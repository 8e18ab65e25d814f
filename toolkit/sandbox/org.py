"""The Salesforce organisation in the sandbox: what its handlers work on, held together."""

from collections.abc import Callable
from dataclasses import dataclass

from toolkit.sandbox.bulk import Jobs
from toolkit.sandbox.calls import Call, Refused
from toolkit.sandbox.config import SalesforceConfig
from toolkit.sandbox.contact_table import ContactTable
from toolkit.sandbox.fault import Fault
from toolkit.sandbox.instances import Instances
from toolkit.sandbox.report import Report
from toolkit.sandbox.reports import Reports
from toolkit.sandbox.rest_query import Queries
from toolkit.sandbox.sessions import Sessions
from toolkit.sandbox.usage import Usage

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Org:
    """Contacts, reports, queries, jobs, sessions and limits of one organisation."""

    clock: Clock
    contacts: ContactTable
    reports: Reports
    queries: Queries
    jobs: Jobs
    instances: Instances
    sessions: Sessions
    usage: Usage


def found(config: SalesforceConfig, answers: list[Report], clock: Clock) -> Org:
    """Set up an organisation; ``answers`` are reports out of saved answers, ``clock`` gives Unix seconds."""
    contacts = ContactTable(config.contacts, clock, ties=config.ties)
    reports = Reports(contacts, answers)
    queries = Queries(contacts, reports.all())
    return Org(
        clock=clock,
        contacts=contacts,
        reports=reports,
        queries=queries,
        jobs=Jobs(queries.find, clock, config.bulk),
        instances=Instances(clock),
        sessions=Sessions(config, clock),
        usage=Usage(config.limits, clock),
    )


def data_path(call: Call) -> str:
    """Give the address of the API's version that a request came to."""
    return f"/services/data/v{call.params['version']}"


def body(call: Call) -> object:
    """Read a request's body as JSON; Fault 400 when it isn't, None when there is none."""
    if not call.content:
        return None
    try:
        return call.json()
    except Refused as error:
        raise Fault(400, "JSON_PARSER_ERROR", error.details[0]) from None
