"""The schemas: sound, portable, and explained in sentences."""

import copy
import functools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit import schemas
from toolkit.documents import parse_yaml
from toolkit.errors import ToolkitError, WrongSettings
from toolkit.tables import read_csv

NEEDED = {
    "account-import-row",
    "account-create", "account-update", "contact-create", "contact-update", "export-resume", "handle", "import-row",
    "dropped", "list-members", "mapping", "merge", "operation", "reject", "result", "sandbox", "settings", "sync",
    "watermark",
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
        ({"op": "contact.delete"}, "", "lacks 'key', 'contact'"),
        ({"key": "1", "op": "contact.delete", "contact": "crd_1", "clear": ["Tier"]}, "", "has no place for 'clear'"),
    ],
)
def test_a_failure_is_a_sentence_with_a_place(operation: dict[str, Any], pointer: str, sentence: str):
    """An invalid operation is explained by pointer and words, not by the validator's own message."""
    problem = schemas.problems(operation, "operation", "plan.ndjson", 7)[0]

    assert (problem.file, problem.line, problem.pointer) == ("plan.ndjson", 7, pointer)
    assert problem.sentence.startswith(sentence)


def test_a_fault_that_two_places_complain_of_is_said_once():
    """An empty key is one problem, though the whole schema and the operation's own part both see it."""
    operation = {"key": "", "op": "list.create", "body": {"name": "x"}}

    assert [str(each) for each in schemas.problems(operation, "operation")] == ["/key: must not be empty"]


@pytest.mark.parametrize("contact", ["crd_1\n", "\ncrd_1", "crd_1 ", "CRD_1"])
def test_a_line_break_at_the_end_is_no_part_of_an_id(contact: str):
    """Both validators refuse it, though Python's own ``$`` would let a last line break pass."""
    operation = {"key": "1", "op": "contact.delete", "contact": contact}

    assert [each.pointer for each in schemas.problems(operation, "operation")] == ["/contact"]
    assert not schemas.judge("operation").explain.is_valid(operation)


def test_a_line_break_at_the_end_is_no_part_of_a_heading():
    """Both validators take a heading that ends in a line break for a custom field's, not for Front's own."""
    row = {"name": "Ada", "email\n": "not an address"}

    assert schemas.judge("import-row").whole(row)
    assert schemas.judge("import-row").explain.is_valid(row)


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
        "clear": st.lists(st.text(max_size=2), max_size=2),
    },
)


@settings(max_examples=200, deadline=None)
@given(OPERATION)
def test_the_two_validators_agree(operation: dict[str, Any]):
    """Whatever the fast validator accepts, the explaining one accepts, and the other way round."""
    assert schemas.judge("operation").whole(operation) is schemas.judge("operation").explain.is_valid(operation)


@settings(max_examples=100, deadline=None)
@given(st.lists(OPERATION, max_size=5))
def test_lines_are_judged_as_documents_are(operations: list[dict[str, Any]]):
    """The quick way through many lines finds invalid exactly the lines that one by one are."""
    lines = [json.dumps(each).encode() + b"\n" for each in operations]

    expected = [index for index, each in enumerate(operations) if schemas.problems(each, "operation")]
    assert expected == schemas.invalid_lines(lines, "operation")


@functools.cache
def part_of(op: str) -> schemas.Verdict:
    return schemas.verdict({"$ref": f"{schemas.load('operation')['$id']}#/$defs/{op}"})


@pytest.mark.parametrize("op", schemas.load("operation")["properties"]["op"]["enum"])
@settings(max_examples=30, deadline=None)
@given(operation=OPERATION)
def test_an_operation_is_valid_as_its_own_part_says(operation: dict[str, Any], op: str):
    """Each part of the schema under $defs gives the verdict of the whole for its operation."""
    operation = operation | {"op": op}

    assert part_of(op)(operation) is schemas.judge("operation").whole(operation)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\n", "x.ndjson:3: this line is blank"),
        (b"{", "x.ndjson:3:2: not JSON"),
        (b'{"key": "1"}{"key": "2"}', "x.ndjson:3:13: not JSON"),
        (b'{"key": "1"}', "x.ndjson:3: lacks 'op'"),
    ],
)
def test_a_line_that_is_no_json_is_a_problem_as_any_other(line: bytes, expected: str):
    """A blank line, half a value and two values on one line are found and told with their place."""
    found = [
        str(each)
        for index in schemas.invalid_lines([line], "operation")
        for each in schemas.line_problems([line][index], "operation", "x.ndjson", 3)
    ]

    assert [each[: len(expected)] for each in found] == [expected]


CASES = Path(__file__).parents[1] / "cases"


@functools.cache
def documents() -> list[tuple[Path, Any]]:
    """Read what stands in the files of the cases: their lines, their rows with blank cells left out, or the whole."""
    paths = [path for kind in ("csv", "json", "ndjson", "yaml") for path in sorted(CASES.glob(f"**/*.{kind}"))]
    return [(path, each) for path in paths for each in documents_of(path)]


def documents_of(path: Path) -> list[Any]:
    try:
        if path.suffix == ".csv":
            rows = read_csv(path).frame.iter_rows(named=True)
            return [{name: cell for name, cell in row.items() if cell} for row in rows]
        if path.suffix == ".yaml":
            return [parse_yaml(path.read_text(encoding="utf-8"), path.name).data]
    except ToolkitError:  # some cases are there to be refused
        return []
    lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".ndjson" else [path.read_text("utf-8")]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", schemas.schema_names())
def test_the_validators_agree_on_every_case(name: str):
    """Each document in tests/cases is judged alike by both, under its own schema and under every other."""
    judge = schemas.judge(name)

    assert len(documents()) > 100
    assert [str(path) for path, each in documents() if judge.whole(each) is not judge.explain.is_valid(each)] == []


HANDLES = st.lists(
    st.sampled_from([
        {"source": "email", "handle": "a@b.example"}, {"source": "phone", "handle": "+442079460000"},
        {"source": "custom", "handle": "\U0001f600"}, {"source": "twitter", "handle": "ada"},
    ]), min_size=1, unique_by=str,
)  # fmt: skip
FIELDS = st.dictionaries(
    st.text(min_size=1, max_size=3), st.text(max_size=3) | st.integers() | st.booleans(), max_size=3
)
NAMES = st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=3)
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(min_size=1),
    "description": st.text(),
    "custom_fields": FIELDS,
}
ACCOUNT = st.fixed_dictionaries(
    {"name": st.text(min_size=1)},
    optional={"domains": st.just(["a.example"]), "external_id": st.just("001"), "custom_fields": FIELDS},
)
CONTACT = st.fixed_dictionaries({"handles": HANDLES}, optional=SHARED | {"links": NAMES, "list_names": NAMES})
UPDATE = st.fixed_dictionaries({"links": NAMES}, optional=SHARED)
TO = st.sampled_from(["crd_1", {"ref": "k"}])
INTO = st.sampled_from([{"team": "tim_1"}, {"teammate": "tea_1"}])
OF = st.sampled_from(["acc_1", {"ref": "k"}])
PARTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "contact.upsert": {"body": CONTACT},
    "contact.create": {"body": CONTACT},
    "contact.update": {"contact": TO, "body": UPDATE},
    "contact.delete": {"contact": TO},
    "contact.merge": {"contact": TO, "contacts": st.lists(TO, min_size=1, max_size=3)},
    "handle.add": {"contact": TO, "body": HANDLES.map(lambda each: each[0])},
    "handle.remove": {"contact": TO, "body": HANDLES.map(lambda each: each[0])},
    "list.create": {"body": st.fixed_dictionaries({"name": st.text(min_size=1)})},
    "list.add": {"list": st.text(min_size=1), "contacts": st.lists(TO, min_size=1, max_size=3)},
    "list.remove": {"list": st.text(min_size=1), "contacts": st.lists(TO, min_size=1, max_size=3)},
    "list.delete": {"list": st.text(min_size=1)},
    "account.create": {"body": ACCOUNT},
    "account.update": {"account": OF, "body": st.fixed_dictionaries({"description": st.text()})},
    "account.delete": {"account": OF},
    "account.add_contacts": {"account": OF, "contacts": st.lists(TO, min_size=1, max_size=3)},
    "account.remove_contacts": {"account": OF, "contacts": st.lists(TO, min_size=1, max_size=3)},
}
MORE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "contact.upsert": {"account": ACCOUNT, "clear": NAMES.filter(bool), "into": INTO, "external_id": st.just("Id")},
    "contact.create": {"into": INTO},
    "contact.update": {"before": st.just({})},
    "contact.merge": {"before": st.just({})},
    "handle.add": {"before": st.just({})},
    "list.remove": {"before": st.just({})},
    "account.add_contacts": {"before": st.just({})},
}
VALID = st.one_of(
    st.fixed_dictionaries({"key": st.text(min_size=1), "op": st.just(op)} | parts, optional=MORE.get(op, {}))
    for op, parts in PARTS.items()
)
JUNK: list[Any] = [None, "", 0, 1.0, -1, True, [], {}, "x", ["x", "x"], {"ref": "x"}, [{}, {}], "crd_1\n", 2**70]


def places(data: Any) -> list[tuple[Any, Any]]:
    """List every (container, key or index) inside a document."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else []
    return [(data, key) for key, _ in inside] + [place for _, value in inside for place in places(value)]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid operation with one or two of its values replaced, taken away, doubled or joined by another."""
    operation: dict[str, Any] = copy.deepcopy(draw(VALID))
    for _ in range(draw(st.integers(1, 2))):
        container, key = draw(st.sampled_from(places(operation)))
        what = draw(st.sampled_from(["replace", "remove", "add"]))
        if what == "replace":
            container[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif what == "remove" and len(operation) > 1:
            del container[key]
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[draw(st.sampled_from(["clear", "body", "", "extra"]))] = copy.deepcopy(
                draw(st.sampled_from(JUNK))
            )
    return operation


def test_every_operation_is_generated():
    """The generated operations are of every kind that the schema knows."""
    assert set(PARTS) == set(schemas.load("operation")["properties"]["op"]["enum"])


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALID)
def test_both_accept_what_is_valid(operation: dict[str, Any]):
    """Operations made by the rules pass both, one by one and as a line."""
    judge = schemas.judge("operation")

    assert [judge.whole(operation), judge.explain.is_valid(operation)] == [True, True]
    assert schemas.invalid_lines([json.dumps(operation).encode()], "operation") == []


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(spoilt())
def test_both_judge_alike_what_is_spoilt(operation: dict[str, Any]):
    """However a valid operation is spoilt, both give one verdict, and an invalid one is always explained."""
    judge = schemas.judge("operation")
    valid = judge.explain.is_valid(operation)

    assert judge.whole(operation) is valid
    assert bool(judge.problems(operation)) is not valid
