"""Front's door in the sandbox: the table of routes, the token, the rate limit.

Each request is one transaction, and its line in the log is part of it.
"""

from collections.abc import Callable
from typing import Any

from toolkit.sandbox import accounts, company, contacts, lists
from toolkit.sandbox.calls import Call, Refused, Reply
from toolkit.sandbox.company import Company
from toolkit.sandbox.rate_limit import RateWindow

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
)


class Front:
    """Answers requests to Front, one after the other."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._window = RateWindow(company.config.rate_limit)

    def answer(self, handler: Handler, call: Call) -> Reply:
        """Let the request in or refuse it, do it, and log it together with its effect.

        A handler refuses before it writes anything: what it wrote is kept, together with the line in the log.
        """
        store = self._company.store
        with store.transaction():
            try:
                self._let_in(call)
                reply = handler(self._company, call)
            except Refused as refusal:
                reply = refusal.reply()
            store.log(call.method, call.path, reply.status, _concerns(call, reply))
        return Reply(reply.status, reply.data, self._headers(reply.status))

    def _let_in(self, call: Call) -> None:
        if call.token != self._company.config.token:
            raise Refused(401, "Authentication failed: the token is missing or wrong")
        if not self._window.take(self._company.clock()):
            raise Refused(429, f"Rate limit exceeded. Please retry in {self._retry_after()} seconds.")

    def _headers(self, status: int) -> dict[str, str]:
        retry = {"retry-after": self._retry_after()} if status == 429 else {}
        return self._window.headers(self._company.clock()) | retry

    def _retry_after(self) -> str:
        return self._window.retry_after(self._company.clock())


def no_such_route(_: Company, call: Call) -> Reply:
    """Answer a path that Front doesn't have, or that the sandbox doesn't play."""
    raise Refused(404, f"Path {call.path} was not found")


def no_such_method(_: Company, call: Call) -> Reply:
    """Answer a path of Front with a method it doesn't take."""
    raise Refused(405, f"Method {call.method} is not allowed on {call.path}")


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
