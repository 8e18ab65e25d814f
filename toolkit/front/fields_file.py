"""Reads a company's custom fields from a snapshot file."""

from pathlib import Path

from toolkit.company import CompanyFields, company_fields
from toolkit.tables import read_ndjson


def read_fields(path: Path) -> CompanyFields:
    """Read the custom fields, teammates and inboxes of the snapshot ``path``; InputRefused when it is none."""
    return company_fields(read_ndjson(path), path.name)
