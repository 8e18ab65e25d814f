"""What a document breaks of a schema, as places and sentences. Loaded only when something is wrong.

jsonschema finds the failures; it takes as long to load as a thousand rows to transform, and most documents have none.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jsonschema
from referencing import Registry, Resource

from toolkit.documents import escape

Sentence = Callable[[Any], str]


def explaining(schema: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> jsonschema.Draft202012Validator:
    """Make the validator that explains failures under ``schema``, which may refer to the ``others`` by ``$id``."""
    resources = [(each["$id"], Resource.from_contents(_in_python(each))) for each in others]
    registry: Registry[Any] = Registry().with_resources(resources)
    return jsonschema.Draft202012Validator(_in_python(schema), registry=registry)


def failures(
    validator: jsonschema.Draft202012Validator, data: Any, sentences: Mapping[str, Sentence]
) -> Iterator[tuple[str, str]]:
    """Give the JSON pointer and the sentence of each failure.

    ``sentences`` by keyword are said in place of the usual ones, unless they have nothing to say.
    """
    for error in _leaves(validator.iter_errors(data)):
        if isinstance(error.schema, Mapping) and error.schema.get("writeOnly"):
            yield _pointer(error), _HIDDEN
            continue
        own = sentences.get(str(error.validator))
        yield _pointer(error), (own(error) if own else "") or _sentence(error)


_HIDDEN = "must say where the secret is found, by one of env, file and command; what stands here is not shown"
"""Of what a schema calls ``writeOnly``: it may be the secret itself."""
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
    "maxProperties": lambda e: f"may have at most {e.validator_value} of its keys, has {len(e.instance)}",
    "minimum": lambda e: f"{_short(e.instance)} is less than {e.validator_value}",
    "maximum": lambda e: f"{_short(e.instance)} is more than {e.validator_value}",
    "exclusiveMinimum": lambda e: f"{_short(e.instance)} must be more than {e.validator_value}",
}
"""What is said of a failure, by its keyword."""


def _sentence(error: jsonschema.ValidationError) -> str:
    write = SENTENCES.get(str(error.validator))
    return write(error) if write else error.message
