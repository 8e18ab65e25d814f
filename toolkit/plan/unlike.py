"""Sentences of what is not as it was asked: which value, what was asked, what was found. Pure."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from toolkit.front.changes import same_value
from toolkit.one_line import one_line

_MOST = 60
"""Characters of a value that is shown."""


def unlike(keys: Iterable[str], wanted: Mapping[str, Any], here: Mapping[str, Any], clear: Any = None) -> Iterator[str]:
    """Say what of these keys is other than wanted in a contact or account; of custom fields, which.

    ``clear`` names the fields that are to be empty; None: ``wanted`` has all fields, and there may be no others.
    """
    for key in keys:
        if key != "custom_fields":
            yield f"{here['id']}: {_told(key, wanted.get(key), here.get(key))}"
            continue
        asked, found = wanted.get(key) or {}, here.get(key) or {}
        for name in _names(asked, found, clear):
            if not same_value(found.get(name), asked.get(name)):
                yield f"{here['id']}: {_told(name, asked.get(name), found.get(name))}"


def _names(asked: Collection[str], found: Collection[str], clear: Collection[str] | None) -> list[str]:
    return list(dict.fromkeys([*asked, *(found if clear is None else clear)]))


def _told(name: str, asked: Any, found: Any) -> str:
    return f"{one_line(name, _MOST)}: asked {_value(asked)}, found {_value(found)}"


def _value(value: Any) -> str:
    return "nothing" if value in (None, "", [], {}) else one_line(json.dumps(value, ensure_ascii=False), _MOST)
