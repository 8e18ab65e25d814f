"""YAML text into plain data that still knows its lines. Pure: takes text, opens nothing.

YAML here is read by the rules of YAML 1.2's core schema: ``NO`` is the text of a country code and not a
boolean, ``2024-01-31`` is text and not a date, ``012`` is twelve and not ten. Keys may not repeat.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from toolkit.errors import Problem, WrongSettings

MAX_NODES = 100_000
"""A mapping or settings file larger than this, aliases counted each time they are used, is refused."""
MAX_POINTER = 2_000
"""Characters of the keys that lead to a value: an alias of what it stands in would never end."""
_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq"))


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file says, and where: ``places`` maps a JSON pointer to (line, column), from 1."""

    name: str
    data: Any
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def problem(self, pointer: str, sentence: str, code: str = "") -> Problem:
        """Give the problem at ``pointer``, or at the nearest place above it that the file has."""
        known = pointer
        while known and known not in self.places:
            known = known.rpartition("/")[0]
        line, column = self.places.get(known, (1, 1))
        return Problem(sentence, self.name, line, column, pointer, code)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2's core scalars; keys are text as written (``1: a``), and none repeats."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        answer: dict[Hashable, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key, "a key must be a plain text")
            if key.value in answer:
                raise _at(key, f"the key {key.value!r} stands here twice")
            answer[key.value] = self.construct_object(value, deep=deep)
        return answer


def _at(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), [*_first])
_Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)


def parse_yaml(text: str, name: str) -> Document:
    """Parse one YAML document; ``name`` is the file's name for messages.

    Raises WrongSettings with the line and column when the text is not YAML, repeats a key, or
    would unfold to more than ``MAX_NODES`` nodes.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        said = f"the character {error.character!r} may not stand in YAML"
        raise WrongSettings(f"{name} is not YAML: {said}", problems=(Problem(said, name),)) from None
    try:
        node = loader.get_single_node()
        places = dict(_places(node)) if node else {}
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        raise _broken(error, name) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WrongSettings(f"{name} is not YAML: {error}", problems=(Problem(str(error), name),)) from None
    finally:
        loader.dispose()
    return Document(name, data, places)


def _broken(error: yaml.MarkedYAMLError, name: str) -> WrongSettings:
    mark = error.problem_mark or error.context_mark
    what = error.problem or error.context or "this is not YAML"
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return WrongSettings(
        f"{name} can't be read as YAML",
        problems=(Problem(what, name, line, column),),
        hint=_hint(what),
    )


def _hint(what: str) -> str:
    if r"'\t'" in what:
        return "indent with spaces: YAML takes no tabs"
    if "<scalar>" in what:
        return "a text that begins with a quote needs quotes around all of it: '\"Tier\" = ''Gold''' is SQL in YAML"
    return "check the indentation and the quotes on that line and the one before it"


def _places(root: yaml.Node) -> Iterator[tuple[str, tuple[int, int]]]:
    """Walk the node tree: the pointer of each node with its line and column, counted from 1."""
    stack, count = [("", root)], 0
    while stack:
        pointer, node = stack.pop()
        count += 1
        if count > MAX_NODES or len(pointer) > MAX_POINTER:
            raise yaml.MarkedYAMLError(problem="this unfolds to far too many values", problem_mark=node.start_mark)
        if node.tag not in _TAGS:
            raise yaml.MarkedYAMLError(problem=f"{node.tag} is no kind of value here", problem_mark=node.start_mark)
        yield pointer, (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            stack += [(f"{pointer}/{escape(str(key.value))}", value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            stack += [(f"{pointer}/{index}", value) for index, value in enumerate(node.value)]


def escape(part: str) -> str:
    """Write one step of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")
