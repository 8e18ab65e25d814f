"""Asynchronous runs of reports: New, then Running, then Success; their results are kept for 24 hours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from toolkit.sandbox.fault import unknown
from toolkit.sandbox.record_ids import salesforce_id
from toolkit.sandbox.report import Report

KEPT_SECONDS = 24 * 3_600


@dataclass(slots=True)
class _Instance:
    id: str
    report: Report
    begun: float
    answer: dict[str, Any]
    asked: int = 0

    @property
    def status(self) -> str:
        """Each look at it brings a run on: first it is new, then running, then done."""
        return ("New", "Running", "Success")[min(self.asked, 2)]


class Instances:
    """The runs of the last 24 hours."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._made = 0
        self._instances: dict[str, _Instance] = {}

    def begin(self, report: Report, answer: dict[str, Any], path: str) -> dict[str, Any]:
        """Take in a run whose answer will be ``answer``; ``path`` is the report's own address."""
        self._made += 1
        instance = _Instance(salesforce_id("0LG", self._made), report, self._clock(), answer)
        self._instances[instance.id] = instance
        return self._told(instance, path)

    def of(self, report: Report, path: str) -> list[dict[str, Any]]:
        """List the runs of a report, the newest first."""
        found = [each for each in self._kept().values() if each.report.id == report.id]
        return [self._told(each, path) for each in reversed(found)]

    def look(self, report: Report, instance_id: str) -> dict[str, Any]:
        """Give a run: only its attributes until it is done, then the answer too."""
        instance = self._kept().get(instance_id)
        if instance is None or instance.report.id != report.id:
            raise unknown()
        instance.asked += 1
        attributes = {
            "id": instance.id,
            "type": "ReportInstance",
            "reportId": report.id,
            "reportName": report.name,
            "status": instance.status,
            "requestDate": _moment(instance.begun),
            "completionDate": _moment(self._clock()) if instance.status == "Success" else None,
        }
        done = instance.status == "Success"
        return (instance.answer if done else dict.fromkeys(instance.answer)) | {"attributes": attributes}

    def _told(self, instance: _Instance, path: str) -> dict[str, Any]:
        return {
            "id": instance.id,
            "status": instance.status,
            "url": f"{path}/instances/{instance.id}",
            "ownerId": salesforce_id("005", 1),
            "hasDetailRows": instance.answer["hasDetailRows"],
            "requestDate": _moment(instance.begun),
            "completionDate": None,
        }

    def _kept(self) -> dict[str, _Instance]:
        now = self._clock()
        self._instances = {key: each for key, each in self._instances.items() if now - each.begun < KEPT_SECONDS}
        return self._instances


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"
