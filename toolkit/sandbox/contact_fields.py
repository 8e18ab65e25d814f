"""The fields of the sandbox's Contact object: their API names, labels and types. Data alone.

A record is a row of these columns: text, ``AnnualRevenue`` a float, days and moments (UTC, whole seconds) as polars
dates and datetimes, flags as booleans; null where Salesforce has nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class FieldKind(StrEnum):
    """Salesforce's names for the types of fields that a Contact here has."""

    ID = "id"
    REFERENCE = "reference"
    STRING = "string"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    CURRENCY = "currency"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; a dotted name is a field of the record that a reference leads to."""

    name: str
    label: str
    kind: FieldKind

    @property
    def dtype(self) -> pl.DataType:
        """Give the type of the field's column."""
        return _DTYPES.get(self.kind, pl.String())


_DTYPES: dict[FieldKind, pl.DataType] = {
    FieldKind.CURRENCY: pl.Float64(),
    FieldKind.DATE: pl.Date(),
    FieldKind.DATETIME: pl.Datetime("us", "UTC"),
    FieldKind.BOOLEAN: pl.Boolean(),
}

CONTACT_FIELDS: tuple[Field, ...] = (
    Field("Id", "Contact ID", FieldKind.ID),
    Field("Contact_Number__c", "Contact Number", FieldKind.STRING),
    Field("FirstName", "First Name", FieldKind.STRING),
    Field("LastName", "Last Name", FieldKind.STRING),
    Field("Name", "Full Name", FieldKind.STRING),
    Field("Title", "Title", FieldKind.STRING),
    Field("AccountId", "Account ID", FieldKind.REFERENCE),
    Field("Account.Name", "Account Name", FieldKind.STRING),
    Field("Account.AnnualRevenue", "Annual Revenue", FieldKind.CURRENCY),
    Field("Email", "Email", FieldKind.EMAIL),
    Field("Secondary_Email__c", "Secondary Email", FieldKind.EMAIL),
    Field("Phone", "Phone", FieldKind.PHONE),
    Field("MobilePhone", "Mobile", FieldKind.PHONE),
    Field("MailingStreet", "Mailing Street", FieldKind.TEXTAREA),
    Field("MailingCity", "Mailing City", FieldKind.STRING),
    Field("MailingCountry", "Mailing Country", FieldKind.STRING),
    Field("OwnerId", "Owner ID", FieldKind.REFERENCE),
    Field("Owner.Email", "Owner Email", FieldKind.EMAIL),
    Field("Owner.Name", "Owner", FieldKind.STRING),
    Field("Tier__c", "Tier", FieldKind.PICKLIST),
    Field("Segment__c", "Segment", FieldKind.MULTIPICKLIST),
    Field("Renewal_Date__c", "Renewal Date", FieldKind.DATE),
    Field("HasOptedOutOfEmail", "Email Opt Out", FieldKind.BOOLEAN),
    Field("Description", "Description", FieldKind.TEXTAREA),
    Field("CreatedById", "Created By ID", FieldKind.REFERENCE),
    Field("CreatedBy.Name", "Created By", FieldKind.STRING),
    Field("CreatedDate", "Created Date", FieldKind.DATETIME),
    Field("LastModifiedDate", "Last Modified Date", FieldKind.DATETIME),
    Field("SystemModstamp", "System Modstamp", FieldKind.DATETIME),
    Field("IsDeleted", "Deleted", FieldKind.BOOLEAN),
)
SCHEMA: dict[str, pl.DataType] = {field.name: field.dtype for field in CONTACT_FIELDS}
TYPES_OF_RELATIONSHIPS = {"Account": "Account", "Owner": "User", "CreatedBy": "User"}
NASTY_TEXT = 'She said "call me",\nthen left.\x00'
"""A description with all that CSV has to bear: quotes, a comma, a line break and a NUL."""
