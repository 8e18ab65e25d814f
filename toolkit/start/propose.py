"""What a first mapping says of a file: its columns in their places. Pure.

A person's wishes come first; where there are none, the likelier is chosen and the proposal says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolkit.contacts.dates import DateStyle
from toolkit.contacts.normalise import NumberStyle
from toolkit.inspect.kinds import Kind
from toolkit.start import choices
from toolkit.start.choices import Choice
from toolkit.start.fields import Fields, FrontField, Styles, match
from toolkit.start.recognise import By, Findings, Seen
from toolkit.start.vocabulary import PHONES, YES, Meaning

_ALONE = 0.9
"""A column with fewer different values than this share of its cells holds numbers that people share."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person decided; None, or "" for the region, where nobody was asked. A list called "" is none."""

    key: str | None = None
    dates: DateStyle | None = None
    region: str = ""
    first_email: str | None = None
    leave_out: bool = True
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """A column that says who must not be written to: ``yes`` are the cells, in lower case, that say so."""

    column: str
    yes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What the section ``source`` says. With ``leave_out`` those who opted out are left out."""

    key: Choice[str]
    dates: Choice[DateStyle] | None
    numbers: Choice[NumberStyle] | None
    opt_outs: tuple[OptOut, ...]
    leave_out: bool


@dataclass(frozen=True, slots=True)
class Handles:
    """The columns of addresses and numbers in their order; ``shared`` are columns that rows have in common."""

    emails: tuple[str, ...]
    phones: tuple[str, ...]
    shared: tuple[str, ...]
    region: Choice[str]
    region_from: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The columns of the name, side by side, and of the description: alternatives, each some columns."""

    name: Choice[tuple[str, ...]]
    description: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The columns of a contact's account; "" where there is none."""

    name: str
    external_id: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first mapping; columns are named as the file has them. ``prefer`` is "" where no column says what is newer."""

    findings: Findings
    source: Source
    handles: Handles
    texts: Texts
    account: Account | None
    list_name: str
    multi_selects: tuple[str, ...]
    prefer: str
    fields: Fields

    @property
    def by_values(self) -> tuple[str, ...]:
        """Name the handles that were told by their values: their headings were not known."""
        handles = {*self.handles.emails, *self.handles.phones}
        return tuple(each.heading for each in self.findings.seen if each.by is By.VALUES and each.heading in handles)

    @property
    def passed_over(self) -> tuple[str, ...]:
        """Name the columns that are of no use to anybody."""
        return tuple(each.heading for each in self.findings.seen if each.meaning is Meaning.OF_NO_USE)


def propose(findings: Findings, front: Iterable[FrontField] = (), wishes: Wishes = Wishes()) -> Proposal | None:
    """Give a first mapping for the columns found; None when no column holds addresses or numbers of contacts."""
    if all(each.blank and findings.rows for each in findings.of(Meaning.EMAIL, *PHONES)):
        return None
    handles = _handles(findings, wishes)
    source = _source(findings, handles, wishes)
    account = _account(findings)
    texts = Texts(_name(findings, handles), _description(findings))
    multi_selects = tuple(each.heading for each in findings.seen if _is_multi_select(each))
    newest = choices.prefer(findings)
    prefer = newest.heading if newest else ""
    used = {*_of_texts(texts), *_of_account(account), *handles.emails, *handles.phones, handles.region_from}
    used |= {*multi_selects, *(each.column for each in source.opt_outs), prefer}
    list_name = str(findings.product) if wishes.list_name is None else wishes.list_name
    fields = match(findings, front, _styles(source, handles), frozenset(used))
    return Proposal(findings, source, handles, texts, account, list_name, multi_selects, prefer, fields)


def _handles(findings: Findings, wishes: Wishes) -> Handles:
    """Take every column of addresses and numbers, blank ones too: the next file of this kind may fill them."""
    emails, phones = findings.of(Meaning.EMAIL), findings.of(*PHONES)
    country = findings.first(Meaning.COUNTRY)
    return Handles(
        emails=tuple(sorted((each.heading for each in emails), key=lambda heading: heading != wishes.first_email)),
        phones=tuple(each.heading for each in phones),
        shared=tuple(each.heading for each in (*emails, *phones) if each.column.distinct < _ALONE * each.column.filled),
        region=choices.region(findings, wishes.region),
        region_from=country.heading if country and phones else "",
    )


def _source(findings: Findings, handles: Handles, wishes: Wishes) -> Source:
    return Source(
        key=choices.key(findings, (*handles.emails, *handles.phones), wishes.key),
        dates=choices.dates(findings, handles.region.value, wishes.dates),
        numbers=choices.numbers(findings),
        opt_outs=tuple(_opt_out(each) for each in findings.of(Meaning.OPT_OUT)),
        leave_out=wishes.leave_out,
    )


def _opt_out(seen: Seen) -> OptOut:
    """Take every word that says so, not only those in this file: the next export may have others."""
    return OptOut(seen.heading, tuple(sorted(YES)))


def _styles(source: Source, handles: Handles) -> Styles:
    return Styles(
        dates=source.dates.value if source.dates else None,
        numbers=source.numbers.value if source.numbers else None,
        month_first=choices.month_first(handles.region.value),
    )


def _in_template(seen: Seen | None) -> str | None:
    """Give the heading, if a template can name it: braces, blanks at its ends and polars' patterns can't be there."""
    heading = seen.heading if seen else ""
    strange = heading != heading.strip() or "{" in heading or "}" in heading or heading == "*" or heading[:1] == "^"
    return None if strange or not heading else heading


def _name(findings: Findings, handles: Handles) -> Choice[tuple[str, ...]]:
    """Choose first and last name, else a full name, else what stands in for one: Front's import needs a name."""
    first, last, full, account = (
        _in_template(findings.first(each))
        for each in (Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME, Meaning.ACCOUNT)
    )
    if first and last:
        return Choice((first, last))
    found = full or last or first
    if found:
        return Choice((found,))
    others = (each for each in findings.seen if each.heading in (*handles.emails, *handles.phones))
    instead = account or next(filter(None, map(_in_template, others)), None)
    return Choice((instead,) if instead else (), why="no column with people's names was found; this stands in")


def _description(findings: Findings) -> tuple[tuple[str, ...], ...]:
    written, title, account = (
        _in_template(findings.first(each)) for each in (Meaning.DESCRIPTION, Meaning.TITLE, Meaning.ACCOUNT)
    )
    both = tuple(each for each in (title, account) if each)
    return tuple(each for each in ((written,) if written else (), both if title or written else ()) if each)


def _account(findings: Findings) -> Account | None:
    name, identity, website = (findings.first(each) for each in (Meaning.ACCOUNT, Meaning.ACCOUNT_ID, Meaning.WEBSITE))
    if name is None:
        return None
    return Account(name.heading, identity.heading if identity else "", website.heading if website else "")


def _is_multi_select(seen: Seen) -> bool:
    return seen.column.kind is Kind.MULTI_SELECT and seen.meaning is Meaning.OTHER


def _of_texts(texts: Texts) -> Sequence[str]:
    return [heading for columns in (texts.name.value, *texts.description) for heading in columns]


def _of_account(account: Account | None) -> Sequence[str]:
    return [account.name, account.external_id, account.website] if account else []
