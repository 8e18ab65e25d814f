r"""Lines of contacts as columns, where they are written as the toolkit writes them: no line is parsed as JSON. Pure.

A line is plain when it has the one shape below; all others are for a parser. In a plain line a mark such as
``},"name":`` stands in one place only: inside a text every quote is escaped, so a quote between ``,`` and a letter
begins a key. Numbers and texts are compared as they are written. Equal letters are equal values; the converse does not
hold (``1`` and ``1.0``), so "not alike" means "look closer".

What a contact is said to be (each custom field with its value, each link and contact list, name and description) are
its traits: 64-bit hashes, so that a million contacts take little memory. That two traits that differ have one hash
happens once in some ten million million million comparisons.
"""

import orjson
import polars as pl

from toolkit.front.changes import AS_WRITTEN

_LETTER = r'(?:[^"\\]|\\.)'
TEXT = rf'"(?:{_LETTER}*(?:[^"\\,]|\\.))?"'
r"""A JSON text. One that ends with a comma is not plain: ``,"`` is where traits are cut."""
TEXTS = rf"(?:{TEXT},?)*"
_VALUE = rf'(?:{TEXT}|[^",\{{\}}\[\]]+)'
FIELDS = rf"(?:{TEXT}:{_VALUE},?)*"
HANDLES = r'(?:\{"handle":"[ !#-\[\]-z|~]*","source":"[a-z_]+"\},?)+'
"""ASCII alone: of other letters, polars and Python don't always write the same small one."""
_LIST_ID = r'\{"id":"[^"\\]*",'
"""What begins each of a contact's lists: no upsert names it, but a custom field may look like it."""
_LISTS = rf'(?:\{{"id":"[^"\\]*","name":{TEXT}\}},?)*'
_CONTACT = (
    rf'^\{{"custom_fields":\{{{FIELDS}\}},"description":(?:{TEXT}|null),"handles":\[{HANDLES}\],"id":"crd_[0-9a-z]+",'
    rf'"is_private":(?:true|false),(?:"legacy_ids":\[{TEXTS}\],)?"links":\[{TEXTS}\],"lists":\[{_LISTS}\],'
    rf'"name":(?:{TEXT}|null),"resource":"contact"\}}\n$'
)


def lines_frame(lines: list[bytes], shape: str) -> pl.LazyFrame:
    """Give ``line`` (String, null where it is not UTF-8) and ``plain`` (whether it has the ``shape``).

    Lazy, so that a mark that two cuts share is looked for once.
    """
    line = pl.Series("line", lines, dtype=pl.Binary).cast(pl.String, strict=False)
    return pl.LazyFrame({"line": line}).with_columns(plain=pl.col("line").str.contains(shape).fill_null(value=False))


def between(start: tuple[str, ...], end: tuple[str, ...]) -> pl.Expr:
    """Cut from ``line`` what is between the first marks of ``start`` and of ``end`` that it has; null for nothing."""
    line = pl.col("line")
    first = pl.coalesce(line.str.find(mark, literal=True) + len(mark) for mark in start)
    last = pl.coalesce(line.str.find(mark, literal=True) for mark in end)
    cut = line.cast(pl.Binary).bin.slice(first, last - first).cast(pl.String)
    return pl.when(last > first).then(cut)


def contact_columns(lines: list[bytes], external_id: str = "") -> pl.DataFrame:
    """Give, for each line, ``plain``, and for the plain ones ``id``, ``handles``, ``traits`` and ``external``.

    ``handles`` is for ``handle_members``; ``external`` is the value of the custom field ``external_id`` as JSON.
    """
    columns = {
        "fields": between(('{"custom_fields":{',), ('},"description":',)),
        "description": between(('},"description":',), (',"handles":[',)),
        "handles": between((',"handles":[',), ('],"id":"',)),
        "id": between(('],"id":"',), ('","is_private":',)),
        "links": between((',"links":[',), ('],"lists":[',)),
        "lists": between(('],"lists":[',), ('],"name":',)).str.replace_all(_LIST_ID, ""),
        "name": between(('],"name":',), (',"resource":"contact"}',)),
    }
    found = lines_frame(lines, _CONTACT).select("plain", **{name: _plain(cut) for name, cut in columns.items()})
    return found.select("plain", "id", "handles", traits=_plain(traits()), external=_external(external_id)).collect()


def _plain(cut: pl.Expr) -> pl.Expr:
    return pl.when("plain").then(cut)


def _external(name: str) -> pl.Expr:
    """Find the value of one custom field: after its name, which is a text of its own."""
    if not name:
        return pl.lit(None, pl.String)
    key = pl.Series([orjson.dumps(name).decode()]).str.escape_regex()[0]
    return pl.concat_str(pl.lit(","), "fields").str.extract(rf",{key}:({_VALUE})")


def traits() -> pl.Expr:
    r"""Hash what ``fields``, ``links``, ``lists``, ``name`` and ``description`` say; a null says nothing.

    Each is a text of members with commas between. A member is told from those of another kind by how it is written:
    only a field has ``":`` within, only a list ``}`` after its name; name and description are marked.
    """
    marked = (pl.lit(f',"{mark}') + pl.col(name) for mark, name in (("\x01", "name"), ("\x02", "description")))
    said = (pl.lit(",") + pl.col(name) for name in ("fields", "links", "lists"))
    whole = pl.concat_str(*said, *marked, ignore_nulls=True)
    return whole.str.split(',"').list.eval(pl.element().hash())


def handle_members(handles: pl.Series) -> pl.DataFrame:
    """Give ``number`` (the row, from 0) and ``member`` (as ``member_of`` writes it) of each handle."""
    texts = handles.str.strip_chars_start("{").str.strip_chars_end("}").str.split("},{")
    each = pl.DataFrame({"number": pl.int_range(len(handles), eager=True), "member": texts})
    each = each.filter(pl.col("member").is_not_null()).explode("member")
    member = pl.col("member")
    if each["member"].str.contains(_SPACES).any():
        each = each.with_columns(member.str.replace_all(_SPACES, "$1$2"))
    as_written = pl.any_horizontal(member.str.ends_with(f'"{source}"') for source in sorted(AS_WRITTEN))
    return each.with_columns(pl.when(as_written).then(member).otherwise(member.str.to_lowercase()))


_SPACES = '(":") +| +(",")'


def member_of(name: str) -> str:
    """Write a ``handle_name`` as a plain line has the handle, spaces around it and capitals of no meaning left out."""
    source, _, text = name.partition("\n")
    return f'"handle":"{text}","source":"{source}"'
