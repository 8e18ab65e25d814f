"""A chain through every stage that writes files, made on a sandbox by the commands as people type them."""

import os
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from toolkit.cli import cli
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running
from toolkit.schemas import data_folder

CONFIG = "front: {rate_limit: {requests: 600000}}\nsalesforce: {contacts: 40}\n"
COMMANDS = """
export report "Contacts for Front" -o contacts.csv
transform contacts.csv --mapping mapping.yaml --to import -o import --report pages/import.html
transform contacts.csv --mapping mapping.yaml --to operations -o api
snapshot --accounts -o before.ndjson --share 1
plan api/operations.ndjson --against before.ndjson -o plan.ndjson
replay plan.ndjson --share 1
snapshot --accounts -o after.ndjson --csv views/after.csv --share 1
verify plan.ndjson --against after.ndjson
diff before.ndjson after.ndjson --key id -o changes.csv
rollback plan.checkpoint --against after.ndjson --before before.ndjson -o rollback.ndjson
"""
HEADS = (
    "changes.csv", "plan.differences.ndjson", "plan.results.ndjson", "import/front-import-001.csv", "rollback.ndjson",
    "pages/import.html", "views/after.csv",
)  # fmt: skip
"""Files that nothing else is made from: together their chains are all that was written."""


def invoke(*words: object, env: dict[str, str] | None = None, typed: str | None = None) -> Result:
    clean = dict.fromkeys(name for name in os.environ if name.startswith("SF2FRONT_"))
    return CliRunner().invoke(cli, [str(word) for word in words], env=clean | (env or {}), input=typed)


def make(folder: Path) -> None:
    """Make the whole chain in a folder."""
    config = folder / "sandbox.yaml"
    config.write_text(CONFIG)
    (folder / "mapping.yaml").write_bytes((data_folder("samples") / "mapping.yaml").read_bytes())
    with running(SandboxSettings(config=config)) as sandbox, chdir(folder):
        tokens = {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}
        env = tokens | {"SF2FRONT_FRONT_URL": sandbox.url, "SF2FRONT_SALESFORCE_URL": sandbox.url}
        for line in COMMANDS.strip().splitlines():
            done = invoke(*shlex.split(line), env=env)
            assert done.exit_code in (0, 3), f"{line}: {done.stderr}"
    config.unlink()


@contextmanager
def flipped(path: Path, place: int) -> Iterator[None]:
    """Change one bit of one byte of a file for a while; an empty file gets a byte."""
    content = path.read_bytes()
    changed = bytearray(content or b"\n")
    if content:
        changed[place % len(content)] ^= 1
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)
