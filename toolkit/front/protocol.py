"""How Front writes addresses and refusals. Pure."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from toolkit.exchange import Answer, Request

_LISTS = frozenset({"contacts", "contact_lists", "accounts", "custom_fields", "teammates", "inboxes", "rules", "teams"})
"""The last word of a path at which Front gives a list, page by page."""
_BRINGING = re.compile(r"/contacts|/(teams|teammates)/[^/]+/contacts|/accounts|/contacts/merge")
"""The paths at which a POST is answered with the contact or account that it brought."""


def alias(source: str, handle: str) -> str:
    """Write the path of a contact by its handle: ``/contacts/alt%3Aemail%3A…``, percent-encoded."""
    return f"/contacts/{quote(f'alt:{source}:{handle}', safe=':')}"


def aliased(named: str) -> dict[str, str] | None:
    """Give the handle that ``alt:{source}:{handle}`` names a contact by; None for an id."""
    kind, _, handle = named.partition(":")
    source, _, handle = handle.partition(":")
    return {"source": source, "handle": handle} if kind == "alt" else None


def contact_path(named: str) -> str:
    """Write the path of a contact that is named by its id or an alias."""
    handle = aliased(named)
    return alias(**handle) if handle else f"/contacts/{named}"


def account_alias(kind: str, value: str) -> str:
    """Write the path of an account by ``ext_id`` or ``domain``."""
    return f"/accounts/{quote(f'alt:{kind}:{value}', safe=':')}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Front's error body, any part of which may be missing."""

    status: int
    message: str

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contacts that a 409 names, in its order; read by pattern, since they stand in a sentence."""
        return tuple(dict.fromkeys(re.findall(r"\bcrd_[0-9a-z]+\b", self.message)))


def refusal(answer: Answer) -> Refusal:
    """Read ``{"_error": {"status", "title", "message", "details"}}`` as far as it is there."""
    error = answer.body.get("_error") if isinstance(answer.body, dict) else None
    error = error if isinstance(error, dict) else {}
    details = error.get("details")
    words = [str(error.get("message") or error.get("title") or answer.text[:200] or f"HTTP {answer.status}")]
    words += [str(each) for each in details] if isinstance(details, list) else []
    return Refusal(answer.status, "; ".join(words))


def is_expected(request: Request, body: Any) -> bool:
    """Tell whether a JSON body can be Front's answer to ``request``: something between may answer 200 with its own.

    A list has ``_results``; a single contact or account, and what a creation or merge brought, has an ``id``.
    """
    above, _, last = urlsplit(request.path).path.rpartition("/")
    if request.reads and last in _LISTS:
        return _is_page(body)
    single = request.reads and above.endswith(("/contacts", "/accounts"))
    brings = request.method == "POST" and _BRINGING.fullmatch(request.path) is not None
    return _has_id(body) if single or brings else True


def _is_page(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    found, pagination = body.get("_results"), body.get("_pagination") or {}
    is_list = isinstance(found, list) and all(isinstance(each, dict) for each in found)
    return is_list and isinstance(pagination, dict) and isinstance(pagination.get("next") or "", str)


def _has_id(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.get("id")) and isinstance(body["id"], str)
