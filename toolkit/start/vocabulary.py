"""What headings mean: Salesforce's standard columns in four languages, and the exports of three other products. Pure.

A heading is looked up folded: letters and digits alone, in lower case, without accents. So ``FirstName``,
``First Name`` and ``first_name`` are one word, as are ``Account.Name`` and ``Account Name``. Within one meaning the
words that name it best stand first. Sources: the labels of Salesforce's Contact, Lead and Account (Object Reference),
Dataverse's table Contact (display names), and the exports of HubSpot and Pipedrive.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What a column is to a contact, in the words of the summary."""

    KEY = "key"
    SALUTATION = "salutation"
    FIRST_NAME = "first name"
    LAST_NAME = "last name"
    FULL_NAME = "full name"
    TITLE = "title"
    EMAIL = "e-mail"
    MOBILE = "mobile"
    PHONE = "phone"
    HOME_PHONE = "home phone"
    OTHER_PHONE = "other phone"
    COUNTRY = "country"
    ACCOUNT = "account"
    ACCOUNT_ID = "account id"
    WEBSITE = "website"
    OWNER_EMAIL = "owner's e-mail"
    OWNER = "owner"
    REVENUE = "revenue"
    CREATED = "created"
    MODIFIED = "modified"
    OPT_OUT = "opt-out"
    DESCRIPTION = "description"
    ELSEWHERE = "not the contact's own"
    """An address or a number, but a fax machine's, an assistant's, or one that a whole company shares."""
    OF_NO_USE = "of no use"
    OTHER = "other"


PHONES = (Meaning.MOBILE, Meaning.PHONE, Meaning.OTHER_PHONE, Meaning.HOME_PHONE)
"""In the order in which a contact has them."""


class Language(StrEnum):
    """The languages whose headings are known, by their codes."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"

    @property
    def spoken(self) -> str:
        """What the language is called."""
        return self.name.capitalize()


class Product(StrEnum):
    """The products whose exports are known; Salesforce unless a heading says otherwise."""

    SALESFORCE = "Salesforce"
    HUBSPOT = "HubSpot"
    DYNAMICS = "Dynamics"
    PIPEDRIVE = "Pipedrive"


EN, DE, FR, ES = Language
HUBSPOT, DYNAMICS, PIPEDRIVE = Product.HUBSPOT, Product.DYNAMICS, Product.PIPEDRIVE

HEADINGS: dict[Meaning, dict[Language | Product, str]] = {
    Meaning.KEY: {
        EN: "Contact ID|Lead ID|Contact ID (18)|Case Safe ID|Person ID|ID|Contact Id 18",
        DE: "Kontakt-ID|ID des Kontakts|Lead-ID",
        FR: "ID du contact|ID de contact|Identifiant du contact|ID contact|ID de la piste|ID de piste|Identifiant",
        ES: "Id. del contacto|Id. de contacto|ID contacto|Id. de prospecto|Id. del candidato|Identificador",
        HUBSPOT: "Record ID|Record ID - Contact|Contact record ID",
        DYNAMICS: "(Do Not Modify) Contact|(Do Not Modify) Lead|(Nicht ändern) Kontakt|(Ne pas modifier) Contact"
        "|(No modificar) Contacto",
        PIPEDRIVE: "Person - ID",
    },
    Meaning.SALUTATION: {EN: "Salutation", DE: "Anrede", FR: "Civilité|Formule d'appel", ES: "Tratamiento|Saludo"},
    Meaning.FIRST_NAME: {
        EN: "First Name|Given Name|Forename",
        DE: "Vorname",
        FR: "Prénom",
        ES: "Nombre|Nombre de pila",
        PIPEDRIVE: "Person - First name",
    },
    Meaning.LAST_NAME: {
        EN: "Last Name|Surname|Family Name",
        DE: "Nachname|Familienname",
        FR: "Nom|Nom de famille",
        ES: "Apellidos|Apellido",
        PIPEDRIVE: "Person - Last name",
    },
    Meaning.FULL_NAME: {
        EN: "Full Name|Name|Contact Name|Lead Name|Contact",
        DE: "Vollständiger Name|Name|Kontaktname|Name des Kontakts|Kontakt",
        FR: "Nom complet|Nom du contact|Contact",
        ES: "Nombre completo|Nombre del contacto|Contacto",
        PIPEDRIVE: "Person - Name",
    },
    Meaning.TITLE: {
        EN: "Title|Job Title|Position",
        DE: "Titel|Position|Funktion|Berufsbezeichnung|Stellenbezeichnung",
        FR: "Titre|Fonction|Poste|Intitulé du poste",
        ES: "Título|Cargo|Puesto",
        PIPEDRIVE: "Person - Job title",
    },
    Meaning.EMAIL: {
        EN: "Email|Email Address|Work Email|Business Email|Primary Email|Secondary Email|Other Email|Email 2"
        "|Alternate Email|Personal Email|Home Email",
        DE: "E-Mail|E-Mail-Adresse|E-Mail (geschäftlich)|Zweite E-Mail|Weitere E-Mail|E-Mail 2|E-Mail (privat)"
        "|Private E-Mail",
        FR: "E-mail|Adresse e-mail|Adresse électronique|Courriel|Messagerie|E-mail secondaire|Autre e-mail"
        "|E-mail personnel",
        ES: "Email|Correo electrónico|Correo|Dirección de correo electrónico|Correo electrónico secundario"
        "|Otro correo electrónico|Correo electrónico personal",
        DYNAMICS: "Email|Email Address 2|Email Address 3",
        PIPEDRIVE: "Person - Email - Work|Person - Email|Person - Email - Other|Person - Email - Home",
    },
    Meaning.MOBILE: {
        EN: "Mobile|Mobile Phone|Mobile Number|Mobile Phone Number|Cell|Cell Phone",
        DE: "Mobil|Mobiltelefon|Mobilnummer|Handy|Handynummer",
        FR: "Mobile|Téléphone mobile|Téléphone portable|Portable",
        ES: "Móvil|Teléfono móvil|Celular|Teléfono celular",
        PIPEDRIVE: "Person - Phone - Mobile",
    },
    Meaning.PHONE: {
        EN: "Phone|Phone Number|Business Phone|Work Phone|Telephone|Direct Phone|Direct Line|Business Phone 2",
        DE: "Telefon|Telefonnummer|Telefon (geschäftlich)|Geschäftstelefon|Telefon geschäftlich|Durchwahl",
        FR: "Téléphone|Numéro de téléphone|Téléphone professionnel|Téléphone bureau|Téléphone (bureau)",
        ES: "Teléfono|Número de teléfono|Teléfono del trabajo|Teléfono de trabajo|Teléfono profesional",
        PIPEDRIVE: "Person - Phone - Work|Person - Phone",
    },
    Meaning.HOME_PHONE: {
        EN: "Home Phone|Home Phone 2|Personal Phone",
        DE: "Telefon (privat)|Telefon privat|Privattelefon|Telefon zu Hause",
        FR: "Téléphone domicile|Téléphone (domicile)|Téléphone personnel|Téléphone privé",
        ES: "Teléfono particular|Teléfono de casa|Teléfono personal|Teléfono domicilio",
        PIPEDRIVE: "Person - Phone - Home",
    },
    Meaning.OTHER_PHONE: {
        EN: "Other Phone|Telephone 3|Phone 2|Alternate Phone",
        DE: "Weiteres Telefon|Anderes Telefon|Sonstiges Telefon|Telefon (andere)|Telefon 2",
        FR: "Autre téléphone|Téléphone (autre)|Téléphone 2",
        ES: "Otro teléfono|Teléfono 2",
        PIPEDRIVE: "Person - Phone - Other",
    },
    Meaning.COUNTRY: {
        EN: "Mailing Country|Mailing Country (text only)|Mailing Country Code|Country|Country Code|Country/Region"
        "|Other Country|Billing Country|Billing Country Code|Shipping Country",
        DE: "Postanschrift (Land)|Postanschrift: Land|Land (Postanschrift)|Postadresse (Land)|Versandland|Land"
        "|Ländercode|Land/Region|Rechnungsanschrift (Land)|Rechnungsland",
        FR: "Pays postal|Pays (adresse postale)|Adresse postale (pays)|Pays d'envoi|Pays|Code pays|Pays/région"
        "|Pays de facturation",
        ES: "País de correo|País de envío de correo|País (dirección postal)|Dirección postal (país)|País|Código de país"
        "|País/Región|País de facturación",
        DYNAMICS: "Address 1: Country/Region|Address 2: Country/Region",
        PIPEDRIVE: "Person - Country of Postal address|Organization - Country of Address",
    },
    Meaning.ACCOUNT: {
        EN: "Account Name|Account|Company Name|Company|Company / Account|Organization|Organization Name",
        DE: "Accountname|Account|Firma|Firmenname|Unternehmen|Unternehmensname|Firma/Account|Organisation",
        FR: "Nom du compte|Compte|Société|Nom de la société|Entreprise|Nom de l'entreprise|Société/Compte",
        ES: "Nombre de la cuenta|Cuenta|Empresa|Nombre de la empresa|Compañía|Nombre de la compañía|Organización",
        HUBSPOT: "Associated Company|Primary Associated Company",
        PIPEDRIVE: "Person - Organization|Organization - Name",
    },
    Meaning.ACCOUNT_ID: {
        EN: "Account ID|Account ID (18)|Company ID",
        DE: "Account-ID|ID des Accounts",
        FR: "ID du compte|ID de compte|Identifiant du compte",
        ES: "Id. de la cuenta|Id. de cuenta|ID cuenta",
        HUBSPOT: "Primary Associated Company ID|Associated Company IDs",
        PIPEDRIVE: "Organization - ID",
    },
    Meaning.WEBSITE: {
        EN: "Website|Account Website|Website URL|Web Site|Company Domain Name|Company Website",
        DE: "Website|Webseite|Internetadresse|Account-Website",
        FR: "Site Web|Site internet|Site Web du compte",
        ES: "Sitio web|Página web|Sitio web de la cuenta",
        PIPEDRIVE: "Organization - Website",
    },
    Meaning.OWNER_EMAIL: {
        EN: "Owner Email|Contact Owner Email|Account Owner Email|Lead Owner Email|Contact Owner: Email"
        "|Account Owner: Email|Owner Email Address",
        DE: "Inhaber-E-Mail|Inhaber: E-Mail|E-Mail des Inhabers|Kontaktinhaber: E-Mail|Accountinhaber: E-Mail"
        "|E-Mail-Adresse des Inhabers",
        FR: "E-mail du propriétaire|Propriétaire: E-mail|Propriétaire du contact: E-mail"
        "|Propriétaire du compte: E-mail|Adresse e-mail du propriétaire",
        ES: "Correo electrónico del propietario|Propietario: Correo electrónico|Email del propietario"
        "|Propietario del contacto: Correo electrónico|Propietario de la cuenta: Correo electrónico",
    },
    Meaning.OWNER: {
        EN: "Contact Owner|Account Owner|Lead Owner|Owner|Owner Name|Owner Full Name|Account Owner Name",
        DE: "Kontaktinhaber|Accountinhaber|Leadinhaber|Inhaber|Besitzer|Inhaber des Kontakts|Inhaber des Accounts",
        FR: "Propriétaire du contact|Propriétaire du compte|Propriétaire de la piste|Propriétaire",
        ES: "Propietario del contacto|Propietario de la cuenta|Propietario del prospecto|Propietario del candidato"
        "|Propietario",
        PIPEDRIVE: "Person - Owner",
    },
    Meaning.REVENUE: {
        EN: "Annual Revenue|Revenue",
        DE: "Jahresumsatz|Jahreseinkommen|Umsatz",
        FR: "Chiffre d'affaires annuel|Chiffre d'affaires|Revenu annuel|CA annuel",
        ES: "Ingresos anuales|Facturación anual|Ingresos",
    },
    Meaning.CREATED: {
        EN: "Created Date|Created On|Create Date|Created|Created At",
        DE: "Erstelldatum|Erstellungsdatum|Erstellt am|Datum der Erstellung",
        FR: "Date de création|Créé le",
        ES: "Fecha de creación|Creado el|Creado en",
        PIPEDRIVE: "Person - Person created|Person - Add time|Person - Created",
    },
    Meaning.MODIFIED: {
        EN: "Last Modified Date|Last Modified|Modified On|Modified Date|System Modstamp|Last Update|Updated At",
        DE: "Datum der letzten Änderung|Letzte Änderung|Zuletzt geändert am|Zuletzt geändert|Geändert am"
        "|Letzte Aktualisierung",
        FR: "Date de dernière modification|Date de la dernière modification|Dernière modification|Modifié le"
        "|Dernière modification le",
        ES: "Fecha de la última modificación|Fecha de última modificación|Última modificación|Modificado el",
        DYNAMICS: "(Do Not Modify) Modified On|(Nicht ändern) Geändert am|(Ne pas modifier) Modifié le"
        "|(No modificar) Modificado el|(No modificar) Fecha de modificación",
        PIPEDRIVE: "Person - Update time|Person - Updated",
    },
    Meaning.OPT_OUT: {
        EN: "Email Opt Out|Has Opted Out Of Email|Opted Out|Do Not Contact|Do Not Email|Unsubscribed|Opt Out",
        DE: "E-Mail-Abmeldung|E-Mail-Opt-Out|Keine E-Mails|E-Mail abbestellt|Nicht kontaktieren|Kontakt nicht erwünscht"
        "|Von E-Mails abgemeldet",
        FR: "Désinscription des e-mails|Désabonnement e-mail|Désabonnement aux e-mails|Refus d'e-mails"
        "|Ne pas contacter|Désinscription e-mail|Désinscription des messages",
        ES: "No recibir correo electrónico|No recibir correos electrónicos|No contactar|Baja de correo electrónico"
        "|Cancelación de correo electrónico|No participación en correo electrónico",
        HUBSPOT: "Unsubscribed from all email|Opted out of all email",
        DYNAMICS: "Do not allow Emails|E-Mails nicht zulassen|Ne pas autoriser les e-mails"
        "|No permitir correos electrónicos",
        PIPEDRIVE: "Person - Marketing status",
    },
    Meaning.DESCRIPTION: {
        EN: "Description|Contact Description|Lead Description",
        DE: "Beschreibung|Kontaktbeschreibung",
        FR: "Description|Description du contact",
        ES: "Descripción|Descripción del contacto",
    },
    Meaning.ELSEWHERE: {
        EN: "Fax|Business Fax|Fax Number|Asst. Phone|Assistant Phone|Account Phone|Company Phone|Main Phone"
        "|Account Fax|Manager Phone|Company Main Phone|Reports To Email|Reports To ID",
        DE: "Fax|Faxnummer|Fax (geschäftlich)|Telefon Assistent|Telefon des Assistenten|Account-Telefon",
        FR: "Télécopie|Télécopieur|Fax|Téléphone de l'assistant|Téléphone de l'assistante|Téléphone du compte",
        ES: "Fax|Número de fax|Teléfono del asistente|Teléfono de la cuenta",
        PIPEDRIVE: "Organization - Phone|Organization - Email",
    },
    Meaning.OF_NO_USE: {
        DYNAMICS: "(Do Not Modify) Row Checksum|(Nicht ändern) Zeilenprüfsumme"
        "|(Ne pas modifier) Somme de contrôle de la ligne|(No modificar) Suma de comprobación de fila",
    },
    Meaning.OTHER: {HUBSPOT: "Lifecycle Stage", PIPEDRIVE: "Person - Label|Person - Open deals"},
}

_BEFORE = ("contact", "contacts", "lead", "person", "kontakt", "contacto", "prospecto", "candidato")
"""Objects that a heading may name before its field: ``Contact: Email``, ``Contact.Email``."""

_NOT_THEIRS = (
    "owner", "manager", "assist", "created", "modified", "reports", "account", "company", "support", "fax",
    "inhaber", "besitzer", "vorgesetz", "erstellt", "geandert", "firma", "firmen", "zentrale", "proprietaire", "cree",
    "modifie", "compte", "societe", "telecopie", "propietario", "gerente", "asistente", "creado", "modificado",
    "cuenta", "empresa",
)  # fmt: skip
YES = frozenset(
    {"1", "true", "yes", "y", "x", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero", "do not allow",
     "nicht zulassen", "ne pas autoriser", "no permitir", "unsubscribed", "opted out"}
)  # fmt: skip
"""Cells, in lower case, that say of an opt-out that the person did opt out."""


@dataclass(frozen=True, slots=True)
class Word:
    """One heading that is known: its meaning, how well it names it (0 is best), and whose word it is."""

    meaning: Meaning
    rank: int
    spoken_by: frozenset[Language | Product]


def fold(heading: str) -> str:
    """Reduce a heading to its letters and digits, in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(each for each in apart if each.isalnum())


def look_up(heading: str) -> Word | None:
    """Find what a heading means, as it stands or behind the name of its object; None when it is not known."""
    folded = fold(heading)
    bare = (folded.removeprefix(each) for each in _BEFORE if folded.startswith(each))
    return next((_WORDS[each] for each in (folded, *bare) if each in _WORDS), None)


def is_elsewhere(heading: str) -> bool:
    """Say whether a heading that is not known speaks of somebody else than the contact."""
    folded = fold(heading)
    return any(each in folded for each in _NOT_THEIRS)


def _words() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for meaning, groups in HEADINGS.items():
        for group, headings in groups.items():
            for rank, heading in enumerate(headings.split("|")):
                known = words.get(fold(heading), Word(meaning, rank, frozenset()))
                words[fold(heading)] = Word(known.meaning, min(rank, known.rank), known.spoken_by | {group})
    return words


_WORDS = _words()
