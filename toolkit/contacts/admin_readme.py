"""README.txt, beside the files of an import: what an admin does with them, step by step. Pure: facts in, text out.

What it says of Front stands in Front's help centre: at most five imports at once, custom fields by their exact names,
``accountName`` linked to the oldest account of that name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper

from toolkit import __version__
from toolkit.files import Written

AT_ONCE = 5
"""Imports that Front runs at the same time (help centre)."""

_TYPES = {
    "string": "text", "number": "number", "boolean": "checkbox (true or false)", "datetime": "date and time",
    "teammate": "teammate", "enum": "dropdown", "inbox": "inbox",
}  # fmt: skip

_ACCOUNTS = (
    "Accounts. Front links a contact to the oldest account of the name in the column accountName. Accounts that should "
    "have a domain or an external id must be there first: import them before the contacts (sf2front transform … "
    "--to accounts-import makes the file)."
)


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What the text tells of: the report's name, the import ``files``, and what they hold.

    ``what`` is ``contacts`` or ``accounts``; ``fields`` are (name, type) of the custom fields that the files use;
    ``headings`` are all headings of the files; ``rejected`` counts the rows in rejects.csv, ``excluded`` those of them
    that the mapping leaves out on purpose.
    """

    source: str
    what: str
    files: Sequence[Written]
    fields: Sequence[tuple[str, str]]
    headings: frozenset[str]
    rejected: int
    excluded: int = 0


def readme(facts: ImportFacts) -> str:
    """Write the text: lines of at most 78 characters."""
    rows = sum(each.rows or 0 for each in facts.files)
    title = f"{_counted(rows, facts.what)} for Front, made by sf2front {__version__} from {facts.source}"
    lines = [title, "=" * len(title), "", *_listed(facts), ""]
    if facts.files:
        for number, step in enumerate(_steps(facts), start=1):
            lines += [*_wrapped(step[0], f"{number}. "), *(f"     {each}" for each in step[1:]), ""]
    return "\n".join([*lines, *_afterwards(facts)]) + "\n"


def _wrapped(text: str, first: str = "") -> list[str]:
    return TextWrapper(78, initial_indent=first, subsequent_indent=" " * len(first)).wrap(text)


def _listed(facts: ImportFacts) -> Iterator[str]:
    if not facts.files:
        yield f"No row became one of the {facts.what}: there is no file to import. See rejects.csv."
    for each in facts.files:
        yield f"  {each.path.name}   {_counted(each.rows or 0, facts.what)}"


def _counted(count: int, what: str) -> str:
    return f"1 {what.removesuffix('s')}" if count == 1 else f"{count:,} {what}"


def _steps(facts: ImportFacts) -> Iterator[list[str]]:
    """Give each step as its sentence and the lines listed under it."""
    if facts.fields:
        width = max(len(name) for name, _ in facts.fields)
        kinds = [f"{name:<{width}}   {_TYPES[kind]}" for name, kind in facts.fields]
        said = "Custom fields. These must exist in Front before the first import, with exactly these names, capitals"
        yield [f"{said} included (an administrator makes them in Front's settings):", *kinds]
    if "accountName" in facts.headings:
        yield [_ACCOUNTS]
    yield [_how(facts)]
    dated = any(kind == "datetime" for _, kind in facts.fields)
    look = f"Look at the result: open a few of the imported {facts.what} in Front, one with special characters"
    look += " and one with a date, and compare them with the file." if dated else ", and compare them with the file."
    times = " Times in these files are in UTC: a day in Berlin begins at 23:00 of the day before." if dated else ""
    yield [look + times]


def _how(facts: ImportFacts) -> str:
    place = "choose Company contacts (or My contacts, if only you are to see them)" if facts.what == "contacts" else (
        "choose Accounts"
    )  # fmt: skip
    said = f"Import. In Front, open Contacts at the top left, {place}, and import the file as it is, as a CSV."
    if len(facts.files) == 1:
        return said
    return (
        f"{said} Take the files in the order of their numbers. Front runs at most {AT_ONCE} imports at once: start the "
        f"first {min(AT_ONCE, len(facts.files))}"
        + (", and one more whenever one has ended." if len(facts.files) > AT_ONCE else " together if you like.")
    )


def _afterwards(facts: ImportFacts) -> list[str]:
    said = (
        "Don't open and save these files with a spreadsheet program before the import: it may change dates, long "
        "numbers and the + before phone numbers."
    )
    lines = _wrapped(said)
    if facts.excluded:
        rows = "1 row was" if facts.excluded == 1 else f"{facts.excluded:,} rows were"
        lines += ["", *_wrapped(f"{rows} left out on purpose, as the mapping says (excluded in rejects.csv).")]
    faulty = facts.rejected - facts.excluded
    if faulty:
        rows = "1 row is" if faulty == 1 else f"{faulty:,} rows are"
        said = f"{rows} not in these files: rejects.csv has them, each with the reason in its last columns. Mend them"
        lines += ["", *_wrapped(f"{said} there and transform rejects.csv into another folder.")]
    return lines
