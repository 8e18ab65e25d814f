"""Links as Front takes them: whole web addresses that a teammate's browser opens. Pure; nothing is fetched.

Columns settle the plain ones, in which yarl would change nothing; yarl reads and writes each distinct other once.
"""

import re
from ipaddress import AddressValueError, IPv4Address

import polars as pl
from yarl import URL

from toolkit.contacts.cleaned import Answer, Cleaned, by_value, mended
from toolkit.contacts.rejects import RejectCode

_LONGEST = 2_000
_LABEL = r"[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?"
_WORD = r"[0-9A-Za-z_~-]+(?:\.[0-9A-Za-z_~-]+)*"
_PLAIN = (
    rf"^https?://(?:{_LABEL}\.)+[a-z]{{2,63}}(?::[1-9][0-9]{{3}})?"
    rf"(?:/(?:{_WORD}/?)*(?:\?[0-9A-Za-z_.=&~-]+)?(?:#[0-9A-Za-z_.=/~-]+)?)?$"
)
# Any "--" may be an IDN's (xn--); a host has at most 253 characters, a link at most 2,000.
_NOT_PLAIN = r"^https?://[^/]*--|^[^/]*//[^/]{250}|\.localhost(?:[:/]|$)"
_BARE = re.compile(r"[^\s/?#:@]+\.[^\s/?#:@]+(?::[0-9]+)?(?:[/?#].*)?")
_HOST = re.compile(r"(?=.{1,253}$)(?:[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?\.)+[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def links(cells: pl.Series) -> Cleaned:
    """Web addresses, http or https; ``acme.com/x`` gets ``https://``. Hosts in ASCII, other characters encoded.

    A host has a dot and is no address of a private network. No user or password, which every reader would see.
    """
    whole = mended(cells, ~cells.str.starts_with("http"), lambda some: "https://" + some)
    plain = whole.str.contains(_PLAIN) & ~whole.str.contains(_NOT_PLAIN) & (whole.str.len_bytes() <= _LONGEST)
    settled = whole if plain.all() else pl.select(pl.when(plain).then(whole)).to_series()
    return by_value(cells, settled, _link, RejectCode.BAD_LINK)


def _link(cell: str) -> Answer:
    whole = cell if re.match("https?://", cell, re.IGNORECASE) else f"https://{cell}" if _BARE.fullmatch(cell) else ""
    if not whole or _CONTROL.search(whole):
        return None, "is not a web address (https://…)"
    try:
        url = URL(whole)
    except ValueError:
        return None, "is not a web address (https://…)"
    if url.raw_user is not None or url.raw_password is not None:
        return None, "is a web address with a user or password in it"
    if not _is_public(url.raw_host or ""):
        return None, "is not a web address that others can open: its host has no dot, or is private"
    link = str(url)
    return (link, None) if len(link) <= _LONGEST else (None, f"is longer than {_LONGEST} characters")


def _is_public(host: str) -> bool:
    if not _HOST.fullmatch(host) or host.endswith(".localhost"):
        return False
    if not host.rpartition(".")[2].isdigit():
        return True
    try:
        return IPv4Address(host).is_global
    except AddressValueError:
        return False
