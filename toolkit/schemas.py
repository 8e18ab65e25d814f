"""Finds and loads the JSON Schemas, validates against them, and turns failures into problems: data, not exceptions.

jsonschema-rs gives the verdict, a hundred times as fast as jsonschema, which then says what is wrong; a test holds
the two against each other. The sentences are our own, made from the schema keyword and the place.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
from referencing import Registry, Resource

from toolkit.documents import Document, escape
from toolkit.errors import Problem, WrongSettings

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


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[jsonschema.ValidationError]:
    """Match as ECMA-262 does, where ``$`` is the very end: Python's also stands before a last line break."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


_EXPLAINING = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # the stubs leave it untyped
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Give a validator for the schema called ``name`` (draft 2020-12, references kept inside schemas/)."""
    resources = [(load(each)["$id"], Resource.from_contents(load(each))) for each in schema_names()]
    registry: Registry[Any] = Registry().with_resources(resources)
    validator_class: type[jsonschema.Draft202012Validator] = _EXPLAINING
    return validator_class(load(name), registry=registry)


@cache
def _verdict(name: str) -> jsonschema_rs.Draft202012Validator:
    """Give the fast validator: it only says yes or no; what is wrong, jsonschema says."""
    registry = jsonschema_rs.Registry([(load(each)["$id"], load(each)) for each in schema_names()])
    return jsonschema_rs.Draft202012Validator(load(name), registry=registry)


def problems(data: Any, name: str, file: str = "", line: int | None = None) -> list[Problem]:
    """List what is wrong with ``data`` under the schema ``name``; empty when it is valid."""
    if _verdict(name).is_valid(data):
        return []
    found = list(_leaves(validator(name).iter_errors(data)))
    if not found:
        return [Problem(f"is not a valid {name}", file, line, code="schema")]
    return [Problem(_sentence(error), file, line, None, _pointer(error), "schema") for error in found]


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
    return f"{_short(error.instance)} is not {meaning or 'of the pattern ' + str(error.validator_value)}"


# The failures are typed Any here: the stubs give each part as "maybe unset", which a failed keyword never is.
_SENTENCES: dict[str, Callable[[Any], str]] = {
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


def _sentence(error: jsonschema.ValidationError) -> str:
    write = _SENTENCES.get(str(error.validator))
    return write(error) if write else error.message
