"""Countries by what people and CRMs write."""

import pytest

from toolkit.contacts.countries import region


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("US", "US"), ("us", "US"), ("USA", "US"), ("DEU", "DE"), ("United Kingdom", "GB"), ("Germany", "DE"),
        ("Deutschland", "DE"), ("Großbritannien", "GB"), ("Grande-Bretagne", "GB"), ("États-Unis", "US"),
        ("Etats-Unis", "US"), ("日本", "JP"), ("Bosnia and Herzegovina", "BA"), ("Trinidad and Tobago", "TT"),
        ("Cote d'Ivoire", "CI"), ("Iran, Islamic Republic of", "IR"), ("Moldova, Republic of", "MD"),
        ("Tanzania, United Republic of", "TZ"), ("Korea, Republic of", "KR"), ("Republic of Korea", "KR"),
        ("Congo, the Democratic Republic of the", "CD"), ("Taiwan, Province of China", "TW"), ("Macedonia", "MK"),
        ("Syrian Arab Republic", "SY"), ("Tschechische Republik", "CZ"), ("Türkei", "TR"), ("Turkey", "TR"),
    ],
)  # fmt: skip
def test_a_country_is_known(written: str, code: str):
    """Names in many languages, ISO codes of two and three letters, and the spellings of CRMs' own lists."""
    assert code == region(written)


@pytest.mark.parametrize("written", ["", "EU", "ZZ", "UN", "European Union", "Unknown Region", "Atlantis", "Ann, Bo"])
def test_what_is_no_country_is_not_guessed(written: str):
    """A bloc, a placeholder or a slip is no country with phone numbers."""
    assert region(written) == ""
