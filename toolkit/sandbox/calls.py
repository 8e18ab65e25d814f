"""A request to the sandbox as plain data, and what can come of it; Front's refusals. Knows no web framework."""

from dataclasses import dataclass, field
from typing import Any

import orjson

TITLES = {
    400: "Bad request",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    429: "Too many requests",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: ``params`` are the percent-decoded parts of the path, ``base`` the address it came to.

    The names of ``headers`` are in lower case.
    """

    method: str
    path: str
    base: str = ""
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    token: str = ""
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Read the body; Refused 400 when it is not JSON."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise Refused(400, "Body is not valid JSON", [str(error)]) from None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; ``data`` None means no body at all, bytes are sent as they are, anything else as JSON."""

    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request is answered with one of Front's errors instead."""

    def __init__(self, status: int, message: str, details: list[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details or []

    def reply(self) -> Reply:
        """Give the answer in the shape of Front's error bodies."""
        error: dict[str, Any] = {"status": self.status, "title": TITLES[self.status], "message": self.message}
        if self.details:
            error["details"] = self.details
        return Reply(self.status, {"_error": error})


def not_found(what: str) -> Refused:
    """Make the refusal for something that isn't there."""
    return Refused(404, f"Could not find {what}")
