"""What replay says of how many operations: to send, done before, refused before; and options that need another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import invoke
from tests.replay.every_kind import Lines, furnish, started, write
from tests.rollback.test_commands import done
from toolkit.sandbox.serve import RunningSandbox

UPDATES: Lines = [
    {"key": number, "op": "contact.update", "contact": f"crd_{number}", "body": {"name": "New"}} for number in "1923"
]
"""The second is refused: there is no crd_9."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with started(tmp_path_factory.mktemp("counts")) as sandbox:
        furnish(sandbox)
        yield sandbox


def test_what_was_refused_is_not_called_done(furnished: RunningSandbox, tmp_path: Path):
    """The counts add up in each run and dry run; what was refused before is counted apart, with the way to go on."""
    plan = write(tmp_path / "plan.ndjson", UPDATES)

    done(furnished, "replay", plan, "--limit", 2, "--share", 1, code=3)
    rehearsed = done(furnished, "replay", plan, "--limit", 1, "--dry-run").split("\n")
    again = done(furnished, "replay", plan, "--share", 1, code=3).split("\n")

    told = [" ".join(line.split()) for line in (*rehearsed[1:6], *again[1:5])]
    refused = "refused before 1 --retry-failed sends them again"
    assert told == [
        "operations 4", "done before 1", refused, "to send 1 contact.update 1", "left 1 beyond_limit 1",
        "operations 4", "sent now 2", "done before 1", refused,
    ]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--no-fresh",), ("--as", "contact.update", "--no-fresh")])
def test_a_choice_on_conflicts_without_reading_is_refused(words: tuple[str, ...], tmp_path: Path):
    """Without --fresh no conflict is seen: --on-conflict would do nothing, and says what it goes with."""
    plan = write(tmp_path / "plan.ndjson", UPDATES)

    result = invoke("replay", plan, "--on-conflict", "plan", *words)

    assert result.exit_code == 2
    assert "--on-conflict goes with --fresh" in result.stderr


def test_explain_gives_the_whole_command():
    """What lets the plan win after a refusal needs three options."""
    assert "--fresh --retry-failed --on-conflict plan" in invoke("explain", "changed_since").stdout
