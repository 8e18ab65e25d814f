"""Columns cleaned: the fast ways agree with the libraries they stand in for."""

import email_validator
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from toolkit.contacts.normalise import UnicodeForm, booleans, domains, emails, salesforce_ids, tidy

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
@example(["a@\u017fample.com", "a@\u212aample.com", "a@B.Com", "A.b@C-D.COM", "A@example.com"])
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
        "www.com": "www.com",
        "https://faß.example/ü": "xn--fa-hia.example",
        "\uff22ÜCHER\u3002example": "xn--bcher-kva.example",
        "xn--bcher-kva.example": "xn--bcher-kva.example",
        "xn--a.example": None,
        "r1---sn-x.example.com": "r1---sn-x.example.com",
        "\u2488com": None,
        "a\u200bb.example": "ab.example",
        "mailto:ann@example.com": None,
        "https://ann@example.com/": None,
        "my_host.example.com": None,
        "example.c0m": "example.c0m",
        "example.123": None,
        f"{'a' * 63}.example": f"{'a' * 63}.example",
        f"{'a' * 64}.example": None,
        "a." * 126 + "example": None,
        "ü" * 60 + ".example": None,
        None: None,
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


def test_letters_are_written_one_way():
    """A letter and its accent become one character; NFKC also unfolds wide and joined ones; as-is does neither."""
    frame = pl.DataFrame({"c": ["Jose\u0301", "ﬁｎ", "plain", None]})
    expected = {
        UnicodeForm.NFC: ["José", "ﬁｎ", "plain", None],
        UnicodeForm.NFKC: ["José", "fin", "plain", None],
        UnicodeForm.AS_IS: ["Jose\u0301", "ﬁｎ", "plain", None],
    }
    assert expected == {form: tidy(frame, form)["c"].to_list() for form in UnicodeForm}


def test_blanks_that_no_eye_finds_go_at_the_ends():
    """Blanks that don't break and characters of no width go at the ends of a cell and stay inside it."""
    cells = ["\ufeffx\u200b", " \u200b\u00a0x\u202f ", "\u200b", "\u2060 \u00a0", "a\u200bb\u00a0c", "é\r\n\u200b"]
    expected = ["x", "x", None, None, "a\u200bb\u00a0c", "é"]
    assert expected == tidy(pl.DataFrame({"c": cells}), UnicodeForm.AS_IS)["c"].to_list()


def test_mojibake_is_repaired_when_asked():
    """Text once read in a wrong encoding comes back, before anything is trimmed; sound text stays."""
    frame = pl.DataFrame({"a": ["MÃ¼ller", "Müller", "voilÃ\u00a0", "Smith", None], "b": ["x", "", "y", "z", "Ã"]})
    expected = {"a": ["Müller", "Müller", "voilà", "Smith", None], "b": ["x", None, "y", "z", "Ã"]}
    assert expected == tidy(frame, mojibake=True).to_dict(as_series=False)
    assert tidy(frame)["a"].to_list() == ["MÃ¼ller", "Müller", "voilÃ", "Smith", None]


def test_no_columns_are_tidy():
    """A table without columns is given back."""
    assert tidy(pl.DataFrame()).equals(pl.DataFrame())


def test_booleans_in_several_languages():
    """Words of English, German, French and Spanish are understood in any case; others are not."""
    words = {
        True: ["1", "TRUE", "Yes", "y", "on", "Ja", "OUI", "SÍ", "si", "Wahr", "vrai", "verdadero"],
        False: ["0", "False", "NO", "n", "Off", "nein", "non", "falsch", "FAUX", "falso"],
        None: ["x", "2", "maybe", "-1", None],
    }
    found = {meaning: booleans(pl.Series(cells)).values.to_list() for meaning, cells in words.items()}
    assert {meaning: [meaning] * len(cells) for meaning, cells in words.items()} == found


def test_words_for_booleans_can_be_given():
    """Words given replace the usual ones of their side, and the complaint names what is accepted."""
    cells = pl.Series(["x", " X", "AKTIV", "true", "0", "inaktiv", "no"])
    both = booleans(cells.str.strip_chars(), [" X ", "aktiv"], ["Inaktiv"])
    assert both.values.to_list() == [True, True, True, None, None, False, None]
    assert both.complaints[3] == "is none of X, aktiv, Inaktiv"
    assert booleans(cells, ["0"]).values.to_list() == [None, None, None, None, True, None, False]
    assert booleans(pl.Series(["?"])).complaints[0] == "is none of true, false, yes, no, 1, 0 or the like"
