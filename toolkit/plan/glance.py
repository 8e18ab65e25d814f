"""Which upserts change nothing, told from columns: whole blocks of lines at a glance, none parsed.

An upsert is settled when its line is plain, all its handles are one contact's, and all that it says of a contact is
said of that one. Its values are then Front's own, letter for letter. "No" says nothing: the careful way decides.
"""

from collections.abc import Iterator

import polars as pl

from toolkit.front.plain import FIELDS, HANDLES, TEXT, TEXTS, between, handle_names, lines_frame, traits
from toolkit.front.stored import StoredState
from toolkit.plan.matching import Settled

_END = '},"key":"'
_UPSERT = (
    rf'^\{{"body":\{{(?:"custom_fields":\{{{FIELDS}\}},)?(?:"description":{TEXT},)?"handles":\[{HANDLES}\]'
    rf'(?:,"links":\[{TEXTS}\])?(?:,"list_names":\[{TEXTS}\])?(?:,"name":{TEXT})?\}},(?:"external_id":{TEXT},)?'
    r'"key":"[^"\\]+","op":"contact.upsert"\}\n$'
)
_AFTER_NAMES = '],"name":"', ']},"key":"', ']},"external_id":"'


def _as_contacts_have_them(names: pl.Expr) -> pl.Expr:
    """Write the names of lists as the objects of a contact's lists end."""
    return pl.lit('"name":') + names.str.replace_all('","', '"},"name":"', literal=True) + pl.lit("}")


_CUTS = (
    ("fields", between(('{"body":{"custom_fields":{',), ('},"description":', '},"handles":['))),
    ("description", between(('},"description":', '{"body":{"description":'), (',"handles":[',))),
    ("handles", between(('"handles":[',), ('],"links":[', '],"list_names":[', *_AFTER_NAMES))),
    ("links", between(('],"links":[',), ('],"list_names":[', *_AFTER_NAMES))),
    ("lists", _as_contacts_have_them(between(('],"list_names":[',), _AFTER_NAMES))),
    ("name", between(('],"name":',), ('},"external_id":"', _END))),
    ("key", between((_END, ',"key":"'), ('","op":"contact.upsert"',))),
)


class Glance:
    """Looks at lines of upserts beside a stored state."""

    def __init__(self, state: StoredState) -> None:
        self._by_handle = state.by_handle
        self._rows = state.stored.rows
        self._traits = state.stored.traits()
        # A contact whose external id others have too is more than one contact to the careful way.
        self._shared = {each for ids in state.by_external.values() if len(ids) > 1 for each in ids}

    def look(self, lines: list[bytes]) -> list[Settled | None]:
        """Give, for each line, what is settled if nobody else wants its contact; None: look closer."""
        cuts = {name: pl.when("plain").then(cut) for name, cut in _CUTS}
        upserts = lines_frame(lines, _UPSERT).select(**cuts).select("key", "handles", traits=traits()).collect()
        contacts = self._contacts(upserts["handles"])
        rows = zip(upserts["key"].to_list(), contacts, self._same(upserts["traits"], contacts), strict=True)
        return [(key, contact) if key and contact and same else None for key, contact, same in rows]

    def _contacts(self, handles: pl.Series) -> list[str | None]:
        """Give for each row the one contact that has all its handles, or None."""
        numbers, names = handle_names(handles)
        found: list[str | None] = [""] * len(handles)
        contacts = map(self._by_handle.get, names.to_list())
        for number, contact in zip(numbers.to_list(), contacts, strict=True):
            other = found[number]
            if other == "":
                found[number] = contact
            elif other != contact:
                found[number] = None
        return [None if each in self._shared else each for each in found] if self._shared else found

    def _same(self, wanted: pl.Series, contacts: list[str | None]) -> list[bool]:
        """Tell for each row whether all that is wanted is said of its contact."""
        rows: Iterator[int | None] = map(self._rows.get, contacts)  # type: ignore[arg-type] # nobody is in no row
        both = pl.DataFrame({"wanted": wanted, "here": self._traits.gather(pl.Series(rows, dtype=pl.UInt32))})
        missing = pl.col("wanted").list.set_difference("here").list.len()
        return both.select(same=(missing == 0).fill_null(value=False))["same"].to_list()
