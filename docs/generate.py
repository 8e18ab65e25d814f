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
from toolkit.contacts.rejects import MEANINGS

DOCS = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py from the code: change it there. -->\n\n"


def pages() -> dict[str, str]:
    """Give each generated page by its name."""
    return {"commands.md": commands(), "mapping.md": mapping(), "rejects.md": rejects()}


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
  (`source.numbers` does not apply here). A blank cell is null, and a comparison with null is not true:
  `"Tier" <> 'Gold'` is not true where Tier is blank; `COALESCE("Tier", '') <> 'Gold'` is. Allowed are comparisons,
  AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, COALESCE, NULLIF, CAST and TRY_CAST, arithmetic, and functions of text
  and dates; no sub-queries, no aggregates, nothing that reads a file or an address.
- A **custom field** takes its value from exactly one of `from` (a column), `value` (a template) and `sql`.
- A **list** has a `name`, and a `when` if not everybody is on it; or it is named by a column: `from`, and `split`.
- **Dates and numbers** are read as `source.dates` and `source.numbers` declare, never guessed from a cell.
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
