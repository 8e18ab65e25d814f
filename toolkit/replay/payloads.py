"""A file of bare payloads, one contact body a line, as operations. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.errors import InputRefused, Problem
from toolkit.operation import Op

KINDS = (Op.CONTACT_CREATE, Op.CONTACT_UPDATE, Op.CONTACT_UPSERT)
KEY_DIGITS = 16
"""Hex digits of a key that is made of the payload's content."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """What to make of each line, and the name of the field that holds its key (empty: made of its content)."""

    op: Op
    key: str = ""

    def operations(self, lines: Iterable[tuple[int, Any]], name: str) -> Iterator[tuple[int, Any]]:
        """Give each line as an operation: its number and its data.

        A key beside Front's own fields, and the ``id`` or ``alias`` of a contact to be updated, are taken out of the
        body. InputRefused for a payload without the key, or that names no contact to be updated.
        """
        for line, payload in lines:
            if not isinstance(payload, dict):
                raise _refused("this is not an object", name, line)
            yield line, self._operation(dict(payload), name, line)

    def _operation(self, body: dict[str, Any], name: str, line: int) -> dict[str, Any]:
        made = {"key": self._key(body, name, line), "op": self.op.value, "body": body}
        if self.op is Op.CONTACT_UPDATE:
            contact = body.pop("id", "") or body.pop("alias", "")
            if not contact:
                raise _refused("it has neither an id (crd_…) nor an alias (alt:email:…) of a contact", name, line)
            made["contact"] = contact
        return made

    def _key(self, body: dict[str, Any], name: str, line: int) -> str:
        if not self.key:
            content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
            return hashlib.sha256(content).hexdigest()[:KEY_DIGITS]
        fields = body.get("custom_fields")
        found = body.pop(self.key, None) or (fields.get(self.key) if isinstance(fields, dict) else None)
        if found is None or found == "":
            raise _refused(f"it has no {self.key!r}, which is to be its key", name, line)
        return str(found)


def _refused(sentence: str, name: str, line: int) -> InputRefused:
    return InputRefused(f"{name} is not a file of payloads", problems=(Problem(sentence, name, line),))
