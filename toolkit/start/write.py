"""A proposal as the text of a mapping file: YAML with a comment wherever a guess was made. Pure.

What needs a person first (custom fields that Front lacks, lists named by a column) is written as a comment that is
the line itself: taking the ``#`` away makes it hold.
"""

from collections.abc import Iterable, Iterator

from toolkit.contacts.amounts import NumberForm
from toolkit.inspect.advice import numbers_as_yaml, quoted
from toolkit.inspect.kinds import Kind
from toolkit.one_line import one_line
from toolkit.start.fields import Field, Fields
from toolkit.start.propose import Account, Handles, OptOut, Proposal, Source, Texts

_LONGEST_REMARK = 200


def as_yaml(proposal: Proposal, name: str, schema: str = "") -> str:
    """Write the mapping for the file called ``name``; ``schema`` is where an editor finds the schema, or ""."""
    return "".join(f"{line}".rstrip() + "\n" for line in _lines(proposal, name, schema))


def _lines(proposal: Proposal, name: str, schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    yield f"# A first mapping for {one_line(name, _LONGEST_REMARK)}, by sf2front init from its headings and values."
    yield "# Read it and correct it: what was guessed says so."
    yield "version: 1"
    yield ""
    yield from _source(proposal.source)
    yield ""
    yield "contact:"
    yield from _texts(proposal.texts)
    yield from _handles(proposal.handles)
    yield from _links(proposal)
    yield from _lists(proposal)
    if proposal.account:
        yield f"  account: {{{', '.join(_account(proposal.account))}}}"
    yield from _fields(proposal.fields)
    yield ""
    yield from _duplicates(proposal)


def _remarked(line: str, remark: str) -> str:
    return f"{line} # {one_line(remark, _LONGEST_REMARK)}" if remark else line


def _source(source: Source) -> Iterator[str]:
    yield "source:"
    yield _remarked(f"  key: {quoted(source.key.value)}", source.key.why)
    if source.dates:
        yield _remarked(f"  dates: {source.dates.value}", source.dates.why)
    if source.numbers:
        yield _remarked(f"  numbers: {numbers_as_yaml(source.numbers.value)}", source.numbers.why)
    if source.opt_outs:
        said = "are left out" if source.leave_out else "would be left out by this line"
        yield f"  # Rows of people who opted out {said}; a blank cell is no opt-out."
        yield f"  {'' if source.leave_out else '# '}where: {_sql(' AND '.join(map(_condition, source.opt_outs)))}"


def _condition(opt_out: OptOut) -> str:
    column = opt_out.column.replace('"', '""')
    return f"LOWER(COALESCE(\"{column}\", '0')) NOT IN ({', '.join(repr(each) for each in opt_out.yes)})"


def _sql(text: str) -> str:
    """Write SQL without quotes around it where YAML allows: it is full of quotes itself."""
    return quoted(text) if not text.isprintable() or ": " in text or " #" in text else text


def _template(columns: Iterable[str], between: str = " ") -> str:
    return quoted(between.join(f"{{{each}}}" for each in columns))


def _texts(texts: Texts) -> Iterator[str]:
    name = texts.name
    if name.value:
        yield _remarked(f"  name: {_template(name.value)}", name.why)
    else:
        yield "  # name: no column was found for it, and Front's import needs one"
    if texts.description:
        yield "  description: # the first of these whose columns are all filled"
        yield from (f"    - {_template(each, ', ')}" for each in texts.description)
        if len(texts.description[-1]) > 1:
            yield f"    - {_template(texts.description[-1], '')}"


def _handles(handles: Handles) -> Iterator[str]:
    yield "  handles:"
    if handles.emails:
        yield f"    - {{source: email, from: {_columns(handles.emails)}}}"
    if handles.phones:
        where = " where the row's country is blank" if handles.region_from else ""
        yield f"    # Numbers without a country code are taken for {handles.region.value}{where}."
        if handles.region.why:
            yield f"    # {handles.region.value} is {handles.region.why}."
        row = f", region_from: {quoted(handles.region_from)}" if handles.region_from else ""
        yield f"    - {{source: phone, from: {_columns(handles.phones)}, region: {handles.region.value}{row}}}"


def _columns(columns: tuple[str, ...]) -> str:
    return quoted(columns[0]) if len(columns) == 1 else f"[{', '.join(map(quoted, columns))}]"


def _links(proposal: Proposal) -> Iterator[str]:
    key = proposal.source.key.value
    kinds = {each.heading: each.column.kind for each in proposal.findings.seen}
    if kinds[key] is Kind.SALESFORCE_ID and key == key.strip() and not set(key) & set("{}"):
        yield f"  # links: [{quoted(f'https://YOUR-DOMAIN.my.salesforce.com/{{{key}}}')}]"


def _lists(proposal: Proposal) -> Iterator[str]:
    if proposal.list_name or proposal.multi_selects:
        yield "  lists:" if proposal.list_name else "  # lists:"
    if proposal.list_name:
        yield f"    - {{name: {quoted(proposal.list_name)}}} # every contact"
    off = "    # " if proposal.list_name else "  #   "
    for column in proposal.multi_selects:
        yield f'{off}- {{from: {quoted(column)}, split: ";"}} # a list for each value'


def _account(account: Account) -> Iterator[str]:
    yield f"name: {quoted(account.name)}"
    if account.external_id:
        yield f"external_id: {quoted(account.external_id)}"
    if account.website:
        yield f"domains: {quoted(account.website)}"


def _fields(fields: Fields) -> Iterator[str]:
    if fields.there:
        yield "  custom_fields: # by their exact names in Front"
        yield from (f"    {_field(each)}" for each in fields.there)
    if fields.missing:
        yield "  # Fields that must exist in Front first: create them, put their exact names here, take the # away."
        if not fields.there:
            yield "  # custom_fields:"
        yield from (f"  #   {_field(each)}" for each in fields.missing)


def _field(field: Field) -> str:
    said = [f"from: {quoted(field.column)}", f"type: {field.type}"]
    said += [f"dates: {field.dates}"] if field.dates else []
    said += [f"format: {field.form}"] if field.form is not NumberForm.PLAIN else []
    pairs = ", ".join(f"{quoted(value)}: {quoted(choice)}" for value, choice in field.choices)
    said += [f"map: {{{pairs}}}"] if pairs else []
    return _remarked(f"{quoted(field.name)}: {{{', '.join(said)}}}", field.remark)


def _duplicates(proposal: Proposal) -> Iterator[str]:
    newest = f", prefer: {quoted(proposal.prefer)}" if proposal.prefer else ""
    which = "the row changed last" if newest else "the first row"
    yield f"# Rows that share an address or a number are one contact; where they differ, {which} is right."
    if proposal.handles.shared:
        named = one_line(", ".join(proposal.handles.shared), 60)
        yield f"# Rows have values of {named} in common: if that is a switchboard or a team, take the column out above."
    yield f"duplicates: {{by: [handles], keep: merge{newest}}}"
    yield ""
    yield "# A bad address or number is left out, and the contact kept if any is left; a bad field rejects the row."
    domain = "domain: drop, " if proposal.account and proposal.account.website else ""
    yield f"on_bad_value: {{email: drop, phone: drop, {domain}custom_fields: reject}}"
