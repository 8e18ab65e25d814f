"""Cells as Front wants them: columns in, columns out. Pure; phones and dates have modules of their own.

Every function here takes a column of tidy text (null = blank) and gives ``Cleaned``: the values, null where a
cell is blank or bad, and for each bad cell the end of the sentence '"Email" has "x", which …'. Polars does what
it can on whole columns; a library that works value by value sees each distinct value once.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import email_validator
import idna
import polars as pl

from toolkit.contacts.amounts import PLAIN, NumberForm, NumberStyle, numbers
from toolkit.contacts.cleaned import CELL, Answer, Cleaned, blanks, by_columns, by_value, distinct, mended
from toolkit.contacts.rejects import RejectCode

__all__ = [
    "PLAIN", "Cleaned", "NumberForm", "NumberStyle", "UnicodeForm", "booleans", "distinct", "domains",
    "emails", "inboxes", "numbers", "salesforce_ids", "texts", "tidy",
]  # fmt: skip


class UnicodeForm(StrEnum):
    """Which of Unicode's ways to write the same letters a cell is brought to."""

    NFC = "NFC"
    """One character for a letter with its accent, as keyboards give it."""
    NFKC = "NFKC"
    """Also plain letters and digits for wide, raised, ringed and joined ones."""
    AS_IS = "as-is"


_THIN = r"[\s\x{180E}\x{200B}-\x{200D}\x{2060}\x{FEFF}]+"
"""Blanks, and characters of no width, which no eye finds at the end of a cell."""


def tidy(frame: pl.DataFrame, unicode: UnicodeForm = UnicodeForm.NFC, *, mojibake: bool = False) -> pl.DataFrame:
    """Trim every cell, write line ends as ``\\n`` and letters in one form, and make a cell of blanks alone null.

    With ``mojibake``, text that was once read in a wrong encoding ("MÃ¼ller") is repaired by ftfy where it is sure.
    """
    if not frame.width:
        return frame
    beyond = frame.select((pl.all().str.len_bytes() != pl.all().str.len_chars()).any())
    changed = [
        _letters(frame[name], unicode, mojibake=mojibake) for name, found in beyond.row(0, named=True).items() if found
    ]
    tidied = frame.with_columns(changed)
    returns = tidied.select(pl.all().str.contains("\r", literal=True).any())
    cell = pl.col([name for name, found in returns.row(0, named=True).items() if found])
    tidied = tidied.with_columns(
        cell.str.replace_all("\r\n", "\n", literal=True).str.replace_all("\r", "\n", literal=True)
    )
    trimmed = tidied.with_columns(pl.all().str.strip_chars())
    return trimmed.with_columns(pl.when(pl.all() != "").then(pl.all()).otherwise(None).name.keep())


def _letters(cells: pl.Series, unicode: UnicodeForm, *, mojibake: bool) -> pl.Series:
    """Clean the cells of a column that hold more than ASCII."""
    beyond = cells.str.len_bytes() != cells.str.len_chars()
    return mended(cells, beyond, lambda some: _clean_letters(some, unicode, mojibake=mojibake))


def _clean_letters(cells: pl.Series, unicode: UnicodeForm, *, mojibake: bool) -> pl.Series:
    if mojibake:
        import ftfy  # noqa: PLC0415 - 60 ms that only this pays

        cells = distinct(cells.to_frame(), lambda cell: (ftfy.fix_encoding(cell), None))["value"].alias(cells.name)
    if unicode is not UnicodeForm.AS_IS:
        cells = cells.str.normalize("NFC" if unicode is UnicodeForm.NFC else "NFKC")
    thin = cells.str.contains(f"^{_THIN}|{_THIN}$")
    return mended(cells, thin, lambda some: some.str.replace(f"^{_THIN}", "").str.replace(f"{_THIN}$", ""))


_LABEL = r"[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?"
_ANY_LABEL = _LABEL.replace("a-z", "A-Za-z")
_PLAIN_EMAIL = rf"^[0-9A-Za-z_+-]+(?:\.[0-9A-Za-z_+-]+)*@(?:{_ANY_LABEL}\.)+[A-Za-z]{{2,63}}$"
_SPECIAL = "|".join(re.escape(name) for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)
# "--" may be an IDN label (xn--); 64 characters before the @ and 254 in all are RFC 5321's bounds.
_NOT_PLAIN = rf"^[^@]{{65}}|^.{{255}}|@.*--|(?i:[@.](?:{_SPECIAL})$)"


def emails(cells: pl.Series, code: RejectCode = RejectCode.BAD_EMAIL) -> Cleaned:
    """Addresses by email-validator, without DNS: the domain in lower case and ASCII, the local part as written.

    Polars settles the plain ones, which the library surely takes and would change in nothing but the domain's case.
    """
    plain = cells.str.contains(_PLAIN_EMAIL) & ~cells.str.contains(_NOT_PLAIN)
    lowered = mended(cells, plain & cells.str.contains("@.*[A-Z]"), _with_low_domain)
    settled = lowered if plain.all() else pl.select(pl.when(plain).then(lowered)).to_series()
    return by_value(cells, settled, _email, code)


def _with_low_domain(addresses: pl.Series) -> pl.Series:
    parts = addresses.str.split_exact("@", 1).struct
    return parts.field("field_0") + "@" + parts.field("field_1").str.to_lowercase()


def _email(cell: str) -> Answer:
    try:
        found = email_validator.validate_email(cell, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        return None, f"is not an e-mail address: {str(error)[:1].lower()}{str(error)[1:].rstrip('.')}"
    return f"{found.local_part}@{found.ascii_domain}", None


TRUE_WORDS = ("1", "true", "yes", "y", "on", "ja", "oui", "sí", "si", "wahr", "vrai", "verdadero")
FALSE_WORDS = ("0", "false", "no", "n", "off", "nein", "non", "falsch", "faux", "falso")


def booleans(cells: pl.Series, yes: Sequence[str] = (), no: Sequence[str] = ()) -> Cleaned:
    """Booleans out of 1/0, true/false, yes/no and the like in four languages, or out of the words given; in any case.

    ``yes`` and ``no`` each replace the words that stand for it otherwise; a word given counts before a usual one.
    """
    words = pl.Series([*yes, *no], dtype=pl.String).str.strip_chars().str.to_lowercase().to_list()
    true = words[: len(yes)] or [word for word in TRUE_WORDS if word not in words]
    false = words[len(yes) :] or [word for word in FALSE_WORDS if word not in words]
    low = pl.col(CELL).str.to_lowercase()
    value = pl.when(low.is_in(true)).then(True).when(low.is_in(false)).then(False)
    listed = (
        ", ".join(word.strip() for word in [*(yes or true), *(no or false)])
        if words
        else "true, false, yes, no, 1, 0 or the like"
    )
    complaint = pl.when(~low.is_in(true + false)).then(pl.lit(f"is none of {listed}"))
    return by_columns(cells, value, complaint, RejectCode.BAD_BOOLEAN)


def inboxes(cells: pl.Series) -> Cleaned:
    """Ids of inboxes, which is how Front's API takes them."""
    complaint = pl.when(~pl.col(CELL).str.contains("^inb_[0-9a-z]+$")).then(pl.lit("is not an inbox id (inb_…)"))
    return by_columns(cells, pl.col(CELL), complaint, RejectCode.BAD_INBOX)


def texts(cells: pl.Series) -> Cleaned:
    """Take any text as it is."""
    return Cleaned(cells, blanks(len(cells)), RejectCode.SCHEMA)


_PLAIN_DOMAIN = (
    rf"^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?((?:{_LABEL}\.)+[0-9a-z-]*[a-z](?:[0-9a-z-]*[0-9a-z])?)\.?(?:[/?#:].*)?$"
)
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_ALL_OF_A_NAME = 253
"""Characters in a domain name (RFC 1035)."""


def domains(cells: pl.Series) -> Cleaned:
    """Domain names out of websites: no scheme, port, path or ``www.``; lower case, ASCII. An e-mail address is none.

    Names beyond ASCII are mapped and written as browsers do (IDNA 2008 with UTS 46, by the idna package).
    """
    low = cells.str.to_lowercase()
    plain = low.str.extract(_PLAIN_DOMAIN, 1)
    odd = plain.str.contains("xn--", literal=True) | (plain.str.len_bytes() > _ALL_OF_A_NAME)
    settled = mended(plain, odd, lambda some: blanks(len(some)))
    return by_value(low, settled, _domain, RejectCode.BAD_DOMAIN)


def _domain(cell: str) -> Answer:
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", cell)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").rstrip(".")
    ascii_host = ascii_name(host)
    if ascii_host and _HOST.fullmatch(ascii_host) and not ascii_host.rpartition(".")[2].isdigit():
        return ascii_host, None
    return None, "is not a website or domain name"


def ascii_name(host: str) -> str:
    """Write a host's name in ASCII (IDNA 2008, UTS 46); "" when that can't be."""
    try:
        # Not for plain names: IDNA refuses some that exist, such as "r1---sn-x.googlevideo.com".
        plain = host.isascii() and "xn--" not in host
        name = host if plain else idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return ""
    return name if len(name) <= _ALL_OF_A_NAME else ""


def salesforce_ids(cells: pl.Series) -> pl.Series:
    """Write 15-character Salesforce Ids with their three check characters; leave every other text alone.

    The fifteen are case-sensitive; each check character tells which of five letters are capitals, so that the
    eighteen are safe where case is lost (Salesforce's documented algorithm).
    """
    found = cells.str.contains("^[0-9a-zA-Z]{15}$") & cells.str.contains("[0-9]")
    if not found.any():
        return cells
    tail = pl.concat_str(_check_character(start) for start in (0, 5, 10))
    frame = cells.alias("c").to_frame()
    return frame.select(pl.when(found.fill_null(value=False)).then(pl.col("c") + tail).otherwise("c").alias("c"))["c"]


def _check_character(start: int) -> pl.Expr:
    capital = [pl.col("c").str.slice(start + bit, 1).str.contains("[A-Z]").cast(pl.UInt32) * 2**bit for bit in range(5)]
    letters = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
    return pl.sum_horizontal(capital).replace_strict(list(range(32)), letters, default=None, return_dtype=pl.String)
