"""Which upserts change nothing, told from columns: whole blocks of lines at a glance, none parsed.

An upsert is settled when its line is plain, all its handles are one contact's, and all that it says of a contact is
said of that one. Its values are then Front's own, letter for letter. "No" says nothing: the careful way decides.
"""

import polars as pl

from toolkit.front.plain import FIELDS, HANDLES, TEXT, TEXTS, between, handle_members, lines_frame, traits
from toolkit.front.stored import MARKS, StoredState
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
        self._stored = state.stored
        # A contact whose external id others have too is more than one contact to the careful way.
        shared = [state.stored.rows[each] for ids in state.by_external.values() if len(ids) > 1 for each in ids]
        self._shared = pl.Series(shared, dtype=pl.UInt32)

    def look(self, lines: list[bytes]) -> list[Settled | None]:
        """Give, for each line, what is settled if nobody else wants its contact; None: look closer."""
        cuts = {name: pl.when("plain").then(cut) for name, cut in _CUTS}
        upserts = lines_frame(lines, _UPSERT).select(**cuts).select("key", "handles", traits=traits()).collect()
        rows = self._rows(upserts["handles"])
        settled = self._same(upserts["traits"], rows) & ~rows.is_in(self._shared.implode()).fill_null(value=True)
        contacts = self._stored.ids.gather(rows.set(~settled, None))
        keys = upserts["key"].set(contacts.is_null(), None)
        return [each if each[0] else None for each in zip(keys.to_list(), contacts.to_list(), strict=True)]

    def _rows(self, handles: pl.Series) -> pl.Series:
        """Give for each upsert the row of the one contact that has all its handles, or null."""
        members = handle_members(handles)
        found = members.select("number", row=self._stored.handles.rows(members.select(**MARKS)))
        row = pl.col("row")
        one = (row.null_count() == 0) & (row.min() == row.max())
        owners = found.group_by("number").agg(row=pl.when(one).then(row.first())).drop_nulls()
        rows = pl.repeat(None, len(handles), dtype=pl.UInt32, eager=True)
        return rows.scatter(owners["number"], owners["row"])

    def _same(self, wanted: pl.Series, rows: pl.Series) -> pl.Series:
        """Tell for each upsert whether all that is wanted is said of its contact."""
        both = pl.DataFrame({"wanted": wanted, "here": self._stored.traits.gather(rows)})
        missing = pl.col("wanted").list.set_difference("here").list.len()
        return both.select((missing == 0).fill_null(value=False)).to_series()
