"""The mapping file that is written: valid whatever the headings are, also when its comments become lines."""

import re
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from toolkit.contacts.mapping import Mapping, check_columns, check_expressions
from toolkit.contacts.mapping_file import read_mapping
from toolkit.contacts.sorting import first_look
from toolkit.documents import parse_yaml
from toolkit.start.propose import Wishes, propose
from toolkit.start.recognise import recognise
from toolkit.start.write import as_yaml

VALUES = (
    ["003000000000001AAA", "003000000000002AAA"],
    ["ava@a.example.com", "liam@b.example.com"],
    ["+1 212 555 0100", "(212) 555-0101"],
    ["0", "1"],
    ["2024-05-06", "2024-06-07"],
    ["Pumps;Valves", "Pumps"],
    ["1.234,50", "75,25"],
    ["Dev Patel", "Mia"],
)
KNOWN = ("Email", "Email Opt Out", "First Name", "Last Name", "Mailing Country", "Account Name", "Last Modified Date")
MARKS = st.text(alphabet="{}\"':#,[]&*!|>%@` -_?\\/^$~\t\n\u2028\xa0\x85\x7f\ufeff😀é", max_size=3)
PATTERN = re.compile(r"\*|\^.*\$", re.DOTALL)
"""Headings that polars takes for patterns: ``transform`` asks to rename them, whoever names them."""
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not PATTERN.fullmatch(text)
)
HEADINGS = st.one_of(ANY, st.builds("{}{}{}".format, MARKS, st.sampled_from(KNOWN), MARKS))


def columns_of(rule: dict[str, Any]) -> list[str]:
    """Name the columns of a handle, a field or a list as the file says them: one, or some."""
    names = rule.get("from", [])
    return [names] if isinstance(names, str) else names


def read(text: str, cells: pl.DataFrame) -> tuple[Mapping, dict[str, Any]]:
    """Read a mapping as transform does, up to the first row; give it, and what the file says of a contact."""
    document = parse_yaml(text, "mapping.yaml")
    mapping = read_mapping(document)
    check_columns(mapping, document, cells.columns, "contacts.csv")
    check_expressions(mapping, document, cells)
    return mapping, document.data["contact"]


def without_comments(text: str) -> str:
    """Take the # away in front of the lines that a person may want."""
    return re.sub(r"^( +)# ((?:custom_fields|lists):$|.*\{from: .*)$", r"\1\2", text, flags=re.MULTILINE)


@examples(12)
@given(st.lists(HEADINGS, min_size=len(VALUES), max_size=len(VALUES), unique=True), st.booleans())
def test_any_heading_survives(headings: list[str], leave_out: bool):
    """Whatever stands in the headings, the mapping is valid, names the file's columns, and reads its rows."""
    cells = pl.DataFrame(dict(zip(headings, VALUES, strict=True)))
    proposal = propose(recognise(cells), wishes=Wishes(leave_out=leave_out))

    if proposal:
        mapping, contact = read(as_yaml(proposal, "contacts.csv"), cells)
        assert mapping.references[0] == ("/source/key", proposal.source.key.value)
        assert [each for rule in contact["handles"] for each in columns_of(rule)] == [
            *proposal.handles.emails,
            *proposal.handles.phones,
        ]
        first_look(cells, mapping, 0)


@examples(12)
@given(st.lists(ANY, min_size=len(VALUES), max_size=len(VALUES), unique=True), st.sampled_from(["", "All"]))
def test_the_comments_can_become_lines(headings: list[str], list_name: str):
    """Custom fields and lists that are comments are lines that hold once the # is taken away."""
    cells = pl.DataFrame(dict(zip(headings, VALUES, strict=True)))
    proposal = propose(recognise(cells), wishes=Wishes(list_name=list_name))

    if proposal:
        _, contact = read(without_comments(as_yaml(proposal, "contacts.csv")), cells)
        fields, lists = contact.get("custom_fields", {}).values(), contact.get("lists", [])
        assert [columns_of(each) for each in fields] == [[each.column] for each in proposal.fields.missing]
        assert [name for each in lists for name in columns_of(each)] == list(proposal.multi_selects)
