"""Columns cleaned: the fast ways agree with the libraries they stand in for."""

import email_validator
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from toolkit.contacts.normalise import domains, emails, salesforce_ids, tidy

PARTS = st.text(st.sampled_from("aZ09._%+-&@ "), max_size=6)
ENDS = st.sampled_from(
    ["com", "COM", "test", "invalid", "local", "c", "co.uk", "1", "xn--p1ai", "example", "arpa", "de"]
)
ADDRESSES = st.builds("{}@{}.{}".format, PARTS, st.text(st.sampled_from("aZ0-.&é"), max_size=6), ENDS)


def library(address: str) -> str | None:
    try:
        found = email_validator.validate_email(address, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


@settings(max_examples=400, deadline=None)
@given(st.lists(ADDRESSES, min_size=1, max_size=20))
@example(["a" * 64 + "@example.com", "a" * 65 + "@example.com", f"a@{'b' * 63}.com", f"a@{'b' * 64}.com"])
@example([f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * size}" for size in (8, 9, 10, 11, 12)])
@example(["a@host.onion", "a@sub.Local", "a@xn--p1ai.com", "a@ab--cd.com", "a..b@example.com", ".a@example.com"])
def test_plain_addresses_are_settled_as_the_library_would(addresses: list[str]):
    """The column's answer is email-validator's answer, address by address."""
    cleaned = emails(pl.Series(addresses, dtype=pl.String))
    expected = [library(address) for address in addresses]
    assert expected == cleaned.values.to_list()
    assert [value is None for value in expected] == [complaint is not None for complaint in cleaned.complaints]


def test_domains_come_out_of_websites():
    """Scheme, user part, www, port and path go; IDNs are written in ASCII; the rest is bad."""
    websites = {
        "https://www.Example.com/about?x=1": "example.com",
        "example.co.uk:8080": "example.co.uk",
        "HTTP://bücher.example": "xn--bcher-kva.example",
        "www.example.org.": "example.org",
        "localhost": None,
        "192.168.0.1": None,
        "ann@example.com": None,
        "not a site": None,
        "a..b": None,
    }
    cleaned = domains(pl.Series(list(websites), dtype=pl.String))
    expected = list(websites.values())
    assert expected == cleaned.values.to_list()


def test_ids_get_their_check_characters():
    """Ids of 15 characters become 18; other texts stay as they are."""
    pairs = {
        "001D000000IqhSL": "001D000000IqhSLIAZ",
        "500D0000001fdlW": "500D0000001fdlWIAQ",
        "001D000000IqhSLIAZ": "001D000000IqhSLIAZ",
        "Acme": "Acme",
        "INTERNATIONALLY": "INTERNATIONALLY",
        None: None,
    }
    expected = list(pairs.values())
    assert expected == salesforce_ids(pl.Series(list(pairs), dtype=pl.String)).to_list()


def test_cells_are_tidied():
    """Blanks around a cell go, line ends become one kind, a cell of blanks is blank, and NA is data."""
    cells = [" x ", "a\r\nb\rc", "\u00a0 \t", "", None, "NA", "null"]
    expected = ["x", "a\nb\nc", None, None, None, "NA", "null"]
    assert expected == tidy(pl.DataFrame({"c": cells}))["c"].to_list()
