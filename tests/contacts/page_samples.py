"""Facts and statistics from which the tests of the page write it."""

import polars as pl

from toolkit.contacts.page import Facts
from toolkit.contacts.statistics import Statistics

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "</style><img src=https://evil.example/x.png onerror=alert(1)>",
    "line\u2028separator\u2029 \" ' & &lt;b&gt;",
    "<a href='https://evil.example'>click</a>",
    "]]> ${x} %{y} {{z}} \u202egnp.exe",
)

FACTS = Facts(
    source="contacts.csv",
    mapping="mapping.yaml",
    target="import",
    rows=1_240,
    accepted=1_201,
    rejected=30,
    merged=9,
    version="1.2.3",
    dropped={"bad-phone": 17},
    extensions=3,
    left_out={"further links": 5},
    notes=("line 93: a blank row was left out",),
    written=(("front-import-001.csv", 1_201), ("rejects.csv", 30)),
)


def statistics(names: tuple[str, ...] = ("Salesforce", "VIPs")) -> Statistics:
    """Count a few contacts whose columns, lists and custom fields are called ``names``."""
    said = Statistics()
    said.add_cells(pl.DataFrame({name: ["x", ""] for name in names}))
    contacts = {
        "name": ["Ada", None],
        "handle email": [["a@x.com"], ["b@x.com", "c@x.com"]],
        "handle phone": [["+4930123456"], []],
        "lists": [list(names), [names[0]]],
    }
    said.add_contacts(pl.DataFrame(contacts | {f"field {name}": ["x", None] for name in names}))
    said.rejects.update({"bad-email": 20, "excluded": 10})
    said.add_merges({"email": 9})
    return said
