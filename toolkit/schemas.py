"""Finds and loads the JSON Schemas, validates against them, and turns failures into problems: data, not exceptions.

jsonschema-rs gives the verdict, a hundred times as fast as jsonschema, which then says what is wrong; a test holds
the two against each other. The sentences are our own, made from the schema keyword and the place.

One document: ``problems``. Many lines of NDJSON, of which few or none are wrong: ``invalid_lines``, at full speed.
A schema made at run time: ``judge_of``. A table of text: toolkit/flat.py.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import orjson
from referencing import Registry, Resource

from toolkit.documents import Document, escape
from toolkit.errors import Problem, WrongSettings

Verdict = Callable[[Any], bool]
Sentence = Callable[[Any], str]

BASE = "https://sf2front.example/schemas/"
"""The base of every schema's ``$id``. Nothing is ever fetched from it: the registry answers."""


def data_folder(name: str) -> Path:
    """Give the folder ``schemas`` or ``samples``: inside the installed package, else in the checkout."""
    package = Path(__file__).parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


def schema_names() -> list[str]:
    """Name every schema there is, sorted: ``contact-create``, ``operation`` …"""
    return sorted(path.name.removesuffix(".schema.json") for path in data_folder("schemas").glob("*.schema.json"))


@cache
def load(name: str) -> dict[str, Any]:
    """Give the schema called ``name`` as data."""
    path = data_folder("schemas") / f"{name}.schema.json"
    if not path.is_file():
        raise WrongSettings(f"there is no schema called {name}", hint=f"there are: {', '.join(schema_names())}")
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


_VERY_END = r"\Z"


def _in_python(schema: Any) -> Any:
    """Give a schema whose patterns match as in ECMA-262, where ``$`` is the very end: Python's also stands before a
    last line break.
    """
    if isinstance(schema, list):
        return [_in_python(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: _in_python(value) for key, value in schema.items()}
    if isinstance(schema.get("pattern"), str):
        made["pattern"] = schema["pattern"].replace("$", _VERY_END)
    if "patternProperties" in schema:
        made["patternProperties"] = {
            key.replace("$", _VERY_END): each for key, each in made["patternProperties"].items()
        }
    return made


COMMON = {"operation": "contact.upsert"}
"""The part of a schema's ``$defs`` that most documents follow: valid under it means valid under the whole schema."""


@dataclass(frozen=True, slots=True)
class Judge:
    """One schema, ready to be asked: ``whole`` gives the verdict, ``common`` that of most documents sooner.

    ``sentences`` are said in place of the usual ones, by schema keyword; each gets the failure.
    """

    name: str
    whole: Verdict
    common: Verdict
    explain: jsonschema.Draft202012Validator
    sentences: Mapping[str, Sentence]

    def problems(self, data: Any, file: str = "", line: int | None = None) -> list[Problem]:
        """List what is wrong with ``data``; empty when it is valid. What two branches say alike is said once."""
        if self.whole(data):
            return []
        found = list(_leaves(self.explain.iter_errors(data)))
        if not found:
            return [Problem(f"is not a valid {self.name}", file, line, code="schema")]
        said = (
            Problem(_sentence(error, self.sentences), file, line, None, _pointer(error), "schema") for error in found
        )
        return list(dict.fromkeys(said))

    def invalid_lines(self, lines: Iterable[bytes]) -> list[int]:
        """Give the indexes of the NDJSON lines that are not valid: mostly none. ``line_problems`` says why.

        Line by line is as fast as larger batches, since what is parsed is freed while it is in the processor's cache:
        some 200,000 operations of 600 bytes a second, of which parsing is half.
        """
        return [index for index, line in enumerate(lines) if not self.allows(line)]

    def allows(self, line: bytes) -> bool:
        """Tell whether a line of NDJSON is one valid value."""
        try:
            data = orjson.loads(line)
        except orjson.JSONDecodeError:
            return False
        return self.common(data) or self.whole(data)

    def line_problems(self, line: bytes, file: str = "", number: int | None = None) -> list[Problem]:
        """List what is wrong with one line of NDJSON, that it is no JSON included (code "json")."""
        if not line.strip():
            return [Problem("this line is blank", file, number, code="json")]
        try:
            return self.problems(orjson.loads(line), file, number)
        except orjson.JSONDecodeError as error:
            return [Problem(f"not JSON: {error.msg}", file, number, error.colno, code="json")]


@cache
def judge(name: str) -> Judge:
    """Give the judge of the schema called ``name``."""
    schema = load(name)
    part = {"$ref": f"{schema['$id']}#/$defs/{COMMON[name]}"} if name in COMMON else schema
    return judge_of(schema, name, part)


def judge_of(
    schema: Mapping[str, Any], name: str, common: Mapping[str, Any], sentences: Mapping[str, Sentence] | None = None
) -> Judge:
    """Make a judge of a schema given as data (draft 2020-12, references kept inside schemas/). See ``Judge``."""
    whole = verdict(schema)
    sooner = whole if common is schema else verdict(common)
    return Judge(name, whole, sooner, _explaining(schema), SENTENCES | dict(sentences or {}))


def verdict(schema: Mapping[str, Any]) -> Verdict:
    """Give the fast validator: it only says yes or no; what is wrong, jsonschema says."""
    registry = jsonschema_rs.Registry([(load(each)["$id"], load(each)) for each in schema_names()])
    return jsonschema_rs.Draft202012Validator(dict(schema), registry=registry).is_valid


def _explaining(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    resources = [(load(each)["$id"], Resource.from_contents(_in_python(load(each)))) for each in schema_names()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return jsonschema.Draft202012Validator(_in_python(schema), registry=registry)


def problems(data: Any, name: str, file: str = "", line: int | None = None) -> list[Problem]:
    """List what is wrong with ``data`` under the schema ``name``; empty when it is valid."""
    return judge(name).problems(data, file, line)


def invalid_lines(lines: Iterable[bytes], name: str) -> list[int]:
    """Give the indexes of the NDJSON lines that are not valid under the schema ``name``, at full speed."""
    return judge(name).invalid_lines(lines)


def line_problems(line: bytes, name: str, file: str = "", number: int | None = None) -> list[Problem]:
    """List what is wrong with one line of NDJSON under the schema ``name``."""
    return judge(name).line_problems(line, file, number)


def check_document(document: Document, name: str) -> None:
    """Refuse a YAML document that breaks the schema ``name``: WrongSettings with line and column of each place."""
    found = problems(document.data, name)
    if found:
        placed = [document.problem(each.pointer, each.sentence, each.code) for each in found]
        placed.sort(key=lambda each: (each.line or 0, each.column or 0))
        raise WrongSettings(f"{document.name} is not a valid {name} file", problems=tuple(placed))


def _leaves(errors: Iterable[jsonschema.ValidationError]) -> Iterator[jsonschema.ValidationError]:
    """Go down into anyOf/oneOf to the branch that came closest: its complaints help, the umbrella's don't."""
    for error in errors:
        if error.context:
            branches: dict[Any, list[jsonschema.ValidationError]] = {}
            for each in error.context:
                branches.setdefault(each.schema_path[0], []).append(each)
            closest = min(branches, key=lambda each: _distance(branches[each]))
            yield from _leaves(branches[closest])
        else:
            yield error


def _distance(branch: list[jsonschema.ValidationError]) -> tuple[bool, int, int]:
    """Rank a failed branch: one of another type is further off than one that fails deeper down."""
    wrong_kind = any(each.validator in ("type", "const") and len(each.relative_path) <= 1 for each in branch)
    return (wrong_kind, -max(len(each.path) for each in branch), len(branch))


def _pointer(error: jsonschema.ValidationError) -> str:
    return "".join(f"/{escape(str(part))}" for part in error.absolute_path)


def _short(value: object, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"


_TYPES = {
    "object": "an object", "array": "a list", "string": "text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "null": "null",
}  # fmt: skip


def _type_sentence(wanted: str | list[str], value: object) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"must be {' or '.join(_TYPES[each] for each in names)}, not {_short(value)}"


def _extra_sentence(error: Any) -> str:
    known = set(error.schema.get("properties", {}))
    patterns = error.schema.get("patternProperties", {})
    extra = [key for key in error.instance if key not in known]
    listed = ", ".join(repr(key) for key in extra)
    allowed = f"; known here: {', '.join(sorted(known))}" if known and not patterns else ""
    return f"has no place for {listed}{allowed}"


def _pattern_sentence(error: Any) -> str:
    meaning = error.schema.get("description", "").split(". ")[0].rstrip(".")
    pattern = str(error.validator_value).replace(_VERY_END, "$")
    return f"{_short(error.instance)} is not {meaning or f'of the pattern {pattern}'}"


# The failures are typed Any here: the stubs give each part as "maybe unset", which a failed keyword never is.
SENTENCES: dict[str, Sentence] = {
    "type": lambda e: _type_sentence(e.validator_value, e.instance),
    "required": lambda e: f"lacks {', '.join(repr(k) for k in e.validator_value if k not in e.instance)}",
    "dependentRequired": lambda e: f"lacks a key that goes with another: {e.message}",
    "additionalProperties": _extra_sentence,
    "unevaluatedProperties": _extra_sentence,
    "enum": lambda e: f"{_short(e.instance)} is not one of {', '.join(_short(v) for v in e.validator_value)}",
    "const": lambda e: f"must be {_short(e.validator_value)}, not {_short(e.instance)}",
    "pattern": _pattern_sentence,
    "minLength": lambda e: (
        "must not be empty" if e.validator_value == 1 else f"must have at least {e.validator_value} characters"
    ),
    "maxLength": lambda e: f"is longer than {e.validator_value} characters: {_short(e.instance)}",
    "minItems": lambda e: f"must have at least {e.validator_value} of them, has {len(e.instance)}",
    "maxItems": lambda e: f"may have at most {e.validator_value} of them, has {len(e.instance)}",
    "uniqueItems": lambda _: "has the same entry twice",
    "minProperties": lambda _: "must not be empty",
    "minimum": lambda e: f"{_short(e.instance)} is less than {e.validator_value}",
    "maximum": lambda e: f"{_short(e.instance)} is more than {e.validator_value}",
    "exclusiveMinimum": lambda e: f"{_short(e.instance)} must be more than {e.validator_value}",
}
"""What is said of a failure, by its keyword."""


def _sentence(error: jsonschema.ValidationError, sentences: Mapping[str, Sentence]) -> str:
    write = sentences.get(str(error.validator))
    return write(error) if write else error.message
