"""Front's OpenAPI description, mended in memory where it is known to be loose or wrong, and nowhere else.

Schemathesis loads this module as its hooks (``SCHEMATHESIS_HOOKS``); ``mended`` serves the tests too.
"""

import zlib
from typing import Any

import schemathesis

METHODS = ("get", "post", "put", "patch", "delete")
REFUSALS = ("400", "401", "403", "404", "405", "409", "429")
"""Statuses of Front's errors: the description has none of them, every route can answer them."""

ERROR = {
    "type": "object",
    "required": ["_error"],
    "properties": {
        "_error": {
            "type": "object",
            "required": ["status", "title", "message"],
            "properties": {
                "status": {"type": "integer"},
                "title": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
}


def mended(description: dict[str, Any]) -> dict[str, Any]:
    """Mend the description in place and give it.

    Links to owners may be null and links are single texts, as in its own examples; a contact has at least one handle;
    an account's external id is a text in its examples too.
    """
    schemas = description["components"]["schemas"]
    for name in ("ContactResponse", "ContactListResponses"):
        schemas[name]["properties"]["_links"]["properties"]["related"]["properties"]["owner"]["nullable"] = True
    schemas["ContactResponse"]["properties"]["links"]["items"].pop("example", None)
    schemas["CreateContact"]["allOf"][1]["properties"]["handles"]["minItems"] = 1
    for schema in schemas.values():
        external_id = schema.get("properties", {}).get("external_id", {})
        if "example" in external_id:
            external_id["example"] = str(external_id["example"])
    for path in description["paths"].values():
        for method in METHODS:
            if method in path:
                _operation(path[method])
    return description


def _operation(operation: dict[str, Any]) -> None:
    """Require the body, and describe the errors."""
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    answer = {"description": "An error", "content": {"application/json": {"schema": ERROR}}}
    operation["responses"] = dict.fromkeys(REFUSALS, answer) | operation["responses"]


DESCRIBED = (
    *("name", "description", "avatar", "links", "group_names", "list_names", "custom_fields", "handles"),
    *("source", "handle", "force", "contact_ids", "target_contact_id", "domains", "external_id"),
)
"""Every key of the bodies that the description has; others it lets pass, and the sandbox refuses them."""

IDS = {"contact_id": "crd", "account_id": "acc", "contact_list_id": "grp"}
MADE = 30
"""So many contacts, accounts and lists are there when a run begins (their ids are crd_1 … crd_u); see run.py."""


@schemathesis.hook
def map_path_parameters(_: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let three made-up ids out of four be ids of something that is there, the same for the same made-up id."""
    return {key: _real(key, value) for key, value in parameters.items()} if parameters else parameters


def _real(key: str, value: Any) -> Any:
    number = zlib.crc32(str(value).encode())
    real = f"{IDS[key]}_{'123456789abcdefghijklmnopqrstu'[number // 4 % MADE]}" if key in IDS else value
    return value if number % 4 == 0 else real


@schemathesis.check
def refused_for_a_reason(_: Any, response: Any, case: Any) -> None:
    """A 400 names what it refuses, and never a key that the description has."""
    if response.status_code != 400 or not case.meta or not case.meta.generation.mode.is_positive:
        return
    error = response.json()["_error"]
    unknown = [f"body.{key}: is not known here" for key in DESCRIBED]
    unknown = [each for each in error.get("details", []) if each in unknown]
    assert not unknown, f"a described key is refused: {unknown}"
    assert error.get("details") or "force" in error["message"], "a refusal gives no reason"


@schemathesis.hook
def before_load_schema(_: Any, raw_schema: dict[str, Any]) -> None:
    """Mend what schemathesis has read."""
    mended(raw_schema)
