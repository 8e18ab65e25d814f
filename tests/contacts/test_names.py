"""Names as people write them: each option does what it says and leaves every other name alone."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.contacts.names import Capitals, Comma, tidied_names


def tidied(names: list[str | None], comma: Comma = Comma.KEEP, capitals: Capitals = Capitals.KEEP) -> list[str | None]:
    return tidied_names(pl.Series("Name", names, dtype=pl.String), comma, capitals).to_list()


def test_one_blank_between_words():
    """Runs of blanks, tabs, line ends and blanks that don't break are one blank; nothing else changes."""
    names = ["Jane  Doe", "Jane\t\n Doe", "Jane\u00a0Doe", "JANE DOE", "Doe, Jane", None]
    assert ["Jane Doe", "Jane Doe", "Jane Doe", "JANE DOE", "Doe, Jane", None] == tidied(names)


SWAPPED = {
    "Doe, Jane": "Jane Doe", "Doe,Jane": "Jane Doe", "Doe ,  Jane Q.": "Jane Q. Doe", "van Dyke, Dick": "Dick van Dyke",
    "Jane Doe": "Jane Doe", "Doe, Jane, Q.": "Doe, Jane, Q.", ", Jane": ", Jane", "Doe,": "Doe,",
    "Doe, Incognito": "Incognito Doe",
    "John Doe, Jr.": "John Doe, Jr.", "John Doe, Jr": "John Doe, Jr", "John Doe, SR.": "John Doe, SR.",
    "Ann Lee, MD": "Ann Lee, MD",
    "Ann Lee, M.D.": "Ann Lee, M.D.", "Ann Lee, Ph.D.": "Ann Lee, Ph.D.", "Ann Lee, PhD": "Ann Lee, PhD",
    "Lee Po, III": "Lee Po, III",
    "Ann Lee, Esq.": "Ann Lee, Esq.", "Acme, GmbH": "Acme, GmbH", "Acme, Inc.": "Acme, Inc.", "Acme, Ltd": "Acme, Ltd",
    "Acme, LLC": "Acme, LLC", "Acme, L.L.C.": "Acme, L.L.C.", None: None,
}  # fmt: skip


def test_names_are_swapped_at_a_comma():
    """Exactly one comma with text on both sides is turned round, but not before a suffix."""
    assert list(SWAPPED.values()) == tidied(list(SWAPPED), comma=Comma.SWAP)


FIXED = {
    "JANE DOE": "Jane Doe", "jane doe": "Jane Doe", "O'NEIL": "O'Neil", "O\u2019NEIL": "O\u2019Neil",
    "MCDONALD": "McDonald",
    "sean mcdonald": "Sean McDonald", "JEAN-LUC PICARD": "Jean-Luc Picard", "ÉMILE ZOLA": "Émile Zola",
    "STRAßE": "STRAßE",
    "ANNA VAN DER BERG": "Anna van der Berg", "LUDWIG VON BEETHOVEN": "Ludwig von Beethoven", "VAN DYKE": "Van Dyke",
    "ANH LA": "Anh La", "OSCAR DE LA RENTA": "Oscar de la Renta", "OMAR BIN AL-RASHID": "Omar bin al-Rashid",
    "JOHN SMITH III": "John Smith III", "john smith iv": "John Smith IV", "ELIZABETH II": "Elizabeth II",
    "XI JINPING": "Xi Jinping",
    "ANN LEE, MD": "Ann Lee, MD", "ANN LEE, PHD": "Ann Lee, PhD", "ACME GMBH": "Acme GmbH", "KATE'S": "Kate's",
    "ΓΙΩΡΓΟΣ ΠΑΠΑΣ": "Γιωργος Παπας", "ALİ VELİ": "Ali Veli", "ИВАН ПЕТРОВ": "Иван Петров", "J. R. R.": "J. R. R.",
    "Jane DOE": "Jane DOE", "Jane Doe": "Jane Doe", "J.": "J.", "j": "j", "123": "123", "李小龍": "李小龍",
    "DeShawn": "DeShawn",
    "JOHN SMITH, JR.": "John Smith, Jr.", "MC": "Mc", None: None,
}  # fmt: skip


def test_capitals_are_put_right():
    """Names all in capitals or all small get theirs; particles, numerals and degrees keep their own."""
    assert list(FIXED.values()) == tidied(list(FIXED), capitals=Capitals.FIX)


def test_both_options_at_once():
    """A name is turned round first and then gets its capitals."""
    assert ["Dick van Dyke", "Jane Doe"] == tidied(["VAN DYKE, DICK", "DOE,  JANE"], Comma.SWAP, Capitals.FIX)


@pytest.mark.parametrize("capitals", Capitals)
@given(st.lists(st.text(st.sampled_from("aBcM'\u2019- ,éİßσ\u00a0"), max_size=12)))
def test_doing_it_twice_changes_nothing_more(capitals: Capitals, names: list[str]):
    """Names put right are right."""
    once = tidied(names, capitals=capitals)
    assert once == tidied(once, capitals=capitals)
