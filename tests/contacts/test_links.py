"""Links are web addresses that others can open; the fast way gives yarl's own answer."""

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from toolkit.contacts.links import links
from toolkit.contacts.rejects import RejectCode

LINKS = {
    "https://acme.com": "https://acme.com",
    "http://acme.com/a/b.html?x=1#top": "http://acme.com/a/b.html?x=1#top",
    "acme.com": "https://acme.com",
    "www.acme.com/x": "https://www.acme.com/x",
    "acme.com:8080/x": "https://acme.com:8080/x",
    "acme.com?q=1": "https://acme.com/?q=1",
    "HTTPS://ACME.com/A b": "https://acme.com/A%20b",
    "https://bücher.example/ü": "https://xn--bcher-kva.example/%C3%BC",
    "bücher.example": "https://xn--bcher-kva.example",
    "https://example.my.salesforce.com/001D000000IqhSLIAZ": "https://example.my.salesforce.com/001D000000IqhSLIAZ",
    "https://acme.com:443/x": "https://acme.com/x",
    "https://acme.com/a/../b": "https://acme.com/b",
    "https://acme.com/x?a=b%20c&d=e+f": "https://acme.com/x?a=b%20c&d=e+f",
    "https://my_bucket.acme.com/": "https://my_bucket.acme.com/",
    "https://8.8.8.8/x": "https://8.8.8.8/x",
    None: None,
}
REFUSED = [
    "javascript:alert(1)", "JavaScript:alert(1)", "javascript://acme.com/%0aalert(1)", "mailto:ann@example.com",
    "ann@example.com", "ftp://acme.com/x", "data:text/html,x", "file:///etc/passwd", "http://localhost/x",
    "http://localhost:8080", "https://app.localhost/", "https://intranet/x", "https://192.168.0.1/", "http://127.0.0.1",
    "http://10.1", "https://[::1]/", "https://acme", "https://", "https:acme.com", "//acme.com/x", "not a link", "/x/y",
    "https://acme..com/", "https://.acme.com/", "https://ac me.com/", "https://acme.com:99999/", "https://a:b@acme.com/",
    "https://ann@acme.com/", "https://acme.com\\@evil.example/", "https://acme.com/a\nb", "https://-a.com/", "v1.2",
    "https://acme.com/" + "x" * 1_984, "https://" + "a." * 125 + "museum/",
]  # fmt: skip


def cleaned(cells: list[str] | list[str | None]) -> list[str | None]:
    return links(pl.Series(cells, dtype=pl.String)).values.to_list()


def test_links_are_written_whole():
    """A scheme is put before a bare host; hosts are in ASCII, blanks and letters beyond ASCII encoded."""
    expected = list(LINKS.values())
    assert expected == cleaned(list(LINKS))


def test_what_no_one_else_can_open_is_refused():
    """Other schemes, hosts without a dot, private addresses, passwords and endless links are bad links."""
    found = links(pl.Series(REFUSED))
    assert [None] * len(REFUSED) == found.values.to_list()
    assert found.complaints.null_count() == 0
    assert found.code is RejectCode.BAD_LINK


def test_the_longest_link():
    """2,000 characters are a link, one more are none."""
    longest = "https://acme.com/" + "x" * 1_983
    assert [longest, None] == cleaned([longest, f"{longest}x"])


PIECES = st.text(st.sampled_from("aZ0-._~/?#=&%+:@ é"), max_size=12)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.builds(
            "http{}://{}{}{}".format,
            st.sampled_from(["", "s"]),
            PIECES,
            st.sampled_from([".com", ".com/", ".de:8080/", ".x"]),
            PIECES,
        )
    )
)
@example(
    ["https://a.com/", "https://a.com/?", "https://a.com/#", "https://a.com/?a", "https://a.com/a/", "https://a.com//"]
)
@example(
    [
        "https://a.com/.",
        "https://a.com/..",
        "https://a.com/a.",
        "https://a.com/a..b",
        "https://a.com/.a/b",
        "https://a.com/a/.",
    ]
)
@example(
    [
        "http://a.com:80/",
        "http://a.com:0080/",
        "http://a.com:8080",
        "https://xn--a.com/",
        "https://a.localhost/",
        "https://a.com/~x",
    ]
)
def test_an_accepted_link_is_what_yarl_writes(addresses: list[str]):
    """Whatever way a link took, it is yarl's text, and yarl would not change it again."""
    for address, link in zip(addresses, cleaned(addresses), strict=True):
        if link is not None:
            assert [str(URL(address)), str(URL(link))] == [link, link]
