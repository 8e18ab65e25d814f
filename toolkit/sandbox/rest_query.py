"""The REST API's queries: 2,000 records at a time, the rest by ``nextRecordsUrl``; and what ``describe`` says."""

from typing import Any

import polars as pl

from toolkit.sandbox import soql
from toolkit.sandbox.contact_fields import CONTACT_FIELDS, Field, FieldKind
from toolkit.sandbox.contact_table import ContactTable
from toolkit.sandbox.fault import Fault, unknown
from toolkit.sandbox.found import Found, as_json, in_contacts, in_frame, unknown_object
from toolkit.sandbox.record_ids import salesforce_id
from toolkit.sandbox.report import Report

PAGE_RECORDS = 2_000
REPORT_FIELDS = (
    Field("Id", "Report ID", FieldKind.ID),
    Field("Name", "Report Name", FieldKind.STRING),
    Field("DeveloperName", "Report Unique Name", FieldKind.STRING),
    Field("FolderName", "Folder Name", FieldKind.STRING),
    Field("Format", "Format", FieldKind.PICKLIST),
    Field("LastRunDate", "Last Run", FieldKind.DATETIME),
)
_OBJECTS = {"contact": "Contact", "report": "Report"}


class Queries:
    """What can be queried, and the queries whose records were not all fetched yet."""

    def __init__(self, contacts: ContactTable, reports: list[Report]) -> None:
        self._contacts = contacts
        self._reports = reports
        self._open: dict[str, tuple[Found, int]] = {}
        self._made = 0

    def find(self, text: str, deleted: bool) -> Found:
        """Say what a query finds in the records as they are now; SoqlError when it can't be."""
        query = soql.parse(text)
        match _OBJECTS.get(query.object.lower()):
            case "Contact":
                return in_contacts(query, self._contacts.view(), deleted=deleted)
            case "Report":
                return in_frame(query, _report_records(self._reports), REPORT_FIELDS)
            case _:
                raise unknown_object(query.object)

    def first(self, text: str, data: str, *, deleted: bool) -> dict[str, Any]:
        """Answer a query with its first page; ``data`` is the address of the API's version."""
        try:
            found = self.find(text, deleted)
        except soql.SoqlError as refusal:
            raise Fault(400, refusal.code, str(refusal)) from None
        total = found.count()
        if not found.shown:
            return {"totalSize": total, "done": True, "records": []}
        self._made += 1
        return self._page(salesforce_id("01g", self._made), (found, total), (1, 0), data)

    def following(self, locator: str, data: str) -> dict[str, Any]:
        """Answer ``nextRecordsUrl``: the query's Id, the next record's place and how many came before."""
        name, place, before = (*locator.split("-"), "", "")[:3]
        if name not in self._open or not (place.isdigit() and before.isdigit()):
            raise Fault(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, self._open[name], (int(place), int(before)), data)

    def _page(self, locator: str, opened: tuple[Found, int], place: tuple[int, int], data: str) -> dict[str, Any]:
        (found, total), (start, before) = opened, place
        page = found.page(start, PAGE_RECORDS)
        answer = {"totalSize": total, "done": page.following is None, "records": as_json(page.frame, found, data)}
        if page.following is None:
            return answer
        self._open[locator] = opened
        rest = f"{data}/query/{locator}-{page.following}-{before + page.frame.height}"
        return answer | {"nextRecordsUrl": rest}


def _report_records(reports: list[Report]) -> pl.DataFrame:
    records = [
        {
            "Id": report.id,
            "Name": report.name,
            "DeveloperName": report.metadata.get("developerName"),
            "FolderName": report.folder,
            "Format": str(report.metadata.get("reportFormat", "TABULAR")).replace("_", "").capitalize(),
            "LastRunDate": None,
        }
        for report in reports
    ]
    return pl.DataFrame(records, schema={field.name: field.dtype for field in REPORT_FIELDS})


def describe(name: str) -> dict[str, Any]:
    """Answer ``GET …/sobjects/{name}/describe``: the object's fields and their types."""
    known = {"Contact": CONTACT_FIELDS, "Report": REPORT_FIELDS}
    if name not in known:
        raise unknown()
    own = [field for field in known[name] if "." not in field.name]
    return {
        "name": name,
        "label": name,
        "labelPlural": f"{name}s",
        "keyPrefix": {"Contact": "003", "Report": "00O"}[name],
        "queryable": True,
        "custom": False,
        "fields": [_described(field) for field in own],
    }


def _described(field: Field) -> dict[str, Any]:
    reference = {
        "AccountId": ("Account", "Account"),
        "OwnerId": ("Owner", "User"),
        "CreatedById": ("CreatedBy", "User"),
    }
    relationship, target = reference.get(field.name, (None, ""))
    return {
        "name": field.name,
        "label": field.label,
        "type": field.kind,
        "custom": field.name.endswith("__c"),
        "filterable": field.kind is not FieldKind.TEXTAREA,
        "sortable": field.kind not in (FieldKind.TEXTAREA, FieldKind.MULTIPICKLIST),
        "nillable": field.name not in ("Id", "LastName", "IsDeleted", "CreatedDate", "SystemModstamp"),
        "idLookup": field.name in ("Id", "Email"),
        "autoNumber": field.name == "Contact_Number__c",
        "relationshipName": relationship,
        "referenceTo": [target] if target else [],
    }
