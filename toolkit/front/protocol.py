"""How Front writes addresses and refusals. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from toolkit.exchange import Answer


def alias(source: str, handle: str) -> str:
    """Write the path of a contact by its handle: ``/contacts/alt%3Aemail%3A…``, percent-encoded."""
    return f"/contacts/{quote(f'alt:{source}:{handle}', safe=':')}"


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
