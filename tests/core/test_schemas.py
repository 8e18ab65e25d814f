"""The schemas: sound, portable, and explained in sentences."""

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schemas
from toolkit.documents import parse_yaml
from toolkit.errors import WrongSettings

NEEDED = {
    "account-create", "account-update", "contact-create", "contact-update", "export-resume", "handle", "import-row",
    "list-members", "mapping", "operation", "reject", "result", "sandbox", "settings", "watermark",
}  # fmt: skip


def test_every_schema_is_there():
    """Everything that goes between stages has a schema."""
    assert set(schemas.schema_names()) >= NEEDED


@pytest.mark.parametrize("name", schemas.schema_names())
def test_a_schema_is_valid_and_portable(name: str):
    """Draft 2020-12, no ``format``, and no pattern that validators read differently."""
    schema = schemas.load(name)
    text = json.dumps(schema)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert '"format": "' not in text
    assert [pattern for pattern in patterns(schema) if re.search(r"\\[dDwWsSpP]|\(\?", pattern)] == []


def patterns(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
        return own + [each for value in schema.values() for each in patterns(value)]
    return [each for value in schema for each in patterns(value)] if isinstance(schema, list) else []


@pytest.mark.parametrize(
    ("operation", "pointer", "sentence"),
    [
        ({"key": "1", "op": "contact.upsert", "body": {}}, "/body", "lacks 'handles'"),
        ({"key": "1", "op": "nope"}, "/op", '"nope" is not one of'),
        (
            {"key": "1", "op": "contact.create", "body": {"handles": [{"source": "phone", "handle": "0151"}]}},
            "/body/handles/0/handle",
            '"0151" is not a phone number in E.164 form',
        ),
        (
            {"key": "1", "op": "contact.update", "contact": "crd_1", "body": {"handles": []}},
            "/body",
            "has no place for 'handles'; known here: custom_fields, description, links, name",
        ),
        ({"key": "1", "op": "contact.delete", "contact": {"reff": "2"}}, "/contact", "lacks 'ref'"),
    ],
)
def test_a_failure_is_a_sentence_with_a_place(operation: dict[str, Any], pointer: str, sentence: str):
    """An invalid operation is explained by pointer and words, not by the validator's own message."""
    problem = schemas.problems(operation, "operation", "plan.ndjson", 7)[0]

    assert (problem.file, problem.line, problem.pointer) == ("plan.ndjson", 7, pointer)
    assert problem.sentence.startswith(sentence)


@pytest.mark.parametrize("contact", ["crd_1\n", "\ncrd_1", "crd_1 ", "CRD_1"])
def test_a_line_break_at_the_end_is_no_part_of_an_id(contact: str):
    """Both validators refuse it, though Python's own ``$`` would let a last line break pass."""
    operation = {"key": "1", "op": "contact.delete", "contact": contact}

    assert [each.pointer for each in schemas.problems(operation, "operation")] == ["/contact"]
    assert not schemas.validator("operation").is_valid(operation)


def test_a_yaml_document_is_refused_with_line_and_column():
    """A key that the settings don't know is shown where it stands."""
    document = parse_yaml("front:\n  share: 2\n", "s.yaml")

    with pytest.raises(WrongSettings) as caught:
        schemas.check_document(document, "settings")

    assert str(caught.value.problems[0]) == "s.yaml:2:10 /front/share: 2 is more than 1"


HANDLE = st.fixed_dictionaries(
    {"source": st.sampled_from(["email", "phone", "custom", "fax"]), "handle": st.text(max_size=8) | st.just("+4420")}
)
BODY = st.fixed_dictionaries(
    {"handles": st.lists(HANDLE | st.just({"source": "email", "handle": "a@b"}), max_size=3)},
    optional={
        "name": st.text(max_size=3) | st.none(),
        "custom_fields": st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text(max_size=3)),
        "links": st.lists(st.text(max_size=2), max_size=2),
    },
)
TARGET = st.sampled_from(["crd_1", "crd_", "acc_1", {"ref": "1"}, {"ref": ""}, {}, 1, "crd_1\n"])
OPERATION = st.fixed_dictionaries(
    {"key": st.text(max_size=2), "op": st.sampled_from([*schemas.load("operation")["properties"]["op"]["enum"], "x"])},
    optional={
        "body": BODY | HANDLE | st.just({"name": "x"}),
        "contact": TARGET,
        "account": TARGET | st.just({"name": "x"}),
        "contacts": st.lists(TARGET, max_size=2),
        "list": st.text(max_size=1),
        "before": st.just({}),
    },
)


@settings(max_examples=500)
@given(OPERATION)
def test_the_two_validators_agree(operation: dict[str, Any]):
    """Whatever the fast validator accepts, the explaining one accepts, and the other way round."""
    assert schemas._verdict("operation").is_valid(operation) is schemas.validator("operation").is_valid(operation)
