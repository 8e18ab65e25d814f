"""The little SOQL that finds a report: ``SELECT … FROM Report [WHERE field = 'x' [AND …]] [LIMIT n]``. Pure."""

import re
from typing import Any

from toolkit.sandbox.report import Report

FIELDS = ("Id", "Name", "DeveloperName", "FolderName", "Format", "LastRunDate")
_QUERY = re.compile(
    r"SELECT\s+(?P<fields>[\w\s,]+?)\s+FROM\s+Report(?:\s+WHERE\s+(?P<where>.+?))?(?:\s+LIMIT\s+(?P<limit>[0-9]+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\s*(?P<field>\w+)\s*=\s*'(?P<value>(?:[^'\\]|\\.)*)'\s*", re.DOTALL)
_AND = re.compile(r"AND\b", re.IGNORECASE)


class MalformedQuery(Exception):
    """The query is not of this kind."""


def query(text: str, reports: list[Report]) -> list[dict[str, Any]]:
    """Give the records that match: one dict of the selected fields a report."""
    parts = _QUERY.fullmatch(text.strip())
    if parts is None:
        raise MalformedQuery("only SELECT … FROM Report [WHERE field = 'text' [AND …]] [LIMIT n] is played here")
    fields = [_known(each.strip()) for each in parts["fields"].split(",")]
    conditions = _conditions(parts["where"] or "")
    records = [_record(report) for report in reports]
    matching = [each for each in records if all(_same(field, each, value) for field, value in conditions)]
    limit = int(parts["limit"]) if parts["limit"] else len(matching)
    return [{field: each[field] for field in fields} for each in matching[:limit]]


def _known(field: str) -> str:
    found = next((each for each in FIELDS if each.lower() == field.lower()), None)
    if found is None:
        raise MalformedQuery(f"No such column '{field}' on entity 'Report'")
    return found


def _conditions(text: str) -> list[tuple[str, str]]:
    found, rest = [], text.strip()
    while rest:
        condition = _CONDITION.match(rest)
        if condition is None:
            raise MalformedQuery(f"unexpected token: {rest}")
        found.append((_known(condition["field"]), re.sub(r"\\(.)", r"\1", condition["value"])))
        rest = rest[condition.end() :]
        joined = _AND.match(rest)
        if rest and joined is None:
            raise MalformedQuery(f"unexpected token: {rest}")
        rest = rest[joined.end() :] if joined else ""
    return found


def _record(report: Report) -> dict[str, Any]:
    return {
        "Id": report.id,
        "Name": report.name,
        "DeveloperName": report.metadata.get("developerName"),
        "FolderName": report.folder,
        "Format": str(report.metadata.get("reportFormat", "TABULAR")).capitalize(),
        "LastRunDate": None,
    }


def _same(field: str, record: dict[str, Any], value: str) -> bool:
    """Compare as Salesforce does: text without case, an Id by its first fifteen characters."""
    if field == "Id":
        return str(record["Id"])[:15] == value[:15] and len(value) in (15, 18)
    return str(record[field]).casefold() == value.casefold()
