"""Front's door in the sandbox: the table of routes, the token and its scopes, the rate limit, faults.

Each request is one transaction, and its line in the log is part of it.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from toolkit.sandbox import accounts, company, contacts, lists
from toolkit.sandbox.calls import Call, Refused, Reply
from toolkit.sandbox.company import Company
from toolkit.sandbox.config import FaultKind
from toolkit.sandbox.rate_limit import TIER, RateWindow
from toolkit.sandbox.spoiler import Outage, Spoiler
from toolkit.sandbox.store import LogLine

Handler = Callable[[Company, Call], Reply]

# The order matters: /contacts/custom_fields and /contacts/merge stand before /contacts/{contact_id}.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/me", company.me),
    ("GET", "/contacts", contacts.list_contacts),
    ("POST", "/contacts", contacts.create_contact),
    ("GET", "/contacts/custom_fields", company.contact_custom_fields),
    ("POST", "/contacts/merge", contacts.merge_contacts),
    ("GET", "/contacts/{contact_id}", contacts.get_contact),
    ("PATCH", "/contacts/{contact_id}", contacts.update_contact),
    ("DELETE", "/contacts/{contact_id}", contacts.delete_contact),
    ("POST", "/contacts/{contact_id}/handles", contacts.add_handle),
    ("DELETE", "/contacts/{contact_id}/handles", contacts.remove_handle),
    ("GET", "/contact_lists", lists.contact_lists),
    ("POST", "/contact_lists", lists.create_list),
    ("DELETE", "/contact_lists/{list_id}", lists.delete_list),
    ("GET", "/contact_lists/{list_id}/contacts", lists.list_members),
    ("POST", "/contact_lists/{list_id}/contacts", lists.add_members),
    ("DELETE", "/contact_lists/{list_id}/contacts", lists.remove_members),
    ("GET", "/accounts", accounts.list_accounts),
    ("POST", "/accounts", accounts.create_account),
    ("GET", "/accounts/custom_fields", company.account_custom_fields),
    ("GET", "/accounts/{account_id}", accounts.get_account),
    ("PATCH", "/accounts/{account_id}", accounts.update_account),
    ("DELETE", "/accounts/{account_id}", accounts.delete_account),
    ("GET", "/accounts/{account_id}/contacts", accounts.account_contacts),
    ("POST", "/accounts/{account_id}/contacts", accounts.add_contacts),
    ("DELETE", "/accounts/{account_id}/contacts", accounts.remove_contacts),
    ("GET", "/rules", company.rules),
    ("GET", "/company/rules", company.rules),
    ("GET", "/teammates", company.teammates),
    ("GET", "/inboxes", company.inboxes),
    ("GET", "/teams", company.teams),
    ("GET", "/teams/{team_id}", company.team),
    ("GET", "/teams/{team_id}/rules", company.team_rules),
    ("GET", "/teams/{team_id}/contacts", contacts.list_contacts),
    ("POST", "/teams/{team_id}/contacts", contacts.create_contact),
    ("GET", "/teammates/{teammate_id}/contacts", contacts.list_contacts),
    ("POST", "/teammates/{teammate_id}/contacts", contacts.create_contact),
)


_NOT_DONE = {
    FaultKind.RESET: Refused(500, "The connection is closed before anything is done").reply(),
    FaultKind.ERROR: Refused(500, "Something went wrong").reply(),
    FaultKind.UNAVAILABLE: Refused(503, "Front is down for a moment").reply(),
    FaultKind.UNAUTHENTICATED: Refused(401, "Authentication failed: the token was revoked").reply(),
    FaultKind.TOO_MANY: replace(Refused(429, "Please retry in 341 milliseconds").reply(), headers={"retry-after": "0"}),
}
_DONE_BUT = {
    FaultKind.LATE_ERROR: Refused(502, "The answer got lost on the way").reply(),
    FaultKind.GARBAGE: Reply(200, b"<html><body>proxy</body></html>", {"content-type": "text/html"}),
}
"""What is answered to a request that goes wrong on purpose: without doing it, or after it was done."""


class Front:
    """Answers requests to Front, one after the other."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._window = RateWindow(company.config.rate_limit)
        self._spoiler = Spoiler(company.config.faults)
        self.token = company.config.token
        self.clock = company.clock
        self.latency_seconds = company.config.latency_seconds
        self.slow_seconds = company.config.faults.slow_seconds

    def answer(self, handler: Handler, call: Call) -> tuple[Reply, FaultKind | None]:
        """Let the request in or refuse it, do it, and log it together with its effect.

        A handler refuses before it writes anything: what it wrote is kept, together with the line in the log, which
        says what the request came to. Says what is to go wrong on the answer's way, if anything is.
        """
        store, now = self._company.store, self._company.clock()
        with store.transaction():
            fault = self._spoiler.next(now)
            reply = _NOT_DONE[fault] if fault in _NOT_DONE else self._done(handler, call)
            store.log(LogLine(call.method, call.path, reply.status, _concerns(call, reply), fault, now))
        reply = _DONE_BUT.get(fault, reply) if fault else reply
        return replace(reply, headers=self._window.headers(now) | reply.headers), fault

    def spoil(self, kind: FaultKind | None, wait: int = 0, seconds: float = math.inf) -> None:
        """Let every request go wrong, from the one after ``wait`` others, for so many seconds; None ends that."""
        self._spoiler.begin(Outage(kind, wait, seconds) if kind else None)

    def _done(self, handler: Handler, call: Call) -> Reply:
        try:
            self._let_in(call)
            return handler(self._company, call)
        except (Refused, TooMany) as refusal:
            return refusal.reply()

    def _let_in(self, call: Call) -> None:
        config, now = self._company.config, self._company.clock()
        if call.token != self.token:
            raise Refused(401, "Authentication failed: the token is missing or wrong")
        if not self._window.take(now):
            seconds = self._window.retry_after(now)
            raise TooMany(f"Rate limit exceeded. Please retry in {seconds} seconds.", {"retry-after": seconds})
        if wait := self._window.wait_for(call.path, now):
            said = f"Too many requests to this resource. Please retry in {wait * 1000:.0f} milliseconds"
            raise TooMany(said, {"retry-after": str(math.ceil(wait)), "x-front-tier": TIER})
        needed = scope_of(call)
        if config.scopes is not None and needed and needed not in config.scopes:
            raise Refused(403, f"The token lacks the scope {needed}")


class TooMany(Exception):
    """The request is answered with 429."""

    def __init__(self, message: str, headers: dict[str, str]) -> None:
        super().__init__(message)
        self._headers = headers

    def reply(self) -> Reply:
        """Give the answer."""
        return replace(Refused(429, str(self)).reply(), headers=self._headers)


_READS = {"rules": "rules:read", "teammates": "teammates:read", "inboxes": "inboxes:read", "teams": "teams:read"}


def scope_of(call: Call) -> str:
    """Name the scope that a token needs for a call, as Front's OpenAPI description says it; "" for none."""
    parts = call.path.strip("/").split("/")
    if parts[-1] == "custom_fields":
        return "custom_fields:read"
    if parts[-1] == "rules":
        return "rules:read"
    if parts[-1] in ("contacts", "contact_lists") and (call.method == "GET" or parts[0] != "accounts"):
        return "contacts:read" if call.method == "GET" else "contacts:write"
    if parts[0] in _READS:
        return _READS[parts[0]]
    what = {"contacts": "contacts", "contact_lists": "contacts", "accounts": "accounts"}.get(parts[0], "")
    verb = {"GET": "read", "DELETE": "delete"}.get(call.method, "write") if len(parts) == 2 else "write"
    return f"{what}:{'read' if call.method == 'GET' else verb}" if what else ""


def no_such_route(_: Company, call: Call) -> Reply:
    """Answer a path that Front doesn't have, or that the sandbox doesn't play."""
    raise Refused(404, f"Path {call.path} was not found")


def no_such_method(*taken: str) -> Handler:
    """Answer a path of Front with a method it doesn't take, and say which it takes (RFC 9110 wants ``Allow``)."""

    def refuse(_: Company, call: Call) -> Reply:
        refusal = Refused(405, f"Method {call.method} is not allowed on {call.path}")
        return replace(refusal.reply(), headers={"allow": ", ".join(taken)})

    return refuse


def _concerns(call: Call, reply: Reply) -> list[str]:
    """Name what a request was about: ids of its path, handles and ids of its body, the id of its answer."""
    body = _body(call)
    handles = [each for each in (*_listed(body, "handles"), body) if isinstance(each, dict) and "handle" in each]
    named = [*call.params.values(), *(f"{each.get('source')}:{each['handle']}" for each in handles)]
    named += [each for each in _listed(body, "contact_ids") if isinstance(each, str)]
    if isinstance(reply.data, dict) and isinstance(reply.data.get("id"), str):
        named.append(reply.data["id"])
    return list(dict.fromkeys(named))


def _body(call: Call) -> dict[str, Any]:
    try:
        body = call.json() if call.content else {}
    except Refused:
        return {}
    return body if isinstance(body, dict) else {}


def _listed(body: dict[str, Any], key: str) -> list[Any]:
    return body[key] if isinstance(body.get(key), list) else []
