"""Finds and loads the JSON Schemas, validates against them, and turns failures into problems: data, not exceptions.

jsonschema-rs gives the verdict, a hundred times as fast as jsonschema, which then says what is wrong; a test holds
the two against each other. The sentences are our own, made from the schema keyword and the place.

One document: ``problems``. Many lines of NDJSON, of which few or none are wrong: ``invalid_lines``, at full speed.
A schema made at run time: ``judge_of``. A table of text: toolkit/flat.py.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from toolkit.documents import Document
from toolkit.errors import Problem, WrongSettings

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from toolkit.schema_failures import Sentence

Verdict = Callable[[Any], bool]

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


COMMON = {"operation": "contact.upsert"}
"""The part of a schema's ``$defs`` that most documents follow: valid under it means valid under the whole schema."""


@dataclass(frozen=True)
class Judge:
    """One schema, ready to be asked: ``whole`` gives the verdict, ``common`` that of most documents sooner.

    ``sentences`` are said in place of the usual ones, by schema keyword; each gets the failure, and may say "".
    """

    name: str
    schema: Mapping[str, Any]
    whole: Verdict
    common: Verdict
    sentences: Mapping[str, "Sentence"]

    @cached_property
    def explain(self) -> "Draft202012Validator":
        """The validator that finds what is wrong, once the verdict is known."""
        from toolkit.schema_failures import explaining  # noqa: PLC0415 - see there

        return explaining(self.schema, map(load, schema_names()))

    def problems(self, data: Any, file: str = "", line: int | None = None) -> list[Problem]:
        """List what is wrong with ``data``; empty when it is valid. What two branches say alike is said once."""
        if self.whole(data):
            return []
        from toolkit.schema_failures import failures  # noqa: PLC0415 - see there

        found = dict.fromkeys(failures(self.explain, data, self.sentences))
        if not found:
            return [Problem(f"is not a valid {self.name}", file, line, code="schema")]
        return [Problem(sentence, file, line, None, pointer, "schema") for pointer, sentence in found]

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
    schema: Mapping[str, Any], name: str, common: Mapping[str, Any], sentences: Mapping[str, "Sentence"] | None = None
) -> Judge:
    """Make a judge of a schema given as data (draft 2020-12, references kept inside schemas/). See ``Judge``."""
    whole = verdict(schema)
    sooner = whole if common is schema else verdict(common)
    return Judge(name, schema, whole, sooner, sentences or {})


def verdict(schema: Mapping[str, Any]) -> Verdict:
    """Give the fast validator: it only says yes or no; what is wrong, jsonschema says."""
    registry = jsonschema_rs.Registry([(load(each)["$id"], load(each)) for each in schema_names()])
    return jsonschema_rs.Draft202012Validator(dict(schema), registry=registry).is_valid


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
        empty = any(each.sentence.endswith("not null") for each in placed)
        raise WrongSettings(
            f"{document.name} is not a valid {name} file", problems=tuple(placed), hint=_EMPTY_HINT if empty else ""
        )


_EMPTY_HINT = "null is a key with nothing behind it: indent what belongs to it more than the key, or take the key away"
