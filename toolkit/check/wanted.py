"""What a mapping or an operations file needs of Front: custom fields, lists, teammates, accounts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.company import CompanyFields, operation_judge
from toolkit.contacts.mapping import Choices, FieldRule, FieldType, Mapping
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.templates import Template
from toolkit.documents import parse_yaml
from toolkit.errors import Problem
from toolkit.operation import Op
from toolkit.settings import read_text
from toolkit.tables import read_ndjson

_MAPPINGS = (".yaml", ".yml")
_CHUNK = 1 << 22
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the file ``path`` names. ``fields`` are types by name, as a mapping declares them; operations declare none.

    ``rows`` counts the operations. ``new_lists`` are made by the operations themselves.
    """

    path: Path
    fields: dict[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    new_lists: frozenset[str] = frozenset()
    teammates: frozenset[str] = frozenset()
    accounts: bool = False
    rows: int = 0

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.name

    @property
    def is_mapping(self) -> bool:
        """Tell a mapping from operations."""
        return self.path.suffix in _MAPPINGS


def read_wanted(path: Path) -> Wanted:
    """Read what ``path`` needs: a mapping (YAML), else operations. WrongSettings or InputRefused when it is neither."""
    if path.suffix in _MAPPINGS:
        return _of_mapping(read_mapping(parse_yaml(read_text(path), str(path))), path)
    return _of_operations(read_ndjson(path), path)


def _of_mapping(mapping: Mapping, path: Path) -> Wanted:
    rules = mapping.contact.fields
    lists = {rule.name for rule in mapping.contact.lists if rule.name}
    for rule in mapping.contact.lists:
        lists |= _meanings(rule.choices)
    teammates = {each for rule in rules if rule.type is FieldType.TEAMMATE for each in _constants(rule)}
    fields = {rule.name: rule.type.value for rule in rules}
    account = mapping.contact.account is not None
    return Wanted(path, fields, frozenset(lists), teammates=frozenset(teammates), accounts=account)


def _meanings(choices: Choices | None) -> set[str]:
    """Name what a value map may give, but for what is taken from cells."""
    if choices is None:
        return set()
    written = {meaning for _, meaning in choices.meanings if meaning}
    return written | {text for each in choices.otherwise or () for text in _text(each)}


def _constants(rule: FieldRule) -> set[str]:
    return _meanings(rule.value.choices) | {text for each in rule.value.origin.value for text in _text(each)}


def _text(template: Template) -> Iterator[str]:
    if not template.columns:
        yield "".join(text for text, _ in template.parts).strip()


def _of_operations(lines: Iterable[tuple[int, Any]], path: Path) -> Wanted:
    lists: set[str] = set()
    new: set[str] = set()
    accounts, rows = False, 0
    for rows, line in lines:  # noqa: B007 - the last number is how many there are
        each = line if isinstance(line, dict) else {}
        body: dict[str, Any] = each["body"] if isinstance(each.get("body"), dict) else {}
        lists.update(body.get("list_names") or (), [each["list"]] if "list" in each else ())
        if each.get("op") == Op.LIST_CREATE:
            new.add(body.get("name", ""))
        accounts = accounts or "account" in each or str(each.get("op", "")).startswith("account.")
    return Wanted(path, lists=frozenset(lists), new_lists=frozenset(new), accounts=accounts, rows=rows)


def bad_operations(path: Path, company: CompanyFields) -> tuple[int, list[Problem]]:
    """Count the lines that are no operations for this company, and say what is wrong with the first."""
    judge, count, number = operation_judge(company), 0, 0
    first: list[Problem] = []
    with path.open("rb") as file:
        while part := file.readlines(_CHUNK):
            part[0] = part[0] if number else part[0].removeprefix(_BOM)
            wrong = judge.invalid_lines(part)
            if wrong and not first:
                first = judge.line_problems(part[wrong[0]], path.name, number + wrong[0] + 1)
            count += len(wrong)
            number += len(part)
    return count, first
