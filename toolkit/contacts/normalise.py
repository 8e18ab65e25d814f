"""Cells as Front wants them: columns in, columns out. Pure; phones and dates have modules of their own.

Every function here takes a column of tidy text (null = blank) and gives ``Cleaned``: the values, null where a
cell is blank or bad, and for each bad cell the end of the sentence '"Email" has "x", which …'. Polars does what
it can on whole columns; a library that works value by value sees each distinct value once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import email_validator
import polars as pl

from toolkit.contacts.rejects import RejectCode


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``values`` and ``complaints`` run along the rows; at most one of the two is set in a row.

    ``code`` is the reject code of a complaint. ``extensions`` counts the phone extensions left out; ``extended``
    (Boolean, along the rows) says which cells had one.
    """

    values: pl.Series
    complaints: pl.Series
    code: RejectCode
    extensions: int = 0
    extended: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes numbers: the decimal mark, and the mark between thousands ("" = none is written)."""

    decimal: str = "."
    thousands: str = ""


PLAIN = NumberStyle()
_DIGITS = 15
"""Decimal digits that every JSON reader keeps exactly (IEEE 754 doubles)."""


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Trim every cell, write line ends as ``\\n``, and make a cell of blanks alone null."""
    cell = pl.all().str.replace_all("\r\n", "\n", literal=True).str.replace_all("\r", "\n", literal=True)
    trimmed = cell.str.strip_chars()
    return frame.with_columns(pl.when(trimmed != "").then(trimmed).otherwise(None).name.keep())


def distinct(keys: pl.DataFrame, clean: Callable[..., tuple[str | None, str | None]]) -> pl.DataFrame:
    """Call ``clean`` once for each distinct row of ``keys`` and give ``value, complaint`` along the rows.

    Rows whose first key is null are blank: ``clean`` is not called for them.
    """
    names = keys.columns
    different = keys.filter(pl.col(names[0]).is_not_null()).unique(maintain_order=True)
    answers = [clean(*row) for row in different.iter_rows()]
    schema = {"value": pl.String, "complaint": pl.String}
    known = pl.concat([different, pl.DataFrame(answers, schema=schema, orient="row")], how="horizontal")
    return keys.join(known, on=names, how="left", maintain_order="left", nulls_equal=True).select("value", "complaint")


_LABEL = r"[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?"
_PLAIN_EMAIL = rf"^[0-9A-Za-z_+-]+(?:\.[0-9A-Za-z_+-]+)*@(?i:(?:{_LABEL}\.)+[a-z]{{2,63}})$"
_SPECIAL = "|".join(re.escape(name) for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)
# "--" may be an IDN label (xn--); 64 characters before the @ and 254 in all are RFC 5321's bounds.
_NOT_PLAIN = rf"^[^@]{{65}}|^.{{255}}|@.*--|(?i:[@.](?:{_SPECIAL})$)"


def emails(cells: pl.Series, code: RejectCode = RejectCode.BAD_EMAIL) -> Cleaned:
    """Addresses by email-validator, without DNS: the domain in lower case and ASCII, the local part as written.

    Polars settles the plain ones, which the library surely takes and would change in nothing but the domain's case.
    """
    cell = pl.col("cell")
    plain = cell.str.contains(_PLAIN_EMAIL) & ~cell.str.contains(_NOT_PLAIN)
    settled = cell.str.extract("^(.*@)", 1) + cell.str.extract("@(.*)$", 1).str.to_lowercase()
    frame = cells.alias("cell").to_frame().select("cell", pl.when(plain).then(settled).alias("settled"))
    rest = frame.select(pl.when(pl.col("settled").is_null()).then(cell).alias("cell"))
    answer = distinct(rest, _email)
    return Cleaned(frame["settled"].fill_null(answer["value"]), answer["complaint"], code)


def _email(cell: str) -> tuple[str | None, str | None]:
    try:
        found = email_validator.validate_email(cell, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        return None, f"is not an e-mail address: {str(error)[:1].lower()}{str(error)[1:].rstrip('.')}"
    return f"{found.local_part}@{found.ascii_domain}", None


def numbers(cells: pl.Series, style: NumberStyle = PLAIN) -> Cleaned:
    """Numbers as plain decimal text: ``1234.5``, ``-7``, ``0``; no exponent, no NaN, no infinity."""
    decimal, thousands = re.escape(style.decimal), re.escape(style.thousands)
    grouped = f"|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+" if style.thousands else ""
    pattern = f"^[+-]?(?:[0-9]+{grouped})(?:{decimal}[0-9]+)?$"
    plain = pl.col("c").str.replace_all(style.thousands, "", literal=True) if style.thousands else pl.col("c")
    plain = plain.str.replace(style.decimal, ".", literal=True).str.replace(r"^\+", "")
    whole = plain.str.replace(r"^(-?)0+([0-9])", "$1$2")
    short = pl.when(whole.str.contains(".", literal=True)).then(whole.str.strip_chars_end("0")).otherwise(whole)
    value = short.str.strip_chars_end(".").replace("-0", "0")
    too_long = value.str.replace_all(r"[-.]", "").str.len_chars() > _DIGITS
    complaint = (
        pl.when(~pl.col("c").str.contains(pattern)).then(pl.lit(_number_complaint(style)))
        .when(too_long).then(pl.lit(f"has more than the {_DIGITS} digits that a JSON number keeps"))
    )  # fmt: skip
    return _answer(cells, value, complaint, RejectCode.BAD_NUMBER)


def _number_complaint(style: NumberStyle) -> str:
    marks = f"decimal mark {style.decimal!r}, thousands mark {style.thousands!r}" if style.thousands else (
        f"decimal mark {style.decimal!r}, no thousands mark"
    )  # fmt: skip
    return f"is not a number as source.numbers declares them ({marks})"


_TRUE, _FALSE = ["1", "true", "yes"], ["0", "false", "no"]


def booleans(cells: pl.Series) -> Cleaned:
    """Booleans out of 1/0, true/false, yes/no in any case."""
    low = pl.col("c").str.to_lowercase()
    value = pl.when(low.is_in(_TRUE)).then(True).when(low.is_in(_FALSE)).then(False)
    complaint = pl.when(~low.is_in(_TRUE + _FALSE)).then(pl.lit("is none of true, false, yes, no, 1, 0"))
    return _answer(cells, value, complaint, RejectCode.BAD_BOOLEAN)


def choices(cells: pl.Series, meanings: Mapping[str, str]) -> Cleaned:
    """Values through a map; without a map every text stands for itself."""
    if not meanings:
        return texts(cells)
    known = list(meanings)
    value = pl.col("c").replace_strict(known, list(meanings.values()), default=None, return_dtype=pl.String)
    listed = ", ".join(known)
    complaint = pl.when(~pl.col("c").is_in(known)).then(pl.lit(f"is not in the field's map ({listed})"))
    return _answer(cells, value, complaint, RejectCode.BAD_CHOICE)


def inboxes(cells: pl.Series) -> Cleaned:
    """Ids of inboxes, which is how Front's API takes them."""
    complaint = pl.when(~pl.col("c").str.contains("^inb_[0-9a-z]+$")).then(pl.lit("is not an inbox id (inb_…)"))
    return _answer(cells, pl.col("c"), complaint, RejectCode.BAD_INBOX)


def texts(cells: pl.Series) -> Cleaned:
    """Take any text as it is."""
    return Cleaned(cells, pl.Series([None], dtype=pl.String).new_from_index(0, len(cells)), RejectCode.SCHEMA)


def domains(cells: pl.Series) -> Cleaned:
    """Domain names out of websites: no scheme, user, port, path or ``www.``; lower case, ASCII."""
    answer = distinct(cells.alias("cell").to_frame(), _domain)
    return Cleaned(answer["value"], answer["complaint"], RejectCode.BAD_DOMAIN)


_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def _domain(cell: str) -> tuple[str | None, str | None]:
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", cell.lower())
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").rstrip(".")
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_host = ""
    if _HOST.fullmatch(ascii_host) and not ascii_host.rpartition(".")[2].isdigit():
        return ascii_host, None
    return None, "is not a website or domain name"


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


def _answer(cells: pl.Series, value: pl.Expr, complaint: pl.Expr, code: RejectCode) -> Cleaned:
    """Compute both columns; a bad cell has no value."""
    frame = cells.alias("c").to_frame().select(value.alias("value"), complaint.cast(pl.String).alias("complaint"))
    values = frame.select(pl.when(pl.col("complaint").is_null()).then("value").alias("value"))["value"]
    return Cleaned(values, frame["complaint"], code)
