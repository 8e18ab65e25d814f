"""What the page for people says, section by section, out of the facts and the statistics of a transform. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.contacts.page_plots import ACCENT, BAD, GOOD, QUIET, Bars, plot
from toolkit.contacts.rejects import MEANINGS, RejectCode
from toolkit.contacts.statistics import Statistics, country
from toolkit.pages.parts import Cell, Html, beside, code, html, join, name, paragraph, section, table
from toolkit.shares import share

_TOP = 20
"""Lists and countries shown one by one; the rest are one line."""
_MOST_BARS, _MOST_ROWS, _MOST_NOTES = 30, 1_000, 50
_NOTHING = Html("")
_PARTS = {"name": "Name", "description": "Description", "account": "Account", "links": "Links", "lists": "Lists"}
_MEANINGS = {each.value: said for each, said in MEANINGS.items()}
_MEND = """\
Each of these rows stands in <code>rejects.csv</code> with its cells as they were, its row number and the reason in
words. Mend the cells there, delete the rows you don't want, and run <code>sf2front transform rejects.csv</code> with
the same mapping and a new output folder: what is mended becomes contacts."""
_ON_PURPOSE = """\
Rows with the code <code>excluded</code> were left out on purpose: the mapping's <code>source.where</code> asks
for it."""
_MERGES = """\
Rows that share a handle are one contact. Each merge stands in <code>merges.csv</code> with both row numbers."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page says beside the statistics.

    ``source, mapping`` are file names, ``target`` what was written for; ``rows == accepted + rejected + merged``;
    ``dropped`` is code → bad values left out of rows that were kept, ``extensions`` phone extensions left out,
    ``left_out`` what the target has no place for; ``written`` are files with their rows.
    """

    source: str
    mapping: str
    target: str
    rows: int
    accepted: int
    rejected: int
    merged: int
    version: str
    dropped: Mapping[str, int] = field(default_factory=dict)
    extensions: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    written: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The page at work: ``plots`` gathers what is to be drawn, by the id of its place."""

    facts: Facts
    statistics: Statistics
    plots: dict[str, Bars] = field(default_factory=dict)

    def plot(self, anchor: str, label: str, bars: Bars) -> Html:
        """Write the place of a plot and keep what is drawn there."""
        self.plots[anchor] = bars
        return plot(anchor, label, bars)


def sections(made: Page) -> list[Html]:
    """Write all sections that have something to say, and note their plots in ``made``."""
    writers = (
        _outcome, _rejects, _left_out, _duplicates, _handles, _phones, _lists, _content, _columns, _files, _notes,
    )  # fmt: skip
    return [each for each in (write(made) for write in writers) if each]


def _outcome(made: Page) -> Html:
    facts = made.facts
    excluded = made.statistics.rejects[RejectCode.EXCLUDED.value]
    counts = {
        "Accepted as contacts": facts.accepted,
        "Merged into other rows": facts.merged,
        "Left out by the mapping": excluded,
        "Rejected for a fault": facts.rejected - excluded,
    }
    said = (
        f"{facts.rows:,} rows in = {facts.accepted:,} accepted + {facts.rejected:,} rejected + {facts.merged:,} merged."
    )
    drawn = made.plot("plot-outcome", "rows by outcome", _counts(counts, facts.rows, (GOOD, ACCENT, QUIET, BAD)))
    rows = table("Rows by outcome", ("Outcome", "Rows", "Share"), _shared(counts, facts.rows))
    return section("outcome", "What became of the rows", paragraph(said, "soft"), beside(drawn, rows))


def _rejects(made: Page) -> Html:
    counts = _most_first(made.statistics.rejects)
    if not counts:
        return section("rejects", "Rejected rows", paragraph("No row was rejected."))
    total = sum(counts.values())
    colours = [QUIET if each == RejectCode.EXCLUDED else BAD for each in counts]
    drawn = made.plot("plot-rejects", "rejected rows by code", _counts(counts, total, colours))
    rows = [(_explained(each), count, share(count, total)) for each, count in counts.items()]
    found = table("Rejected rows by code", ("Code", "Rows", "Share"), rows)
    return section("rejects", "Rejected rows", *_what_to_do(counts), beside(drawn, found))


def _explained(word: str) -> Html:
    return code(word, _MEANINGS.get(word, ""))


def _what_to_do(counts: Mapping[str, int]) -> list[Html]:
    excluded = RejectCode.EXCLUDED.value
    mend = [paragraph(Html(_MEND))] if counts.keys() - {excluded} else []
    return [*mend, paragraph(Html(_ON_PURPOSE))] if excluded in counts else mend


def _left_out(made: Page) -> Html:
    facts = made.facts
    rows: list[tuple[Cell, int]] = [(_explained(each), count) for each, count in sorted(facts.dropped.items())]
    if facts.extensions:
        rows.append(("phone extensions, for which Front has no place", facts.extensions))
    rows += [(f"{what}, for which these files have no place", count) for what, count in sorted(facts.left_out.items())]
    if not rows:
        return _NOTHING
    bad = " The bad ones stand in <code>dropped.csv</code> with their rows." if facts.dropped else ""
    lead = paragraph(Html(f"The contacts were kept; these values of theirs were not.{bad}"))
    return section("left-out", "Values left out", lead, table("Values left out of contacts", ("What", "Values"), rows))


def _duplicates(made: Page) -> Html:
    merged, counts = made.facts.merged, _most_first(made.statistics.merges)
    if not merged or not counts:
        said = f"{merged:,} rows were merged into others." if merged else "No row was merged into another."
        return section("duplicates", "Duplicates", paragraph(said))
    drawn = made.plot("plot-duplicates", "merged rows by the handle they shared", _counts(counts, merged))
    rows = table("Merged rows by the handle they shared", ("Handle", "Rows", "Share"), _shared(counts, merged))
    return section("duplicates", "Duplicates", paragraph(Html(_MERGES)), beside(drawn, rows))


def _handles(made: Page) -> Html:
    said = made.statistics
    if not said.handles:
        return _NOTHING
    drawn = made.plot("plot-handles", "handles by source", _counts(said.handles))
    rows = [
        (source, count, said.having[source], share(said.having[source], said.contacts))
        for source, count in said.handles.items()
    ]
    headings = ("Source", "Handles", "Contacts", "Share of contacts")
    found = table("Handles by source, and the contacts with at least one", headings, rows)
    return section("handles", "Handles", beside(drawn, found), _per_contact(made))


def _per_contact(made: Page) -> Html:
    numbers, contacts = made.statistics.per_contact, made.statistics.contacts
    counts = {f"{each:,} {'handle' if each == 1 else 'handles'}": numbers[each] for each in sorted(numbers)}
    counts = _first(counts, "larger numbers")
    drawn = made.plot("plot-per-contact", "contacts by number of handles", _counts(counts, contacts))
    return beside(
        drawn, table("Contacts by number of handles", ("Handles", "Contacts", "Share"), _shared(counts, contacts))
    )


def _phones(made: Page) -> Html:
    codes = _most_first(made.statistics.calling_codes)
    total = sum(codes.values())
    if not total:
        return _NOTHING
    marks = {country(each): f"+{each}" if each else "none" for each in codes}
    counts = _first({country(each): count for each, count in codes.items()}, "other calling codes")
    drawn = made.plot("plot-phones", "phone numbers by country", _counts(counts, total))
    rows = [(label, marks.get(label, ""), count, share(count, total)) for label, count in counts.items()]
    found = table("Phone numbers by country", ("Country", "Code", "Numbers", "Share"), rows)
    lead = paragraph("By calling code: countries that share one can't be told apart here.", "soft")
    return section("phones", "Phones by country", lead, beside(drawn, found))


def _lists(made: Page) -> Html:
    lists, contacts = made.statistics.lists, made.statistics.contacts
    number = len(lists)
    if not number:
        return _NOTHING
    top = lists.top(_TOP if number > _TOP + 1 else number)
    drawn = made.plot("plot-lists", "contacts by list", _counts(top, contacts))
    rows: list[tuple[Cell, Cell, Cell]] = [(name(each), count, share(count, contacts)) for each, count in top.items()]
    if number > len(top):
        rows.append((f"{number - len(top):,} more lists together", lists.total() - sum(top.values()), ""))
    found = table("Contacts by list", ("List", "Contacts", "Share of contacts"), rows)
    lead = paragraph(f"{number:,} {'list' if number == 1 else 'lists'}; a contact may be in several.", "soft")
    return section("lists", "Lists", lead, beside(drawn, found))


def _content(made: Page) -> Html:
    said = made.statistics
    own = [(_PARTS[part], "built in", count) for part, count in said.parts.items()]
    own += [(label, "custom field", count) for label, count in said.fields.items()]
    if not own:
        return _NOTHING
    bars = _rates([(label, count) for label, _, count in own], said.contacts)
    drawn = made.plot("plot-content", "share of contacts that have each value", bars)
    rows = [(name(label), kind, count, share(count, said.contacts)) for label, kind, count in own[:_MOST_ROWS]]
    found = table("Contacts that have each value", ("Value", "Kind", "Contacts", "Share"), rows)
    return section("content", "What the contacts hold", *_bounded(len(own), "values"), beside(drawn, found))


def _columns(made: Page) -> Html:
    said = made.statistics
    filled = list(said.filled.items())
    if not filled:
        return _NOTHING
    drawn = made.plot("plot-columns", "share of filled cells of each column", _rates(filled, said.rows))
    rows = [(name(label), count, share(count, said.rows)) for label, count in filled[:_MOST_ROWS]]
    found = table("Filled cells by column, in the order of the report", ("Column", "Filled", "Share"), rows)
    return section("columns", "Columns of the report", *_bounded(len(filled), "columns"), beside(drawn, found))


def _bounded(count: int, what: str) -> list[Html]:
    """Say what is not shown of a long row of things."""
    if count <= _MOST_BARS:
        return []
    shown = "all" if count <= _MOST_ROWS else f"the first {_MOST_ROWS:,}"
    return [paragraph(f"{count:,} {what}: the first {_MOST_BARS} are in the plot, {shown} in the table.", "soft")]


def _files(made: Page) -> Html:
    written = made.facts.written
    if not written:
        return _NOTHING
    rows = [(name(file), count) for file, count in written[:_MOST_ROWS]]
    rest = [paragraph(f"And {len(written) - len(rows):,} more.", "soft")] if len(written) > len(rows) else []
    return section("files", "Files written", table("Files written and their rows", ("File", "Rows"), rows), *rest)


def _notes(made: Page) -> Html:
    notes = made.facts.notes
    if not notes:
        return _NOTHING
    items = [Html(f"<li>{html(each)}</li>") for each in notes[:_MOST_NOTES]]
    rest = [paragraph(f"And {len(notes) - len(items):,} more.", "soft")] if len(notes) > len(items) else []
    return section("notes", "Notes on the report", Html(f"<ul>\n{join(items)}\n</ul>"), *rest)


def _counts(counts: Mapping[str, int], of: int = 0, colours: Sequence[str] | str = ACCENT) -> Bars:
    """Draw counts; ``of`` is what they are a share of, 0 = of nothing."""
    texts = [f"{count:,}" for count in counts.values()]
    shares = [share(count, of) for count in counts.values()] if of else []
    return Bars(list(counts), list(counts.values()), texts, colours, shares)


def _rates(filled: Sequence[tuple[str, int]], of: int) -> Bars:
    shown = filled[:_MOST_BARS]
    lengths = [round(100 * count / of, 2) if of else 0 for _, count in shown]
    return Bars([label for label, _ in shown], lengths, [share(count, of) for _, count in shown], full=100)


def _shared(counts: Mapping[str, int], of: int) -> list[tuple[Cell, Cell, Cell]]:
    return [(label, count, share(count, of)) for label, count in counts.items()]


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _first(counts: Mapping[str, int], others: str) -> dict[str, int]:
    """Give the first ``_TOP`` and the rest, where it is more than one, as one."""
    items = list(counts.items())
    if len(items) <= _TOP + 1:
        return dict(items)
    rest = items[_TOP:]
    return dict(items[:_TOP]) | {f"{len(rest):,} {others}": sum(count for _, count in rest)}
