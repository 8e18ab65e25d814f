"""Every reply of the sandbox's Front agrees with Front's own OpenAPI description of it.

The description is Front's and no part of this project: ``SF2FRONT_FRONT_OPENAPI`` names a copy of it
(``core-api.json`` of the repository frontapp/front-api-specs); without it these tests are skipped.

The description is mended in memory where it is known to be loose or wrong, and only there (``mended``): links to
owners may be null, as in its own examples; the contact, list and inbox schemas require nothing, though Front always
sends what they describe. Its objects are closed, so that the sandbox can't answer with keys Front doesn't have.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from toolkit.sandbox.front import ROUTES

DESCRIPTION = os.environ.get("SF2FRONT_FRONT_OPENAPI")
pytestmark = pytest.mark.skipif(
    not DESCRIPTION, reason="SF2FRONT_FRONT_OPENAPI names no copy of Front's OpenAPI description (core-api.json)"
)

ALWAYS_SENT = ("ContactResponse", "ContactListResponses", "InboxResponse", "TeamPreviewResponse")
ADA = {"source": "email", "handle": "ada@example.com"}
CONTACT = {
    "name": "Ada",
    "description": "Buyer",
    "links": ["https://example.com"],
    "list_names": ["VIPs"],
    "custom_fields": {"VIP": True, "Tier": "gold", "Renewal": 1_700_000_000},
    "handles": [ADA],
}

# In an order in which each finds what the ones before it made: method, path, body.
CALLS = (
    ("GET", "/me", None),
    ("GET", "/contacts", None),
    ("POST", "/contacts", CONTACT),
    ("POST", "/contacts", {"handles": [{"source": "phone", "handle": "+14155550123"}]}),
    ("POST", "/contacts", {"handles": [{"source": "custom", "handle": "a/b"}]}),
    ("GET", "/contacts?limit=1", None),
    ("GET", "/contacts/crd_1", None),
    ("GET", "/contacts/alt:custom:a%2Fb", None),
    ("PATCH", "/contacts/crd_1", {"custom_fields": {"VIP": False}}),
    ("POST", "/contacts/crd_1/handles", {"source": "twitter", "handle": "ada"}),
    ("DELETE", "/contacts/crd_1/handles", ADA),
    ("POST", "/contacts/merge", {"contact_ids": ["crd_1", "crd_2"]}),
    ("GET", "/contacts/custom_fields", None),
    ("GET", "/contact_lists", None),
    ("POST", "/contact_lists", {"name": "New"}),
    ("POST", "/contact_lists/grp_2/contacts", {"contact_ids": ["crd_1"]}),
    ("GET", "/contact_lists/grp_2/contacts", None),
    ("DELETE", "/contact_lists/grp_2/contacts", {"contact_ids": ["crd_1"]}),
    ("DELETE", "/contact_lists/grp_2", None),
    ("POST", "/accounts", {"name": "Fern", "domains": ["fern.example.com"], "external_id": "001A"}),
    ("POST", "/accounts", {"name": "Bare"}),
    ("GET", "/accounts?limit=1", None),
    ("GET", "/accounts/custom_fields", None),
    ("GET", "/accounts/acc_2", None),
    ("PATCH", "/accounts/alt:ext_id:001A", {"custom_fields": {"Employees": 3}}),
    ("POST", "/accounts/acc_1/contacts", {"contact_ids": ["crd_1"]}),
    ("GET", "/accounts/acc_1/contacts", None),
    ("DELETE", "/accounts/acc_1/contacts", {"contact_ids": ["crd_1"]}),
    ("DELETE", "/accounts/acc_1", None),
    ("DELETE", "/contacts/crd_3", None),
    ("GET", "/rules", None),
    ("GET", "/company/rules", None),
    ("GET", "/teammates", None),
    ("GET", "/inboxes", None),
    ("GET", "/teams", None),
    ("GET", "/teams/tim_1", None),
    ("GET", "/teams/tim_1/rules", None),
    ("POST", "/teams/tim_1/contacts", {"handles": [{"source": "custom", "handle": "team"}]}),
    ("GET", "/teams/tim_1/contacts", None),
    ("POST", "/teammates/tea_1/contacts", {"handles": [{"source": "custom", "handle": "private"}]}),
    ("GET", "/teammates/tea_1/contacts", None),
)


@pytest.fixture(scope="module")
def described():
    """Front's description, mended."""
    return mended(json.loads(Path(str(DESCRIPTION)).read_text(encoding="utf-8")))


def mended(description):
    schemas = description["components"]["schemas"]
    for name in ("ContactResponse", "ContactListResponses"):
        schemas[name]["properties"]["_links"]["properties"]["related"]["properties"]["owner"]["nullable"] = True
    for name in ALWAYS_SENT:
        schemas[name]["required"] = list(schemas[name]["properties"])
    return plain(description)


def plain(part):
    """Turn OpenAPI 3.0's dialect into JSON Schema: ``nullable`` becomes a type, objects with properties are closed."""
    if isinstance(part, list):
        return [plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: plain(value) for key, value in part.items()}
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if made.get("type") == "object" and isinstance(made.get("properties"), dict):
        required = {key: True for key in made.get("required", []) if key not in made["properties"]}
        made |= {"additionalProperties": False, "properties": made["properties"] | required}
    return made


def operation(description, method, path):
    """Find the description of a route: the template with the fewest parameters that fits."""
    fitting = [
        template
        for template in description["paths"]
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path)
        and method.lower() in description["paths"][template]
    ]
    return description["paths"][min(fitting, key=lambda each: each.count("{"))][method.lower()]


def schema_of(description, response):
    found = response if "$ref" not in response else resolved(description, response["$ref"])
    content = found.get("content")
    return content["application/json"]["schema"] | {"components": description["components"]} if content else None


def resolved(description, reference):
    found = description
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_every_reply_agrees_with_the_description(sandbox, described):
    """Status, presence of a body and the body itself are what Front describes, for every route."""
    faults = []
    for method, path, body in CALLS:
        answer = sandbox.front.request(method, path, **({} if body is None else {"json": body}))
        responses = operation(described, method, path.partition("?")[0])["responses"]
        assert str(answer.status_code) in responses, (method, path, answer.text)
        schema = schema_of(described, responses[str(answer.status_code)])
        if schema is None:
            assert answer.content == b"", (method, path)
        else:
            errors = jsonschema.Draft202012Validator(schema).iter_errors(answer.json())
            faults += [(method, path, each.json_path, each.message) for each in errors]

    assert faults == []


def test_every_route_is_driven():
    """No route of the sandbox's Front is left out of these calls."""
    driven = {
        (method, path, template)
        for method, template, _ in ROUTES
        for made, path, _ in CALLS
        if made == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path.partition("?")[0])
    }

    assert {(method, template) for method, _, template in driven} == {(method, path) for method, path, _ in ROUTES}


def test_a_reply_that_strays_is_noticed(described):
    """The check itself finds a missing key, a key too many, a wrong type and a null."""
    schema = schema_of(described, {"$ref": "#/components/responses/identity"})
    me = {"_links": {"self": "http://127.0.0.1/me"}, "id": "cmp_1", "name": "Fern"}
    strays = [{"id": "cmp_1"}, me | {"email": "x"}, me | {"id": 1}, me | {"name": None}]

    validator = jsonschema.Draft202012Validator(schema)
    assert [validator.is_valid(each) for each in [me, *strays]] == [True, False, False, False, False]


def test_schemathesis_finds_nothing(tmp_path):
    """The short form of ``make contract``: the description's own examples, made into requests, meet no surprise."""
    short = ["--phases", "examples", "--seed", "1"]
    command = [sys.executable, "-m", "tests.contract.run", str(Path(str(DESCRIPTION)).resolve()), *short]

    ran = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)

    assert (ran.returncode, re.search("Tested: [1-9]", ran.stdout) is not None) == (0, True), ran.stdout + ran.stderr
