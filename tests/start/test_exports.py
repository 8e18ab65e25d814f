"""Exports of several products and languages: what is recognised, and that the first mapping works at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from toolkit.contacts import transform
from toolkit.contacts.transform import Target, TransformSettings
from toolkit.files import Outputs
from toolkit.schemas import data_folder
from toolkit.start.propose import Proposal
from toolkit.start.stage import StartSettings, run

EXPORTS = Path(__file__).parent / "exports"
SAMPLES = data_folder("samples")


@dataclass(frozen=True, slots=True)
class Known:
    """What a person would say of an export."""

    product: str
    language: str
    key: str
    name: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    region: tuple[str, str]
    account: tuple[str, str, str] | None
    opt_outs: tuple[str, ...]
    dates: str | None
    prefer: str


KNOWN = {
    "salesforce-german": Known(
        "Salesforce", "German", "Kontakt-ID", ("Vorname", "Nachname"), ("E-Mail",), ("Telefon", "Mobil"),
        ("DE", "Postanschrift (Land)"), ("Accountname", "", ""), ("E-Mail-Abmeldung",), "DD.MM.YYYY",
        "Datum der letzten Änderung",
    ),
    "salesforce-french": Known(
        "Salesforce", "French", "ID du contact", ("Prénom", "Nom"), ("Adresse e-mail",),
        ("Téléphone mobile", "Téléphone"), ("FR", "Pays postal"), ("Nom du compte", "ID du compte", ""),
        ("Désinscription des e-mails",), "DD/MM/YYYY", "Date de dernière modification",
    ),
    "salesforce-spanish": Known(
        "Salesforce", "Spanish", "Id. del contacto", ("Nombre", "Apellidos"), ("Correo electrónico",),
        ("Teléfono móvil", "Teléfono"), ("ES", "País de correo"), ("Nombre de la cuenta", "", "Sitio web"),
        ("No recibir correo electrónico",), "DD/MM/YYYY", "Fecha de la última modificación",
    ),
    "salesforce-leads": Known(
        "Salesforce", "English", "Lead ID", ("First Name", "Last Name"), ("Email",), ("Mobile", "Phone"),
        ("US", "Country"), ("Company / Account", "", ""), ("Email Opt Out",), "MM/DD/YYYY", "Last Modified",
    ),
    "salesforce-api": Known(
        "Salesforce", "English", "Id", ("FirstName", "LastName"), ("Email",),
        ("MobilePhone", "Phone", "HomePhone", "OtherPhone"), ("GB", "MailingCountry"),
        ("Account.Name", "AccountId", "Account.Website"), ("HasOptedOutOfEmail",), "ISO", "LastModifiedDate",
    ),
    "salesforce-accounts": Known(
        "Salesforce", "English", "Account ID", ("Account Name",), (), ("Phone",), ("US", "Billing Country"),
        ("Account Name", "Account ID", "Website"), (), None, "",
    ),
    "hubspot": Known(
        "HubSpot", "English", "Record ID", ("First Name", "Last Name"), ("Email",),
        ("Mobile Phone Number", "Phone Number"), ("US", "Country/Region"),
        ("Associated Company", "Associated Company IDs", ""), ("Unsubscribed from all email",), "ISO",
        "Last Modified Date",
    ),
    "dynamics": Known(
        "Dynamics", "English", "(Do Not Modify) Contact", ("Full Name",), ("Email",),
        ("Mobile Phone", "Business Phone"), ("US", "Address 1: Country/Region"), ("Company Name", "", ""),
        ("Do not allow Emails",), "MM/DD/YYYY", "(Do Not Modify) Modified On",
    ),
    "pipedrive": Known(
        "Pipedrive", "English", "Person - ID", ("Person - Name",),
        ("Person - Email - Work", "Person - Email - Home", "Person - Email - Other"),
        ("Person - Phone - Mobile", "Person - Phone - Work", "Person - Phone - Other", "Person - Phone - Home"),
        ("US", ""), ("Person - Organization", "", ""), ("Person - Marketing status",), "ISO", "Person - Update time",
    ),
    "unknown-headings": Known(
        "Salesforce", "English", "Anschrift elektronisch", ("Anschrift elektronisch",), ("Anschrift elektronisch",),
        ("Wählen",), ("DE", ""), None, (), None, "",
    ),
}  # fmt: skip


def start(source: Path, mapping: Path) -> Proposal:
    with Outputs() as outputs:
        result = run(StartSettings(source, mapping), outputs)
        outputs.commit()
    return result.proposal


def accepted(source: Path, mapping: Path, target: Target) -> tuple[int, dict[str, int]]:
    """Transform with the mapping; give the number of contacts and the rejects that the mapping did not ask for."""
    with Outputs() as outputs:
        found = transform.run(TransformSettings(source, mapping, mapping.parent / target, target), outputs)
        outputs.commit()
    return found.accepted, {code: n for code, n in found.rejected_by_code.items() if code != "excluded"}


@pytest.mark.parametrize("export", sorted(path.stem for path in EXPORTS.glob("*.csv")))
def test_an_export_is_recognised(export: str, tmp_path: Path):
    """Each column of a known product and language comes to its place."""
    found = start(EXPORTS / f"{export}.csv", tmp_path / "mapping.yaml")

    account = found.account
    assert KNOWN[export] == Known(
        str(found.findings.product), found.findings.language.spoken, found.source.key.value, found.texts.name.value,
        found.handles.emails, found.handles.phones, (found.handles.region.value, found.handles.region_from),
        (account.name, account.external_id, account.website) if account else None,
        tuple(each.column for each in found.source.opt_outs), found.source.dates and str(found.source.dates.value),
        found.prefer,
    )  # fmt: skip


REJECTED = {"hubspot": ({"missing-name": 1}, {})}
"""Rows that are rejected (import, operations) for what they hold; in every other export, none."""


@pytest.mark.parametrize("export", sorted(KNOWN))
def test_the_first_mapping_of_an_export_works_at_once(export: str, tmp_path: Path):
    """Transform takes it for both targets, and rejects nobody whose row is good."""
    source, mapping = EXPORTS / f"{export}.csv", tmp_path / "mapping.yaml"
    start(source, mapping)
    imported, operations = (accepted(source, mapping, target) for target in (Target.IMPORT, Target.OPERATIONS))

    assert (imported[1], operations[1]) == REJECTED.get(export, ({}, {}))
    assert min(imported[0], operations[0]) >= 2


@pytest.mark.parametrize("sample", ["contacts.csv", "contacts-excel.csv"])
def test_the_first_mapping_of_a_sample_works_at_once(sample: str, tmp_path: Path):
    """Only the samples' faulty rows are rejected: without a key, a name or a good handle."""
    mapping = tmp_path / "mapping.yaml"
    start(SAMPLES / sample, mapping)
    faults = {"missing-key": 1, "no-handle": 2}

    assert accepted(SAMPLES / sample, mapping, Target.IMPORT)[1] == faults | {"missing-name": 1}
    assert accepted(SAMPLES / sample, mapping, Target.OPERATIONS)[1] == faults
