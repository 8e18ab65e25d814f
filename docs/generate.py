"""Writes the pages of docs/ that are made from the code: run ``make reference`` after a change.

tests/cli/test_docs.py fails when a page is not what this would write.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from toolkit import schemas
from toolkit.cli import COMMANDS, cli
from toolkit.codes import CODES, PLACES
from toolkit.contacts.rejects import MEANINGS

DOCS = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py from the code: change it there. -->\n\n"


def pages() -> dict[str, str]:
    """Give each generated page by its name."""
    return {"commands.md": commands(), "mapping.md": mapping(), "rejects.md": rejects(), "codes.md": codes()}


def commands() -> str:
    """The help of every command, as --help prints it."""
    parts = [f"{NOTE}# Commands\n\n```text\n{_help(cli, 'sf2front')}\n```\n"]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        parts += _command(command, name)
    return "\n".join(parts)


def _command(command: click.Command | None, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for sub, each in command.commands.items():
            yield from _command(each, f"{name} {sub}")
    elif command is not None:
        yield f"## sf2front {name}\n\n```text\n{_help(command, f'sf2front {name}')}\n```\n"


def _help(command: click.Command, path: str) -> str:
    names = cli.context_settings["help_option_names"]
    context = click.Context(command, info_name=path, terminal_width=100, help_option_names=names)
    return command.get_help(context)


def rejects() -> str:
    """The reject codes and what each means."""
    lines = [f"| `{code}` | {meaning} |" for code, meaning in MEANINGS.items()]
    head = "# Reject codes\n\nWhy a row is in `rejects.csv`: the column `reject_code` holds one of these.\n"
    return "\n".join([f"{NOTE}{head}", "| code | meaning |", "| --- | --- |", *lines, ""])


def codes() -> str:
    """Every code with meaning, cause and remedy, as ``explain`` says it."""
    more = "[Troubleshooting](troubleshooting.md) begins with what people see."
    parts = [f"{NOTE}# Codes\n\n`sf2front explain CODE` says the same. {more}\n"]
    for kind, place in PLACES.items():
        lines = (
            f"| `{each.code}` | {each.meaning} | {each.cause} | {each.remedy} |" for each in CODES if each.kind is kind
        )
        head = f"## {kind.capitalize()}\n\n{place[0].upper()}{place[1:]}.\n"
        parts += [head, "| code | meaning | cause | remedy |", "| --- | --- | --- | --- |", *lines, ""]
    return "\n".join(parts)


def mapping() -> str:
    """Every key of a mapping, from its schema's descriptions."""
    schema = schemas.load("mapping")
    lines = [f"{NOTE}# The mapping file\n", schema["description"], "", WRITING, "## Every key\n"]
    lines += ["| key | value | what it is for |", "| --- | --- | --- |", *_keys(schema, schema, "")]
    sample = (DOCS.parent / "samples" / "mapping.yaml").read_text(encoding="utf-8")
    return "\n".join([*lines, "", f"## A whole one: samples/mapping.yaml\n\n```yaml\n{sample}```", ""])


WRITING = """## How it is written

- **Columns** are named as the file's headings are. `sf2front inspect FILE` shows them, with what a mapping could say.
- **Templates** put columns into text: `"{First Name} {Last Name}"`. Blank columns are empty text; spaces are tidied.
  In a list of templates the first whose columns are all filled is taken, else the last.
- **Expressions** (`where`, `when`, `sql`) are SQL on the columns of one row, as polars has it. Columns are text:
  `TRY_CAST("Annual Revenue" AS DOUBLE) > 1000000` compares numbers, and gives null where the text is no plain number
  (`source.numbers` does not apply here). Allowed are comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE,
  COALESCE, NULLIF, CAST and TRY_CAST, arithmetic, and functions of text and dates; no sub-queries, no aggregates,
  nothing that reads a file or an address.
- A **list** has a `name`, and a `when` if not everybody is on it; or it is named by a column: `from`, `split`, `map`.
- **Dates and numbers** are read as `source.dates` and `source.numbers` (or `source.locale`) declare, never guessed from
  a cell.

### Values: custom fields and computed columns

A value comes from exactly one of `from` (a column, or several: the first that is filled), `value` (a constant, a
template or several) and `sql`. Then, in this order, `split` takes one part of it, `case` writes its letters, and `map`
puts other values in its place. A custom field's `type` at last says how the text is read.

```yaml
columns:
  Region: {from: [Mailing Country, Billing Country], map: {Germany: Central, France: West}, else: Elsewhere}
contact:
  custom_fields:
    Region: {from: Region, type: enum}
    Tier: {from: Tier, type: enum, case: lower, map: {1 - gold: gold, "-": null}, else: "{Tier}"}
    Main Product: {from: Products, type: string, split: {by: ";", take: first}}
    Share: {from: Share, type: number, format: percent}
```

- A value that is not in `map` is bad (`bad-choice`). `else` gives it another end: a text is a constant, `"{Tier}"` what
  the column holds, `null` blank. Keys of a map are compared letter by letter, blanks around cells left out; a blank
  value is not looked up and stays blank.
- A **computed column** can be used below its place as the file's own, also by later ones; `source` and
  `duplicates.prefer` know only the file's. A name that the file has already is refused.
- Numbers that SQL, a map or a constant gives are written plainly, `1234.5`, whatever `source.numbers` says of the
  file's.

### Blank cells

A blank cell leaves alone what Front has. `blank: clear` on a custom field clears the field there where its value is
blank, in operations; an import file can't say that. A bad value that `on_bad_value` drops is not blank.

In a condition a blank cell is null, and a comparison with null is neither true nor false. A row or a list needs *true*:

| Tier | `Tier = 'Gold'` | `Tier <> 'Gold'` | `NOT Tier = 'Gold'` | `COALESCE(Tier, '') <> 'Gold'` | `Tier IS NULL` |
| --- | --- | --- | --- | --- | --- |
| Gold | true | false | false | false | false |
| Tin | false | true | true | true | false |
| *blank* | null | null | null | true | true |

null AND false is false, null OR true is true; every other AND, OR, NOT with null is null.
"""


def _keys(schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    schema = _resolved(schema, root)
    for branch in (*schema.get("oneOf", []), *schema.get("anyOf", [])):
        yield from (line.replace(" (required)", " (in one form)") for line in _keys(branch, root, path))
    if "items" in schema:
        yield from _keys(schema["items"], root, f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _keys(schema["additionalProperties"], root, f"{path}.NAME")
    for key, given in schema.get("properties", {}).items():
        each, place = _resolved(given, root), f"{path}.{key}".lstrip(".")
        needed = " (required)" if key in schema.get("required", []) else ""
        text = str(given.get("description") or each.get("description", "")).replace("|", "\\|").replace("\n", " ")
        yield f"| `{place}`{needed} | {_kind(each, root)} | {text} |"
        yield from _keys(each, root, place)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/$defs/"):
        return schema
    found: dict[str, Any] = root["$defs"][reference.removeprefix("#/$defs/")]
    return found


def _kind(schema: dict[str, Any], root: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    branches = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    if branches:
        return " or ".join(dict.fromkeys(_kind(_resolved(each, root), root) for each in branches))
    names = {"string": "text", "array": "list", "object": "keys", "integer": "number"}
    kind = schema.get("type", "")
    return " or ".join(names.get(each, each) for each in ([kind] if isinstance(kind, str) else kind))


if __name__ == "__main__":
    for page, text in pages().items():
        (DOCS / page).write_text(text, encoding="utf-8")
    sys.stderr.write(f"written: {', '.join(pages())}\n")
