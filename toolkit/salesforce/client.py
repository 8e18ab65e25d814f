"""Talks to one Salesforce org: bytes and dicts in and out. Knows addresses and errors, not what a report means.

Sources: REST API ``/services/data`` (versions, no sign-in), Reports REST API ``/analytics/reports``. Errors are a
JSON array ``[{"errorCode", "message"}]``; a maintenance page is HTML.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import quote, urlencode

from toolkit.errors import InputRefused, SignInRefused, Stopped, ToolkitError
from toolkit.exchange import Answer, Lost, Outcome, Request
from toolkit.http import Connection, Host, Stream
from toolkit.pacing import GiveUp, decide, is_told_to_wait
from toolkit.progress import unheard
from toolkit.salesforce.auth import Session, SignIn
from toolkit.salesforce.report import row_count

REPORT_SECONDS = 150.0
"""How long an answer may take: Salesforce gives a synchronous report run two minutes."""
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Connect = Callable[[Session], Connection]

MAX_API_SHARE = 0.8
"""The part of the org's daily API requests that may be used, by whomever, before we stop."""


def _connect(session: Session) -> Connection:
    return Connection(Host(session.url, session.token, read_seconds=REPORT_SECONDS))


MAX_RENEWALS = 3
"""New sessions in a row for one request: another that ends at once would not fare better."""
MAX_TOLD_TO_WAIT = 100
"""Answers in a row that ask for patience: more means that it does not end."""
HOURLY_WAIT, LONGEST_HOURLY_WAIT = 300.0, 3900.0
"""Seconds between attempts, and in all, when the hour's 500 synchronous report runs are used up."""


class SalesforceClient:
    """One org, signed in when first asked. Reads are repeated after passing failures; a session that ends is
    renewed and the request sent again; what stays is raised as a ToolkitError.

    ``usage`` is what the last answer said of the org's daily API requests: (used, allowed). When the next request
    would pass ``max_api_share`` of them, Stopped is raised in its place. Several threads may ask and stream at once.
    """

    def __init__(
        self,
        sign_in: SignIn,
        connect: Connect = _connect,
        max_api_share: float = MAX_API_SHARE,
        tell: Callable[[str], None] = unheard,
    ) -> None:
        self._tell = tell
        self._sign_in = sign_in
        self._connect = connect
        self._max_api_share = max_api_share
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._connection: Connection | None = None
        self._outlived: list[Connection] = []
        self._version = ""
        self.clock = sign_in.clock
        self.usage: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        for connection in (*self._outlived, self._connection):
            if connection:
                connection.__exit__(*failure)

    @property
    def url(self) -> str:
        """The org's own address, which signing in tells."""
        self._connected()
        return self._session.url if self._session else ""

    def describe_report(self, report_id: str) -> dict[str, Any]:
        """Give the report's describe answer: its metadata, columns, and which filters each data type allows."""
        return self._dict(Request("GET", self._analytics(f"reports/{quote(report_id, safe='')}/describe")))

    def run_report(self, report_id: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """Run the report with these overrides of its metadata, rows included: at most 2,000 of them."""
        path = self._analytics(f"reports/{quote(report_id, safe='')}?includeDetails=true")
        return self._dict(Request("POST", path, {"reportMetadata": metadata}))

    def count_rows(self, report_id: str) -> int:
        """Ask how many rows the report has, without any of them: its ``RowCount`` is never cut."""
        path = self._analytics(f"reports/{quote(report_id, safe='')}?includeDetails=false")
        return row_count(self._dict(Request("POST", path, {"reportMetadata": {"aggregates": ["RowCount"]}})))

    @contextmanager
    def report_as_excel(self, report_id: str) -> Iterator[Stream]:
        """Give the report as Excel, formatted as its user sees it; Salesforce caps the rows (said to be 100,000)."""
        path = self._analytics(f"reports/{quote(report_id, safe='')}")
        with self.stream(Request("GET", path, headers=(("accept", EXCEL),))) as stream:
            yield stream

    @contextmanager
    def report_as_ui_csv(self, report_id: str) -> Iterator[Stream]:
        """Give the report as the UI's own export writes it: undocumented, a failure is HTML with status 200."""
        path = f"/{quote(report_id, safe='')}?isdtp=p1&export=1&enc=UTF-8&xf=csv"
        with self.stream(Request("GET", path, session_cookie=True)) as stream:
            yield stream

    def find_reports(self, name: str) -> list[dict[str, Any]]:
        """List the reports called ``name`` (their label or their developer name): Id, Name, FolderName, Format."""
        text = name.replace("\\", "\\\\").replace("'", "\\'")
        query = "SELECT Id, Name, DeveloperName, FolderName, Format FROM Report"
        found: dict[str, dict[str, Any]] = {}
        for column in ("Name", "DeveloperName"):
            where = urlencode({"q": f"{query} WHERE {column} = '{text}'"})
            path = f"{self._data()}/query?{where}"
            found |= {each["Id"]: each for each in self._dict(Request("GET", path)).get("records", [])}
        return list(found.values())

    def list_reports(self) -> list[dict[str, Any]]:
        """List every report of the org: Id, Name, FolderName, Format, LastRunDate, by folder and name."""
        query = "SELECT Id, Name, DeveloperName, FolderName, Format, LastRunDate FROM Report ORDER BY FolderName, Name"
        return [record for answer in self.query(query) for record in answer["records"]]

    def query(self, soql: str, *, all_rows: bool = False) -> Iterator[dict[str, Any]]:
        """Run a SOQL query by REST and give its answers: totalSize, and at most 2,000 records in each."""
        resource = "queryAll" if all_rows else "query"
        answer = self._dict(Request("GET", f"{self._data()}/{resource}?{urlencode({'q': soql})}"))
        yield answer
        seen: set[str] = set()
        while following := answer.get("nextRecordsUrl"):
            if following in seen:
                raise Stopped("the pages of the query lead back to each other", hint="run the same command again")
            seen.add(following)
            answer = self._dict(Request("GET", following))
            yield answer

    def read_limits(self) -> None:
        """Ask how many API requests of the day are used; not every user may see it, and then answers tell later."""
        answer = self.ask(Request("GET", f"{self._data()}/limits"), expected=frozenset({403, 404}))
        daily = answer.body.get("DailyApiRequests") if isinstance(answer.body, dict) else None
        if isinstance(daily, dict) and isinstance(daily.get("Max"), int) and isinstance(daily.get("Remaining"), int):
            self.usage = (daily["Max"] - daily["Remaining"], daily["Max"])

    def server_time(self) -> float:
        """Tell Salesforce's own time (Unix seconds), from the Date of an answer. Our own clock is no substitute:
        were it ahead, changes made meanwhile would be lost.
        """
        stamp = self.ask(Request("GET", "/services/data"), signed=False).headers.get("date", "")
        try:
            return parsedate_to_datetime(stamp).timestamp()
        except ValueError:
            raise Stopped("Salesforce does not say what time it is", hint="run the same command again") from None

    def _data(self) -> str:
        return f"/services/data/v{self.version()}"

    def _analytics(self, rest: str) -> str:
        return f"{self._data()}/analytics/{rest}"

    def version(self) -> str:
        """Give the newest API version that the org offers; asked once, never assumed."""
        if not self._version:
            answer = self.ask(Request("GET", "/services/data"), signed=False)
            offered = [each["version"] for each in answer.body or [] if isinstance(each, dict) and "version" in each]
            if not offered:
                raise InputRefused("the Salesforce address does not answer with API versions", hint=_ADDRESS_HINT)
            self._version = str(max(offered, key=float))
        return self._version

    def _dict(self, request: Request) -> dict[str, Any]:
        body = self.ask(request).body
        if not isinstance(body, dict):
            raise Stopped("Salesforce answered with something that is not JSON", hint="run the same command again")
        return body

    def ask(self, request: Request, *, signed: bool = True, expected: frozenset[int] = frozenset()) -> Answer:
        """Send until it is answered with JSON (or with nothing, where that is right); raise what stays wrong.

        An answer whose status is among ``expected`` is given as it is.
        """
        return self._patiently(request, lambda connection: connection.send(request, signed=signed), expected)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Stream]:
        """Send until the answer begins well, and give it while its body comes in."""
        with ExitStack() as stack:
            opened: list[Stream] = []

            def begin(connection: Connection) -> Outcome:
                stream = stack.enter_context(connection.stream(request))
                if isinstance(stream, Lost):
                    return stream
                opened.append(stream)
                return Answer(stream.status, {}, headers=stream.headers) if stream.status == 200 else stream.answer()

            self._patiently(request, begin)
            yield opened[-1]

    def _patiently(
        self, request: Request, send: Callable[[Connection], Outcome], expected: frozenset[int] = frozenset()
    ) -> Answer:
        attempt, renewals, waited, told = 0, 0, 0.0, 0
        while True:
            attempt += 1
            self._check_share()
            connection = self._connected()
            outcome = self._note_usage(send(connection))
            if isinstance(outcome, Answer) and (_is_complete(outcome) or outcome.status in expected):
                return outcome
            failure = _as_failure(outcome)
            ended = isinstance(failure, Answer) and failure.status == 401
            if ended and self._sign_in.renewable and renewals < MAX_RENEWALS:
                renewals += self._renew(connection)
                continue
            renewals = renewals if ended else 0
            told += is_told_to_wait(failure)
            if told > MAX_TOLD_TO_WAIT:
                raise explain(failure)
            if _is_hourly_limit(failure) and waited < LONGEST_HOURLY_WAIT:
                waited += self._pause(HOURLY_WAIT, failure)
                continue
            verdict = decide(request, failure, attempt)
            if isinstance(verdict, GiveUp):
                raise explain(failure)
            self._pause(verdict.seconds, failure)

    def _pause(self, seconds: float, failure: Outcome) -> float:
        """Wait before another attempt, and say so when it is long enough to wonder."""
        if seconds >= 2:
            self._tell(f"{explain(failure).sentence}; trying again in {seconds:.0f} s")
        self.clock.sleep(seconds)
        return seconds

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                self._session = self._sign_in.session()
                self._connection = self._connect(self._session)
            return self._connection

    def _renew(self, ended: Connection) -> bool:
        """Sign in anew, unless another thread has done so; the old connection may still be read from."""
        with self._lock:
            if self._connection is ended:
                self._outlived.append(ended)
                self._connection = None
        return True

    def _check_share(self) -> None:
        used, allowed = self.usage or (0, 0)
        if allowed and used + 1 > allowed * self._max_api_share:
            raise Stopped(
                f"{used:,} of the org's {allowed:,} API requests of the day are used, and "
                f"{self._max_api_share:.0%} of them is the limit that was set",
                hint="run the same command again later, or allow more of them with --max-api-share",
            )

    def _note_usage(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Answer):
            used = re.search(r"api-usage=(\d+)/(\d+)", outcome.headers.get("sforce-limit-info", ""))
            self.usage = (int(used[1]), int(used[2])) if used else self.usage
        return outcome


_ADDRESS_HINT = "it must be the org's instance URL, such as https://acme.my.salesforce.com, not a page in Lightning"


def _is_complete(outcome: Answer) -> bool:
    return outcome.ok and (outcome.body is not None or outcome.status == 204)


def _is_hourly_limit(failure: Outcome) -> bool:
    """Tell the limit of 500 report runs in 60 minutes, which passes, from the org's limit of a day, which stops."""
    if not isinstance(failure, Answer) or failure.status != 403:
        return False
    _, message = _error(failure)
    return "reports" in message and "60 minutes" in message


def _as_failure(outcome: Answer | Lost) -> Answer | Lost:
    """See a 200 without JSON for what it is: a page of a proxy or of a maintenance, in place of the answer."""
    if isinstance(outcome, Answer) and outcome.ok:
        return Lost(reached=True, why="an answer that is not JSON")
    return outcome


def explain(outcome: Answer | Lost) -> ToolkitError:
    """Turn Salesforce's refusal into the error whose exit code and hint fit it."""
    if isinstance(outcome, Lost):
        return Stopped(f"Salesforce could not be reached: {outcome.why}", hint="run the same command again")
    code, message = _error(outcome)
    said = f"Salesforce answered {outcome.status} {code}: {message}".rstrip(": ")
    if outcome.status == 401:
        return SignInRefused(said, hint="sign in again and set SF2FRONT_SALESFORCE_TOKEN to the new access token")
    if (
        code == "REQUEST_LIMIT_EXCEEDED"
        or _is_hourly_limit(outcome)
        or outcome.status >= 500
        or outcome.status in (420, 429)
    ):
        return Stopped(said, hint="run the same command again later")
    if outcome.status == 403:
        return SignInRefused(said, hint="the user lacks a permission: API Enabled, Run Reports, access to the folder")
    return InputRefused(said)


def _error(answer: Answer) -> tuple[str, str]:
    first = answer.body[0] if isinstance(answer.body, list) and answer.body else answer.body
    if not isinstance(first, dict):
        return "", "" if answer.body is None and not answer.text else "a page that is not JSON"
    code = first.get("errorCode") or first.get("error") or ""
    return str(code), str(first.get("message") or first.get("error_description") or "")
